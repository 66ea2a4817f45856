"""Placeholders for secret texts: of the same length and alphabet, and the same wherever a secret is repeated.

A rehearsal needs no secret, only that what the program derives from one still equals what the state holds. So a
password is replaced wherever it occurs, inside a connection string too, and the text around it is kept, so that it can
be compared with what the program composes.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string
import urllib.parse
from collections.abc import Collection, Iterable, Mapping

SHORTEST_PART = 8
"""Characters; a shorter piece of a text may occur by chance, and is not a secret by itself."""

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)(?:([^/?#@:]*)(?::([^/?#@]*))?(@))?([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?")
_PAIRS = re.compile(r"[A-Za-z][A-Za-z ]{2,}=[^;]*(;[A-Za-z][A-Za-z ]{2,}=[^;]*)+;?")
_SECRET_NAME = re.compile(r"key|secret|pass|pwd|token|sig|code|credential", re.IGNORECASE)
_PUBLIC_NAMES = frozenset({"sslmode", "ssl_cert_reqs"})
"""Parameters of an address whose values are options, however long."""
_SEPARATORS = re.compile(r"([^A-Za-z0-9_.~+/=%-]+)")
_HEX = (string.digits + "abcdef", string.digits + "ABCDEF")
_CLASSES = (string.ascii_lowercase, string.ascii_uppercase, string.digits)


class TextPlaceholders:
    """Replaces secret texts; nothing outside this object maps a placeholder to its secret."""

    def __init__(self, key: bytes | None = None) -> None:
        """Use a random key, so that no placeholder reveals anything about its secret."""
        self._key = key or secrets.token_bytes(32)
        self._fixed: dict[str, str] = {}
        self._clear: frozenset[str] = frozenset()
        self._clear_text = ""
        self._parts: re.Pattern[str] | None = None

    def learn(self, texts: Collection[str], clear: Iterable[str], fixed: Mapping[str, str]) -> None:
        """Learn all texts, before anything is replaced.

        Args:
            texts: every secret text.
            clear: every text that is not secret; inside a secret it is kept, too (a host name in a URL).
            fixed: secret → its placeholder, for secrets that need a certain one.

        """
        self._clear = frozenset(clear)
        self._clear_text = "\n".join(sorted(self._clear))
        self._fixed = dict(fixed)
        unstructured = {text for text in texts if not _structured(text) and text not in self._clear}
        passwords = self._passwords(texts) - self._clear
        parts = {text for text in (*unstructured, *self._fixed, *passwords) if len(text) >= SHORTEST_PART}
        ordered = sorted(parts, key=lambda text: (-len(text), text))
        self._parts = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def placeholder(self, text: str) -> str:
        """Return the placeholder of a secret text."""
        if text in self._fixed:
            return self._fixed[text]
        if text in self._clear or not text:
            return text
        if match := _URL.fullmatch(text):
            return self._url(match)
        if _PAIRS.fullmatch(text):
            return ";".join(map(self._pair, text.split(";")))
        return self._unstructured(text)

    def pseudorandom_bytes(self, label: str, count: int) -> bytes:
        """Return ``count`` bytes that look random, the same for the same label."""
        blocks = (hmac.new(self._key, f"{n}|{label}".encode(), hashlib.sha256).digest() for n in range(count // 32 + 1))
        return b"".join(blocks)[:count]

    def _passwords(self, texts: Collection[str]) -> set[str]:
        matches = (_URL.fullmatch(text) for text in texts)
        return {urllib.parse.unquote(match[3]) for match in matches if match and match[3]}

    def _unstructured(self, text: str) -> str:
        """Replace a text without known structure: entirely, unless it contains other secrets."""
        parts = [m.span() for m in self._parts.finditer(text)] if self._parts else []
        if not parts or parts == [(0, len(text))]:
            return self._scrambled(text)
        pieces, position = [], 0
        for start, end in parts:
            pieces += [*map(self._word, _SEPARATORS.split(text[position:start])), self._part(text[start:end])]
            position = end
        return "".join([*pieces, *map(self._word, _SEPARATORS.split(text[position:]))])

    def _plain(self, text: str) -> str:
        """Replace a text as if it were the whole secret, without structure."""
        return text if text in self._clear else self._fixed.get(text) or self._unstructured(text)

    def _part(self, text: str) -> str:
        return self._fixed.get(text) or self._scrambled(text)

    def _word(self, text: str) -> str:
        """Replace a word, unless it is short or occurs in a text that is not secret."""
        return text if len(text) < SHORTEST_PART or text in self._clear_text else self._scrambled(text)

    def _piece(self, text: str) -> str:
        return text if len(text) < SHORTEST_PART or text in self._clear_text else self._encoded(text)

    def _encoded(self, text: str) -> str:
        """Replace a piece of a URL, decoded, and encode it the same way."""
        plain = urllib.parse.unquote(text)
        if plain == text:
            return self._plain(text)
        unescaped = "".join({char for char in text if char != "%" and not char.isalnum()})
        return urllib.parse.quote(self._plain(plain), safe=unescaped)

    def _url(self, match: re.Match[str]) -> str:
        scheme, user, password, at, host, path, query, fragment = (part or "" for part in match.groups())
        credentials = self._piece(user) + (f":{self._encoded(password)}" if match[3] is not None else "")
        name, colon, port = host.partition(":")
        segments = "/".join(map(self._piece, path.split("/")))
        parameters = "&".join(self._parameter(one) for one in query[1:].split("&"))
        fragment = fragment[:1] + self._piece(fragment[1:])
        return f"{scheme}{credentials}{at}{self._piece(name)}{colon}{port}{segments}{query[:1]}{parameters}{fragment}"

    def _parameter(self, text: str) -> str:
        name, equals, value = text.partition("=")
        if name in _PUBLIC_NAMES:
            return text
        return f"{name}{equals}{self._encoded(value) if _SECRET_NAME.search(name) else self._piece(value)}"

    def _pair(self, text: str) -> str:
        name, equals, value = text.partition("=")
        if _SECRET_NAME.search(name):
            return f"{name}{equals}{self._plain(value)}"
        return f"{name}{equals}{self.placeholder(value) if _URL.fullmatch(value) else self._word(value)}"

    def _scrambled(self, text: str) -> str:
        """Replace letters and digits by others of their kind; other characters stay, unless there is nothing else."""
        for attempt in range(64):
            random = self.pseudorandom_bytes(f"{attempt}|{text}", 2 * len(text))
            steps = [int.from_bytes(random[n : n + 2]) for n in range(0, len(random), 2)]
            alphabets = _alphabets(text)
            scrambled = "".join(_other(char, step, alphabets) for char, step in zip(text, steps, strict=True))
            if scrambled != text:
                return scrambled
        return text


def _structured(text: str) -> bool:
    return bool(_URL.fullmatch(text) or _PAIRS.fullmatch(text))


def _alphabets(text: str) -> tuple[str, ...]:
    """Return the alphabets of the characters of ``text``."""
    used = set(text) - {"-"}
    for digits in _HEX:
        if used <= set(digits) and used & set(string.digits) and used - set(string.digits):
            return (digits,)
    return _CLASSES if any(char.isalnum() for char in text) else (string.printable.strip(),)


def _other(char: str, step: int, alphabets: tuple[str, ...]) -> str:
    for alphabet in alphabets:
        if char in alphabet:
            return alphabet[step % len(alphabet)]
    # A letter of another script: any letter will do, only the number of characters counts.
    return string.ascii_lowercase[step % 26] if char.isalnum() else char

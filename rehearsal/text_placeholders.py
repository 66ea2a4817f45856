"""Placeholders for secrets: of the same length and alphabet, the same one wherever a secret is repeated.

A rehearsal needs no secret, only that whatever the program derives from one still equals what the state holds. So a
password is replaced wherever it occurs, inside a connection string too, and the string around it stays readable: what
the program composed it of is compared as it is.
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
"""Characters; a shorter piece inside another text may stand there by chance, and is no secret by itself."""

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)(?:([^/?#@:]*)(?::([^/?#@]*))?(@))?([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?")
_PAIRS = re.compile(r"[A-Za-z][A-Za-z ]{2,}=[^;]*(;[A-Za-z][A-Za-z ]{2,}=[^;]*)+;?")
_TELLING = re.compile(r"key|secret|pass|pwd|token|sig|code|credential", re.IGNORECASE)
_WORDS = re.compile(r"([^A-Za-z0-9_.~+/=%-]+)")
_HEX = (string.digits + "abcdef", string.digits + "ABCDEF")
_CLASSES = (string.ascii_lowercase, string.ascii_uppercase, string.digits)


class TextPlaceholders:
    """Replaces the secrets of one state; which placeholder stands for which secret is forgotten with the object."""

    def __init__(self, key: bytes | None = None) -> None:
        """Begin with a key of its own, so that no placeholder tells anything about its secret."""
        self._key = key or secrets.token_bytes(32)
        self._given: dict[str, str] = {}
        self._clear: frozenset[str] = frozenset()
        self._clear_text = ""
        self._parts: re.Pattern[str] | None = None

    def learn(self, texts: Collection[str], clear: Iterable[str], given: Mapping[str, str]) -> None:
        """Take in what there is, before anything is replaced.

        Args:
            texts: every secret text.
            clear: every text that is no secret; what it says is none inside a secret either (a host name in a URL).
            given: secret → its placeholder, where that cannot be any.

        """
        self._clear = frozenset(clear)
        self._clear_text = "\n".join(sorted(self._clear))
        self._given = dict(given)
        wholes = {text for text in texts if not _structured(text) and text not in self._clear}
        inner = self._passwords(texts) - self._clear
        found = {text for text in (*wholes, *self._given, *inner) if len(text) >= SHORTEST_PART}
        ordered = sorted(found, key=lambda text: (-len(text), text))
        self._parts = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def of(self, text: str) -> str:
        """Return the placeholder of a secret text."""
        if text in self._given:
            return self._given[text]
        if text in self._clear or not text:
            return text
        if match := _URL.fullmatch(text):
            return self._url(match)
        if _PAIRS.fullmatch(text):
            return ";".join(map(self._pair, text.split(";")))
        return self._whole(text)

    def made(self, label: str, count: int) -> bytes:
        """Return ``count`` bytes that look random and are the same for the same label."""
        blocks = (hmac.new(self._key, f"{n}|{label}".encode(), hashlib.sha256).digest() for n in range(count // 32 + 1))
        return b"".join(blocks)[:count]

    def _passwords(self, texts: Collection[str]) -> set[str]:
        matches = (_URL.fullmatch(text) for text in texts)
        return {urllib.parse.unquote(match[3]) for match in matches if match and match[3]}

    def _whole(self, text: str) -> str:
        """Replace a text that has no form: all of it, unless it repeats other secrets."""
        parts = [m.span() for m in self._parts.finditer(text)] if self._parts else []
        if not parts or parts == [(0, len(text))]:
            return self._scrambled(text)
        said, at = [], 0
        for start, end in parts:
            said += [*map(self._word, _WORDS.split(text[at:start])), self._of_part(text[start:end])]
            at = end
        return "".join([*said, *map(self._word, _WORDS.split(text[at:]))])

    def _plain(self, text: str) -> str:
        """Replace a text as if it stood by itself, and had no form."""
        return text if text in self._clear else self._given.get(text) or self._whole(text)

    def _of_part(self, text: str) -> str:
        return self._given.get(text) or self._scrambled(text)

    def _word(self, text: str) -> str:
        """Keep what is short, no word, or said in clear elsewhere."""
        return text if len(text) < SHORTEST_PART or text in self._clear_text else self._scrambled(text)

    def _piece(self, text: str) -> str:
        return text if len(text) < SHORTEST_PART or text in self._clear_text else self._hidden(text)

    def _hidden(self, text: str) -> str:
        """Replace a piece of a URL: what it says, then written as it was."""
        plain = urllib.parse.unquote(text)
        if plain == text:
            return self._plain(text)
        raw = "".join({sign for sign in text if sign != "%" and not sign.isalnum()})
        return urllib.parse.quote(self._plain(plain), safe=raw)

    def _url(self, match: re.Match[str]) -> str:
        scheme, user, password, at, host, path, query, fragment = (part or "" for part in match.groups())
        who = self._piece(user) + (f":{self._hidden(password)}" if match[3] is not None else "")
        name, colon, port = host.partition(":")
        where = "/".join(map(self._piece, path.split("/")))
        asked = "&".join(self._parameter(one) for one in query[1:].split("&"))
        fragment = fragment[:1] + self._piece(fragment[1:])
        return f"{scheme}{who}{at}{self._piece(name)}{colon}{port}{where}{query[:1]}{asked}{fragment}"

    def _parameter(self, text: str) -> str:
        name, sign, value = text.partition("=")
        return f"{name}{sign}{self._hidden(value) if _TELLING.search(name) else self._piece(value)}"

    def _pair(self, text: str) -> str:
        name, sign, value = text.partition("=")
        if _TELLING.search(name):
            return f"{name}{sign}{self._plain(value)}"
        return f"{name}{sign}{self.of(value) if _URL.fullmatch(value) else self._word(value)}"

    def _scrambled(self, text: str) -> str:
        """Replace each letter and digit by another of its kind; signs stay, in a text that has letters or digits."""
        for attempt in range(64):
            made = self.made(f"{attempt}|{text}", 2 * len(text))
            steps = [int.from_bytes(made[n : n + 2]) for n in range(0, len(made), 2)]
            alphabets = _alphabets(text)
            found = "".join(_other(sign, step, alphabets) for sign, step in zip(text, steps, strict=True))
            if found != text:
                return found
        return text


def _structured(text: str) -> bool:
    return bool(_URL.fullmatch(text) or _PAIRS.fullmatch(text))


def _alphabets(text: str) -> tuple[str, ...]:
    """Return the alphabets that the characters of ``text`` come from."""
    used = set(text) - {"-"}
    for digits in _HEX:
        if used <= set(digits) and used & set(string.digits) and used - set(string.digits):
            return (digits,)
    return _CLASSES if any(sign.isalnum() for sign in text) else (string.printable.strip(),)


def _other(sign: str, step: int, alphabets: tuple[str, ...]) -> str:
    for alphabet in alphabets:
        if sign in alphabet:
            return alphabet[step % len(alphabet)]
    # A letter of another script: any letter will do, what counts are the characters.
    return string.ascii_lowercase[step % 26] if sign.isalnum() else sign

"""An exported state with every secret replaced by a placeholder, as good for a rehearsal as the secrets themselves.

Most placeholders are any text of the same form. Two kinds must be right ones: random bytes, of which a state holds
several spellings, and the keys of services, which the throwaway local Azure will hand out by itself.
"""

from __future__ import annotations

import base64
import binascii
import json
import urllib.parse
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from emulator.values import leaves
from rehearsal.text_placeholders import TextPlaceholders
from stacks.state import SECRET_MARK as SECRET
from stacks.state import SIGNATURE

BYTES = "random:index/randomBytes:RandomBytes"
UNTOLD = 32
"""Characters of the placeholder for a secret of unknown length."""
_UUID_BYTES = 16

Entry = Mapping[str, Any]


class StatePlaceholders:
    """Replaces the secrets of one state."""

    def __init__(self, placeholders: TextPlaceholders, *, clear: bool) -> None:
        self._placeholders = placeholders
        self.clear = clear
        """Whether the state has a secret in clear."""

    @classmethod
    def of(cls, resources: Sequence[Entry], moment: int) -> StatePlaceholders:
        """Learn the secrets of a state whose objects are to exist since ``moment`` (nanoseconds since 1970)."""
        placeholders = TextPlaceholders()
        parts = [entry.get(part) or {} for entry in resources for part in ("inputs", "outputs")]
        texts = {text for part in parts for text in secret_texts(part)}
        clear = {text for part in parts for text in clear_texts(part)}
        given = {**_keys(resources, moment), **_random_bytes(resources, placeholders)}
        placeholders.learn(texts, clear | {entry["id"] for entry in resources if entry.get("id")}, given)
        return cls(placeholders, clear=bool(texts))

    def entry(self, entry: Entry) -> dict[str, Any]:
        """Return a resource of the state with its secrets replaced, in the form that can be imported."""
        parts = {
            part: replace_secrets(entry[part], lambda secret, name: self._secret(secret, name, entry))
            for part in ("inputs", "outputs")
            if entry.get(part)
        }
        return {**entry, **parts}

    def _secret(self, secret: Entry, name: str, entry: Entry) -> dict[str, Any]:
        if isinstance(secret.get("plaintext"), str):
            value = self._replaced(json.loads(secret["plaintext"]))
        else:
            value = self._untold(str(secret.get("ciphertext")), name, entry)
        return {SIGNATURE: SECRET, "plaintext": json.dumps(value)}

    def _replaced(self, value: Any) -> Any:  # noqa: ANN401 - whatever is secret
        if isinstance(value, dict):
            return {key: self._replaced(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._replaced(inner) for inner in value]
        if isinstance(value, int) and not isinstance(value, bool):
            return int(self._placeholders.of(str(value)))
        return self._placeholders.of(value) if isinstance(value, str) else value

    def _untold(self, ciphertext: str, name: str, entry: Entry) -> str:
        """Make up a secret of which only the place is known: as long as random ones are, and both spellings agree."""
        length = (entry.get("inputs") or {}).get("length")
        if entry["type"] == BYTES and isinstance(length, int):
            made = self._placeholders.made(entry["urn"], length)
            return base64.b64encode(made).decode() if name == "base64" else made.hex()
        count = length if entry["type"].startswith("random:") and isinstance(length, int) else UNTOLD
        return self._placeholders.made(ciphertext, count).hex()[:count]


def replace_secrets(value: Any, secret: Callable[[Entry, str], Any], name: str = "") -> Any:  # noqa: ANN401 - a state's value
    """Return ``value`` with each secret in it replaced by what ``secret`` makes of it and the name of its property."""
    if isinstance(value, dict):
        if value.get(SIGNATURE) == SECRET:
            return secret(value, name)
        return {key: replace_secrets(inner, secret, key) for key, inner in value.items()}
    return [replace_secrets(inner, secret, name) for inner in value] if isinstance(value, list) else value


def for_emulator(value: Any) -> Any:  # noqa: ANN401 - a state's value
    """Return ``value`` with its secrets in the form of :mod:`emulator.wire`: the mark, and the value as it is."""
    return replace_secrets(value, lambda secret, _: {SIGNATURE: SECRET, "value": json.loads(secret["plaintext"])})


def encrypted_paths(value: Any, path: str = "") -> Iterator[str]:  # noqa: ANN401 - a state's value
    """Yield the property path of every secret in ``value`` whose text the state does not tell."""
    from emulator.shape import step

    if isinstance(value, dict):
        if value.get(SIGNATURE) == SECRET:
            if "plaintext" not in value:
                yield path
            return
        for key, inner in value.items():
            yield from encrypted_paths(inner, step(path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from encrypted_paths(inner, f"{path}[{index}]")


def secret_texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - a state's value
    """Yield every text and whole number inside the secrets of ``value`` that are in clear."""
    found: list[Any] = []
    replace_secrets(value, lambda secret, _: found.append(json.loads(secret.get("plaintext") or "null")))
    yield from _texts(found)


def clear_texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - a state's value
    """Yield every text of ``value`` that is in no secret."""
    yield from _texts(replace_secrets(value, lambda *_: None))


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    for leaf in leaves(value):
        if isinstance(leaf, (str, int)) and not isinstance(leaf, bool):
            yield str(leaf)


def _random_bytes(resources: Sequence[Entry], placeholders: TextPlaceholders) -> dict[str, str]:
    """Return placeholders for random bytes that agree in every spelling: base64, hexadecimal, UUID."""
    found: dict[str, str] = {}
    for entry in resources:
        for text in secret_texts((entry.get("outputs") or {}).get("hex")) if entry["type"] == BYTES else ():
            old = bytes.fromhex(text)
            new = placeholders.made(text, len(old))
            found |= {base64.b64encode(old).decode(): base64.b64encode(new).decode(), text: new.hex()}
            if len(old) == _UUID_BYTES:
                found |= {str(uuid.UUID(bytes=old, version=n)): str(uuid.UUID(bytes=new, version=n)) for n in (None, 4)}
    return found


def _keys(resources: Sequence[Entry], moment: int) -> dict[str, str]:
    """Return placeholders for keys of services: those that the local Azure will hand out for the same object.

    A key is known by its form, and by what its value depends on: exactly one object that hands out such keys.
    """
    from emulator.seed import KEYED, Existing, keys

    own = {
        entry["urn"]: keys(Existing(id=entry["id"], token=entry["type"], inputs={}, outputs={}, created=moment))
        for entry in resources
        if entry["type"] in KEYED and entry.get("id")
    }
    found: dict[str, str] = {}
    for entry in resources:
        for name, value in (entry.get("inputs") or {}).items():
            depends = (entry.get("propertyDependencies") or {}).get(name) or entry.get("dependencies") or ()
            for text in map(_inner, secret_texts(value)):
                made = [own[urn][0] for urn in depends if urn in own and _alike(own[urn][0], text)]
                if len(made) == 1:
                    found[text] = made[0]
    return found


def _inner(text: str) -> str:
    """Return the password in a URL, else the text itself."""
    password = urllib.parse.urlsplit(text).password if "://" in text else None
    return urllib.parse.unquote(password) if password else text


def _alike(key: str, text: str) -> bool:
    """Whether ``text`` has the form of ``key``: base64 of as many bytes."""
    try:
        return len(base64.b64decode(text, validate=True)) == len(base64.b64decode(key))
    except (binascii.Error, ValueError):
        return False

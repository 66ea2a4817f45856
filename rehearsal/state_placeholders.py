"""Replaces every secret of an exported state by a placeholder that serves a rehearsal as well.

Most placeholders are any text of the same form. Two kinds must be certain ones: random bytes, which a state holds in
several encodings, and the keys of services, which the throwaway local Azure generates by itself.
"""

from __future__ import annotations

import base64
import binascii
import json
import urllib.parse
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from emulator.seed import TYPES_WITH_KEYS, Existing, access_keys
from emulator.shape import step
from emulator.values import leaves
from rehearsal.text_placeholders import TextPlaceholders
from stacks.state import SECRET_MARK, SIGNATURE

BYTES = "random:index/randomBytes:RandomBytes"
UNKNOWN_LENGTH = 32
"""Characters of the placeholder for a secret of unknown length."""
_UUID_BYTES = 16

Entry = Mapping[str, Any]


class StatePlaceholders:
    """Replaces the secrets of one state."""

    def __init__(self, texts: TextPlaceholders, *, in_clear: bool) -> None:
        self._texts = texts
        self.in_clear = in_clear
        """Whether the state has a secret in clear text."""

    @classmethod
    def of(cls, resources: Sequence[Entry], moment: int) -> StatePlaceholders:
        """Learn the secrets of a state whose objects will be created as of ``moment`` (nanoseconds since 1970)."""
        placeholders = TextPlaceholders()
        parts = [entry.get(part) or {} for entry in resources for part in ("inputs", "outputs")]
        texts = {text for part in parts for text in secret_texts(part)}
        clear = {text for part in parts for text in clear_texts(part)}
        fixed = {**_keys(resources, moment), **_random_bytes(resources, placeholders)}
        placeholders.learn(texts, clear | {entry["id"] for entry in resources if entry.get("id")}, fixed)
        return cls(placeholders, in_clear=bool(texts))

    def entry(self, entry: Entry) -> dict[str, Any]:
        """Return a resource of the state with its secrets replaced, in the form of an import."""
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
            value = self._unknown(str(secret.get("ciphertext")), name, entry)
        return {SIGNATURE: SECRET_MARK, "plaintext": json.dumps(value)}

    def _replaced(self, value: Any) -> Any:  # noqa: ANN401 - whatever is secret
        if isinstance(value, dict):
            return {key: self._replaced(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._replaced(inner) for inner in value]
        if isinstance(value, int) and not isinstance(value, bool):
            return int(self._texts.placeholder(str(value)))
        return self._texts.placeholder(value) if isinstance(value, str) else value

    def _unknown(self, ciphertext: str, name: str, entry: Entry) -> str:
        """Return a placeholder for an encrypted secret: as long as random ones are, and equal in both encodings."""
        length = (entry.get("inputs") or {}).get("length")
        if entry["type"] == BYTES and isinstance(length, int):
            random = self._texts.pseudorandom_bytes(entry["urn"], length)
            return base64.b64encode(random).decode() if name == "base64" else random.hex()
        count = length if entry["type"].startswith("random:") and isinstance(length, int) else UNKNOWN_LENGTH
        return self._texts.pseudorandom_bytes(ciphertext, count).hex()[:count]


def replace_secrets(value: Any, secret: Callable[[Entry, str], Any], name: str = "") -> Any:  # noqa: ANN401 - a state's value
    """Return ``value`` with each secret replaced by what ``secret`` returns for it and the name of its property."""
    if isinstance(value, dict):
        if value.get(SIGNATURE) == SECRET_MARK:
            return secret(value, name)
        return {key: replace_secrets(inner, secret, key) for key, inner in value.items()}
    return [replace_secrets(inner, secret, name) for inner in value] if isinstance(value, list) else value


def for_emulator(value: Any) -> Any:  # noqa: ANN401 - a state's value
    """Return ``value`` with its secrets in the form of :mod:`emulator.wire`: the mark, and the value as it is."""
    return replace_secrets(value, lambda secret, _: {SIGNATURE: SECRET_MARK, "value": json.loads(secret["plaintext"])})


def encrypted_paths(value: Any, path: str = "") -> Iterator[str]:  # noqa: ANN401 - a state's value
    """Yield the property path of every secret in ``value`` that the state holds encrypted only."""
    if isinstance(value, dict):
        if value.get(SIGNATURE) == SECRET_MARK:
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
    secrets: list[Any] = []
    replace_secrets(value, lambda secret, _: secrets.append(json.loads(secret.get("plaintext") or "null")))
    yield from _texts(secrets)


def clear_texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - a state's value
    """Yield every text of ``value`` that is not secret."""
    yield from _texts(replace_secrets(value, lambda *_: None))


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    for leaf in leaves(value):
        if isinstance(leaf, (str, int)) and not isinstance(leaf, bool):
            yield str(leaf)


def _random_bytes(resources: Sequence[Entry], placeholders: TextPlaceholders) -> dict[str, str]:
    """Return placeholders for random bytes that agree in every encoding: base64, hexadecimal, UUID."""
    fixed: dict[str, str] = {}
    for entry in resources:
        for text in secret_texts((entry.get("outputs") or {}).get("hex")) if entry["type"] == BYTES else ():
            old = bytes.fromhex(text)
            new = placeholders.pseudorandom_bytes(text, len(old))
            fixed |= {base64.b64encode(old).decode(): base64.b64encode(new).decode(), text: new.hex()}
            if len(old) == _UUID_BYTES:
                fixed |= {str(uuid.UUID(bytes=old, version=n)): str(uuid.UUID(bytes=new, version=n)) for n in (None, 4)}
    return fixed


def _keys(resources: Sequence[Entry], moment: int) -> dict[str, str]:
    """Return placeholders for keys of services: those that the local Azure generates for the same object.

    A key is recognised by its form, and by the object that its value depends on, if exactly one such object has keys.
    """
    own = {
        entry["urn"]: access_keys(Existing(id=entry["id"], token=entry["type"], inputs={}, outputs={}, created=moment))
        for entry in resources
        if entry["type"] in TYPES_WITH_KEYS and entry.get("id")
    }
    fixed: dict[str, str] = {}
    for entry in resources:
        for name, value in (entry.get("inputs") or {}).items():
            depends = (entry.get("propertyDependencies") or {}).get(name) or entry.get("dependencies") or ()
            for text in map(_password, secret_texts(value)):
                candidates = [own[urn][0] for urn in depends if urn in own and _alike(own[urn][0], text)]
                if len(candidates) == 1:
                    fixed[text] = candidates[0]
    return fixed


def _password(text: str) -> str:
    """Return the password in a URL, else the text itself."""
    password = urllib.parse.urlsplit(text).password if "://" in text else None
    return urllib.parse.unquote(password) if password else text


def _alike(key: str, text: str) -> bool:
    """Whether ``text`` has the form of ``key``: base64 of as many bytes."""
    try:
        return len(base64.b64decode(text, validate=True)) == len(base64.b64decode(key))
    except (binascii.Error, ValueError):
        return False

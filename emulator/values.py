"""Python values for what Pulumi's wire carries beyond JSON: unknowns, secrets, assets, archives, references."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeAlias

Value: TypeAlias = Any
"""A wire value: None, bool, int, float, str, list, dict, or one of the classes of this module."""


class UndecidedError(Exception):
    """Raised when a question cannot be answered yet: it depends on a value that is known only after a creation.

    A law that raises it is neither kept nor broken; it is asked again when the value is known.
    """


class Unknown:
    """A value that a preview does not know; there is one instance for each of Pulumi's seven kinds.

    Whatever depends on the value (comparing, calling, iterating, formatting) raises :class:`UndecidedError`, so that
    code written for known values is correct in a preview too. ``is``, ``isinstance`` and ``repr`` are safe.
    """

    __slots__ = ("kind",)

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def _undecided(self, *_: object) -> NoReturn:
        raise UndecidedError(f"a {self.kind} that is known only after the deployment")

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _undecided
    __bool__ = __len__ = __iter__ = __getitem__ = __contains__ = __str__ = __int__ = __float__ = _undecided
    __add__ = __radd__ = __sub__ = __mul__ = __mod__ = __format__ = __index__ = __call__ = _undecided

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self) -> str:
        return f"<unknown {self.kind}>"

    def __getattr__(self, name: str) -> NoReturn:
        # Python (copying, pickling) and debuggers look for special methods; the answer is that there are none.
        if name.startswith("_"):
            raise AttributeError(name)
        self._undecided()

    def __copy__(self) -> Unknown:
        return self

    def __deepcopy__(self, _: dict[int, Any]) -> Unknown:
        return self


KINDS = ("string", "boolean", "number", "array", "asset", "archive", "object")
UNKNOWNS = {kind: Unknown(kind) for kind in KINDS}
UNKNOWN = UNKNOWNS["string"]
"""The unknown to send where the kind does not matter."""


@dataclass(frozen=True)
class Secret:
    """A value that must stay encrypted in the state and out of every message; ``repr`` does not show it."""

    value: Value = field(repr=False)


@dataclass(frozen=True)
class Asset:
    """A file: exactly one of ``text``, ``path`` and ``uri`` is its content or where that is."""

    text: str | None = None
    path: str | None = None
    uri: str | None = None
    hash: str | None = None


@dataclass(frozen=True)
class Archive:
    """Files: exactly one of ``assets`` (by name), ``path`` and ``uri`` holds them."""

    assets: dict[str, Any] | None = None
    path: str | None = None
    uri: str | None = None
    hash: str | None = None


@dataclass(frozen=True)
class Reference:
    """A resource passed as a value. ``id`` is empty for a component and :data:`UNKNOWN` before its creation."""

    urn: str
    id: Value = None
    package_version: str | None = None


def rebuild(value: Value, leaf: Callable[[Value], Value]) -> Value:
    """Return ``value`` with ``leaf`` applied to everything that is neither dict nor list; secrets are leaves."""
    if isinstance(value, dict):
        return {key: rebuild(item, leaf) for key, item in value.items()}
    if isinstance(value, list):
        return [rebuild(item, leaf) for item in value]
    return leaf(value)


def plain(value: Value) -> Value:
    """Return ``value`` with every secret, at any depth, replaced by its value."""
    return rebuild(value, lambda leaf: plain(leaf.value) if isinstance(leaf, Secret) else leaf)


def has_unknown(value: Value) -> bool:
    """Return whether ``value`` contains an unknown at any depth."""
    return any(isinstance(leaf, Unknown) for leaf in leaves(value))


def has_secret(value: Value) -> bool:
    """Return whether ``value`` contains a secret at any depth."""
    if isinstance(value, dict):
        return any(has_secret(item) for item in value.values())
    if isinstance(value, list):
        return any(has_secret(item) for item in value)
    return isinstance(value, Secret)


def leaves(value: Value) -> Iterator[Value]:
    """Yield everything inside ``value`` that is neither dict nor list, with secrets in clear text."""
    if isinstance(value, dict):
        for item in value.values():
            yield from leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item)
    elif isinstance(value, Secret):
        yield from leaves(value.value)
    else:
        yield value


def secret_texts(value: Value, *, inside: bool = False) -> Iterator[str]:
    """Yield every string inside the secrets of ``value``: what messages must not repeat."""
    if isinstance(value, Secret):
        yield from secret_texts(value.value, inside=True)
    elif isinstance(value, dict):
        for item in value.values():
            yield from secret_texts(item, inside=inside)
    elif isinstance(value, list):
        for item in value:
            yield from secret_texts(item, inside=inside)
    elif inside and isinstance(value, str):
        yield value


def redact(text: str, *sources: Value) -> str:
    """Return ``text`` with every string that is secret in ``sources`` masked."""
    secrets = {secret for source in sources for secret in secret_texts(source) if secret}
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "[secret]")
    return text

"""Differences between two sets of inputs, by property path, and whether they replace the object."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from emulator.facts.model import Fact
from emulator.shape import step
from emulator.values import Unknown, Value, plain

_INDEX = re.compile(r"\[\d+\]")


@dataclass(frozen=True)
class Change:
    """One difference."""

    path: str
    """Property path as Pulumi writes it, ``ipRules[0].value``."""
    kind: str
    """``ADD``, ``DELETE`` or ``UPDATE``."""
    replaces: bool
    """The object cannot be changed like this: it is deleted and created again."""


def changes(fact: Fact | None, olds: dict[str, Value], news: dict[str, Value]) -> list[Change]:
    """Return the differences from ``olds`` to ``news``; secrets are opened, an unknown differs from everything."""
    immutable = (*fact.placeholders, *fact.immutable) if fact else ()
    return [
        Change(path, kind, any(_touches(path, value, one) for one in immutable))
        for path, kind, value in _walk(plain(olds), plain(news), "")
    ]


def _walk(old: Value, new: Value, path: str) -> Iterator[tuple[str, str, Value]]:
    """Yield path, kind and the added, deleted or new value of every difference."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in {**old, **new}:
            yield from _walk(old.get(key), new.get(key), step(path, key))
    elif isinstance(old, list) and isinstance(new, list) and not isinstance(new, Unknown):
        for index in range(max(len(old), len(new))):
            one, other = (side[index] if index < len(side) else None for side in (old, new))
            yield from _walk(one, other, f"{path}[{index}]")
    elif not _same(old, new, path):
        kind = "ADD" if old is None else "DELETE" if new is None else "UPDATE"
        yield path, kind, old if kind == "DELETE" else new


def _same(old: Value, new: Value, path: str) -> bool:
    """Return whether Azure sees no difference: regions are spelt with and without blanks and capitals."""
    if isinstance(old, Unknown) or isinstance(new, Unknown):
        return False
    if path == "location" and isinstance(old, str) and isinstance(new, str):
        return old.replace(" ", "").lower() == new.replace(" ", "").lower()
    return type(old) is type(new) and old == new if isinstance(old, bool) or isinstance(new, bool) else old == new


def _touches(path: str, value: Value, immutable: str) -> bool:
    """Return whether a change at ``path`` changes the input ``immutable`` (a dotted path without indices)."""
    bare = _INDEX.sub("", path)
    if bare == immutable or bare.startswith(immutable + "."):
        return True
    return immutable.startswith(bare + ".") and _contains(value, immutable[len(bare) + 1 :].split("."))


def _contains(value: Value, steps: list[str]) -> bool:
    """Return whether there is something at ``steps`` inside a value that was added or deleted as a whole."""
    if isinstance(value, Unknown):
        return True
    if isinstance(value, list):
        return any(_contains(inner, steps) for inner in value)
    if not steps:
        return value is not None
    return isinstance(value, dict) and _contains(value.get(steps[0]), steps[1:])


def keeps_name(fact: Fact, olds: dict[str, Value], news: dict[str, Value]) -> bool:
    """Return whether the replacement needs the name of the old object, which must therefore be deleted first."""
    name_input = fact.name_input
    needed = [name_input] if fact.unique == "global" and name_input else fact.placeholders
    pairs = [(plain(olds.get(name)), plain(news.get(name))) for name in needed]
    return all(isinstance(new, Unknown) or isinstance(old, Unknown) or old == new for old, new in pairs)

"""What changes between two sets of inputs, by property path, and whether that replaces the object."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from emulator.facts.row import Fact
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
    """The object cannot take the change: it is deleted and made anew."""


def changes(fact: Fact | None, olds: dict[str, Value], news: dict[str, Value]) -> list[Change]:
    """Return the differences from ``olds`` to ``news``; secrets are opened, an unknown differs from everything."""
    fixed = (*fact.placeholders, *fact.immutable) if fact else ()
    found = []
    for path, kind, inside in _walk(plain(olds), plain(news), ""):
        found.append(Change(path, kind, any(_touches(path, inside, one) for one in fixed)))
    return found


def _walk(old: Value, new: Value, path: str) -> Iterator[tuple[str, str, Value]]:
    """Yield path, kind and the value that came or went at every difference."""
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
    """Whether Azure sees no difference: regions are spelt with and without blanks and capitals."""
    if isinstance(old, Unknown) or isinstance(new, Unknown):
        return False
    if path == "location" and isinstance(old, str) and isinstance(new, str):
        return old.replace(" ", "").lower() == new.replace(" ", "").lower()
    return type(old) is type(new) and old == new if isinstance(old, bool) or isinstance(new, bool) else old == new


def _touches(path: str, inside: Value, fixed: str) -> bool:
    """Whether a change at ``path`` changes the immutable input ``fixed`` (a dotted path without indices)."""
    bare = _INDEX.sub("", path)
    if bare == fixed or bare.startswith(fixed + "."):
        return True
    return fixed.startswith(bare + ".") and _holds(inside, fixed[len(bare) + 1 :].split("."))


def _holds(value: Value, steps: list[str]) -> bool:
    """Whether there is something at ``steps`` inside a value that came or went as a whole."""
    if isinstance(value, Unknown):
        return True
    if isinstance(value, list):
        return any(_holds(inner, steps) for inner in value)
    if not steps:
        return value is not None
    return isinstance(value, dict) and _holds(value.get(steps[0]), steps[1:])


def name_stays(fact: Fact, olds: dict[str, Value], news: dict[str, Value]) -> bool:
    """Whether the replacement would need the very name that the old object holds, so that the old one must go first."""
    own = fact.name_input
    needed = [own] if fact.unique == "global" and own else fact.placeholders
    pairs = [(plain(olds.get(name)), plain(news.get(name))) for name in needed]
    return all(isinstance(new, Unknown) or isinstance(old, Unknown) or old == new for old, new in pairs)

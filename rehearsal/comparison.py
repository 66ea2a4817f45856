"""How the objects of two stages differ, apart from what the program changes at any release."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from stacks.events import ResourceStep
from support.property_path import steps

if TYPE_CHECKING:
    from rehearsal.rehearsal import RehearsedDeployment

Paths = frozenset[tuple[str, ...]]
"""Places in the inputs of one object: the steps from the top to each."""
ENTIRE_OBJECT: tuple[str, ...] = ()
"""The place that is everything."""
NOTHING: Mapping[str, Paths] = {}


def differences(
    start: RehearsedDeployment, end: RehearsedDeployment, *, secrets: bool = True, but: Mapping[str, Paths] = NOTHING
) -> list[str]:
    """Say how the objects of two stages differ: ids and the names of top-level inputs, never their values.

    Without ``secrets`` these are taken to be equal: those of ``start`` are made up and tell nothing. ``but`` names
    places of objects (ARM id in lower case) that are not compared (:func:`changed_paths`).
    """
    ids = {key for each in (start, end) for key in each.objects if ENTIRE_OBJECT not in but.get(key, ())}
    said = [f"{key} is missing at the end" for key in sorted(ids - end.objects.keys())]
    said += [f"{key} is there only at the end" for key in sorted(ids - start.objects.keys())]
    for key in sorted(ids & start.objects.keys() & end.objects.keys()):
        old, new = (each.objects[key] if secrets else _without_secrets(each.objects[key]) for each in (start, end))
        old, new = (_without(each, but.get(key, frozenset())) for each in (old, new))
        paths = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
        if paths:
            said.append(f"{key} differs in {', '.join(paths)}")
    return said


def changed_paths(
    taken: Iterable[ResourceStep], start: RehearsedDeployment, end: RehearsedDeployment
) -> dict[str, Paths]:
    """Return the places that the steps taken tell of, by ARM id in lower case.

    Of an object that is not updated in place it is the whole. One that was replaced may have one id in ``start`` and
    another in ``end``.
    """
    found: dict[str, Paths] = {}
    ids = [
        {entry["urn"]: entry["id"].lower() for entry in each.deployment.get("resources") or () if entry.get("id")}
        for each in (start, end)
    ]
    for step in taken:
        if step.operation == "update":
            places = frozenset(map(_place, step.detailed or step.diffs)) or frozenset({ENTIRE_OBJECT})
        else:
            places = frozenset({ENTIRE_OBJECT})
        for key in {each[step.urn] for each in ids if step.urn in each}:
            found[key] = found.get(key, frozenset()) | places
    return found


def describe_paths(places: Paths) -> str:
    """Name places for people."""
    return "all of it" if ENTIRE_OBJECT in places else ", ".join(sorted(".".join(place) for place in places))


def _place(path: str) -> tuple[str, ...]:
    """Return the steps of a property path as the engine writes it, up to its first list: entries move."""
    found: list[str] = []
    for step in steps(path):
        if isinstance(step, int):
            break
        found.append(step)
    return tuple(found)


def _without(inputs: dict[str, Any], places: Iterable[tuple[str, ...]]) -> dict[str, Any]:
    """Return ``inputs`` without what stands at ``places``; an object that nothing is left of counts as none."""
    for first, *rest in places:
        inner = inputs.get(first)
        if rest and isinstance(inner, dict):
            inner = _without(inner, [tuple(rest)])
        if not rest or inner == {}:
            inputs = {key: value for key, value in inputs.items() if key != first}
        else:
            inputs = {**inputs, first: inner}
    return inputs


def _without_secrets(inputs: dict[str, Any]) -> dict[str, Any]:
    from emulator.values import Secret, rebuild

    return rebuild(inputs, lambda leaf: None if isinstance(leaf, Secret) else leaf)

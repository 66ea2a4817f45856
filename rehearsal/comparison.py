"""Compares the objects of two deployments, apart from what the program changes at any release."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from emulator.values import Secret, rebuild
from rehearsal.rehearsal import RehearsedDeployment
from stacks.events import ResourceStep
from support.property_path import steps

Paths = frozenset[tuple[str, ...]]
"""Paths in the inputs of one object, each as the names from the top."""
ENTIRE_OBJECT: tuple[str, ...] = ()
"""The path of all inputs."""
NOTHING: Mapping[str, Paths] = {}


def differences(
    start: RehearsedDeployment,
    end: RehearsedDeployment,
    *,
    secrets: bool = True,
    ignored: Mapping[str, Paths] = NOTHING,
) -> list[str]:
    """Describe how the objects of two deployments differ: ids and names of top-level inputs, never their values.

    Args:
        start: the deployment before.
        end: the deployment after.
        secrets: whether to compare secrets; those of ``start`` may be made up, and then mean nothing.
        ignored: ARM id in lower case → paths that are not compared (:func:`changed_paths`).

    """
    ids = {key for each in (start, end) for key in each.objects if ENTIRE_OBJECT not in ignored.get(key, ())}
    lines = [f"{key} is missing at the end" for key in sorted(ids - end.objects.keys())]
    lines += [f"{key} exists only at the end" for key in sorted(ids - start.objects.keys())]
    for key in sorted(ids & start.objects.keys() & end.objects.keys()):
        old, new = (each.objects[key] if secrets else _without_secrets(each.objects[key]) for each in (start, end))
        old, new = (_without(each, ignored.get(key, frozenset())) for each in (old, new))
        names = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
        if names:
            lines.append(f"{key} differs in {', '.join(names)}")
    return lines


def changed_paths(
    done: Iterable[ResourceStep], start: RehearsedDeployment, end: RehearsedDeployment
) -> dict[str, Paths]:
    """Return ARM id in lower case → paths that the ``done`` steps changed.

    An object that is not updated in place counts as changed entirely. A replaced one may have one id in ``start`` and
    another in ``end``.
    """
    changed: dict[str, Paths] = {}
    ids = [
        {entry["urn"]: entry["id"].lower() for entry in each.deployment.get("resources") or () if entry.get("id")}
        for each in (start, end)
    ]
    for step in done:
        if step.operation == "update":
            paths = frozenset(map(_path, step.detailed or step.diffs)) or frozenset({ENTIRE_OBJECT})
        else:
            paths = frozenset({ENTIRE_OBJECT})
        for key in {each[step.urn] for each in ids if step.urn in each}:
            changed[key] = changed.get(key, frozenset()) | paths
    return changed


def describe_paths(paths: Paths) -> str:
    """Return the paths as people read them."""
    return "all of it" if ENTIRE_OBJECT in paths else ", ".join(sorted(".".join(path) for path in paths))


def _path(path: str) -> tuple[str, ...]:
    """Return the names of a property path as the engine writes it, up to its first list, whose entries may move."""
    names: list[str] = []
    for step in steps(path):
        if isinstance(step, int):
            break
        names.append(step)
    return tuple(names)


def _without(inputs: dict[str, Any], paths: Iterable[tuple[str, ...]]) -> dict[str, Any]:
    """Return ``inputs`` without what is at ``paths``, nor objects that become empty by it."""
    for first, *rest in paths:
        inner = inputs.get(first)
        if rest and isinstance(inner, dict):
            inner = _without(inner, [tuple(rest)])
        if not rest or inner == {}:
            inputs = {key: value for key, value in inputs.items() if key != first}
        else:
            inputs = {**inputs, first: inner}
    return inputs


def _without_secrets(inputs: dict[str, Any]) -> dict[str, Any]:
    return rebuild(inputs, lambda leaf: None if isinstance(leaf, Secret) else leaf)

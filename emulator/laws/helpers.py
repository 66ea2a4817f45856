"""Small tools for laws: values that may be missing or unknown, regions, and the text of a refusal."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from typing import Any

from emulator.errors import error_text
from emulator.facts.regions import normal
from emulator.ids import group_id
from emulator.values import Unknown
from emulator.world import ObjectView, Request, World, dig


def refuse(code: str, problem: str, allowed: str, fix: str) -> str:
    """Return the text of a violation: Azure's error code, what is wrong, what is allowed, and how to fix it."""
    return error_text(code, f"{problem}. Allowed: {allowed}. {fix}")


def is_known(value: Any) -> bool:
    """Return whether ``value`` is neither unknown nor missing."""
    return not isinstance(value, Unknown) and value is not None


def string_at(request: Request, path: str) -> str:
    """Return the input at ``path`` as a string; empty where it is missing.

    Raises:
        UndecidedError: the value is unknown in this preview.
    """
    value = request.get(path)
    return "" if value is None else str(value)


def number_at(request: Request, path: str) -> int | None:
    """Return the input at ``path`` as a number; None where it is missing or not a number.

    Raises:
        UndecidedError: the value is unknown in this preview.
    """
    value = request.get(path)
    if value is None or (isinstance(value, str) and not value.isdigit()):
        return None
    return int(value)


def previous(request: Request, path: str) -> Any:
    """Return the input at ``path`` before the change; None for a new object."""
    return dig(request.olds, path) if request.olds else None


def entries(value: Any) -> list[dict[str, Any]]:
    """Return the known objects of a list; unknown members and unknown lists are left out."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def strings(value: Any) -> list[str]:
    """Return the known strings of a list; a single string counts as a list of one."""
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def values_at(value: Any, path: str) -> Iterator[Any]:
    """Yield the known values at a dotted ``path``, in which ``*`` stands for every member of a list or object."""
    head, _, rest = path.partition(".")
    if head == "*":
        members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    else:
        members = (value.get(head) if isinstance(value, dict) else None,)
    for member in members:
        if rest:
            yield from values_at(member, rest)
        elif is_known(member):
            yield member


def same(left: str | None, right: str | None) -> bool:
    """Return whether two ids or names are equal to Azure, which ignores case."""
    return (left or "").rstrip("/").lower() == (right or "").rstrip("/").lower()


def location_of(view: ObjectView, world: World) -> str:
    """Return the region of an object, ``westeurope``: its own, else its resource group's."""
    own = view.value("location")
    return normal(own) if isinstance(own, str) else _group_location(view.id, world)


def request_location(request: Request, world: World) -> str:
    """Return the region of the requested object: its own, else its resource group's."""
    own = request.get("location")
    return normal(str(own)) if own is not None else _group_location(request.id, world)


def _group_location(arm_id: str, world: World) -> str:
    group = world.get(group_id(arm_id))
    return normal(str(group.value("location"))) if group else ""


def missing(world: World, arm_id: str, what: str) -> Iterator[str]:
    """Refuse a reference to an object that does not exist."""
    if world.get(arm_id) is None:
        yield refuse(
            "InvalidResourceReference",
            f"{what} {arm_id} does not exist",
            "ids of objects that exist when the request is made",
            "Create it first, or make this resource depend on it.",
        )


def did_you_mean(name: str, names: Iterable[str], cutoff: float = 0.7) -> str:
    """Return a sentence with the name most like ``name``; empty where none is at least ``cutoff`` (0 to 1) like it."""
    close = difflib.get_close_matches(name, list(names), n=1, cutoff=cutoff)
    return f"Did you mean {close[0]}? " if close else ""


def changing(request: Request) -> bool:
    """Return whether the request creates or changes an object, as opposed to deleting it."""
    return request.operation != "delete"

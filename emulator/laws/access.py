"""Small accessors for laws: ARM ids, values that may be missing or unknown, and the text of a refusal."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from typing import Any

from emulator.facts.regions import normal
from emulator.refusal import said
from emulator.values import Unknown
from emulator.world import Item, Request, World, dig


def refuse(code: str, found: str, allowed: str, fix: str) -> str:
    """Text of a violation: Azure's error code, what was found, what is allowed, and how to mend it."""
    return said(code, f"{found}. Allowed: {allowed}. {fix}")


def known(value: Any) -> bool:  # noqa: ANN401 - inputs are JSON
    """Whether ``value`` is known and not missing."""
    return not isinstance(value, Unknown) and value is not None


def text(request: Request, path: str) -> str:
    """Input at ``path`` as a string; empty where it is missing.

    Raises:
        UndecidedError: the value is unknown in this preview.
    """
    value = request.get(path)
    if value is None:
        return ""
    return str(value)


def number(request: Request, path: str) -> int | None:
    """Input at ``path`` as a number; None where it is missing or no number.

    Raises:
        UndecidedError: the value is unknown in this preview.
    """
    value = request.get(path)
    if value is None:
        return None
    if isinstance(value, str) and not value.isdigit():
        return None
    return int(value)


def entries(value: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - inputs are JSON
    """Known objects of a list; unknown members and unknown lists are left out."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def strings(value: Any) -> list[str]:  # noqa: ANN401 - inputs are JSON
    """Known strings of a list; a single string counts as a list of one."""
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def every(value: Any, path: str) -> Iterator[Any]:  # noqa: ANN401 - inputs are JSON
    """Values at a dotted ``path`` where ``*`` is every member of a list or object; unknown ones are left out."""
    head, _, rest = path.partition(".")
    if head == "*":
        members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        for member in members:
            yield from every(member, rest) if rest else _leaf(member)
        return
    found = value.get(head) if isinstance(value, dict) else None
    if rest:
        yield from every(found, rest)
    else:
        yield from _leaf(found)


def _leaf(value: Any) -> Iterator[Any]:  # noqa: ANN401 - inputs are JSON
    """Yield ``value`` if it is known and there."""
    if known(value):
        yield value


def same(left: str | None, right: str | None) -> bool:
    """Whether two ids or names are equal to Azure, which does not look at case."""
    return (left or "").rstrip("/").lower() == (right or "").rstrip("/").lower()


def parent_id(arm_id: str) -> str:
    """Id without its last type and name."""
    return arm_id.rstrip("/").rsplit("/", 2)[0]


def scope_of(arm_id: str) -> str:
    """Scope of an extension resource: everything before its last provider."""
    return arm_id.rpartition("/providers/")[0]


def type_of(arm_id: str) -> str:
    """ARM type of an id, spelt as the id spells it; empty for a scope that is no resource."""
    _, found, tail = arm_id.rstrip("/").rpartition("/providers/")
    if not found:
        parts = arm_id.strip("/").split("/")
        return "Microsoft.Resources/resourceGroups" if len(parts) == 4 else ""  # noqa: PLR2004 - subscription and group
    namespace, *segments = tail.split("/")
    return "/".join((namespace, *segments[::2]))


def subscription_of(arm_id: str) -> str:
    """Subscription of an id, lower case; empty where there is none."""
    parts = arm_id.strip("/").lower().split("/")
    return parts[1] if len(parts) > 1 and parts[0] == "subscriptions" else ""


def group_of(arm_id: str) -> str:
    """Id of the resource group that an id lies in; empty where it lies in none."""
    parts = arm_id.split("/")
    return "/".join(parts[:5]) if len(parts) > 4 and parts[3].lower() == "resourcegroups" else ""  # noqa: PLR2004


def location_of(item: Item, world: World) -> str:
    """Region of an object, ``westeurope``: its own, else its resource group's."""
    own = item.value("location")
    if isinstance(own, str):
        return normal(own)
    group = world.get(group_of(item.id))
    return normal(str(group.value("location"))) if group else ""


def request_location(request: Request, world: World) -> str:
    """Region of the object asked for: its own, else its resource group's."""
    own = request.get("location")
    if own is not None:
        return normal(str(own))
    group = world.get(group_of(request.id))
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


def nearest(name: str, names: Iterable[str], alike: float = 0.7) -> str:
    """Sentence that names the nearest right spelling; empty where none is as much ``alike`` (0 to 1)."""
    found = difflib.get_close_matches(name, list(names), n=1, cutoff=alike)
    return f"Did you mean {found[0]}? " if found else ""


def changing(request: Request) -> bool:
    """Whether the request makes or changes an object, as opposed to deleting it."""
    return request.operation != "delete"


def old(request: Request, path: str) -> Any:  # noqa: ANN401 - inputs are JSON
    """Input at ``path`` before the change; None for a new object."""
    return dig(request.olds, path) if request.olds else None

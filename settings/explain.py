"""From pydantic's errors to issues that say what was found, what is allowed and an example of a right value."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from settings.problems import Issue, nearest, show
from settings.shapes import Shape, Spot, element_of, field_of, keys_of, members_of, modes_of, strip, tagged_of

_KEY = "[key]"
"""What pydantic puts behind the key of a mapping when the key itself is wrong."""

Details = Mapping[str, Any]
"""One error of pydantic."""


def validate(shape: Shape, value: object) -> tuple[Any, list[Issue]]:
    """Validate plain data against an annotation: the value and no issues, or None and every issue.

    The data goes through JSON, so that strict models accept lists for tuples, exactly what a YAML file can hold.
    """
    try:
        return TypeAdapter(shape).validate_json(json.dumps(value)), []
    except ValidationError as error:
        details = error.errors(include_url=False)
    misspelt = {_meant(shape, one["loc"]) for one in details if one["type"] == "extra_forbidden"}
    return None, [_issue(shape, one) for one in details if not _follows(one, details, misspelt)]


def _follows(error: Details, others: Sequence[Details], misspelt: Collection[object]) -> bool:
    """Whether an error follows from another: a key missing because it is misspelt, a list short of a bad element."""
    location = error["loc"]
    inside = any(other["loc"][: len(location)] == location != other["loc"] for other in others)
    return (error["type"] == "missing" and location in misspelt) or (error["type"] == "too_short" and inside)


def _issue(shape: Shape, error: Details) -> Issue:
    spot = _walk(shape, error["loc"])
    found = show(error.get("input"), spot.path)
    kind = _KEY if error["loc"][-1:] == (_KEY,) else error["type"]
    special = _SPECIAL.get(kind)
    return (
        special(spot, found, error)
        if special
        else Issue(spot.path, _message(error), found, spot.allowed(), spot.example())
    )


def _message(error: Details) -> str:
    kind, message = error["type"], error["msg"]
    if kind.endswith("_type") or kind in {"int_from_float", "int_parsing", "bool_parsing"}:
        return "wrong type"
    known = {
        "too_short": "too few entries",
        "literal_error": "not one of the choices",
        "string_pattern_mismatch": "not in the form that is required",
    }
    return known.get(kind) or message[0].lower() + message[1:]


def _wrong_key(spot: Spot, found: str, error: Details) -> Issue:
    del found, error
    path = spot.path
    return Issue(path, "not a name that is allowed here", repr(path[-1]), spot.allowed(), f"{spot.value()}: …")


def _missing(spot: Spot, found: str, error: Details) -> Issue:
    del found, error
    return Issue(spot.path, f"{spot.path[-1]} is missing", "nothing", spot.allowed(), spot.example())


def _refused(spot: Spot, found: str, error: Details) -> Issue:
    context = error["ctx"]
    return Issue(spot.path, context["reason"], found, context["allowed"], context["example"])


def _no_mode(spot: Spot, found: str, error: Details) -> Issue:
    del error
    return Issue(spot.path, "no mode is chosen", found, f"mode: {modes_of(spot.shape)}", spot.example())


def _wrong_mode(spot: Spot, found: str, error: Details) -> Issue:
    value = error.get("input")
    found = show(value.get("mode"), spot.path) if isinstance(value, dict) else found
    modes = modes_of(spot.shape)
    return Issue((*spot.path, "mode"), "no such mode", found, modes, f"mode: {modes.split(' or ')[0]}")


def _meant(shape: Shape, location: tuple[str | int, ...]) -> tuple[str | int, ...] | None:
    """Return the location of the key that an unknown key probably misspells: it is not reported as missing too."""
    owner = _walk(shape, location).owner
    near = nearest(location[-1], keys_of(owner)) if owner else None
    return (*location[:-1], near) if near else None


def _unknown_key(spot: Spot, found: str, error: Details) -> Issue:
    del found, error
    key = str(spot.path[-1])
    known = keys_of(spot.owner) if spot.owner else []
    near = nearest(key, known)
    example = f"{known[0]}: …" if known else ""
    if near and spot.owner:
        field = field_of(spot.owner, near)
        right = Spot((*spot.path[:-1], near), field.annotation if field else None, field, spot.owner)
        example = right.example() or f"{near}: …"
    message = f"unknown key {key!r}" + (f"; did you mean {near!r}?" if near else "")
    return Issue(spot.path, message, repr(key), ", ".join(known), example)


_SPECIAL: dict[str, Callable[[Spot, str, Details], Issue]] = {
    _KEY: _wrong_key,
    "extra_forbidden": _unknown_key,
    "missing": _missing,
    "refused": _refused,
    "union_tag_not_found": _no_mode,
    "union_tag_invalid": _wrong_mode,
}
"""Types of errors whose message needs more than the type and bounds of the field."""


def _walk(shape: Shape, location: tuple[str | int, ...]) -> Spot:
    """Follow pydantic's location, which also names the chosen member of each union; files do not."""
    spot = Spot((), shape, None, None)
    for index, step in enumerate(location):
        inner = strip(spot.shape)
        members = members_of(inner)
        if step == _KEY:
            continue
        if members and step in members:
            spot = Spot(spot.path, members[str(step)], spot.field, spot.owner)
        elif step in (tagged := tagged_of(inner)):
            spot = Spot(spot.path, tagged[str(step)], None, spot.owner)
        elif isinstance(inner, type) and issubclass(inner, BaseModel):
            field = field_of(inner, str(step))
            spot = Spot((*spot.path, step), field.annotation if field else None, field, inner)
        else:
            element = element_of(inner, key=location[index + 1 : index + 2] == (_KEY,))
            spot = Spot((*spot.path, step), element, None, None)
    return spot

"""Looking into the local Azure and changing it by hand, behind the program's back; plain data for the command line.

Changes obey the same shapes and laws as the program's: the portal would refuse them too.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from emulator import health, places
from emulator.control import ControlPlane
from emulator.diff import changes
from emulator.directory import Directory
from emulator.facts import TABLE
from emulator.laws import LAWS
from emulator.record import Record
from emulator.refusal import Refusal
from emulator.shape import check, nearest
from emulator.store import Store
from emulator.values import Secret, Value, rebuild
from emulator.world import arm_name

BY_HAND = "by hand"
CUSTOMER = "customer"
_STEP = re.compile(r'\["([^"]*)"\]|\[(\d+)\]|([^.\[\]]+)')
_SUBSCRIPTION = re.compile(r"^/subscriptions/([^/]+)", re.IGNORECASE)


def listing(store: Store, *, kind: str = "", group: str = "") -> list[dict[str, Any]]:
    """Return what exists, by id: id, name, type, token, group, location, owner, shapeOnly, created, changed.

    ``owner`` is ``customer`` of what was put here because a stack file says that it exists, else ``program``.

    Args:
        store: the local Azure.
        kind: part of a type (``vault``), without regard to case; empty for all.
        group: name of a resource group; empty for all.
    """
    makers = store.makers()
    rows = [{**_summary(one), "owner": _owner(makers.get(one.key))} for one in store.records()]
    return [
        row
        for row in rows
        if kind.lower() in f"{row['type']} {row['token']}".lower() and group.lower() in {"", str(row["group"]).lower()}
    ]


def deleted(store: Store) -> list[dict[str, Any]]:
    """Return soft-deleted objects, whose names stay taken; ``changed`` says when they were deleted."""
    return [_summary(one) for one in store.tombstones()]


def shape_only(store: Store) -> list[str]:
    """Return the tokens of types in use that were accepted on their shape alone."""
    return sorted({one.token for one in store.records() if one.shape_only})


def show(store: Store, wanted: str) -> dict[str, Any]:
    """Return one object with inputs, outputs and activity; secrets read ``[secret]``.

    Raises:
        LookupError: no object, or more than one, has that id or name.
    """
    record = find(store, wanted)
    log = [
        {"at": _time(line.at), "who": line.who, "what": line.what, "paths": list(line.paths)}
        for line in store.activity(record.id)
    ]
    return {**_summary(record), "inputs": _veiled(record.inputs), "outputs": _veiled(record.outputs), "activity": log}


def change(store: Store, wanted: str, path: str, value: Value) -> dict[str, Any]:
    """Set the input at a property path (``tags.owner``, ``ipRules[0].value``) by hand and return the object.

    Args:
        store: the local Azure.
        wanted: id or name.
        path: as Pulumi writes it.
        value: the new value; None removes what is there.

    Raises:
        LookupError: no object, or more than one, has that id or name.
        Refusal: Azure would not accept the change.
    """
    record = find(store, wanted)
    steps = [quoted or (int(index) if index else word) for quoted, index, word in _STEP.findall(path)]
    inputs = _with(record.inputs, steps, value, path)
    problems = check(record.token, inputs)
    if problems:
        raise Refusal("InvalidRequest", "; ".join(f"{one.path}: {one.message}" for one in problems))
    if record.token.startswith("azuread:"):
        directory = Directory(store, str(record.outputs.get("applicationTenantId") or ""))
        _refuse_replacement(directory.fact(record.token), record, inputs)
        directory.update(record.token, record.id, inputs, who=BY_HAND)
    else:
        plane = _plane(store, record)
        _refuse_replacement(plane.fact(record.token), record, inputs)
        plane.update(record.token, record.id, inputs, who=BY_HAND)
    return show(store, record.id)


def remove(store: Store, wanted: str) -> list[str]:
    """Delete an object by hand, and all below it; return the ids that went.

    Raises:
        LookupError: no object, or more than one, has that id or name.
        Refusal: Azure would not delete it.
    """
    record = find(store, wanted)
    if record.token.startswith("azuread:"):
        return [one.id for one in Directory(store, "").delete(record.id, who=BY_HAND)]
    return [one.id for one in _plane(store, record).delete(record.id, who=BY_HAND)]


def purge(store: Store, name: str) -> list[str]:
    """Free the name of soft-deleted objects; return their ids.

    Raises:
        LookupError: no deleted object has that name.
    """
    found = [one for one in store.tombstones() if arm_name(one.id).lower() == name.lower()]
    if not found:
        raise LookupError(f"no deleted object is named {name!r}")
    for one in found:
        store.purge(one, who=BY_HAND)
    return [one.id for one in found]


def faults(store: Store) -> list[dict[str, Any]]:
    """Return what is broken on purpose: ``what``, ``since`` when, and the sites and slots it ``hits`` now."""
    return [{**row, "since": _time(row["since"])} for row in health.faults(store)]


def break_down(store: Store, what: str) -> dict[str, Any]:
    """Let an image, a site or a slot answer 503 (see :mod:`emulator.health`) and return its row of :func:`faults`.

    Raises:
        LookupError: ``what`` cannot be a part of an image or the name of a site.
    """
    if not health.WHAT.fullmatch(what):
        raise LookupError(f"{what!r} is neither an image nor a site; give a repository, sha256:…, SITE or SITE/SLOT")
    store.break_down(what)
    return next(row for row in faults(store) if row["what"] == what)


def mend(store: Store, what: str) -> None:
    """Let something that was broken on purpose answer again.

    Raises:
        LookupError: it is not broken; the text names what is.
    """
    if not store.mend(what):
        known = ", ".join(store.faults()) or "nothing"
        raise LookupError(f"{what!r} is not broken; broken is: {known}")


def reset(store: Store) -> int:
    """Forget everything; return how many objects there were."""
    return store.reset()


def find(store: Store, wanted: str) -> Record:
    """Return the object with an id, or the only one with a name.

    Raises:
        LookupError: there is none, or more than one; the text names them, or the nearest name.
    """
    record = store.record(wanted)
    if record is not None:
        return record
    everything = store.records()
    named = [one for one in everything if wanted.lower() in {arm_name(one.id).lower(), _title(one).lower()}]
    if len(named) == 1:
        return named[0]
    if named:
        listed = "\n".join(f"  {one.id}" for one in named)
        raise LookupError(f"{len(named)} objects are named {wanted!r}; give the id:\n{listed}")
    near = nearest(wanted, [arm_name(one.id) for one in everything])
    raise LookupError(f"nothing in the local Azure is named {wanted!r}" + (f"; did you mean {near!r}?" if near else ""))


def _title(record: Record) -> str:
    """Return the display name of a directory object, else the empty string."""
    name = record.outputs.get("displayName")
    return name if isinstance(name, str) else ""


def _summary(record: Record) -> dict[str, Any]:
    """Return the row of a listing."""
    location = record.outputs.get("location", record.inputs.get("location"))
    return {
        "id": record.id,
        "name": _title(record) if record.token.startswith("azuread:") else arm_name(record.id),
        "type": record.arm_type,
        "token": record.token,
        "group": places.resource_group(record.id),
        "location": _veiled(location),
        "shapeOnly": record.shape_only,
        "created": _time(record.created),
        "changed": _time(record.changed),
    }


def _owner(maker: str | None) -> str:
    """Say whose an object is, from who made it."""
    return CUSTOMER if maker == CUSTOMER else "program"


def _veiled(value: Value) -> Value:
    """Return ``value`` without what secrets hold."""
    return rebuild(value, lambda leaf: "[secret]" if isinstance(leaf, Secret) else leaf)


def _time(nanoseconds: int) -> str:
    """Return a moment in ISO 8601, UTC, to the second."""
    return datetime.fromtimestamp(nanoseconds / 1e9, UTC).isoformat(timespec="seconds")


def _plane(store: Store, record: Record) -> ControlPlane:
    """Return the control plane of the subscription that an object is in."""
    match = _SUBSCRIPTION.match(record.id)
    subscription = match.group(1) if match else ""
    return ControlPlane(store, subscription, store.tenant_of(subscription) or "", facts=TABLE, laws=LAWS)


def _refuse_replacement(fact: Any, record: Record, inputs: dict[str, Value]) -> None:  # noqa: ANN401 - a Fact
    """Refuse a change that an object cannot take."""
    fixed = [one.path for one in changes(fact, record.inputs, inputs) if one.replaces]
    if fixed:
        text = f"{', '.join(fixed)} of {record.id} cannot be changed; the object would have to be deleted and made anew"
        raise Refusal("PropertyChangeNotAllowed", text)


def _with(value: Value, steps: list[str | int], new: Value, path: str) -> Value:
    """Return ``value`` with ``new`` at ``steps``; objects on the way are made, list items must exist or come next."""
    if isinstance(value, Secret):
        return Secret(_with(value.value, steps, new, path))
    if not steps:
        return new
    first, rest = steps[0], steps[1:]
    if isinstance(first, int):
        items = list(value) if isinstance(value, list) else []
        if first > len(items):
            raise Refusal("InvalidRequest", f"{path}: the list has {len(items)} items", status="INVALID_ARGUMENT")
        inner = _with(items[first] if first < len(items) else None, rest, new, path)
        items[first : first + 1] = [] if inner is None else [inner]
        return items
    fields = dict(value) if isinstance(value, dict) else {}
    inner = _with(fields.get(first), rest, new, path)
    if inner is None or (isinstance(inner, Secret) and inner.value is None):
        fields.pop(first, None)
    else:
        fields[first] = inner
    return fields

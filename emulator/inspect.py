"""Looking into the local Azure and changing it by hand, outside Pulumi; plain data for the command line.

Such changes obey the same shapes and laws as the program's: Azure's portal would refuse them too.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from emulator import health, ids
from emulator.control import ControlPlane
from emulator.diff import changes
from emulator.directory import Directory
from emulator.errors import Refusal
from emulator.facts import TABLE
from emulator.facts.model import Fact
from emulator.facts.quotas import LIMIT, LIMITS, USES, limit_id
from emulator.facts.regions import LIFT, LIFTED_TYPE, lift_id
from emulator.ids import arm_name
from emulator.laws import LAWS
from emulator.shape import check, nearest
from emulator.store import Store
from emulator.stored_object import StoredObject
from emulator.values import Secret, Value, rebuild

BY_HAND = "by hand"
CUSTOMER = "customer"
AZURE = "azure"
_STEP = re.compile(r'\["([^"]*)"\]|\[(\d+)\]|([^.\[\]]+)')
_SUBSCRIPTION = re.compile(r"^/subscriptions/([^/]+)", re.IGNORECASE)


def listing(store: Store, *, kind: str = "", group: str = "") -> list[dict[str, Any]]:
    """Return what exists, ordered by id: id, name, type, token, group, location, owner, shapeOnly, created, changed.

    ``owner`` is ``customer`` for objects created here because a stack file says that they exist, else ``program``.

    Args:
        store: the local Azure.
        kind: part of a type (``vault``), in any case; empty for all.
        group: name of a resource group; empty for all.
    """
    creators = store.creators()
    rows = [{**_summary(one), "owner": _owner(creators.get(one.key))} for one in store.objects()]
    return [
        row
        for row in rows
        if kind.lower() in f"{row['type']} {row['token']}".lower() and group.lower() in {"", str(row["group"]).lower()}
    ]


def deleted(store: Store) -> list[dict[str, Any]]:
    """Return soft-deleted objects, whose names are reserved; ``changed`` is when they were deleted."""
    return [_summary(one) for one in store.tombstones()]


def shape_only(store: Store) -> list[str]:
    """Return the tokens of the types in use that are not in the facts table."""
    return sorted({one.token for one in store.objects() if one.shape_only})


def show(store: Store, name_or_id: str) -> dict[str, Any]:
    """Return one object with inputs, outputs and activity; secrets are shown as ``[secret]``.

    Raises:
        LookupError: not exactly one object has that id or name.
    """
    stored = find(store, name_or_id)
    log = [
        {"at": _time(line.at), "who": line.who, "what": line.what, "paths": list(line.paths)}
        for line in store.activity(stored.id)
    ]
    return {**_summary(stored), "inputs": _masked(stored.inputs), "outputs": _masked(stored.outputs), "activity": log}


def change(store: Store, name_or_id: str, path: str, value: Value) -> dict[str, Any]:
    """Set the input at a property path (``tags.owner``, ``ipRules[0].value``) by hand; return the object.

    Args:
        store: the local Azure.
        name_or_id: id or name.
        path: as Pulumi writes it.
        value: the new value; None removes the input.

    Raises:
        LookupError: not exactly one object has that id or name.
        Refusal: Azure would not accept the change.
    """
    stored = find(store, name_or_id)
    steps = [quoted or (int(index) if index else word) for quoted, index, word in _STEP.findall(path)]
    inputs = _with(stored.inputs, steps, value, path)
    problems = check(stored.token, inputs)
    if problems:
        raise Refusal("InvalidRequest", "; ".join(f"{one.path}: {one.message}" for one in problems))
    if stored.token.startswith("azuread:"):
        directory = Directory(store, str(stored.outputs.get("applicationTenantId") or ""))
        _refuse_replacement(directory.fact(stored.token), stored, inputs)
        directory.update(stored.token, stored.id, inputs, who=BY_HAND)
    else:
        plane = _plane(store, stored)
        _refuse_replacement(plane.fact(stored.token), stored, inputs)
        plane.update(stored.token, stored.id, inputs, who=BY_HAND)
    return show(store, stored.id)


def remove(store: Store, name_or_id: str) -> list[str]:
    """Delete an object by hand, and everything below it; return the deleted ids.

    Raises:
        LookupError: not exactly one object has that id or name.
        Refusal: Azure would not delete it.
    """
    stored = find(store, name_or_id)
    if stored.token == LIMIT:  # Azure's own limit counts again
        store.remove(stored, keep_name=False, who=BY_HAND)
        return [stored.id]
    if stored.token.startswith("azuread:"):
        return [one.id for one in Directory(store, "").delete(stored.id, who=BY_HAND)]
    return [one.id for one in _plane(store, stored).delete(stored.id, who=BY_HAND)]


def delete_records(store: Store) -> list[str]:
    """Delete the containers that Azure made for logs, as a person with rights on their blobs would; return the ids."""
    creators = store.creators()
    return [one for key, who in creators.items() if who == AZURE and store.get(key) for one in remove(store, key)]


def purge(store: Store, name: str) -> list[str]:
    """Purge the soft-deleted objects with a name; return their ids.

    Raises:
        LookupError: no deleted object has that name.
    """
    matches = [one for one in store.tombstones() if arm_name(one.id).lower() == name.lower()]
    if not matches:
        raise LookupError(f"no deleted object is named {name!r}")
    for one in matches:
        store.purge(one, who=BY_HAND)
    return [one.id for one in matches]


def faults(store: Store) -> list[dict[str, Any]]:
    """Return the faults: ``what`` is broken, ``since`` when, and the sites and slots that it ``hits`` now."""
    return [{**row, "since": _time(row["since"])} for row in health.faults(store)]


def add_fault(store: Store, what: str) -> dict[str, Any]:
    """Make an image, a site or a slot answer 503 (see :mod:`emulator.health`); return its entry of :func:`faults`.

    Raises:
        LookupError: ``what`` cannot be a part of an image or the name of a site.
    """
    if not health.WHAT.fullmatch(what):
        raise LookupError(f"{what!r} is neither an image nor a site; give a repository, sha256:…, SITE or SITE/SLOT")
    store.add_fault(what)
    return next(row for row in faults(store) if row["what"] == what)


def clear_fault(store: Store, what: str) -> None:
    """Make something that was broken on purpose answer again.

    Raises:
        LookupError: it is not broken; the message names what is.
    """
    if not store.clear_fault(what):
        known = ", ".join(store.faults()) or "nothing"
        raise LookupError(f"{what!r} is not broken; broken is: {known}")


def set_quota(store: Store, subscription: str, region: str, name: str, limit: int) -> None:
    """Set the limit of a quota of a subscription in a region.

    Raises:
        LookupError: no type that the local Azure counts uses a quota of that name.
    """
    namespaces = [arm_type.split("/", 1)[0] for arm_type, use in USES.items() if use.named(name)]
    if not namespaces:
        known = ", ".join(sorted(one for use in USES.values() for one in use.names))
        raise LookupError(f"{name!r} is no quota here; there are {known}, and SKUs of App Service plans such as P1v3")
    value: dict[str, Value] = {"properties": {"limit": {"limitObjectType": "LimitValue", "value": limit}}}
    arm_id = limit_id(subscription, region, namespaces[0], name)
    store.put(StoredObject(id=arm_id, token=LIMIT, arm_type=LIMITS, inputs=value, outputs=value), who=BY_HAND)


def lift_block(store: Store, subscription: str, region: str) -> None:
    """Let a subscription have new PostgreSQL servers with a standby in another zone, where others get none."""
    arm_id = lift_id(subscription, region)
    if store.get(arm_id) is None:
        store.put(StoredObject(id=arm_id, token=LIFT, arm_type=LIFTED_TYPE, inputs={}, outputs={}), who=CUSTOMER)


def reset(store: Store) -> int:
    """Remove everything; return how many objects there were."""
    return store.reset()


def find(store: Store, name_or_id: str) -> StoredObject:
    """Return the object with an id, or the only one with a name.

    Raises:
        LookupError: there is none, or more than one; the message names them, or the nearest name.
    """
    stored = store.object(name_or_id)
    if stored is not None:
        return stored
    objects = store.objects()
    named = [one for one in objects if name_or_id.lower() in {arm_name(one.id).lower(), _title(one).lower()}]
    if len(named) == 1:
        return named[0]
    if named:
        listed = "\n".join(f"  {one.id}" for one in named)
        raise LookupError(f"{len(named)} objects are named {name_or_id!r}; give the id:\n{listed}")
    near = nearest(name_or_id, [arm_name(one.id) for one in objects])
    raise LookupError(
        f"nothing in the local Azure is named {name_or_id!r}" + (f"; did you mean {near!r}?" if near else "")
    )


def _title(stored: StoredObject) -> str:
    """Return the display name of a directory object, else an empty string."""
    name = stored.outputs.get("displayName")
    return name if isinstance(name, str) else ""


def _summary(stored: StoredObject) -> dict[str, Any]:
    """Return an object's entry in a listing."""
    location = stored.outputs.get("location", stored.inputs.get("location"))
    return {
        "id": stored.id,
        "name": _title(stored) if stored.token.startswith("azuread:") else arm_name(stored.id),
        "type": stored.arm_type,
        "token": stored.token,
        "group": ids.resource_group(stored.id),
        "location": _masked(location),
        "shapeOnly": stored.shape_only,
        "created": _time(stored.created),
        "changed": _time(stored.changed),
    }


def _owner(creator: str | None) -> str:
    """Return whose an object is, from who created it."""
    return CUSTOMER if creator == CUSTOMER else "program"


def _masked(value: Value) -> Value:
    """Return ``value`` with its secrets masked."""
    return rebuild(value, lambda leaf: "[secret]" if isinstance(leaf, Secret) else leaf)


def _time(nanoseconds: int) -> str:
    """Return a time in ISO 8601, UTC, to the second."""
    return datetime.fromtimestamp(nanoseconds / 1e9, UTC).isoformat(timespec="seconds")


def _plane(store: Store, stored: StoredObject) -> ControlPlane:
    """Return the control plane of an object's subscription."""
    match = _SUBSCRIPTION.match(stored.id)
    subscription = match.group(1) if match else ""
    return ControlPlane(store, subscription, store.tenant_of(subscription) or "", facts=TABLE, laws=LAWS)


def _refuse_replacement(fact: Fact, stored: StoredObject, inputs: dict[str, Value]) -> None:
    """Refuse a change that would replace the object."""
    fixed = [one.path for one in changes(fact, stored.inputs, inputs) if one.replaces]
    if fixed:
        text = f"{', '.join(fixed)} of {stored.id} cannot be changed without deleting and creating the object again"
        raise Refusal("PropertyChangeNotAllowed", text)


def _with(value: Value, steps: list[str | int], new: Value, path: str) -> Value:
    """Return ``value`` with ``new`` at ``steps``; missing objects are added, a list item must exist or be the next."""
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

"""Functions of azure-native (invokes): who am I, the keys of a service, and reading an object that exists."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any

from emulator import places
from emulator.control import ControlPlane
from emulator.facts.row import Place
from emulator.record import Record
from emulator.reflection import UnknownTypeError
from emulator.refusal import Refusal
from emulator.values import Secret, Value


def call(plane: ControlPlane, token: str, args: dict[str, Value]) -> dict[str, Value]:
    """Answer the function ``token`` (``azure-native:keyvault:getVault``).

    Raises:
        Refusal: the object does not exist, or the function is none that the local Azure knows.
    """
    if token in {"azure-native:authorization:getClientConfig", "azure-native:index:getClientConfig"}:
        return client(plane.subscription_id, plane.tenant_id)
    if token in KEYS:
        resource, make = KEYS[token]
        return make(_object(plane, resource, args))
    package, module, name = token.split(":")
    resource = f"{package}:{module}:{name.removeprefix('get')}"
    if name.startswith("get") and _exists(plane, resource):
        record = _object(plane, resource, args)
        return {**record.outputs, "id": record.id}
    known = ", ".join(["authorization:getClientConfig", *(key.split(":", 1)[1] for key in KEYS)])
    text = f"the local Azure has no function {token}; it has {known}, and get<Type> for every type it stores"
    raise Refusal("NotImplemented", text, status="UNIMPLEMENTED")


def client(subscription_id: str, tenant_id: str) -> dict[str, str]:
    """Return who the caller is: one made-up user for each tenant."""
    me = Place(id=f"/tenants/{tenant_id}/me", name="me", subscription_id=subscription_id, tenant_id=tenant_id)
    return {
        "clientId": me.guid("client"),
        "objectId": me.guid("object"),
        "subscriptionId": subscription_id,
        "tenantId": tenant_id,
    }


def _exists(plane: ControlPlane, resource: str) -> bool:
    """Whether there is such a resource type."""
    try:
        plane.fact(resource)
    except UnknownTypeError:
        return False
    return True


def _object(plane: ControlPlane, resource: str, args: dict[str, Value]) -> Record:
    """Return the object that a function's arguments name."""
    fact = plane.fact(resource)
    missing = [name for name in fact.placeholders if not isinstance(args.get(name), str)]
    if missing:
        raise Refusal("InvalidRequest", f"{resource}: argument {missing[0]!r} is missing", status="INVALID_ARGUMENT")
    arm = places.arm_id(fact, args, plane.subscription_id, plane.tenant_id) or ""
    record = plane.store.record(arm)
    if record is None:
        text = f"The Resource '{arm}' was not found; list what exists with `fabrix azure list`."
        raise Refusal("ResourceNotFound", text, status="NOT_FOUND")
    return record


def _key(record: Record, name: str, length: int) -> Secret:
    """Return a key that looks random and is the same as long as the object is the same."""
    made = b"".join(
        hashlib.sha512(f"{record.id.lower()}|{record.created}|{name}|{n}".encode()).digest() for n in range(2)
    )
    return Secret(base64.b64encode(made[:length]).decode())


def _storage_keys(record: Record) -> dict[str, Any]:
    """Microsoft Learn, Storage Accounts - List Keys: two keys of 64 bytes."""
    return {
        "keys": [{"keyName": name, "permissions": "FULL", "value": _key(record, name, 64)} for name in ("key1", "key2")]
    }


def _database_keys(record: Record) -> dict[str, Any]:
    """Microsoft Learn, Redis Enterprise Databases - List Keys: two keys of 32 bytes."""
    return {"primaryKey": _key(record, "primary", 32), "secondaryKey": _key(record, "secondary", 32)}


def _shared_keys(record: Record) -> dict[str, Any]:
    """Microsoft Learn, Log Analytics Shared Keys - Get: two keys of 64 bytes."""
    return {"primarySharedKey": _key(record, "primary", 64), "secondarySharedKey": _key(record, "secondary", 64)}


KEYS: dict[str, tuple[str, Callable[[Record], dict[str, Any]]]] = {
    "azure-native:storage:listStorageAccountKeys": ("azure-native:storage:StorageAccount", _storage_keys),
    "azure-native:redisenterprise:listDatabaseKeys": ("azure-native:redisenterprise:Database", _database_keys),
    "azure-native:operationalinsights:getSharedKeys": ("azure-native:operationalinsights:Workspace", _shared_keys),
}
"""Function → type of the object whose keys it lists, and how they are made."""

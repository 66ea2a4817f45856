"""Functions of azure-native (invokes): the caller's identity, the keys of a service, and reading an existing object."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any

from emulator import ids
from emulator.control import ControlPlane
from emulator.errors import Refusal, UnknownTypeError
from emulator.facts.model import Placement
from emulator.stored_object import StoredObject
from emulator.values import Secret, Value


def invoke(plane: ControlPlane, token: str, args: dict[str, Value]) -> dict[str, Value]:
    """Answer the function ``token`` (``azure-native:keyvault:getVault``).

    Raises:
        Refusal: the object does not exist, or the local Azure has no such function.
    """
    if token in {"azure-native:authorization:getClientConfig", "azure-native:index:getClientConfig"}:
        return client_config(plane.subscription_id, plane.tenant_id)
    if token in KEYS:
        resource, compute = KEYS[token]
        return compute(_object(plane, resource, args))
    package, module, name = token.split(":")
    resource = f"{package}:{module}:{name.removeprefix('get')}"
    if name.startswith("get") and _is_type(plane, resource):
        stored = _object(plane, resource, args)
        return {**stored.outputs, "id": stored.id}
    known = ", ".join(["authorization:getClientConfig", *(key.split(":", 1)[1] for key in KEYS)])
    text = f"the local Azure has no function {token}; it has {known}, and get<Type> for every type it stores"
    raise Refusal("NotImplemented", text, status="UNIMPLEMENTED")


def client_config(subscription_id: str, tenant_id: str) -> dict[str, str]:
    """Return the caller's identity: one made-up user for each tenant."""
    me = Placement(id=f"/tenants/{tenant_id}/me", name="me", subscription_id=subscription_id, tenant_id=tenant_id)
    return {
        "clientId": me.guid("client"),
        "objectId": me.guid("object"),
        "subscriptionId": subscription_id,
        "tenantId": tenant_id,
    }


def _is_type(plane: ControlPlane, resource: str) -> bool:
    """Return whether there is such a resource type."""
    try:
        plane.fact(resource)
    except UnknownTypeError:
        return False
    return True


def _object(plane: ControlPlane, resource: str, args: dict[str, Value]) -> StoredObject:
    """Return the object that a function's arguments identify."""
    fact = plane.fact(resource)
    missing = [name for name in fact.placeholders if not isinstance(args.get(name), str)]
    if missing:
        raise Refusal("InvalidRequest", f"{resource}: argument {missing[0]!r} is missing", status="INVALID_ARGUMENT")
    arm_id = ids.arm_id(fact, args, plane.subscription_id, plane.tenant_id) or ""
    stored = plane.store.object(arm_id)
    if stored is None:
        text = f"The Resource '{arm_id}' was not found; list what exists with `fabrix azure list`."
        raise Refusal("ResourceNotFound", text, status="NOT_FOUND")
    return stored


def _key(stored: StoredObject, name: str, length: int) -> Secret:
    """Return a key that looks random and is always the same for the same object."""
    seeds = (f"{stored.key}|{stored.created}|{name}|{n}" for n in range(2))
    digest = b"".join(hashlib.sha512(seed.encode()).digest() for seed in seeds)
    return Secret(base64.b64encode(digest[:length]).decode())


def _storage_keys(stored: StoredObject) -> dict[str, Any]:
    """Return two keys of 64 bytes (Microsoft Learn, Storage Accounts - List Keys)."""
    return {
        "keys": [{"keyName": name, "permissions": "FULL", "value": _key(stored, name, 64)} for name in ("key1", "key2")]
    }


def _database_keys(stored: StoredObject) -> dict[str, Any]:
    """Return two keys of 32 bytes (Microsoft Learn, Redis Enterprise Databases - List Keys)."""
    return {"primaryKey": _key(stored, "primary", 32), "secondaryKey": _key(stored, "secondary", 32)}


def _shared_keys(stored: StoredObject) -> dict[str, Any]:
    """Return two keys of 64 bytes (Microsoft Learn, Log Analytics Shared Keys - Get)."""
    return {"primarySharedKey": _key(stored, "primary", 64), "secondarySharedKey": _key(stored, "secondary", 64)}


KEYS: dict[str, tuple[str, Callable[[StoredObject], dict[str, Any]]]] = {
    "azure-native:storage:listStorageAccountKeys": ("azure-native:storage:StorageAccount", _storage_keys),
    "azure-native:redisenterprise:listDatabaseKeys": ("azure-native:redisenterprise:Database", _database_keys),
    "azure-native:operationalinsights:getSharedKeys": ("azure-native:operationalinsights:Workspace", _shared_keys),
}
"""Function → type of the object whose keys it lists, and what computes them."""

"""Finds the object that an interrupted create may have left, so that a pending operation can be resolved."""

from __future__ import annotations

from typing import NamedTuple

from emulator import ids
from emulator.directory import Directory
from emulator.errors import UnknownTypeError
from emulator.facts import TABLE, fact_of
from emulator.store import Store
from emulator.tokens import sdk_token
from emulator.values import Value, plain


class Address(NamedTuple):
    """An object's address in ARM."""

    id: str
    api_version: str | None


def address(token: str, inputs: dict[str, Value], subscription_id: str, tenant_id: str = "") -> Address | None:
    """Return the address of the object that creating ``token`` with ``inputs`` makes; None where its id is not known.

    Args:
        token: type token of the create.
        inputs: its checked inputs, as the engine's state holds them (decoded: see :func:`emulator.wire.load`).
        subscription_id: of the resource's provider.
        tenant_id: likewise; for tenant-level ids.
    """
    fact = TABLE.get(sdk_token(token))
    arm_id = ids.arm_id(fact, inputs, subscription_id, tenant_id) if fact else None
    return Address(arm_id, fact.api_version) if fact and arm_id else None


def find(store: Store, token: str, inputs: dict[str, Value], subscription_id: str, tenant_id: str = "") -> str | None:
    """Return the id of the object in the local Azure that a create made; None if there is none.

    A directory object's id is generated, so it is identified by its inputs; the others as in :func:`address`. Types
    that are not in the facts table have ids of this Azure's own.
    """
    token = sdk_token(token)
    package = token.split(":", 1)[0]
    if package == "azuread":
        wanted, kind = plain(inputs), Directory(store, tenant_id).entry(token).arm_type
        return next((one.id for one in reversed(store.objects(kind)) if plain(one.inputs) == wanted), None)
    if package != "azure-native":
        return None
    try:
        fact = fact_of(token)
    except UnknownTypeError:
        return None
    arm_id = ids.arm_id(fact, inputs, subscription_id, tenant_id)
    stored = store.object(arm_id) if arm_id else None
    return stored.id if stored and stored.token == token else None

"""Finds what an interrupted create may have made, so that a pending operation can be settled."""

from __future__ import annotations

from typing import NamedTuple

from emulator import places
from emulator.directory import Directory
from emulator.facts import TABLE
from emulator.reflection import UnknownTypeError
from emulator.store import Store
from emulator.values import Value, plain


class Address(NamedTuple):
    """Where ARM has an object."""

    id: str
    api_version: str | None


def address(token: str, inputs: dict[str, Value], subscription_id: str, tenant_id: str = "") -> Address | None:
    """Return where ARM has the object that creating ``token`` with ``inputs`` makes; None where nothing leads to it.

    Args:
        token: type token of the create.
        inputs: its checked inputs, as the engine's state holds them (decoded: see :func:`emulator.wire.load`).
        subscription_id: of the provider that the resource used.
        tenant_id: likewise; needed for tenant-level ids.
    """
    fact = TABLE.get(token)
    found = places.arm_id(fact, inputs, subscription_id, tenant_id) if fact else None
    return Address(found, fact.api_version) if fact and found else None


def find(store: Store, token: str, inputs: dict[str, Value], subscription_id: str, tenant_id: str = "") -> str | None:
    """Return the id of the object in the local Azure that a create makes; None if there is none.

    A directory object gets its id by chance, and is known by its inputs; the rest as in :func:`address`. A type that
    the table lacks has an id of this Azure's own.
    """
    package = token.split(":", 1)[0]
    if package == "azuread":
        wanted, kind = plain(inputs), Directory(store, tenant_id).entry(token).arm_type
        return next((one.id for one in reversed(store.records(kind)) if plain(one.inputs) == wanted), None)
    if package != "azure-native":
        return None
    try:
        fact = TABLE.get(token) or places.shape_only(token)
    except UnknownTypeError:
        return None
    arm = places.arm_id(fact, inputs, subscription_id, tenant_id)
    record = store.record(arm) if arm else None
    return record.id if record and record.token == token else None

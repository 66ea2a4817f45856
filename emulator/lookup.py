"""Finds what an interrupted create may have made, so that a pending operation can be settled."""

from __future__ import annotations

from emulator import places
from emulator.directory import Directory
from emulator.facts import TABLE
from emulator.reflection import UnknownTypeError
from emulator.store import Store
from emulator.values import Value, plain


def find(
    store: Store, token: str, inputs: dict[str, Value], subscription_id: str, tenant_id: str = ""
) -> tuple[str, dict[str, Value]] | None:
    """Return id and outputs of the object that creating ``token`` with ``inputs`` makes; None if it was not made.

    Args:
        store: the local Azure.
        token: type token of the pending create.
        inputs: its checked inputs, as the engine's state holds them (decoded: see :func:`emulator.wire.load`).
        subscription_id: of the provider that the resource used.
        tenant_id: likewise; needed for directory objects and for tenant-level ids.
    """
    package = token.split(":", 1)[0]
    if package == "azuread":
        wanted, kind = plain(inputs), Directory(store, tenant_id).entry(token).arm_type
        found = [one for one in store.records(kind) if plain(one.inputs) == wanted]
        return (found[-1].id, found[-1].outputs) if found else None
    if package != "azure-native":
        return None
    try:
        fact = TABLE.get(token) or places.shape_only(token)
    except UnknownTypeError:
        return None
    arm = places.arm_id(fact, inputs, subscription_id, tenant_id)
    record = store.record(arm) if arm else None
    return (record.id, record.outputs) if record and record.token == token else None

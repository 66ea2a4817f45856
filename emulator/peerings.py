"""Both sides of a peering: each network has a resource of its own, and what one side does changes the other.

One side alone is ``Initiated`` and carries nothing; with both, each is ``Connected``; a side whose partner was deleted
is ``Disconnected`` until it is made anew (Microsoft Learn, "Create, change, or delete a virtual network peering").
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from emulator.ids import parent_id
from emulator.laws.helpers import same
from emulator.store import Store
from emulator.stored_object import StoredObject
from emulator.values import Value

TOKEN = "azure-native:network:VirtualNetworkPeering"  # noqa: S105 - a type token
_SPACES = ("remoteAddressSpace", "remoteVirtualNetworkAddressSpace")


def changed_sides(store: Store, peering: StoredObject, *, deleted: bool = False) -> Iterator[StoredObject]:
    """Yield the sides that are different after ``peering`` was written or deleted, the written one first."""
    if peering.token != TOKEN:
        return
    own_id, remote_id = parent_id(peering.id), _remote(peering)
    other = next((one for one in store.below(remote_id) if one.token == TOKEN and same(_remote(one), own_id)), None)
    if other is None:
        return
    if deleted:
        yield _with(store, other, "Disconnected")
    elif other.view().value("peeringState") != "Disconnected":
        yield from (_with(store, one, "Connected") for one in (peering, other))


def _remote(peering: StoredObject) -> str:
    return str(peering.view().value("remoteVirtualNetwork.id") or "")


def _with(store: Store, peering: StoredObject, state: str) -> StoredObject:
    outputs: dict[str, Value] = {**peering.outputs, "peeringState": state}
    remote = store.get(_remote(peering))
    if remote is not None:
        outputs |= {name: remote.value("addressSpace") for name in _SPACES}
    return dataclasses.replace(peering, outputs=outputs)

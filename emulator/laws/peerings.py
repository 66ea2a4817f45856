"""Laws of peerings: address spaces, the other side, gateways."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.ids import arm_name, parent_id
from emulator.laws.helpers import changing, missing, refuse, same, string_at, strings, values_at
from emulator.laws.subnets import VNET, network
from emulator.world import ObjectView, Request, World

PEERING = f"{VNET}/virtualNetworkPeerings"


def peers_of(world: World, vnet_id: str) -> list[ObjectView]:
    """Return the peerings of a virtual network."""
    return [one for one in world.children(vnet_id) if same(one.arm_type, PEERING)]


def remote_of(peering: ObjectView) -> str:
    """Return the id of the network that a peering leads to."""
    return str(peering.value("remoteVirtualNetwork.id") or "")


def ends(request: Request, world: World) -> Iterator[str]:
    """Refuse a peering with the network itself, a missing network, or a second one with the same network."""
    remote_id = string_at(request, "remoteVirtualNetwork.id")
    if not changing(request) or not remote_id:
        return
    own_id = parent_id(request.id)
    if same(own_id, remote_id):
        yield refuse("RemoteVnetSameAsLocal", f"{own_id} peers with itself", "another network", "Correct the id.")
        return
    yield from missing(world, remote_id, "the remote virtual network")
    for other in peers_of(world, own_id):
        if not same(other.id, request.id) and same(remote_of(other), remote_id):
            problem = f"{other.name} of {arm_name(own_id)} leads to {arm_name(remote_id)} already"
            yield refuse("AnotherPeeringAlreadyReferencesRemoteVnet", problem, "one peering a network", "Use that one.")


def spaces(request: Request, world: World) -> Iterator[str]:
    """Refuse a peering between overlapping networks, or with one that is peered with an overlapping one."""
    own, remote = world.get(parent_id(request.id)), world.get(string_at(request, "remoteVirtualNetwork.id"))
    if not changing(request) or own is None or remote is None or same(own.id, remote.id):
        return
    for texts in _overlaps(own, remote):
        problem = f"{texts[0]} of {own.name} overlaps {texts[1]} of {remote.name}"
        yield refuse("VnetAddressSpacesOverlap", problem, "disjoint address spaces", "Renumber one of them.")
    for peering in peers_of(world, remote.id):
        third = world.get(remote_of(peering))
        if third is None or same(third.id, own.id):
            continue
        for texts in _overlaps(own, third):
            problem = f"{texts[0]} of {own.name} overlaps {texts[1]} of {third.name}, a peer of {remote.name}"
            allowed = "spaces that no peer of the other network has"
            yield refuse("VnetAddressSpaceOverlapsWithAlreadyPeeredVnet", problem, allowed, "Renumber one of them.")


def _overlaps(one: ObjectView, other: ObjectView) -> Iterator[tuple[str, str]]:
    """Yield the pairs of address spaces of two networks that overlap."""
    for mine in strings(one.value("addressSpace.addressPrefixes")):
        for theirs in strings(other.value("addressSpace.addressPrefixes")):
            first, second = network(mine), network(theirs)
            if first and second and first.version == second.version and first.overlaps(second):
                yield mine, theirs


def other_side(request: Request, world: World) -> Iterator[str]:
    """Refuse a peering whose other side lost its partner: it has to be made anew first."""
    if request.operation != "create":
        return
    own_id = parent_id(request.id)
    for other in peers_of(world, string_at(request, "remoteVirtualNetwork.id")):
        if same(remote_of(other), own_id) and other.value("peeringState") == "Disconnected":
            problem = f"{other.id} is Disconnected: what it led to was deleted"
            fix = "Its owner deletes it or makes it anew, which sets it to Initiated."
            yield refuse("RemotePeeringIsDisconnected", problem, "an other side that is absent or Initiated", fix)


def gateways(request: Request, world: World) -> Iterator[str]:
    """Refuse to use the gateway of a network that has none."""
    remote_id = string_at(request, "remoteVirtualNetwork.id")
    if not changing(request) or not request.get("useRemoteGateways") or world.get(remote_id) is None:
        return
    held = (
        str(subnet)
        for gateway in world.list("Microsoft.Network/virtualNetworkGateways")
        for subnet in values_at(gateway.inputs, "ipConfigurations.*.subnet.id")
    )
    if not any(same(parent_id(subnet), remote_id) for subnet in held):
        problem = f"{arm_name(request.id)} has useRemoteGateways, and {arm_name(remote_id)} has no gateway"
        yield refuse("RemoteVnetHasNoGateways", problem, "networks with a gateway", "Create the gateway there first.")


CHECK = {}
STATE = {"network:VirtualNetworkPeering": (ends, spaces, other_side, gateways)}

"""Laws of peerings: address spaces, the other side, gateways."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.ids import arm_name, parent_id
from emulator.laws.helpers import changing, missing, refuse, same, string_at, strings, values_at
from emulator.laws.subnets import VNET, network
from emulator.world import ObjectView, Request, World

PEERING = f"{VNET}/virtualNetworkPeerings"
# Azure's texts are published, these of its codes are not: they are named after what they refuse.
_NO_TRANSIT = "RemotePeeringDisallowsGatewayTransit"
_BOTH, _OWN_GATEWAY, _SECOND = (
    "GatewayTransitAndUseRemoteGateways",
    "VnetHasGateway",
    "AnotherPeeringUsesRemoteGateways",
)


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
    """Refuse to use a gateway that the other network has not, or does not offer, or beside one of one's own.

    Sources: Microsoft Learn, "Create, change, or delete a virtual network peering" (gateway settings), and the REST
    reference of ``useRemoteGateways``; the text about the other side is Azure's (terraform-provider-azurerm 2872).
    """
    own_id, remote_id = parent_id(request.id), string_at(request, "remoteVirtualNetwork.id")
    if not changing(request) or not request.get("useRemoteGateways") or world.get(remote_id) is None:
        return
    name = arm_name(request.id)
    if request.get("allowGatewayTransit"):
        problem = f"{name} has useRemoteGateways and allowGatewayTransit: it cannot use a gateway and offer one"
        yield refuse(_BOTH, problem, "one of the two", "Set allowGatewayTransit to false.")
    if _has_gateway(world, own_id):
        problem = f"{name} has useRemoteGateways, and {arm_name(own_id)} has a gateway of its own"
        yield refuse(_OWN_GATEWAY, problem, "networks without a gateway", "Set useRemoteGateways to false.")
    if not _has_gateway(world, remote_id):
        problem = f"{name} has useRemoteGateways, and {arm_name(remote_id)} has no gateway"
        yield refuse("RemoteVnetHasNoGateways", problem, "networks with a gateway", "Create the gateway there first.")
    for other in peers_of(world, own_id):
        if not same(other.id, request.id) and other.value("useRemoteGateways"):
            problem = f"{name} has useRemoteGateways, and so has {other.name}"
            yield refuse(_SECOND, problem, "one peering a network that uses a gateway", "Use one gateway.")
    for other in peers_of(world, remote_id):
        if same(remote_of(other), own_id) and not other.value("allowGatewayTransit"):
            problem = (
                f"{name} cannot have UseRemoteGateways flag set to true, because corresponding remote peering "
                f"{other.name} has AllowGatewayTransit flag set to false"
            )
            yield refuse(_NO_TRANSIT, problem, "another side that offers its gateway", "Have its owner allow it.")


def offers(request: Request, world: World) -> Iterator[str]:
    """Refuse to take back a gateway that the other side uses."""
    own_id = parent_id(request.id)
    if not changing(request) or request.get("allowGatewayTransit"):
        return
    for other in peers_of(world, string_at(request, "remoteVirtualNetwork.id")):
        if same(remote_of(other), own_id) and other.value("useRemoteGateways"):
            problem = f"{arm_name(request.id)} has allowGatewayTransit false, and {other.name} uses the gateway"
            yield refuse(_NO_TRANSIT, problem, "true while it is used", "Set useRemoteGateways to false there first.")


def _has_gateway(world: World, vnet_id: str) -> bool:
    held = (
        str(subnet)
        for gateway in world.list("Microsoft.Network/virtualNetworkGateways")
        for subnet in values_at(gateway.inputs, "ipConfigurations.*.subnet.id")
    )
    return any(same(parent_id(subnet), vnet_id) for subnet in held)


CHECK = {}
STATE = {"network:VirtualNetworkPeering": (ends, spaces, other_side, gateways, offers)}

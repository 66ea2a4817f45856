"""Peered networks: whose addresses may not overlap, what each side does to the other, whose gateway may be used."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator.control import ControlPlane
from emulator.errors import Refusal
from emulator.facts import TABLE
from emulator.laws import LAWS
from emulator.store import Store

from .memory import SUBSCRIPTION, TENANT

PEERING = "azure-native:network:VirtualNetworkPeering"
OWN, HUB, THIRD = ("10.20.0.0/22", "10.0.0.0/16", "10.30.0.0/22")
NETWORK = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks"


@pytest.fixture
def plane(tmp_path: Path) -> Iterator[ControlPlane]:
    """A control plane with three networks that do not overlap."""
    store = Store(tmp_path / "azure.db")
    store.register(SUBSCRIPTION, TENANT)
    made = ControlPlane(store, SUBSCRIPTION, TENANT, facts=TABLE, laws=LAWS)
    made.create("azure-native:resources:ResourceGroup", {"resourceGroupName": "rg", "location": "swedencentral"})
    for name, space in (("own", OWN), ("hub", HUB), ("third", THIRD)):
        vnet(made, name, space)
    yield made
    store.close()


def vnet(plane: ControlPlane, name: str, space: str) -> None:
    inputs = {"virtualNetworkName": name, "addressSpace": {"addressPrefixes": [space]}, "location": "swedencentral"}
    plane.create("azure-native:network:VirtualNetwork", {"resourceGroupName": "rg", **inputs})


def peer(plane: ControlPlane, one: str, other: str, name: str = "", **more: Any) -> str:
    ends = {"virtualNetworkName": one, "remoteVirtualNetwork": {"id": f"{NETWORK}/{other}"}}
    inputs = {"resourceGroupName": "rg", "virtualNetworkPeeringName": name or f"to-{other}", **ends, **more}
    return plane.create(PEERING, inputs).id


def state(plane: ControlPlane, peering: str) -> str:
    found = plane.store.get(peering)
    assert found is not None
    return found.value("peeringState")


def refused(code: str) -> Any:
    return pytest.raises(Refusal, match=code)


def test_one_side_carries_nothing_and_both_are_connected(plane: ControlPlane) -> None:
    ours = peer(plane, "own", "hub")
    assert state(plane, ours) == "Initiated"
    theirs = peer(plane, "hub", "own")
    assert (state(plane, ours), state(plane, theirs)) == ("Connected", "Connected")
    found = plane.store.get(ours)
    assert found is not None
    assert found.value("remoteVirtualNetworkAddressSpace.addressPrefixes") == [HUB]


def test_a_side_that_lost_its_partner_has_to_be_made_anew_first(plane: ControlPlane) -> None:
    ours, theirs = peer(plane, "own", "hub"), peer(plane, "hub", "own")
    plane.delete(ours)
    assert state(plane, theirs) == "Disconnected"
    with refused("RemotePeeringIsDisconnected"):
        peer(plane, "own", "hub")
    plane.delete(theirs)
    assert state(plane, peer(plane, "own", "hub")) == "Initiated"


def test_a_network_that_is_deleted_takes_its_sides_with_it(plane: ControlPlane) -> None:
    peer(plane, "own", "hub")
    theirs = peer(plane, "hub", "own")
    plane.delete(f"{NETWORK}/own")
    assert state(plane, theirs) == "Disconnected"


@pytest.mark.parametrize(("other", "code"), [("own", "RemoteVnetSameAsLocal"), ("nowhere", "InvalidResourceReference")])
def test_the_other_network_exists_and_is_another(plane: ControlPlane, other: str, code: str) -> None:
    with refused(code):
        peer(plane, "own", other)


def test_peered_networks_do_not_overlap(plane: ControlPlane) -> None:
    vnet(plane, "twin", "10.20.2.0/24")
    with refused("VnetAddressSpacesOverlap"):
        peer(plane, "own", "twin")


def test_two_peers_of_one_hub_do_not_overlap_either(plane: ControlPlane) -> None:
    vnet(plane, "twin", "10.20.2.0/24")
    peer(plane, "hub", "twin")
    with refused("VnetAddressSpaceOverlapsWithAlreadyPeeredVnet"):
        peer(plane, "own", "hub")
    peer(plane, "third", "hub")


def test_two_networks_are_peered_once(plane: ControlPlane) -> None:
    peer(plane, "own", "hub")
    with refused("AnotherPeeringAlreadyReferencesRemoteVnet"):
        peer(plane, "own", "hub", "again")


def gateway(plane: ControlPlane, vnet_name: str, block: str) -> None:
    place = {"resourceGroupName": "rg", "virtualNetworkName": vnet_name, "subnetName": "GatewaySubnet"}
    subnet = plane.create("azure-native:network:Subnet", {**place, "addressPrefix": block}).id
    made = {"virtualNetworkGatewayName": f"vgw-{vnet_name}", "location": "swedencentral", "gatewayType": "Vpn"}
    plane.create(
        "azure-native:network:VirtualNetworkGateway",
        {"resourceGroupName": "rg", **made, "ipConfigurations": [{"name": "one", "subnet": {"id": subnet}}]},
    )


def test_a_gateway_that_is_used_exists(plane: ControlPlane) -> None:
    with refused("RemoteVnetHasNoGateways"):
        peer(plane, "own", "hub", useRemoteGateways=True)
    gateway(plane, "hub", "10.0.0.0/27")
    assert state(plane, peer(plane, "own", "hub", useRemoteGateways=True)) == "Initiated"


def test_a_gateway_that_is_used_is_offered_by_the_other_side(plane: ControlPlane) -> None:
    gateway(plane, "hub", "10.0.0.0/27")
    peer(plane, "hub", "own")
    with refused("corresponding remote peering to-own has AllowGatewayTransit flag set to false"):
        peer(plane, "own", "hub", useRemoteGateways=True)
    peer(plane, "hub", "third", allowGatewayTransit=True)
    peer(plane, "third", "hub", useRemoteGateways=True)


def test_a_side_that_uses_a_gateway_waits_for_no_other_side_that_offers_it(plane: ControlPlane) -> None:
    gateway(plane, "hub", "10.0.0.0/27")
    peer(plane, "own", "hub", useRemoteGateways=True)
    with refused("RemotePeeringDisallowsGatewayTransit"):
        peer(plane, "hub", "own")
    assert state(plane, peer(plane, "hub", "own", allowGatewayTransit=True)) == "Connected"


def test_a_network_uses_one_gateway_and_none_beside_its_own(plane: ControlPlane) -> None:
    gateway(plane, "hub", "10.0.0.0/27")
    gateway(plane, "third", "10.30.0.0/27")
    with refused("has a gateway of its own"):
        peer(plane, "third", "hub", useRemoteGateways=True)
    with refused("cannot use a gateway and offer one"):
        peer(plane, "own", "hub", useRemoteGateways=True, allowGatewayTransit=True)
    peer(plane, "own", "hub", useRemoteGateways=True)
    with refused("and so has to-hub"):
        peer(plane, "own", "third", useRemoteGateways=True)

"""Subnets that a network lists are objects like those that are made one by one."""

from __future__ import annotations

from typing import Any

import pytest

from emulator import inspect
from emulator.control import ControlPlane
from emulator.errors import Refusal
from emulator.facts import TABLE
from emulator.laws import LAWS
from emulator.store import Store

from .conftest import GROUP, GROUP_ID, SUBSCRIPTION, TENANT, group_inputs

VNET, SUBNET = "azure-native:network:VirtualNetwork", "azure-native:network:Subnet"
ENDPOINT = "azure-native:network:PrivateEndpoint"
VNET_ID = f"{GROUP_ID}/providers/Microsoft.Network/virtualNetworks/vnet-test"
VAULT_ID = f"{GROUP_ID}/providers/Microsoft.KeyVault/vaults/kv-other"


@pytest.fixture
def azure(store: Store) -> ControlPlane:
    """A subscription with all facts and laws, and a group in it."""
    plane = ControlPlane(store, SUBSCRIPTION, TENANT, facts=TABLE, laws=LAWS)
    store.register(SUBSCRIPTION, TENANT)
    plane.create(GROUP, group_inputs())
    return plane


def vnet(*subnets: dict[str, Any] | None) -> dict[str, Any]:
    """Inputs of a network with a list of subnets; ``None`` makes one without a list."""
    where = {"resourceGroupName": "rg-test", "location": "swedencentral", "virtualNetworkName": "vnet-test"}
    listed = {} if subnets == (None,) else {"subnets": list(subnets)}
    return {**where, "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, **listed}


def listed(name: str, prefix: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "addressPrefix": prefix, **more}


def alone(name: str, prefix: str, **more: Any) -> dict[str, Any]:
    where = {"resourceGroupName": "rg-test", "virtualNetworkName": "vnet-test"}
    return {**where, "subnetName": name, "addressPrefix": prefix, **more}


def subnets(store: Store) -> dict[str, str]:
    rows = inspect.listing(store, kind="network:Subnet")
    return {row["name"]: inspect.show(store, row["id"])["inputs"]["addressPrefix"] for row in rows}


def of_network(store: Store) -> list[str]:
    return [one["name"] for one in inspect.show(store, VNET_ID)["inputs"]["subnets"]]


A, B = listed("a", "10.0.0.0/24"), listed("b", "10.0.1.0/24")


def test_listed_subnets_are_objects_with_ids_of_their_own(azure: ControlPlane, store: Store) -> None:
    made = azure.create(
        VNET,
        vnet(A, listed("b", "10.0.1.0/24", delegations=[{"name": "d", "serviceName": "Microsoft.Web/serverFarms"}])),
    )
    assert subnets(store) == {"a": "10.0.0.0/24", "b": "10.0.1.0/24"}
    shown = inspect.show(store, f"{VNET_ID}/subnets/b")
    assert shown["inputs"]["delegations"][0]["serviceName"] == "Microsoft.Web/serverFarms"
    assert shown["outputs"]["provisioningState"] == "Succeeded"
    assert [one["id"] for one in made.outputs["subnets"]] == [f"{VNET_ID}/subnets/a", f"{VNET_ID}/subnets/b"]


def test_laws_of_subnets_hold_for_listed_ones_and_nothing_is_left_half_made(azure: ControlPlane, store: Store) -> None:
    wrong = listed("b", "10.0.1.0/24", delegations=[{"name": "d", "serviceName": "Microsoft.Web/serverFarm"}])
    with pytest.raises(Refusal, match="InvalidServiceNameForDelegation"):
        azure.create(VNET, vnet(A, wrong))
    assert store.object(VNET_ID) is None, "the network was refused as a whole"
    with pytest.raises(Refusal, match="has no name"):
        azure.create(VNET, vnet({"addressPrefix": "10.0.0.0/24"}))


def test_writing_a_list_makes_changes_and_deletes_until_it_is_so(azure: ControlPlane, store: Store) -> None:
    azure.create(VNET, vnet(A, B))
    azure.update(VNET, VNET_ID, vnet(listed("b", "10.0.2.0/24"), listed("c", "10.0.0.0/24")))
    assert subnets(store) == {"b": "10.0.2.0/24", "c": "10.0.0.0/24"}


def test_writing_no_list_leaves_subnets_alone(azure: ControlPlane, store: Store) -> None:
    azure.create(VNET, vnet(None))
    azure.create(SUBNET, alone("a", "10.0.0.0/24"))
    azure.update(VNET, VNET_ID, {**vnet(None), "tags": {"owner": "platform"}})
    assert subnets(store) == {"a": "10.0.0.0/24"}
    azure.update(VNET, VNET_ID, vnet())
    assert subnets(store) == {}, "an empty list is a list"


def test_a_subnet_in_use_keeps_its_network_from_dropping_it(azure: ControlPlane, store: Store) -> None:
    azure.create(VNET, vnet(A, B))
    vault = {"tenantId": TENANT, "sku": {"family": "A", "name": "standard"}, "enableRbacAuthorization": True}
    where = {"resourceGroupName": "rg-test", "location": "swedencentral"}
    azure.create("azure-native:keyvault:Vault", {**where, "vaultName": "kv-other", "properties": vault})
    connection = {"name": "c", "privateLinkServiceId": VAULT_ID, "groupIds": ["vault"]}
    endpoint = {**where, "privateEndpointName": "pe", "subnet": {"id": f"{VNET_ID}/subnets/a"}}
    azure.create(ENDPOINT, {**endpoint, "privateLinkServiceConnections": [connection]})
    with pytest.raises(Refusal, match=r"InUseSubnetCannotBeDeleted.*privateEndpoints/pe"):
        azure.update(VNET, VNET_ID, vnet(B))
    assert set(subnets(store)) == {"a", "b"} == set(of_network(store)), "the refused update changed nothing"


def test_what_happens_to_a_subnet_shows_in_its_network(azure: ControlPlane, store: Store) -> None:
    azure.create(VNET, vnet(A))
    azure.create(SUBNET, alone("c", "10.0.3.0/24"))
    assert of_network(store) == ["a", "c"]
    azure.update(SUBNET, f"{VNET_ID}/subnets/c", alone("c", "10.0.4.0/24"))
    assert inspect.show(store, VNET_ID)["inputs"]["subnets"][1] == listed("c", "10.0.4.0/24")
    inspect.remove(store, f"{VNET_ID}/subnets/a")
    assert of_network(store) == ["c"], "a subnet that somebody deleted does not linger in the network's list"
    assert [one["id"] for one in inspect.show(store, VNET_ID)["outputs"]["subnets"]] == [f"{VNET_ID}/subnets/c"]


def test_a_network_without_a_list_does_not_get_one(azure: ControlPlane, store: Store) -> None:
    azure.create(VNET, vnet(None))
    azure.create(SUBNET, alone("a", "10.0.0.0/24"))
    assert "subnets" not in inspect.show(store, VNET_ID)["inputs"]


def test_deleting_the_network_deletes_its_subnets(azure: ControlPlane, store: Store) -> None:
    azure.create(VNET, vnet(A, B))
    azure.delete(VNET_ID)
    assert subnets(store) == {}

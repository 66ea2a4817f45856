"""A template that Azure deploys: one scope each, nothing waits for what waits for it, every parameter arrives."""

from __future__ import annotations

import re
from typing import Any

import pytest

from emulator.arm_deployment import DEPLOYMENTS, deployable
from emulator.arm_template import Exported
from emulator.values import UNKNOWN, Secret

from .test_template import SUBSCRIPTION, one

DATA, NETWORK = f"{SUBSCRIPTION}/resourceGroups/rg-Data", f"{SUBSCRIPTION}/resourceGroups/rg-network"
VNET = f"{NETWORK}/providers/Microsoft.Network/virtualNetworks/vnet"
SUBNET = f"{VNET}/subnets/endpoints"
VAULT = f"{DATA}/providers/Microsoft.KeyVault/vaults/kv"
ENDPOINT = f"{NETWORK}/providers/Microsoft.Network/privateEndpoints/pe"


def stack() -> list[Exported]:
    """Two groups that need each other: the vault knows the subnet, the endpoint in the subnet's group the vault."""
    return [
        one("resources:ResourceGroup", DATA, resourceGroupName="rg-Data", location="swedencentral"),
        one("resources:ResourceGroup", NETWORK, resourceGroupName="rg-network", location="swedencentral"),
        one("network:VirtualNetwork", VNET, resourceGroupName="rg-network", virtualNetworkName="vnet"),
        one("network:Subnet", SUBNET, resourceGroupName="rg-network", virtualNetworkName="vnet", subnetName="e"),
        one(
            "keyvault:Vault", VAULT, "vault", resourceGroupName="rg-Data", vaultName="kv",
            properties={"networkAcls": {"virtualNetworkRules": [{"id": SUBNET}]}},
        ),
        one(
            "keyvault:Secret", f"{VAULT}/secrets/s", "secret", resourceGroupName="rg-Data", vaultName="kv",
            secretName="s", properties={"value": Secret("hush")},
        ),
        one(
            "network:PrivateEndpoint", ENDPOINT, resourceGroupName="rg-network", privateEndpointName="pe",
            subnet={"id": SUBNET}, privateLinkServiceConnections=[{"name": "v", "privateLinkServiceId": VAULT}],
        ),
        one(
            "authorization:ManagementLockByScope", f"{DATA}/providers/Microsoft.Authorization/locks/l", "lock",
            scope=DATA, lockName="l", level="CanNotDelete",
        ),
    ]  # fmt: skip


def test_a_text_that_looks_like_an_expression_is_a_text() -> None:
    resources = stack()
    resources[2].inputs["tags"] = {"note": "see parameters('nowhere')"}
    assert nested(deployable(resources)), "it ended in a KeyError"


def nested(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in found["resources"] if each["type"] == DEPLOYMENTS}


def test_it_is_a_template_of_the_subscription_with_a_deployment_for_each_group_and_stage() -> None:
    found = deployable(stack())
    assert "subscriptionDeploymentTemplate" in found["$schema"]
    direct = [each["name"] for each in found["resources"] if each["type"] != DEPLOYMENTS]
    assert direct == ["rg-Data", "rg-network"]
    parts = {
        name: [each["name"] for each in part["properties"]["template"]["resources"]]
        for name, part in nested(found).items()
    }
    assert parts == {
        "rg-data-stage-1": ["l"],
        "rg-network-stage-1": ["vnet", "vnet/endpoints"],
        "rg-data-stage-2": ["kv", "kv/s"],
        "rg-network-stage-3": ["pe"],
    }


def test_every_resource_waits_for_what_is_in_its_own_template_and_nothing_waits_for_itself() -> None:
    found = deployable(stack())
    named = {f"'{each['name']}'" for each in found["resources"]}
    for position, each in enumerate(found["resources"]):
        before = {f"'{other['name']}'" for other in found["resources"][:position]}
        for reference in each.get("dependsOn", ()):
            last = re.findall(r"'[^']*'", reference)[-1]
            assert last in named and last in before, "a deployment that waits for a later one waits for ever"
    vault = nested(found)["rg-data-stage-2"]
    assert vault["resourceGroup"] == "rg-data"
    assert any("rg-network-stage-1" in reference for reference in vault["dependsOn"])
    assert not any("dependsOn" in one and "subnet" in str(one["dependsOn"]) for one in inner(vault))
    assert inner(vault)[1]["dependsOn"] == ["[resourceId('Microsoft.KeyVault/vaults', 'kv')]"]


def inner(part: dict[str, Any]) -> list[dict[str, Any]]:
    return part["properties"]["template"]["resources"]


def test_a_secret_is_a_parameter_that_is_handed_on() -> None:
    found = deployable(stack())
    (name,) = found["parameters"]
    part = nested(found)["rg-data-stage-2"]["properties"]
    assert found["parameters"][name]["type"] == "secureString"
    assert part["parameters"] == {name: {"value": f"[parameters('{name}')]"}}
    assert part["template"]["parameters"] == {name: {"type": "secureString"}}
    assert part["expressionEvaluationOptions"] == {"scope": "inner"} and part["mode"] == "Incremental"
    assert "hush" not in str(found)


def test_the_scope_of_a_deployment_is_not_named_again() -> None:
    (lock,) = inner(nested(deployable(stack()))["rg-data-stage-1"])
    assert "scope" not in lock, "Azure takes a scope of a resource only"


def test_a_resource_without_an_id_is_in_the_group_that_its_inputs_name() -> None:
    known = one("resources:ResourceGroup", DATA, resourceGroupName="rg-Data", location="swedencentral")
    planned = one("keyvault:Vault", "", resourceGroupName="rg-Data", vaultName=UNKNOWN, properties={})
    (part,) = nested(deployable([planned, known])).values()
    assert part["resourceGroup"] == "rg-data" and part["dependsOn"]


def test_what_needs_itself_is_refused() -> None:
    ring = [
        one("network:VirtualNetwork", VNET, resourceGroupName="rg-network", peer=ENDPOINT),
        one("network:PrivateEndpoint", ENDPOINT, resourceGroupName="rg-network", network=VNET),
    ]
    with pytest.raises(ValueError, match="2 resources need each other"):
        deployable(ring)

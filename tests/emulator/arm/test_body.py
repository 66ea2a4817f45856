"""Bodies as Azure Resource Manager takes them, checked by example for each rule of the translation."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.arm_body import body
from emulator.facts import TABLE


def of(kind: str, /, **inputs: Any) -> dict[str, Any]:
    fact = TABLE[f"azure-native:{kind}"]
    return body(fact, inputs, fact.arm_type)


def test_what_stands_beside_properties_and_what_below() -> None:
    found = of(
        "storage:StorageAccount",
        resourceGroupName="rg",
        accountName="st",
        location="swedencentral",
        tags={"owner": "one"},
        kind="StorageV2",
        sku={"name": "Standard_ZRS"},
        minimumTlsVersion="TLS1_2",
        accessTier=None,
    )
    assert found == {
        "location": "swedencentral",
        "tags": {"owner": "one"},
        "sku": {"name": "Standard_ZRS"},
        "kind": "StorageV2",
        "properties": {"minimumTlsVersion": "TLS1_2"},
    }, "names of the path are no part of the body, nor is what was not given"


def test_properties_that_the_sdk_has_too_are_not_nested_twice() -> None:
    found = of(
        "keyvault:Vault", vaultName="kv", location="swedencentral", properties={"tenantId": "t", "sku": {"family": "A"}}
    )
    assert found["properties"] == {"tenantId": "t", "sku": {"family": "A"}}


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("operationalinsights:Workspace", "sku"),
        ("operationalinsights:Table", "plan"),
        ("network:FirewallPolicy", "sku"),
        ("containerinstance:ContainerGroup", "sku"),
        ("monitor:PrivateLinkScopedResource", "kind"),
    ],
)
def test_some_types_keep_such_a_key_below(kind: str, key: str) -> None:
    found = of(kind, **{key: {"name": "x"}})
    assert found == {"properties": {key: {"name": "x"}}}


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("network:NatGateway", "sku"),
        ("redisenterprise:RedisEnterprise", "sku"),
        ("web:AppServicePlan", "sku"),
        ("web:WebApp", "kind"),
        ("network:NatGateway", "zones"),
    ],
)
def test_most_types_have_it_beside(kind: str, key: str) -> None:
    assert key in of(kind, **{key: ["x"]})


def test_members_of_network_lists_have_properties_of_their_own() -> None:
    found = of(
        "network:VirtualNetwork",
        virtualNetworkName="vnet",
        addressSpace={"addressPrefixes": ["10.0.0.0/16"]},
        subnets=[
            {
                "name": "apps",
                "addressPrefix": "10.0.0.0/24",
                "networkSecurityGroup": {"id": "/nsg"},
                "delegations": [{"name": "d", "serviceName": "Microsoft.Web/serverFarms"}],
                "type": "ignored",
            }
        ],
    )
    assert found["properties"]["subnets"] == [
        {
            "name": "apps",
            "properties": {
                "addressPrefix": "10.0.0.0/24",
                "networkSecurityGroup": {"id": "/nsg"},
                "delegations": [{"name": "d", "properties": {"serviceName": "Microsoft.Web/serverFarms"}}],
            },
        }
    ], "references by id stay as they are"


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("network:NetworkSecurityGroup", "securityRules"),
        ("network:RouteTable", "routes"),
        ("network:PrivateEndpoint", "privateLinkServiceConnections"),
        ("network:PrivateEndpoint", "manualPrivateLinkServiceConnections"),
        ("network:PrivateDnsZoneGroup", "privateDnsZoneConfigs"),
        ("network:Subnet", "delegations"),
        ("network:BastionHost", "ipConfigurations"),
        ("containerinstance:ContainerGroup", "containers"),
    ],
)
def test_the_lists_with_a_second_level(kind: str, key: str) -> None:
    found = of(kind, **{key: [{"name": "a", "one": 1}]})
    assert found["properties"][key] == [{"name": "a", "properties": {"one": 1}}]


def test_a_public_address_list_has_references_only() -> None:
    found = of("network:NatGateway", publicIpAddresses=[{"id": "/pip"}])
    assert found["properties"]["publicIpAddresses"] == [{"id": "/pip"}]


def test_network_types_take_their_name_from_the_path_alone() -> None:
    found = of("network:Subnet", subnetName="apps", name="apps", id="/x", type="t", addressPrefix="10.0.0.0/24")
    assert found == {"properties": {"addressPrefix": "10.0.0.0/24"}}


def test_storage_has_other_names_on_the_wire() -> None:
    found = of(
        "storage:StorageAccount",
        enableHttpsTrafficOnly=True,
        enableNfsV3=False,
        networkRuleSet={"defaultAction": "Deny", "ipRules": [{"iPAddressOrRange": "203.0.113.1", "action": "Allow"}]},
        encryption={
            "keySource": "Microsoft.Keyvault",
            "keyVaultProperties": {"keyName": "k", "keyVaultUri": "u"},
            "encryptionIdentity": {"encryptionUserAssignedIdentity": "/id"},
        },
    )["properties"]
    assert found == {
        "supportsHttpsTrafficOnly": True,
        "isNfsV3Enabled": False,
        "networkAcls": {"defaultAction": "Deny", "ipRules": [{"value": "203.0.113.1", "action": "Allow"}]},
        "encryption": {
            "keySource": "Microsoft.Keyvault",
            "keyvaultproperties": {"keyname": "k", "keyvaulturi": "u"},
            "identity": {"userAssignedIdentity": "/id"},
        },
    }


def test_other_names_of_other_types() -> None:
    secret = of(
        "keyvault:Secret", vaultName="kv", secretName="s", properties={"attributes": {"expires": 1.0, "enabled": True}}
    )
    assert secret == {"properties": {"attributes": {"exp": 1, "enabled": True}}}
    insights = of("applicationinsights:Component", kind="web", applicationType="web", workspaceResourceId="/w")
    assert insights == {"kind": "web", "properties": {"Application_Type": "web", "WorkspaceResourceId": "/w"}}
    alert = of("monitor:MetricAlert", location="global", criteria={"odataType": "T", "allOf": []})
    assert alert == {"location": "global", "properties": {"criteria": {"odata.type": "T", "allOf": []}}}
    registry = of("containerregistry:Registry", networkRuleSet={"ipRules": [{"iPAddressOrRange": "1.2.3.4"}]})
    assert registry["properties"]["networkRuleSet"]["ipRules"] == [{"value": "1.2.3.4"}]
    classic = of("redis:Redis", sku={"name": "Basic"}, redisConfiguration={"maxmemoryPolicy": "noeviction"})
    assert classic["properties"] == {"sku": {"name": "Basic"}, "redisConfiguration": {"maxmemory-policy": "noeviction"}}
    role = of("authorization:RoleDefinition", scope="/s", roleDefinitionId="r", roleName="n", roleType="CustomRole")
    assert role["properties"] == {"roleName": "n", "type": "CustomRole"}


def test_identities_are_a_map_on_the_wire() -> None:
    found = of("web:WebApp", name="app", identity={"type": "UserAssigned", "userAssignedIdentities": ["/a", "/b"]})
    assert found["identity"] == {"type": "UserAssigned", "userAssignedIdentities": {"/a": {}, "/b": {}}}


def test_whole_numbers_are_integers() -> None:
    found = of("web:AppServicePlan", name="asp", sku={"name": "P1v3", "capacity": 2.0}, maximumElasticWorkerCount=3.0)
    assert found["sku"]["capacity"] == 2
    assert isinstance(found["sku"]["capacity"], int), "Pulumi's wire knows floats only"
    assert of("storage:FileShare", expand="stats", shareQuota=0.5)["properties"] == {"shareQuota": 0.5}


def test_read_only_inputs_stay_out() -> None:
    found = of("consumption:Budget", scope="/s", budgetName="b", eTag="e", amount=1)
    assert found == {"properties": {"amount": 1}}


def test_an_expression_may_stand_anywhere() -> None:
    found = of("network:VirtualNetwork", subnets="[parameters('subnets')]", tags="[parameters('tags')]")
    assert found == {"tags": "[parameters('tags')]", "properties": {"subnets": "[parameters('subnets')]"}}
    whole = of("keyvault:Vault", properties="[parameters('all')]")
    assert whole == {"properties": "[parameters('all')]"}

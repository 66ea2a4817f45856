"""Templates: names, scopes, dependencies, and what must never be written into one."""

from __future__ import annotations

import json
from typing import Any

from emulator.arm_template import Exported, template
from emulator.values import UNKNOWN, UNKNOWNS, Secret

SUBSCRIPTION = "/subscriptions/11111111-1111-4111-8111-111111111111"
GROUP = f"{SUBSCRIPTION}/resourceGroups/rg"
VAULT = f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv"


def one(kind: str, arm_id: str, logical: str = "it", /, **inputs: Any) -> Exported:
    return Exported(token=f"azure-native:{kind}", id=arm_id, name=logical, inputs=inputs)


def group() -> Exported:
    return one("resources:ResourceGroup", GROUP, resourceGroupName="rg", location="swedencentral")


def vault() -> Exported:
    return one(
        "keyvault:Vault", VAULT, resourceGroupName="rg", vaultName="kv", location="swedencentral", properties={"x": 1}
    )


def secret(value: object) -> Exported:
    return one(
        "keyvault:Secret",
        f"{VAULT}/secrets/token",
        "secret-token",
        resourceGroupName="rg",
        vaultName="kv",
        secretName="token",
        properties={"value": value, "contentType": "text/plain"},
    )


def test_a_whole_template() -> None:
    found = template([secret(Secret("hush")), vault(), group()])
    assert found == {
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "parameters": {
            "secret_token_properties_value": {
                "type": "secureString",
                "metadata": {"description": "Secret; its value is in no template"},
            }
        },
        "resources": [
            {
                "type": "Microsoft.Resources/resourceGroups",
                "apiVersion": "2024-03-01",
                "name": "rg",
                "location": "swedencentral",
            },
            {
                "type": "Microsoft.KeyVault/vaults",
                "apiVersion": "2026-02-01",
                "name": "kv",
                "location": "swedencentral",
                "properties": {"x": 1},
                "dependsOn": ["[subscriptionResourceId('Microsoft.Resources/resourceGroups', 'rg')]"],
            },
            {
                "type": "Microsoft.KeyVault/vaults/secrets",
                "apiVersion": "2026-02-01",
                "name": "kv/token",
                "properties": {
                    "value": "[parameters('secret_token_properties_value')]",
                    "contentType": "text/plain",
                },
                "dependsOn": ["[resourceId('Microsoft.KeyVault/vaults', 'kv')]"],
            },
        ],
    }, "parents come before children, whatever the order was"


def test_secrets_are_parameters_wherever_they_hide() -> None:
    hidden = Secret({"appSettings": [{"name": "KEY", "value": "hush"}], "alwaysOn": True, "numberOfWorkers": 7})
    app = one("web:WebApp", f"{GROUP}/providers/Microsoft.Web/sites/app", "app", name="app", siteConfig=hidden)
    text = json.dumps(template([secret(Secret("hush")), app]))
    assert "hush" not in text, "a template goes to other tools and into files"
    assert '"alwaysOn": true' in text, "booleans tell nothing and keep the template worth judging"
    site = next(item for item in template([app])["resources"])
    assert site["properties"]["siteConfig"]["numberOfWorkers"].startswith("[parameters("), (
        "a secret number is hidden too"
    )


def test_what_a_preview_does_not_know_is_a_parameter_of_its_type() -> None:
    app = one(
        "web:WebApp",
        "",
        "app-sdc",
        name="app",
        resourceGroupName="rg",
        serverFarmId=UNKNOWN,
        httpsOnly=UNKNOWNS["boolean"],
        siteConfig=UNKNOWNS["object"],
    )
    found = template([app])
    assert {name: parameter["type"] for name, parameter in found["parameters"].items()} == {
        "app_sdc_serverFarmId": "string",
        "app_sdc_httpsOnly": "bool",
        "app_sdc_siteConfig": "object",
    }
    (site,) = found["resources"]
    assert site["name"] == "app", "the name is known although the id is not"
    assert site["properties"]["serverFarmId"] == "[parameters('app_sdc_serverFarmId')]"


def test_a_child_of_an_unknown_parent_has_a_composed_name() -> None:
    child = one(
        "keyvault:Secret", "", "s", resourceGroupName="rg", vaultName=UNKNOWN, secretName="token", properties={}
    )
    (found,) = template([child])["resources"]
    assert found["name"] == "[format('{0}/{1}', parameters('s_vaultName'), 'token')]"


def test_two_parameters_never_share_a_name() -> None:
    found = template([secret(Secret("a")), secret(Secret("b"))])
    assert len(found["parameters"]) == 2


def test_extensions_have_a_scope() -> None:
    grant = one(
        "authorization:RoleAssignment",
        f"{VAULT}/providers/Microsoft.Authorization/roleAssignments/r",
        scope=VAULT,
        roleAssignmentName="r",
        principalId="p",
    )
    elsewhere = one(
        "authorization:ManagementLockByScope",
        f"{SUBSCRIPTION}/providers/Microsoft.Authorization/locks/l",
        scope=SUBSCRIPTION,
        lockName="l",
        level="CanNotDelete",
    )
    first, second, third = template([grant, vault(), elsewhere])["resources"]
    assert first["type"] == "Microsoft.KeyVault/vaults" or second["type"] == "Microsoft.KeyVault/vaults"
    by_type = {item["type"]: item for item in (first, second, third)}
    role = by_type["Microsoft.Authorization/roleAssignments"]
    assert role["name"] == "r"
    assert role["scope"] == "[resourceId('Microsoft.KeyVault/vaults', 'kv')]"
    assert role["properties"] == {"principalId": "p"}, "scope and name are no properties"
    assert by_type["Microsoft.Authorization/locks"]["scope"] == SUBSCRIPTION


def test_fixed_parts_of_an_id_are_parts_of_the_name() -> None:
    account = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/st"
    container = one(
        "storage:BlobContainer",
        f"{account}/blobServices/default/containers/audit",
        accountName="st",
        containerName="audit",
        resourceGroupName="rg",
    )
    names = one(
        "web:WebAppSlotConfigurationNames",
        f"{GROUP}/providers/Microsoft.Web/sites/app/config/slotConfigNames",
        name="app",
        appSettingNames=["A"],
    )
    found = {item["type"]: item["name"] for item in template([container, names])["resources"]}
    assert found == {
        "Microsoft.Storage/storageAccounts/blobServices/containers": "st/default/audit",
        "Microsoft.Web/sites/config": "app/slotConfigNames",
    }


def test_a_record_has_the_type_of_its_record() -> None:
    zone = f"{GROUP}/providers/Microsoft.Network/privateDnsZones/example.com"
    record = one(
        "privatedns:PrivateRecordSet", f"{zone}/CNAME/www", privateZoneName="example.com", recordType="CNAME", ttl=1
    )
    (found,) = template([record])["resources"]
    assert (found["type"], found["name"]) == ("Microsoft.Network/privateDnsZones/CNAME", "example.com/www")


def test_dependencies_follow_the_ids_in_the_inputs() -> None:
    endpoint = one(
        "network:PrivateEndpoint",
        f"{GROUP}/providers/Microsoft.Network/privateEndpoints/pep",
        subnet={"id": f"{GROUP}/providers/Microsoft.Network/virtualNetworks/vnet/subnets/endpoints"},
        privateLinkServiceConnections=[{"name": "c", "privateLinkServiceId": VAULT.upper(), "groupIds": ["vault"]}],
    )
    vnet = one("network:VirtualNetwork", f"{GROUP}/providers/Microsoft.Network/virtualNetworks/vnet")
    found = next(
        item for item in template([endpoint, vnet, vault()])["resources"] if "privateEndpoints" in item["type"]
    )
    assert found["dependsOn"] == [
        "[resourceId('Microsoft.KeyVault/vaults', 'kv')]",
        "[resourceId('Microsoft.Network/virtualNetworks', 'vnet')]",
    ], "by id in any case; a subnet in its network's list counts as the network"


def test_text_that_looks_like_an_expression_is_escaped() -> None:
    found = template([one("keyvault:Vault", VAULT, tags={"note": "[draft]"}, properties={})])
    assert found["resources"][0]["tags"]["note"] == "[[draft]"


def test_other_providers_are_left_out_and_types_without_a_row_are_not() -> None:
    password = Exported(token="random:index/randomPassword:RandomPassword", id="x", name="p", inputs={"length": 16})
    other = one("cdn:Profile", f"{GROUP}/providers/Microsoft.Cdn/profiles/fd", profileName="fd", resourceGroupName="rg")
    found = template([password, other])["resources"]
    assert len(found) == 1, "random is no Azure resource"
    assert found[0]["name"] == "fd"


def test_the_same_resources_give_the_same_template() -> None:
    both = [group(), vault(), secret(Secret("a"))]
    assert json.dumps(template(both)) == json.dumps(template(list(reversed(both)))), "order in is not order out"

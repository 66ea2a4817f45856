"""What the vault promises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from components.context import Context
from components.security.vault import KeyVault, KeyVaultArgs
from components.shared.diagnostics import Sink
from components.shared.endpoints import PrivateAccess

Plan = Callable[..., Any]
ACCESS = PrivateAccess(subnet_id="/endpoints", zone_ids={"privatelink.vaultcore.azure.net": "/zones/vault"})


def vault(context: Context, *, days: int = 90, recover: bool = False, sku: Any = "standard") -> Callable[[], Any]:
    args = KeyVaultArgs(
        context=context,
        resource_group_name="rg",
        access=ACCESS,
        sink=Sink(workspace_id="/log"),
        soft_delete_days=days,
        recover=recover,
        sku=sku,
    )

    def build() -> dict[str, Any]:
        made = KeyVault("vault-sdc", args)
        return {"id": made.vault_id, "name": made.vault_name, "uri": made.vault_uri}

    return build


@pytest.fixture(scope="module")
def planned(plan: Plan, context: Context) -> Any:
    return plan(vault(context))


@pytest.fixture(scope="module")
def properties(planned: Any) -> dict[str, Any]:
    return planned.one("keyvault:Vault").inputs["properties"]


def test_rights_are_roles_and_no_access_policy_exists(planned: Any, properties: dict[str, Any]) -> None:
    assert properties["enableRbacAuthorization"] is True, "explicit, because the default depends on the API version"
    assert "accessPolicies" not in properties
    assert not planned.of("keyvault:AccessPolicy")


def test_it_has_no_public_address_and_its_firewall_denies(properties: dict[str, Any]) -> None:
    assert properties["publicNetworkAccess"] == "Disabled"
    acls = properties["networkAcls"]
    assert acls["defaultAction"] == "Deny"
    assert acls["ipRules"] == []
    assert acls["virtualNetworkRules"] == []


def test_the_network_reaches_it_through_a_private_endpoint(planned: Any) -> None:
    (connection,) = planned.one("network:PrivateEndpoint").inputs["privateLinkServiceConnections"]
    assert connection["groupIds"] == ["vault"]
    assert connection["privateLinkServiceId"] == planned.result["id"]
    assert planned.one("network:PrivateDnsZoneGroup")


def test_what_was_deleted_can_be_recovered_and_nobody_can_purge_it(properties: dict[str, Any]) -> None:
    assert properties["enableSoftDelete"] is True
    assert properties["softDeleteRetentionInDays"] == 90
    assert properties["enablePurgeProtection"] is True


def test_machines_templates_and_disks_have_no_way_in(properties: dict[str, Any]) -> None:
    flags = {key: value for key, value in properties.items() if key.startswith("enabledFor")}
    assert flags == {
        "enabledForDeployment": False,
        "enabledForDiskEncryption": False,
        "enabledForTemplateDeployment": False,
    }


def test_who_read_what_is_logged(planned: Any) -> None:
    setting = planned.one("monitor:DiagnosticSetting").inputs
    assert setting["resourceUri"] == planned.result["id"]
    assert setting["logAnalyticsDestinationType"] == "Dedicated"


def test_it_is_protected_and_locked_where_data_is(planned: Any) -> None:
    assert planned.one("keyvault:Vault").protect
    assert planned.one("authorization:ManagementLockByScope").inputs["scope"] == planned.result["id"]


def test_protection_and_lock_can_be_lifted(plan: Plan, unprotected: Context) -> None:
    planned = plan(vault(unprotected))
    assert not planned.one("keyvault:Vault").protect
    assert not planned.of("authorization:ManagementLockByScope")


def test_a_deleted_vault_is_taken_back_only_when_asked(
    plan: Plan, context: Context, properties: dict[str, Any]
) -> None:
    assert "createMode" not in properties
    recovered = plan(vault(context, recover=True)).one("keyvault:Vault")
    assert recovered.inputs["properties"]["createMode"] == "recover"
    assert recovered.ignore_changes == ("properties.createMode",), "switching recovery off again changes nothing"


def test_id_name_and_address_are_known_in_a_preview(plan: Plan, context: Context) -> None:
    result = plan(vault(context), preview=True).result
    name = context.names.of("key_vault")
    assert result == {
        "id": f"/subscriptions/{context.subscription_id}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/{name}",
        "name": name,
        "uri": f"https://{name}.vault.azure.net/",
    }


@pytest.mark.parametrize(("sku", "expected"), [("standard", "standard"), ("premium", "premium")])
def test_the_sku_is_an_input(plan: Plan, context: Context, sku: str, expected: str) -> None:
    properties = plan(vault(context, sku=sku)).one("keyvault:Vault").inputs["properties"]
    assert properties["sku"] == {"family": "A", "name": expected}

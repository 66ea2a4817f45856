"""Joins: by ids where they are known, given or composed, and by dependencies where they are not."""

from __future__ import annotations

import pytest

from resources import arm
from resources.model import Graph
from resources.tokens import api_version, label, normalise
from resources.values import UNKNOWN
from tests.policies.cases import SUBSCRIPTION, res
from tests.policies.harness import graph

VAULT = res("keyvault:Vault", "vault", {"resourceGroupName": "rg", "vaultName": "kv"})
VAULT_ID = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv"
OTHER = res("keyvault:Vault", "other", {"resourceGroupName": "rg", "vaultName": "kv2"})
PATH = "privateLinkServiceConnections[].privateLinkServiceId"


def _endpoint(target: object, **more):
    return res(
        "network:PrivateEndpoint", "pe", {"privateLinkServiceConnections": [{"privateLinkServiceId": target}]}, **more
    )


def _targets(found: Graph) -> list[str]:
    return [each.name for each in found.refers(found.of("network:PrivateEndpoint")[0], PATH)]


def test_with_every_id_unknown_the_dependency_of_the_property_tells_the_target() -> None:
    raws = [VAULT, OTHER, _endpoint(UNKNOWN, uses={"privateLinkServiceConnections": ("vault",)})]
    assert _targets(graph(raws)) == ["vault"]


def test_an_id_in_the_value_decides_whatever_else_the_property_depends_on() -> None:
    raws = [VAULT, OTHER, _endpoint(VAULT_ID, uses={"privateLinkServiceConnections": ("vault", "other")})]
    assert _targets(graph(raws)) == ["vault"]


def test_ids_are_compared_without_regard_to_case() -> None:
    assert _targets(graph([VAULT, _endpoint(VAULT_ID.upper().replace("/SUBSCRIPTIONS", "/subscriptions"))])) == [
        "vault"
    ]


def test_an_id_composed_without_a_known_subscription_is_found_by_the_rest_of_it() -> None:
    nowhere = res("keyvault:Vault", "vault", VAULT.props, provider={})
    assert _targets(graph([nowhere, _endpoint(VAULT_ID)])) == ["vault"]


def test_the_same_names_in_another_subscription_are_another_resource() -> None:
    elsewhere = res("keyvault:Vault", "vault", VAULT.props, provider={"subscriptionId": "9" * 8})
    assert _targets(graph([elsewhere, _endpoint(VAULT_ID)])) == []


def test_a_known_id_of_something_outside_points_nowhere_even_with_dependencies() -> None:
    raws = [VAULT, _endpoint(VAULT_ID.replace("/kv", "/foreign"), uses={"privateLinkServiceConnections": ("vault",)})]
    assert _targets(graph(raws)) == []


def test_who_points_at_a_resource_is_found_the_other_way_round() -> None:
    found = graph([VAULT, OTHER, _endpoint(VAULT_ID)])
    vault, other = found.of("keyvault:Vault")
    assert [each.name for each in found.referring(vault, "network:PrivateEndpoint", PATH)] == ["pe"]
    assert found.referring(other, "network:PrivateEndpoint", PATH) == []


def test_an_unknown_target_without_any_dependency_is_unresolved() -> None:
    found = graph([VAULT, _endpoint(UNKNOWN)])
    assert [each.name for each in found.unresolved("network:PrivateEndpoint", PATH)] == ["pe"]
    linked = graph([VAULT, _endpoint(UNKNOWN, uses={"privateLinkServiceConnections": ("vault",)})])
    assert linked.unresolved("network:PrivateEndpoint", PATH) == []


def test_an_unknown_name_leaves_an_id_uncomposed() -> None:
    assert arm.compose("keyvault:Vault", {"resourceGroupName": UNKNOWN, "vaultName": "kv"}) is None
    assert arm.compose("example:Unheard", {}) is None


def test_a_resource_without_an_id_goes_by_its_urn() -> None:
    found = graph([res("keyvault:Vault", "vault", {"resourceGroupName": "rg", "vaultName": UNKNOWN}), OTHER])
    unnamed, other = found.resources
    assert (found.id_of(unnamed), found.id_of(other)) == (unnamed.urn, VAULT_ID.replace("/kv", "/kv2"))


def test_an_unknown_reference_is_the_one_resource_of_the_type_that_it_is_made_from() -> None:
    path = "privateLinkServiceConnections"
    raws = [VAULT, OTHER, _endpoint(UNKNOWN), res("resources:ResourceGroup", "group")]

    def reference(*made_from: str) -> str | None:
        raws[2] = res("network:PrivateEndpoint", "pe", {path: UNKNOWN}, uses={path: made_from})
        found = graph(raws)
        return found.reference(found.of("network:PrivateEndpoint")[0], path, "keyvault:Vault")

    assert reference("vault", "group") == VAULT_ID
    assert reference("vault", "other") is None
    assert reference() is None


def test_an_id_lies_within_its_scope_by_whole_parts() -> None:
    assert arm.within(VAULT_ID, VAULT_ID.upper())
    assert arm.within(VAULT_ID, f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/")
    assert arm.within(VAULT_ID, "/") and arm.within(VAULT_ID, "/providers/Microsoft.Management/managementGroups/root")
    assert not arm.within(VAULT_ID, f"/subscriptions/{SUBSCRIPTION}/resourceGroups/r")
    assert arm.same(VAULT_ID, f"{VAULT_ID.upper()}/") and not arm.same(VAULT_ID, None)


def test_the_parent_of_an_id() -> None:
    group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"
    assert arm.parent(f"{VAULT_ID}/secrets/s") == VAULT_ID
    assert arm.parent(VAULT_ID) == group
    assert arm.parent(group) == f"/subscriptions/{SUBSCRIPTION}"


@pytest.mark.parametrize(
    ("token", "name"),
    [
        ("azure-native:storage:StorageAccount", "storage:StorageAccount"),
        ("azure-native:storage/v20240101:StorageAccount", "storage:StorageAccount"),
        ("azure-native_storage_v20240101:storage:StorageAccount", "storage:StorageAccount"),
        ("azure-native:cache:Redis", "redis:Redis"),
        ("azure-native:cache/v20230801:Redis", "redis:Redis"),
        ("azure-native:network:PrivateZone", "privatedns:PrivateZone"),
        ("azure-native:cdn/v20240501preview:Profile", "cdn:Profile"),
        ("azure-native:dbforpostgresql/v20171201:Server", "dbforpostgresql:SingleServer"),
        ("azure-native:dbforpostgresql/v20240801:Server", "dbforpostgresql:Server"),
        ("azuread:index/group:Group", "azuread:index/group:Group"),
        ("pulumi:pulumi:Stack", "pulumi:pulumi:Stack"),
        ("aifabrix:data:Postgres", "aifabrix:data:Postgres"),
    ],
)
def test_a_type_has_one_name_whatever_version_and_package_it_comes_from(token: str, name: str) -> None:
    assert normalise(token) == name


def test_the_api_version_of_a_token() -> None:
    assert api_version("azure-native:network/v20240101preview:Subnet") == "20240101preview"
    assert api_version("azure-native_network_v20240101preview:network:Subnet") == "20240101preview"
    assert api_version("azure-native:network:Subnet") is None


def test_the_label_of_a_resource_is_its_type_and_name() -> None:
    urn = "urn:pulumi:dev::aifabrix::aifabrix:data:Postgres$azure-native:dbforpostgresql:Server::postgres-sdc"
    assert label(urn) == "dbforpostgresql:Server::postgres-sdc"


def test_one_unknown_target_beside_a_known_one_is_unresolved_too() -> None:
    endpoint = res(
        "network:PrivateEndpoint",
        "pe",
        {"privateLinkServiceConnections": [{"privateLinkServiceId": VAULT_ID}, {"privateLinkServiceId": UNKNOWN}]},
    )
    assert [each.name for each in graph([VAULT, endpoint]).unresolved("network:PrivateEndpoint", PATH)] == ["pe"]


def test_the_id_of_a_resource_whose_own_name_is_not_known_is_unresolved() -> None:
    unnamed = res("keyvault:Vault", "vault", {"resourceGroupName": "rg", "vaultName": UNKNOWN})
    assert [
        each.name for each in graph([unnamed, _endpoint(VAULT_ID)]).unresolved("network:PrivateEndpoint", PATH)
    ] == ["pe"]
    assert graph([OTHER, _endpoint(VAULT_ID)]).unresolved("network:PrivateEndpoint", PATH) == []

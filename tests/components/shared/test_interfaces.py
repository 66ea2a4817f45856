"""The interfaces that every resource type gets the same way: private endpoint, diagnostics, role, lock."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from pulumi_azure_native import managedidentity

from components.base import FabrixComponent
from components.context import Context
from components.shared.diagnostics import CATEGORIES, Sink, diagnostics
from components.shared.endpoints import ENDPOINTS, PrivateAccess, private_endpoint, zones_of
from components.shared.ids import after, arm_id
from components.shared.locks import lock
from components.shared.roles import ROLES, Grant, grant, grants

Plan = Callable[..., Any]
SUBNET = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/endpoints"
TARGET = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv"
ZONES = {zone: f"/zones/{zone}" for zone in zones_of(ENDPOINTS)}


class Parent(FabrixComponent[Callable[["Parent"], object]]):
    """Runs a function that creates children."""

    def build(self, name: str, args: Callable[[Parent], object]) -> None:  # noqa: ARG002 - the base class's signature
        self.made = args(self)


def under_parent(plan: Plan, build: Callable[[Parent], object], **options: Any) -> Any:
    return plan(lambda: Parent("parent", build).made, **options)


def endpoint(
    context: Context, service: str, zones: dict[str, str] | None = None, **more: Any
) -> Callable[[Parent], object]:
    access = PrivateAccess(subnet_id=SUBNET, zone_ids=ZONES if zones is None else zones)
    return lambda parent: private_endpoint(
        parent,
        f"{service}-sdc",
        service=service,
        target_id=TARGET,
        context=context,
        resource_group_name="rg",
        access=access,
        **more,
    )


@pytest.mark.parametrize("service", sorted(ENDPOINTS))
def test_every_service_gets_an_endpoint_of_its_sub_resource_and_a_record_in_each_of_its_zones(
    plan: Plan, context: Context, service: str
) -> None:
    planned = under_parent(plan, endpoint(context, service))
    made = planned.one("network:PrivateEndpoint")
    (connection,) = made.inputs["privateLinkServiceConnections"]
    assert connection["groupIds"] == [ENDPOINTS[service].group_id]
    assert connection["privateLinkServiceId"] == TARGET
    assert "manualPrivateLinkServiceConnections" not in made.inputs, "a manual connection waits for an approval"
    assert made.inputs["subnet"] == {"id": SUBNET}
    assert made.parent.endswith("::parent")
    group = planned.one("network:PrivateDnsZoneGroup")
    assert {c["privateDnsZoneId"] for c in group.inputs["privateDnsZoneConfigs"]} == {
        ZONES[zone] for zone in ENDPOINTS[service].zones
    }
    assert group.inputs["privateEndpointName"] == made.inputs["privateEndpointName"]
    assert "network:PrivateEndpoint" in next(iter(group.depends_on)), "Azure refuses a group without its endpoint"
    assert group.deleted_with == f"network:PrivateEndpoint {made.name}"


def test_where_the_hub_writes_the_records_no_zone_group_is_made(plan: Plan, context: Context) -> None:
    planned = under_parent(plan, endpoint(context, "vault", zones={}))
    assert planned.of("network:PrivateEndpoint")
    assert not planned.of("network:PrivateDnsZoneGroup"), "two writers of one record undo each other's work"


def test_a_zone_that_nobody_gave_is_named_instead_of_left_out(plan: Plan, context: Context) -> None:
    with pytest.raises(KeyError, match=r"privatelink\.vaultcore\.azure\.net"):
        under_parent(plan, endpoint(context, "vault", zones={"privatelink.azurecr.io": "/zones/acr"}))


def test_a_slot_has_a_sub_resource_of_its_own(plan: Plan, context: Context) -> None:
    planned = under_parent(plan, endpoint(context, "sites", group_id="sites-staging"))
    assert planned.one("network:PrivateEndpoint").inputs["privateLinkServiceConnections"][0]["groupIds"] == [
        "sites-staging"
    ]


def test_the_physical_name_of_an_endpoint_carries_its_part_and_the_region_once(plan: Plan, context: Context) -> None:
    inputs = under_parent(plan, endpoint(context, "blob")).one("network:PrivateEndpoint").inputs
    assert inputs["privateEndpointName"] == context.names.of("private_endpoint", "blob")
    assert inputs["customNetworkInterfaceName"] == context.names.of("network_interface", "blob")


@pytest.mark.parametrize("kind", sorted(CATEGORIES))
def test_every_type_in_the_table_sends_something_to_the_workspace(plan: Plan, kind: str) -> None:
    sink = Sink(workspace_id="/workspace")
    planned = under_parent(plan, lambda p: diagnostics(p, "it", kind=kind, resource_id=TARGET, sink=sink))
    inputs = planned.one("monitor:DiagnosticSetting").inputs
    assert inputs["workspaceId"] == "/workspace"
    assert inputs["resourceUri"] == TARGET
    sent = [*inputs.get("logs", []), *inputs.get("metrics", [])]
    assert sent, "a setting that sends nothing only looks like logging"
    assert all(item["enabled"] for item in sent)
    assert all(item["categoryGroup"] == "allLogs" for item in inputs.get("logs", [])), "new log categories are included"


def test_a_type_without_a_row_is_refused(plan: Plan) -> None:
    sink = Sink(workspace_id="/workspace")
    with pytest.raises(KeyError, match="network:NatGateway"):
        under_parent(plan, lambda p: diagnostics(p, "it", kind="network:NatGateway", resource_id=TARGET, sink=sink))


def test_a_grant_says_who_gets_what_where_and_why(plan: Plan, context: Context) -> None:
    planned = under_parent(
        plan,
        lambda p: grant(
            p,
            "access-sdc-flowise",
            role="key-vault-secrets-user",
            principal_id="object-id",
            scope=TARGET,
            reason="flowise reads its secrets",
            context=context,
        ),
    )
    made = planned.one("authorization:RoleAssignment")
    assert made.inputs == {
        "roleAssignmentName": context.names.guid("access-sdc-flowise"),
        "roleDefinitionId": f"/subscriptions/{context.subscription_id}/providers/Microsoft.Authorization"
        "/roleDefinitions/4633458b-17de-408a-b874-0445c86b69e6",
        "principalId": "object-id",
        "principalType": "ServicePrincipal",
        "scope": TARGET,
        "description": "flowise reads its secrets",
    }
    assert made.delete_before_replace, "the replacement has the same name, which Azure takes for an illegal update"


def test_role_ids_are_guids_and_no_two_roles_share_one() -> None:
    ids = [str(uuid.UUID(role.id)) for role in ROLES.values()]
    assert len(ids) == len(set(ids))
    assert not {"Owner", "User Access Administrator"} & {role.name for role in ROLES.values()}


def test_a_table_of_grants_becomes_one_assignment_a_row_each_with_a_name_of_its_own(
    plan: Plan, context: Context
) -> None:
    table = [
        Grant(holder="a", role="acr-pull", on="registry", scope="/acr", reason="pulls its image"),
        Grant(holder="b", role="acr-pull", on="registry", scope="/acr", reason="pulls its image"),
        Grant(holder="b", role="acr-push", on="registry", scope="/acr", reason="pushes images"),
    ]
    planned = under_parent(plan, lambda p: grants(p, "g", table, principals={"a": "1", "b": "2"}, context=context))
    made = planned.inputs_of("authorization:RoleAssignment")
    assert sorted((m["principalId"], m["description"]) for m in made) == [
        ("1", "pulls its image"),
        ("2", "pulls its image"),
        ("2", "pushes images"),
    ]
    assert len({m["roleAssignmentName"] for m in made}) == 3


def test_a_grant_to_someone_unknown_is_refused(plan: Plan, context: Context) -> None:
    table = [Grant(holder="ghost", role="reader", on="group", scope="/rg", reason="none")]
    with pytest.raises(KeyError, match="ghost"):
        under_parent(plan, lambda p: grants(p, "g", table, principals={}, context=context))


def test_a_lock_forbids_deletion_and_is_taken_away_before_its_target(plan: Plan, context: Context) -> None:
    def build(parent: Parent) -> None:
        lock(parent, "it", target=made_by_azure(parent), scope=TARGET, reason="holds data", context=context)

    made = under_parent(plan, build).one("authorization:ManagementLockByScope")
    assert made.inputs["level"] == "CanNotDelete", "ReadOnly would also stop the listing of keys and every update"
    assert made.inputs["scope"] == TARGET
    assert made.inputs["notes"] == "holds data"
    assert "managedidentity:UserAssignedIdentity target" in made.depends_on


def made_by_azure(parent: Parent) -> managedidentity.UserAssignedIdentity:
    return managedidentity.UserAssignedIdentity("target", resource_group_name="rg", opts=parent.child())


def test_a_composed_id_is_known_in_a_preview_and_still_waits_for_its_resource(plan: Plan, context: Context) -> None:
    def build(parent: Parent) -> pulumi.Output[str]:
        target = made_by_azure(parent)
        composed = arm_id(context, "rg", "Microsoft.KeyVault/vaults/kv", target)
        lock(parent, "user", target=target, scope=composed, reason="uses the id", context=context)
        return composed

    planned = under_parent(plan, build, preview=True)
    expected = f"/subscriptions/{context.subscription_id}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv"
    assert planned.result == expected, "policies judge references in a preview"
    user = planned.one("authorization:ManagementLockByScope")
    assert "managedidentity:UserAssignedIdentity target" in user.depends_on, "the order of creation must not be lost"


def test_an_unknown_value_stays_unknown(plan: Plan, unknown: object) -> None:
    def build(parent: Parent) -> pulumi.Output[str]:
        target = made_by_azure(parent)
        return after(target.id, target)

    assert under_parent(plan, build, preview=True).result is unknown

"""What private DNS and flow logs promise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from components.context import Context
from components.network.dns import (
    PrivateDns,
    PrivateDnsArgs,
    ZonesByPolicy,
    ZonesMissingError,
    ZonesToCreate,
    ZonesToUse,
)
from components.network.flowlogs import FlowLogs, FlowLogsArgs
from components.shared.endpoints import ENDPOINTS, zones_of

Plan = Callable[..., Any]
SERVICES = tuple(ENDPOINTS)


def dns(context: Context, zones: ZonesToCreate | ZonesToUse | ZonesByPolicy) -> Callable[[], Any]:
    return lambda: (
        PrivateDns("dns-sdc", PrivateDnsArgs(context=context, resource_group_name="rg", zones=zones)).zone_ids
    )


def test_every_zone_that_the_services_need_exists_and_is_linked_to_the_network(plan: Plan, context: Context) -> None:
    planned = plan(dns(context, ZonesToCreate(services=SERVICES, vnet_id="/vnet")))
    zones = {zone["privateZoneName"] for zone in planned.inputs_of("privatedns:PrivateZone")}
    assert zones == set(zones_of(SERVICES))
    links = planned.of("privatedns:VirtualNetworkLink")
    assert {link.inputs["privateZoneName"] for link in links} == zones, (
        "a zone that nothing is linked to resolves nothing"
    )
    for link in links:
        assert link.inputs["virtualNetwork"] == {"id": "/vnet"}
        assert link.inputs["registrationEnabled"] is False, "only one zone of a network may register, and none of these"
        assert f"privatedns:PrivateZone {link.name}" in link.depends_on


def test_only_zones_of_services_in_use_are_made(plan: Plan, context: Context) -> None:
    planned = plan(dns(context, ZonesToCreate(services=["vault"], vnet_id="/vnet")))
    assert [z["privateZoneName"] for z in planned.inputs_of("privatedns:PrivateZone")] == [
        "privatelink.vaultcore.azure.net"
    ]


def test_zone_ids_are_known_in_a_preview(plan: Plan, context: Context) -> None:
    planned = plan(dns(context, ZonesToCreate(services=["vault"], vnet_id="/vnet")), preview=True)
    zone = "privatelink.vaultcore.azure.net"
    group = f"/subscriptions/{context.subscription_id}/resourceGroups/rg"
    assert planned.result == {zone: f"{group}/providers/Microsoft.Network/privateDnsZones/{zone}"}


def test_zones_of_the_customers_are_used_and_nothing_is_made(plan: Plan, context: Context) -> None:
    ids = {zone: f"/hub/{zone}" for zone in (*zones_of(SERVICES), "privatelink.openai.azure.com")}
    planned = plan(dns(context, ZonesToUse(services=SERVICES, zone_ids=ids)))
    assert planned.types == {"aifabrix:network:PrivateDns"}
    assert planned.result == {zone: f"/hub/{zone}" for zone in zones_of(SERVICES)}, "no more than is needed"


def test_all_missing_zones_are_named_at_once(plan: Plan, context: Context) -> None:
    with pytest.raises(ZonesMissingError, match=r"privatelink\.azurecr\.io.*privatelink\.vaultcore\.azure\.net"):
        plan(dns(context, ZonesToUse(services=["vault", "registry"], zone_ids={})))


def test_where_the_hub_writes_the_records_there_is_no_zone_at_all(plan: Plan, context: Context) -> None:
    planned = plan(dns(context, ZonesByPolicy()))
    assert planned.types == {"aifabrix:network:PrivateDns"}
    assert planned.result == {}, "no zone ids, so that no endpoint gets a zone group"


def flow_logs(context: Context, **more: Any) -> Callable[[], Any]:
    args = FlowLogsArgs(
        context=context,
        resource_group_name="rg",
        vnet_id="/vnet",
        storage_id="/storage",
        workspace_id="/log",
        **more,
    )
    return lambda: FlowLogs("flowlogs-sdc", args)


def test_the_whole_network_is_logged_kept_and_analysed(plan: Plan, context: Context) -> None:
    inputs = plan(flow_logs(context)).one("network:FlowLog").inputs
    assert inputs["targetResourceId"] == "/vnet", "logs of security groups are retired; the network is the target"
    assert inputs["enabled"] is True
    assert inputs["retentionPolicy"] == {"days": 0, "enabled": False}, "Azure would replace the account's life cycle"
    analysis = inputs["flowAnalyticsConfiguration"]["networkWatcherFlowAnalyticsConfiguration"]
    assert analysis["enabled"] is True
    assert analysis["workspaceResourceId"] == "/log"


def test_the_watcher_is_azures_own_and_never_made_here(plan: Plan, context: Context) -> None:
    planned = plan(flow_logs(context))
    inputs = planned.one("network:FlowLog").inputs
    assert (inputs["resourceGroupName"], inputs["networkWatcherName"]) == (
        "NetworkWatcherRG",
        "NetworkWatcher_swedencentral",
    )
    assert not planned.of("network:NetworkWatcher"), "a region has one watcher; a second one is refused"
    own = plan(flow_logs(context, watcher_name="nw", watcher_group="rg-nw")).one("network:FlowLog").inputs
    assert (own["resourceGroupName"], own["networkWatcherName"]) == ("rg-nw", "nw")


def test_the_log_is_written_by_an_identity_and_not_with_an_account_key(plan: Plan, context: Context) -> None:
    planned = plan(flow_logs(context))
    identity = planned.one("managedidentity:UserAssignedIdentity")
    right = planned.one("authorization:RoleAssignment")
    assert right.inputs["scope"] == "/storage"
    assert right.name != "flowlogs-sdc", "stacks were deployed with such a right on another account, which is locked"
    assert f"managedidentity:UserAssignedIdentity {identity.name}" in right.depends_on
    log = planned.one("network:FlowLog")
    assert log.inputs["identity"]["type"] == "UserAssigned"
    assert f"authorization:RoleAssignment {right.name}" in log.depends_on, "without the right the first write fails"

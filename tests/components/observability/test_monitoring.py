"""What workspace, telemetry and their private entrance promise."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from components.observability.monitoring import Monitoring, MonitoringArgs
from components.observability.private_link import MonitorPrivateLink, MonitorPrivateLinkArgs
from components.shared.endpoints import ENDPOINTS, PrivateAccess, zones_of

SENDER = "33333333-0000-0000-0000-000000000001"
CONNECTION = {"applicationinsights:Component": lambda _n, _i: {"connectionString": "InstrumentationKey=secret"}}


@pytest.fixture(scope="module")
def args(context: Any) -> MonitoringArgs:
    return MonitoringArgs(
        context=context,
        resource_group_name="rg-aifabrix-dev",
        retention_days=90,
        public_ingestion=False,
        public_query=True,
        publishers={"dataplane": SENDER},
    )


@pytest.fixture(scope="module")
def planned(plan: Any, args: MonitoringArgs) -> Any:
    return plan(lambda: Monitoring("monitoring-sdc", args), outputs=CONNECTION)


@pytest.fixture(scope="module")
def workspace(planned: Any) -> dict[str, Any]:
    return planned.one("operationalinsights:Workspace").inputs


@pytest.fixture(scope="module")
def insights(planned: Any) -> dict[str, Any]:
    return planned.one("applicationinsights:Component").inputs


def test_logs_are_kept_as_long_as_asked_and_none_is_dropped_by_a_cap(workspace: dict[str, Any]) -> None:
    assert workspace["retentionInDays"] == 90
    assert "workspaceCapping" not in workspace


def test_a_cap_is_a_choice(plan: Any, args: MonitoringArgs) -> None:
    capped = plan(lambda: Monitoring("monitoring-sdc", dataclasses.replace(args, daily_cap_gib=2.5)))
    assert capped.one("operationalinsights:Workspace").inputs["workspaceCapping"] == {"dailyQuotaGb": 2.5}


def test_nobody_sends_or_reads_logs_with_a_key(workspace: dict[str, Any], insights: dict[str, Any]) -> None:
    assert workspace["features"]["disableLocalAuth"] is True
    assert insights["disableLocalAuth"] is True


def test_whoever_may_read_a_resource_reads_its_logs_and_only_these(workspace: dict[str, Any]) -> None:
    assert workspace["features"]["enableLogAccessUsingOnlyResourcePermissions"] is True


def test_keys_can_be_allowed_for_telemetry_that_knows_no_tokens_and_for_nothing_else(
    plan: Any, args: MonitoringArgs
) -> None:
    changed = plan(lambda: Monitoring("monitoring-sdc", dataclasses.replace(args, local_auth=True)))
    assert changed.one("applicationinsights:Component").inputs["disableLocalAuth"] is False
    assert changed.one("operationalinsights:Workspace").inputs["features"]["disableLocalAuth"] is True


def test_ingestion_and_queries_are_closed_separately(workspace: dict[str, Any], insights: dict[str, Any]) -> None:
    for resource in (workspace, insights):
        assert resource["publicNetworkAccessForIngestion"] == "Disabled"
        assert resource["publicNetworkAccessForQuery"] == "Enabled"


def test_telemetry_is_stored_in_the_workspace_without_full_addresses(
    workspace: dict[str, Any], insights: dict[str, Any]
) -> None:
    assert insights["workspaceResourceId"].endswith(f"/workspaces/{workspace['workspaceName']}")
    assert insights["ingestionMode"] == "LogAnalytics"
    assert insights["disableIpMasking"] is False


def test_only_the_named_applications_may_send_telemetry(planned: Any, insights: dict[str, Any]) -> None:
    (grant,) = planned.inputs_of("authorization:RoleAssignment")
    assert grant["principalId"] == SENDER
    assert grant["roleDefinitionId"].endswith("/3913510d-42f4-4e42-8a64-420c390055eb"), "Monitoring Metrics Publisher"
    assert grant["scope"].endswith(f"/components/{insights['resourceName']}")


def test_the_connection_string_is_a_secret(plan: Any, args: MonitoringArgs) -> None:
    planned = plan(lambda: Monitoring("monitoring-sdc", args), outputs=CONNECTION)
    (urn,) = (urn for urn in planned.outputs if urn.endswith("Monitoring::monitoring-sdc"))
    assert planned.outputs[urn]["connection_string"] == "InstrumentationKey=secret"
    assert "connection_string" in planned.secret_outputs[urn]


def test_who_queried_what_is_logged_too(planned: Any, workspace: dict[str, Any]) -> None:
    setting = planned.one("monitor:DiagnosticSetting").inputs
    assert setting["resourceUri"] == setting["workspaceId"]
    assert setting["resourceUri"].endswith(f"/workspaces/{workspace['workspaceName']}")


def test_logs_are_protected_and_locked(planned: Any) -> None:
    assert planned.one("operationalinsights:Workspace").protect
    assert "monitor:DiagnosticSetting monitoring-sdc" in planned.one("authorization:ManagementLockByScope").depends_on


def test_a_preview_knows_the_sink_of_everything_else(plan: Any, args: MonitoringArgs, unknown: Any) -> None:
    def build() -> Any:
        monitoring = Monitoring("monitoring-sdc", args)
        return [monitoring.workspace_id, monitoring.connection_string]

    workspace_id, connection = plan(build, preview=True).result
    assert "/workspaces/log-" in workspace_id
    assert connection is unknown


@pytest.fixture(scope="module")
def link(context: Any) -> MonitorPrivateLinkArgs:
    zones = zones_of(ENDPOINTS)
    access = PrivateAccess(subnet_id="/id/endpoints", zone_ids={zone: f"/id/zone/{zone}" for zone in zones})
    return MonitorPrivateLinkArgs(
        context=context,
        resource_group_name="rg-aifabrix-dev",
        members={"workspace": "/id/workspace", "insights": "/id/insights"},
        public_query=False,
        access=access,
    )


@pytest.fixture(scope="module")
def linked(plan: Any, link: MonitorPrivateLinkArgs) -> Any:
    return plan(lambda: MonitorPrivateLink("monitor-sdc", link))


def test_no_machine_of_the_network_sends_telemetry_to_somebody_elses_workspace(linked: Any) -> None:
    scope = linked.one("monitor:PrivateLinkScope").inputs
    assert scope["accessModeSettings"] == {"ingestionAccessMode": "PrivateOnly", "queryAccessMode": "PrivateOnly"}
    assert scope["location"] == "global"


def test_queries_of_other_workspaces_are_a_choice_and_ingestion_is_not(plan: Any, link: MonitorPrivateLinkArgs) -> None:
    opened = plan(lambda: MonitorPrivateLink("monitor-sdc", dataclasses.replace(link, public_query=True)))
    assert opened.one("monitor:PrivateLinkScope").inputs["accessModeSettings"] == {
        "ingestionAccessMode": "PrivateOnly",
        "queryAccessMode": "Open",
    }


def test_workspace_and_telemetry_enter_the_scope_one_after_the_other(linked: Any) -> None:
    members = linked.of("monitor:PrivateLinkScopedResource")
    assert {m.inputs["name"]: m.inputs["linkedResourceId"] for m in members} == {
        "workspace": "/id/workspace",
        "insights": "/id/insights",
    }
    assert "monitor:PrivateLinkScopedResource monitor-sdc-workspace" in members[1].depends_on


def test_the_endpoint_brings_all_five_zones_and_waits_for_the_members(linked: Any) -> None:
    endpoint = linked.one("network:PrivateEndpoint")
    assert endpoint.inputs["privateLinkServiceConnections"][0]["groupIds"] == ["azuremonitor"]
    assert "monitor:PrivateLinkScopedResource monitor-sdc-insights" in endpoint.depends_on
    zones = linked.one("network:PrivateDnsZoneGroup").inputs["privateDnsZoneConfigs"]
    assert {zone["privateDnsZoneId"].removeprefix("/id/zone/") for zone in zones} == {
        "privatelink.monitor.azure.com",
        "privatelink.oms.opinsights.azure.com",
        "privatelink.ods.opinsights.azure.com",
        "privatelink.agentsvc.azure-automation.net",
        "privatelink.blob.core.windows.net",
    }

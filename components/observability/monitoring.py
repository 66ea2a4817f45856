"""Where logs and telemetry go: a Log Analytics workspace and Application Insights on top of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import applicationinsights, operationalinsights

from components.base import FabrixComponent
from components.context import Context
from components.shared.diagnostics import Sink, diagnostics
from components.shared.ids import after, arm_id
from components.shared.locks import lock
from components.shared.roles import grant


@dataclass(frozen=True, kw_only=True)
class MonitoringArgs:
    """Inputs of :class:`Monitoring`."""

    context: Context
    resource_group_name: pulumi.Input[str]
    retention_days: int
    """How long logs can be queried, 30 to 730 days. The audit account keeps what must be kept for longer."""
    daily_cap_gib: float | None = None
    """GiB at which ingestion stops for the day. None: no cap, so that no log is lost."""
    public_ingestion: bool
    """Applications may send from the Internet side. Off, they need :class:`MonitorPrivateLink`."""
    public_query: bool
    """People may query from outside the VNet, with Entra roles. Off, the portal shows logs inside the VNet only."""
    local_auth: bool = False
    """Whoever holds the connection string may send telemetry. Off, a sender needs an Entra token and ``publishers``;
    an application whose telemetry library cannot fetch one stays silent and needs this on, with a waiver of the rule
    that forbids it."""
    publishers: Mapping[str, pulumi.Input[str]]
    """Application key → object id of the identity that may send telemetry."""


class Monitoring(FabrixComponent[MonitoringArgs]):
    """The sink of everything else.

    It depends on nothing but its resource group, so that every resource can log from the start.
    """

    workspace_id: pulumi.Output[str]
    """ARM id; what diagnostic settings and :class:`~components.shared.diagnostics.Sink` take."""
    workspace_name: pulumi.Output[str]
    app_insights_id: pulumi.Output[str]
    connection_string: pulumi.Output[str]
    """Secret; names the ingestion endpoint and the instrumentation key. Unknown until the component exists."""

    def build(self, name: str, args: MonitoringArgs) -> None:
        """Create workspace and telemetry component; then grants, diagnostics, lock."""
        self._args = args
        context, group = args.context, args.resource_group_name
        workspace = self._create_workspace(name)
        physical = context.names.of("workspace")
        path = f"Microsoft.OperationalInsights/workspaces/{physical}"
        self.workspace_id = arm_id(context, group, path, workspace)
        self.workspace_name = after(physical, workspace)
        insights = self._create_insights(name)
        insights_name = context.names.of("app_insights")
        self.app_insights_id = arm_id(context, group, f"Microsoft.Insights/components/{insights_name}", insights)
        self.connection_string = pulumi.Output.secret(insights.connection_string)
        for app, object_id in args.publishers.items():
            grant(
                self,
                f"{name}-publish-{app}",
                role="monitoring-metrics-publisher",
                principal_id=object_id,
                scope=self.app_insights_id,
                reason=f"{app} sends its telemetry",
                context=context,
            )
        sink = Sink(workspace_id=self.workspace_id)
        queries = diagnostics(
            self, name, kind="operationalinsights:Workspace", resource_id=self.workspace_id, sink=sink
        )
        if context.protection.lock:
            # After everything below the workspace, so that a destroy lifts the lock before it touches any of it.
            scope = after(self.workspace_id, queries)
            lock(
                self, name, target=workspace, scope=scope, reason="Holds the logs of the installation.", context=context
            )

    def _create_workspace(self, name: str) -> operationalinsights.Workspace:
        args, context = self._args, self._args.context
        cap = args.daily_cap_gib
        return operationalinsights.Workspace(
            name,
            workspace_name=context.names.of("workspace"),
            resource_group_name=args.resource_group_name,
            location=context.location,
            sku=operationalinsights.WorkspaceSkuArgs(name="PerGB2018"),
            retention_in_days=args.retention_days,
            workspace_capping=None if cap is None else operationalinsights.WorkspaceCappingArgs(daily_quota_gb=cap),
            features=operationalinsights.WorkspaceFeaturesArgs(
                disable_local_auth=True,
                # Whoever may read a resource may read its logs, and only these.
                enable_log_access_using_only_resource_permissions=True,
            ),
            public_network_access_for_ingestion=_access(public=args.public_ingestion),
            public_network_access_for_query=_access(public=args.public_query),
            tags=dict(context.tags),
            opts=self.child(protect=context.protection.protect),
        )

    def _create_insights(self, name: str) -> applicationinsights.Component:
        args, context = self._args, self._args.context
        return applicationinsights.Component(
            name,
            resource_name_=context.names.of("app_insights"),
            resource_group_name=args.resource_group_name,
            location=context.location,
            kind="web",
            application_type="web",
            workspace_resource_id=self.workspace_id,
            ingestion_mode="LogAnalytics",
            disable_local_auth=not args.local_auth,
            disable_ip_masking=False,  # the last octet of visitors' addresses is dropped
            public_network_access_for_ingestion=_access(public=args.public_ingestion),
            public_network_access_for_query=_access(public=args.public_query),
            tags=dict(context.tags),
            opts=self.child(),
        )


def _access(*, public: bool) -> str:
    return "Enabled" if public else "Disabled"

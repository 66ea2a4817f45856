"""What watches the region: alerts, the audit trail, flow logs. They depend on everything else."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from components.data.storage import StorageAccount
from components.network.flowlogs import FlowLogs, FlowLogsArgs
from components.observability import metric_rules
from components.observability.alerts import Alerts, AlertsArgs
from components.observability.audit import AuditTrail, AuditTrailArgs
from components.observability.budget import Budget, BudgetArgs
from components.region.foundation import Foundation
from components.region.stage import Stage
from settings.network import ExistingNetwork


def create_watchers(
    stage: Stage,
    base: Foundation,
    accounts: Mapping[str, StorageAccount],
    targets: Mapping[str, Mapping[str, pulumi.Input[str]]],
) -> list[pulumi.Resource]:
    """Create what watches and return it; ``targets`` maps ARM types to the resources that metric alerts look at."""
    settings = stage.settings
    connections = metric_rules.connection_threshold(settings.sizing.postgres.sku_name)
    alerts = Alerts(
        stage.name("alerts"),
        AlertsArgs(
            context=stage.context,
            resource_group_name=base.groups["observability"],
            emails=settings.observability.alert_emails,
            targets=targets,
            thresholds={f"{metric_rules.POSTGRES}/connections": connections},
            scope=f"/subscriptions/{stage.context.subscription_id}",
        ),
        opts=stage.child(),
    )
    trail = AuditTrail(
        stage.name("audit"),
        AuditTrailArgs(
            context=stage.context,
            resource_group_name=base.groups["observability"],
            workspace_id=base.monitoring.workspace_id,
            workspace_name=base.monitoring.workspace_name,
            audit_account_id=accounts["audit"].account_id,
        ),
        opts=stage.child(),
    )
    watchers: list[pulumi.Resource] = [alerts, trail]
    if budget := settings.observability.budget:
        watchers.append(
            Budget(
                stage.name("budget"),
                BudgetArgs(
                    context=stage.context,
                    scope=f"/subscriptions/{stage.context.subscription_id}",
                    amount=budget.amount,
                    start_month=budget.start_month,
                    emails=settings.observability.alert_emails,
                ),
                opts=stage.child(),
            )
        )
    if isinstance(settings.network, ExistingNetwork):
        return watchers  # its flow logs are the hub team's
    flows = FlowLogs(
        stage.name("flowlogs"),
        FlowLogsArgs(
            context=stage.context,
            resource_group_name=base.groups["network"],
            vnet_id=base.network.vnet_id,
            storage_id=accounts["flows"].account_id,
            workspace_id=base.monitoring.workspace_id,
        ),
        opts=stage.child(),
    )
    return [*watchers, flows]

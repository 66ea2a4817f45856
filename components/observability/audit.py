"""The audit trail: who changed what in Azure, and what the services logged, kept where it cannot be changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import monitor, operationalinsights

from components.base import FabrixComponent
from components.context import Context

ACTIVITY = ("Administrative", "Security", "Alert", "Policy", "ServiceHealth", "ResourceHealth")
"""Categories of the activity log that are kept; the first four are what auditors ask for."""

TABLES = (
    "AZKVAuditLogs",
    "PGSQLServerLogs",
    "REDConnectionEvents",
    "ContainerRegistryLoginEvents",
    "ContainerRegistryRepositoryEvents",
    "AppServiceAuditLogs",
    "AppServiceIPSecAuditLogs",
    "StorageFileLogs",
    "LAQueryLogs",
)
"""Tables of the workspace that are exported: who read a secret, logged in, pulled or pushed an image, mounted a
share, queried logs.

Left out: ``AzureDiagnostics`` (not exportable, so services must log into tables of their own), ``AzureActivity``
(goes to the account directly, see :class:`AuditTrail`) and ``StorageBlobLogs`` (each export is a write to a blob,
which would be logged and exported in turn, for ever; the table stays in the workspace). Source: Microsoft Learn, "Log
Analytics data export rules".
"""


@dataclass(frozen=True, kw_only=True)
class AuditTrailArgs:
    """Inputs of :class:`AuditTrail`."""

    context: Context
    resource_group_name: pulumi.Input[str]
    workspace_id: pulumi.Input[str]
    workspace_name: pulumi.Input[str]
    audit_account_id: pulumi.Input[str]
    """ARM id of the immutable storage account, in the workspace's region (Azure refuses another)."""
    tables: Sequence[str] = TABLES
    """Tables to export. An unknown name is accepted by Azure and exports nothing."""


class AuditTrail(FabrixComponent[AuditTrailArgs]):
    """Two streams into the audit account: the subscription's activity log, and selected tables of the workspace.

    The activity log belongs to the subscription, not to the installation: a subscription holds at most five such
    settings and their names are its own, so the name carries service, environment and region.
    """

    activity_setting_name: pulumi.Output[str]

    def build(self, name: str, args: AuditTrailArgs) -> None:
        """Create the setting of the subscription and the export rule of the workspace."""
        setting_name = args.context.names.of("diagnostic_setting", "activity")
        monitor.SubscriptionDiagnosticSetting(
            name,
            name=setting_name,
            workspace_id=args.workspace_id,
            storage_account_id=args.audit_account_id,
            logs=[monitor.SubscriptionLogSettingsArgs(category=category, enabled=True) for category in ACTIVITY],
            opts=self.child(),
        )
        operationalinsights.DataExport(
            name,
            data_export_name="audit",
            workspace_name=args.workspace_name,
            resource_group_name=args.resource_group_name,
            resource_id=args.audit_account_id,
            table_names=list(args.tables),
            enable=True,
            opts=self.child(),
        )
        self.activity_setting_name = pulumi.Output.from_input(setting_name)

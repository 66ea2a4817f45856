"""What the audit trail promises."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from components.observability.audit import TABLES, AuditTrail, AuditTrailArgs
from settings.names import Names


@pytest.fixture(scope="module")
def args(context: Any) -> AuditTrailArgs:
    return AuditTrailArgs(
        context=context,
        resource_group_name="rg-aifabrix-dev",
        workspace_id="/id/workspace",
        workspace_name="log-aifabrix",
        audit_account_id="/id/account",
    )


@pytest.fixture(scope="module")
def planned(plan: Any, args: AuditTrailArgs) -> Any:
    return plan(lambda: AuditTrail("audit-sdc", args))


def test_the_activity_log_goes_to_the_workspace_and_to_the_immutable_account(planned: Any) -> None:
    setting = planned.one("monitor:SubscriptionDiagnosticSetting").inputs
    assert setting["workspaceId"] == "/id/workspace"
    assert setting["storageAccountId"] == "/id/account"
    assert {"Administrative", "Security", "Alert", "Policy"} <= {log["category"] for log in setting["logs"]}
    assert all(log["enabled"] for log in setting["logs"])


def test_two_installations_of_one_subscription_do_not_overwrite_each_others_setting(
    plan: Any, args: AuditTrailArgs, planned: Any
) -> None:
    names: Names = dataclasses.replace(args.context.names, environment="tst")
    other = dataclasses.replace(args, context=dataclasses.replace(args.context, names=names))
    elsewhere = plan(lambda: AuditTrail("audit-sdc", other)).one("monitor:SubscriptionDiagnosticSetting")
    assert elsewhere.inputs["name"] != planned.one("monitor:SubscriptionDiagnosticSetting").inputs["name"]


def test_what_the_services_logged_is_exported_to_the_immutable_account(planned: Any) -> None:
    export = planned.one("operationalinsights:DataExport").inputs
    assert export["resourceId"] == "/id/account"
    assert export["workspaceName"] == "log-aifabrix"
    assert export["enable"] is True
    assert {"AZKVAuditLogs", "PGSQLServerLogs", "ContainerRegistryLoginEvents"} <= set(export["tableNames"])


def test_no_export_feeds_itself_and_none_is_silently_empty() -> None:
    assert "StorageBlobLogs" not in TABLES, "every export writes blobs, which would be logged and exported again"
    assert "AzureDiagnostics" not in TABLES, "Azure accepts the name and exports nothing"
    assert len(set(TABLES)) == len(TABLES)

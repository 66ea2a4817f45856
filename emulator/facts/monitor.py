"""Facts about Azure Monitor: workspaces, Application Insights, diagnostic settings, private link scopes, collection."""

from __future__ import annotations

from typing import Any

from emulator.facts import names
from emulator.facts.build import SUBSCRIPTION, SUCCEEDED, fact, outputs
from emulator.facts.model import Fact, Placement
from emulator.facts.names import name_rule

_WORKSPACE = "Microsoft.OperationalInsights/workspaces"
_DIAGNOSTICS_API = "2021-05-01-preview"
_SCOPE_API = "2023-06-01-preview"


def _workspace(_: dict[str, Any], placement: Placement) -> dict[str, Any]:
    """Return the id by which agents and queries know a workspace."""
    return {"customerId": placement.guid("customer")}


def _component(_: dict[str, Any], placement: Placement) -> dict[str, Any]:
    """Return the keys of Application Insights; the connection string names the regional ingestion host."""
    key, app, region = placement.guid("instrumentation"), placement.guid("app"), placement.location
    connection = (
        f"InstrumentationKey={key};IngestionEndpoint=https://{region}-0.in.applicationinsights.azure.com/;"
        f"LiveEndpoint=https://{region}.livediagnostics.monitor.azure.com/;ApplicationId={app}"
    )
    return {
        "appId": app,
        "applicationId": placement.name,
        "instrumentationKey": key,
        "connectionString": connection,
        "tenantId": placement.tenant_id,
    }


def _prometheus(_: dict[str, Any], placement: Placement) -> dict[str, Any]:
    """Return ids and query address of an Azure Monitor workspace."""
    account = placement.guid("account")
    host = f"https://{placement.name}-{account[:4]}.{placement.location}.prometheus.monitor.azure.com"
    return {"accountId": account, "metrics": {"internalId": f"mac_{account}", "prometheusQueryEndpoint": host}}


def _collector(_: dict[str, Any], placement: Placement) -> dict[str, Any]:
    """Return the addresses of a data collection endpoint."""
    host = f"https://{placement.name}-{placement.guid('dce')[:4]}.{placement.location}-1"
    return {
        "immutableId": f"dce-{placement.guid('immutable').replace('-', '')}",
        "logsIngestion": {"endpoint": f"{host}.ingest.monitor.azure.com"},
        "metricsIngestion": {"endpoint": f"{host}.metrics.ingest.monitor.azure.com"},
        "configurationAccess": {"endpoint": f"{host}.handler.control.monitor.azure.com"},
    }


_DIAGNOSTIC_SETTING_NAME = name_rule(r"[^<>*%&:\\?+/]+", 1, 260, "any character except < > * % & : \\ ? + /")

_WORKSPACE_NAME = name_rule(
    r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])", 4, 63, "letters, digits and hyphens, no hyphen at the ends"
)

FACTS: tuple[Fact, ...] = (
    fact(
        "operationalinsights:Workspace",
        _WORKSPACE,
        "workspaceName",
        api="2023-09-01",
        name=_WORKSPACE_NAME,
        immutable=("location",),
        outputs=outputs(SUCCEEDED, _workspace),
        late=("customerId",),
        logs=("Audit", "SummaryLogs", "Jobs"),
    ),
    fact(
        "operationalinsights:Table",
        f"{_WORKSPACE}/tables",
        "workspaceName",
        "tableName",
        api="2023-09-01",
        name=name_rule(r"[A-Za-z0-9_-]+", 4, 63, "letters, digits, - and _"),
        outputs=outputs(SUCCEEDED),
    ),
    fact(
        "operationalinsights:DataExport",
        f"{_WORKSPACE}/dataExports",
        "workspaceName",
        "dataExportName",
        api="2023-09-01",
        name=name_rule(r"[A-Za-z][\w-]+", 4, 63, "letters, digits, - and _, a letter first"),
        outputs=outputs(lambda _, p: {"dataExportId": p.guid("export")}),
        late=("dataExportId",),
    ),
    fact(
        "operationalinsights:SavedSearch",
        f"{_WORKSPACE}/savedSearches",
        "workspaceName",
        "savedSearchId",
        api="2023-09-01",
        name=name_rule(r"[^<>*%&:\\?+/#]+", 1, 260, "any character except < > * % & : \\ ? + / #"),
    ),
    fact(
        "applicationinsights:Component",
        "Microsoft.Insights/components",
        "resourceName",
        api="2020-02-02",
        name=name_rule(r"[^%&\\?/]*[^%&\\?/. ]", 1, 260, "any character except % & \\ ? /, no blank or dot last"),
        immutable=("location", "applicationType"),
        outputs=outputs(SUCCEEDED, _component),
        late=("appId", "instrumentationKey", "connectionString"),
        secret=("instrumentationKey", "connectionString"),
        logs=(
            "AppAvailabilityResults",
            "AppBrowserTimings",
            "AppEvents",
            "AppMetrics",
            "AppDependencies",
            "AppExceptions",
            "AppPageViews",
            "AppPerformanceCounters",
            "AppRequests",
            "AppSystemEvents",
            "AppTraces",
        ),
    ),
    fact(
        "applicationinsights:WebTest",
        "Microsoft.Insights/webtests",
        "webTestName",
        api="2022-06-15",
        name=name_rule(r"[^<>*%&:\\?/'\"]+", 1, 260, "any character except < > * % & : \\ ? / ' \""),
        immutable=("location", "webTestKind"),
        outputs=outputs(SUCCEEDED),
    ),
    fact(
        "applicationinsights:Workbook",
        "Microsoft.Insights/workbooks",
        "resourceName",
        api="2023-06-01",
        name=names.GUID,
        immutable=("location",),
        outputs=outputs(),
    ),
    fact(
        "monitor:DiagnosticSetting",
        "Microsoft.Insights/diagnosticSettings",
        "name",
        root="{resourceUri}",
        api=_DIAGNOSTICS_API,
        name=_DIAGNOSTIC_SETTING_NAME,
        unique="scope",
    ),
    fact(
        "monitor:SubscriptionDiagnosticSetting",
        "Microsoft.Insights/diagnosticSettings",
        "name",
        root=SUBSCRIPTION,
        api=_DIAGNOSTICS_API,
        name=_DIAGNOSTIC_SETTING_NAME,
        unique="subscription",
    ),
    fact(
        "monitor:PrivateLinkScope",
        "Microsoft.Insights/privateLinkScopes",
        "scopeName",
        api=_SCOPE_API,
        name=names.NETWORK,
        immutable=("location",),
        outputs=outputs(SUCCEEDED),
    ),
    fact(
        "monitor:PrivateLinkScopedResource",
        "Microsoft.Insights/privateLinkScopes/scopedResources",
        "scopeName",
        "name",
        api=_SCOPE_API,
        name=names.NETWORK,
        immutable=("linkedResourceId",),
        outputs=outputs(SUCCEEDED),
    ),
    fact(
        "monitor:DataCollectionRule",
        "Microsoft.Insights/dataCollectionRules",
        "dataCollectionRuleName",
        api="2022-06-01",
        name=names.NETWORK,
        immutable=("location",),
        outputs=outputs(SUCCEEDED, lambda _, p: {"immutableId": f"dcr-{p.guid('immutable').replace('-', '')}"}),
        late=("immutableId",),
    ),
    fact(
        "monitor:DataCollectionEndpoint",
        "Microsoft.Insights/dataCollectionEndpoints",
        "dataCollectionEndpointName",
        api="2022-06-01",
        name=names.NETWORK,
        immutable=("location",),
        outputs=outputs(SUCCEEDED, _collector),
        late=("immutableId", "logsIngestion", "metricsIngestion", "configurationAccess"),
    ),
    fact(
        "monitor:AzureMonitorWorkspace",
        "Microsoft.Monitor/accounts",
        "azureMonitorWorkspaceName",
        api="2023-04-03",
        name=_WORKSPACE_NAME,
        immutable=("location",),
        outputs=outputs(SUCCEEDED, _prometheus),
        late=("accountId", "metrics"),
    ),
)

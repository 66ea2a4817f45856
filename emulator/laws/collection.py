"""Laws of diagnostic settings, workspaces and Application Insights: what can be collected, and where it is sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emulator.facts import TABLE
from emulator.ids import arm_name, scope_of, type_of
from emulator.laws.helpers import changing, did_you_mean, entries, is_known, missing, number_at, refuse, same, string_at
from emulator.world import Request, World

SETTINGS = "Microsoft.Insights/diagnosticSettings"
MAX_SETTINGS = 5
"""Maximum number of diagnostic settings of a resource."""
SINKS = ("workspaceId", "storageAccountId", "eventHubAuthorizationRuleId", "marketplacePartnerId")
GROUPS = ("allLogs", "audit")
RETENTION = (30, 730)
"""Days that a pay-as-you-go workspace may keep data."""
COMPONENT_RETENTION = (30, 60, 90, 120, 180, 270, 365, 550, 730)
WITHOUT_METRICS = frozenset(
    ("Microsoft.Network/networkSecurityGroups", "Microsoft.Insights/components/favorites", "Microsoft.App/jobs")
)
"""Types that refuse a metrics entry."""

WITHOUT_SETTINGS = frozenset(
    (
        "Microsoft.Resources/resourceGroups",
        "Microsoft.ManagedIdentity/userAssignedIdentities",
        "Microsoft.Network/privateDnsZones",
        "Microsoft.Network/routeTables",
        "Microsoft.Authorization/locks",
        "Microsoft.Authorization/roleAssignments",
        "Microsoft.Insights/actionGroups",
        "Microsoft.Insights/metricAlerts",
    )
)
"""Types that take no diagnostic setting at all."""

ACTIVITY_LOG = (
    "Administrative",
    "Security",
    "ServiceHealth",
    "Alert",
    "Recommendation",
    "Policy",
    "Autoscale",
    "ResourceHealth",
)
"""Categories of the activity log, for a setting on a subscription."""


def _logs(arm_type: str) -> tuple[str, ...] | None:
    """Return the log categories of a type, whatever its case; None where they are not known."""
    return next((fact.logs for fact in TABLE.values() if fact.logs is not None and same(fact.arm_type, arm_type)), None)


def sinks(request: Request, _: World) -> Iterator[str]:
    """Refuse a setting without anything to send, or without a destination."""
    if not changing(request):
        return
    if all(request.get(sink) is None for sink in SINKS):
        yield refuse("InvalidDiagnosticSetting", "no destination", ", ".join(SINKS), "Set one, usually workspaceId.")
    if request.get("logs") is None and request.get("metrics") is None:
        yield refuse("InvalidDiagnosticSetting", "neither logs nor metrics", "at least one", "Say what to collect.")
    for entry in entries(request.get("logs")):
        if (entry.get("category") is None) == (entry.get("categoryGroup") is None):
            problem = "a log entry with both or neither of category and categoryGroup"
            yield refuse("InvalidDiagnosticSetting", problem, "one of the two", "Keep one.")
    kind = string_at(request, "logAnalyticsDestinationType")
    if kind and kind not in {"Dedicated", "AzureDiagnostics"}:
        yield refuse("InvalidDiagnosticSetting", f"logAnalyticsDestinationType {kind}", "Dedicated", "Correct it.")


def categories(request: Request, _: World) -> Iterator[str]:
    """Refuse categories that the type does not have, and types without diagnostic settings."""
    if not changing(request):
        return
    target = string_at(request, "resourceUri")
    arm_type = type_of(target)
    if any(same(arm_type, kind) for kind in WITHOUT_SETTINGS):
        problem = f"diagnostic setting on {arm_type}"
        yield refuse("ResourceTypeNotSupported", problem, "types that emit logs or metrics", "Leave it out.")
        return
    allowed = _logs(arm_type)
    if allowed is not None:
        for entry in entries(request.get("logs")):
            yield from _category(entry, arm_type, allowed)
    metrics = entries(request.get("metrics"))
    if metrics and any(same(arm_type, kind) for kind in WITHOUT_METRICS):
        yield refuse("MetricCategoryNotSupported", f"metrics of {arm_type}", "logs only", "Drop the metrics.")
    for entry in metrics:
        name = entry.get("category")
        if is_known(name) and name not in {"AllMetrics", "Transaction", "Capacity"}:
            yield refuse("MetricCategoryNotSupported", f"metric category {name}", "AllMetrics", "Correct it.")


def _category(entry: dict[str, Any], arm_type: str, allowed: tuple[str, ...]) -> Iterator[str]:
    """Refuse a log category or category group that the type does not have."""
    name, group = entry.get("category"), entry.get("categoryGroup")
    shown = ", ".join(allowed) or "no logs: the type emits metrics only"
    if is_known(name) and not any(same(str(name), one) for one in allowed):
        fix = f"{did_you_mean(str(name), allowed)}Collect what the type emits."
        yield refuse("CategoryNotSupported", f"log category {name} of {arm_type}", shown, fix)
    if is_known(group) and (not allowed or group not in GROUPS):
        problem = f"category group {group} of {arm_type}"
        yield refuse("CategoryGroupNotSupported", problem, ", ".join(GROUPS) if allowed else shown, "Correct it.")


def activity(request: Request, _: World) -> Iterator[str]:
    """Refuse categories that the activity log does not have."""
    if changing(request):
        for entry in entries(request.get("logs")):
            name = entry.get("category")
            if is_known(name) and name not in ACTIVITY_LOG:
                fix = f"{did_you_mean(str(name), ACTIVITY_LOG)}Correct it."
                yield refuse("CategoryNotSupported", f"activity log category {name}", ", ".join(ACTIVITY_LOG), fix)


def destination(request: Request, world: World) -> Iterator[str]:
    """Refuse a destination that does not exist, one setting too many, and a category that is already sent there."""
    if not changing(request):
        return
    for sink in ("workspaceId", "storageAccountId"):
        target = request.get(sink)
        if is_known(target):
            yield from missing(world, str(target), sink)
    scope = scope_of(request.id)
    others = [
        item
        for item in world.children(scope)
        if same(item.arm_type, SETTINGS) and same(scope_of(item.id), scope) and not same(item.id, request.id)
    ]
    if request.operation == "create" and len(others) >= MAX_SETTINGS:
        problem = f"{arm_name(scope)} has {len(others)} diagnostic settings"
        yield refuse("TooManyDiagnosticSettings", problem, f"at most {MAX_SETTINGS} per resource", "Merge two of them.")
    for other in others:
        for sink in ("workspaceId", "storageAccountId"):
            target = request.get(sink)
            if not is_known(target) or not same(str(other.value(sink)), str(target)):
                continue
            shared = ", ".join(sorted(_collected(request.inputs) & _collected(other.inputs)))
            if shared:
                problem = f"{shared} is already sent to {arm_name(str(target))} by {other.name}"
                allowed = "one setting per category and destination"
                yield refuse("DataSinkAlreadyUsed", problem, allowed, "Drop it from one of the two.")


def _collected(inputs: dict[str, Any]) -> set[str]:
    """Return the categories, groups and metrics that a setting collects."""
    collected = [*entries(inputs.get("logs")), *entries(inputs.get("metrics"))]
    enabled = [entry for entry in collected if entry.get("enabled") is not False]
    return {str(entry.get("categoryGroup") or entry.get("category")) for entry in enabled}


def workspace(request: Request, _: World) -> Iterator[str]:
    """Refuse retentions and SKUs that a Log Analytics workspace does not have."""
    if not changing(request):
        return
    days, sku = number_at(request, "retentionInDays"), string_at(request, "sku.name")
    low, high = RETENTION
    if days is not None and not low <= days <= high:
        yield refuse("InvalidParameter", f"retentionInDays {days}", f"{low}-{high}", "Correct it.")
    allowed = ("PerGB2018", "CapacityReservation", "LACluster", "Free", "PerNode", "Standalone")
    if sku and sku not in allowed:
        yield refuse("InvalidParameter", f"sku.name {sku}", ", ".join(allowed), "Usually PerGB2018.")


def component(request: Request, _: World) -> Iterator[str]:
    """Refuse Application Insights without a workspace (classic ended on 29 February 2024), and invalid retentions."""
    if not changing(request):
        return
    if request.get("workspaceResourceId") is None:
        fix = "Set workspaceResourceId."
        yield refuse("ClassicComponentRetired", "a component without a workspace", "workspace-based components", fix)
    days = number_at(request, "retentionInDays")
    if days is not None and days not in COMPONENT_RETENTION:
        allowed = ", ".join(map(str, COMPONENT_RETENTION))
        yield refuse("InvalidRetention", f"retentionInDays {days}", allowed, "Choose one of them.")


def component_workspace(request: Request, world: World) -> Iterator[str]:
    """Refuse a workspace that does not exist."""
    workspace_id = string_at(request, "workspaceResourceId")
    if changing(request) and workspace_id:
        yield from missing(world, workspace_id, "the workspace")


CHECK = {
    "monitor:DiagnosticSetting": (sinks, categories),
    "monitor:SubscriptionDiagnosticSetting": (sinks, activity),
    "operationalinsights:Workspace": (workspace,),
    "applicationinsights:Component": (component,),
}
STATE = {
    "monitor:DiagnosticSetting": (destination,),
    "monitor:SubscriptionDiagnosticSetting": (destination,),
    "applicationinsights:Component": (component_workspace,),
}

"""Laws of diagnostic settings, workspaces and Application Insights: what can be collected, and where it goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emulator.facts.categories import LOGS, SUBSCRIPTION, WITHOUT_METRICS, WITHOUT_SETTINGS
from emulator.laws.access import (
    changing,
    entries,
    known,
    missing,
    nearest,
    number,
    refuse,
    same,
    scope_of,
    text,
    type_of,
)
from emulator.world import Request, World, arm_name

SETTINGS = "Microsoft.Insights/diagnosticSettings"
MOST = 5
"""Diagnostic settings that a resource may have."""
SINKS = ("workspaceId", "storageAccountId", "eventHubAuthorizationRuleId", "marketplacePartnerId")
GROUPS = ("allLogs", "audit")
RETENTION = (30, 730)
"""Days that a pay-as-you-go workspace may keep data."""
COMPONENT_RETENTION = (30, 60, 90, 120, 180, 270, 365, 550, 730)


def _logs(arm_type: str) -> tuple[str, ...] | None:
    """Return the log categories of a type, in any case; None where they are not known."""
    return next((found for kind, found in LOGS.items() if same(kind, arm_type)), None)


def sinks(request: Request, _: World) -> Iterator[str]:
    """Refuse a setting that sends nothing, or nowhere."""
    if not changing(request):
        return
    if all(request.get(sink) is None for sink in SINKS):
        yield refuse("InvalidDiagnosticSetting", "no destination", ", ".join(SINKS), "Set one, usually workspaceId.")
    if request.get("logs") is None and request.get("metrics") is None:
        yield refuse("InvalidDiagnosticSetting", "neither logs nor metrics", "at least one", "Say what to collect.")
    for entry in entries(request.get("logs")):
        if (entry.get("category") is None) == (entry.get("categoryGroup") is None):
            found = "a log entry with both or neither of category and categoryGroup"
            yield refuse("InvalidDiagnosticSetting", found, "one of the two", "Keep one.")
    kind = text(request, "logAnalyticsDestinationType")
    if kind and kind not in {"Dedicated", "AzureDiagnostics"}:
        yield refuse("InvalidDiagnosticSetting", f"logAnalyticsDestinationType {kind}", "Dedicated", "Correct it.")


def categories(request: Request, _: World) -> Iterator[str]:
    """Refuse categories that the type does not have, and types that take no setting."""
    if not changing(request):
        return
    target = text(request, "resourceUri")
    arm_type = type_of(target)
    if any(same(arm_type, kind) for kind in WITHOUT_SETTINGS):
        found = f"diagnostic setting on {arm_type}"
        yield refuse("ResourceTypeNotSupported", found, "types that emit logs or metrics", "Leave it out.")
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
        if known(name) and name not in {"AllMetrics", "Transaction", "Capacity"}:
            yield refuse("MetricCategoryNotSupported", f"metric category {name}", "AllMetrics", "Correct it.")


def _category(entry: dict[str, Any], arm_type: str, allowed: tuple[str, ...]) -> Iterator[str]:
    """Refuse one log entry that its type does not have."""
    name, group = entry.get("category"), entry.get("categoryGroup")
    shown = ", ".join(allowed) or "no logs: the type emits metrics only"
    if known(name) and not any(same(str(name), one) for one in allowed):
        fix = f"{nearest(str(name), allowed)}Collect what the type emits."
        yield refuse("CategoryNotSupported", f"log category {name} of {arm_type}", shown, fix)
    if known(group) and (not allowed or group not in GROUPS):
        found = f"category group {group} of {arm_type}"
        yield refuse("CategoryGroupNotSupported", found, ", ".join(GROUPS) if allowed else shown, "Correct it.")


def activity(request: Request, _: World) -> Iterator[str]:
    """Refuse categories that the activity log does not have."""
    if changing(request):
        for entry in entries(request.get("logs")):
            name = entry.get("category")
            if known(name) and name not in SUBSCRIPTION:
                fix = f"{nearest(str(name), SUBSCRIPTION)}Correct it."
                yield refuse("CategoryNotSupported", f"activity log category {name}", ", ".join(SUBSCRIPTION), fix)


def destination(request: Request, world: World) -> Iterator[str]:
    """Refuse a destination that does not exist, a sixth setting, and a category that already goes there."""
    if not changing(request):
        return
    for sink in ("workspaceId", "storageAccountId"):
        given = request.get(sink)
        if known(given):
            yield from missing(world, str(given), sink)
    scope = scope_of(request.id)
    others = [
        item
        for item in world.children(scope)
        if same(item.arm_type, SETTINGS) and same(scope_of(item.id), scope) and not same(item.id, request.id)
    ]
    if request.operation == "create" and len(others) >= MOST:
        found = f"{arm_name(scope)} has {len(others)} diagnostic settings"
        yield refuse("TooManyDiagnosticSettings", found, f"at most {MOST} a resource", "Merge two of them.")
    for other in others:
        for sink in ("workspaceId", "storageAccountId"):
            given = request.get(sink)
            if not known(given) or not same(str(other.value(sink)), str(given)):
                continue
            mine, theirs = _collected(request.inputs), _collected(other.inputs)
            if mine & theirs:
                found = f"{', '.join(sorted(mine & theirs))} goes to {arm_name(str(given))} by {other.name} already"
                allowed = "one setting a category and destination"
                yield refuse("DataSinkAlreadyUsed", found, allowed, "Drop it from one of the two.")


def _collected(inputs: dict[str, Any]) -> set[str]:
    """Categories, groups and metrics that a setting collects."""
    lists = [*entries(inputs.get("logs")), *entries(inputs.get("metrics"))]
    on = [entry for entry in lists if entry.get("enabled") is not False]
    return {str(entry.get("categoryGroup") or entry.get("category")) for entry in on}


def workspace(request: Request, _: World) -> Iterator[str]:
    """Refuse retentions and SKUs that a Log Analytics workspace does not have."""
    if not changing(request):
        return
    days, sku = number(request, "retentionInDays"), text(request, "sku.name")
    low, high = RETENTION
    if days is not None and not low <= days <= high:
        yield refuse("InvalidParameter", f"retentionInDays {days}", f"{low}-{high}", "Correct it.")
    allowed = ("PerGB2018", "CapacityReservation", "LACluster", "Free", "PerNode", "Standalone")
    if sku and sku not in allowed:
        yield refuse("InvalidParameter", f"sku.name {sku}", ", ".join(allowed), "Usually PerGB2018.")


def component(request: Request, _: World) -> Iterator[str]:
    """Refuse Application Insights without a workspace (classic ended on 29 February 2024), and odd retentions."""
    if not changing(request):
        return
    if request.get("workspaceResourceId") is None:
        fix = "Set workspaceResourceId."
        yield refuse("ClassicComponentRetired", "a component without a workspace", "workspace-based components", fix)
    days = number(request, "retentionInDays")
    if days is not None and days not in COMPONENT_RETENTION:
        allowed = ", ".join(map(str, COMPONENT_RETENTION))
        yield refuse("InvalidRetention", f"retentionInDays {days}", allowed, "Choose one of them.")


def component_workspace(request: Request, world: World) -> Iterator[str]:
    """Refuse a workspace that does not exist."""
    given = text(request, "workspaceResourceId")
    if changing(request) and given:
        yield from missing(world, given, "the workspace")


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

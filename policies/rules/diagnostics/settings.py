"""Diagnostic settings: what logs, which categories, and where to."""

from __future__ import annotations

from policies.model import ROOT, Context, Outcome, ok, skip
from policies.rule import Rule, direct, supporting
from policies.rules.diagnostics.categories import (
    LOGGING,
    METRICS_ONLY,
    REQUIRED,
    SETTING,
    WORKSPACE,
    arm_types,
    into_workspace,
    settings_of,
)
from resources.model import Resource
from resources.values import UNKNOWN, Trilean, Value, all_of, any_of, equals, get, one_of, present, some

ACTIVITY = "monitor:SubscriptionDiagnosticSetting"
CATEGORIES = ("Administrative", "Security", "Alert", "Policy")
"""Categories of the activity log that auditors ask for."""


def logs(resource: Resource, context: Context) -> Outcome:
    """DG-01: a diagnostic setting sends the resource's logs to the workspace."""
    settings, complete = settings_of(resource, context)
    sent = any_of(*(into_workspace(setting, context) for setting in settings), False if complete else None)
    return ok(sent, "no diagnostic setting that sends to the workspace")


def audits(resource: Resource, context: Context) -> Outcome:
    """DG-02: a diagnostic setting includes the audit logs."""
    kinds = arm_types(resource, context)
    if kinds and all(kind in METRICS_ONLY for kind in kinds):
        return skip("the resource has metrics only")
    listed = get(resource, "logs")
    group = some(listed, lambda log: all_of(_on(log), one_of(get(log, "categoryGroup"), ("audit", "allLogs"))))
    enough = [REQUIRED[kind] for kind in kinds if kind in REQUIRED]
    alone = [all_of(*(_enabled(listed, category) for category in categories)) for categories in enough]
    reason = "neither the audit group nor all categories that it consists of are logged"
    return ok(any_of(group, *alone, False if kinds else None), reason, "logs")


def _on(log: Value) -> Trilean:
    return equals(get(log, "enabled"), expected=True)


def _enabled(listed: Value, category: str) -> Trilean:
    return some(listed, lambda log: all_of(_on(log), equals(get(log, "category"), category)))


def activity_log(resource: Resource, context: Context) -> Outcome:
    """DG-06: the activity log of the subscription is exported."""
    if resource.type == ROOT:
        if not context.graph.of(WORKSPACE):
            return skip("a stack without a workspace leaves the activity log to others")
        exported = any_of(*(_complete(setting) for setting in context.graph.of(ACTIVITY)))
        return ok(exported, "the activity log of the subscription is not exported with its four categories")
    return ok(_complete(resource), "a category of the activity log is missing, or has no destination", "logs")


def _complete(setting: Resource) -> Trilean:
    listed = get(setting, "logs")
    targets = ("workspaceId", "storageAccountId", "eventHubAuthorizationRuleId")
    somewhere = any_of(*(_set(get(setting, path)) for path in targets))
    return all_of(somewhere, *(_enabled(listed, category) for category in CATEGORIES))


def _set(value: Value) -> Trilean:
    """Return whether something is set; an unknown value will be an id."""
    return True if value is UNKNOWN else present(value)


RULES: tuple[Rule, ...] = (
    Rule(
        id="DG-01",
        title="Each supported resource has a diagnostic setting to the platform workspace",
        types=tuple(LOGGING),
        property="resourceUri, workspaceId",
        severity="H",
        scope="S",
        profile="P2",
        iso=(direct("A.8.15", "Every resource that can log does, to one destination."),),
        hipaa=(
            direct("164.312(b)", "Activity in systems with health information is recorded."),
            direct("164.308(a)(1)(ii)(D)", "There are logs to review."),
        ),
        gdpr=(
            supporting("Art. 5(2)", "It can be shown what happened to data."),
            supporting("Art. 32(1)(d)", "It can be tested whether measures work."),
        ),
        what="Every resource of a type that can log has a diagnostic setting that sends to the platform's workspace.",
        why="What was not logged cannot be investigated later, and logs kept in many locations are read in none.",
        remediation="Add `monitor.DiagnosticSetting` with the resource's id and the workspace's.",
        azure_default="Nothing is kept but the activity log, for 90 days.",
        bad='keyvault.Vault("vault", …)  # and no DiagnosticSetting',
        good='monitor.DiagnosticSetting("vault", resource_uri=vault.id, workspace_id=workspace.id, …)',
        check=logs,
    ),
    Rule(
        id="DG-02",
        title="Audit category group (or required list) enabled",
        types=(SETTING,),
        property="logs[].{category,categoryGroup,enabled}",
        severity="M",
        scope="S",
        profile="P2",
        iso=(
            direct("A.8.15", "The log says who did what."),
            supporting("A.5.28", "There is evidence to collect."),
        ),
        hipaa=(direct("164.312(b)", "Access to health information is recorded, not only the load."),),
        gdpr=(supporting("Art. 30", "Processing that takes place is recorded."),),
        what="The setting logs the group `audit` or `allLogs`, or every category that makes up an audit of its type.",
        why="A metrics-only setting looks like a log in every list, but does not show who read a secret.",
        remediation='Set `logs=[{"categoryGroup": "allLogs", "enabled": True}]`.',
        azure_default="A setting logs what it lists.",
        bad='monitor.DiagnosticSetting("vault", metrics=[…])',
        good='monitor.DiagnosticSetting("vault", logs=[\n'
        '    monitor.DiagnosticsLogSettingsArgs(category_group="audit", enabled=True)], …)',
        check=audits,
    ),
    Rule(
        id="DG-06",
        title="Activity log exported with four categories",
        types=(ROOT, ACTIVITY),
        property="logs[].category",
        severity="H",
        scope="S",
        profile="P2",
        iso=(direct("A.8.15", "Changes to the installation itself are logged."),),
        hipaa=(direct("164.312(b)", "Who changed systems with health information is recorded."),),
        gdpr=(supporting("Art. 32(1)(d)", "Changes to measures can be traced."),),
        what="The subscription's activity log is exported, with Administrative, Security, Alert and Policy.",
        why="Only this log says who changed a firewall or granted a role, and Azure deletes it after 90 days.",
        remediation="Add `monitor.SubscriptionDiagnosticSetting` with the four categories and a workspace or account.",
        azure_default="Kept for 90 days, exported nowhere.",
        bad='monitor.SubscriptionDiagnosticSetting("activity", logs=[administrative_only])',
        good='monitor.SubscriptionDiagnosticSetting("activity", workspace_id=workspace.id, logs=[\n'
        "    monitor.SubscriptionLogSettingsArgs(category=category, enabled=True)\n"
        '    for category in ("Administrative", "Security", "Alert", "Policy")])',
        check=activity_log,
    ),
)

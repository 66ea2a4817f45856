"""Laws of alerts, action groups, budgets and Defender plans."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from emulator.ids import arm_name, type_of
from emulator.laws.helpers import (
    changing,
    did_you_mean,
    entries,
    is_known,
    missing,
    number_at,
    refuse,
    string_at,
    strings,
    values_at,
)
from emulator.world import Request, World

SHORT_NAME = 12
PERIODS = ("PT1M", "PT5M", "PT15M", "PT30M", "PT1H", "PT6H", "PT12H", "P1D")
FREQUENCIES = ("PT1M", "PT5M", "PT15M", "PT30M", "PT1H")
_PLANS = (
    "VirtualMachines SqlServers AppServices StorageAccounts SqlServerVirtualMachines KubernetesService KeyVaults Dns"
    " ContainerRegistry OpenSourceRelationalDatabases CosmosDbs Containers CloudPosture Api AI Arm Discovery"
    " FoundationalCspm"
)
PLANS = tuple(_PLANS.split())
"""Defender for Cloud plans (Microsoft Learn: Microsoft.Security/pricings)."""


def action_group(request: Request, _: World) -> Iterator[str]:
    """Refuse a short name that is too long for a text message, and malformed addresses."""
    if not changing(request):
        return
    short = string_at(request, "groupShortName")
    if not 1 <= len(short) <= SHORT_NAME:
        yield refuse("InvalidGroupShortName", f"groupShortName {short}", f"1-{SHORT_NAME} characters", "Shorten it.")
    for entry in entries(request.get("emailReceivers")):
        address = entry.get("emailAddress")
        if is_known(address) and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", str(address)):
            yield refuse("InvalidEmailReceiver", f"emailAddress {address}", "an e-mail address", "Correct it.")


def _seconds(duration: str) -> int:
    """Return the seconds of an ISO 8601 duration of days, hours or minutes; 0 for anything else."""
    match = re.fullmatch(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?", duration)
    days, hours, minutes = (int(part or 0) for part in match.groups()) if match else (0, 0, 0)
    return ((days * 24 + hours) * 60 + minutes) * 60


def _severity(request: Request) -> Iterator[str]:
    """Refuse a severity outside Azure's scale."""
    severity = number_at(request, "severity")
    if severity is not None and not 0 <= severity <= 4:  # noqa: PLR2004 - Azure's scale
        yield refuse("InvalidSeverity", f"severity {severity}", "0-4", "Correct it.")


def metric_alert(request: Request, _: World) -> Iterator[str]:
    """Refuse severities, windows and frequencies that metric alerts do not have."""
    if not changing(request):
        return
    yield from _severity(request)
    window, frequency = string_at(request, "windowSize"), string_at(request, "evaluationFrequency")
    if window not in PERIODS:
        yield refuse("InvalidWindowSize", f"windowSize {window}", ", ".join(PERIODS), "Choose one of them.")
    if frequency not in FREQUENCIES:
        allowed = ", ".join(FREQUENCIES)
        yield refuse("InvalidEvaluationFrequency", f"evaluationFrequency {frequency}", allowed, "Choose one of them.")
    if window in PERIODS and frequency in FREQUENCIES and _seconds(frequency) > _seconds(window):
        problem = f"evaluationFrequency {frequency} longer than windowSize {window}"
        yield refuse("InvalidEvaluationFrequency", problem, "at most the window", "Shorten it.")


def query_alert(request: Request, _: World) -> Iterator[str]:
    """Refuse severities that log alerts do not have, and windows shorter than the frequency."""
    if not changing(request):
        return
    yield from _severity(request)
    window, frequency = string_at(request, "windowSize"), string_at(request, "evaluationFrequency")
    if window and frequency and _seconds(window) < _seconds(frequency):
        problem = f"windowSize {window} shorter than evaluationFrequency {frequency}"
        yield refuse("InvalidWindowSize", problem, "at least the frequency", "Lengthen it.")


def targets(request: Request, world: World) -> Iterator[str]:
    """Refuse alerts on objects, or to action groups, that do not exist."""
    if not changing(request):
        return
    for scope in strings(request.get("scopes")):
        if type_of(scope):
            yield from missing(world, scope, f"the scope of {arm_name(request.id)}")
    for path in ("actions.*.actionGroupId", "actions.actionGroups.*", "actions.actionGroups.*.actionGroupId"):
        for group in values_at(request.inputs, path):
            if isinstance(group, str):
                yield from missing(world, group, "the action group")


def budget(request: Request, _: World) -> Iterator[str]:
    """Refuse a budget of zero, a start that is not the first of a month, and notifications without recipients."""
    if not changing(request):
        return
    amount = request.get("amount")
    if isinstance(amount, (int, float)) and amount <= 0:
        yield refuse("InvalidBudgetAmount", f"amount {amount}", "above 0", "Correct it.")
    yield from _period(request)
    notifications = request.get("notifications")
    if not isinstance(notifications, dict):
        return
    if len(notifications) > 5:  # noqa: PLR2004 - Azure's limit
        yield refuse("TooManyNotifications", f"{len(notifications)} notifications", "at most 5", "Drop some.")
    for name, notification in notifications.items():
        if isinstance(notification, dict):
            recipients = [notification.get(key) for key in ("contactEmails", "contactRoles", "contactGroups")]
            if all(one is None or one == [] for one in recipients):
                problem = f"notification {name} reaches nobody"
                yield refuse("InvalidNotification", problem, "an e-mail, a role or an action group", "Add one.")


def _period(request: Request) -> Iterator[str]:
    """Refuse a start that is not the first of a month, and an end that is not after it."""
    start, end = _day(string_at(request, "timePeriod.startDate")), _day(string_at(request, "timePeriod.endDate"))
    if start is None or start.day != 1:
        problem = f"startDate {string_at(request, 'timePeriod.startDate')}"
        yield refuse("InvalidTimePeriod", problem, "the first day of a month", "Correct it.")
    elif end is not None and end <= start:
        yield refuse("InvalidTimePeriod", f"endDate {end} not after {start}", "a later day", "Correct it.")


def _day(text: str) -> dt.date | None:
    """Return the day of an ISO 8601 date or time; None for anything else."""
    try:
        return dt.date.fromisoformat(text[:10])
    except ValueError:
        return None


def plan(request: Request, _: World) -> Iterator[str]:
    """Refuse Defender plans and tiers that do not exist."""
    if not changing(request):
        return
    name, tier = string_at(request, "pricingName"), string_at(request, "pricingTier")
    if name not in PLANS:
        yield refuse("InvalidPricing", f"plan {name}", ", ".join(PLANS), f"{did_you_mean(name, PLANS)}Correct it.")
    if tier not in {"Free", "Standard"}:
        yield refuse("InvalidPricing", f"pricingTier {tier}", "Free, Standard", "Correct it.")


_ALERTS = ("monitor:MetricAlert", "monitor:ScheduledQueryRule", "monitor:ActivityLogAlert")
CHECK = {
    "monitor:ActionGroup": (action_group,),
    "monitor:MetricAlert": (metric_alert,),
    "monitor:ScheduledQueryRule": (query_alert,),
    "consumption:Budget": (budget,),
    "costmanagement:Budget": (budget,),
    "security:Pricing": (plan,),
}
STATE = dict.fromkeys(_ALERTS, (targets,))

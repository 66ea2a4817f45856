"""Laws of alerts, action groups, budgets and Defender plans."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from emulator.laws.access import (
    changing,
    entries,
    every,
    known,
    missing,
    nearest,
    number,
    refuse,
    strings,
    text,
    type_of,
)
from emulator.world import Request, World, arm_name

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
    short = text(request, "groupShortName")
    if not 1 <= len(short) <= SHORT_NAME:
        yield refuse("InvalidGroupShortName", f"groupShortName {short}", f"1-{SHORT_NAME} characters", "Shorten it.")
    for entry in entries(request.get("emailReceivers")):
        address = entry.get("emailAddress")
        if known(address) and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", str(address)):
            yield refuse("InvalidEmailReceiver", f"emailAddress {address}", "an e-mail address", "Correct it.")


def _seconds(text_: str) -> int:
    """Seconds of an ISO 8601 duration of days, hours or minutes; 0 if it is none."""
    match = re.fullmatch(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?", text_)
    days, hours, minutes = (int(part or 0) for part in match.groups()) if match else (0, 0, 0)
    return ((days * 24 + hours) * 60 + minutes) * 60


def metric_alert(request: Request, _: World) -> Iterator[str]:
    """Refuse severities, windows and frequencies that a metric alert does not have."""
    if not changing(request):
        return
    severity = number(request, "severity")
    if severity is not None and not 0 <= severity <= 4:  # noqa: PLR2004 - Azure's scale
        yield refuse("InvalidSeverity", f"severity {severity}", "0-4", "Correct it.")
    window, frequency = text(request, "windowSize"), text(request, "evaluationFrequency")
    if window not in PERIODS:
        yield refuse("InvalidWindowSize", f"windowSize {window}", ", ".join(PERIODS), "Choose one of them.")
    if frequency not in FREQUENCIES:
        allowed = ", ".join(FREQUENCIES)
        yield refuse("InvalidEvaluationFrequency", f"evaluationFrequency {frequency}", allowed, "Choose one of them.")
    if window in PERIODS and frequency in FREQUENCIES and _seconds(frequency) > _seconds(window):
        found = f"evaluationFrequency {frequency} longer than windowSize {window}"
        yield refuse("InvalidEvaluationFrequency", found, "at most the window", "Shorten it.")


def query_alert(request: Request, _: World) -> Iterator[str]:
    """Refuse severities that a log alert does not have, and windows shorter than the frequency."""
    if not changing(request):
        return
    severity = number(request, "severity")
    if severity is not None and not 0 <= severity <= 4:  # noqa: PLR2004 - Azure's scale
        yield refuse("InvalidSeverity", f"severity {severity}", "0-4", "Correct it.")
    window, frequency = text(request, "windowSize"), text(request, "evaluationFrequency")
    if window and frequency and _seconds(window) < _seconds(frequency):
        found = f"windowSize {window} shorter than evaluationFrequency {frequency}"
        yield refuse("InvalidWindowSize", found, "at least the frequency", "Lengthen it.")


def targets(request: Request, world: World) -> Iterator[str]:
    """Refuse alerts on things that do not exist, and action groups that do not."""
    if not changing(request):
        return
    for scope in strings(request.get("scopes")):
        if type_of(scope):
            yield from missing(world, scope, f"the scope of {arm_name(request.id)}")
    for path in ("actions.*.actionGroupId", "actions.actionGroups.*", "actions.actionGroups.*.actionGroupId"):
        for found in every(request.inputs, path):
            if isinstance(found, str):
                yield from missing(world, found, "the action group")


def budget(request: Request, _: World) -> Iterator[str]:
    """Refuse a budget of nothing, one that does not start on a first of a month, and notices to nobody."""
    if not changing(request):
        return
    amount = request.get("amount")
    if isinstance(amount, (int, float)) and amount <= 0:
        yield refuse("InvalidBudgetAmount", f"amount {amount}", "above 0", "Correct it.")
    yield from _period(request)
    notices = request.get("notifications")
    if not isinstance(notices, dict):
        return
    if len(notices) > 5:  # noqa: PLR2004 - Azure's limit
        yield refuse("TooManyNotifications", f"{len(notices)} notifications", "at most 5", "Drop some.")
    for name, notice in notices.items():
        if isinstance(notice, dict):
            lists = [notice.get(key) for key in ("contactEmails", "contactRoles", "contactGroups")]
            if all(one is None or one == [] for one in lists):
                found = f"notification {name} reaches nobody"
                yield refuse("InvalidNotification", found, "an e-mail, a role or an action group", "Add one.")


def _period(request: Request) -> Iterator[str]:
    """Refuse a time period that a budget cannot have."""
    start, end = _day(text(request, "timePeriod.startDate")), _day(text(request, "timePeriod.endDate"))
    if start is None or start.day != 1:
        found = f"startDate {text(request, 'timePeriod.startDate')}"
        yield refuse("InvalidTimePeriod", found, "the first day of a month", "Correct it.")
    elif end is not None and end <= start:
        yield refuse("InvalidTimePeriod", f"endDate {end} not after {start}", "a later day", "Correct it.")


def _day(text_: str) -> dt.date | None:
    """Day of an ISO 8601 date or time; None if it is none."""
    try:
        return dt.date.fromisoformat(text_[:10])
    except ValueError:
        return None


def plan(request: Request, _: World) -> Iterator[str]:
    """Refuse Defender plans and tiers that do not exist."""
    if not changing(request):
        return
    name, tier = text(request, "pricingName"), text(request, "pricingTier")
    if name not in PLANS:
        yield refuse("InvalidPricing", f"plan {name}", ", ".join(PLANS), f"{nearest(name, PLANS)}Correct it.")
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

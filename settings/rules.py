"""Rules between the sections of one stack file.

Each row of the table names the sections that a rule reads; the rule is skipped when one of them is broken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from settings import sizing
from settings.addresses import AddressError, AddressPlan
from settings.control import CONTROL_APPS, Control
from settings.data import Compute, Data, Observability
from settings.editions import AUDIT_DAYS_PRO, EDITIONS, Edition
from settings.installation import Installation
from settings.network import Network, NewNetwork
from settings.problems import Issue, nearest
from settings.selection import PRODUCTS, Applications
from settings.sizes import WITHOUT_EDGE, Size
from settings.traffic_rules import traffic

Rule = Callable[..., list[Issue]]


def _edition(environment: str, edition: Edition, size: Size) -> list[Issue]:
    rule = EDITIONS[edition]
    issues = []
    if environment not in rule.environments:
        others = _editions_with(lambda r: environment in r.environments)
        allowed = f"{edition}: {', '.join(rule.environments)}; {environment} {others}"
        example = f"environment: {rule.environments[0]}"
        message = f"edition {edition} has no such environment"
        issues.append(Issue(("installation", "environment"), message, environment, allowed, example))
    if size not in rule.sizes:
        allowed = f"{edition}: {', '.join(rule.sizes)}; {size} {_editions_with(lambda r: size in r.sizes)}"
        message = f"edition {edition} does not come in this size"
        issues.append(Issue(("size",), message, size, allowed, f"size: {rule.sizes[0]}"))
    return issues


def _editions_with(test: Callable[[Any], bool]) -> str:
    names = [name for name, rule in EDITIONS.items() if test(rule)]
    return f"is in {', '.join(names)}" if names else "is in no edition"


def _buildable(size: Size) -> list[Issue]:
    if size not in WITHOUT_EDGE:
        return []
    allowed = ", ".join(name for rule in EDITIONS.values() for name in rule.sizes if name not in WITHOUT_EDGE)
    allowed = ", ".join(dict.fromkeys(allowed.split(", ")))
    return [Issue(("size",), WITHOUT_EDGE[size], size, allowed, "size: l")]


def _without_standby(edition: Edition, data: Data) -> list[Issue]:
    """Community contains no standby server and no replica."""
    if EDITIONS[edition].high_availability:
        return []
    message = f"edition {edition} has no high availability"
    issues = []
    if data.postgres.high_availability not in {None, "Disabled"}:
        found = str(data.postgres.high_availability)
        path = ("data", "postgres", "highAvailability")
        issues.append(Issue(path, message, found, "Disabled", "highAvailability: Disabled"))
    if data.redis.high_availability:
        path = ("data", "redis", "highAvailability")
        issues.append(Issue(path, message, "true", "false", "highAvailability: false"))
    return issues


def _sizes(
    installation: Installation, size: Size, data: Data, compute: Compute, observability: Observability
) -> list[Issue]:
    issues = sizing.offered(data, compute)
    if issues:
        return issues
    return sizing.fits(sizing.size_of(size, installation, data, compute, observability), installation)


def _audit(environment: str, observability: Observability) -> list[Issue]:
    days, issues = observability.audit_days, []
    if environment == "pro" and days is not None and days < AUDIT_DAYS_PRO:
        message = "audit records of pro are kept for twelve months or more"
        allowed = f"{AUDIT_DAYS_PRO} to 3650"
        example = f"auditDays: {AUDIT_DAYS_PRO}"
        issues.append(Issue(("observability", "auditDays"), message, str(days), allowed, example))
    if environment == "pro" and observability.audit_immutable is False:
        message = "audit records of pro cannot be changed"
        issues.append(Issue(("observability", "auditImmutable"), message, "false", "true", "auditImmutable: true"))
    return issues


def _addresses(network: Network) -> list[Issue]:
    if not isinstance(network, NewNetwork):
        return []
    issues = _twice([subnet.name for subnet in network.subnets], "network", "subnets", what="subnet name")
    try:
        AddressPlan.make(network.address_space, [subnet.as_subnet for subnet in network.subnets])
    except AddressError as error:
        issues += [issue.under("network") for issue in error.issues]
    return issues


def _twice(names: list[str], *path: str, what: str) -> list[Issue]:
    issues = []
    for index, name in enumerate(names):
        if name in names[:index]:
            first = f"{name!r}, also at [{names.index(name)}]"
            issues.append(
                Issue((*path, index, "name"), f"the {what} is used twice", first, "each once", f"name: {name}-2")
            )
    return issues


def _catalogue(applications: Applications) -> list[Issue]:
    issues = []
    chosen = applications.catalogue
    for index, key in enumerate(chosen):
        path = ("applications", "catalogue", index)
        if key not in PRODUCTS:
            near = nearest(key, PRODUCTS) or PRODUCTS[0]
            issues.append(Issue(path, "no product application of that name", key, ", ".join(PRODUCTS), near))
        elif key in chosen[:index]:
            issues.append(Issue(path, "the application is listed twice", key, "each once", ""))
    for key in applications.overrides:
        if key not in chosen:
            near = nearest(key, chosen) or (chosen[0] if chosen else "")
            message = "overrides an application that the stack does not run"
            issues.append(Issue(("applications", "overrides", key), message, key, ", ".join(chosen), f"{near}:"))
    return issues


def _control(control: Control, applications: Applications) -> list[Issue]:
    """Check that the control layer is listed in the stack that creates it and nowhere else."""
    path = ("applications", "catalogue")
    mode, listed = control.mode, applications.catalogue
    found, both = ", ".join(listed), " and ".join(CONTROL_APPS)
    missing = " and ".join(key for key in CONTROL_APPS if key not in listed)
    surplus = " and ".join(key for key in CONTROL_APPS if key in listed)
    if mode == "create" and missing:
        message = f"control: {{mode: create}} runs {both} in this stack, but {missing} is not listed"
        return [Issue(path, message, found, f"a list with {both}", f"catalogue: [{', '.join(PRODUCTS)}]")]
    if mode != "create" and surplus:
        rest = ", ".join(key for key in PRODUCTS if key not in CONTROL_APPS)
        message = f"the control layer runs elsewhere (control: {{mode: {mode}}}), but {surplus} is listed"
        return [Issue(path, message, found, rest, f"catalogue: [{rest}]")]
    return []


RULES: tuple[tuple[tuple[str, ...], Rule], ...] = (
    (("environment", "edition", "size"), _edition),
    (("size",), _buildable),
    (("edition", "data"), _without_standby),
    (("installation", "size", "data", "compute", "observability"), _sizes),
    (("environment", "observability"), _audit),
    (("network",), _addresses),
    (("network",), traffic),
    (("applications",), _catalogue),
    (("control", "applications"), _control),
)
"""Sections that a rule reads → the rule. ``environment`` is the code, known even when the installation is broken."""


def broken_rules(sections: Mapping[str, Any]) -> list[Issue]:
    """Issues of every rule whose sections are all valid; paths start below ``aifabrix:platform``."""
    issues: list[Issue] = []
    for needs, rule in RULES:
        if all(name in sections for name in needs):
            issues += rule(*(sections[name] for name in needs))
    return issues

"""The stack as a whole: sizes, a budget, and threat detection."""

from __future__ import annotations

from fnmatch import fnmatchcase

from policies.model import ROOT, Context, Outcome, ok, skip
from policies.rule import Rule, direct, supporting
from policies.rules.governance.facts import PLANS, SIZES
from policies.rules.shared import expect
from resources.model import Resource
from resources.values import ABSENT, UNKNOWN, Trilean, all_of, any_of, at_least, equals, get, known, matches

BUDGET = "consumption:Budget"
PRICING = "security:Pricing"
DEFENDER = "security:DefenderForStorage"


def sizes_and_budget(resource: Resource, context: Context) -> Outcome:
    """GV-08: sizes fit the environment, and a budget notifies someone."""
    if resource.type == ROOT:
        budgets = [_notifies(each) for each in context.graph.of(BUDGET)]
        return ok(any_of(*budgets), "no budget with a notification exists", BUDGET)
    if resource.type == BUDGET:
        return ok(_notifies(resource), "the budget has no amount, or notifies nobody", "notifications")
    path, by_profile = SIZES[resource.type]
    size = get(resource, path)
    if size is ABSENT:
        return skip("the size is left to Azure")
    patterns = by_profile[context.profile]
    fits = matches(size, lambda name: any(fnmatchcase(str(name).lower(), one.lower()) for one in patterns))
    return ok(fits, "the size is not allowed in this environment", path)


def _notifies(budget: Resource) -> Trilean:
    notifications = get(budget, "notifications")
    if not isinstance(notifications, dict):
        notified = None if notifications is UNKNOWN else False
    else:
        notified = any_of(*(equals(get(each, "enabled"), expected=True) for each in notifications.values()))
    return all_of(at_least(get(budget, "amount"), 1), notified)


def defended(resource: Resource, context: Context) -> Outcome:
    """GV-11: a Defender plan covers the service."""
    if resource.type == PRICING:
        return expect(resource, "pricingTier", "the plan is declared but off", to_be="Standard")
    if resource.type == DEFENDER:
        reason = "Defender for this account is declared but off"
        return expect(resource, "properties.isEnabled", reason, to_be=True)
    plan = PLANS[resource.type]
    plans = [_is_on(each, plan) for each in context.graph.of(PRICING)]
    own = context.graph.referring(resource, DEFENDER, "resourceId")
    plans.extend(equals(get(each, "properties.isEnabled"), expected=True) for each in own)
    if context.graph.unresolved(DEFENDER, "resourceId"):
        plans.append(None)
    return ok(any_of(*plans), f"the Defender plan {plan} is not on", PRICING)


def _is_on(pricing: Resource, plan: str) -> Trilean:
    name = get(pricing, "pricingName", pricing.name if known(get(pricing, "pricingName")) else UNKNOWN)
    return all_of(equals(name, plan), equals(get(pricing, "pricingTier"), "Standard"))


RULES: tuple[Rule, ...] = (
    Rule(
        id="GV-08",
        title="SKU allow-list per environment; a budget exists",
        types=(ROOT, BUDGET, *SIZES),
        property="sku, amount, notifications",
        severity="M",
        scope="S",
        profile="P2",
        iso=(direct("A.8.6", "Sizes fit the environment, and rising cost is noticed."),),
        what="Sizes are allowed in the environment, and a budget notifies someone when cost rises.",
        why="A production size in dev costs ten times as much for nothing; a dev size in production has no service "
        "level. Without a budget a loop that queries a model is noticed on the invoice.",
        remediation="Choose an allowed size in the settings, and set `observability.budget`.",
        azure_default="No budget; any size.",
        bad='web.AppServicePlan("plan", sku={"name": "F1"})  # in prod',
        good='consumption.Budget("month", amount=9000, time_grain="Monthly", notifications={"actual-80": {\n'
        '    "enabled": True, "operator": "GreaterThan", "threshold": 80, "contact_emails": [owner]}})',
        check=sizes_and_budget,
    ),
    Rule(
        id="GV-11",
        title="Defender plan on for each service in use",
        types=(PRICING, DEFENDER, *PLANS),
        property="pricingTier, subPlan",
        severity="M",
        scope="S",
        profile="P3",
        iso=(
            direct("A.8.7", "Malicious files and requests are detected in each service that is used."),
            direct("A.8.16", "Unusual access raises an alert."),
        ),
        hipaa=(direct("164.308(a)(5)(ii)(B)", "Detects malicious software and reports it."),),
        gdpr=(
            supporting("Art. 32(1)(d)", "The effect of the measures is monitored continuously."),
            supporting("Art. 33", "A breach that nobody notices cannot be notified in 72 hours."),
        ),
        what="For each service in use the plan of Microsoft Defender for Cloud is on, for the subscription or, with "
        "storage, for the account.",
        why="Rules see what is configured, Defender sees what happens: a vault read from an unusual location, an image "
        "with malware, a login from a botnet.",
        remediation='Add `security.Pricing` with the name of the plan and `pricing_tier="Standard"`; where another '
        "team enables the plan for the subscription, say so in a waiver.",
        azure_default="`Free`: no detection.",
        bad='security.Pricing("vaults", pricing_name="KeyVaults", pricing_tier="Free", scope_id=subscription)',
        good='security.Pricing("vaults", pricing_name="KeyVaults", pricing_tier="Standard", scope_id=subscription)',
        check=defended,
    ),
)

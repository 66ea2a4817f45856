"""Facts about resource groups, budgets, Defender plans and Sentinel."""

from __future__ import annotations

from emulator.facts import names
from emulator.facts.build import GROUP, SUBSCRIPTION, fact, outputs
from emulator.facts.model import Fact
from emulator.facts.names import name_rule

_BUDGET_NAME = name_rule(r"[A-Za-z0-9_-]+", 1, 63, "letters, digits, - and _")

FACTS: tuple[Fact, ...] = (
    Fact(
        token="azure-native:resources:ResourceGroup",  # noqa: S106 - a type token
        arm_type="Microsoft.Resources/resourceGroups",
        path=GROUP,
        name=name_rule(r"[-\w._()]*[-\w_()]", 1, 90, "letters, digits, . _ - ( ), no dot last"),
        unique="subscription",
        immutable=("location",),
        outputs=outputs({"properties": {"provisioningState": "Succeeded"}}),
        api_version="2024-03-01",
    ),
    fact(
        "consumption:Budget",
        "Microsoft.Consumption/budgets",
        "budgetName",
        root="{scope}",
        api="2024-08-01",
        name=_BUDGET_NAME,
        unique="scope",
        immutable=("category", "timeGrain", "timePeriod.startDate"),
    ),
    fact(
        "costmanagement:Budget",
        "Microsoft.CostManagement/budgets",
        "budgetName",
        root="{scope}",
        api="2024-08-01",
        name=_BUDGET_NAME,
        unique="scope",
        immutable=("category", "timeGrain", "timePeriod.startDate"),
    ),
    fact(
        "security:Pricing",
        "Microsoft.Security/pricings",
        "pricingName",
        root="/{scopeId}",
        api="2024-01-01",
        name=names.WORDS,
        unique="scope",
    ),
    fact(
        "security:SecurityContact",
        "Microsoft.Security/securityContacts",
        "securityContactName",
        root=SUBSCRIPTION,
        api="2023-12-01-preview",
        name=names.WORDS,
        unique="subscription",
    ),
    fact(
        "securityinsights:SentinelOnboardingState",
        "Microsoft.SecurityInsights/onboardingStates",
        "sentinelOnboardingStateName",
        api="2024-09-01",
        name=names.WORDS,
        unique="scope",
        root=f"{GROUP}/providers/Microsoft.OperationalInsights/workspaces/{{workspaceName}}",
    ),
)

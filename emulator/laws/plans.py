"""Laws of App Service plans and autoscale: tiers, instances, zones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from emulator.facts.regions import ZONES, normal
from emulator.ids import arm_name
from emulator.laws.helpers import changing, entries, is_known, missing, number_at, refuse, same, string_at
from emulator.world import ObjectView, Request, World


class Tier(NamedTuple):
    """Limits and features of a tier (Microsoft Learn: App Service limits)."""

    instances: int
    slots: int
    always_on: bool = True
    integration: bool = True
    autoscale: bool = True
    zones: bool = False


_PREMIUM = Tier(30, 20, zones=True)
_ISOLATED = Tier(100, 20, zones=True)
TIERS = {
    "Free": Tier(1, 0, always_on=False, integration=False, autoscale=False),
    "Shared": Tier(1, 0, always_on=False, integration=False, autoscale=False),
    "Basic": Tier(3, 0, autoscale=False),
    "Standard": Tier(10, 5),
    "PremiumV2": _PREMIUM,
    "Premium0V3": _PREMIUM,
    "PremiumV3": _PREMIUM,
    "PremiumMV3": _PREMIUM,
    "PremiumV4": _PREMIUM,
    "PremiumMV4": _PREMIUM,
    "IsolatedV2": _ISOLATED,
    "IsolatedMV2": _ISOLATED,
    "ElasticPremium": Tier(100, 3, zones=True),
    "WorkflowStandard": Tier(100, 0, zones=True),
    "Dynamic": Tier(200, 1, always_on=False, integration=False, autoscale=False),
    "FlexConsumption": Tier(1000, 0, autoscale=False, zones=True),
}
_SKUS = {
    "Free": r"F1",
    "Shared": r"D1",
    "Basic": r"B[1-3]",
    "Standard": r"S[1-3]",
    "PremiumV2": r"P[1-3]v2",
    "Premium0V3": r"P0v3",
    "PremiumV3": r"P[1-3]v3",
    "PremiumMV3": r"P[1-5]mv3",
    "PremiumV4": r"P[0-3]v4",
    "PremiumMV4": r"P[1-5]mv4",
    "IsolatedV2": r"I[1-6]v2",
    "IsolatedMV2": r"I[1-5]mv2",
    "ElasticPremium": r"EP[1-3]",
    "WorkflowStandard": r"WS[1-3]",
    "Dynamic": r"Y1",
    "FlexConsumption": r"FC1",
}
"""Tier → SKU names (as Azure CLI's ``az appservice plan create --sku`` derives the tier)."""
_SYNONYMS = {"premium0v4": "PremiumV4"}
"""Other names, in lower case, under which Azure takes a tier → the tier."""


def tier_name(sku: str) -> str | None:
    """Return the tier of a SKU name, whatever its case; None if there is no such SKU."""
    return next((tier for tier, pattern in _SKUS.items() if re.fullmatch(pattern, sku, re.IGNORECASE)), None)


def tier_of_plan(plan: ObjectView) -> tuple[str, Tier]:
    """Return the name of a plan's tier, and the tier."""
    name = tier_name(str(plan.value("sku.name"))) or "Free"
    return name, TIERS[name]


def sku(request: Request, _: World) -> Iterator[str]:
    """Refuse SKUs that do not exist, a tier that is not the SKU's, and more instances than the tier allows."""
    if not changing(request):
        return
    name, tier = string_at(request, "sku.name"), string_at(request, "sku.tier")
    own_tier = tier_name(name)
    if own_tier is None:
        yield refuse("InvalidSku", f"sku.name {name}", "F1, B1-B3, S1-S3, P1v2-P5mv4, I1v2-I6v2", "Choose a SKU.")
        return
    if tier and not same(_SYNONYMS.get(tier.lower(), tier), own_tier):
        yield refuse("InvalidSku", f"tier {tier} for {name}", own_tier, f"Set sku.tier to {own_tier}.")
    capacity = number_at(request, "sku.capacity")
    most = TIERS[own_tier].instances
    if capacity is not None and not 1 <= capacity <= most:
        problem = f"{capacity} instances of {name}"
        yield refuse("InvalidCapacity", problem, f"1-{most} in {own_tier}", "Correct sku.capacity.")


def zones(request: Request, _: World) -> Iterator[str]:
    """Refuse zone redundancy below Premium v2, with one instance, or where a region has no zones."""
    if not changing(request) or not request.get("zoneRedundant"):
        return
    tier = tier_name(string_at(request, "sku.name"))
    if tier and not TIERS[tier].zones:
        problem = f"zoneRedundant on {tier}"
        yield refuse("ZoneRedundancyNotSupported", problem, "Premium v2, v3, v4 and Isolated v2", "Choose such a SKU.")
    capacity = number_at(request, "sku.capacity")
    if (capacity or 1) < 2:  # noqa: PLR2004 - Microsoft Learn: Reliability in App Service, since 2025
        problem = f"zoneRedundant with {capacity or 1} instance"
        yield refuse("ZoneRedundancyRequiresInstances", problem, "two or more instances", "Raise sku.capacity.")
    location = request.get("location")
    if is_known(location) and normal(str(location)) not in ZONES:
        problem = f"zoneRedundant in {location}"
        yield refuse("ZoneRedundancyNotSupported", problem, "regions with availability zones", "Switch it off.")


def operating_system(request: Request, _: World) -> Iterator[str]:
    """Refuse a plan whose kind and ``reserved`` contradict each other about the operating system.

    Azure looks at ``reserved`` alone and makes a Windows plan of kind ``linux`` without it (Azure/bicep issue 7028).
    """
    kind, reserved = string_at(request, "kind").lower(), request.get("reserved") or False
    if changing(request) and is_known(reserved) and kind and ("linux" in kind) != bool(reserved):
        problem = f"kind {kind} with reserved {str(reserved).lower()}"
        yield refuse("InvalidPlanKind", problem, "linux with reserved true, Windows with false", "Make them agree.")


def in_use(request: Request, world: World) -> Iterator[str]:
    """Refuse to delete a plan that apps run on, or to scale it down to a tier without what they use."""
    apps = [*world.list("Microsoft.Web/sites"), *world.list("Microsoft.Web/sites/slots")]
    own_apps = [app for app in apps if same(str(app.value("serverFarmId")), request.id)]
    if request.operation == "delete" and own_apps:
        problem = f"plan {arm_name(request.id)} runs {', '.join(app.name for app in own_apps)}"
        yield refuse("ServerFarmCannotBeDeleted", problem, "plans without apps", "Delete or move the apps first.")
    tier = tier_name(string_at(request, "sku.name"))
    if request.operation != "update" or tier is None:
        return
    slots = [app.name for app in own_apps if same(app.arm_type, "Microsoft.Web/sites/slots")]
    if slots and not TIERS[tier].slots:
        problem = f"{tier} for a plan whose apps have slots ({', '.join(slots)})"
        yield refuse("CannotScaleDownWithSlots", problem, "Standard and up", "Delete the slots first.")
    integrated = [app.name for app in own_apps if app.value("virtualNetworkSubnetId")]
    if integrated and not TIERS[tier].integration:
        problem = f"{tier} for a plan with integrated apps ({', '.join(integrated)})"
        yield refuse("CannotScaleDownWithVnetIntegration", problem, "Basic and up", "End the integration first.")


def profiles(request: Request, _: World) -> Iterator[str]:
    """Refuse autoscale without profiles, with too many, or with contradictory bounds."""
    listed = request.get("profiles")
    if not changing(request) or not isinstance(listed, list):
        return
    if not 1 <= len(listed) <= 20:  # noqa: PLR2004 - Azure's limit
        yield refuse("InvalidAutoscaleProfiles", f"{len(listed)} profiles", "1-20", "Correct the list.")
    for profile in entries(listed):
        bounds = [_capacity(profile).get(key) for key in ("minimum", "default", "maximum")]
        if not all(is_known(bound) for bound in bounds):
            continue
        if not all(isinstance(bound, str) and bound.isdigit() for bound in bounds):
            problem = f"capacity {bounds} of {profile.get('name')}"
            yield refuse("InvalidAutoscaleCapacity", problem, "numbers written as strings", "Quote them.")
            continue
        low, middle, high = (int(str(bound)) for bound in bounds)
        if not 1 <= low <= middle <= high:
            problem = f"minimum {low}, default {middle}, maximum {high}"
            yield refuse("InvalidAutoscaleCapacity", problem, "1 <= minimum <= default <= maximum", "Order them.")


def _capacity(profile: dict[str, Any]) -> dict[str, Any]:
    """Return the bounds of an autoscale profile, empty while they are unknown."""
    value = profile.get("capacity")
    return value if isinstance(value, dict) else {}


def scalable(request: Request, world: World) -> Iterator[str]:
    """Refuse autoscale of a plan that is missing, below Standard, or that allows fewer instances than the profile."""
    target = string_at(request, "targetResourceUri")
    if not changing(request) or not target:
        return
    yield from missing(world, target, "the plan")
    plan = world.get(target)
    if plan is None or not same(plan.arm_type, "Microsoft.Web/serverfarms"):
        return
    name, tier = tier_of_plan(plan)
    if not tier.autoscale:
        problem = f"autoscale of {plan.name}, which is {name}"
        yield refuse("AutoscaleNotSupported", problem, "Standard and up", "Scale the plan up or leave autoscale out.")
        return
    for profile in entries(request.get("profiles")):
        high = _capacity(profile).get("maximum")
        if isinstance(high, str) and high.isdigit() and int(high) > tier.instances:
            problem = f"maximum {high} on {plan.name}"
            yield refuse("InvalidAutoscaleCapacity", problem, f"at most {tier.instances} in {name}", "Lower it.")


CHECK = {"web:AppServicePlan": (sku, zones, operating_system), "monitor:AutoscaleSetting": (profiles,)}
STATE = {"web:AppServicePlan": (in_use,), "monitor:AutoscaleSetting": (scalable,)}

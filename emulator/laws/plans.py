"""Laws of App Service plans and autoscale: tiers, instances, zones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from emulator.facts.regions import ZONES, normal
from emulator.laws.access import changing, entries, known, missing, number, refuse, same, text
from emulator.world import Item, Request, World, arm_name


class Tier(NamedTuple):
    """What a tier offers (Microsoft Learn: App Service limits)."""

    instances: int
    slots: int
    always_on: bool = True
    integration: bool = True
    autoscale: bool = True
    zones: bool = False


TIERS = {
    "Free": Tier(1, 0, always_on=False, integration=False, autoscale=False),
    "Shared": Tier(1, 0, always_on=False, integration=False, autoscale=False),
    "Basic": Tier(3, 0, autoscale=False),
    "Standard": Tier(10, 5),
    "PremiumV2": Tier(30, 20, zones=True),
    "PremiumV3": Tier(30, 20, zones=True),
    "PremiumV4": Tier(30, 20, zones=True),
    "IsolatedV2": Tier(100, 20, zones=True),
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
    "PremiumV3": r"P(?:[0-3]|[1-5]m)v3",
    "PremiumV4": r"P(?:[0-3]|[1-5]m)v4",
    "IsolatedV2": r"I(?:[1-6]|[1-5]m)v2",
    "ElasticPremium": r"EP[1-3]",
    "WorkflowStandard": r"WS[1-3]",
    "Dynamic": r"Y1",
    "FlexConsumption": r"FC1",
}
"""Tier → SKU names."""


def tier_of(sku: str) -> str | None:
    """Return the tier of a SKU name, in any case; None for a name that there is no SKU of."""
    return next((tier for tier, pattern in _SKUS.items() if re.fullmatch(pattern, sku, re.IGNORECASE)), None)


def offers(plan: Item) -> tuple[str, Tier]:
    """Return name and offers of a plan's tier."""
    name = tier_of(str(plan.value("sku.name"))) or "Free"
    return name, TIERS[name]


def sku(request: Request, _: World) -> Iterator[str]:
    """Refuse SKUs that do not exist, a tier that is not the SKU's, and more instances than the tier has."""
    if not changing(request):
        return
    name, tier = text(request, "sku.name"), text(request, "sku.tier")
    right = tier_of(name)
    if right is None:
        yield refuse("InvalidSku", f"sku.name {name}", "F1, B1-B3, S1-S3, P1v2-P5mv4, I1v2-I6v2", "Choose a SKU.")
        return
    if tier and not same(tier, right):
        yield refuse("InvalidSku", f"tier {tier} for {name}", right, f"Set sku.tier to {right}.")
    capacity = number(request, "sku.capacity")
    if capacity is not None and not 1 <= capacity <= TIERS[right].instances:
        found = f"{capacity} instances of {name}"
        yield refuse("InvalidCapacity", found, f"1-{TIERS[right].instances} in {right}", "Correct sku.capacity.")


def zones(request: Request, _: World) -> Iterator[str]:
    """Refuse zone redundancy below Premium v2, with one instance, or where a region has no zones."""
    if not changing(request) or not request.get("zoneRedundant"):
        return
    name = tier_of(text(request, "sku.name"))
    if name and not TIERS[name].zones:
        found = f"zoneRedundant on {name}"
        yield refuse("ZoneRedundancyNotSupported", found, "Premium v2, v3, v4 and Isolated v2", "Choose such a SKU.")
    capacity = number(request, "sku.capacity")
    if (capacity or 1) < 2:  # noqa: PLR2004 - Microsoft Learn: Reliability in App Service, since 2025
        found = f"zoneRedundant with {capacity or 1} instance"
        yield refuse("ZoneRedundancyRequiresInstances", found, "two or more instances", "Raise sku.capacity.")
    location = request.get("location")
    if known(location) and normal(str(location)) not in ZONES:
        found = f"zoneRedundant in {location}"
        yield refuse("ZoneRedundancyNotSupported", found, "regions with availability zones", "Switch it off.")


def system(request: Request, _: World) -> Iterator[str]:
    """Refuse a plan whose kind and ``reserved`` say different operating systems."""
    kind, reserved = text(request, "kind").lower(), request.get("reserved")
    if changing(request) and known(reserved) and kind and ("linux" in kind) != bool(reserved):
        found = f"kind {kind} with reserved {str(reserved).lower()}"
        yield refuse("InvalidPlanKind", found, "linux with reserved true, Windows with false", "Make them agree.")


def in_use(request: Request, world: World) -> Iterator[str]:
    """Refuse to delete a plan that apps run on, and to lower it below what they use."""
    apps = [*world.list("Microsoft.Web/sites"), *world.list("Microsoft.Web/sites/slots")]
    mine = [app for app in apps if same(str(app.value("serverFarmId")), request.id)]
    if request.operation == "delete" and mine:
        found = f"plan {arm_name(request.id)} runs {', '.join(app.name for app in mine)}"
        yield refuse("ServerFarmCannotBeDeleted", found, "plans without apps", "Delete or move the apps first.")
    tier = tier_of(text(request, "sku.name"))
    if request.operation != "update" or tier is None:
        return
    slots = [app.name for app in mine if same(app.arm_type, "Microsoft.Web/sites/slots")]
    if slots and not TIERS[tier].slots:
        found = f"{tier} for a plan whose apps have slots ({', '.join(slots)})"
        yield refuse("CannotScaleDownWithSlots", found, "Standard and up", "Delete the slots first.")
    integrated = [app.name for app in mine if app.value("virtualNetworkSubnetId")]
    if integrated and not TIERS[tier].integration:
        found = f"{tier} for a plan with integrated apps ({', '.join(integrated)})"
        yield refuse("CannotScaleDownWithVnetIntegration", found, "Basic and up", "End the integration first.")


def profiles(request: Request, _: World) -> Iterator[str]:
    """Refuse autoscale without profiles, with too many, or with bounds that contradict each other."""
    given = request.get("profiles")
    if not changing(request) or not isinstance(given, list):
        return
    if not 1 <= len(given) <= 20:  # noqa: PLR2004 - Azure's limit
        yield refuse("InvalidAutoscaleProfiles", f"{len(given)} profiles", "1-20", "Correct the list.")
    for profile in entries(given):
        bounds = [_capacity(profile).get(key) for key in ("minimum", "default", "maximum")]
        if not all(known(bound) for bound in bounds):
            continue
        if not all(isinstance(bound, str) and bound.isdigit() for bound in bounds):
            found = f"capacity {bounds} of {profile.get('name')}"
            yield refuse("InvalidAutoscaleCapacity", found, "numbers written as strings", "Write them so.")
            continue
        low, middle, high = (int(str(bound)) for bound in bounds)
        if not 1 <= low <= middle <= high:
            found = f"minimum {low}, default {middle}, maximum {high}"
            yield refuse("InvalidAutoscaleCapacity", found, "1 <= minimum <= default <= maximum", "Order them.")


def _capacity(profile: dict[str, Any]) -> dict[str, Any]:
    """Return the bounds of an autoscale profile, empty while they are unknown."""
    value = profile.get("capacity")
    return value if isinstance(value, dict) else {}


def scalable(request: Request, world: World) -> Iterator[str]:
    """Refuse autoscale of a plan that is missing, below Standard, or smaller than the profile's maximum."""
    target = text(request, "targetResourceUri")
    if not changing(request) or not target:
        return
    yield from missing(world, target, "the plan")
    plan = world.get(target)
    if plan is None or not same(plan.arm_type, "Microsoft.Web/serverfarms"):
        return
    name, tier = offers(plan)
    if not tier.autoscale:
        found = f"autoscale of {plan.name}, which is {name}"
        yield refuse("AutoscaleNotSupported", found, "Standard and up", "Raise the plan or leave autoscale out.")
        return
    for profile in entries(request.get("profiles")):
        high = _capacity(profile).get("maximum")
        if isinstance(high, str) and high.isdigit() and int(high) > tier.instances:
            found = f"maximum {high} on {plan.name}"
            yield refuse("InvalidAutoscaleCapacity", found, f"at most {tier.instances} in {name}", "Lower it.")


CHECK = {"web:AppServicePlan": (sku, zones, system), "monitor:AutoscaleSetting": (profiles,)}
STATE = {"web:AppServicePlan": (in_use,), "monitor:AutoscaleSetting": (scalable,)}

"""Laws of Container Registry: features that need Premium."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.facts.regions import ZONES, normal
from emulator.laws.helpers import changing, is_known, number_at, refuse, string_at
from emulator.world import Law, Request, World

TIERS = ("Basic", "Standard", "Premium")
PREMIUM: tuple[tuple[str, object], ...] = (
    ("publicNetworkAccess", "Disabled"),
    ("zoneRedundancy", "Enabled"),
    ("dataEndpointEnabled", True),
    ("networkRuleSet.defaultAction", "Deny"),
    ("policies.retentionPolicy.status", "enabled"),
    ("policies.trustPolicy.status", "enabled"),
    ("policies.quarantinePolicy.status", "enabled"),
    ("policies.exportPolicy.status", "disabled"),
    ("policies.softDeletePolicy.status", "enabled"),
    ("encryption.status", "enabled"),
)
"""Settings that need Premium (Microsoft Learn: Registry service tiers)."""


def tier(request: Request, _: World) -> Iterator[str]:
    """Refuse tiers that do not exist, and settings that only Premium has."""
    if not changing(request):
        return
    name = string_at(request, "sku.name")
    if name not in TIERS:
        yield refuse("InvalidSku", f"sku.name {name}", ", ".join(TIERS), "Choose a tier.")
    if name == "Premium":
        return
    for path, value in PREMIUM:
        actual = request.get(path)
        if is_known(actual) and actual == value:
            problem = f"{path} {str(value).lower() if value is True else value} on {name}"
            yield refuse(
                "FeatureRequiresPremium", problem, "sku.name Premium", f"Use a higher tier or leave {path} out."
            )


def export(request: Request, _: World) -> Iterator[str]:
    """Refuse to disable exports while the registry has public access."""
    forbidden = string_at(request, "policies.exportPolicy.status") == "disabled"
    if changing(request) and forbidden and string_at(request, "publicNetworkAccess") != "Disabled":
        problem = "exportPolicy disabled with public access"
        yield refuse("ExportPolicyRequiresNoPublicAccess", problem, "publicNetworkAccess Disabled", "Disable it.")


def retention(request: Request, _: World) -> Iterator[str]:
    """Refuse retentions outside Azure's bounds, and the two kinds of them together.

    Microsoft Learn, "Soft delete policy" (1-90 days; not with the retention of untagged manifests) and "Retention
    policy for untagged manifests" (0-365 days).
    """
    if not changing(request):
        return
    bounds = {"softDeletePolicy.retentionDays": (1, 90), "retentionPolicy.days": (0, 365)}
    for path, (least, most) in bounds.items():
        days = number_at(request, f"policies.{path}")
        if days is not None and not least <= days <= most:
            yield refuse("InvalidRetentionDays", f"{path} {days}", f"{least}-{most}", "Correct it.")
    on = [
        kind
        for kind in ("softDeletePolicy", "retentionPolicy")
        if string_at(request, f"policies.{kind}.status") == "enabled"
    ]
    if len(on) > 1:
        fix = "Disable one of them."
        yield refuse("InvalidPolicyCombination", "soft delete and retention of untagged manifests", "one of them", fix)


def zones(request: Request, _: World) -> Iterator[str]:
    """Refuse zone redundancy in a region without zones."""
    location = request.get("location")
    redundant = changing(request) and string_at(request, "zoneRedundancy") == "Enabled" and is_known(location)
    if redundant and normal(str(location)) not in ZONES:
        problem = f"zoneRedundancy in {location}"
        yield refuse("ZoneRedundancyNotSupported", problem, "regions with availability zones", "Disable it.")


CHECK = {"containerregistry:Registry": (tier, export, retention, zones)}
STATE: dict[str, tuple[Law, ...]] = {}

"""Laws of Container Registry: what only Premium has."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.facts.regions import ZONES, normal
from emulator.laws.access import changing, known, refuse, text
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
    name = text(request, "sku.name")
    if name not in TIERS:
        yield refuse("InvalidSku", f"sku.name {name}", ", ".join(TIERS), "Choose a tier.")
    if name == "Premium":
        return
    for path, value in PREMIUM:
        given = request.get(path)
        if known(given) and given == value:
            found = f"{path} {str(value).lower() if value is True else value} on {name}"
            yield refuse("FeatureRequiresPremium", found, "sku.name Premium", f"Raise the tier or leave {path} out.")


def export(request: Request, _: World) -> Iterator[str]:
    """Refuse to forbid exports while the registry is open to the Internet."""
    forbidden = text(request, "policies.exportPolicy.status") == "disabled"
    if changing(request) and forbidden and text(request, "publicNetworkAccess") != "Disabled":
        found = "exportPolicy disabled with public access"
        yield refuse("ExportPolicyRequiresNoPublicAccess", found, "publicNetworkAccess Disabled", "Disable it.")


def zones(request: Request, _: World) -> Iterator[str]:
    """Refuse zone redundancy in a region without zones."""
    location = request.get("location")
    wanted = changing(request) and text(request, "zoneRedundancy") == "Enabled" and known(location)
    if wanted and normal(str(location)) not in ZONES:
        found = f"zoneRedundancy in {location}"
        yield refuse("ZoneRedundancyNotSupported", found, "regions with availability zones", "Disable it.")


CHECK = {"containerregistry:Registry": (tier, export, zones)}
STATE: dict[str, tuple[Law, ...]] = {}

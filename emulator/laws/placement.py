"""Laws of PostgreSQL flexible server about its region and its standby: what a region has, and which steps Azure takes.

Regions: Microsoft Learn, "Azure Database for PostgreSQL flexible server", regions table. ``HADisabledForRegion``,
``GeoZoneRedundantStorageAccountSkusNotFound`` and ``ParameterOutOfRange`` are Azure's codes as people report them; for
a forbidden step no code is published, so these laws give the service's general one.
"""

from __future__ import annotations

from collections.abc import Iterator

from emulator.facts.regions import COPIED, HOSTING, REGIONS, STANDBY, ZONES, compute, lift_id, normal
from emulator.laws.helpers import changing, is_known, previous, refuse, string_at
from emulator.world import Law, Request, World

_OFF = "Disabled"
_SUPPORT = "Choose another region, or ask Azure to lift it for the subscription."


def _region(request: Request) -> str:
    """Return the region of a server that is created or changed; empty while it is not known."""
    location = request.get("location")
    return normal(str(location)) if changing(request) and is_known(location) else ""


def offered(request: Request, _: World) -> Iterator[str]:
    """Refuse a server where Azure has none, and a new SKU of a generation that the region lacks."""
    region, name = _region(request), string_at(request, "sku.name")
    if not region or region not in REGIONS or previous(request, "sku.name") == name:
        return
    if region not in HOSTING:
        problem = f"flexibleServers in {region}"
        yield refuse("LocationNotAvailableForResourceType", problem, "regions that have PostgreSQL", _SUPPORT)
        return
    suffix = name.rpartition("_")[2]
    if not suffix.startswith("v"):
        return  # Burstable, of no generation
    generation = f"a{suffix}" if "ads_" in name else suffix
    if generation not in compute(region):
        problem = f"sku.name {name} in {region}"
        yield refuse("ParameterOutOfRange", problem, f"generations {', '.join(sorted(compute(region)))}", _SUPPORT)


def standby(request: Request, _: World) -> Iterator[str]:
    """Refuse a standby on Burstable, one in another zone where there are no zones, and contradictory zones."""
    mode = string_at(request, "highAvailability.mode") or _OFF
    if not changing(request) or mode == _OFF:
        return
    if string_at(request, "sku.tier") == "Burstable":
        fix = "Choose a GeneralPurpose or MemoryOptimized SKU, or switch it off."
        yield refuse("HighAvailabilityNotSupported", f"{mode} on Burstable", "Disabled on Burstable", fix)
    region = _region(request)
    if mode == "ZoneRedundant" and region and region not in ZONES:
        problem = f"ZoneRedundant in {region}: it has no zones"
        yield refuse("HADisabledForRegion", problem, "SameZone, or another region", "Use SameZone.")
    zone, other = string_at(request, "availabilityZone"), string_at(request, "highAvailability.standbyAvailabilityZone")
    if zone and other and (zone == other) == (mode == "ZoneRedundant"):
        problem = f"{mode} with server and standby in zones {zone} and {other}"
        allowed = "two zones for ZoneRedundant, one for SameZone"
        yield refuse("InvalidStandbyZone", problem, allowed, "Correct the zones.")


def blocked(request: Request, world: World) -> Iterator[str]:
    """Refuse a new standby in another zone where Azure gives none, unless it does to this subscription."""
    region, mode = _region(request), string_at(request, "highAvailability.mode")
    is_new = mode == "ZoneRedundant" and previous(request, "highAvailability.mode") != mode
    if is_new and region in ZONES - STANDBY and world.get(lift_id(request.subscription_id, region)) is None:
        problem = f"ZoneRedundant in {region}: new ones are blocked there"
        yield refuse("HADisabledForRegion", problem, "SameZone, or another region", "Use SameZone.")


def steps(request: Request, _: World) -> Iterator[str]:
    """Refuse to move a standby between zones at once, and to switch it together with a step to or from Burstable.

    Azure moves no standby: it is removed first, then made anew (Azure/ARO-HCP pull request 7058). Burstable servers
    have none, so that one update cannot do both (hashicorp/terraform-provider-azurerm issue 27612).
    """
    if request.operation != "update":
        return
    before, after = (
        previous(request, "highAvailability.mode") or _OFF,
        string_at(request, "highAvailability.mode") or _OFF,
    )
    if before == after:
        return
    if _OFF not in {before, after}:
        problem = f"highAvailability goes from {before} to {after}"
        fix = f"Two runs: first highAvailability: {_OFF}, then {after}."
        yield refuse("InvalidParameterValue", problem, f"{before}, {_OFF}", fix)
    tiers = previous(request, "sku.tier"), string_at(request, "sku.tier")
    if len(set(tiers)) > 1 and "Burstable" in tiers:
        first, then = (
            ("the SKU", f"highAvailability: {after}") if before == _OFF else (f"highAvailability: {after}", "the SKU")
        )
        problem = f"highAvailability {before} to {after} together with {tiers[0]} to {tiers[1]}"
        yield refuse(
            "InvalidParameterValue", problem, "one of the two at a time", f"Two runs: first {first}, then {then}."
        )


def copies(request: Request, _: World) -> Iterator[str]:
    """Refuse a new server with backups in the paired region where there are none."""
    region = _region(request)
    geo = string_at(request, "backup.geoRedundantBackup") == "Enabled"
    if request.operation != "create" or not geo or not region or region in COPIED:
        return
    zonal = string_at(request, "highAvailability.mode") == "ZoneRedundant"
    code = "GeoZoneRedundantStorageAccountSkusNotFound" if zonal else "InvalidParameterValue"
    problem = f"geoRedundantBackup in {region}"
    yield refuse(code, problem, "Disabled there; it is fixed at creation", "Disable it, or choose another region.")


CHECK = {"dbforpostgresql:Server": (offered, standby, steps, copies)}
STATE: dict[str, tuple[Law, ...]] = {"dbforpostgresql:Server": (blocked,)}

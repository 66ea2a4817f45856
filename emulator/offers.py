"""What a region and a subscription offer, in the forms of Azure's REST reference: SKUs, capabilities, usages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from emulator.facts import TABLE
from emulator.facts.quotas import LIMITS, USES
from emulator.facts.regions import COPIED, HOSTING, PAIRED, REGIONS, STANDBY, ZONES, compute, lift_id, normal
from emulator.ids import arm_name
from emulator.laws.quotas import limit, used
from emulator.store import Store

Found = Mapping[str, str]
_SIZES = (2, 4, 8, 16, 32, 48, 64)
_BURSTABLE = ("B1ms", "B2s", "B2ms", "B4ms", "B8ms", "B12ms", "B16ms", "B20ms")
_LETTERS = {"v3": "s", "v4": "ds", "v5": "ds", "v6": "ds", "av5": "ads", "av6": "ads"}
_REDUNDANCY = {
    "Standard_LRS": REGIONS,
    "Standard_ZRS": ZONES,
    "Standard_GRS": PAIRED,
    "Standard_RAGRS": PAIRED,
    "Standard_GZRS": ZONES & PAIRED,
    "Standard_RAGZRS": ZONES & PAIRED,
}
"""SKU of storage accounts → regions that have it."""


def providers(*_: object) -> dict[str, Any]:
    """List the resource providers ("Providers - List"); all of them are registered."""
    types: dict[str, set[str]] = {}
    for fact in TABLE.values():
        namespace, kind = fact.arm_type.split("/", 1)
        types.setdefault(namespace, set()).add(kind)
    return {
        "value": [
            {
                "namespace": namespace,
                "registrationState": "Registered",
                "resourceTypes": [{"resourceType": kind, "locations": sorted(REGIONS)} for kind in sorted(kinds)],
            }
            for namespace, kinds in sorted(types.items())
        ]
    }


def postgres(store: Store, found: Found, *_: object) -> dict[str, Any]:
    """List what PostgreSQL flexible server has in a region ("Capabilities By Location - List")."""
    region = normal(found["location"])
    if region not in HOSTING:
        return {"value": []}
    standby = region in STANDBY or store.get(lift_id(found["subscription"], region)) is not None
    modes = ["SameZone", "ZoneRedundant"] if standby else ["SameZone"]
    editions = {
        "Burstable": [(f"Standard_{size}", list[str]()) for size in _BURSTABLE],
        "GeneralPurpose": [(name, modes) for name in _skus("D", region)],
        "MemoryOptimized": [(name, modes) for name in _skus("E", region)],
    }
    capability = {
        "name": "FlexibleServerCapabilities",
        "zoneRedundantHaSupported": _flag(standby),
        "geoBackupSupported": _flag(region in COPIED),
        "zoneRedundantHaAndGeoBackupSupported": _flag(standby and region in COPIED),
        "supportedServerEditions": [
            {"name": name, "supportedServerSkus": [{"name": sku, "supportedHaMode": ha} for sku, ha in skus]}
            for name, skus in editions.items()
        ],
    }
    return {"value": [capability]}


def _skus(family: str, region: str) -> Iterator[str]:
    for generation in sorted(compute(region)):
        for size in _SIZES:
            yield f"Standard_{family}{size}{_LETTERS[generation]}_{generation.removeprefix('a')}"


def _flag(value: bool) -> str:
    return "Enabled" if value else "Disabled"


def plan_regions(*_: object) -> dict[str, Any]:
    """List the regions that sell a tier of plans ("List Geo Regions"); here every region sells every one."""
    return {"value": [{"name": region} for region in sorted(REGIONS)]}


def storage_skus(*_: object) -> dict[str, Any]:
    """List the SKUs of storage accounts ("Skus - List"), each with one region, as Azure does."""
    return {
        "value": [
            {"name": name, "kind": "StorageV2", "locations": [region], "restrictions": []}
            for name, regions in _REDUNDANCY.items()
            for region in sorted(regions)
        ]
    }


def usages(store: Store, found: Found, *_: object) -> dict[str, Any]:
    """List what a subscription uses of a provider's quotas in a region ("Usages - List")."""
    subscription, region = found["subscription"], normal(found["location"])
    rows: list[dict[str, Any]] = []
    for arm_type, use in USES.items():
        namespace = arm_type.split("/", 1)[0]
        if namespace.lower() != found["namespace"].lower() or use.usages.lower() != found["list"].lower():
            continue
        count = used(store, subscription, region, arm_type)
        below = f"/subscriptions/{subscription}/providers/{namespace}/locations/{region}/providers/{LIMITS}/".lower()
        changed = [arm_name(one.id) for one in store.list(LIMITS) if one.id.lower().startswith(below)]
        rows += [
            {
                "name": {"value": name, "localizedValue": name},
                "currentValue": count[name],
                "limit": limit(store, subscription, region, arm_type, name),
                "unit": "Count",
            }
            for name in sorted({*use.names, *count, *changed})
            if use.named(name)
        ]
    return {"value": rows}

"""What the stack asks of its region: resource types, PostgreSQL's compute and standby, plans, redundancy of storage."""

from __future__ import annotations

from collections.abc import Iterator

from settings.regions import nearest_with
from stacks.preflight.model import Finding, Level, Scene, region_key

POSTGRES = "Microsoft.DBforPostgreSQL"
ENABLED = "Enabled"
GEO_BACKUP = "geoBackupSupported"


def postgres(scene: Scene) -> Iterator[Finding]:
    """Yield whether PostgreSQL has the SKU, the standby and the backups ("Capabilities By Location - List")."""
    size, region = scene.settings.sizing.postgres, scene.region
    has = _deployed_server(scene)
    listed = scene.questions.rows(f"{scene.located(POSTGRES)}/capabilities", "2024-08-01")
    skus = {
        sku["name"].lower(): sku
        for capability in listed
        for edition in capability.get("supportedServerEditions") or ()
        for sku in edition.get("supportedServerSkus") or ()
    }
    restricted = [str(one.get("reason") or "no reason") for one in listed if one.get("restricted") == ENABLED]
    if restricted and not has:
        fix = "Ask Azure to lift the restriction for the subscription, or choose another region."
        yield Finding(Level.FAIL, f"new servers in {region} are restricted: {restricted[0]}", fix)
    sku = skus.get(size.sku_name.lower())
    if sku is None and has.get("sku") == size.sku_name:
        sku = {}
    if sku is None:
        offered = ", ".join(sorted(one["name"] for one in skus.values())[:8]) or "none"
        yield Finding(
            Level.FAIL,
            f"{size.sku_name} is not offered in {region}; offered are {offered}",
            f"Set data.postgres.sku, or choose a region: {', '.join(nearest_with(region, ('postgresV5',))[:3])}.",
        )
        return
    yield Finding(Level.PASS, f"{size.sku_name} is offered in {region}")
    if size.ha == "ZoneRedundant" and has.get("standby") != size.ha:
        modes = sku.get("supportedHaMode")
        yield _offered(
            None if modes is None else size.ha in modes and _flag(listed, "zoneRedundantHaSupported") is not False,
            f"a standby of {size.sku_name} in another zone of {region}",
            "Set data.postgres.highAvailability: SameZone, choose a region that has it "
            f"({', '.join(nearest_with(region, ('zones', 'zoneRedundantHa'))[:3])}), or ask Azure to lift the block.",
        )
    if size.geo_backup and has.get("backups") != ENABLED:
        name = "zoneRedundantHaAndGeoBackupSupported" if size.ha == "ZoneRedundant" else GEO_BACKUP
        yield _offered(_flag(listed, name), f"backups of {region} in its pair", "Set data.postgres.geoBackup: false.")


def _deployed_server(scene: Scene) -> dict[str, str]:
    """Return what the stack's server has, whatever the region gives to new ones; empty where there is none."""
    name = scene.settings.names.of("postgres")
    server = scene.questions.get(scene.own_id("data", f"{POSTGRES}/flexibleServers", name), "2024-08-01") or {}
    properties = server.get("properties") or {}
    found = {
        "sku": (server.get("sku") or {}).get("name"),
        "standby": (properties.get("highAvailability") or {}).get("mode"),
        "backups": (properties.get("backup") or {}).get("geoRedundantBackup"),
    }
    return {key: str(value) for key, value in found.items() if value}


def _flag(listed: list[dict[str, object]], name: str) -> bool | None:
    """Return a capability of the region; None where Azure says nothing about it."""
    values = [one[name] for one in listed if name in one]
    return ENABLED in values if values else None


def _offered(offered: bool | None, what: str, fix: str) -> Finding:
    if offered is None:
        return Finding(Level.WARN, f"Azure does not say whether it offers {what}", fix)
    return Finding(Level.PASS if offered else Level.FAIL, f"{what}: {'offered' if offered else 'not offered'}", fix)


def plans(scene: Scene) -> Iterator[Finding]:
    """Yield whether the region sells the tier of the plan for Linux ("List Geo Regions")."""
    plan = scene.settings.sizing.plan
    query = {"sku": plan.tier, "linuxWorkersEnabled": "true"}
    if plan.tier.startswith("Premium0") or plan.tier.startswith("PremiumM"):
        query["sku"] = "PremiumV4" if plan.tier.endswith("V4") else "PremiumV3"  # the question has no tier of their own
    regions = {
        region_key(one["name"])
        for one in scene.questions.rows(f"{scene.provider('Microsoft.Web')}/geoRegions", "2024-04-01", **query)
    }
    if not regions:
        yield Finding(Level.WARN, f"Azure lists no region for {query['sku']}")
    elif scene.region in regions:
        yield Finding(Level.PASS, f"{query['sku']} on Linux is sold in {scene.region}")
    else:
        yield Finding(Level.FAIL, f"{query['sku']} on Linux is not sold in {scene.region}")


def storage(scene: Scene) -> Iterator[Finding]:
    """Yield whether the region has the redundancy of the accounts ("Skus - List")."""
    sku = scene.settings.sizing.storage.sku
    rows = scene.questions.rows(f"{scene.provider('Microsoft.Storage')}/skus", "2024-01-01")
    here = [
        one
        for one in rows
        if one["name"] == sku
        and one.get("kind") == "StorageV2"
        and scene.region in map(region_key, one.get("locations") or ())
    ]
    allowed = [one for one in here if not one.get("restrictions")]
    if allowed:
        yield Finding(Level.PASS, f"{sku} is offered in {scene.region}")
    elif here:
        yield Finding(Level.FAIL, f"{sku} in {scene.region} is restricted for this subscription")
    else:
        yield Finding(Level.FAIL, f"{sku} is not offered in {scene.region}")

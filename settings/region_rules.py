"""Features of a region that the sizes need, and the problem to report where a region lacks one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from settings.azure_sizes import POSTGRES
from settings.installation import Installation
from settings.problems import Issue, Path
from settings.regions import AS_OF, Feature, Region, nearest_with
from settings.sizes import Sizing

_LACKING: dict[Feature, str] = {
    "zones": "{region} has no availability zones",
    "pair": "{region} has no paired region",
    "zoneRedundantHa": "Azure makes no new PostgreSQL servers with a standby in another zone in {region}",
    "geoBackup": "PostgreSQL servers of {region} have no backups in another region",
    "postgresV3": "PostgreSQL flexible server is not offered in {region}",
    "postgresV4": "PostgreSQL has no v4 compute in {region}",
    "postgresV5": "PostgreSQL has no v5 compute in {region}",
    "natGatewayV2": "{region} has no zone-redundant NAT gateway",
}
"""Feature → the problem to report where a region lacks it."""


class Demand(NamedTuple):
    """One setting that not every region can fulfil."""

    path: Path
    found: str
    features: tuple[Feature, ...]
    """What the region needs, the most telling last."""
    here: tuple[str, ...]
    """Values that ask less of the region, the best first."""


def demands(sizing: Sizing) -> Iterator[Demand]:
    """Yield what a size asks of its region."""
    if sizing.plan.zone_redundant:
        yield Demand(("compute", "plan", "zoneRedundant"), "true", ("zones",), ("false",))
    if sizing.postgres.ha == "ZoneRedundant":
        features: tuple[Feature, ...] = ("zones", "zoneRedundantHa")
        yield Demand(("data", "postgres", "highAvailability"), "ZoneRedundant", features, ("SameZone", "Disabled"))
    if sizing.postgres.geo_backup:
        yield Demand(("data", "postgres", "geoBackup"), "true", ("pair", "geoBackup"), ("false",))
    yield _compute(sizing.postgres.sku_name)
    storage = sizing.storage.sku
    if "ZRS" in storage or "GRS" in storage:
        wants: dict[Feature, bool] = {"zones": "ZRS" in storage, "pair": "G" in storage}
        here = {"Standard_ZRS": wants["pair"], "Standard_GRS": "ZRS" in storage and wants["pair"], "Standard_LRS": True}
        asked: tuple[Feature, ...] = tuple(feature for feature, wanted in wants.items() if wanted)
        others = tuple(sku for sku, less in here.items() if less and sku != storage)
        yield Demand(("data", "storage", "sku"), storage, asked, others)
    if sizing.registry.zone_redundant:
        yield Demand(("data", "registry", "zoneRedundant"), "true", ("zones",), ("false",))


def _compute(sku: str) -> Demand:
    """Return what a PostgreSQL SKU asks; Burstable ones are of no generation."""
    generation: Feature = "postgresV5" if sku.endswith("_v5") else "postgresV4" if sku.endswith("_v4") else "postgresV3"
    other = f"{sku.removesuffix('_v5')}_v4"
    return Demand(("data", "postgres", "sku"), sku, (generation,), (other,) if other in POSTGRES else ())


def lacking(sizing: Sizing, installation: Installation) -> list[Issue]:
    """Sizes that the region does not have, all at once, each with what it has and with the nearest regions that do.

    A region is named only if it has everything that the stack asks for.
    """
    return [issue for missing, issue in _missing(sizing, installation) if missing != _BLOCKED]


def blocked(sizing: Sizing, installation: Installation) -> list[Issue]:
    """Sizes that the region does not give to what is new: no problem of a stack that has them already.

    Settings do not know what is deployed; whoever does has to ask for these (see ``settings.load.refused_when_new``).
    """
    return [issue for missing, issue in _missing(sizing, installation) if missing == _BLOCKED]


_BLOCKED: list[Feature] = ["zoneRedundantHa"]
"""What alone is missing where Azure has zones and blocks new servers; those that exist keep their standby."""


def _missing(sizing: Sizing, installation: Installation) -> Iterator[tuple[list[Feature], Issue]]:
    """Yield, for each size that the region lacks, the missing features and the issue."""
    asked, region = list(demands(sizing)), installation.region_facts
    fulfilling = nearest_with(installation.region, {feature for demand in asked for feature in demand.features})
    for demand in asked:
        missing = [feature for feature in demand.features if feature not in region.features]
        if missing:
            here = [one for one in demand.here if _has(region, one)]
            yield missing, _issue(demand, missing, installation, here, fulfilling)


def _has(region: Region, value: str) -> bool:
    """Return whether a value that asks less than another is one that the region has."""
    needs: dict[str, Feature] = {"Standard_ZRS": "zones", "Standard_GRS": "pair"}
    if value in POSTGRES:
        return "postgresV4" in region.features
    return value not in needs or needs[value] in region.features


def _issue(
    demand: Demand, missing: list[Feature], installation: Installation, here: list[str], fulfilling: list[str]
) -> Issue:
    region, key = installation.region, demand.path[-1]
    ways = [f"{' or '.join(here)} in {region}"] if here else []
    if fulfilling:
        ways.append(f"{demand.found} in {', '.join(fulfilling[:3])}")
    ways.append(
        f"installation.regionFeatures: [{', '.join(missing)}] where your subscription has it or the server exists"
        f" (this table is of {AS_OF})"
    )
    message = _LACKING[missing[0]].format(region=region)
    if here:
        return Issue(demand.path, message, demand.found, "; ".join(ways), f"{key}: {here[0]}")
    return Issue(demand.path, message, demand.found, "; ".join(ways), f"region: {(fulfilling or ['swedencentral'])[0]}")

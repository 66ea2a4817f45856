"""Size presets as data (docs/reference/product.md, "Sizes", translated to what Azure sells today).

Presets say sizes in words ("Basic plan, about 50 GB, 1 GB cache"); a row names the SKU that Azure offers for it.
Storage is zone-redundant from the smallest on. Growing replaces nothing, yet not every step is one update: a
PostgreSQL server leaves Burstable first and gets its standby in a second run. A plan reaches Premium v3 in place only
where its scale unit has it: Basic and Standard plans can lie on older ones, which also may not integrate into a network
(Microsoft Learn, "Integrate your app with an Azure virtual network", limitations). So what is published as "Standard
plan" is Premium v3 of the same power here, and Basic is left to the sizes for trying out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from settings.azure_sizes import PLANS

Size = Literal["evaluation", "s", "m", "l", "xl"]
HaMode = Literal["Disabled", "SameZone", "ZoneRedundant"]
Clustering = Literal["NoCluster", "EnterpriseCluster", "OSSCluster"]


@dataclass(frozen=True, kw_only=True)
class PlanSize:
    """The App Service plan."""

    sku_name: str
    """E.g. ``P1v3``."""
    capacity: int
    """Instances that always run."""
    autoscale_max: int
    """Instances that autoscale may reach; equal to ``capacity`` when there is no autoscale."""
    zone_redundant: bool = False

    @property
    def tier(self) -> str:
        """Azure's tier of the SKU, e.g. ``PremiumV3``."""
        return PLANS[self.sku_name].tier

    @property
    def slots(self) -> bool:
        """Whether apps can have a staging slot."""
        return PLANS[self.sku_name].slots

    @property
    def autoscale(self) -> bool:
        """Whether the plan may grow beyond its capacity."""
        return self.autoscale_max > self.capacity


@dataclass(frozen=True, kw_only=True)
class PostgresSize:
    """The PostgreSQL Flexible Server."""

    sku_name: str
    tier: str
    """``Burstable``, ``GeneralPurpose`` or ``MemoryOptimized``."""
    storage_gib: int
    ha: HaMode
    backup_days: int
    """Days back to which the server can be restored, 7-35."""
    geo_backup: bool
    """Backups in the paired region too; fixed when the server is created."""


@dataclass(frozen=True, kw_only=True)
class RedisSize:
    """The Azure Managed Redis cluster."""

    sku: str
    high_availability: bool
    clustering: Clustering = "NoCluster"
    """How its database is cut into shards; none of the presets needs it."""


@dataclass(frozen=True, kw_only=True)
class StorageSize:
    """The storage accounts."""

    sku: str
    """Redundancy, e.g. ``Standard_ZRS``."""
    quota_gib: int
    """Quota of the file shares of all applications together, GiB."""


@dataclass(frozen=True, kw_only=True)
class RegistrySize:
    """The container registry. Premium in every size: nothing else has private endpoints."""

    sku: str = "Premium"
    zone_redundant: bool = True
    retention_days: int = 30
    """Days for which a deleted image can be restored, 1-90."""


@dataclass(frozen=True, kw_only=True)
class Sizing:
    """How large everything is: a preset's row with the stack's explicit overrides."""

    plan: PlanSize
    postgres: PostgresSize
    redis: RedisSize
    storage: StorageSize
    registry: RegistrySize
    retention_days: int
    """Days for which the workspace keeps logs."""
    audit_days: int
    """Days for which exported audit records cannot be changed or deleted."""

    def without_zones(self) -> Sizing:
        """Return the same size for a region without availability zones."""
        ha: HaMode = "SameZone" if self.postgres.ha == "ZoneRedundant" else self.postgres.ha
        return replace(
            self,
            plan=replace(self.plan, zone_redundant=False),
            postgres=replace(self.postgres, ha=ha),
            storage=replace(self.storage, sku=self.storage.sku.replace("ZRS", "LRS")),
            registry=replace(self.registry, zone_redundant=False),
        )


def _postgres(sku: str, tier: str, gib: int, ha: HaMode, backup_days: int) -> PostgresSize:
    return PostgresSize(sku_name=sku, tier=tier, storage_gib=gib, ha=ha, backup_days=backup_days, geo_backup=False)


def _redis(sku: str, *, ha: bool) -> RedisSize:
    return RedisSize(sku=sku, high_availability=ha)


def _storage(gib: int) -> StorageSize:
    return StorageSize(sku="Standard_ZRS", quota_gib=gib)


PRESETS: dict[Size, Sizing] = {
    "evaluation": Sizing(
        plan=PlanSize(sku_name="B2", capacity=1, autoscale_max=1),
        postgres=_postgres("Standard_B1ms", "Burstable", 32, "Disabled", 7),
        redis=_redis("Balanced_B0", ha=False),
        storage=_storage(100),
        registry=RegistrySize(),
        retention_days=30,
        audit_days=365,
    ),
    "s": Sizing(
        plan=PlanSize(sku_name="B3", capacity=1, autoscale_max=1),
        postgres=_postgres("Standard_B2s", "Burstable", 64, "Disabled", 7),
        redis=_redis("Balanced_B1", ha=False),
        storage=_storage(100),
        registry=RegistrySize(),
        retention_days=90,
        audit_days=365,
    ),
    "m": Sizing(
        plan=PlanSize(sku_name="P1v3", capacity=2, autoscale_max=4),
        postgres=_postgres("Standard_D2ds_v5", "GeneralPurpose", 256, "ZoneRedundant", 14),
        redis=_redis("Balanced_B3", ha=True),
        storage=_storage(500),
        registry=RegistrySize(),
        retention_days=90,
        audit_days=365,
    ),
    "l": Sizing(
        plan=PlanSize(sku_name="P2v3", capacity=2, autoscale_max=8, zone_redundant=True),
        postgres=_postgres("Standard_D4ds_v5", "GeneralPurpose", 512, "ZoneRedundant", 35),
        redis=_redis("Balanced_B10", ha=True),
        storage=_storage(1024),
        registry=RegistrySize(),
        retention_days=365,
        audit_days=730,
    ),
    "xl": Sizing(
        plan=PlanSize(sku_name="P3v3", capacity=3, autoscale_max=20, zone_redundant=True),
        postgres=_postgres("Standard_E8ds_v5", "MemoryOptimized", 2048, "ZoneRedundant", 35),
        redis=_redis("Balanced_B20", ha=True),
        storage=_storage(5120),
        registry=RegistrySize(),
        retention_days=730,
        audit_days=730,
    ),
}
"""Preset → sizes. Five applications share a plan, hence its larger SKUs within the tier that the preset names."""

WITHOUT_EDGE: dict[Size, str] = {
    "xl": "size xl comes with Front Door in front of its applications, which this program does not build yet"
}
"""Presets that cannot be installed, and why."""

"""What Azure offers: the SKUs and steps that sizes may use.

Sources: Microsoft Learn, "Azure App Service plan overview" and "App Service limits" (slots: Standard 5, Premium 20,
Basic none; instances: Basic 3, Standard 10, Premium 30; zone redundancy: Premium v2 and later, two instances), "Compute
options in Azure Database for PostgreSQL flexible server", "Storage options" (steps; it only grows), "Azure Managed
Redis SKUs".
"""

from __future__ import annotations

from typing import NamedTuple


class PlanSku(NamedTuple):
    """An App Service plan SKU."""

    tier: str
    cores: int
    memory_gib: float
    max_instances: int
    slots: bool
    autoscale: bool
    zones: bool


def _premium(tier: str, cores: int, memory: float) -> PlanSku:
    return PlanSku(tier, cores, memory, max_instances=30, slots=True, autoscale=True, zones=True)


def _basic(cores: int, memory: float) -> PlanSku:
    return PlanSku("Basic", cores, memory, max_instances=3, slots=False, autoscale=False, zones=False)


def _standard(cores: int, memory: float) -> PlanSku:
    return PlanSku("Standard", cores, memory, max_instances=10, slots=True, autoscale=True, zones=False)


PLANS: dict[str, PlanSku] = {
    "B1": _basic(1, 1.75),
    "B2": _basic(2, 3.5),
    "B3": _basic(4, 7),
    "S1": _standard(1, 1.75),
    "S2": _standard(2, 3.5),
    "S3": _standard(4, 7),
    "P0v3": _premium("Premium0V3", 1, 4),
    "P1v3": _premium("PremiumV3", 2, 8),
    "P2v3": _premium("PremiumV3", 4, 16),
    "P3v3": _premium("PremiumV3", 8, 32),
    "P1mv3": _premium("PremiumMV3", 2, 16),
    "P2mv3": _premium("PremiumMV3", 4, 32),
    "P3mv3": _premium("PremiumMV3", 8, 64),
    "P4mv3": _premium("PremiumMV3", 16, 128),
    "P5mv3": _premium("PremiumMV3", 32, 256),
    "P0v4": _premium("PremiumV4", 1, 4),
    "P1v4": _premium("PremiumV4", 2, 8),
    "P2v4": _premium("PremiumV4", 4, 16),
    "P3v4": _premium("PremiumV4", 8, 32),
    "P1mv4": _premium("PremiumMV4", 2, 16),
    "P2mv4": _premium("PremiumMV4", 4, 32),
    "P3mv4": _premium("PremiumMV4", 8, 64),
    "P4mv4": _premium("PremiumMV4", 16, 128),
    "P5mv4": _premium("PremiumMV4", 32, 256),
}


class PostgresSku(NamedTuple):
    """A PostgreSQL Flexible Server SKU."""

    tier: str
    cores: int
    memory_gib: int
    connections: int
    """Default ``max_connections`` of that memory size."""


_BURSTABLE = {
    "Standard_B1ms": PostgresSku("Burstable", 1, 2, 50),
    "Standard_B2s": PostgresSku("Burstable", 2, 4, 429),
    "Standard_B2ms": PostgresSku("Burstable", 2, 8, 859),
    "Standard_B4ms": PostgresSku("Burstable", 4, 16, 1718),
}
_SIZES = {
    "D2": PostgresSku("GeneralPurpose", 2, 8, 859),
    "D4": PostgresSku("GeneralPurpose", 4, 16, 1718),
    "D8": PostgresSku("GeneralPurpose", 8, 32, 3437),
    "D16": PostgresSku("GeneralPurpose", 16, 64, 5000),
    "E2": PostgresSku("MemoryOptimized", 2, 16, 1718),
    "E4": PostgresSku("MemoryOptimized", 4, 32, 3437),
    "E8": PostgresSku("MemoryOptimized", 8, 64, 5000),
    "E16": PostgresSku("MemoryOptimized", 16, 128, 5000),
}
POSTGRES: dict[str, PostgresSku] = {
    **_BURSTABLE,
    **{f"Standard_{size}ds_{generation}": sku for generation in ("v5", "v4") for size, sku in _SIZES.items()},
}
"""Name → SKU. Not every region has v5 compute (:mod:`settings.regions`); v4 is the same size on older processors."""

POSTGRES_STORAGE_GIB = (32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384)
"""Storage steps; a server's storage can grow but never shrink."""

REDIS_GB: dict[str, float] = {
    "Balanced_B0": 0.5,
    "Balanced_B1": 1,
    "Balanced_B3": 3,
    "Balanced_B5": 6,
    "Balanced_B10": 12,
    "Balanced_B20": 24,
    "Balanced_B50": 60,
    "Balanced_B100": 120,
    "MemoryOptimized_M10": 12,
    "MemoryOptimized_M20": 24,
    "MemoryOptimized_M50": 60,
    "ComputeOptimized_X3": 3,
    "ComputeOptimized_X5": 6,
    "ComputeOptimized_X10": 12,
    "ComputeOptimized_X20": 24,
}
"""Azure Managed Redis SKU → memory. A cluster cannot be scaled down in place."""
REDIS_UNCLUSTERED_GB = 25
"""Largest cache without clustering (Microsoft Learn, "Choose a clustering policy")."""

STORAGE_SKUS = ("Standard_LRS", "Standard_ZRS", "Standard_GRS", "Standard_GZRS", "Standard_RAGRS", "Standard_RAGZRS")
SHARE_MAX_GIB = 102400
"""Largest file share of a standard account, GiB."""

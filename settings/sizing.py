"""The sizes of one stack: its preset's row, the explicit overrides, and whether Azure offers that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from settings.azure_sizes import PLANS, POSTGRES, POSTGRES_STORAGE_GIB, REDIS_GB, REDIS_UNCLUSTERED_GB, STORAGE_SKUS
from settings.data import Compute, Data, Observability
from settings.installation import Installation
from settings.problems import Issue, nearest
from settings.region_rules import lacking
from settings.sizes import PRESETS, Size, Sizing


def size_of(
    size: Size, installation: Installation, data: Data, compute: Compute, observability: Observability
) -> Sizing:
    """Merge the overrides into the preset's row; in a region without zones the row has none."""
    row = PRESETS[size] if installation.region_facts.zones else PRESETS[size].without_zones()
    plan, postgres = compute.plan, data.postgres
    sku = postgres.sku or row.postgres.sku_name
    capacity = _or_default(plan.instances, row.plan.capacity)
    return Sizing(
        plan=replace(
            row.plan,
            sku_name=plan.sku or row.plan.sku_name,
            capacity=capacity,
            autoscale_max=_or_default(plan.max_instances, max(capacity, row.plan.autoscale_max)),
            zone_redundant=_or_default(plan.zone_redundant, row.plan.zone_redundant),
        ),
        postgres=replace(
            row.postgres,
            sku_name=sku,
            tier=POSTGRES[sku].tier if sku in POSTGRES else "",
            storage_gib=_or_default(postgres.storage_gib, row.postgres.storage_gib),
            ha=_or_default(postgres.high_availability, row.postgres.ha),
            backup_days=_or_default(postgres.backup_days, row.postgres.backup_days),
            geo_backup=_or_default(postgres.geo_backup, row.postgres.geo_backup),
        ),
        redis=replace(
            row.redis,
            sku=data.redis.sku or row.redis.sku,
            high_availability=_or_default(data.redis.high_availability, row.redis.high_availability),
            clustering=_or_default(data.redis.clustering, row.redis.clustering),
        ),
        storage=replace(
            row.storage,
            sku=data.storage.sku or row.storage.sku,
            quota_gib=_or_default(data.storage.quota_gib, row.storage.quota_gib),
        ),
        registry=replace(
            row.registry,
            zone_redundant=_or_default(data.registry.zone_redundant, row.registry.zone_redundant),
            retention_days=_or_default(data.registry.retention_days, row.registry.retention_days),
        ),
        retention_days=_or_default(observability.retention_days, row.retention_days),
        audit_days=_or_default(observability.audit_days, row.audit_days),
    )


def _or_default(value: Any, default: Any) -> Any:  # noqa: ANN401 - any field of a row
    return default if value is None else value


def _choice(value: str | int | None, offered: Mapping[Any, Any] | tuple[Any, ...], *path: str) -> list[Issue]:
    if value is None or value in offered:
        return []
    near = nearest(value, [str(o) for o in offered]) or str(next(iter(offered)))
    if isinstance(value, int):
        near = str(next((o for o in offered if o >= value), max(offered)))
    allowed = ", ".join(map(str, offered))
    return [Issue(path, "Azure does not offer this", str(value) or "nothing", allowed, f"{path[-1]}: {near}")]


def offered(data: Data, compute: Compute) -> list[Issue]:
    """Explicit sizes that Azure does not sell."""
    return [
        *_choice(data.postgres.sku, POSTGRES, "data", "postgres", "sku"),
        *_choice(data.postgres.storage_gib, POSTGRES_STORAGE_GIB, "data", "postgres", "storageGib"),
        *_choice(data.redis.sku, REDIS_GB, "data", "redis", "sku"),
        *_choice(data.storage.sku, STORAGE_SKUS, "data", "storage", "sku"),
        *_choice(compute.plan.sku, PLANS, "compute", "plan", "sku"),
    ]


def fits(sizing: Sizing, installation: Installation) -> list[Issue]:
    """Sizes that are sold but not together; call only when :func:`offered` finds nothing."""
    plan, postgres = PLANS[sizing.plan.sku_name], sizing.postgres
    rules: list[tuple[bool, Issue]] = [
        (
            postgres.ha != "Disabled" and postgres.tier == "Burstable",
            Issue(
                ("data", "postgres", "highAvailability"),
                "Burstable SKUs have no standby server",
                f"{postgres.ha} on {postgres.sku_name}",
                "Disabled, or a GeneralPurpose or MemoryOptimized SKU",
                "sku: Standard_D2ds_v5",
            ),
        ),
        (
            sizing.redis.clustering == "NoCluster" and REDIS_GB[sizing.redis.sku] > REDIS_UNCLUSTERED_GB,
            Issue(
                ("data", "redis", "clustering"),
                f"a cache without clustering ends at {REDIS_UNCLUSTERED_GB} GB",
                f"NoCluster on {sizing.redis.sku}",
                "EnterpriseCluster (first alone, where the cache exists, then the larger SKU), or a smaller SKU",
                "clustering: EnterpriseCluster",
            ),
        ),
        (
            sizing.plan.zone_redundant and not (plan.zones and sizing.plan.capacity > 1),
            Issue(
                ("compute", "plan", "zoneRedundant"),
                "zones need a Premium plan with two instances or more",
                f"{sizing.plan.sku_name} with {sizing.plan.capacity}",
                "a Premium v3 SKU and instances: 2 or more",
                "sku: P1v3",
            ),
        ),
        (
            sizing.plan.autoscale_max < sizing.plan.capacity,
            Issue(
                ("compute", "plan", "maxInstances"),
                "less than the instances that always run",
                str(sizing.plan.autoscale_max),
                f"{sizing.plan.capacity} or more",
                f"maxInstances: {sizing.plan.capacity}",
            ),
        ),
        (
            max(sizing.plan.autoscale_max, sizing.plan.capacity) > plan.max_instances,
            Issue(
                ("compute", "plan", "maxInstances"),
                f"more instances than a {plan.tier} plan can have",
                str(max(sizing.plan.autoscale_max, sizing.plan.capacity)),
                f"at most {plan.max_instances}",
                f"maxInstances: {plan.max_instances}",
            ),
        ),
        (
            sizing.plan.autoscale and not plan.autoscale,
            Issue(
                ("compute", "plan", "maxInstances"),
                "Basic plans do not scale by themselves",
                f"{sizing.plan.autoscale_max} on {sizing.plan.sku_name}",
                f"{sizing.plan.capacity}, or a Standard or Premium SKU",
                f"maxInstances: {sizing.plan.capacity}",
            ),
        ),
    ]
    return [*(issue for broken, issue in rules if broken), *lacking(sizing, installation)]

"""Every value that a size setting offers makes what Azure takes: the stores and the plan, asked of all laws.

They are planned as in the other component tests; what they register goes through the local Azure's own check, shapes
and laws, which need neither the engine nor a world.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import pulumi
import pytest

from components.base import FabrixComponent
from components.compute.plan import Plan, PlanArgs
from components.context import Context
from components.region import stores
from components.region.stage import Stage
from components.shared.diagnostics import Sink
from components.shared.endpoints import ENDPOINTS, PrivateAccess, zones_of
from emulator.control import ControlPlane
from emulator.facts import TABLE
from emulator.laws import LAWS
from emulator.store import Store
from settings.azure_sizes import PLANS, POSTGRES, POSTGRES_STORAGE_GIB, REDIS_GB, REDIS_UNCLUSTERED_GB, STORAGE_SKUS
from settings.editions import EDITIONS
from settings.model import PlatformSettings
from settings.sizes import PRESETS, WITHOUT_EDGE, Clustering, HaMode, Size
from tests.components.conftest import SUBSCRIPTION, TENANT, make_context, plan
from tests.settings.conftest import copied

OFFERED: Mapping[str, tuple[Any, ...]] = {
    "compute.plan.sku": tuple(PLANS),
    "data.postgres.sku": tuple(POSTGRES),
    "data.postgres.storageGib": POSTGRES_STORAGE_GIB,
    "data.postgres.highAvailability": get_args(HaMode),
    "data.postgres.backupDays": (7, 35),
    "data.postgres.geoBackup": (True, False),
    "data.redis.sku": tuple(REDIS_GB),
    "data.redis.clustering": get_args(Clustering),
    "data.redis.highAvailability": (True, False),
    "data.storage.sku": STORAGE_SKUS,
    "data.storage.quotaGib": (500, 102400),
    "data.storage.deleteDays": (1, 3650),
    "data.registry.zoneRedundant": (True, False),
    "data.registry.retentionDays": (1, 90),
}
"""Setting → every value that it offers, or its bounds."""


_GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers"
BASE: Any = SimpleNamespace(
    groups={"data": "rg-data", "apps": "rg-apps"},
    sink=Sink(workspace_id=f"{_GROUP}/Microsoft.OperationalInsights/workspaces/logs"),
    access=PrivateAccess(
        subnet_id=f"{_GROUP}/Microsoft.Network/virtualNetworks/vnet/subnets/endpoints",
        zone_ids={zone: f"{_GROUP}/Microsoft.Network/privateDnsZones/{zone}" for zone in zones_of(ENDPOINTS)},
    ),
)
"""What the stores stand on, as values."""
KEYS = {"azure-native:redisenterprise:listDatabaseKeys": {"primaryKey": "key", "secondaryKey": "key"}}
"""What the program looks up."""


def made_fitting(path: str, value: Any) -> dict[str, Any]:
    """Other settings that a value asks for."""
    if path == "compute.plan.sku" and value.startswith("B"):
        return {"compute.plan.maxInstances": 1, "compute.plan.instances": 1}
    if path == "data.postgres.sku" and POSTGRES[value].tier == "Burstable":
        return {"data.postgres.highAvailability": "Disabled"}
    if path == "data.redis.sku" and REDIS_GB[value] > REDIS_UNCLUSTERED_GB:
        return {"data.redis.clustering": "EnterpriseCluster"}
    return {}


def cases() -> list[Any]:
    """Dev with the first value of each list, the second of each, …: as many cases as the longest list has values."""
    found = []
    for index in range(max(map(len, OFFERED.values()))):
        chosen: dict[str, Any] = {}
        for path, values in OFFERED.items():
            value = values[index % len(values)]
            chosen = {path: value, **chosen, **made_fitting(path, value)}
        name = f"{index}: {chosen['compute.plan.sku']}, {chosen['data.postgres.sku']}"
        found.append(pytest.param(chosen, id=name))
    return found


def built(settings: PlatformSettings) -> FabrixComponent[Any]:
    """Build everything whose size is a setting, as the region does."""
    context = make_context()
    region = Plan("plan-sdc", _plan_args(settings, context))
    stage = Stage(region=region, settings=settings, context=context)
    stores.registry(stage, BASE)
    stores.accounts(stage, BASE)
    stores.postgres(
        stage,
        BASE,
        password=pulumi.Output.secret("Aa1!aaaaaaaaaaaa"),
        groups={group.role: TENANT for group in settings.groups},
    )
    stores.redis(stage, BASE, {app.key: str(uuid.uuid5(uuid.NAMESPACE_OID, app.key)) for app in settings.apps})
    return region


def _plan_args(settings: PlatformSettings, context: Context) -> PlanArgs:
    size = settings.sizing.plan
    return PlanArgs(
        context=context,
        resource_group_name=BASE.groups["apps"],
        sku_name=size.sku_name,
        capacity=size.capacity,
        zone_redundant=size.zone_redundant,
        autoscaled=False,
        per_app_scaling=False,
        sink=BASE.sink,
    )


def refused(planned: Any, folder: Path) -> list[str]:
    """What the local Azure says against the resources of a plan."""
    plane = ControlPlane(Store(folder / "azure.db"), SUBSCRIPTION, TENANT, facts=TABLE, laws=LAWS)
    return [
        f"{one.type} {one.name}: {problem}"
        for one in planned.resources
        if f"azure-native:{one.type}" in TABLE
        for problem in plane.check(f"azure-native:{one.type}", one.inputs, None, logical=one.name)[1]
    ]


@pytest.mark.parametrize("chosen", cases())
def test_what_is_made_of_these_values_is_taken_by_azure(chosen: Mapping[str, Any], tmp_path: Path) -> None:
    project = copied(tmp_path)
    for path, value in chosen.items():
        project.edit("dev", path, value)
    settings = project.load()
    planned = plan(lambda: built(settings), calls=KEYS)
    assert {"web:AppServicePlan", "dbforpostgresql:Server", "redisenterprise:RedisEnterprise"} <= planned.types
    assert refused(planned, tmp_path) == []


@pytest.mark.parametrize("zones", [True, False])
@pytest.mark.parametrize("size", PRESETS)
def test_every_preset_is_taken_by_azure(size: Size, zones: bool, tmp_path: Path) -> None:
    if size in WITHOUT_EDGE:
        pytest.skip(WITHOUT_EDGE[size])
    edition = next(name for name, rule in EDITIONS.items() if size in rule.sizes and "dev" in rule.environments)
    project = copied(tmp_path)
    changes = {"size": size, "edition": edition, "data": {}, "compute": {}}
    for path, value in {**changes, "installation.region": "swedencentral" if zones else "westus"}.items():
        project.edit("dev", path, value)
    settings = project.load()
    assert refused(plan(lambda: built(settings), calls=KEYS), tmp_path) == []

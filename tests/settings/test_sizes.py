"""Presets, editions and explicit sizes: what may be combined, and what Azure offers."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, get_args

import pytest

from settings.azure_sizes import PLANS, POSTGRES, POSTGRES_STORAGE_GIB, REDIS_GB
from settings.editions import EDITIONS, Edition
from settings.sizes import PRESETS, Size

if TYPE_CHECKING:
    from tests.settings.conftest import Project

PREFIX = "config.aifabrix:platform"
WHERE = {"a cache without clustering ends at 25 GB": "data.redis.clustering"}
"""Message → setting that is asked for instead of the one that is wrong."""
ORDER = ("evaluation", "s", "m", "l", "xl")


def test_every_preset_is_made_of_what_azure_sells() -> None:
    assert set(PRESETS) == set(get_args(Size))
    for size, row in PRESETS.items():
        assert row.plan.sku_name in PLANS, size
        assert POSTGRES[row.postgres.sku_name].tier == row.postgres.tier, size
        assert row.postgres.storage_gib in POSTGRES_STORAGE_GIB, size
        assert row.redis.sku in REDIS_GB, size
        assert row.postgres.ha == "Disabled" or row.postgres.tier != "Burstable", "Burstable has no standby"
        assert row.plan.autoscale_max <= PLANS[row.plan.sku_name].max_instances, size
        assert not row.plan.zone_redundant or PLANS[row.plan.sku_name].zones, size


@pytest.mark.parametrize(
    ("size", "tier", "ha", "storage", "cache", "quota"),
    [
        ("s", "Basic", False, 50, (1, 1), 100),
        ("m", "PremiumV3", True, 200, (2, 5), 500),
        ("l", "PremiumV3", True, 500, (10, 20), 1000),
        ("xl", "PremiumV3", True, 1025, (21, 999), 5000),
    ],
)
def test_presets_are_what_the_product_publishes(
    size: Size, tier: str, ha: bool, storage: int, cache: tuple[int, int], quota: int
) -> None:
    row = PRESETS[size]
    assert row.plan.tier == tier
    assert (row.postgres.ha != "Disabled") == ha, "high availability begins at m"
    assert row.postgres.storage_gib >= storage
    assert cache[0] <= REDIS_GB[row.redis.sku] <= cache[1]
    assert row.storage.quota_gib >= quota


def test_growing_never_shrinks_storage_nor_scales_a_cache_down() -> None:
    rows = [PRESETS[size] for size in ORDER]
    for small, large in pairwise(rows):
        assert small.postgres.storage_gib <= large.postgres.storage_gib, "PostgreSQL storage cannot shrink"
        assert REDIS_GB[small.redis.sku] <= REDIS_GB[large.redis.sku], "Managed Redis cannot scale down"
        assert small.storage.sku == large.storage.sku, "changing redundancy is a conversion, not an update"
        assert small.registry.sku == large.registry.sku


def test_the_registry_is_premium_in_every_size() -> None:
    assert {row.registry.sku for row in PRESETS.values()} == {"Premium"}, "nothing else has private endpoints"


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("environment", ["dev", "tst", "pro"])
def test_an_edition_has_its_environments_and_no_others(project: Project, edition: Edition, environment: str) -> None:
    project.edit("dev", "edition", edition).edit("dev", "installation.environment", environment)
    project.edit("dev", "size", EDITIONS[edition].sizes[-1] if edition != "enterprise" else "m")
    project.edit("dev", "data", {}).edit("dev", "compute", {})
    if environment in EDITIONS[edition].environments:
        assert project.load().edition == edition
    else:
        assert project.problem().path == f"{PREFIX}.installation.environment"


def test_xl_is_refused_until_there_is_an_edge(project: Project) -> None:
    problem = project.edit("prod", "size", "xl").problem("prod")
    assert "Front Door" in problem.message
    assert "xl" not in problem.allowed.split(", ")


@pytest.mark.parametrize(
    ("path", "value"), [("data.postgres.highAvailability", "SameZone"), ("data.redis.highAvailability", True)]
)
def test_community_has_no_high_availability(project: Project, path: str, value: Any) -> None:
    project.edit("dev", "edition", "community").edit("dev", "size", "s").edit("dev", "data", {}).edit(
        "dev", "compute", {}
    )
    assert project.load().sizing.postgres.ha == "Disabled"
    problems = project.edit("dev", path, value).problems()
    assert f"{PREFIX}.{path}" in {p.path for p in problems}


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("data.postgres.storageGib", 200, "Azure does not offer this"),
        ("data.postgres.sku", "Standard_D2", "Azure does not offer this"),
        ("data.postgres.backupDays", 6, "greater than or equal to 7"),
        ("data.postgres.backupDays", 36, "less than or equal to 35"),
        ("data.redis.sku", "Premium_P1", "Azure does not offer this"),
        ("data.storage.sku", "Premium_LRS", "Azure does not offer this"),
        ("compute.plan.sku", "P1v2x", "Azure does not offer this"),
        ("compute.plan.zoneRedundant", True, "zones need a Premium plan"),
        ("compute.plan.maxInstances", 31, "less than or equal to 30"),
        ("data.registry.retentionDays", 91, "less than or equal to 90"),
        ("data.redis.sku", "Balanced_B50", "a cache without clustering ends at 25 GB"),
    ],
)
def test_an_explicit_size_that_azure_does_not_sell_is_refused(
    project: Project, path: str, value: Any, message: str
) -> None:
    problem = project.edit("dev", path, value).problem()
    assert problem.path == f"{PREFIX}.{WHERE.get(message, path)}"
    assert message in problem.message


def test_a_standard_plan_has_ten_instances(project: Project) -> None:
    problem = project.edit("dev", "compute.plan", {"sku": "S3", "instances": 1, "maxInstances": 11}).problem()
    assert "more instances than a Standard plan can have" in problem.message


def test_storage_between_two_steps_is_answered_with_the_next_step(project: Project) -> None:
    assert project.edit("dev", "data.postgres.storageGib", 200).problem().example == "storageGib: 256"


def test_a_burstable_server_has_no_standby(project: Project) -> None:
    problem = project.edit("dev", "data.postgres.sku", "Standard_B2s").problem()
    assert problem.path == f"{PREFIX}.data.postgres.highAvailability"


def test_a_basic_plan_does_not_scale_by_itself(project: Project) -> None:
    problem = project.edit("dev", "compute.plan.sku", "B2").problem()
    assert problem.message == "Basic plans do not scale by themselves"


def test_a_basic_plan_of_several_instances_cannot_run_what_must_run_alone(project: Project) -> None:
    project.edit("dev", "compute.plan", {"sku": "B2", "instances": 2, "maxInstances": 2})
    problem = project.problem()
    assert problem.path == f"{PREFIX}.compute.plan.instances"
    assert "keycloak, openwebui on one only" in problem.message


def test_fewer_instances_at_most_than_always_are_refused(project: Project) -> None:
    project.edit("dev", "compute.plan.instances", 3)
    assert project.problem().path == f"{PREFIX}.compute.plan.maxInstances"


def test_a_region_without_zones_gets_the_same_size_without_zones(project: Project) -> None:
    project.edit("dev", "installation.region", "westus").edit("dev", "data", {})
    sizing = project.load().sizing
    assert (sizing.postgres.ha, sizing.storage.sku, sizing.registry.zone_redundant) == (
        "SameZone",
        "Standard_LRS",
        False,
    )


def test_zones_that_are_asked_for_in_a_region_without_them_are_refused(project: Project) -> None:
    project.edit("test", "installation.region", "westus")
    problem = project.problem("test")
    assert problem.path == f"{PREFIX}.data.postgres.highAvailability"
    assert "westus has no availability zones" in problem.message


def test_audit_records_of_pro_are_kept_for_twelve_months(project: Project) -> None:
    assert (
        project.edit("prod", "observability.auditDays", 364).problem("prod").path == f"{PREFIX}.observability.auditDays"
    )
    assert project.edit("dev", "observability.auditDays", 30).load("dev").sizing.audit_days == 30


def test_audit_records_of_pro_cannot_be_changed(project: Project) -> None:
    problem = project.edit("prod", "observability.auditImmutable", False).problem("prod")
    assert problem.path == f"{PREFIX}.observability.auditImmutable"
    assert {stack: project.load(stack).audit_immutable for stack in ("dev", "test")} == {"dev": False, "test": True}
    assert project.edit("dev", "observability.auditImmutable", True).load("dev").audit_immutable


def test_an_override_replaces_one_value_and_leaves_the_rest(project: Project) -> None:
    project.edit("dev", "data", {}).edit("dev", "compute", {})
    before = project.load().sizing
    after = project.edit("dev", "data", {"redis": {"sku": "Balanced_B5"}}).load().sizing
    assert after.redis.sku == "Balanced_B5"
    assert (after.postgres, after.plan, after.storage) == (before.postgres, before.plan, before.storage)


def test_every_size_setting_changes_the_sizing(project: Project) -> None:
    changes: dict[str, Any] = {
        "data.postgres.sku": "Standard_D8ds_v5",
        "data.postgres.storageGib": 1024,
        "data.postgres.highAvailability": "SameZone",
        "data.postgres.backupDays": 21,
        "data.postgres.geoBackup": False,
        "data.redis.sku": "Balanced_B20",
        "data.redis.clustering": "EnterpriseCluster",
        "data.redis.highAvailability": False,
        "data.storage.sku": "Standard_ZRS",
        "data.storage.quotaGib": 2048,
        "data.registry.zoneRedundant": False,
        "data.registry.retentionDays": 7,
        "compute.plan.sku": "P3v3",
        "compute.plan.instances": 4,
        "compute.plan.maxInstances": 12,
        "compute.plan.zoneRedundant": False,
        "observability.retentionDays": 400,
        "observability.auditDays": 900,
    }
    original = project.file("prod").read_text()
    before = project.load("prod").sizing
    for path, value in changes.items():
        project.file("prod").write_text(original)
        assert project.edit("prod", path, value).load("prod").sizing != before, f"{path} has no effect"

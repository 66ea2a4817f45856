"""What a region does not have is refused in the settings, with what it has and the nearest regions that have it all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from hypothesis import strategies as st

from settings import load
from settings.regions import FEATURES, REGIONS, Feature, nearest_with

if TYPE_CHECKING:
    from settings.problems import Problem
    from tests.settings.conftest import Project

PREFIX = "config.aifabrix:platform"


def refused(project: Project, region: str, stack: str = "dev", **changes: Any) -> dict[str, Problem]:
    """Problems of a stack in another region, by path."""
    project.edit(stack, "installation.region", region)
    for path, value in changes.items():
        project.edit(stack, path.replace("__", "."), value)
    return {problem.path.removeprefix(f"{PREFIX}."): problem for problem in project.problems(stack)}


def test_a_standby_that_azure_gives_to_nothing_new_is_a_problem_until_it_is_deployed(project: Project) -> None:
    """Settings do not know what is deployed, and stack files of servers that exist keep working."""
    settings = project.edit("test", "installation.region", "westeurope").load("test")
    (problem,) = load.refused_when_new(project.root, "test", settings)
    assert problem.path == f"{PREFIX}.data.postgres.highAvailability"
    assert problem.line, "it is as complete as any other"
    assert "no new PostgreSQL servers with a standby in another zone in westeurope" in problem.message
    assert problem.allowed.startswith("SameZone or Disabled in westeurope; ZoneRedundant in uksouth")
    assert problem.example == "highAvailability: SameZone"


def test_what_the_subscription_has_all_the_same_is_taken(project: Project) -> None:
    project.edit("test", "installation.region", "westeurope")
    project.edit("test", "installation.regionFeatures", ["zoneRedundantHa"])
    assert not load.refused_when_new(project.root, "test", project.load("test"))


def test_a_feature_that_does_not_exist_is_answered_with_those_that_do(project: Project) -> None:
    problem = project.edit("dev", "installation.regionFeatures", ["zoneRedundant"]).problem()
    assert "zoneRedundantHa" in problem.allowed


def test_all_that_a_region_lacks_is_said_at_once(project: Project) -> None:
    problems = refused(project, "italynorth", "prod")
    assert set(problems) == {"data.postgres.geoBackup", "data.storage.sku"}
    assert problems["data.storage.sku"].message == "italynorth has no paired region"
    assert problems["data.storage.sku"].example == "sku: Standard_ZRS"
    assert "Standard_GZRS in switzerlandnorth, francecentral" in problems["data.storage.sku"].allowed


def test_the_regions_named_have_everything_that_is_asked_for(project: Project) -> None:
    """Poland lacks v5 compute alone; Germany has that, but no new standby, so it is no way out."""
    problem = refused(project, "polandcentral", "test", data__postgres__geoBackup=False)["data.postgres.sku"]
    assert problem.message == "PostgreSQL has no v5 compute in polandcentral"
    assert problem.example == "sku: Standard_D2ds_v4"
    assert "germanywestcentral" not in problem.allowed


def test_v4_compute_is_the_way_where_there_is_no_v5(project: Project) -> None:
    project.edit("test", "installation.region", "polandcentral").edit("test", "data.postgres.geoBackup", False)
    assert (
        project.edit("test", "data.postgres.sku", "Standard_D2ds_v4").load("test").sizing.postgres.sku_name
        == "Standard_D2ds_v4"
    )


def test_a_region_without_postgresql_is_refused(project: Project) -> None:
    problem = refused(project, "westindia", data={})["data.postgres.sku"]
    assert "not offered in westindia" in problem.message or "no v5 compute in westindia" in problem.message
    assert problem.example.startswith("region: ")


@pytest.mark.parametrize(
    ("region", "sku", "instead"),
    [("westus", "Standard_GZRS", "Standard_GRS"), ("polandcentral", "Standard_RAGZRS", "Standard_ZRS")],
)
def test_storage_is_copied_as_far_as_the_region_can(project: Project, region: str, sku: str, instead: str) -> None:
    problems = refused(project, region, data={"storage": {"sku": sku}})
    assert problems["data.storage.sku"].example == f"sku: {instead}"


def test_regions_of_the_same_geography_come_first() -> None:
    assert nearest_with("westus2", {"zoneRedundantHa"})[:2] == ["westus3", "centralus"]
    assert nearest_with("westeurope", ())[0] == "northeurope", "the other region of Europe, though London is nearer"


@hypothesis.given(st.sampled_from(sorted(REGIONS)), st.sets(st.sampled_from(FEATURES)))
def test_every_region_named_has_what_is_asked_for(home: str, features: set[Feature]) -> None:
    named = nearest_with(home, features)
    assert home not in named
    assert all(features <= REGIONS[name].features for name in named)
    assert set(named) == {name for name, region in REGIONS.items() if features <= region.features} - {home}


def test_compute_of_a_generation_comes_with_the_ones_before_it() -> None:
    for name, region in REGIONS.items():
        assert not region.features & {"postgresV5"} or {"postgresV3", "postgresV4"} <= region.features, name
        assert "geoBackup" not in region.features or "pair" in region.features, f"{name}: a copy needs a pair"
        assert "zoneRedundantHa" not in region.features or region.zones, name

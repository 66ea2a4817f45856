"""Instances that autoscale added are no drift."""

from __future__ import annotations

from typing import Any

import pytest

from stacks.drift.compare import PropertyChange
from stacks.drift.detect import Difference, _by_autoscale
from stacks.drift.known import autoscale_bounds
from stacks.events import ResourceStep

PLAN = "/subscriptions/1/resourceGroups/rg/providers/Microsoft.Web/serverfarms/asp"


def steps(**autoscale: Any) -> list[ResourceStep]:
    """A plan and an autoscale setting, read."""
    inputs = {
        "enabled": True,
        "targetResourceUri": PLAN.upper(),
        "profiles": [{"capacity": {"minimum": "2", "maximum": "4"}}],
        **autoscale,
    }
    made = []
    for kind, arm_id, given in (
        ("azure-native:web:AppServicePlan", PLAN, {}),
        ("azure-native:monitor:AutoscaleSetting", "/autoscale", inputs),
    ):
        state = {"id": arm_id, "inputs": given}
        made.append(ResourceStep("same", kind, kind, state, state, (), {}))
    return made


@pytest.mark.parametrize(("found", "drift"), [(1, True), (2, False), (4, False), (5, True)])
def test_a_number_within_the_bounds_is_what_autoscale_does(found: int, drift: bool) -> None:
    bounds = autoscale_bounds(steps())["azure-native:web:AppServicePlan"]
    assert _by_autoscale(PropertyChange(path="sku.capacity", expected=2, found=found), bounds) is not drift


def test_only_the_number_of_instances_may_change() -> None:
    bounds = autoscale_bounds(steps())["azure-native:web:AppServicePlan"]
    assert not _by_autoscale(PropertyChange(path="sku.name", expected="P0v3", found="P1v3"), bounds)


def test_without_autoscale_every_number_counts() -> None:
    assert autoscale_bounds(steps(enabled=False)) == {}
    assert autoscale_bounds(steps(targetResourceUri="/another")) == {}
    assert not _by_autoscale(PropertyChange(path="sku.capacity", expected=2, found=3), None)


def test_storage_that_grew_by_itself_is_not_to_be_reverted() -> None:
    def grown(kind: str, path: str) -> str:
        facts: dict[str, Any] = {"urn": "u", "name": "psql-one", "expected": 256, "found": 512, "who": None, "at": None}
        return Difference(type=kind, path=path, **facts).describe()

    server = "azure-native:dbforpostgresql:Server"
    assert grown(server, "storage.storageSizeGB").endswith("write data.postgres.storageGib: 512")
    assert grown(server, "storage.iops") == "psql-one: storage.iops is 512, expected 256"
    assert grown("azure-native:storage:FileShare", "storage.storageSizeGB").endswith("expected 256")

"""What Azure changes by itself is no drift, and only that."""

from __future__ import annotations

from typing import Any

import pytest

from resources.tokens import normalise
from settings.azure_moves import moved
from stacks.drift.compare import PropertyChange
from stacks.drift.detect import Difference, Drift
from stacks.drift.known import autoscale_bounds, moved_by_azure
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


SERVER, AZURE_PLAN = "azure-native:dbforpostgresql:Server", "azure-native:web:AppServicePlan"


def mover(kind: str, path: str, expected: Any, found: Any, bounds: range | None = None) -> str | None:
    row = moved_by_azure(kind, PropertyChange(path=path, expected=expected, found=found), bounds)
    return row.mover if row else None


@pytest.mark.parametrize(("found", "by"), [(1, None), (2, "autoscale"), (4, "autoscale"), (5, None)])
def test_a_number_within_the_bounds_is_what_autoscale_does(found: int, by: str | None) -> None:
    bounds = autoscale_bounds(steps())[AZURE_PLAN]
    assert mover(AZURE_PLAN, "sku.capacity", 2, found, bounds) == by


def test_only_the_number_of_instances_may_change() -> None:
    assert mover(AZURE_PLAN, "sku.name", "P0v3", "P1v3", autoscale_bounds(steps())[AZURE_PLAN]) is None


def test_without_autoscale_every_number_counts() -> None:
    assert autoscale_bounds(steps(enabled=False)) == {}
    assert autoscale_bounds(steps(targetResourceUri="/another")) == {}
    assert mover(AZURE_PLAN, "sku.capacity", 2, 3) is None


@pytest.mark.parametrize("path", ["availabilityZone", "highAvailability.standbyAvailabilityZone"])
@pytest.mark.parametrize("kind", [SERVER, "azure-native:dbforpostgresql/v20250801:Server"])
def test_zones_are_exchanged_by_a_failover(kind: str, path: str) -> None:
    assert "failover" in (mover(kind, path, "1", "2") or "")
    assert mover("azure-native:web:WebApp", path, "1", "2") is None


def test_high_availability_itself_is_nobodys_but_ours() -> None:
    assert mover(SERVER, "highAvailability.mode", "ZoneRedundant", "Disabled") is None


@pytest.mark.parametrize(("found", "grew"), [(512, True), (128, False), (None, False), ("512", False)])
def test_storage_grows_by_itself_and_never_shrinks(found: Any, grew: bool) -> None:
    assert (mover(SERVER, "storage.storageSizeGB", 256, found) is not None) is grew


def test_storage_that_grew_is_answered_with_what_to_write() -> None:
    facts: dict[str, Any] = {"urn": "u", "name": "psql-one", "expected": 256, "found": 512, "who": None, "at": None}
    row = moved(normalise(SERVER), "storage.storageSizeGB")
    assert row is not None
    one = Difference(type=SERVER, path=row.path, moved_by=row.mover, setting=row.setting, **facts)
    assert one.describe() == (
        "psql-one: storage.storageSizeGB is 512, expected 256: Azure moved it (storage autogrow), which is no drift; "
        "write data.postgres.storageGib: 512 into the stack file"
    )
    by_hand = Difference(type="azure-native:storage:FileShare", path="shareQuota", **facts)
    assert by_hand.describe() == "psql-one: shareQuota is 512, expected 256"


def test_what_azure_moved_is_told_apart_from_drift() -> None:
    facts: dict[str, Any] = {"urn": "u", "type": SERVER, "name": "p", "who": None, "at": None}
    zone = Difference(path="availabilityZone", expected="1", found="2", moved_by="a failover", **facts)
    tag = Difference(path="tags.owner", expected="a", found="b", **facts)
    document = Drift(differences=(tag,), moved=(zone,), seconds=1.0).document()
    assert [one["path"] for one in document["drift"]] == ["tags.owner"]
    assert [(one["path"], one["movedBy"]) for one in document["moved"]] == [("availabilityZone", "a failover")]
    assert "movedBy" not in document["drift"][0]

"""A failover exchanges the zones of primary and standby; a client cannot write that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from emulator import inspect
from emulator.control import ControlPlane
from emulator.errors import Refusal
from emulator.facts import TABLE
from emulator.failover import fail_over
from emulator.laws import LAWS
from emulator.store import Store
from tests.emulator.laws.valid import VALID

from .conftest import SUBSCRIPTION, TENANT

KIND = "dbforpostgresql:Server"


def server(folder: Path, **inputs: Any) -> tuple[Store, str]:
    """A server in a new local Azure, and its id."""
    store = Store(folder / "azure.db")
    store.register(SUBSCRIPTION, TENANT)
    plane = ControlPlane(store, SUBSCRIPTION, TENANT, facts=TABLE, laws=LAWS)
    own = {**VALID[KIND], **inputs}
    group = {"resourceGroupName": own["resourceGroupName"], "location": own["location"]}
    plane.create("azure-native:resources:ResourceGroup", group)
    return store, plane.create(f"azure-native:{KIND}", own).id


def test_the_standby_takes_over_with_its_zone(tmp_path: Path) -> None:
    standby = {"mode": "ZoneRedundant", "standbyAvailabilityZone": "2"}
    store, arm_id = server(tmp_path, availabilityZone="1", highAvailability=standby)
    with pytest.raises(Refusal, match="PropertyChangeNotAllowed"):
        inspect.change(store, arm_id, "availabilityZone", "2")
    paths = ("availabilityZone", "highAvailability.standbyAvailabilityZone")
    assert set(fail_over(store, arm_id)) == set(paths)
    shown = inspect.show(store, arm_id)
    for side in (shown["inputs"], shown["outputs"]):
        assert (side["availabilityZone"], side["highAvailability"]["standbyAvailabilityZone"]) == ("2", "1")
    last = shown["activity"][-1]
    assert (last["who"], last["what"], set(last["paths"])) == ("azure", "failover", set(paths))
    fail_over(store, arm_id)
    assert inspect.show(store, arm_id)["inputs"]["availabilityZone"] == "1", "and back"
    store.close()


@pytest.mark.parametrize(("declared", "after"), [({}, ("2", "1")), ({"availabilityZone": "2"}, ("1", "2"))])
def test_zones_that_azure_chose_show_once_they_were_exchanged(
    tmp_path: Path, declared: dict[str, str], after: tuple[str, str]
) -> None:
    store, arm_id = server(tmp_path, highAvailability={"mode": "ZoneRedundant"}, **declared)
    fail_over(store, arm_id)
    shown = inspect.show(store, arm_id)["inputs"]
    assert (shown["availabilityZone"], shown["highAvailability"]["standbyAvailabilityZone"]) == after
    assert shown["highAvailability"]["mode"] == "ZoneRedundant"
    store.close()


def test_within_a_zone_nothing_shows(tmp_path: Path) -> None:
    store, arm_id = server(tmp_path, availabilityZone="1", highAvailability={"mode": "SameZone"})
    assert fail_over(store, arm_id) == ()
    assert inspect.show(store, arm_id)["inputs"]["availabilityZone"] == "1"
    store.close()


def test_without_a_standby_nothing_can_take_over(tmp_path: Path) -> None:
    store, arm_id = server(tmp_path, highAvailability={"mode": "Disabled"})
    with pytest.raises(Refusal, match="no standby"):
        fail_over(store, arm_id)
    with pytest.raises(Refusal, match="was not found"):
        fail_over(store, f"{arm_id}-other")
    store.close()

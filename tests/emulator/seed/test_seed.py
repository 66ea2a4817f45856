"""A local Azure that is filled with existing objects answers as if they had been made in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator import inspect
from emulator.control import ControlPlane
from emulator.directory import Directory
from emulator.errors import Refusal
from emulator.facts import TABLE
from emulator.functions import invoke
from emulator.laws import LAWS
from emulator.seed import Existing, access_keys, fill, unsupported_types
from emulator.store import Store
from emulator.values import Secret, plain

SUBSCRIPTION, TENANT = "1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b", "7d2c1c1e-5a0f-4c0e-9b7e-1f6a2f0c9d11"
GROUP_ID = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-data"
ACCOUNT_ID = f"{GROUP_ID}/providers/Microsoft.Storage/storageAccounts/stdata"
GROUP = Existing(
    id=GROUP_ID,
    token="azure-native:resources:ResourceGroup",
    inputs={"resourceGroupName": "rg-data", "location": "swedencentral"},
    outputs={"name": "rg-data", "location": "swedencentral"},
)
ACCOUNT = Existing(
    id=ACCOUNT_ID,
    token="azure-native:storage:StorageAccount",
    inputs={
        "accountName": "stdata",
        "resourceGroupName": "rg-data",
        "kind": "StorageV2",
        "sku": {"name": "Standard_LRS"},
    },
    outputs={"name": "stdata", "location": "swedencentral", "onlyAzureHasIt": True},
    created=1_700_000_000_000_000_000,
)
PERSONS = Existing(
    id="/groups/5f0c0a4e-0000-4000-8000-000000000001",
    token="azuread:index/group:Group",
    inputs={"displayName": "Admins", "securityEnabled": True},
    outputs={"displayName": "Admins", "objectId": "5f0c0a4e-0000-4000-8000-000000000001"},
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "azure.db")
    yield made
    made.close()


@pytest.fixture
def plane(store: Store) -> ControlPlane:
    fill(store, [GROUP, ACCOUNT, PERSONS], {SUBSCRIPTION: TENANT})
    return ControlPlane(store, SUBSCRIPTION, TENANT, facts=TABLE, laws=LAWS)


def test_objects_stand_as_they_are(store: Store, plane: ControlPlane) -> None:
    record = store.object(ACCOUNT_ID.upper())
    assert record is not None and record.inputs == ACCOUNT.inputs
    assert record.outputs["onlyAzureHasIt"] is True, "what Azure says of an object is not computed anew"
    assert (record.created, record.shape_only) == (ACCOUNT.created, False)
    assert store.tenant_of(SUBSCRIPTION) == TENANT


def test_an_object_of_another_package_is_not_in_azure(store: Store) -> None:
    made = Existing(id="none", token="random:index/randomPassword:RandomPassword", inputs={}, outputs={})
    assert fill(store, [made], {}) == 0 and store.objects() == []


def test_the_later_one_of_two_with_one_id_counts(store: Store) -> None:
    newer = Existing(id=ACCOUNT_ID.lower(), token=ACCOUNT.token, inputs={"accountName": "stdata"}, outputs={})
    fill(store, [ACCOUNT, newer], {})
    (record,) = store.objects()
    assert record.inputs == newer.inputs


def test_nothing_is_filled_in_if_one_cannot_be(store: Store) -> None:
    strange = Existing(id="/x", token="azure-native:novelty:Thing", inputs={}, outputs={})
    assert unsupported_types([strange.token, ACCOUNT.token, PERSONS.token, "random:x:Y"]) == [strange.token]
    with pytest.raises(LookupError):
        fill(store, [GROUP, strange], {SUBSCRIPTION: TENANT})
    assert store.objects() == []


def test_the_keys_that_were_foretold_are_handed_out(plane: ControlPlane) -> None:
    args: dict[str, Any] = {"accountName": "stdata", "resourceGroupName": "rg-data"}
    answer = invoke(plane, "azure-native:storage:listStorageAccountKeys", args)
    assert [plain(one["value"]) for one in answer["keys"]] == list(access_keys(ACCOUNT))
    assert access_keys(GROUP) == ()


def test_laws_hold_for_what_comes_after(plane: ControlPlane) -> None:
    with pytest.raises(Refusal, match="exist"):
        plane.create(ACCOUNT.token, {**ACCOUNT.inputs, "location": "swedencentral"})
    changed = plane.update(ACCOUNT.token, ACCOUNT_ID, {**ACCOUNT.inputs, "tags": {"a": "b"}})
    assert changed.created == ACCOUNT.created, "its keys stay"
    assert [one.id for one in plane.delete(GROUP_ID)] == [GROUP_ID, ACCOUNT_ID]


def test_directory_objects_are_found_by_name(store: Store, plane: ControlPlane) -> None:

    found = Directory(store, TENANT).call("getGroup", {"displayName": "admins"})
    assert found["objectId"] == PERSONS.outputs["objectId"]


def test_secrets_are_shown_to_nobody(store: Store) -> None:
    inputs = {"properties": {"value": Secret("canary")}}
    made = Existing(id=f"{GROUP_ID}/x", token="azure-native:keyvault:Secret", inputs=inputs, outputs={})
    fill(store, [made], {})
    assert "canary" not in f"{inspect.show(store, made.id)}{made!r}"

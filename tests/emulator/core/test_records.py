"""Where logs are sent, Azure makes containers with blobs; in an account that keeps versions immutable they stay."""

from __future__ import annotations

from typing import Any

import pytest

from emulator import inspect
from emulator.control import ControlPlane
from emulator.errors import Refusal
from emulator.facts import TABLE
from emulator.laws import LAWS
from emulator.store import Store

SUBSCRIPTION, TENANT = "11111111-2222-4333-8444-555555555555", "99999999-2222-4333-8444-555555555555"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-logs"
ACCOUNT = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/staudit"
WORM = {"enabled": True, "immutabilityPolicy": {"immutabilityPeriodSinceCreationInDays": 365, "state": "Unlocked"}}


def make(plane: ControlPlane, kind: str, /, **inputs: Any) -> str:
    return plane.create(f"azure-native:{kind}", {"resourceGroupName": "rg-logs", **inputs}).id


@pytest.fixture
def plane(store: Store) -> ControlPlane:
    """An empty subscription with all facts and laws."""
    made = ControlPlane(store=store, subscription_id=SUBSCRIPTION, tenant_id=TENANT, facts=TABLE, laws=LAWS)
    store.register(SUBSCRIPTION, TENANT)
    make(made, "resources:ResourceGroup", location="swedencentral")
    return made


def account(plane: ControlPlane, **more: Any) -> str:
    kind = {"location": "swedencentral", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
    return make(plane, "storage:StorageAccount", accountName="staudit", **kind, **more)


def send(plane: ControlPlane) -> str:
    """Send the activity log into the account."""
    logs = [{"category": "Administrative", "enabled": True}]
    return make(plane, "monitor:SubscriptionDiagnosticSetting", name="activity", storageAccountId=ACCOUNT, logs=logs)


def containers(store: Store) -> list[str]:
    return [row["name"] for row in inspect.listing(store, kind="containers")]


def test_azure_makes_the_container_of_a_log(plane: ControlPlane, store: Store) -> None:
    account(plane)
    assert containers(store) == []
    send(plane)
    assert containers(store) == ["insights-activity-logs"]


def test_the_records_outlive_the_setting_that_sent_them(plane: ControlPlane, store: Store) -> None:
    account(plane)
    plane.delete(send(plane))
    assert containers(store) == ["insights-activity-logs"]


def test_an_account_with_immutable_records_is_not_deleted(plane: ControlPlane, store: Store) -> None:
    account(plane, immutableStorageWithVersioning=WORM)
    plane.delete(send(plane))
    with pytest.raises(Refusal, match=r"AccountProtectedFromDeletion.*staudit holds immutable records"):
        plane.delete(ACCOUNT)
    inspect.remove(store, "insights-activity-logs")
    assert [one.id for one in plane.delete(ACCOUNT)] == [ACCOUNT]


@pytest.mark.parametrize("worm", [{}, {"immutableStorageWithVersioning": WORM}])
def test_an_account_is_deleted_while_it_is_empty_or_its_records_may_go(plane: ControlPlane, worm: dict) -> None:
    account(plane, **worm)
    if not worm:
        send(plane)
    assert plane.delete(ACCOUNT)

"""Restoring a PostgreSQL server to a moment: of what, to when, and what the new one has from the old one."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator import clock

from .memory import GONE, GROUP, Memory, ask, changed, codes, preview
from .valid import VALID, world

SERVER = "dbforpostgresql:Server"
NOW = "2026-11-24T12:00:00+00:00"
SOURCE = f"{GROUP}/providers/Microsoft.DBforPostgreSQL/flexibleServers/psql-one"
RESTORE: dict[str, Any] = {
    "serverName": "psql-one-r202611241100",
    "createMode": "PointInTimeRestore",
    "sourceServerResourceId": SOURCE,
    "pointInTimeUTC": "2026-11-24T11:00:00Z",
    "highAvailability": {"mode": "Disabled"},
    "administratorLogin": GONE,
    "administratorLoginPassword": GONE,
}


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FABRIX_NOW", NOW)


def there() -> Memory:
    """Everything that a server needs, and the server to restore."""
    found = world(SERVER)
    if found.get(SOURCE) is None:
        found.add(SERVER, VALID[SERVER])
    return found


def asked(**changes: Any) -> list[str]:
    return ask(there(), SERVER, changed(VALID[SERVER], {**RESTORE, **changes}))


def test_a_restore_to_an_hour_ago_is_accepted() -> None:
    assert not asked(), "same region, same version and size, within the backups"


def test_a_preview_accepts_it_too() -> None:
    assert not preview(SERVER, changed(VALID[SERVER], RESTORE))


REFUSED = {
    "a source that does not exist": ({"sourceServerResourceId": f"{SOURCE}-gone"}, "ResourceNotFound"),
    "a source that is no server": (
        {"sourceServerResourceId": f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv-one"}, "InvalidParameterValue"
    ),
    "another region": ({"location": "northeurope"}, "InvalidParameterValue"),
    "a moment before the oldest backup": ({"pointInTimeUTC": "2026-11-01T11:00:00Z"}, "InternalServerError"),
    "a moment as Go prints it": ({"pointInTimeUTC": "2026-11-24 11:00:00 +0000 UTC"}, "InternalServerError"),
    "a moment without zone": ({"pointInTimeUTC": "2026-11-24T11:00:00"}, "InternalServerError"),
    "no moment": ({"pointInTimeUTC": GONE}, "MissingRequiredParameter"),
    "another major version": ({"version": "16"}, "InvalidParameterValue"),
    "another size": ({"sku.name": "Standard_D4ds_v5"}, "InvalidParameterValue"),
    "less storage": ({"storage.storageSizeGB": 32}, "InvalidParameterValue"),
    "another retention": ({"backup.backupRetentionDays": 7}, "InvalidParameterValue"),
    "high availability from the start": ({"highAvailability.mode": "ZoneRedundant"}, "InvalidParameterValue"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_azure_refuses(name: str) -> None:
    changes, code = REFUSED[name]
    texts = asked(**changes)
    assert codes(texts) == {code}, f"{name}: expected {code}, got {texts or 'nothing'}"
    assert all("Allowed: " in text for text in texts), "a refusal says what is allowed"


def test_a_later_moment_than_now_is_taken_as_now() -> None:
    assert not asked(pointInTimeUTC="2026-11-25T11:00:00Z"), "Microsoft Learn: the service normalises it"


def test_more_storage_than_the_source_is_no_violation() -> None:
    assert not asked(**{"storage.storageSizeGB": 128})


def test_an_update_of_a_restored_server_is_not_judged_as_a_restore() -> None:
    inputs = changed(VALID[SERVER], RESTORE)
    later = changed(inputs, {"highAvailability.mode": "ZoneRedundant"})
    assert not ask(there(), SERVER, later, olds=inputs), "high availability may be switched on afterwards"


@given(st.integers(min_value=-40 * 24 * 60, max_value=60))
def test_exactly_the_moments_within_the_backups_are_reached(minutes: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FABRIX_NOW", NOW)
        moment = dt.datetime.fromisoformat(NOW) + dt.timedelta(minutes=minutes)
        refused = bool(asked(pointInTimeUTC=f"{moment:%Y-%m-%dT%H:%M:%SZ}"))
    assert refused is (minutes < -14 * 24 * 60), "the source keeps 14 days"


def test_without_the_variable_it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FABRIX_NOW")
    assert abs(clock.now() - dt.datetime.now(dt.UTC)) < dt.timedelta(seconds=5)


REPLICA = {"createMode": "Replica", "pointInTimeUTC": GONE}


def test_a_replica_without_backups_and_standby_of_its_own_is_accepted() -> None:
    assert not asked(**REPLICA, backup={"backupRetentionDays": 7, "geoRedundantBackup": "Disabled"})


@pytest.mark.parametrize(
    "more", [{"backup": {"geoRedundantBackup": "Enabled"}}, {"highAvailability": {"mode": "ZoneRedundant"}}]
)
def test_a_replica_has_neither_backups_in_the_paired_region_nor_a_standby(more: dict[str, Any]) -> None:
    assert "InvalidParameterValue" in codes(asked(**REPLICA, **more))

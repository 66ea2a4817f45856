"""What a restore makes: read from the state alone, with a name that Azure takes, and without any secret."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promotion.restore.messages import describe_plan, next_steps
from promotion.restore.plan import MAX_NAME, RestorePlan, make_plan, server_name
from promotion.restore.source import find_source
from promotion.restore.times import RestoreWindow
from settings import PlatformSettings, load
from settings.names import check_name
from support.errors import OperationError
from targets.name import TargetName

from .sample import NOW, SUBNET, ZONE, resources, server, source

ROOT = Path(__file__).resolve().parents[3]
MOMENT = dt.datetime(2026, 11, 24, 9, 15, 30, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def settings() -> PlatformSettings:
    return load.stack(ROOT, "dev")


@pytest.fixture(scope="module")
def plan(settings: PlatformSettings) -> RestorePlan:
    return make_plan("prod", "2026-11-24T09:15:30Z", MOMENT, source(), settings)


def test_the_state_says_everything_about_the_server() -> None:
    found = source()
    assert (found.name, found.resource_group, found.location) == ("psql-one", "rg-data", "swedencentral")
    assert found.backup_days == 14
    assert found.databases == ("miso",), "another server's databases are not its own"
    assert list(found.parameters) == ["shared_preload_libraries", "pgaudit.log"], "in the order of setting them"
    assert found.administrators == ({"name": "Admins", "objectId": "o", "kind": "Group"},)
    assert (found.subnet_id, dict(found.zone_ids)) == (SUBNET, {ZONE.rsplit("/", 1)[-1]: ZONE})
    assert (found.workspace_id, found.locked) == ("/workspace", True)
    assert found.created == dt.datetime(2026, 10, 1, 8, 0, 0, 123456, tzinfo=dt.UTC)


def test_storage_that_azure_let_grow_is_taken_as_it_is() -> None:
    grown = server(outputs={"storage": {"storageSizeGB": 512, "autoGrow": "Enabled", "iops": 1100}})
    found = find_source({"resources": [grown, *resources()[1:]]}, "prod")
    assert found.properties["storage"] == {"storageSizeGB": 512, "autoGrow": "Enabled"}, "and nothing only reported"


def test_the_oldest_backup_that_azure_named_is_read() -> None:
    backup = {"backupRetentionDays": 14, "earliestRestoreDate": "2026-11-12T00:00:00Z"}
    found = find_source({"resources": [server(outputs={"backup": backup}), *resources()[1:]]}, "prod")
    assert found.oldest_backup == dt.datetime(2026, 11, 12, tzinfo=dt.UTC)
    assert "earliestRestoreDate" not in found.properties["backup"]


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ([], "no PostgreSQL server"),
        ([server(delete=True)], "no PostgreSQL server"),
        ([server(), server(id="/s/x/resourceGroups/rg/providers/P/flexibleServers/psql-two")], "several PostgreSQL"),
        ([server()], "no private endpoint and no log"),
    ],
)
def test_a_state_that_cannot_be_restored_is_refused(broken: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(OperationError, match=message):
        find_source({"resources": broken}, "prod")


def test_the_new_server_says_where_its_data_is_from(plan: RestorePlan) -> None:
    assert plan.server == "psql-one-r202611240915"
    assert plan.restore_stack == "prod-restore-202611240915"
    assert plan.tags == {
        "environment": "pro", "restored-from": "psql-one", "restored-to": "2026-11-24T09:15:30Z"
    }  # fmt: skip
    assert plan.confirmation == "restore prod 2026-11-24T09:15:30Z"


def test_the_plan_holds_no_secret(plan: RestorePlan) -> None:
    text = json.dumps(plan.config())
    assert "administratorLogin" not in text and "hidden" not in text, "the restored server keeps its own logins"


def test_the_same_restore_has_the_same_digest_and_another_one_another(
    plan: RestorePlan, settings: PlatformSettings
) -> None:
    again = make_plan("prod", "2026-11-24T10:15:30+01:00", MOMENT, source(), settings)
    later = make_plan("prod", "2026-11-24T09:15:31Z", MOMENT + dt.timedelta(seconds=1), source(), settings)
    assert plan.digest == again.digest != later.digest


NAMES = st.from_regex(r"psql-[a-z0-9]{1,20}(-[a-z0-9]{1,12}){0,3}", fullmatch=True).filter(lambda n: len(n) <= MAX_NAME)


@given(NAMES, st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2099, 1, 1)))  # noqa: DTZ001 - only written
def test_the_new_name_is_one_that_azure_takes_and_keeps_the_minute(name: str, moment: dt.datetime) -> None:
    made = server_name(name, f"r{moment:%Y%m%d%H%M}")
    assert check_name("postgres", made) is None
    assert made.endswith(f"-r{moment:%Y%m%d%H%M}") and made != name


def test_names_that_begin_alike_stay_different_when_they_are_cut() -> None:
    long = "psql-" + "a" * 52
    made = {server_name(f"{long}{end}", "r202611240915") for end in ("one111", "two222")}
    assert len(made) == 2 and all(len(name) <= MAX_NAME for name in made)


def test_the_messages_name_what_happens_and_hide_nothing(plan: RestorePlan, settings: PlatformSettings) -> None:
    text = "\n".join(describe_plan(plan, RestoreWindow.of_backups(now=NOW, days=14)))
    for part in ("psql-one-r202611240915", "Standard_D2ds_v5", "256 GiB", "miso", "ZoneRedundant", "is not touched"):
        assert part in text, f"the description of the plan names {part}"
    steps = next_steps(plan, settings, TargetName.AZURE)
    message = "\n".join(steps)
    assert "Nothing in this program points applications to another server" in message
    for part in (
        "pg_dump",
        "pg_restore",
        "az webapp stop",
        "pulumi -C restore destroy --stack prod-restore-202611240915",
    ):
        assert part in message
    assert [step.split(".")[0] for step in steps] == [str(n) for n in range(1, len(steps) + 1)]


def test_the_steps_name_the_vault_secrets_that_hold_the_host(plan: RestorePlan, settings: PlatformSettings) -> None:
    message = "\n".join(next_steps(plan, settings, TargetName.LOCAL))
    first = next(database.url_secret for app in settings.apps for database in app.databases)
    assert first in message and re.search(r"and \d+ more", message)

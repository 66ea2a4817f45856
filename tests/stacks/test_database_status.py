"""Whether the SQL that ran is the one that the stack file asks for, from the state and from what Azure answers."""

from __future__ import annotations

import json
from typing import Any

import pytest
import typer

from cli import data as command
from database.sql import checksum, install_sql
from database.wanted import wanted
from settings import load
from stacks.database_status import SqlStatus, sql_status
from stacks.rotations import OUTPUT
from stacks.slots import STACK
from support.checkout import ROOT
from support.console import Console
from support.errors import Exit
from targets.name import TargetName

SETTINGS = load.stack(ROOT, "dev")
WANTED = wanted(SETTINGS.apps)
SUM, OTHER = checksum(WANTED), "sha256:" + "0" * 64
JOB = "/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/rg/providers/Microsoft.App/jobs/caj-sql"
PASSWORD = "keycloak-databases-0-passwordKeyVault"


def deployment(ran: str | None = SUM, *, job: str = JOB, counts: dict[str, int] | None = None) -> dict[str, Any]:
    """A state with the job and, once SQL ``ran``, its mark."""
    start = "urn:pulumi:dev::aifabrix::aifabrix:platform:Platform$aifabrix:data:SqlJob$"
    entries: list[dict[str, Any]] = [{"type": STACK, "urn": "u", "outputs": {OUTPUT: counts or {}}}]
    if job:
        entries.append({"type": "azure-native:app:Job", "urn": f"{start}azure-native:app:Job::sql", "id": job})
    if ran:
        entries.append(
            {
                "type": "random:index/randomId:RandomId",
                "urn": f"{start}random:index/randomId:RandomId::sql",
                "inputs": {"keepers": {"sql": ran, "version0": {"ciphertext": "…"}}},
                "created": "2026-11-24T10:00:00Z",
            }
        )
    return {"resources": entries}


def execution(name: str, status: str, started: str) -> dict[str, Any]:
    return {"name": name, "properties": {"status": status, "startTime": started, "endTime": started}}


class Questions:
    """Azure with a job that holds some SQL, and executions of it."""

    def __init__(self, sql: str | None = None, *executions: dict[str, Any]) -> None:
        self.sql, self.executions = install_sql(WANTED) if sql is None else sql, executions

    def get(self, path: str, version: str, **_: str) -> dict[str, Any] | None:
        assert (path, version) == (JOB, "2025-07-01")
        if self.sql == "gone":
            return None
        secret = {"name": "PGPASSWORD", "secretRef": "administrator"}
        return {"properties": {"template": {"containers": [{"env": [secret, {"name": "SQL", "value": self.sql}]}]}}}

    def rows(self, path: str, version: str, **_: str) -> list[dict[str, Any]]:
        assert (path, version) == (f"{JOB}/executions", "2025-07-01")
        return list(self.executions)


def status(state: dict[str, Any], questions: Questions | None = None) -> SqlStatus:
    return sql_status("dev", state, SETTINGS, questions or Questions())  # ty: ignore[invalid-argument-type]


def test_what_ran_is_what_is_wanted() -> None:
    newest = execution("new", "Succeeded", "2026-11-24T10:00:00Z")
    found = status(deployment(), Questions(None, newest, execution("old", "Failed", "2026-11-23T10:00:00Z")))
    assert found.problems == []
    assert (found.ran, found.held, found.since) == (SUM, SUM, "2026-11-24T10:00:00Z")
    assert found.execution is not None and found.execution.name == "new"
    assert [row.database.name for row in found.databases] == [one.name for one in WANTED]


def test_an_older_run_a_run_that_failed_and_none_at_all_are_told_apart() -> None:
    (older,) = [p for p in status(deployment(OTHER)).problems if "ran last" in p]
    assert f"{OTHER} ran last, and the stack file asks for {SUM}: `./fabrix up dev`" in older
    broken = status(deployment(OTHER), Questions(None, execution("new", "Failed", "2026-11-24T10:00:00Z")))
    assert any("has not run to its end" in p for p in broken.problems)
    assert any("new, is Failed" in p and "az containerapp job logs show --name caj-sql" in p for p in broken.problems)
    (running,) = status(deployment(), Questions(None, execution("new", "Running", "2026-11-24T10:00:00Z"))).problems
    assert "new is still running" in running and "az containerapp" not in running, "no failure whose log one reads"
    (never,) = status(deployment(None)).problems
    assert "never run to its end" in never


def test_a_job_that_is_gone_and_a_network_without_one_are_told_apart() -> None:
    (gone,) = status(deployment(), Questions("gone")).problems
    assert f"Azure has no job {JOB}" in gone
    (none,) = status(deployment(None, job="")).problems
    assert "./fabrix data sql dev" in none and "./fabrix data verify dev" in none


def test_rotations_are_counted_by_database() -> None:
    found = status(deployment(counts={PASSWORD: 3}))
    assert {row.database.name: row.deployed for row in found.databases}["keycloak"] == 3
    assert sum(row.deployed is not None for row in found.databases) == 1


class Session:
    def __init__(self, target: TargetName) -> None:
        self.stack, self.settings, self.console = "dev", SETTINGS, Console(as_json=True)
        self.target = type("T", (), {"name": target})

    def require_settings(self) -> None:
        pass


@pytest.mark.parametrize(("ran", "code"), [(SUM, 0), (OTHER, Exit.FAILED.value)])
def test_the_exit_code_tells_whether_they_are_equal(
    ran: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command.Session, "open", lambda *_, **__: Session(TargetName.AZURE))
    monkeypatch.setattr(command, "require_state", lambda *_: {"deployment": deployment(ran)})
    monkeypatch.setattr(command, "questions_for", lambda *_: Questions())
    try:
        command.status("dev", TargetName.AZURE, as_json=True)
        ended = 0
    except typer.Exit as end:
        ended = end.exit_code
    assert ended == code
    document = json.loads(capsys.readouterr().out)
    assert document["ok"] is (code == 0)
    assert (document["wanted"], document["ran"], document["job"]["holds"]) == (SUM, ran, SUM)
    keycloak = next(one for one in document["databases"] if one["name"] == "keycloak")
    assert keycloak["owner"] == keycloak["login"] == "keycloak_user" and keycloak["second"] == "keycloak_user_b"
    assert keycloak["rotations"] == {"wanted": 0, "deployed": None}

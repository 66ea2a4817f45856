"""``fabrix data verify`` finds what was changed on the server, and names it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from database.compare import Difference
from database.wanted import wanted
from settings import load
from stacks.databases import ask
from support.errors import Exit, OperationError
from tests.cli.json_contract import hold
from tests.conftest import Result
from tests.database.scene import KEYCLOAK, WANTED, database
from tests.postgresql import ADMINISTRATOR, PASSWORD, PostgreSql, psql

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


@pytest.fixture
def asked(installed: PostgreSql, monkeypatch: pytest.MonkeyPatch) -> PostgreSql:
    """A server that is as wanted, and an environment that reaches it."""
    for name, value in environment(installed).items():
        monkeypatch.setenv(name, value)
    return installed


def environment(server: PostgreSql) -> dict[str, str]:
    return {**server.environment(), "PATH": f"{Path(psql()).parent}:{os.environ['PATH']}"}


def found(*databases: Any) -> list[Difference]:
    return ask(databases or WANTED, "127.0.0.1", ADMINISTRATOR)


def test_a_server_as_wanted_has_no_differences(asked: PostgreSql) -> None:
    assert found() == []


CHANGES = {
    "ALTER DATABASE keycloak OWNER TO stranger": ("database keycloak", "owner", "stranger"),
    "GRANT CONNECT ON DATABASE keycloak TO PUBLIC": (
        "database keycloak", "rights of everybody on the database", "some",
    ),
    "GRANT USAGE ON SCHEMA public TO PUBLIC": ("database keycloak", "rights of everybody on schema public", "some"),
    "GRANT CONNECT ON DATABASE keycloak TO stranger": (
        "database keycloak", "roles with rights on the database", "stranger",
    ),
    "ALTER SCHEMA public OWNER TO stranger": ("database keycloak", "owner of schema public", "stranger"),
    "CREATE TABLE ledger (id int); ALTER TABLE ledger OWNER TO stranger": (
        "database keycloak", "objects of other roles", "stranger",
    ),
    "DROP EXTENSION pgcrypto": ("database keycloak", "missing extensions", "pgcrypto"),
    "COMMENT ON DATABASE keycloak IS NULL": ("database keycloak", "SQL that ran last", "none"),
    "ALTER ROLE keycloak_user NOLOGIN": ("role keycloak_user", "may log in", "False"),
    "ALTER ROLE keycloak_user CREATEDB": ("role keycloak_user", "rights on the server", "some"),
    "GRANT keycloak_user TO stranger": ("role keycloak_user", "roles that may act as it", "stranger"),
    "REVOKE keycloak_user FROM keycloak_user_b GRANTED BY fabrixadmin": (
        "role keycloak_user", "missing members", "keycloak_user_b",
    ),
    "ALTER ROLE keycloak_user_b RESET role": ("role keycloak_user_b", "acts as", "keycloak_user_b"),
    "DROP ROLE keycloak_user_b": ("role keycloak_user_b", "existence", "missing"),
}  # fmt: skip
"""What somebody does by hand → subject, aspect and what is found."""


@pytest.mark.parametrize("change", CHANGES)
def test_names_what_was_changed(asked: PostgreSql, change: str) -> None:
    with asked.superuser(KEYCLOAK.name) as connection:
        for statement in change.split("; "):
            connection.execute(statement.encode())
    assert CHANGES[change] in [(row.subject, row.aspect, row.found) for row in found()]


def test_names_a_database_that_is_missing(asked: PostgreSql) -> None:
    assert ("database nowhere", "existence") in [(r.subject, r.aspect) for r in found(*WANTED, database("nowhere"))]


def test_says_why_the_server_refuses(asked: PostgreSql, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", "wrong")
    with pytest.raises(OperationError, match="password authentication failed") as refused:
        found()
    assert refused.value.code is Exit.FAILED


def test_without_psql_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(OperationError, match="install the PostgreSQL client") as refused:
        found()
    assert refused.value.code is Exit.ENGINE_MISSING


def test_the_commands_install_and_verify_a_shipped_stack(empty: PostgreSql, tmp_path: Path) -> None:
    postgresql, databases = empty, wanted(load.stack(ROOT, "dev").apps)

    def fabrix(command: str) -> Result:
        done = subprocess.run(
            [sys.executable, "cli", *command.split(), "--json"],
            cwd=ROOT,
            env={**os.environ, **environment(postgresql)},
            capture_output=True,
            text=True,
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr, command)

    verify = "data verify dev --host 127.0.0.1"

    with postgresql.connect(ADMINISTRATOR, PASSWORD) as connection:
        for one in databases:
            connection.execute(f'CREATE DATABASE "{one.name}"'.encode())
    before = fabrix(verify).must(Exit.FAILED.value)
    hold("data verify", before)

    written = fabrix(f"data sql dev -o {tmp_path}/data.sql").must().document
    script = (tmp_path / "data.sql").read_text()
    assert script == written["sql"]
    done = postgresql.run(script, {row["variable"]: f"{row['secret']}-1" for row in written["passwords"]})
    assert done.returncode == 0, done.stderr

    assert fabrix(verify).must().document["differences"] == []

"""A whole deployment whose job really runs, against a real server: order, failure, and when it runs again."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from database.wanted import wanted
from settings import load
from tests.conftest import Checkout
from tests.postgresql import ADMINISTRATOR, PostgreSql, psql

pytestmark = [pytest.mark.engine, pytest.mark.slow]

LOCAL = 'if os.environ.get("FABRIX_TARGET") != "local":  # the local Azure runs no containers'


def ran(checkout: Checkout) -> list[dict[str, Any]]:
    file = checkout.root / "ran.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def test_the_sql_runs_before_the_applications_and_only_when_it_must(
    small_checkout: Checkout, empty: PostgreSql
) -> None:
    checkout, postgresql = small_checkout, empty
    path = f"{Path(psql()).parent}:{os.environ['PATH']}"
    (checkout.root / "server.json").write_text(json.dumps({**postgresql.environment(), "PATH": path}))
    shutil.copy(Path(__file__).with_name("job_host.py"), checkout.root / "job_host.py")
    checkout.edit("__main__.py", (LOCAL, "if True:"), ("from stacks.cloud.jobs", "from job_host"))
    databases = wanted(load.stack(checkout.root, "dev").apps)
    environment = {"PATH": path}

    with postgresql.superuser() as connection:  # somebody else's, so the SQL refuses
        connection.execute(f'CREATE DATABASE "{databases[0].name}" OWNER stranger'.encode())
    failed = checkout.fabrix("up", "dev", "--yes", "--json", environment=environment)
    assert failed.code == 1
    assert f"database {databases[0].name} belongs to stranger" in failed.stdout, failed.stdout[-3000:]
    assert len(ran(checkout)) == 1
    assert ran(checkout)[0]["sites"] == [], "an application would start without its role"
    assert ran(checkout)[0]["endpoints"], "the server's private address is there before the SQL runs"

    with postgresql.superuser() as connection:
        connection.execute(f'ALTER DATABASE "{databases[0].name}" OWNER TO {ADMINISTRATOR}'.encode())
    checkout.fabrix("up", "dev", "--yes", "--json", environment=environment).must()
    assert [one["sites"] for one in ran(checkout)] == [[], []]
    verified = checkout.fabrix(
        "data", "verify", "dev", "--host", "127.0.0.1", "--json",
        environment={**environment, **postgresql.environment()},
    ).must()  # fmt: skip
    assert verified.document["differences"] == []

    again = checkout.fabrix("up", "dev", "--yes", "--json", environment=environment).must()
    assert again.document["counts"] == {}
    assert len(ran(checkout)) == 2

"""What ``psql`` is given: the server that is named, whatever the operator's environment says of others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from database.sql import ROOTS
from stacks.databases import _query

PSQL = """#!/bin/sh
printf '{"arguments": "%s", "hostaddr": "%s", "service": "%s", "port": "%s", "mode": "%s"}' \
  "$*" "$PGHOSTADDR" "$PGSERVICE" "$PGPORT" "$PGSSLMODE"
"""


def test_psql_asks_the_server_that_is_named_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "psql"
    program.write_text(PSQL, encoding="utf-8")
    program.chmod(0o755)
    elsewhere = {"PGHOSTADDR": "203.0.113.9", "PGSERVICE": "production", "PGPORT": "6432"}
    for name, value in {"PATH": f"{tmp_path}:{os.environ['PATH']}", **elsewhere}.items():
        monkeypatch.setenv(name, value)
    seen = _query("SELECT 1", "server.example", "asker", "postgres")
    assert "-h server.example -U asker -d postgres" in seen.pop("arguments")
    assert seen == {"hostaddr": "", "service": "", "port": "6432", "mode": "require"}


def test_a_server_of_azure_has_to_prove_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "psql"
    program.write_text(PSQL.replace("PGSERVICE", "PGSSLROOTCERT"), encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    for name in ("PGSSLMODE", "PGSSLROOTCERT"):
        monkeypatch.delenv(name, raising=False)
    seen = _query("SELECT 1", "psql-one.postgres.database.azure.com", "asker", "postgres")
    assert seen["mode"] == "verify-full" and seen["service"] == str(ROOTS)
    monkeypatch.setenv("PGSSLMODE", "require")
    for name in ("psql-one.postgres.database.azure.com", "PSQL-ONE.postgres.database.AZURE.com."):
        assert _query("SELECT 1", name, "asker", "postgres")["mode"] == "verify-full", "no variable and no spelling"
    assert _query("SELECT 1", "127.0.0.1", "asker", "postgres")["mode"] == "require", "the end of a tunnel"

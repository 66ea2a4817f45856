"""Asking a database server, through ``psql``, what it holds."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from typing import Any

from database.compare import Difference, differences
from database.psql import error_lines
from database.sql import DATABASE_FACTS, MAINTENANCE, ROOTS, SERVER_FACTS
from database.wanted import Database
from support.errors import Exit, OperationError

_SECONDS = 60.0
_ELSEWHERE = ("PGHOSTADDR", "PGSERVICE")
"""Variables of libpq that lead to another server than the host that is named: it would answer, and get the password."""
_OF_AZURE = ".postgres.database.azure.com"
"""End of the names whose certificates Azure vouches for; a tunnel's end has none."""
OLDEST_PSQL = 15
"""Major version from which ``psql`` reads variables from the environment (PostgreSQL 15 release notes)."""


def ask(databases: Sequence[Database], host: str, user: str) -> list[Difference]:
    """Compare the server at ``host`` with ``databases``; password, port and encryption are in libpq's environment.

    Raises:
        OperationError: exit code 4 without ``psql``, 1 when the server does not answer or refuses.

    """
    server = _query(SERVER_FACTS, host, user, MAINTENANCE)
    inside = {
        one.name: _query(DATABASE_FACTS, host, user, one.name) for one in databases if one.name in server["databases"]
    }
    return differences(databases, server, inside)


def _query(sql: str, host: str, user: str, database: str) -> Any:  # noqa: ANN401 - a JSON document
    program = shutil.which("psql")
    if program is None:
        raise OperationError(
            f"psql is not on PATH; install the PostgreSQL client, version {OLDEST_PSQL} or newer.", Exit.ENGINE_MISSING
        )
    checked = {"PGSSLMODE": "verify-full", "PGSSLROOTCERT": str(ROOTS)}
    of_azure = host.lower().rstrip(".").endswith(_OF_AZURE)
    defaults = {"PGCONNECT_TIMEOUT": "10", "PGSSLMODE": "require"}
    inherited = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
    connection = ["-h", host, "-U", user, "-d", database]
    try:
        done = subprocess.run(
            [program, "-X", "-A", "-t", "-w", *connection, "-c", sql],
            env={**defaults, **inherited, **(checked if of_azure else {})},
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise OperationError(f"{host} did not answer within {_SECONDS:.0f} s.", Exit.FAILED) from None
    if done.returncode != 0:
        said = "\n".join(error_lines(done.stderr))
        raise OperationError(
            f"psql could not ask {host} as {user}: {said}\nThe server answers inside its network only. "
            "The password, or an Entra token, is read from PGPASSWORD.",
            Exit.FAILED,
        )
    return json.loads(done.stdout)

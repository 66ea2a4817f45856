"""Whether the health path of an application notices that its database is gone, as the catalogue says."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager, suppress

import pytest

from settings.catalogue_files import catalogue
from tests.applications.place import Running
from tests.postgresql import PostgreSql

_NOTICED_SECONDS = 60.0
"""docs/reference/product.md, "What a health path notices": within a minute."""
_PATIENCE_SECONDS = 300.0
"""How long a test waits for that, on a machine with other things to do."""


@contextmanager
def gone(server: PostgreSql, database: str) -> Generator[None]:
    """Take a database away from everybody, and give it back."""
    with server.superuser() as connection:
        connection.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS false'.encode())
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (database,))
    try:
        yield
    finally:
        with server.superuser() as connection:
            connection.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS true'.encode())


def require_health_as_documented(running: Running, database: str, server: PostgreSql) -> None:
    """Take its database away: the health path notices it or does not, as ``healthCovers`` of the catalogue says."""
    key = running.site.key
    noticed = catalogue().apps[key].health_covers["database"] == "noticed"
    with gone(server, database):
        unhealthy = _waits_for(running, healthy=False, seconds=_PATIENCE_SECONDS if noticed else _NOTICED_SECONDS)
    assert unhealthy == noticed, f"the health path of {key} answered otherwise than its catalogue entry says"
    if unhealthy and not _waits_for(running, healthy=True, seconds=_PATIENCE_SECONDS):
        pytest.fail(f"{key} has its database again and is not healthy:\n{running.last_words()}")


def _waits_for(running: Running, *, healthy: bool, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        status = 0
        with suppress(OSError):
            status = running.ask(running.site.health_path, seconds=30).status
        if (200 <= status < 300) == healthy:
            return True
        time.sleep(0.5)
    return False

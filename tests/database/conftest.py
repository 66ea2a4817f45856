"""The server of the tests with databases on it, as ARM makes them and as the SQL leaves them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.database.scene import NAMES, install
from tests.postgresql import ADMINISTRATOR, PASSWORD, PostgreSql


@pytest.fixture
def server(postgresql: PostgreSql) -> Iterator[PostgreSql]:
    """A server with the two databases as ARM makes them: owned by the administrator's login."""
    for name in NAMES:
        with postgresql.connect(ADMINISTRATOR, PASSWORD) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
    yield postgresql
    clean(postgresql)


@pytest.fixture
def empty(postgresql: PostgreSql) -> Iterator[PostgreSql]:
    """A server without databases."""
    yield postgresql
    clean(postgresql)


def clean(postgresql: PostgreSql) -> None:
    """Drop every database and every role of an application."""
    with postgresql.superuser() as connection:
        for (name,) in connection.execute(
            "SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres'"
        ).fetchall():
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
        for (name,) in connection.execute("SELECT rolname FROM pg_roles WHERE rolname ~ '_user'").fetchall():
            connection.execute(f'DROP OWNED BY "{name}"; DROP ROLE "{name}"'.encode())


@pytest.fixture
def installed(server: PostgreSql) -> PostgreSql:
    install(server)
    return server

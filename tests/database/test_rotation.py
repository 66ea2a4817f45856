"""A password is exchanged while clients hammer the database: no statement fails, and the old password ends."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
import pytest

from database.sql import password_variable, rotation_sql
from tests.database.scene import KEYCLOAK
from tests.postgresql import PostgreSql

pytestmark = pytest.mark.slow

CLIENTS = 3
ROTATIONS = 4
RESTART_SECONDS = 0.4
"""How often a client reads its credential anew, as an application does when it is restarted."""


@dataclass
class Application:
    """Clients that read a credential, work with it for a while on short connections, and read it again."""

    server: PostgreSql
    credential: tuple[str, str]
    """Login and password in the vault."""
    statements: int = 0
    failures: list[str] = field(default_factory=list)
    in_use: dict[int, str] = field(default_factory=dict)
    """Client → login that it works with."""
    _ending: threading.Event = field(default_factory=threading.Event)

    def client(self, number: int) -> None:
        while not self._ending.is_set():
            login, password = self.credential
            self.in_use[number] = login
            restart = time.monotonic() + RESTART_SECONDS * (1 + number / CLIENTS)
            while time.monotonic() < restart and not self._ending.is_set():
                try:
                    with self.server.connect(login, password, KEYCLOAK.name) as connection:
                        for _ in range(5):
                            connection.execute("INSERT INTO hits VALUES (current_user)")
                            self.statements += 1
                except psycopg.Error as error:
                    self.failures.append(str(error))

    @contextmanager
    def running(self) -> Generator[None]:
        threads = [threading.Thread(target=self.client, args=(number,)) for number in range(CLIENTS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._ending.set()
            for thread in threads:
                thread.join(timeout=30)

    def wait_for(self, login: str) -> None:
        """Wait until every client works with ``login``, and has done so once."""
        wait(lambda: len(self.in_use) == CLIENTS and set(self.in_use.values()) == {login})
        reached = self.statements
        wait(lambda: self.statements > reached + 5 * CLIENTS or bool(self.failures))


def wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "waited for a minute"
        time.sleep(0.02)


@pytest.fixture
def application(installed: PostgreSql) -> Application:
    with installed.connect(KEYCLOAK.owner, f"{KEYCLOAK.owner}-1", KEYCLOAK.name) as connection:
        connection.execute("CREATE TABLE hits (who name)")
    return Application(installed, (KEYCLOAK.owner, f"{KEYCLOAK.owner}-1"))


def rotate(server: PostgreSql, resting: str, password: str) -> subprocess.CompletedProcess[str]:
    return server.run(rotation_sql(KEYCLOAK, resting), {password_variable(resting): password})


def test_no_statement_fails_while_passwords_are_exchanged(application: Application) -> None:
    server, old = application.server, application.credential
    with application.running():
        application.wait_for(KEYCLOAK.owner)
        for number in range(ROTATIONS):
            resting = KEYCLOAK.logins[(number + 1) % 2]
            done = rotate(server, resting, f"{resting}-{number + 2}")
            assert done.returncode == 0, done.stderr
            application.credential = (resting, f"{resting}-{number + 2}")
            application.wait_for(resting)
    assert application.failures == []
    assert application.statements > 20 * ROTATIONS
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        server.connect(*old, KEYCLOAK.name)
    with server.superuser(KEYCLOAK.name) as connection:
        rows = connection.execute("SELECT who, count(*) FROM hits GROUP BY who").fetchall()
    assert rows == [(KEYCLOAK.owner, application.statements)], "both logins act as the owner, and nothing is lost"


def test_with_a_single_login_statements_do_fail(application: Application) -> None:
    """What the second login is for: otherwise the test above would prove nothing."""
    with application.running():
        application.wait_for(KEYCLOAK.owner)
        with application.server.superuser() as connection:
            connection.execute(f"ALTER ROLE {KEYCLOAK.owner} PASSWORD 'another'".encode())
        wait(lambda: bool(application.failures))
        application.credential = (KEYCLOAK.owner, "another")
    assert "password authentication failed" in application.failures[0]


def test_refuses_a_login_that_is_in_use(application: Application) -> None:
    server = application.server
    with server.connect(*application.credential, KEYCLOAK.name):
        done = rotate(server, KEYCLOAK.owner, "another")
    assert done.returncode == 3
    assert "1 sessions use keycloak_user" in done.stderr
    server.connect(*application.credential, KEYCLOAK.name).close()


def test_refuses_without_a_password_or_without_the_role(application: Application) -> None:
    server = application.server
    assert (
        "PASSWORD_KEYCLOAK_USER_B with a password is missing"
        in server.run(rotation_sql(KEYCLOAK, KEYCLOAK.second), {}).stderr
    )
    with server.superuser() as connection:
        connection.execute(f"DROP ROLE {KEYCLOAK.second}".encode())
    assert "does not exist" in rotate(server, KEYCLOAK.second, "another").stderr


def test_refuses_a_role_of_another_database() -> None:
    with pytest.raises(ValueError, match="is no login of database keycloak"):
        rotation_sql(KEYCLOAK, "flowise_user")

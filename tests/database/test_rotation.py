"""A password is exchanged while clients hammer the database: no statement fails, and the old password ends."""

from __future__ import annotations

import dataclasses
import subprocess
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
import pytest

from database.sql import install_sql, password_variable
from database.wanted import Database
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


def rotated(number: int) -> Database:
    return dataclasses.replace(KEYCLOAK, rotations=number)


def rotate(server: PostgreSql, number: int, **passwords: str) -> subprocess.CompletedProcess[str]:
    """Run the script of a rotation as the job does, with the passwords of both logins unless they are given."""
    database = rotated(number)
    own = {login: f"{login}-{database.generation(login) + 1}" for login in database.logins}
    return server.run(install_sql([database]), {password_variable(k): v for k, v in (passwords or own).items()})


def test_no_statement_fails_while_passwords_are_exchanged(application: Application) -> None:
    server, old = application.server, application.credential
    with application.running():
        application.wait_for(KEYCLOAK.owner)
        for number in range(1, ROTATIONS + 1):
            done = rotate(server, number)
            assert done.returncode == 0, done.stderr
            application.wait_for(rotated(number - 1).active)  # restarts that come late do no harm
            assert rotate(server, number).returncode == 0, "the job may run again at any time"
            active = rotated(number).active
            application.credential = (active, f"{active}-{number + 1}")
            application.wait_for(active)
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


@pytest.mark.parametrize(("before", "number", "used"), [(1, 2, "owner"), (2, 3, "second"), (0, 2, "owner")])
def test_refuses_to_change_the_password_of_a_login_that_is_in_use(
    application: Application, before: int, number: int, used: str
) -> None:
    """An application that did not move over, or a count that skips one: then the present login would change."""
    server, login = application.server, getattr(KEYCLOAK, used)
    for earlier in range(1, before + 1):
        assert rotate(server, earlier).returncode == 0
    credential = (login, f"{login}-{rotated(before).generation(login) + 1}")
    with server.connect(*credential, KEYCLOAK.name):
        done = rotate(server, number)
    assert done.returncode == 3
    assert f"1 sessions use {login}" in done.stderr
    server.connect(*credential, KEYCLOAK.name).close()
    assert rotate(server, number).returncode == 0, "once nobody uses it"


def test_only_the_password_of_the_login_in_use_has_to_be_known(application: Application) -> None:
    server = application.server
    assert "PASSWORD_KEYCLOAK_USER_B with a password is missing" in rotate(server, 1, keycloak_user="one").stderr
    assert rotate(server, 1, keycloak_user_b="two").returncode == 0
    server.connect(KEYCLOAK.second, "two", KEYCLOAK.name).close()
    server.connect(*application.credential, KEYCLOAK.name).close()


def test_a_new_server_gets_the_passwords_of_a_later_rotation(server: PostgreSql) -> None:
    """A restore, or the first deployment of an installation that moved: nothing of earlier rotations is there."""
    assert rotate(server, 3).returncode == 0
    server.connect(KEYCLOAK.second, f"{KEYCLOAK.second}-4", KEYCLOAK.name).close()
    server.connect(KEYCLOAK.owner, f"{KEYCLOAK.owner}-3", KEYCLOAK.name).close()

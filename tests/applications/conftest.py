"""One deployment of the dev stack, and the servers that its host names lead to."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from database.sql import install_sql, password_variable
from database.wanted import wanted
from tests.applications.place import Place
from tests.applications.rendered import Deployment
from tests.certificates import Authority
from tests.conftest import make_checkout
from tests.postgresql import ADMINISTRATOR, PASSWORD, PostgreSql, serving

POSTGRES_PORT = 5432


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory, dev_deployed: Any) -> Deployment:
    """The shipped dev stack on the local Azure."""
    checkout = make_checkout(tmp_path_factory.mktemp("applications") / "checkout")
    dev_deployed(checkout)
    return Deployment(checkout.root)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def hosts(deployment: Deployment) -> dict[str, str]:
    """Addresses of this run for the rendered names: others may run at the same time, with the same ports."""
    block = f"127.{random.randint(1, 254)}.{random.randint(0, 255)}"  # noqa: S311 - no secret
    return {deployment.postgres_host: f"{block}.2", deployment.cache_host: f"{block}.3"}


@pytest.fixture(scope="session")
def place(deployment: Deployment, hosts: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Where applications run."""
    return Place(tmp_path_factory.mktemp("place"), hosts, deployment.redacted)


@pytest.fixture(scope="session")
def database_server(deployment: Deployment, authority: Authority, hosts: dict[str, str]) -> Iterator[PostgreSql]:
    """PostgreSQL under the rendered name, with the databases that ARM makes and what the program's SQL adds."""
    host = deployment.postgres_host

    def certify(folder: Path) -> Path:
        return authority.certify(folder, host)

    with serving(certify, host=host, address=hosts[host], port=POSTGRES_PORT) as server:
        apps = deployment.settings.apps
        with server.connect(ADMINISTRATOR, PASSWORD) as connection:
            for database in wanted(apps):
                connection.execute(f'CREATE DATABASE "{database.name}"'.encode())
        passwords = {
            password_variable(database.login): deployment.secrets[database.password_secret]
            for app in apps
            for database in app.databases
        }
        done = server.run(install_sql(wanted(apps)), passwords)
        assert done.returncode == 0, done.stderr
        yield server

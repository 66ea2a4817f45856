"""A whole deployment whose job really runs, against a real server: order, failure, and when it runs again."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from database.wanted import wanted
from emulator.store import Store
from emulator.values import plain
from emulator.world import dig
from settings import load
from settings.rotation_line import rewrite
from tests.cli.json_contract import hold
from tests.conftest import Checkout
from tests.postgresql import ADMINISTRATOR, PostgreSql, psql

pytestmark = [pytest.mark.engine, pytest.mark.slow]

PASSWORD = "keycloak-databases-0-passwordKeyVault"
LOCAL = 'if os.environ.get("FABRIX_TARGET") != "local":  # the local Azure runs no containers'


def ran(checkout: Checkout) -> list[dict[str, Any]]:
    file = checkout.root / "ran.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def test_the_sql_runs_before_the_applications_only_when_it_must_and_exchanges_a_password(
    small_checkout: Checkout, empty: PostgreSql
) -> None:
    checkout, postgresql = small_checkout, empty
    path = f"{Path(psql()).parent}:{os.environ['PATH']}"
    (checkout.root / "server.json").write_text(json.dumps({**postgresql.environment(), "PATH": path}))
    shutil.copy(Path(__file__).with_name("job_host.py"), checkout.root / "job_host.py")
    checkout.edit("__main__.py", (LOCAL, "if True:"), ("from stacks.cloud.jobs", "from job_host"))
    file = checkout.root / "Pulumi.dev.yaml"
    file.write_text(rewrite(file.read_text(), PASSWORD, 0))  # prepared: later rotations take one run
    databases = wanted(load.stack(checkout.root, "dev").apps)
    # A program that was changed: a process that was started for the shipped one does not find it again.
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

    before, first = credential(checkout), passwords(checkout)
    assert before == ("keycloak_user", newest(checkout, first["keycloak-user"]))
    rotated = hold("rotate", checkout.fabrix("rotate", "dev", PASSWORD, "--yes", "--json", environment=environment))
    assert rotated.must().document["rotated"] == {"secret": PASSWORD, "rotations": 1, "readers": ["keycloak"]}
    assert len(ran(checkout)) == 3, "the server has the password before any application does"
    moved, second = credential(checkout), passwords(checkout)
    assert moved == ("keycloak_user_b", newest(checkout, second["keycloak-user-b"]))
    assert second["keycloak-user"] == first["keycloak-user"], "who has not moved over yet works on"
    with postgresql.connect("keycloak_user", first["keycloak-user"], "keycloak"):  # ... and does not let go
        refused = checkout.fabrix("rotate", "dev", PASSWORD, "--yes", "--json", environment=environment).must(1)
    assert "1 sessions use keycloak_user, whose password would stop working" in refused.stdout
    assert credential(checkout) == moved, "it refers to a version that still holds"
    postgresql.connect("keycloak_user", first["keycloak-user"], "keycloak").close()
    postgresql.connect("keycloak_user_b", second["keycloak-user-b"], "keycloak").close()

    checkout.fabrix("up", "dev", "--yes", environment=environment).must()
    third = passwords(checkout)
    assert credential(checkout) == ("keycloak_user", newest(checkout, third["keycloak-user"]))
    assert third["keycloak-user"] != first["keycloak-user"] and third["keycloak-user-b"] == second["keycloak-user-b"]
    postgresql.connect("keycloak_user", third["keycloak-user"], "keycloak").close()


def credential(checkout: Checkout) -> tuple[str, str]:
    """Return the login and the reference to its password that Keycloak has."""
    with closing(Store(checkout.local / "azure.db")) as store:
        (site,) = [one for one in store.list("Microsoft.Web/sites") if "keycloak" in one.id]
        settings = {one["name"]: one["value"] for one in site.inputs["siteConfig"]["appSettings"]}
    return settings["KC_DB_USERNAME"], settings["KC_DB_PASSWORD"]


def newest(checkout: Checkout, password: str) -> str:
    """Return the reference to the newest version of Keycloak's password in the vault, which has to be ``password``."""
    with closing(Store(checkout.local / "azure.db")) as store:
        (secret,) = [one for one in store.objects("Microsoft.KeyVault/vaults/secrets") if one.id.endswith(PASSWORD)]
    assert dig(plain(secret.inputs), "properties.value") == password
    return f"@Microsoft.KeyVault(SecretUri={dig(plain(secret.outputs), 'properties.secretUriWithVersion')})"


def passwords(checkout: Checkout) -> dict[str, str]:
    """Return the job's secrets."""
    with closing(Store(checkout.local / "azure.db")) as store:
        (job,) = store.list("Microsoft.App/jobs")
        return {one["name"]: one["value"] for one in job.inputs["configuration"]["secrets"]}

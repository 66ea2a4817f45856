"""What the job inside the databases promises."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import pytest

from components.data.sqljob import SqlJob, SqlJobArgs
from components.region import stores
from database.sql import checksum, install_sql, password_variable
from database.wanted import Database
from settings.application import second_login

SUBNET = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/vnet/subnets/jobs"


def database(name: str) -> Database:
    owner = f"{name.replace('-', '_')}_user"
    return Database(name=name, owner=owner, second=second_login(owner), extensions=())


DATABASES = (database("data-plane"), database("keycloak"))


@pytest.fixture(scope="module")
def args(context: Any, sink: Any) -> SqlJobArgs:
    return SqlJobArgs(
        context=context,
        resource_group_name="rg-aifabrix-dev",
        group="rg-aifabrix-dev",
        subnet_id=SUBNET,
        server_id="/subscriptions/s/resourceGroups/rg/providers/Microsoft.DBforPostgreSQL/flexibleServers/psql-one",
        host="psql-one.postgres.database.azure.com",
        administrator="fabrixadmin",
        administrator_password="secret-of-the-administrator",
        image="mcr.microsoft.com/one@sha256:1",
        databases=DATABASES,
        passwords={one.owner: f"secret-of-{one.owner}" for one in DATABASES},
        versions=["https://kv-one.vault.azure.net/secrets/one/1"],
        after=[],
        run=None,
        sink=sink,
    )


@pytest.fixture(scope="module")
def planned(plan: Any, args: SqlJobArgs) -> Any:
    return plan(lambda: SqlJob("sql-sdc", args))


@pytest.fixture(scope="module")
def job(planned: Any) -> Any:
    return planned.one("app:Job")


def variables(job: Any) -> dict[str, dict[str, str]]:
    return {one["name"]: one for one in job.inputs["template"]["containers"][0]["env"]}


def test_nothing_outside_the_network_reaches_it(planned: Any) -> None:
    environment = planned.one("app:ManagedEnvironment")
    assert environment.inputs["vnetConfiguration"] == {"infrastructureSubnetId": SUBNET, "internal": True}
    assert environment.inputs["publicNetworkAccess"] == "Disabled"
    assert "ingress" not in environment.inputs


def test_it_runs_the_sql_of_the_databases(job: Any) -> None:
    assert variables(job)["SQL"]["value"] == install_sql(DATABASES)
    assert job.inputs["template"]["containers"][0]["image"] == "mcr.microsoft.com/one@sha256:1"


def test_it_gives_passwords_to_the_server_of_that_name_alone(job: Any) -> None:
    found = variables(job)
    assert found["PGSSLMODE"]["value"] == "verify-full"
    assert found["ROOTS"]["value"].count("BEGIN CERTIFICATE") == 2
    assert '"$ROOTS" > "$PGSSLROOTCERT"' in job.inputs["template"]["containers"][0]["args"][0]


def test_it_runs_when_it_is_started_and_only_once(job: Any) -> None:
    configuration = job.inputs["configuration"]
    assert configuration["triggerType"] == "Manual"
    assert configuration["replicaRetryLimit"] == 0
    assert configuration["manualTriggerConfig"] == {"parallelism": 1, "replicaCompletionCount": 1}


def test_every_variable_that_the_sql_reads_is_a_secret_that_the_job_has(job: Any) -> None:
    secrets = {one["name"]: one["value"] for one in job.inputs["configuration"]["secrets"]}
    found = variables(job)
    assert secrets[found["PGPASSWORD"]["secretRef"]] == "secret-of-the-administrator"
    for one in DATABASES:
        assert secrets[found[password_variable(one.owner)]["secretRef"]] == f"secret-of-{one.owner}"


def test_no_password_is_readable_in_a_plan_or_a_state(job: Any) -> None:
    values = {f"configuration.secrets[{index}].value" for index in range(len(job.inputs["configuration"]["secrets"]))}
    marked = {path for path in job.secrets if path.startswith("configuration.secrets")}
    assert marked & {"configuration.secrets", *values}, job.secrets
    assert not any("secret-of" in (one.get("value") or "") for one in variables(job).values())


def test_another_sql_or_another_password_runs_it_again(planned: Any, plan: Any, args: SqlJobArgs) -> None:
    def keepers(changed: SqlJobArgs) -> dict[str, str]:
        return plan(lambda: SqlJob("sql-sdc", changed)).one("random:index/randomId:RandomId").inputs["keepers"]

    before = keepers(args)
    assert before["sql"] == checksum(DATABASES)
    assert keepers(args) == before
    assert keepers(dataclasses.replace(args, databases=DATABASES[:1])) != before
    assert keepers(dataclasses.replace(args, versions=["https://kv-one.vault.azure.net/secrets/one/2"])) != before


def test_the_mark_waits_for_the_job(planned: Any) -> None:
    mark = planned.one("random:index/randomId:RandomId")
    assert "app:Job sql-sdc" in mark.depends_on


def test_without_a_subnet_for_jobs_there_is_none() -> None:
    """An existing network need not have one; an operator runs the script then."""
    base: Any = SimpleNamespace(network=SimpleNamespace(subnet_ids={"apps": SUBNET, "endpoints": SUBNET}))
    stage: Any = SimpleNamespace()
    secrets: Any = SimpleNamespace()
    assert stores.sql_job(stage, base, secrets=secrets, after=[], run=None) == []

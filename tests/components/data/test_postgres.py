"""What the PostgreSQL component promises."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import pulumi
import pytest

from components.data.postgres import Database, Postgres, PostgresArgs
from components.data.postgres_parameters import parameters
from database.wanted import extensions_of

GROUP = "rg-aifabrix-dev"
ADMINISTRATORS = "22222222-0000-0000-0000-000000000001"
DATABASES = (
    Database(name="miso", role="miso_user"),
    Database(name="dataplane-vector", role="dataplane_vector_user"),
    Database(name="flowise", role="flowise_user", extensions=("pgcrypto", "uuid-ossp")),
)


@pytest.fixture(scope="module")
def args(context: Any, access: Any, sink: Any) -> PostgresArgs:
    return PostgresArgs(
        context=context,
        resource_group_name=GROUP,
        sku_name="Standard_D2ds_v5",
        sku_tier="GeneralPurpose",
        storage_gib=128,
        high_availability="ZoneRedundant",
        zone="1",
        standby_zone="2",
        backup_days=14,
        databases=DATABASES,
        administrators={"aifabrix-platform-admin": ADMINISTRATORS},
        access=access,
        sink=sink,
    )


@pytest.fixture(scope="module")
def planned(plan: Any, args: PostgresArgs) -> Any:
    return plan(lambda: Postgres("postgres-sdc", args))


@pytest.fixture(scope="module")
def server(planned: Any) -> Any:
    return planned.one("dbforpostgresql:Server")


def test_no_address_of_the_internet_reaches_the_server(planned: Any, server: Any) -> None:
    assert server.inputs["network"] == {"publicNetworkAccess": "Disabled"}, (
        "a delegated subnet excludes an endpoint for ever"
    )
    assert not planned.of("dbforpostgresql:FirewallRule"), (
        "with public access off a rule only waits for the day it is on"
    )


def test_the_endpoint_is_the_only_way_in(planned: Any, server: Any) -> None:
    endpoint = planned.one("network:PrivateEndpoint")
    (connection,) = endpoint.inputs["privateLinkServiceConnections"]
    assert connection["groupIds"] == ["postgresqlServer"]
    assert connection["privateLinkServiceId"].endswith(f"/flexibleServers/{server.inputs['serverName']}")
    assert "dbforpostgresql:Server postgres-sdc" in endpoint.depends_on, "an id that is composed must still wait"


def test_entra_tokens_are_accepted_and_passwords_are_not(server: Any, context: Any) -> None:
    assert server.inputs["authConfig"] == {
        "activeDirectoryAuth": "Enabled",
        "passwordAuth": "Disabled",
        "tenantId": context.tenant_id,
    }
    assert "administratorLogin" not in server.inputs
    assert "administratorLoginPassword" not in server.inputs


def test_with_password_authentication_the_password_is_a_secret_whatever_was_handed_in(
    plan: Any, args: PostgresArgs
) -> None:
    changed = dataclasses.replace(args, password_auth=True, administrator_password="not-marked-secret")
    server = plan(lambda: Postgres("postgres-sdc", changed)).one("dbforpostgresql:Server")
    assert server.inputs["authConfig"]["passwordAuth"] == "Enabled"
    assert server.inputs["authConfig"]["activeDirectoryAuth"] == "Enabled", "people still come with tokens"
    assert server.inputs["administratorLogin"] == "fabrixadmin"
    assert "administratorLoginPassword" in server.secrets, "a password in plain state is a leak"


def test_password_authentication_without_a_password_is_refused(plan: Any, args: PostgresArgs) -> None:
    with pytest.raises(ValueError, match="administrator_password"):
        plan(lambda: Postgres("postgres-sdc", dataclasses.replace(args, password_auth=True)))


def test_groups_administer_and_people_do_not(planned: Any, context: Any) -> None:
    (administrator,) = planned.inputs_of("dbforpostgresql:AdministratorsMicrosoftEntra")
    assert administrator["objectId"] == ADMINISTRATORS
    assert administrator["principalType"] == "Group"
    assert administrator["tenantId"] == context.tenant_id


def test_every_database_of_every_application_exists_in_utf8(planned: Any) -> None:
    databases = planned.inputs_of("dbforpostgresql:Database")
    assert [d["databaseName"] for d in databases] == [d.name for d in DATABASES]
    assert {(d["charset"], d["collation"]) for d in databases} == {("UTF8", "en_US.utf8")}


def test_roles_are_data_for_the_job_inside_the_network(plan: Any, args: PostgresArgs) -> None:
    def build() -> Any:
        postgres = Postgres("postgres-sdc", args)
        return [postgres.roles, postgres.extensions, postgres.host_name]

    roles, extensions, host = plan(build).result
    assert roles == {
        "miso": "miso_user",
        "dataplane-vector": "dataplane_vector_user",
        "flowise": "flowise_user",
    }
    assert extensions["dataplane-vector"] == ["vector"]
    assert host.endswith(".postgres.database.azure.com")


def test_a_database_whose_name_ends_in_vector_gets_the_vector_extension() -> None:
    assert extensions_of("dataplane-vector", ()) == ("vector",)
    assert extensions_of("vectors", ()) == ()


def test_exactly_the_extensions_that_somebody_needs_may_be_created(planned: Any) -> None:
    allowed = _parameters(planned)["azure.extensions"]
    assert allowed == "PG_STAT_STATEMENTS,PGAUDIT,PGCRYPTO,UUID-OSSP,VECTOR", "capitals, as Azure lists them"


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("require_secure_transport", "on"),
        ("ssl_min_protocol_version", "TLSv1.2"),
        ("password_encryption", "scram-sha-256"),
        ("log_checkpoints", "on"),
        ("log_connections", "on"),
        ("log_disconnections", "on"),
        ("connection_throttle.enable", "on"),
        ("logfiles.retention_days", "7"),
        ("pgaudit.log", "ddl,role"),
        ("shared_preload_libraries", "pg_stat_statements,pgaudit"),
    ],
)
def test_the_server_is_told(planned: Any, parameter: str, value: str) -> None:
    assert _parameters(planned)[parameter] == value


def test_statements_with_passwords_never_reach_the_log(planned: Any) -> None:
    assert "log_statement" not in _parameters(planned), "with ddl it writes ALTER ROLE … PASSWORD in clear text"


def test_the_allow_list_comes_before_the_libraries_and_these_before_their_parameters() -> None:
    order = list(parameters(extensions=[], audit_classes=["ddl"]))
    assert order.index("azure.extensions") < order.index("shared_preload_libraries") < order.index("pgaudit.log")


def test_the_server_gets_one_change_at_a_time(planned: Any) -> None:
    writers = [r for r in planned.resources if r.type in WRITERS]
    assert len(writers) == len(DATABASES) + 1 + len(_parameters(planned))
    for before, after in itertools.pairwise(writers):
        assert f"{before.type} {before.name}" in after.depends_on, "Azure answers ServerIsBusy to a second writer"


def test_the_standby_the_backups_and_the_growing_disk_are_as_asked(server: Any) -> None:
    assert server.inputs["highAvailability"] == {"mode": "ZoneRedundant", "standbyAvailabilityZone": "2"}
    assert server.inputs["backup"] == {"backupRetentionDays": 14, "geoRedundantBackup": "Disabled"}
    assert server.inputs["storage"] == {"storageSizeGB": 128, "autoGrow": "Enabled"}
    assert server.inputs["version"] == "17"
    assert server.inputs["maintenanceWindow"]["customWindow"] == "Enabled"


def test_a_failover_is_not_undone_and_nothing_else_is_ignored(server: Any) -> None:
    zones = ("availabilityZone", "highAvailability.standbyAvailabilityZone")
    assert server.ignore_changes == (*zones, "storage.tier", "storage.iops")
    assert not {"tier", "iops"} & set(server.inputs["storage"]), "what a larger disk brings is not declared at all"
    assert "standbyAvailabilityZone" in server.inputs["highAvailability"]


def test_server_and_databases_are_protected(planned: Any, server: Any) -> None:
    assert server.protect
    assert all(d.protect for d in planned.of("dbforpostgresql:Database")), (
        "removing an application must not drop its data"
    )


def test_the_lock_goes_before_anything_below_the_server_when_a_stack_is_destroyed(planned: Any) -> None:
    lock = planned.one("authorization:ManagementLockByScope")
    assert {"network:PrivateEndpoint postgres-sdc", "monitor:DiagnosticSetting postgres-sdc"} <= lock.depends_on


def test_what_is_on_the_server_is_deleted_with_it_and_not_reset_one_by_one(planned: Any) -> None:
    for writer in (r for r in planned.resources if r.type in WRITERS):
        assert writer.deleted_with == "dbforpostgresql:Server postgres-sdc"


def test_without_protection_there_is_neither_lock_nor_protect(plan: Any, args: PostgresArgs, unprotected: Any) -> None:
    loose = plan(lambda: Postgres("postgres-sdc", dataclasses.replace(args, context=unprotected)))
    assert "authorization:ManagementLockByScope" not in loose.types
    assert not any(r.protect for r in loose.resources)


def test_the_server_logs_into_the_workspace(planned: Any) -> None:
    setting = planned.one("monitor:DiagnosticSetting")
    assert setting.inputs["workspaceId"] == "/id/workspace"
    assert setting.inputs["logAnalyticsDestinationType"] == "Dedicated", "the shared table cannot be exported"


def test_another_size_leaves_alone_what_would_replace_the_server(plan: Any, args: PostgresArgs, server: Any) -> None:
    larger = dataclasses.replace(
        args, sku_name="Standard_E8ds_v5", sku_tier="MemoryOptimized", storage_gib=2048, backup_days=35
    )
    changed = plan(lambda: Postgres("postgres-sdc", larger)).one("dbforpostgresql:Server")
    assert changed.inputs["sku"]["name"] == "Standard_E8ds_v5"
    assert changed.inputs["storage"]["storageSizeGB"] == 2048, "the setting must not be dead"
    moved = {key for key in {*server.inputs, *changed.inputs} if server.inputs.get(key) != changed.inputs.get(key)}
    assert moved == {"sku", "storage", "backup"}
    assert changed.inputs["backup"]["geoRedundantBackup"] == server.inputs["backup"]["geoRedundantBackup"]


def test_a_preview_knows_every_name_and_address(plan: Any, args: PostgresArgs, unknown: Any, server: Any) -> None:
    previewed = plan(lambda: Postgres("postgres-sdc", args).host_name, preview=True)
    assert previewed.result == f"{server.inputs['serverName']}.postgres.database.azure.com"
    for resource in previewed.resources:
        assert unknown not in resource.inputs.values(), (
            f"{resource.type} {resource.name} hides what a policy must judge"
        )


def test_a_group_that_is_made_in_the_same_stack_may_be_unknown(plan: Any, args: PostgresArgs, unknown: Any) -> None:
    def build() -> Any:
        later = pulumi.Output.from_input("group").apply(lambda _: pulumi.output.UNKNOWN)
        return Postgres("postgres-sdc", dataclasses.replace(args, administrators={"admins": later})).host_name

    (administrator,) = plan(build, preview=True).inputs_of("dbforpostgresql:AdministratorsMicrosoftEntra")
    assert administrator["objectId"] is unknown


WRITERS = frozenset(
    {
        "dbforpostgresql:Database",
        "dbforpostgresql:AdministratorsMicrosoftEntra",
        "dbforpostgresql:Configuration",
    }
)


def _parameters(planned: Any) -> dict[str, str]:
    return {c["configurationName"]: c["value"] for c in planned.inputs_of("dbforpostgresql:Configuration")}

"""What the cache promises."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from components.data.redis import Redis, RedisArgs, assignment_names

FIRST = "11111111-1111-1111-1111-111111111111"
SECOND = "11111111-1111-1111-1111-222222222222"


@pytest.fixture(scope="module")
def args(context: Any, access: Any, sink: Any) -> RedisArgs:
    return RedisArgs(
        context=context,
        resource_group_name="rg-aifabrix-dev",
        sku="Balanced_B1",
        high_availability=False,
        users={"miso-controller": FIRST, "dataplane": SECOND},
        access=access,
        sink=sink,
    )


@pytest.fixture(scope="module")
def planned(plan: Any, args: RedisArgs) -> Any:
    return plan(lambda: Redis("redis-sdc", args))


def test_nobody_connects_with_a_key_or_without_tls(planned: Any) -> None:
    (database,) = planned.inputs_of("redisenterprise:Database")
    assert database["accessKeysAuthentication"] == "Disabled", "a key would be a shared secret outside the vault"
    assert database["clientProtocol"] == "Encrypted"
    assert database["port"] == 10000
    assert planned.inputs_of("redisenterprise:RedisEnterprise")[0]["minimumTlsVersion"] == "1.2"


KEYS = {"azure-native:redisenterprise:listDatabaseKeys": {"primaryKey": "a+b/c=", "secondaryKey": "d"}}


def test_keys_are_taken_where_an_application_needs_one_and_nothing_else_changes(
    plan: Any, args: RedisArgs, planned: Any
) -> None:
    keyed = plan(lambda: Redis("redis-sdc", dataclasses.replace(args, access_keys=True)).access_key, calls=KEYS)
    assert keyed.result == "a+b/c="
    (before,), (after,) = (p.inputs_of("redisenterprise:Database") for p in (planned, keyed))
    assert {key for key in after if before[key] != after[key]} == {"accessKeysAuthentication"}, "an update in place"
    grants = "redisenterprise:AccessPolicyAssignment"
    assert keyed.inputs_of(grants) == planned.inputs_of(grants), "who uses tokens goes on using them"


def test_a_preview_asks_for_no_key_of_a_database_to_be(plan: Any, args: RedisArgs, unknown: Any) -> None:
    build = dataclasses.replace(args, access_keys=True)
    previewed = plan(lambda: Redis("redis-sdc", build).access_key, preview=True)
    assert (previewed.result, previewed.calls) == (unknown, [])


def test_no_address_of_the_internet_reaches_the_cache(planned: Any) -> None:
    (cluster,) = planned.inputs_of("redisenterprise:RedisEnterprise")
    assert cluster["publicNetworkAccess"] == "Disabled"
    (connection,) = planned.one("network:PrivateEndpoint").inputs["privateLinkServiceConnections"]
    assert connection["groupIds"] == ["redisEnterprise"]
    assert connection["privateLinkServiceId"].endswith(f"/redisEnterprise/{cluster['clusterName']}")


def test_the_retiring_service_is_not_used(planned: Any) -> None:
    assert not {kind for kind in planned.types if kind.startswith("redis:")}


def test_each_application_is_granted_by_its_own_identity_and_nobody_else_is(planned: Any) -> None:
    grants = planned.inputs_of("redisenterprise:AccessPolicyAssignment")
    assert {g["accessPolicyAssignmentName"]: g["user"]["objectId"] for g in grants} == {
        "misocontroller": FIRST,
        "dataplane": SECOND,
    }


def test_the_cluster_gets_one_grant_at_a_time(planned: Any) -> None:
    second = planned.one("redisenterprise:AccessPolicyAssignment", "redis-sdc-dataplane")
    assert "redisenterprise:AccessPolicyAssignment redis-sdc-miso-controller" in second.depends_on


def test_two_applications_never_share_one_grant() -> None:
    with pytest.raises(ValueError, match="hyphens alone"):
        assignment_names({"data-plane": FIRST, "dataplane": SECOND})


def test_queued_work_outlives_cached_values_and_any_client_may_come(planned: Any) -> None:
    (database,) = planned.inputs_of("redisenterprise:Database")
    assert database["evictionPolicy"] == "VolatileLRU", "values without a time to live are work, not cache"
    assert database["clusteringPolicy"] == "NoCluster", "the workers' queues use commands over several keys"


@pytest.mark.parametrize(("asked", "sent"), [(True, "Enabled"), (False, "Disabled")])
def test_the_replica_is_a_choice(plan: Any, args: RedisArgs, *, asked: bool, sent: str) -> None:
    changed = dataclasses.replace(args, high_availability=asked)
    (cluster,) = plan(lambda: Redis("redis-sdc", changed)).inputs_of("redisenterprise:RedisEnterprise")
    assert cluster["highAvailability"] == sent


def test_cluster_and_database_log_into_the_workspace(planned: Any) -> None:
    targets = {
        s["resourceUri"].rsplit("/redisEnterprise/", 1)[1] for s in planned.inputs_of("monitor:DiagnosticSetting")
    }
    name = planned.inputs_of("redisenterprise:RedisEnterprise")[0]["clusterName"]
    assert targets == {name, f"{name}/databases/default"}, "metrics are the cluster's, log-ins are the database's"


def test_another_size_leaves_alone_what_would_replace_the_cache(plan: Any, args: RedisArgs, planned: Any) -> None:
    larger = plan(lambda: Redis("redis-sdc", dataclasses.replace(args, sku="Balanced_B20", high_availability=True)))
    assert larger.inputs_of("redisenterprise:Database") == planned.inputs_of("redisenterprise:Database")
    (before,), (after,) = (p.inputs_of("redisenterprise:RedisEnterprise") for p in (planned, larger))
    assert {key for key in before if before[key] != after[key]} == {"sku", "highAvailability"}


def test_the_lock_goes_before_anything_below_the_cluster_when_a_stack_is_destroyed(planned: Any) -> None:
    lock = planned.one("authorization:ManagementLockByScope")
    assert {
        "redisenterprise:AccessPolicyAssignment redis-sdc-dataplane",
        "monitor:DiagnosticSetting redis-sdc",
        "monitor:DiagnosticSetting redis-sdc-database",
    } <= lock.depends_on


def test_cluster_and_database_are_protected_where_asked(
    plan: Any, args: RedisArgs, planned: Any, unprotected: Any
) -> None:
    stateful = ("redisenterprise:RedisEnterprise", "redisenterprise:Database")
    assert all(planned.one(kind).protect for kind in stateful)
    loose = plan(lambda: Redis("redis-sdc", dataclasses.replace(args, context=unprotected)))
    assert not any(r.protect for r in loose.resources)
    assert "authorization:ManagementLockByScope" not in loose.types


def test_a_preview_knows_every_name_and_address(plan: Any, args: RedisArgs, unknown: Any) -> None:
    previewed = plan(lambda: Redis("redis-sdc", args).host_name, preview=True)
    name = previewed.inputs_of("redisenterprise:RedisEnterprise")[0]["clusterName"]
    assert previewed.result == f"{name}.swedencentral.redis.azure.net"
    assert not any(unknown in r.inputs.values() for r in previewed.resources)

"""Redis: availability, persistence, retirement."""

from __future__ import annotations

from policies.model import Context, Outcome, ok, skip
from policies.rule import Rule, direct, supporting
from policies.rules.shared import expect, implies
from resources.model import Resource
from resources.values import Trilean, Value, all_of, any_of, equals, every, get, known, matches, negate, one_of, present

REDIS, CLUSTER = "redis:Redis", "redisenterprise:RedisEnterprise"

CONNECTION_STRINGS = ("rdbStorageConnectionString", "aofStorageConnectionString0", "aofStorageConnectionString1")


def _several(zones: Value) -> Trilean:
    several = matches(zones, lambda listed: len(set(listed)) > 1)
    return implies(present(zones), several if every(zones, known) else None)


def available(resource: Resource, _context: Context) -> list[Outcome]:
    """RD-06: there is a replica, and the nodes are not all in one zone."""
    zones = ok(_several(get(resource, "zones")), "all nodes are in one zone", "zones")
    if resource.type == CLUSTER:
        reason = "there is no replica"
        return [expect(resource, "highAvailability", reason, to_be="Enabled", default="Enabled"), zones]
    spread = negate(equals(get(resource, "zonalAllocationPolicy"), "NoZones"))
    return [
        expect(resource, "sku.name", "the SKU has no replica", to_be=("Standard", "Premium")),
        ok(spread, "zones are declined", "zonalAllocationPolicy"),
        zones,
    ]


def persisted_by_identity(resource: Resource, _context: Context) -> list[Outcome] | Outcome:
    """RD-07: snapshots are written with the cache's identity."""
    path = "redisConfiguration"
    strings = any_of(*(present(get(resource, f"{path}.{name}")) for name in CONNECTION_STRINGS))
    persists = any_of(
        one_of(get(resource, f"{path}.rdbBackupEnabled"), ("true", True)),
        one_of(get(resource, f"{path}.aofBackupEnabled"), ("true", True)),
        strings,
    )
    if persists is False:
        return skip("nothing is persisted")
    method = f"{path}.preferredDataPersistenceAuthMethod"
    by_identity = equals(get(resource, method), "ManagedIdentity")
    return [
        ok(implies(persists, by_identity), "snapshots are written with a key of the storage account", method),
        ok(negate(strings), "a connection string of the storage account is set", f"{path}.{CONNECTION_STRINGS[0]}"),
    ]


def not_retiring(resource: Resource, _context: Context) -> Outcome:
    """RD-08: the cache is Azure Managed Redis; Enterprise SKUs of the same type are the old service."""
    old = matches(get(resource, "sku.name"), lambda name: str(name).lower().startswith("enterprise"))
    managed = all_of(equals(resource.type, CLUSTER), negate(old))
    return ok(managed, "Azure is retiring this service; Azure Managed Redis replaces it", "type")


RULES: tuple[Rule, ...] = (
    Rule(
        id="RD-06",
        title="Not Basic; zones or HA",
        types=(REDIS, CLUSTER),
        property="sku, zones, highAvailability",
        severity="M",
        scope="R",
        profile="P3",
        iso=(direct("A.8.14", "A replica takes over when a node or a zone fails."),),
        hipaa=(supporting("164.308(a)(7)(ii)(C)", "Work continues while a data centre is down."),),
        gdpr=(supporting("Art. 32(1)(b)", "Availability and resilience of the cache."),),
        what="The cache has a replica, and its nodes are not confined to one zone.",
        why="Without a replica every maintenance empties the cache: sessions end and queued work is lost.",
        remediation='Choose Standard or Premium, or `high_availability="Enabled"`; name no zones or several.',
        azure_default="Azure Managed Redis: replica on, zones chosen by Azure. Azure Cache for Redis: the SKU decides.",
        bad='redisenterprise.RedisEnterprise("cache", high_availability="Disabled")',
        good='redisenterprise.RedisEnterprise("cache", high_availability="Enabled")',
        check=available,
    ),
    Rule(
        id="RD-07",
        title="Persistence by managed identity, never connection string",
        types=(REDIS,),
        property="redisConfiguration.preferredDataPersistenceAuthMethod",
        severity="M",
        scope="R",
        profile="P2",
        iso=(direct("A.5.17", "The configuration of the cache holds no storage key."),),
        hipaa=(supporting("164.312(d)", "The cache proves its identity to the storage account."),),
        gdpr=(supporting("Art. 32(1)(b)", "The snapshots are not open to every holder of a key."),),
        what="Where the cache writes snapshots, it does so with its identity.",
        why="A connection string with the account's key opens all of the account, and everyone who can read the "
        "cache's configuration sees it.",
        remediation='Set `preferred_data_persistence_auth_method="ManagedIdentity"` and remove connection strings.',
        azure_default="SAS: a connection string.",
        bad='redis.RedisCommonPropertiesRedisConfigurationArgs(rdb_backup_enabled="true", '
        "rdb_storage_connection_string=connection)",
        good='redis.RedisCommonPropertiesRedisConfigurationArgs(rdb_backup_enabled="true", '
        'preferred_data_persistence_auth_method="ManagedIdentity")',
        check=persisted_by_identity,
    ),
    Rule(
        id="RD-08",
        title="Retiring type, move to Managed Redis",
        types=(REDIS, CLUSTER),
        property="type",
        severity="L",
        scope="R",
        profile="P4",
        iso=(supporting("A.8.8", "A service past its end gets no security fixes."),),
        what="The cache is Azure Managed Redis.",
        why="Azure Cache for Redis is retired on 30 September 2028, its Enterprise tiers on 31 March 2027; what is "
        "built on them today has to move.",
        remediation="Use `redisenterprise.RedisEnterprise` with a SKU of Azure Managed Redis, e.g. `Balanced_B1`.",
        azure_default="None: type and SKU are chosen.",
        bad='redis.Redis("cache", sku=redis.SkuArgs(name="Standard", family="C", capacity=1))',
        good='redisenterprise.RedisEnterprise("cache", sku=redisenterprise.SkuArgs(name="Balanced_B1"))',
        check=not_retiring,
    ),
)

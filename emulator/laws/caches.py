"""Laws of Azure Managed Redis: SKUs and scaling, the one database, modules, who may connect."""

from __future__ import annotations

import re
from collections.abc import Iterator

from emulator.facts.names import GUID
from emulator.ids import arm_name, parent_id
from emulator.laws.helpers import changing, did_you_mean, entries, is_known, number_at, previous, refuse, string_at
from emulator.world import Request, World

# Size in the name, GB, primary shards (Microsoft Learn: Azure Managed Redis architecture, sharding configuration).
_TIERS = {
    "Balanced_B": (
        "0:0.5:1 1:1:1 3:3:2 5:6:2 10:12:2 20:24:6 50:60:12 100:120:24 150:180:48 250:240:48 350:360:96 500:480:96"
        " 700:720:192 1000:960:192"
    ),
    "MemoryOptimized_M": (
        "10:12:2 20:24:2 50:60:6 100:120:12 150:180:24 250:240:24 350:360:48 500:480:48 700:720:96 1000:960:192"
        " 1500:1440:192 2000:1920:192"
    ),
    "ComputeOptimized_X": (
        "3:3:2 5:6:2 10:12:6 20:24:12 50:60:24 100:120:48 150:180:96 250:240:96 350:360:192 500:480:192 700:720:384"
    ),
    "FlashOptimized_A": "250:240:6 500:480:12 700:720:24 1000:960:24 1500:1440:48 2000:1920:48 4500:4500:96",
}


def _skus() -> dict[str, tuple[float, int]]:
    """Return :data:`SKUS`, read from the table."""
    rows = [(tier, *entry.split(":")) for tier, text in _TIERS.items() for entry in text.split()]
    return {f"{tier}{name}": (float(size), int(shards)) for tier, name, size, shards in rows}


SKUS = _skus()
"""SKU name → GB and primary shards."""
FAMILIES = ", ".join(
    f"{tier}{{{'|'.join(entry.split(':')[0] for entry in text.split())}}}" for tier, text in _TIERS.items()
)
"""All SKUs, abbreviated, for messages."""
ENTERPRISE = re.compile(r"Enterprise(Flash)?_[EF]\d+")
PORT = 10000
MAX_UNCLUSTERED_GB = 25
"""Maximum GB of a cache without clustering."""

MODULES = ("RedisBloom", "RedisTimeSeries", "RediSearch", "RedisJSON")


def sku(request: Request, _: World) -> Iterator[str]:
    """Refuse SKUs that do not exist, the retired Enterprise tiers, and a capacity, which Managed Redis lacks."""
    if not changing(request):
        return
    name = string_at(request, "sku.name")
    if ENTERPRISE.fullmatch(name):
        problem = f"sku.name {name}"
        fix = "Enterprise tiers are refused since 1 April 2026 and end on 31 March 2027: use a Managed Redis SKU."
        yield refuse(
            "SkuRetired", problem, "Balanced_B*, MemoryOptimized_M*, ComputeOptimized_X*, FlashOptimized_A*", fix
        )
    elif name not in SKUS:
        yield refuse("InvalidSku", f"sku.name {name}", FAMILIES, f"{did_you_mean(name, SKUS)}Choose a SKU.")
    if request.get("sku.capacity") is not None and not ENTERPRISE.fullmatch(name):
        problem = f"sku.capacity on {name}"
        yield refuse("InvalidSku", problem, "no capacity: the SKU says the size", "Remove sku.capacity.")


def scaling(request: Request, _: World) -> Iterator[str]:
    """Refuse scaling to or from Flash, and to a SKU with fewer shards: shards are never merged.

    Microsoft Learn, "Scale an Azure Managed Redis instance": down only to SKUs with a compatible shard configuration.
    """
    before, after = previous(request, "sku.name"), string_at(request, "sku.name")
    if request.operation != "update" or before == after or before not in SKUS or after not in SKUS:
        return
    if before.startswith("Flash") != after.startswith("Flash"):
        problem = f"scaling from {before} to {after}"
        yield refuse("InvalidScaling", problem, "SKUs on the same side of FlashOptimized", "Make a new cache.")
    elif SKUS[after][1] < SKUS[before][1]:
        problem = f"scaling from {before} ({SKUS[before][1]} shards) to {after} ({SKUS[after][1]} shards)"
        shards = SKUS[before][1]
        fix = "Azure does not merge shards: make a new cache to go smaller."
        yield refuse("InvalidScaling", problem, f"SKUs with {shards} shards or more", fix)


def availability(request: Request, _: World) -> Iterator[str]:
    """Refuse to remove a cache's replica: it can be added later, never removed."""
    before = previous(request, "highAvailability") or "Enabled"
    after = string_at(request, "highAvailability") or "Enabled"
    if request.operation == "update" and before == "Enabled" and after == "Disabled":
        problem = "highAvailability goes from Enabled to Disabled"
        yield refuse("HighAvailabilityCannotBeDisabled", problem, "Enabled", "Make a new cache without it.")


def exposure(request: Request, _: World) -> Iterator[str]:
    """Refuse a cache without an explicit publicNetworkAccess, and TLS below 1.2."""
    if not changing(request):
        return
    if request.get("publicNetworkAccess") is None:
        allowed = "Enabled, Disabled"
        yield refuse("MissingRequiredParameter", "no publicNetworkAccess", allowed, "API 2025-07-01 requires it.")
    version = string_at(request, "minimumTlsVersion")
    if version and version != "1.2":
        yield refuse("InvalidTlsVersion", f"minimumTlsVersion {version}", "1.2", "Set 1.2.")


def zones(request: Request, _: World) -> Iterator[str]:
    """Refuse zones on Managed Redis, which chooses them itself."""
    if changing(request) and request.get("zones") and string_at(request, "sku.name") in SKUS:
        problem = f"zones on {string_at(request, 'sku.name')}"
        yield refuse("ZonesNotSupported", problem, "no zones", "Remove zones: high availability implies them.")


def database(request: Request, _: World) -> Iterator[str]:
    """Refuse database names other than default, and ports other than 10000."""
    if not changing(request):
        return
    name, port = string_at(request, "databaseName"), number_at(request, "port")
    if name and name != "default":
        yield refuse("InvalidDatabaseName", f"database {name}", "default", "Name it default.")
    if port is not None and port != PORT:
        yield refuse("InvalidPort", f"port {port}", str(PORT), f"Managed Redis answers on {PORT} only.")


def modules(request: Request, _: World) -> Iterator[str]:
    """Refuse modules that do not exist, and RediSearch without its clustering and eviction policies."""
    if not changing(request):
        return
    names = [str(entry.get("name")) for entry in entries(request.get("modules")) if is_known(entry.get("name"))]
    for name in names:
        if name not in MODULES:
            fix = f"{did_you_mean(name, MODULES)}Correct it."
            yield refuse("InvalidModule", f"module {name}", ", ".join(MODULES), fix)
    if "RediSearch" in names:
        if (string_at(request, "clusteringPolicy") or "OSSCluster") != "EnterpriseCluster":
            problem = f"RediSearch with {string_at(request, 'clusteringPolicy') or 'OSSCluster'}"
            yield refuse("InvalidModuleConfiguration", problem, "EnterpriseCluster", "Set clusteringPolicy.")
        if (string_at(request, "evictionPolicy") or "VolatileLRU") != "NoEviction":
            problem = f"RediSearch with eviction {string_at(request, 'evictionPolicy') or 'VolatileLRU'}"
            yield refuse("InvalidModuleConfiguration", problem, "NoEviction", "Set evictionPolicy.")


def persistence(request: Request, _: World) -> Iterator[str]:
    """Refuse two kinds of persistence at once, and one without its frequency."""
    if not changing(request):
        return
    aof, rdb = request.get("persistence.aofEnabled"), request.get("persistence.rdbEnabled")
    if aof is True and rdb is True:
        yield refuse("InvalidPersistence", "AOF and RDB", "one of them", "Switch one off.")
    for key, on in (("aof", aof), ("rdb", rdb)):
        if on is True and request.get(f"persistence.{key}Frequency") is None:
            allowed = "1s" if key == "aof" else "1h, 6h, 12h"
            yield refuse("InvalidPersistence", f"{key} without frequency", allowed, f"Set {key}Frequency.")


def unclustered(request: Request, world: World) -> Iterator[str]:
    """Refuse NoCluster on a cache that is too large for it."""
    if not changing(request) or string_at(request, "clusteringPolicy") != "NoCluster":
        return
    cluster = world.get(parent_id(request.id))
    size = SKUS.get(str(cluster.value("sku.name")), (0, 0))[0] if cluster else 0
    if size > MAX_UNCLUSTERED_GB:
        problem = f"NoCluster on {arm_name(parent_id(request.id))} of {size} GB"
        yield refuse(
            "InvalidClusteringPolicy", problem, f"caches up to {MAX_UNCLUSTERED_GB} GB", "Use EnterpriseCluster."
        )


def outgrown(request: Request, world: World) -> Iterator[str]:
    """Refuse to scale a cache beyond what its unclustered database can have."""
    size = SKUS.get(string_at(request, "sku.name"), (0, 0))[0]
    if request.operation != "update" or size <= MAX_UNCLUSTERED_GB:
        return
    for child in world.children(request.id):
        if child.value("clusteringPolicy") == "NoCluster":
            problem = f"{string_at(request, 'sku.name')} ({size} GB) for a database with NoCluster"
            fix = "Two runs: first clusteringPolicy EnterpriseCluster, then the larger SKU."
            yield refuse("InvalidClusteringPolicy", problem, f"up to {MAX_UNCLUSTERED_GB} GB without clustering", fix)


def clustering(request: Request, _: World) -> Iterator[str]:
    """Refuse to change a clustering policy other than NoCluster (REST API 2025-07-01, ``clusteringPolicy``)."""
    before = previous(request, "clusteringPolicy") or "OSSCluster"
    after = string_at(request, "clusteringPolicy") or "OSSCluster"
    if request.operation == "update" and before not in {"NoCluster", after}:
        problem = f"clusteringPolicy goes from {before} to {after}"
        fix = "Delete the database and make it anew; its contents are lost."
        yield refuse("ClusteringPolicyCannotBeChanged", problem, before, fix)


def assignment(request: Request, _: World) -> Iterator[str]:
    """Refuse an access policy that does not exist, or a user that is not an Entra object id."""
    if not changing(request):
        return
    policy, user = string_at(request, "accessPolicyName"), string_at(request, "user.objectId")
    if policy != "default":
        yield refuse(
            "InvalidAccessPolicyName", f"access policy {policy}", "default", "Managed Redis has only that one."
        )
    if not GUID.allows(user):
        fix = "Give the principal's object id, not its client id or name."
        yield refuse("InvalidAccessPolicyAssignment", f"user.objectId {user}", "a GUID", fix)


def duplicate_assignment(request: Request, world: World) -> Iterator[str]:
    """Refuse a second assignment for the same user."""
    if request.operation != "create":
        return
    user = string_at(request, "user.objectId").lower()
    for other in world.children(parent_id(request.id)):
        if other.arm_type == request.fact.arm_type and str(other.value("user.objectId")).lower() == user:
            problem = f"user {user} has the assignment {other.name}"
            yield refuse("AccessPolicyAssignmentExists", problem, "one assignment per user", "Drop one of the two.")


CHECK = {
    "redisenterprise:RedisEnterprise": (sku, scaling, availability, exposure, zones),
    "redisenterprise:Database": (database, clustering, modules, persistence),
    "redisenterprise:AccessPolicyAssignment": (assignment,),
}
STATE = {
    "redisenterprise:RedisEnterprise": (outgrown,),
    "redisenterprise:Database": (unclustered,),
    "redisenterprise:AccessPolicyAssignment": (duplicate_assignment,),
}

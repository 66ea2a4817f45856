"""Rows of Microsoft.Cache: Azure Managed Redis, and the classic cache that it replaced."""

from __future__ import annotations

from typing import Any

from emulator.facts import names
from emulator.facts.build import SETTLED, fact, outputs
from emulator.facts.row import Fact, Place

_API = "2025-07-01"
_CLUSTER = "Microsoft.Cache/redisEnterprise"


def _cluster(inputs: dict[str, Any], place: Place) -> dict[str, Any]:
    """Host name and redundancy. Microsoft Learn: what is Azure Managed Redis; hosts carry name and region."""
    highly = (inputs.get("highAvailability") or "Enabled") == "Enabled"
    return {
        "hostName": f"{place.name.lower()}.{place.location}.redis.azure.net",
        "kind": "v2",
        "redisVersion": "7.4",
        "redundancyMode": "ZR" if highly else "None",
        "resourceState": "Running",
    }


ROWS: tuple[Fact, ...] = (
    fact(
        "redisenterprise:RedisEnterprise",
        _CLUSTER,
        "clusterName",
        api=_API,
        name=names.REDIS,
        unique="region",
        immutable=("location", "zones"),
        outputs=outputs(SETTLED, _cluster),
    ),
    fact(
        "redisenterprise:Database",
        f"{_CLUSTER}/databases",
        "clusterName",
        "databaseName",
        api=_API,
        name=names.REDIS_DATABASE,
        immutable=("clusteringPolicy", "modules", "port", "geoReplication.groupNickname"),
        outputs=outputs(SETTLED, {"redisVersion": "7.4", "resourceState": "Running"}),
    ),
    fact(
        "redisenterprise:AccessPolicyAssignment",
        f"{_CLUSTER}/databases/accessPolicyAssignments",
        "clusterName",
        "databaseName",
        "accessPolicyAssignmentName",
        api=_API,
        name=names.REDIS_POLICY_ASSIGNMENT,
        immutable=("accessPolicyName", "user.objectId"),
        outputs=outputs(SETTLED),
    ),
    fact(
        "redis:Redis",
        "Microsoft.Cache/redis",
        "name",
        api="2024-11-01",
        name=names.REDIS,
        unique="global",
        immutable=("location", "subnetId", "staticIP", "zones"),
        outputs=outputs(
            SETTLED,
            lambda _, p: {"hostName": f"{p.name.lower()}.redis.cache.windows.net", "port": 6379, "sslPort": 6380},
        ),
        retired=(
            "Azure Cache for Redis (Basic, Standard, Premium) retires on 30 September 2028; a tenant without one before"
            " 1 April 2026 cannot create one; use Azure Managed Redis (redisenterprise:RedisEnterprise, port 10000)"
        ),
    ),
)

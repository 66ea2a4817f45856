"""Facts about Microsoft.Cache: Azure Managed Redis, and the classic cache that it replaced."""

from __future__ import annotations

from typing import Any

from emulator.facts import names
from emulator.facts.build import SUCCEEDED, fact, outputs
from emulator.facts.model import Fact, Placement
from emulator.facts.names import name_rule

_API = "2025-07-01"
_CLUSTER = "Microsoft.Cache/redisEnterprise"


def _cluster(inputs: dict[str, Any], placement: Placement) -> dict[str, Any]:
    """Return host name and redundancy (Microsoft Learn: What is Azure Managed Redis; hosts contain name and region)."""
    available = (inputs.get("highAvailability") or "Enabled") == "Enabled"
    return {
        "hostName": f"{placement.name.lower()}.{placement.location}.redis.azure.net",
        "kind": "v2",
        "redisVersion": "7.4",
        "redundancyMode": "ZR" if available else "None",
        "resourceState": "Running",
    }


_REDIS_NAME = name_rule(names.SINGLE_HYPHENS, 1, 60, "letters, digits and single hyphens, no hyphen at the ends")

FACTS: tuple[Fact, ...] = (
    fact(
        "redisenterprise:RedisEnterprise",
        _CLUSTER,
        "clusterName",
        api=_API,
        name=_REDIS_NAME,
        unique="region",
        immutable=("location", "zones"),
        outputs=outputs(SUCCEEDED, _cluster),
        logs=(),
    ),
    fact(
        "redisenterprise:Database",
        f"{_CLUSTER}/databases",
        "clusterName",
        "databaseName",
        api=_API,
        name=name_rule("default", 7, 7, "only `default`"),
        immutable=("modules", "port", "geoReplication.groupNickname"),  # the clustering policy: emulator/laws/caches.py
        outputs=outputs(SUCCEEDED, {"redisVersion": "7.4", "resourceState": "Running"}),
        logs=("ConnectionEvents",),
    ),
    fact(
        "redisenterprise:AccessPolicyAssignment",
        f"{_CLUSTER}/databases/accessPolicyAssignments",
        "clusterName",
        "databaseName",
        "accessPolicyAssignmentName",
        api=_API,
        name=name_rule(r"[A-Za-z0-9]+", 1, 60, "letters and digits only (no hyphen)"),
        immutable=("accessPolicyName", "user.objectId"),
        outputs=outputs(SUCCEEDED),
    ),
    fact(
        "redis:Redis",
        "Microsoft.Cache/redis",
        "name",
        api="2024-11-01",
        name=_REDIS_NAME,
        unique="global",
        immutable=("location", "subnetId", "staticIP", "zones"),
        outputs=outputs(
            SUCCEEDED,
            lambda _, p: {"hostName": f"{p.name.lower()}.redis.cache.windows.net", "port": 6379, "sslPort": 6380},
        ),
        retired=(
            "Azure Cache for Redis (Basic, Standard, Premium) retires on 30 September 2028; a tenant without one before"
            " 1 April 2026 cannot create one; use Azure Managed Redis (redisenterprise:RedisEnterprise, port 10000)"
        ),
    ),
)

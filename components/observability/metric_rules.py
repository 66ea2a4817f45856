"""Which measurements raise an alert, as a table. Components create alerts from it, documentation lists it.

Metrics and units: Microsoft Learn, "Supported metrics" of Azure Monitor, one page a resource type. Limits of
connections: Microsoft Learn, "Limits in Azure Database for PostgreSQL". Thresholds of errors, latency, memory,
processors and disk: the product's former monitoring set.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple


class MetricRule(NamedTuple):
    """One threshold on one metric of one type of resource."""

    key: str
    """Short name, unique in the rows of its type."""
    metric: str
    """Name in the REST API."""
    aggregation: Literal["Average", "Minimum", "Maximum", "Total", "Count"]
    operator: Literal["GreaterThan", "LessThan"]
    threshold: float
    """In the metric's own unit."""
    severity: int
    """0 critical, 1 error, 2 warning, 3 informational."""
    minutes: int
    """Window that is looked at: 1, 5, 15, 30 or 60 minutes."""
    description: str
    """Text of the alert: what is wrong."""


WEB = "Microsoft.Web/sites"
PLAN = "Microsoft.Web/serverfarms"
POSTGRES = "Microsoft.DBforPostgreSQL/flexibleServers"
REDIS = "Microsoft.Cache/redisEnterprise"
VAULT = "Microsoft.KeyVault/vaults"
STORAGE = "Microsoft.Storage/storageAccounts"

# fmt: off
METRIC_RULES: Mapping[str, tuple[MetricRule, ...]] = MappingProxyType({
    WEB: (
        MetricRule("errors", "Http5xx", "Total", "GreaterThan", 30, 1, 5, "More than 0.1 server errors a second."),
        MetricRule("latency", "HttpResponseTime", "Average", "GreaterThan", 2, 2, 5, "Answers take over 2 seconds."),
        MetricRule("health", "HealthCheckStatus", "Average", "LessThan", 100, 0, 5, "A health check fails."),
    ),
    PLAN: (
        MetricRule("cpu", "CpuPercentage", "Average", "GreaterThan", 80, 2, 15, "Machines over 80 % busy."),
        MetricRule("memory", "MemoryPercentage", "Average", "GreaterThan", 85, 2, 15, "Machines' memory over 85 %."),
    ),
    POSTGRES: (
        MetricRule("alive", "is_db_alive", "Maximum", "LessThan", 1, 0, 5, "The database server does not answer."),
        MetricRule("cpu", "cpu_percent", "Average", "GreaterThan", 80, 2, 15, "The database is over 80 % busy."),
        MetricRule("memory", "memory_percent", "Average", "GreaterThan", 90, 2, 15, "The database's memory over 90 %."),
        MetricRule("storage", "storage_percent", "Maximum", "GreaterThan", 85, 1, 15,
                   "The database's disk is 85 % full; autogrow will enlarge it for good."),
        MetricRule("connections", "active_connections", "Maximum", "GreaterThan", 28, 2, 5,
                   "The database has nearly as many connections as its size allows."),
    ),
    REDIS: (
        MetricRule("memory", "usedmemorypercentage", "Maximum", "GreaterThan", 80, 2, 15, "The cache is 80 % full."),
        MetricRule("cpu", "percentProcessorTime", "Maximum", "GreaterThan", 80, 2, 15, "The cache is over 80 % busy."),
    ),
    VAULT: (
        MetricRule("availability", "Availability", "Average", "LessThan", 99.9, 1, 15,
                   "Requests to the key vault fail; applications that start now get no secrets."),
        MetricRule("saturation", "SaturationShoebox", "Average", "GreaterThan", 75, 2, 15,
                   "The key vault nears its request limit and will refuse more."),
    ),
    STORAGE: (
        MetricRule("availability", "Availability", "Average", "LessThan", 99.9, 1, 15, "Requests to storage fail."),
    ),
})
# fmt: on
"""ARM type → its rules. The row of connections fits the smallest server; pass :func:`connection_threshold` for
others."""

USER_CONNECTIONS: Mapping[str, int] = MappingProxyType(
    {"B1ms": 35, "B2s": 414, "B2ms": 844, "B4ms": 1703, "B8ms": 3422}
    | {"D2": 844, "D4": 1703, "D8": 3422}
    | {"E2": 1703, "E4": 3422}
)
"""Connections that a PostgreSQL server of a size leaves to applications; every larger size has
:data:`MOST_CONNECTIONS`."""

MOST_CONNECTIONS = 4985
WARN_AT = 0.8


def connection_threshold(sku_name: str) -> float:
    """80 % of the connections that the size ``sku_name`` (``Standard_D4ds_v5``) leaves to applications.

    Raises ``ValueError`` for a name that is no PostgreSQL size.
    """
    size = re.match(r"Standard_(B\d+m?s|[DE]\d+)", sku_name)
    if size is None:
        raise ValueError(f"{sku_name!r} is no size of a PostgreSQL server, e.g. Standard_D4ds_v5")
    return WARN_AT * USER_CONNECTIONS.get(size[1], MOST_CONNECTIONS)

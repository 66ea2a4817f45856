"""Diagnostic settings: what each resource type logs, in one table.

Source: Microsoft Learn, "Supported logs / supported metrics" of Azure Monitor, one page a resource type.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pulumi
from pulumi_azure_native import monitor

from components.base import FabrixComponent

ALL_LOGS = "allLogs"
"""Category group of everything that a type logs, the audit group included, and what Microsoft adds to it later."""

SETTING_NAME = "platform"
"""A resource has few diagnostic settings, each with a name of its own; this one is the platform's."""


@dataclass(frozen=True, kw_only=True)
class Sink:
    """Where logs and metrics go."""

    workspace_id: pulumi.Input[str]
    """ARM id of the Log Analytics workspace of the region."""


@dataclass(frozen=True, kw_only=True)
class Categories:
    """What a resource type can export."""

    groups: tuple[str, ...] = (ALL_LOGS,)
    """Category groups of logs; empty where the type has metrics only."""
    metrics: tuple[str, ...] = ("AllMetrics",)
    """Metric categories; empty where the type has none or does not export them."""
    dedicated: bool = False
    """The type lets us choose tables of its own over the shared AzureDiagnostics, whose columns run out at 500."""


_LOGS = Categories(metrics=())
_METRICS = Categories(groups=())
_STORAGE = Categories(metrics=("Transaction",))

CATEGORIES: Mapping[str, Categories] = MappingProxyType(
    {
        "keyvault:Vault": Categories(dedicated=True),
        "dbforpostgresql:Server": Categories(dedicated=True),
        # The cluster has the metrics, its database the connection events.
        "redisenterprise:RedisEnterprise": _METRICS,
        "redisenterprise:Database": _LOGS,
        # The account has metrics only. Its four services log, each by a setting on ACCOUNT/SERVICEServices/default.
        "storage:StorageAccount": Categories(groups=(), metrics=("Transaction",)),
        "storage:BlobServiceProperties": _STORAGE,
        "storage:FileServiceProperties": _STORAGE,
        "storage:QueueServiceProperties": _STORAGE,
        "storage:TableServiceProperties": _STORAGE,
        "containerregistry:Registry": Categories(),
        "network:VirtualNetwork": Categories(),
        "network:NetworkSecurityGroup": _LOGS,
        "network:PublicIPAddress": Categories(),
        "web:AppServicePlan": _METRICS,
        "web:WebApp": Categories(),
        "web:WebAppSlot": Categories(),
        "monitor:AutoscaleSetting": Categories(),
        "operationalinsights:Workspace": Categories(),
        "app:ManagedEnvironment": Categories(),
    }
)
"""azure-native token without its prefix → categories.

Left out on purpose: NAT gateways and private endpoints (their metrics cannot be exported), Application Insights (its
telemetry is in the workspace already, a setting would store and bill it twice), identities (they log nothing).
"""


def diagnostics(
    parent: FabrixComponent, name: str, *, kind: str, resource_id: pulumi.Input[str], sink: Sink
) -> monitor.DiagnosticSetting:
    """Send the logs and metrics of ``resource_id`` to the workspace; ``kind`` is its key in :data:`CATEGORIES`."""
    categories = CATEGORIES[kind]
    return monitor.DiagnosticSetting(
        name,
        name=SETTING_NAME,
        resource_uri=resource_id,
        workspace_id=sink.workspace_id,
        log_analytics_destination_type="Dedicated" if categories.dedicated else None,
        logs=[monitor.DiagnosticsLogSettingsArgs(category_group=group, enabled=True) for group in categories.groups],
        metrics=[monitor.DiagnosticsMetricSettingsArgs(category=metric, enabled=True) for metric in categories.metrics],
        opts=parent.child(),
    )

"""Private Link: group ids that a resource type offers, and the private DNS zones of each.

Source: Microsoft Learn, "Azure Private Endpoint private DNS zone values"; group ids as the providers list them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_STORAGE = ("blob", "file", "queue", "table", "web", "dfs")

GROUPS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "Microsoft.KeyVault/vaults": {"vault": ("privatelink.vaultcore.azure.net",)},
    "Microsoft.DBforPostgreSQL/flexibleServers": {"postgresqlServer": ("privatelink.postgres.database.azure.com",)},
    "Microsoft.Cache/redisEnterprise": {"redisEnterprise": ("privatelink.redis.azure.net",)},
    "Microsoft.Cache/redis": {"redisCache": ("privatelink.redis.cache.windows.net",)},
    "Microsoft.Storage/storageAccounts": {
        **{name: (f"privatelink.{name}.core.windows.net",) for name in _STORAGE},
        **{f"{name}_secondary": (f"privatelink.{name}.core.windows.net",) for name in _STORAGE if name != "file"},
    },
    "Microsoft.Web/sites": {"sites": ("privatelink.azurewebsites.net",)},
    "Microsoft.ContainerRegistry/registries": {"registry": ("privatelink.azurecr.io",)},
    "Microsoft.CognitiveServices/accounts": {
        "account": (
            "privatelink.cognitiveservices.azure.com",
            "privatelink.openai.azure.com",
            "privatelink.services.ai.azure.com",
        )
    },
    "Microsoft.Search/searchServices": {"searchService": ("privatelink.search.windows.net",)},
    "Microsoft.ContainerService/managedClusters": {"management": ("privatelink.{region}.azmk8s.io",)},
    "Microsoft.Insights/privateLinkScopes": {
        "azuremonitor": (
            "privatelink.monitor.azure.com",
            "privatelink.oms.opinsights.azure.com",
            "privatelink.ods.opinsights.azure.com",
            "privatelink.agentsvc.azure-automation.net",
            "privatelink.blob.core.windows.net",
        )
    },
    "Microsoft.Monitor/accounts": {"prometheusMetrics": ("privatelink.{region}.prometheus.monitor.azure.com",)},
    "Microsoft.ServiceBus/namespaces": {"namespace": ("privatelink.servicebus.windows.net",)},
    "Microsoft.EventHub/namespaces": {"namespace": ("privatelink.servicebus.windows.net",)},
    "Microsoft.App/managedEnvironments": {"managedEnvironments": ("privatelink.{region}.azurecontainerapps.io",)},
    "Microsoft.DataProtection/backupVaults": {"AzureBackup": ("privatelink.{region}.backup.windowsazure.com",)},
}
"""ARM type → group id → zones. ``{region}`` stands for a region's name."""

SLOT_GROUP = re.compile(r"sites-[A-Za-z0-9-]+")
"""Group id of a web app's slot: ``sites-staging``."""


def groups(arm_type: str) -> Mapping[str, tuple[str, ...]] | None:
    """Return group ids and zones of an ARM type, whatever its case; None where it has no private link."""
    return next((offered for known, offered in GROUPS.items() if known.lower() == arm_type.lower()), None)


def zones(arm_type: str, group: str) -> tuple[str, ...]:
    """Return the zones of a group id; empty where the group is not of that type."""
    offered = groups(arm_type) or {}
    if arm_type.lower() == "microsoft.web/sites" and SLOT_GROUP.fullmatch(group):
        group = "sites"
    return next((known_zones for name, known_zones in offered.items() if name.lower() == group.lower()), ())


def is_zone(name: str, zone: str) -> bool:
    """Return whether ``name`` is the zone ``zone``, in which ``{region}`` stands for any region."""
    pattern = re.escape(zone).replace(r"\{region\}", "[a-z0-9]+")
    return re.fullmatch(pattern, name, re.IGNORECASE) is not None

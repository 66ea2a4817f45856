"""The exact rights that a deployment needs: a custom role, derived from the planned types.

Operations: Microsoft Learn, "Azure permissions"; which joins, approvals and keys a request needs besides: "Plan virtual
networks" (joins), "Approval of a private endpoint connection", "Azure RBAC permissions required to use Network Watcher"
(flow logs with traffic analytics), and the requests that the program itself makes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from settings import PlatformSettings
from stacks.preflight.planned import planned_arm_types

EVERYTHING_READABLE = "*/read"
"""Plans, refreshes and the states of long operations read whatever there is, as the role Reader does."""

KEPT = frozenset(
    (
        "Microsoft.DBforPostgreSQL/flexibleServers/configurations",
        "Microsoft.KeyVault/vaults/keys",
        "Microsoft.KeyVault/vaults/secrets",
        "Microsoft.Storage/storageAccounts/blobServices",
        "Microsoft.Storage/storageAccounts/fileServices",
    )
)
"""Types that have no deletion of their own in ARM."""
WHOLE = {
    "Microsoft.Web/sites/basicPublishingCredentialsPolicies": (
        "Microsoft.Web/sites/basicPublishingCredentialsPolicies/*",
    ),
    "Microsoft.Web/sites/slots/basicPublishingCredentialsPolicies": (
        "Microsoft.Web/sites/slots/basicPublishingCredentialsPolicies/*",
    ),
    "Microsoft.Resources/resourceGroups": (
        "Microsoft.Resources/subscriptions/resourceGroups/write",
        "Microsoft.Resources/subscriptions/resourceGroups/delete",
    ),
}
"""Types whose operations have other names than ``TYPE/write`` and ``TYPE/delete``."""

MORE: Mapping[str, tuple[str, ...]] = {
    "Microsoft.App/jobs": ("Microsoft.App/jobs/start/action",),
    "Microsoft.App/managedEnvironments": (
        "Microsoft.App/managedEnvironments/join/action",
        "Microsoft.OperationalInsights/workspaces/sharedKeys/action",
    ),
    "Microsoft.Cache/redisEnterprise": ("Microsoft.Cache/redisEnterprise/privateEndpointConnectionsApproval/action",),
    "Microsoft.Cache/redisEnterprise/databases": ("Microsoft.Cache/redisEnterprise/databases/listKeys/action",),
    "Microsoft.ContainerRegistry/registries": (
        "Microsoft.ContainerRegistry/registries/importImage/action",
        "Microsoft.ContainerRegistry/registries/privateEndpointConnectionsApproval/action",
    ),
    "Microsoft.DBforPostgreSQL/flexibleServers": (
        "Microsoft.DBforPostgreSQL/flexibleServers/restart/action",
        "Microsoft.DBforPostgreSQL/flexibleServers/privateEndpointConnectionsApproval/action",
    ),
    "Microsoft.Insights/privateLinkScopes": (
        "Microsoft.Insights/privateLinkScopes/privateEndpointConnectionsApproval/action",
    ),
    "Microsoft.KeyVault/vaults": ("Microsoft.KeyVault/vaults/privateEndpointConnectionsApproval/action",),
    "Microsoft.ManagedIdentity/userAssignedIdentities": (
        "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
    ),
    "Microsoft.Network/natGateways": ("Microsoft.Network/natGateways/join/action",),
    "Microsoft.Network/networkWatchers/flowLogs": (
        "Microsoft.Network/networkWatchers/configureFlowLog/action",
        "Microsoft.Insights/dataCollectionEndpoints/write",
        "Microsoft.Insights/dataCollectionEndpoints/delete",
        "Microsoft.Insights/dataCollectionRules/write",
        "Microsoft.Insights/dataCollectionRules/delete",
        "Microsoft.Storage/storageAccounts/listServiceSas/action",
        "Microsoft.Storage/storageAccounts/listAccountSas/action",
    ),
    "Microsoft.Network/networkSecurityGroups": ("Microsoft.Network/networkSecurityGroups/join/action",),
    "Microsoft.Network/privateDnsZones": (
        "Microsoft.Network/privateDnsZones/join/action",
        "Microsoft.Network/virtualNetworks/join/action",
    ),
    "Microsoft.Network/publicIPAddresses": ("Microsoft.Network/publicIPAddresses/join/action",),
    "Microsoft.Network/routeTables": ("Microsoft.Network/routeTables/join/action",),
    "Microsoft.Network/virtualNetworks/virtualNetworkPeerings": ("Microsoft.Network/virtualNetworks/peer/action",),
    "Microsoft.Network/virtualNetworks/subnets": ("Microsoft.Network/virtualNetworks/subnets/join/action",),
    "Microsoft.OperationalInsights/workspaces": ("Microsoft.OperationalInsights/workspaces/sharedKeys/action",),
    "Microsoft.Storage/storageAccounts": (
        "Microsoft.Storage/storageAccounts/listKeys/action",
        "Microsoft.Storage/storageAccounts/PrivateEndpointConnectionsApproval/action",
    ),
    "Microsoft.Web/serverfarms": ("Microsoft.Web/serverFarms/join/action",),
    "Microsoft.Web/sites": (
        # All of them: the refresh of vault references is one, and its name is in no list that Microsoft publishes.
        "Microsoft.Web/sites/config/*",
        "Microsoft.Web/sites/privateEndpointConnectionsApproval/action",
    ),
    "Microsoft.Web/sites/slots": (
        "Microsoft.Web/sites/slots/config/*",
        "Microsoft.Web/sites/slots/slotsswap/action",
    ),
}
"""ARM type → what the program does with it besides creating, changing and deleting it."""

JOIN_SUBNET = "Microsoft.Network/virtualNetworks/subnets/join/action"
JOIN_ZONE = "Microsoft.Network/privateDnsZones/join/action"


def needed_operations(settings: PlatformSettings) -> tuple[str, ...]:
    """Return the operations that whoever deploys a stack needs on its subscription, sorted."""
    found = {EVERYTHING_READABLE}
    for arm_type in planned_arm_types(settings):
        found.update(WHOLE.get(arm_type) or _changes(arm_type))
        found.update(MORE.get(arm_type, ()))
    return tuple(sorted(found, key=str.lower))


def _changes(arm_type: str) -> tuple[str, ...]:
    return (f"{arm_type}/write",) if arm_type in KEPT else (f"{arm_type}/write", f"{arm_type}/delete")


def custom_role(settings: PlatformSettings, stack: str) -> dict[str, Any]:
    """Return a role definition as ``az role definition create --role-definition`` takes it."""
    installation = settings.installation
    return {
        "Name": f"AI Fabrix deployment {installation.service_name} {installation.environment}",
        "IsCustom": True,
        "Description": f"What `fabrix up {stack}` does, and nothing else.",
        "Actions": list(needed_operations(settings)),
        "NotActions": [],
        "DataActions": [],
        "NotDataActions": [],
        "AssignableScopes": [f"/subscriptions/{installation.subscription_id}"],
    }


def missing(needed: Iterable[str], permissions: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the operations that none of the caller's permissions gives, as Azure decides it.

    Each permission, one a role, allows what its actions match and its exceptions do not (Microsoft Learn, "Understand
    Azure role definitions").
    """
    return [one for one in needed if not any(_allows(permission, one) for permission in permissions)]


def _allows(permission: Mapping[str, Any], operation: str) -> bool:
    given, taken = permission.get("actions") or (), permission.get("notActions") or ()
    return any(_covers(one, operation) for one in given) and not any(_covers(one, operation) for one in taken)


def _covers(pattern: str, operation: str) -> bool:
    """Return whether a pattern with ``*`` covers an operation, which may be a pattern itself."""
    expression = ".*".join(re.escape(part) for part in pattern.split("*"))
    return re.fullmatch(expression, operation, re.IGNORECASE) is not None

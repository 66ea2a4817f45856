"""What Azure's built-in roles allow: those that this platform assigns, and those that would undermine it.

Source: Microsoft Learn, "Azure built-in roles" (Privileged, General, Security, Containers, Storage, Monitor, Web,
Identity; actions of the lists of July 2026). Any other role counts as unknown, never as harmless.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache
from types import MappingProxyType


@dataclass(frozen=True)
class Role:
    """Patterns of operations; ``*`` stands for any text."""

    name: str
    actions: tuple[str, ...] = ()
    """On the resource itself, through Azure Resource Manager."""
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()
    """On its content, at the service."""
    not_data_actions: tuple[str, ...] = ()

    def allows(self, operation: str, *, data: bool) -> bool:
        """Return whether the role allows ``operation`` (``Microsoft.KeyVault/vaults/secrets/getSecret/action``)."""
        granted, excluded = (self.data_actions, self.not_data_actions) if data else (self.actions, self.not_actions)
        return _any(granted, operation) and not _any(excluded, operation)


def _any(patterns: Iterable[str], operation: str) -> bool:
    return any(_pattern(pattern).fullmatch(operation) for pattern in patterns)


@lru_cache(maxsize=1024)
def _pattern(glob: str) -> re.Pattern[str]:
    return re.compile(translate(glob.replace("[", "[[]").replace("?", "[?]")), re.IGNORECASE)


_READ_RIGHTS = "Microsoft.Authorization/*/read"
_ALERTS = "Microsoft.Insights/alertRules/*"
_DEPLOY = "Microsoft.Resources/deployments/*"
_GROUPS = "Microsoft.Resources/subscriptions/resourceGroups/read"
_SUPPORT = "Microsoft.Support/*"
_USUAL = (_READ_RIGHTS, _ALERTS, _DEPLOY, _GROUPS, _SUPPORT)
_VAULT = (
    *_USUAL,
    "Microsoft.KeyVault/checkNameAvailability/read",
    "Microsoft.KeyVault/deletedVaults/read",
    "Microsoft.KeyVault/locations/*/read",
    "Microsoft.KeyVault/vaults/*/read",
    "Microsoft.KeyVault/operations/read",
)
_CONTAINERS = "Microsoft.Storage/storageAccounts/blobServices/containers"
_QUEUES = "Microsoft.Storage/storageAccounts/queueServices/queues"
_FILES = "Microsoft.Storage/storageAccounts/fileServices/fileshares/files"
_DELEGATE = "Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action"
_REGISTRY = "Microsoft.ContainerRegistry/registries"

ROLES: Mapping[str, Role] = MappingProxyType(
    {
        "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": Role("Owner", ("*",)),
        "b24988ac-6180-42a0-ab88-20f7382dd24c": Role(
            "Contributor",
            ("*",),
            (
                "Microsoft.Authorization/*/Delete",
                "Microsoft.Authorization/*/Write",
                "Microsoft.Authorization/elevateAccess/Action",
                "Microsoft.Blueprint/blueprintAssignments/write",
                "Microsoft.Blueprint/blueprintAssignments/delete",
                "Microsoft.Compute/galleries/share/action",
                "Microsoft.Purview/consents/write",
                "Microsoft.Purview/consents/delete",
                "Microsoft.Resources/deploymentStacks/manageDenySetting/action",
                "Microsoft.Subscription/cancel/action",
                "Microsoft.Subscription/enable/action",
            ),
        ),
        "acdd72a7-3385-48ef-bd42-f606fba81ae7": Role("Reader", ("*/read",)),
        "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9": Role(
            "User Access Administrator", ("*/read", "Microsoft.Authorization/*", _SUPPORT)
        ),
        "f58310d9-a9f6-439a-9e8d-f62e7b41a168": Role(
            "Role Based Access Control Administrator",
            (
                "Microsoft.Authorization/roleAssignments/write",
                "Microsoft.Authorization/roleAssignments/delete",
                "*/read",
                _SUPPORT,
            ),
        ),
        "00482a5a-887f-4fb3-b363-3b7fe8e74483": Role(
            "Key Vault Administrator", _VAULT, data_actions=("Microsoft.KeyVault/vaults/*",)
        ),
        "21090545-7ca7-4776-b22c-e363652d74d2": Role(
            "Key Vault Reader",
            _VAULT,
            data_actions=("Microsoft.KeyVault/vaults/*/read", "Microsoft.KeyVault/vaults/secrets/readMetadata/action"),
        ),
        "b86a8fe4-44ce-4948-aee5-eccb2c155cd7": Role(
            "Key Vault Secrets Officer", _VAULT, data_actions=("Microsoft.KeyVault/vaults/secrets/*",)
        ),
        "4633458b-17de-408a-b874-0445c86b69e6": Role(
            "Key Vault Secrets User",
            data_actions=(
                "Microsoft.KeyVault/vaults/secrets/getSecret/action",
                "Microsoft.KeyVault/vaults/secrets/readMetadata/action",
            ),
        ),
        "f25e0fa2-a7c8-4377-a976-54943a77a395": Role(
            "Key Vault Contributor",
            (*_USUAL, "Microsoft.KeyVault/*"),
            (
                "Microsoft.KeyVault/locations/deletedVaults/purge/action",
                "Microsoft.KeyVault/hsmPools/*",
                "Microsoft.KeyVault/managedHsms/*",
            ),
        ),
        "8b54135c-b56d-4d72-a534-26097cfdc8d8": Role(
            "Key Vault Data Access Administrator",
            (
                "Microsoft.Authorization/roleAssignments/write",
                "Microsoft.Authorization/roleAssignments/delete",
                _READ_RIGHTS,
                _DEPLOY,
                _GROUPS,
                "Microsoft.Resources/subscriptions/read",
                "Microsoft.Management/managementGroups/read",
                _SUPPORT,
                "Microsoft.KeyVault/vaults/*/read",
            ),
        ),
        "12338af0-0e69-4776-bea7-57ae8d297424": Role(
            "Key Vault Crypto User",
            data_actions=(
                "Microsoft.KeyVault/vaults/keys/read",
                *(
                    f"Microsoft.KeyVault/vaults/keys/{verb}/action"
                    for verb in ("update", "backup", "encrypt", "decrypt", "wrap", "unwrap", "sign", "verify")
                ),
            ),
        ),
        "28bf596f-4eb7-45ce-b5bc-6cf482fec137": Role(
            "Locks Contributor", tuple(f"Microsoft.Authorization/locks/{verb}" for verb in ("read", "write", "delete"))
        ),
        "c12c1c16-33a1-487b-954d-41c89c60f349": Role(
            "Reader and Data Access",
            tuple(
                f"Microsoft.Storage/storageAccounts/{verb}"
                for verb in ("listKeys/action", "ListAccountSas/action", "read")
            ),
        ),
        "7f951dda-4ed3-4680-a7ca-43fe172d538d": Role("AcrPull", (f"{_REGISTRY}/pull/read",)),
        "8311e382-0749-4cb8-b61a-304f252e45ec": Role("AcrPush", (f"{_REGISTRY}/pull/read", f"{_REGISTRY}/push/write")),
        "17d1049b-9a84-46fb-8f53-869881c3d3ab": Role(
            "Storage Account Contributor",
            (*_USUAL, "Microsoft.Insights/diagnosticSettings/*", "Microsoft.Storage/storageAccounts/*"),
        ),
        "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": Role(
            "Storage Blob Data Owner", (f"{_CONTAINERS}/*", _DELEGATE), data_actions=(f"{_CONTAINERS}/blobs/*",)
        ),
        "ba92f5b4-2d11-453d-a403-e96b0029c9fe": Role(
            "Storage Blob Data Contributor",
            (f"{_CONTAINERS}/delete", f"{_CONTAINERS}/read", f"{_CONTAINERS}/write", _DELEGATE),
            data_actions=tuple(
                f"{_CONTAINERS}/blobs/{verb}" for verb in ("delete", "read", "write", "move/action", "add/action")
            ),
        ),
        "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1": Role(
            "Storage Blob Data Reader", (f"{_CONTAINERS}/read", _DELEGATE), data_actions=(f"{_CONTAINERS}/blobs/read",)
        ),
        "0c867c2a-1d8c-454a-a3db-ab2ea1bdc8bb": Role(
            "Storage File Data SMB Share Contributor",
            data_actions=(f"{_FILES}/read", f"{_FILES}/write", f"{_FILES}/delete"),
        ),
        "974c5e8b-45b9-4653-ba55-5f855dd0fb88": Role(
            "Storage Queue Data Contributor",
            (f"{_QUEUES}/delete", f"{_QUEUES}/read", f"{_QUEUES}/write"),
            data_actions=tuple(f"{_QUEUES}/messages/{verb}" for verb in ("delete", "read", "write", "process/action")),
        ),
        "3913510d-42f4-4e42-8a64-420c390055eb": Role(
            "Monitoring Metrics Publisher",
            ("Microsoft.Insights/Register/Action", _SUPPORT, _GROUPS),
            data_actions=("Microsoft.Insights/Metrics/Write", "Microsoft.Insights/Telemetry/Write"),
        ),
        "43d0d8ad-25c7-4714-9337-8ba259a9fe05": Role(
            "Monitoring Reader", ("*/read", "Microsoft.OperationalInsights/workspaces/search/action", _SUPPORT)
        ),
        "73c42c96-874c-492b-b04d-ab87d138a893": Role(
            "Log Analytics Reader",
            (
                "*/read",
                "Microsoft.OperationalInsights/workspaces/analytics/query/action",
                "Microsoft.OperationalInsights/workspaces/search/action",
                _SUPPORT,
            ),
            ("Microsoft.OperationalInsights/workspaces/sharedKeys/read",),
        ),
        "de139f84-1756-47ae-9be6-808fbbe84772": Role(
            "Website Contributor",
            (
                *_USUAL,
                "Microsoft.Insights/components/*",
                "Microsoft.ResourceHealth/availabilityStatuses/read",
                "Microsoft.Web/certificates/*",
                "Microsoft.Web/listSitesAssignedToHostName/read",
                "Microsoft.Web/serverFarms/join/action",
                "Microsoft.Web/serverFarms/read",
                "Microsoft.Web/sites/*",
            ),
        ),
        "f1a07417-d97a-45cb-824c-7a7467783830": Role(
            "Managed Identity Operator",
            (
                "Microsoft.ManagedIdentity/userAssignedIdentities/*/read",
                "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action",
                *_USUAL,
            ),
        ),
        "39bc4728-0917-49c7-9d2c-d95423bc2eb4": Role(
            "Security Reader",
            (
                _READ_RIGHTS,
                "Microsoft.Insights/alertRules/read",
                "Microsoft.OperationalInsights/workspaces/*/read",
                "Microsoft.Resources/deployments/*/read",
                _GROUPS,
                "Microsoft.Security/*/read",
                "Microsoft.Support/*/read",
                "Microsoft.Management/managementGroups/read",
            ),
        ),
    }
)
"""GUID of the role definition -> role."""


def role_of(definition_id: str) -> Role | None:
    """Return the role of a role definition's id; None for one that is not built in, or not known here."""
    return ROLES.get(definition_id.rstrip("/").rsplit("/", 1)[-1].lower())

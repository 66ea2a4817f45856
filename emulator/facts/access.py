"""Facts about access: managed identities, role assignments and definitions, locks, policy assignments."""

from __future__ import annotations

from typing import Any

from emulator.facts import names
from emulator.facts.build import GROUP, SUBSCRIPTION, fact, identity_guids, outputs
from emulator.facts.model import Fact, Placement
from emulator.facts.names import name_rule

_IDENTITY = "Microsoft.ManagedIdentity/userAssignedIdentities"
_LOCK = "Microsoft.Authorization/locks"
_LOCK_API = "2020-05-01"


def _guids(_: dict[str, Any], placement: Placement) -> dict[str, Any]:
    """Return the ids of a user-assigned identity in Entra."""
    return {**identity_guids(placement.id, placement), "tenantId": placement.tenant_id}


_LOCK_NAME = name_rule(r"[^<>%&?/\\]+", 1, 260, "any character except < > % & ? / \\")

FACTS: tuple[Fact, ...] = (
    fact(
        "managedidentity:UserAssignedIdentity",
        _IDENTITY,
        "resourceName",
        api="2023-01-31",
        name=name_rule(r"[A-Za-z0-9][A-Za-z0-9_-]*", 3, 128, "letters, digits, - and _, a letter or digit first"),
        immutable=("location",),
        outputs=outputs(_guids),
        late=("principalId", "clientId"),
    ),
    fact(
        "managedidentity:FederatedIdentityCredential",
        f"{_IDENTITY}/federatedIdentityCredentials",
        "resourceName",
        "federatedIdentityCredentialResourceName",
        api="2023-01-31",
        name=name_rule(r"[A-Za-z0-9][A-Za-z0-9_-]*", 3, 120, "letters, digits, - and _, a letter or digit first"),
    ),
    fact(
        "authorization:RoleAssignment",
        "Microsoft.Authorization/roleAssignments",
        "roleAssignmentName",
        root="{scope}",
        api="2022-04-01",
        name=names.GUID,
        unique="scope",
        immutable=("roleDefinitionId", "principalId", "principalType", "delegatedManagedIdentityResourceId"),
    ),
    fact(
        "authorization:RoleDefinition",
        "Microsoft.Authorization/roleDefinitions",
        "roleDefinitionId",
        root="{scope}",
        api="2022-05-01-preview",
        name=names.GUID,
        unique="scope",
    ),
    fact(
        "authorization:ManagementLockByScope",
        _LOCK,
        "lockName",
        root="{scope}",
        api=_LOCK_API,
        name=_LOCK_NAME,
        unique="scope",
    ),
    fact(
        "authorization:ManagementLockAtSubscriptionLevel",
        _LOCK,
        "lockName",
        root=SUBSCRIPTION,
        api=_LOCK_API,
        name=_LOCK_NAME,
        unique="subscription",
    ),
    fact(
        "authorization:ManagementLockAtResourceGroupLevel",
        _LOCK,
        "lockName",
        root=GROUP,
        api=_LOCK_API,
        name=_LOCK_NAME,
    ),
    fact(
        "authorization:ManagementLockAtResourceLevel",
        _LOCK,
        "lockName",
        api=_LOCK_API,
        name=_LOCK_NAME,
        unique="scope",
        root=f"{GROUP}/providers/{{resourceProviderNamespace}}/{{parentResourcePath}}/{{resourceType}}/{{resourceName}}",
    ),
    fact(
        "authorization:PolicyAssignment",
        "Microsoft.Authorization/policyAssignments",
        "policyAssignmentName",
        root="{scope}",
        api="2025-01-01",
        name=name_rule(r"[^#<>%&:\\?/]*[^#<>%&:\\?/. ]", 1, 128, "any character except # < > % & : \\ ? /"),
        unique="scope",
        immutable=("location", "policyDefinitionId"),
        outputs=outputs(),
    ),
)

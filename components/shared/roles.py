"""Role assignments: built-in roles by a readable key, each grant with the reason for it.

Source of the ids: Microsoft Learn, "Azure built-in roles". Azure allows 4,000 role assignments in a subscription.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pulumi
from pulumi_azure_native import authorization

from components.base import FabrixComponent
from components.context import Context


@dataclass(frozen=True, kw_only=True)
class Role:
    """A built-in role, the same in every tenant."""

    id: str
    """GUID of the role definition."""
    name: str
    """As the portal shows it."""


ROLES: Mapping[str, Role] = MappingProxyType(
    {
        "reader": Role(id="acdd72a7-3385-48ef-bd42-f606fba81ae7", name="Reader"),
        "reader-and-data-access": Role(id="c12c1c16-33a1-487b-954d-41c89c60f349", name="Reader and Data Access"),
        "contributor": Role(id="b24988ac-6180-42a0-ab88-20f7382dd24c", name="Contributor"),
        "key-vault-administrator": Role(id="00482a5a-887f-4fb3-b363-3b7fe8e74483", name="Key Vault Administrator"),
        "key-vault-reader": Role(id="21090545-7ca7-4776-b22c-e363652d74d2", name="Key Vault Reader"),
        "key-vault-secrets-officer": Role(id="b86a8fe4-44ce-4948-aee5-eccb2c155cd7", name="Key Vault Secrets Officer"),
        "key-vault-secrets-user": Role(id="4633458b-17de-408a-b874-0445c86b69e6", name="Key Vault Secrets User"),
        "key-vault-crypto-user": Role(id="12338af0-0e69-4776-bea7-57ae8d297424", name="Key Vault Crypto User"),
        "acr-pull": Role(id="7f951dda-4ed3-4680-a7ca-43fe172d538d", name="AcrPull"),
        "acr-push": Role(id="8311e382-0749-4cb8-b61a-304f252e45ec", name="AcrPush"),
        "storage-blob-data-contributor": Role(
            id="ba92f5b4-2d11-453d-a403-e96b0029c9fe", name="Storage Blob Data Contributor"
        ),
        "storage-blob-data-reader": Role(id="2a2b9908-6ea1-4ae2-8e65-a410df84e7d1", name="Storage Blob Data Reader"),
        "storage-file-data-smb-share-contributor": Role(
            id="0c867c2a-1d8c-454a-a3db-ab2ea1bdc8bb", name="Storage File Data SMB Share Contributor"
        ),
        "storage-queue-data-contributor": Role(
            id="974c5e8b-45b9-4653-ba55-5f855dd0fb88", name="Storage Queue Data Contributor"
        ),
        "monitoring-metrics-publisher": Role(
            id="3913510d-42f4-4e42-8a64-420c390055eb", name="Monitoring Metrics Publisher"
        ),
        "monitoring-reader": Role(id="43d0d8ad-25c7-4714-9337-8ba259a9fe05", name="Monitoring Reader"),
        "log-analytics-reader": Role(id="73c42c96-874c-492b-b04d-ab87d138a893", name="Log Analytics Reader"),
        "website-contributor": Role(id="de139f84-1756-47ae-9be6-808fbbe84772", name="Website Contributor"),
        "managed-identity-operator": Role(id="f1a07417-d97a-45cb-824c-7a7467783830", name="Managed Identity Operator"),
        "security-reader": Role(id="39bc4728-0917-49c7-9d2c-d95423bc2eb4", name="Security Reader"),
        "locks-contributor": Role(id="28bf596f-4eb7-45ce-b5bc-6cf482fec137", name="Locks Contributor"),
        "role-administrator": Role(
            id="f58310d9-a9f6-439a-9e8d-f62e7b41a168", name="Role Based Access Control Administrator"
        ),
    }
)
"""Key → role. A role that no grant needs is not listed: adding one is a decision that a reviewer sees."""


def grant(
    parent: FabrixComponent,
    name: str,
    *,
    role: str,
    principal_id: pulumi.Input[str],
    scope: pulumi.Input[str],
    reason: str,
    context: Context,
    principal_type: str = "ServicePrincipal",
) -> authorization.RoleAssignment:
    """Assign a principal a role at ``scope``; ``reason`` is shown in the portal and in the access matrix.

    ``role`` is a key of :data:`ROLES`; ``principal_id`` is an **object** id (an identity's ``principalId``, never its
    ``clientId``). ``principal_type`` is ``ServicePrincipal`` (managed identities too) or ``Group``; users get no roles
    of their own.

    A later version that moves the right to another scope gives it another ``name``: so the new one exists before the
    old one goes, which is at the end, after the locks of a stack that lifts them.
    """
    return authorization.RoleAssignment(
        name,
        role_assignment_name=context.names.guid(name),
        role_definition_id=role_definition_id(context, role),
        principal_id=principal_id,
        # Naming the type lets Azure skip the look-up of a principal so new that not every replica of Entra has it.
        principal_type=principal_type,
        scope=scope,
        description=reason,
        # Azure changes neither principal nor role of an assignment, and the new one has the old one's name.
        opts=parent.child(delete_before_replace=True),
    )


@dataclass(frozen=True, kw_only=True)
class Grant:
    """One row of a table of grants."""

    holder: str
    """Who gets the role: key of an application, role value of a group."""
    role: str
    """Key of :data:`ROLES`."""
    on: str
    """What the scope is, in a word or two; with holder and role it makes the logical name, which must be unique."""
    scope: pulumi.Input[str]
    """ARM id, as narrow as the work allows."""
    reason: str


def grants(
    parent: FabrixComponent,
    name: str,
    table: Iterable[Grant],
    *,
    principals: Mapping[str, pulumi.Input[str]],
    context: Context,
    principal_type: str = "ServicePrincipal",
) -> list[authorization.RoleAssignment]:
    """Create every grant of ``table``; ``principals`` maps holders to object ids.

    Raises ``KeyError`` for an unknown holder.
    """
    return [
        grant(
            parent,
            f"{name}-{row.holder}-{row.on}-{row.role}",
            role=row.role,
            principal_id=principals[row.holder],
            scope=row.scope,
            reason=row.reason,
            context=context,
            principal_type=principal_type,
        )
        for row in table
    ]


def role_definition_id(context: Context, role: str) -> str:
    """ARM id of a built-in role in the form that Azure returns, so that a refresh finds no difference."""
    return (
        f"/subscriptions/{context.subscription_id}/providers/Microsoft.Authorization/roleDefinitions/{ROLES[role].id}"
    )

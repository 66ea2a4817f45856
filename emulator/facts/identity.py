"""Rows of the tenant's directory (Microsoft Graph): what the local azuread makes beside checking shapes.

Source: Microsoft Learn, "Microsoft Graph REST API v1.0" (group, application, servicePrincipal,
federatedIdentityCredential), and the ids that provider azuread documents for imports.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One type of directory object."""

    arm_type: str
    """``Microsoft.Graph/groups``; what the object is listed as beside ARM's types."""
    path: str
    """Id: ``{guid}`` is made up, other names in braces are inputs (an application's without ``/applications/``)."""
    guids: tuple[str, ...] = ()
    """Outputs that are GUIDs of Entra's making; the first is the ``{guid}`` of the path."""
    immutable: tuple[str, ...] = ()
    """Inputs whose change replaces the object."""
    defaults: tuple[tuple[str, object], ...] = ()
    """Outputs that an object has when its inputs do not say otherwise."""
    named: bool = True
    """``preventDuplicateNames`` looks at ``displayName`` among objects of this type."""
    within: tuple[str, str, str] | None = None
    """Input, token, output: an object with that output must exist, and takes this one along when it is deleted."""


GROUP = "azuread:index/group:Group"
APPLICATION = "azuread:index/application:Application"
PRINCIPAL = "azuread:index/servicePrincipal:ServicePrincipal"
USER = "azuread:index/user:User"
MEMBER = "azuread:index/groupMember:GroupMember"
CREDENTIAL = "azuread:index/applicationFederatedIdentityCredential:ApplicationFederatedIdentityCredential"

DIRECTORY: dict[str, Entry] = {
    GROUP: Entry(
        arm_type="Microsoft.Graph/groups",
        path="/groups/{guid}",
        guids=("objectId",),
        immutable=("assignableToRole", "behaviors", "mailNickname", "provisioningOptions", "types"),
        defaults=(("mail", ""), ("members", []), ("owners", []), ("proxyAddresses", []), ("preferredLanguage", "")),
    ),
    MEMBER: Entry(
        arm_type="Microsoft.Graph/groups/members",
        path="{groupObjectId}/member/{memberObjectId}",
        immutable=("groupObjectId", "memberObjectId"),
        named=False,
        within=("groupObjectId", GROUP, "objectId"),
    ),
    APPLICATION: Entry(
        arm_type="Microsoft.Graph/applications",
        path="/applications/{guid}",
        guids=("objectId", "clientId"),
        immutable=("templateId",),
        defaults=(("disabledByMicrosoft", ""), ("appRoleIds", {}), ("oauth2PermissionScopeIds", {}), ("owners", [])),
    ),
    PRINCIPAL: Entry(
        arm_type="Microsoft.Graph/servicePrincipals",
        path="/servicePrincipals/{guid}",
        guids=("objectId",),
        immutable=("clientId", "useExisting"),
        defaults=(("appRoleIds", {}), ("oauth2PermissionScopeIds", {}), ("owners", []), ("type", "Application")),
        named=False,
        within=("clientId", APPLICATION, "clientId"),
    ),
    CREDENTIAL: Entry(
        arm_type="Microsoft.Graph/applications/federatedIdentityCredentials",
        path="{applicationId}/federatedIdentityCredential/{guid}",
        guids=("credentialId",),
        immutable=("applicationId", "displayName"),
        named=False,
        within=("applicationId", APPLICATION, "id"),
    ),
    USER: Entry(
        arm_type="Microsoft.Graph/users",
        path="/users/{guid}",
        guids=("objectId",),
        defaults=(("userType", "Member"), ("onpremisesSyncEnabled", False)),
        named=False,
    ),
}
"""Row by type token; other types of the SDK are accepted on their shape alone."""

FUNCTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "getGroup": (GROUP, ("displayName", "objectId", "mailNickname")),
    "getUser": (USER, ("userPrincipalName", "objectId", "mail", "mailNickname", "employeeId")),
    "getServicePrincipal": (PRINCIPAL, ("displayName", "clientId", "objectId")),
    "getApplication": (APPLICATION, ("displayName", "clientId", "objectId")),
}
"""Function → type it looks for, and the arguments that find one."""

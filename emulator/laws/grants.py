"""Laws of role assignments, locks and federated credentials."""

from __future__ import annotations

import re
from collections.abc import Iterator

from emulator.facts.names import GUID
from emulator.facts.roles import ROLES
from emulator.ids import arm_name, parent_id, scope_of
from emulator.laws.helpers import changing, is_known, missing, refuse, same, string_at, strings
from emulator.world import Request, World

ASSIGNMENTS = "Microsoft.Authorization/roleAssignments"
DEFINITIONS = "Microsoft.Authorization/roleDefinitions"
MAX_CREDENTIALS = 20
PRINCIPALS = {
    "Group": (("Microsoft.Graph/groups", "objectId"),),
    "User": (("Microsoft.Graph/users", "objectId"),),
    "ServicePrincipal": (
        ("Microsoft.ManagedIdentity/userAssignedIdentities", "principalId"),
        ("Microsoft.Graph/servicePrincipals", "objectId"),
    ),
}
"""Type of a principal → ARM types of its objects, and the output that is its object id."""


def principal(request: Request, _: World) -> Iterator[str]:
    """Refuse a principal that is not an object id, and a condition without its version."""
    if not changing(request):
        return
    principal_id = string_at(request, "principalId")
    if not GUID.allows(principal_id):
        fix = "Use the object id of the user, group or service principal, not its client id or name."
        yield refuse("InvalidPrincipalId", f"principalId {principal_id}", "a GUID", fix)
    if request.get("condition") is not None and request.get("conditionVersion") is None:
        yield refuse("InvalidConditionVersion", "a condition without conditionVersion", "2.0", "Set conditionVersion.")


def principal_type(request: Request, world: World) -> Iterator[str]:
    """Refuse a type that is not the principal's, and a principal that nobody knows and that has no type.

    Named, the type lets Azure take a principal that its directory does not show yet (Microsoft Learn, "Troubleshoot
    Azure RBAC": a replication delay). So one that the local directory lacks, such as a customer's group, needs it.
    """
    if not changing(request):
        return
    object_id, stated = string_at(request, "principalId"), string_at(request, "principalType")
    actual = type_of_principal(world, object_id, request.subscription_id)
    if stated and actual not in {"", stated}:
        problem = f"principalType {stated} of principal {object_id}"
        yield refuse("UnmatchedPrincipalType", problem, f"its own type, {actual}", "Name that type.")
    elif not stated and not actual:
        fix = "Use the object id of something that exists, or name principalType if it was created just now."
        yield refuse("PrincipalNotFound", f"principal {object_id} without principalType", "known principals", fix)


def type_of_principal(world: World, object_id: str, subscription_id: str) -> str:
    """Return the type of a principal of the directory, or "" where it has none with that object id."""
    for kind, sources in PRINCIPALS.items():
        for arm_type, output in sources:
            if any(same(str(one.value(output)), object_id) for one in world.list(arm_type)):
                return kind
    everything = world.children(f"/subscriptions/{subscription_id}")
    own = any(same(str(one.value("identity.principalId")), object_id) for one in everything)
    return "ServicePrincipal" if own else ""


def role(request: Request, _: World) -> Iterator[str]:
    """Refuse a role that is not written as the id of a role definition."""
    if changing(request):
        role_id = string_at(request, "roleDefinitionId")
        if not re.search(rf"/providers/{DEFINITIONS}/[^/]+$", role_id, re.IGNORECASE) or not GUID.allows(
            arm_name(role_id)
        ):
            allowed = f"/subscriptions/<guid>/providers/{DEFINITIONS}/<guid>"
            yield refuse("InvalidRoleDefinitionId", f"roleDefinitionId {role_id}", allowed, "Use the definition's id.")


def role_exists(request: Request, world: World) -> Iterator[str]:
    """Refuse a role that is neither built in nor defined here."""
    if not changing(request):
        return
    guid = arm_name(string_at(request, "roleDefinitionId")).lower()
    if guid in ROLES or any(item.name.lower() == guid for item in world.list(DEFINITIONS)):
        return
    fix = "Look the GUID up in Azure's list of built-in roles; one that the local Azure lacks belongs in its table."
    yield refuse("RoleDefinitionDoesNotExist", f"role {guid}", "built-in roles and roles defined here", fix)


def assignment_exists(request: Request, world: World) -> Iterator[str]:
    """Refuse the same role for the same principal at the same scope under a second name."""
    if request.operation != "create":
        return
    scope = scope_of(request.id)
    guid, principal_id = arm_name(string_at(request, "roleDefinitionId")), string_at(request, "principalId")
    for other in world.list(ASSIGNMENTS):
        if (
            same(scope_of(other.id), scope)
            and same(arm_name(str(other.value("roleDefinitionId"))), guid)
            and same(str(other.value("principalId")), principal_id)
            and not same(other.id, request.id)
        ):
            problem = f"{ROLES.get(guid.lower(), guid)} for {principal_id} at {scope} is {other.name}"
            yield refuse("RoleAssignmentExists", problem, "one assignment of a role, principal and scope", "Drop one.")


def lock(request: Request, _: World) -> Iterator[str]:
    """Refuse a lock level that does not exist."""
    level = string_at(request, "level")
    if changing(request) and level not in {"CanNotDelete", "ReadOnly"}:
        yield refuse("InvalidLockLevel", f"level {level}", "CanNotDelete, ReadOnly", "Correct it.")


def federated(request: Request, _: World) -> Iterator[str]:
    """Refuse a federated credential without exactly one audience, or with an issuer that is not an https address."""
    if not changing(request):
        return
    audiences = request.get("audiences")
    if isinstance(audiences, list) and len(audiences) != 1:
        problem = f"audiences {', '.join(strings(audiences))}"
        yield refuse("InvalidFederatedCredential", problem, "exactly one", "Usually api://AzureADTokenExchange.")
    issuer = string_at(request, "issuer")
    if not issuer.startswith("https://"):
        yield refuse("InvalidFederatedCredential", f"issuer {issuer}", "an https address", "Correct it.")


def duplicate_credential(request: Request, world: World) -> Iterator[str]:
    """Refuse two credentials of one identity for the same issuer and subject, and one credential too many."""
    if request.operation != "create":
        return
    identity_id = parent_id(request.id)
    others = [item for item in world.children(identity_id) if same(item.arm_type, request.fact.arm_type)]
    for other in others:
        if other.value("issuer") == request.get("issuer") and other.value("subject") == request.get("subject"):
            problem = f"{other.name} has issuer and subject of {arm_name(request.id)}"
            yield refuse("FederatedCredentialExists", problem, "one credential per issuer and subject", "Drop one.")
    if len(others) >= MAX_CREDENTIALS:
        problem = f"{len(others)} credentials on {arm_name(identity_id)}"
        yield refuse("TooManyFederatedCredentials", problem, f"at most {MAX_CREDENTIALS}", "Use another identity.")


def identities(request: Request, world: World) -> Iterator[str]:
    """Refuse to assign a resource an identity that does not exist."""
    users = request.get("identity.userAssignedIdentities")
    if not changing(request) or not isinstance(users, (list, dict)):
        return
    for user in users:
        if is_known(user):
            yield from missing(world, str(user), f"the identity of {arm_name(request.id)}")


CHECK = {
    "authorization:RoleAssignment": (principal, role),
    "authorization:ManagementLockByScope": (lock,),
    "authorization:ManagementLockAtSubscriptionLevel": (lock,),
    "authorization:ManagementLockAtResourceGroupLevel": (lock,),
    "authorization:ManagementLockAtResourceLevel": (lock,),
    "managedidentity:FederatedIdentityCredential": (federated,),
}
STATE = {
    "authorization:RoleAssignment": (role_exists, assignment_exists, principal_type),
    "managedidentity:FederatedIdentityCredential": (duplicate_credential,),
    **dict.fromkeys(
        (
            "web:WebApp", "web:WebAppSlot", "storage:StorageAccount", "containerregistry:Registry",
            "dbforpostgresql:Server", "redisenterprise:RedisEnterprise", "containerinstance:ContainerGroup", "app:Job",
        ),
        (identities,),
    ),
}  # fmt: skip

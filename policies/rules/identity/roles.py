"""Role assignments and custom roles: nobody gets more than the work needs."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping

from policies.model import Context, Outcome, ok, skip
from policies.rule import Rule, direct, supporting
from policies.rules.shared import expect
from resources.model import Resource
from resources.values import UNKNOWN, Trilean, Value, all_of, find, get, matches, negate

ASSIGNMENT = ("authorization:RoleAssignment",)

POWERFUL: Mapping[str, str] = {
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": "Owner",
    "b24988ac-6180-42a0-ab88-20f7382dd24c": "Contributor",
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9": "User Access Administrator",
    "f58310d9-a9f6-439a-9e8d-f62e7b41a168": "Role Based Access Control Administrator",
}
"""Roles that control everything below their scope. Source: Microsoft Learn, "Azure built-in roles"."""

DATA_ADMINS: Mapping[str, str] = {
    "00482a5a-887f-4fb3-b363-3b7fe8e74483": "Key Vault Administrator",
    "b86a8fe4-44ce-4948-aee5-eccb2c155cd7": "Key Vault Secrets Officer",
    "14b46e9e-c2b7-41b4-b07b-48a6ebf60603": "Key Vault Crypto Officer",
    "a4417e6f-fecd-4de8-b567-7b0420556985": "Key Vault Certificates Officer",
    "8b54135c-b56d-4d72-a534-26097cfdc8d8": "Key Vault Data Access Administrator",
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": "Storage Blob Data Owner",
    "69566ab7-960f-475b-8e7c-b3118f30c6bd": "Storage File Data Privileged Contributor",
    "17d1049b-9a84-46fb-8f53-869881c3d3ab": "Storage Account Contributor",
    "b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b": "Azure Kubernetes Service RBAC Cluster Admin",
    "a001fd3d-188f-4b5d-821b-7da978bf7442": "Cognitive Services OpenAI Contributor",
    "7ca78c08-252a-4471-8644-bb5ff32d4ba0": "Search Service Contributor",
}
"""Roles that read and change all data of a store, or grant the permission to. Source as above."""

_GRANTING = (
    "microsoft.authorization/roleassignments/write",
    "microsoft.authorization/roledefinitions/write",
    "microsoft.authorization/elevateaccess/action",
    "microsoft.authorization/locks/write",
    "microsoft.authorization/locks/delete",
)
"""Actions with which a role can extend its own permissions, or remove a lock."""

_GROUP = re.compile(r"/subscriptions/[^/]+/resourcegroups/[^/]+/?", re.IGNORECASE)
_RESOURCE = re.compile(r"/subscriptions/[^/]+(/resourcegroups/[^/]+)?/providers/.+", re.IGNORECASE)


def _role(resource: Resource, roles: Mapping[str, str]) -> Trilean:
    """Return whether the assignment is of one of ``roles``; its id ends with the role's GUID whatever the scope."""
    return matches(
        get(resource, "roleDefinitionId"), lambda role: str(role).rstrip("/").rsplit("/", 1)[-1].lower() in roles
    )


def _is_resource(scope: Value) -> bool:
    return _RESOURCE.fullmatch(str(scope)) is not None


def _is_low(scope: Value) -> bool:
    return _is_resource(scope) or _GROUP.fullmatch(str(scope)) is not None


def no_power_above_group(resource: Resource, _context: Context) -> Outcome:
    """ID-01: powerful roles are assigned on a resource group or below."""
    low = matches(get(resource, "scope"), _is_low)
    excessive = all_of(_role(resource, POWERFUL), negate(low))
    return ok(negate(excessive), "a role that controls everything is assigned above a resource group", "scope")


def groups_or_workloads(resource: Resource, _context: Context) -> Outcome:
    """ID-02: the principal is a group or a workload."""
    reason = "the principal is a person, or its type is not stated"
    return expect(resource, "principalType", reason, to_be=("Group", "ServicePrincipal"))


def narrow_custom_role(resource: Resource, _context: Context) -> list[Outcome]:
    """ID-03: a custom role has neither wildcards nor control over roles and locks."""
    outcomes = []
    for leaf in ("actions", "dataActions"):
        for path, action in find(resource, f"permissions[].{leaf}[]"):
            wild = matches(action, lambda text: "*" in text and not str(text).lower().endswith("/read"))
            grants = matches(action, _grants)
            outcomes.append(ok(negate(wild), "a wildcard grants permissions that nobody has listed", path))
            outcomes.append(ok(negate(grants), "the role can extend its own permissions or remove locks", path))
    return outcomes or [ok(True, "the role permits nothing", "permissions")]  # noqa: FBT003


def _grants(action: Value) -> bool:
    return any(fnmatch.fnmatchcase(granting, str(action).lower()) for granting in _GRANTING)


def data_admin_on_resource(resource: Resource, _context: Context) -> Outcome:
    """ID-04: roles over all data of a store are assigned on that store."""
    admin = _role(resource, DATA_ADMINS)
    if admin is False:
        return skip("the role administers no data")
    scope = get(resource, "scope")
    narrow = None if scope is UNKNOWN or admin is None else matches(scope, _is_resource)
    return ok(narrow, "a role over all data of a store is assigned on more than one resource", "scope")


RULES: tuple[Rule, ...] = (
    Rule(
        id="ID-01",
        title="No Owner/Contributor/User Access Administrator above resource group",
        types=ASSIGNMENT,
        property="roleDefinitionId, scope",
        severity="C",
        scope="R",
        profile="P1",
        iso=(
            direct("A.5.15", "Access is granted only for what the work concerns."),
            direct("A.8.2", "Privileged permissions do not reach beyond one resource group."),
        ),
        hipaa=(direct("164.308(a)(3)(i)", "The workforce controls only what its tasks concern."),),
        gdpr=(supporting("Art. 32(4)", "People under our authority cannot reach all data of the subscription."),),
        what="Roles that control everything are assigned on a resource group or below, never higher.",
        why="An assignment on a subscription covers everything that is and will be in it, including what other teams "
        "add. One compromised account is then the whole installation.",
        remediation="Set `scope` to the id of the resource group, or choose a narrower role.",
        azure_default="None; scope and role are required.",
        bad='authorization.RoleAssignment("ops", role_definition_id=CONTRIBUTOR, scope="/subscriptions/…")',
        good='authorization.RoleAssignment("ops", role_definition_id=CONTRIBUTOR, scope=group.id)',
        check=no_power_above_group,
    ),
    Rule(
        id="ID-02",
        title="Principals are groups or workloads, not users",
        types=ASSIGNMENT,
        property="principalType",
        severity="H",
        scope="R",
        profile="P2",
        iso=(
            direct("A.5.16", "Permissions of people come from groups, which the joiner and leaver process maintains."),
            direct("A.5.18", "Granting and revoking permissions is one change of membership, which is reviewed."),
        ),
        hipaa=(direct("164.308(a)(4)(ii)(C)", "Access is established and modified through group membership."),),
        gdpr=(supporting("Art. 32(4)", "It is known who acts under our authority, and why."),),
        what="The assignment states that its principal is a group or a service principal.",
        why="A person's own assignment outlives their role, sometimes their employment, and no access review shows it. "
        "Without a stated type Azure looks the principal up, and fails if it is new.",
        remediation='Create a group, assign to it, and set `principal_type="Group"`.',
        azure_default="Looked up when left out.",
        bad='authorization.RoleAssignment("anna", principal_type="User", principal_id=anna)',
        good='authorization.RoleAssignment("ops", principal_type="Group", principal_id=operators.object_id)',
        check=groups_or_workloads,
    ),
    Rule(
        id="ID-03",
        title="Custom roles without wildcard, role-write or lock rights",
        types=("authorization:RoleDefinition",),
        property="permissions[].{actions,dataActions}",
        severity="C",
        scope="R",
        profile="P1",
        iso=(
            direct("A.5.15", "Someone wrote down each permission of a custom role."),
            direct("A.8.2", "A custom role cannot be used to become its own administrator."),
        ),
        hipaa=(direct("164.308(a)(4)(ii)(B)", "A role authorises exactly the access that was granted."),),
        gdpr=(supporting("Art. 32(4)", "Permissions go no further than the instruction."),),
        what="A custom role lists its actions one by one (wildcards for reading are tolerated), and has no control "
        "over role assignments, role definitions and locks.",
        why="A wildcard also grants what Azure adds tomorrow. With permission to write role assignments the holder is "
        "an owner at will; with control over locks, protection against deletion is a formality.",
        remediation="Replace the wildcard with the actions that are needed; leave control over roles to built-in "
        "roles.",
        azure_default="None; a custom role has the actions that it lists.",
        bad='authorization.RoleDefinition("ops", permissions=[{"actions": ["*"], "not_actions": []}])',
        good='authorization.RoleDefinition("restarter", permissions=[{\n'
        '    "actions": ["Microsoft.Web/sites/read", "Microsoft.Web/sites/restart/action"]}])',
        check=narrow_custom_role,
    ),
    Rule(
        id="ID-04",
        title="Data-admin roles only at resource scope",
        types=ASSIGNMENT,
        property="roleDefinitionId, scope",
        severity="H",
        scope="R",
        profile="P2",
        iso=(
            direct("A.8.2", "Privileged permissions over data are granted store by store."),
            direct("A.8.3", "Access to information is limited to the store that the work needs."),
        ),
        hipaa=(direct("164.312(a)(1)", "Full access to data is granted for one named store."),),
        gdpr=(direct("Art. 25(2)", "By default nobody has all data of all stores."),),
        what="Roles over all data of a store, such as Key Vault Administrator or Storage Blob Data Owner, are assigned "
        "on that store.",
        why="On a resource group they cover every vault and account in it, and each one added later.",
        remediation="Set `scope` to the id of the vault, account or service.",
        azure_default="None; scope and role are required.",
        bad='authorization.RoleAssignment("kv", role_definition_id=KEY_VAULT_ADMINISTRATOR, scope=group.id)',
        good='authorization.RoleAssignment("kv", role_definition_id=KEY_VAULT_ADMINISTRATOR, scope=vault.id)',
        check=data_admin_on_resource,
    ),
)

"""Who is who, and who may do what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from components.context import Context
from components.security.groups import GROUP_RIGHTS, Groups, GroupsArgs, group_grants
from components.security.identities import Access, AccessArgs, Identities, IdentitiesArgs
from components.shared.roles import ROLES, Grant
from settings.groups import GROUPS

Plan = Callable[..., Any]
APPS = ("miso-controller", "dataplane", "keycloak")
SCOPES = {"resource-group": "/rg", "vault": "/rg/vault", "workspace": "/rg/log"}


def identities(context: Context) -> Callable[[], Any]:
    def build() -> dict[str, Any]:
        made = Identities("identity-sdc", IdentitiesArgs(context=context, resource_group_name="rg", holders=APPS))
        return {"ids": made.identity_ids, "clients": made.client_ids, "principals": made.principal_ids}

    return build


def test_each_application_has_an_identity_of_its_own(plan: Plan, context: Context) -> None:
    planned = plan(identities(context))
    names = [i["resourceName"] for i in planned.inputs_of("managedidentity:UserAssignedIdentity")]
    assert sorted(names) == sorted(context.names.of("identity", app) for app in APPS)
    assert set(planned.result["clients"]) == set(planned.result["principals"]) == set(APPS)


def test_application_id_and_object_id_are_not_taken_for_each_other(plan: Plan, context: Context) -> None:
    result = plan(identities(context)).result
    for app in APPS:
        assert result["clients"][app] != result["principals"][app], "a role given to an application id reaches nobody"


def test_in_a_preview_the_arm_ids_are_known_and_entras_are_not(plan: Plan, context: Context, unknown: object) -> None:
    result = plan(identities(context), preview=True).result
    group = f"/subscriptions/{context.subscription_id}/resourceGroups/rg/providers"
    name = context.names.of("identity", "dataplane")
    assert result["ids"]["dataplane"] == f"{group}/Microsoft.ManagedIdentity/userAssignedIdentities/{name}"
    assert result["principals"]["dataplane"] is unknown


def test_every_right_is_given_once_with_its_reason(plan: Plan, context: Context) -> None:
    table = [
        Grant(holder=app, role="acr-pull", on="registry", scope="/acr", reason=f"{app} pulls its image") for app in APPS
    ]
    principals = {app: f"object-{app}" for app in APPS}
    planned = plan(lambda: Access("access-sdc", AccessArgs(context=context, principals=principals, table=table)))
    made = planned.inputs_of("authorization:RoleAssignment")
    assert {m["principalId"]: m["description"] for m in made} == {
        f"object-{app}": f"{app} pulls its image" for app in APPS
    }
    assert len({m["roleAssignmentName"] for m in made}) == len(APPS)


def test_the_names_of_assignments_do_not_depend_on_their_order(plan: Plan, context: Context) -> None:
    table = [Grant(holder=app, role="acr-pull", on="registry", scope="/acr", reason="pulls") for app in APPS]
    principals = dict.fromkeys(APPS, "object")

    def names(rows: list[Grant]) -> set[str]:
        args = AccessArgs(context=context, principals=principals, table=rows)
        planned = plan(lambda: Access("access-sdc", args))
        return {m["roleAssignmentName"] for m in planned.inputs_of("authorization:RoleAssignment")}

    assert names(table[::-1]) == names(table)
    assert names(table[1:]) < names(table), "an application more or less renames no right of another"


def groups(context: Context, mode: Any) -> Callable[[], Any]:
    args = GroupsArgs(context=context, groups=GROUPS, mode=mode)
    return lambda: Groups("groups", args).object_ids


def test_the_seven_groups_are_made_with_their_exact_names(plan: Plan, context: Context) -> None:
    planned = plan(groups(context, "create"))
    made = planned.of("azuread:index/group:Group")
    assert {g.inputs["displayName"] for g in made} == {
        "AI-Fabrix-Platform-Admins",
        "AI-Fabrix-Security-Admins",
        "AI-Fabrix-Infrastructure-Admins",
        "AI-Fabrix-Deployment-Admins",
        "AI-Fabrix-Compliance-Admins",
        "AI-Fabrix-Developers",
        "AI-Fabrix-Observers",
    }
    for group in made:
        assert group.inputs["securityEnabled"] is True
        assert group.inputs["preventDuplicateNames"] is True, "a right given to a namesake would go unnoticed"
        assert group.inputs["description"]
        assert "members" not in group.inputs, "who belongs to a group is the customer's decision"
        assert group.protect
    assert set(planned.result) == {group.role for group in GROUPS}


def test_groups_that_exist_are_looked_up_by_name_and_nothing_is_made(plan: Plan, context: Context) -> None:
    token = "azuread:index/getGroup:getGroup"
    planned = plan(groups(context, "existing"), calls={token: {"objectId": "found", "id": "found"}})
    assert planned.types == {"aifabrix:security:Groups"}
    assert {args["displayName"] for _, args in planned.calls} == {group.display_name for group in GROUPS}
    assert set(planned.result.values()) == {"found"}


def test_groups_listed_by_id_need_nothing_of_the_directory(plan: Plan, context: Context) -> None:
    ids = {group.role: f"5f0c2a9e-7d41-4b7e-9a53-0c8e1d6b2f3{place}" for place, group in enumerate(GROUPS)}
    args = GroupsArgs(context=context, groups=GROUPS, mode="ids", object_ids=ids)
    planned = plan(lambda: Groups("groups", args).object_ids, preview=True)
    assert planned.types == {"aifabrix:security:Groups"} and planned.calls == []
    assert planned.result == ids, "a preview knows them, too"


def test_making_groups_looks_nothing_up(plan: Plan, context: Context) -> None:
    assert plan(groups(context, "create")).calls == []


def test_rights_are_given_to_groups_and_never_to_persons(plan: Plan, context: Context) -> None:
    table = group_grants(SCOPES)
    principals = {group.role: f"object-{group.role}" for group in GROUPS}
    args = AccessArgs(context=context, principals=principals, table=table, principal_type="Group")
    made = plan(lambda: Access("group-access", args)).inputs_of("authorization:RoleAssignment")
    assert len(made) == len(GROUP_RIGHTS)
    assert {m["principalType"] for m in made} == {"Group"}
    assert all(m["description"] for m in made)


def test_every_group_has_a_right_and_every_right_a_group_and_a_role() -> None:
    assert {right.group for right in GROUP_RIGHTS} == {group.role for group in GROUPS}
    assert {right.role for right in GROUP_RIGHTS} <= set(ROLES)
    assert all(right.reason for right in GROUP_RIGHTS)


def test_nobody_owns_anything_and_observers_and_developers_change_nothing() -> None:
    names: dict[str, set[str]] = {right.group: set() for right in GROUP_RIGHTS}
    for right in GROUP_RIGHTS:
        names[right.group].add(ROLES[right.role].name)
    assert not any({"Owner", "User Access Administrator"} & roles for roles in names.values())
    assert names["aifabrix-observer"] == {"Reader"}
    assert names["aifabrix-developer"] == {"Reader", "Log Analytics Reader"}


def test_administering_the_vault_is_a_right_on_the_vault_alone() -> None:
    scopes = {row.scope for row in group_grants(SCOPES) if row.role == "key-vault-administrator"}
    assert scopes == {"/rg/vault"}, "at the resource group it would cover vaults that come later"
    assert {row.holder for row in group_grants(SCOPES) if row.role.startswith("key-vault")} == {
        "aifabrix-security-admin"
    }, "separation of duties: who runs the platform does not read its secrets"


def test_a_scope_that_nobody_gave_is_named() -> None:
    with pytest.raises(KeyError, match="workspace"):
        group_grants({"resource-group": "/rg", "vault": "/v"})

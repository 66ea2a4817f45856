"""The right to list the keys of a cache, for the identity that plans.

A plan asks for the key that applications sign in with, as it asks for that of the files account. No built-in role has
that right without the right to change the cache (Microsoft Learn, "Azure built-in roles": *Redis Cache Contributor*
is about ``Microsoft.Cache/redis``), so the bootstrap defines one, of that single action.
"""

from __future__ import annotations

import pulumi
from pulumi_azure_native import authorization

from components.base import FabrixComponent
from components.context import Context
from components.shared.ids import after
from settings.bootstrap import PLAN, PlatformStack

ACTION = "Microsoft.Cache/redisEnterprise/databases/listKeys/action"
REASON = (
    "plans for {stack} and looks for drift: the program asks for the key that applications sign in to the cache with"
)


def let_plan_list_cache_keys(
    parent: FabrixComponent, context: Context, stack: PlatformStack, principal_id: pulumi.Input[str]
) -> list[pulumi.Resource]:
    """Define the role in the stack's subscription and assign it to ``principal_id``; return both."""
    name = context.logical("access", stack.name + PLAN, "cache-keys")
    scope = f"/subscriptions/{stack.subscription_id}"
    guid = context.names.guid(name, "role")
    role = authorization.RoleDefinition(
        name,
        role_definition_id=guid,
        role_name=f"{context.names.identity} {stack.name}: list cache keys",  # unique in the tenant
        role_type="CustomRole",
        description="Lists the access keys of Azure Managed Redis and does nothing else.",
        permissions=[authorization.PermissionArgs(actions=[ACTION])],
        assignable_scopes=[scope],
        scope=scope,
        opts=parent.child(),
    )
    assignment = authorization.RoleAssignment(
        name,
        role_assignment_name=context.names.guid(name),
        role_definition_id=after(f"{scope}/providers/Microsoft.Authorization/roleDefinitions/{guid}", role),
        principal_id=principal_id,
        principal_type="ServicePrincipal",
        scope=scope,
        description=REASON.format(stack=stack.name),
        opts=parent.child(delete_before_replace=True),
    )
    return [role, assignment]

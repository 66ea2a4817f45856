"""Microsoft Entra: the groups, the right to create them, and the licences."""

from __future__ import annotations

from collections.abc import Iterator

from settings.security import ListedGroups, NewGroups
from stacks.preflight.model import Finding, Level, Scene

CREATORS = {
    "fdd7a751-b60b-444a-984c-02652fe8fa1c": "Groups Administrator",
    "fe930be7-5e62-47db-91af-98c3a49a38b1": "User Administrator",
    "62e90394-69f5-4237-9190-012177145e10": "Global Administrator",
}
"""Template ids of the directory roles that create groups (Microsoft Learn, "Microsoft Entra built-in roles")."""
PREMIUM = ("AAD_PREMIUM", "AAD_PREMIUM_P2")
"""Service plans of Entra ID P1 and P2."""


def groups(scene: Scene) -> Iterator[Finding]:
    """Yield whether the groups are there, or can be created."""
    declared = scene.settings.security.groups
    if isinstance(declared, NewGroups):
        yield from _create(scene)
        return
    for group in scene.settings.groups:
        if isinstance(declared, ListedGroups):
            identity = scene.settings.group_ids[group.role]
            if scene.questions.graph(f"/v1.0/groups/{identity}", **{"$select": "id,displayName"}) is None:
                yield Finding(Level.FAIL, f"no group has the id {identity} ({group.role})")
        elif (count := _named(scene, group.display_name)) != 1:
            yield Finding(Level.FAIL, f"{count} groups are called {group.display_name}; exactly one must be")
    yield Finding(Level.PASS, f"looked for {len(scene.settings.groups)} groups")


def _named(scene: Scene, name: str) -> int:
    quoted = name.replace("'", "''")
    query = {"$filter": f"displayName eq '{quoted}'", "$select": "id,displayName"}
    return len((scene.questions.graph("/v1.0/groups", **query) or {}).get("value") or ())


def _create(scene: Scene) -> Iterator[Finding]:
    """Yield groups that have our names already, and whether the caller has a role that creates groups.

    A pipeline has none of these roles: its right is one of Microsoft Graph, which it cannot ask for itself.
    """
    there = [group.display_name for group in scene.settings.groups if _named(scene, group.display_name)]
    if len(there) == len(scene.settings.groups):
        yield Finding(Level.PASS, f"all {len(there)} groups exist")
        return
    if there:
        fix = "If this stack made them, go on; else rename with security.groups.names, or use mode existing."
        yield Finding(Level.WARN, f"{len(there)} groups of these names exist: {', '.join(there)}", fix)
    path = "/v1.0/me/transitiveMemberOf/microsoft.graph.directoryRole"
    roles = (scene.questions.graph(path, **{"$select": "roleTemplateId"}) or {}).get("value") or ()
    held = [CREATORS[one["roleTemplateId"]] for one in roles if one.get("roleTemplateId") in CREATORS]
    if held:
        yield Finding(Level.PASS, f"the caller is {held[0]}")
    else:
        yield Finding(Level.WARN, "the caller has no directory role that creates groups; a tenant may allow it anyway")


def licences(scene: Scene) -> Iterator[Finding]:
    """Yield whether the tenant has Entra ID P1 or P2, which conditional access and access reviews need."""
    rows = (scene.questions.graph("/v1.0/subscribedSkus") or {}).get("value") or ()
    plans = {plan["servicePlanName"] for one in rows for plan in one.get("servicePlans") or ()}
    if plans & set(PREMIUM):
        yield Finding(Level.PASS, "the tenant has Entra ID P1 or P2; whether enough for everybody is not asked")
    else:
        yield Finding(Level.WARN, "the tenant has neither Entra ID P1 nor P2")

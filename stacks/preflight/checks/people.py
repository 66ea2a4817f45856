"""Microsoft Entra: the groups, the right to create them, and the licences; and where the images come from."""

from __future__ import annotations

import os
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
REGISTRY_VERSION = "2023-07-01"


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


def images(scene: Scene) -> Iterator[Finding]:
    """Yield whether the source of the images is known, and can be asked for what it has."""
    source = scene.settings.image_source
    if source is None:
        yield Finding(Level.WARN, "the stack file names no source of images")
    elif source.registry.startswith("/"):
        registry = scene.questions.get(source.registry, REGISTRY_VERSION)
        if registry is None:
            yield Finding(Level.FAIL, f"{source.registry} does not exist, or cannot be read")
            return
        policies = (registry.get("properties") or {}).get("policies") or {}
        if (policies.get("exportPolicy") or {}).get("status") == "disabled":
            fix = "Enable the export policy of that registry, which takes public access, or use another source."
            yield Finding(Level.FAIL, f"{registry['name']} lets nobody import from it (its export policy is off)", fix)
        else:
            yield Finding(Level.PASS, f"{registry['name']} is there and lets images be imported")
    elif source.username and not os.environ.get(source.password_variable):
        fix = f"Set {source.password_variable} where `up` runs."
        filled = scene.questions.get(scene.settings.registry_id, REGISTRY_VERSION) is not None
        level = Level.WARN if filled else Level.FAIL  # without anything to import nobody asks for the password
        yield Finding(level, f"the password of {source.username} at {source.registry} is missing", fix)
    else:
        yield Finding(Level.WARN, f"whether {source.registry} has the images is known when Azure imports them")

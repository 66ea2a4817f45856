"""Rules between the applications of one plan: what they share must be enough and must not collide."""

from __future__ import annotations

from settings.app_rules import PlannedApps
from settings.application import role_of
from settings.azure_sizes import PLANS
from settings.problems import Issue
from settings.sizes import Sizing


def databases(plan: PlannedApps) -> list[Issue]:
    """Refuse a database or role that two applications have."""
    issues = []
    owners: dict[str, str] = {}
    for key, app in plan.apps.items():
        for index, database in enumerate(app.databases):
            role = role_of(database.name)
            if role in owners:
                path = (*plan.paths[key], "databases", index, "name")
                message = f"{owners[role]} has a database or role of this name"
                issues.append(Issue(path, message, database.name, "a name of its own", f"name: {key}-{index}"))
            owners.setdefault(role, key)
    return issues


def edge_paths(plan: PlannedApps) -> list[Issue]:
    """Refuse a path under the common host name that two applications have."""
    issues = []
    owners: dict[str, str] = {}
    for key, app in plan.apps.items():
        if app.edge_path and app.edge_path in owners:
            path = (*plan.paths[key], "edgePath")
            message = f"{owners[app.edge_path]} has this path"
            issues.append(Issue(path, message, app.edge_path, "a path of its own", f"edgePath: /{key}/*"))
        owners.setdefault(app.edge_path or key, key)
    return issues


def secrets(plan: PlannedApps) -> list[Issue]:
    """Secrets of an application begin with its key and fit Azure's length."""
    issues = []
    for key, app in plan.apps.items():
        if key in plan.catalogue and key not in plan.overrides:
            continue
        declared = plan.overrides[key].secrets if key in plan.overrides else app.secrets
        for name in declared:
            path = (*plan.paths[key], "secrets", name)
            if not name.startswith(f"{key}-"):
                message = "secrets of an application begin with its key"
                issues.append(Issue(path, message, name, f"{key}-…", f"{key}-secrets-apiKeyVault:"))
            elif owner := _longer_key(plan, key, name):
                message = f"secrets that begin like this belong to {owner}"
                issues.append(Issue(path, message, name, f"{key}-… and not {owner}-…", f"{key}-secrets-apiKeyVault:"))
    return issues


def _longer_key(plan: PlannedApps, key: str, name: str) -> str | None:
    """Return the application whose key begins with ``key`` and whose secret ``name`` would be; None if there is none.

    Key Vault does not tell capitals apart, and keys have none.
    """
    others = {*plan.apps, *plan.catalogue} - {key}
    return next((o for o in sorted(others) if o.startswith(f"{key}-") and name.lower().startswith(f"{o}-")), None)


def scaling(plan: PlannedApps, sizing: Sizing) -> list[Issue]:
    """Instances are what the plan can run, and one where only one may."""
    issues = []
    most = max(sizing.plan.autoscale_max, sizing.plan.capacity)
    for key, app in plan.apps.items():
        if app.scaling is None:
            continue
        path = (*plan.paths[key], "scaling", "maxInstances")
        wanted = app.scaling.max_instances
        if app.single_instance and wanted > 1:
            message = f"{key} runs as one instance: its sessions live in memory"
            issues.append(Issue(path, message, str(wanted), "1, or no scaling at all", "maxInstances: 1"))
        elif wanted > most:
            message = f"more than the {sizing.plan.sku_name} plan of this stack runs"
            issues.append(Issue(path, message, str(wanted), f"1 to {most}", f"maxInstances: {most}"))
    alone = [key for key, app in plan.apps.items() if app.single_instance]
    known = sizing.plan.sku_name in PLANS  # others are refused elsewhere
    if (
        alone and known and sizing.plan.capacity > 1 and not sizing.plan.slots
    ):  # the tiers with slots also scale by application
        message = f"a {sizing.plan.tier} plan runs every application on all instances, {', '.join(alone)} on one only"
        found = f"{sizing.plan.capacity} on {sizing.plan.sku_name}"
        allowed = "1, or a Standard or Premium SKU"
        issues.append(Issue(("compute", "plan", "instances"), message, found, allowed, "instances: 1"))
    return issues


def shares(plan: PlannedApps, sizing: Sizing) -> list[Issue]:
    """All file shares together stay below the quota of the size."""
    wanted = {key: app.files.share_gib for key, app in plan.apps.items() if app.files}
    total = sum(wanted.values())
    if total <= sizing.storage.quota_gib:
        return []
    found = f"{total} GiB ({', '.join(f'{key} {gib}' for key, gib in wanted.items())})"
    allowed = f"{sizing.storage.quota_gib} GiB together"
    path = ("data", "storage", "quotaGib")
    return [Issue(path, "the file shares exceed the storage quota", found, allowed, f"quotaGib: {total}")]


def overrides(plan: PlannedApps) -> list[Issue]:
    """Refuse a new quota where there is no share."""
    issues = []
    for key, override in plan.overrides.items():
        if override.files is not None and plan.catalogue[key].files is None:
            path = (*plan.paths[key], "files")
            issues.append(Issue(path, f"{key} has no file share", "files", "leave it out", ""))
    return issues

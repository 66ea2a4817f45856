"""Who may do what in the region: every right of an application and of a group, one row each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pulumi

from components.data.registry import Registry
from components.data.storage import StorageAccount
from components.region import wiring
from components.region.foundation import DEPLOYMENTS, Foundation
from components.region.stage import Stage
from components.security.groups import GROUP_RIGHTS, RESOURCE_GROUP, VAULT, WORKSPACE, group_grants
from components.security.identities import Access, AccessArgs
from components.security.secrets import VaultSecrets, secret_grants
from components.security.vault import KeyVault
from components.shared.roles import Grant

OWN_GROUP_ROLES = {"website-contributor": "apps"}
"""Roles that a group gets on one resource group only; every other right on resource groups is on each of them."""


def application_access(
    stage: Stage,
    principals: Mapping[str, pulumi.Input[str]],
    *,
    groups: Mapping[str, pulumi.Output[str]],
    registry: Registry,
    data: StorageAccount,
    secrets: VaultSecrets,
) -> Access:
    """Allow each application to read its own secrets, pull its image and keep its blobs; nothing else."""
    table = [
        *secret_grants(stage.settings.secrets, secrets.secret_ids),
        *wiring.app_grants(stage.settings, registry_id=registry.registry_id, containers=data.container_ids),
    ]
    if DEPLOYMENTS in groups:
        table += wiring.controller_grants(groups[DEPLOYMENTS].apply(stage.context.resource_group_id))
    return Access(
        stage.name("access"),
        AccessArgs(context=stage.context, principals=principals, table=table),
        opts=stage.child(),
    )


def group_access(stage: Stage, base: Foundation, vault: KeyVault, group_ids: Mapping[str, pulumi.Input[str]]) -> Access:
    """Allow the administrative groups to do their work, on resource groups rather than the subscription."""
    scopes = {VAULT: vault.vault_id, WORKSPACE: base.monitoring.workspace_id}
    table: list[Grant] = group_grants(scopes, [right for right in GROUP_RIGHTS if right.on != RESOURCE_GROUP])
    for part in base.groups:
        rights = [r for r in GROUP_RIGHTS if r.on == RESOURCE_GROUP and OWN_GROUP_ROLES.get(r.role, part) == part]
        scope = base.groups[part].apply(stage.context.resource_group_id)
        table += [replace(row, on=f"{row.on}-{part}") for row in group_grants({RESOURCE_GROUP: scope}, rights)]
    return Access(
        stage.name("group-access"),
        AccessArgs(context=stage.context, principals=group_ids, table=table, principal_type="Group"),
        opts=stage.child(),
    )

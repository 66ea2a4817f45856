"""Where data is kept: registry, storage accounts, database server, cache."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, cast

import pulumi

from components.data.postgres import Database, Postgres, PostgresArgs
from components.data.redis import Redis, RedisArgs
from components.data.registry import FillRegistry, Registry, RegistryArgs
from components.data.sqljob import JobRunner, SqlJob, SqlJobArgs
from components.data.storage import StorageAccount
from components.data.storage_kinds import (
    AccountDefaults,
    audit_account,
    data_account,
    files_account,
    flows_account,
)
from components.data.storage_services import Lifecycle
from components.region import wiring
from components.region.foundation import Foundation
from components.region.stage import Stage
from components.security.secrets import VaultSecrets
from database.sql import IMAGE, TAG
from database.wanted import wanted
from settings.network import ExistingNetwork

DATABASE_ADMINISTRATORS = "aifabrix-platform-admin"
"""Role value of the group that administers the database server with Entra tokens."""

FLOW_LOG_DAYS = 90
"""Policy requires 90 days of flow logs."""

PostgresTier = Literal["Burstable", "GeneralPurpose", "MemoryOptimized"]


def registry(stage: Stage, base: Foundation, images: FillRegistry | None = None) -> Registry:
    """Create the registry that applications pull their images from; ``images`` puts them in."""
    size = stage.settings.sizing.registry
    return Registry(
        stage.name("registry"),
        RegistryArgs(
            context=stage.context,
            resource_group_name=base.groups["data"],
            zone_redundant=size.zone_redundant,
            soft_delete_days=size.retention_days,
            access=base.access,
            sink=base.sink,
            images=images,
        ),
        opts=stage.child(),
    )


def accounts(stage: Stage, base: Foundation) -> dict[str, StorageAccount]:
    """Create the accounts of blobs, file shares, audit records and flow logs; part → account.

    The account of all shares has one for every application, also for those whose files are in an account of their own:
    so moving them out, and back, loses nothing.
    """
    settings = stage.settings
    defaults = AccountDefaults(
        context=stage.context,
        resource_group_name=base.groups["data"],
        sku=settings.sizing.storage.sku,
        infrastructure_encryption=True,
        access=base.access,
        sink=base.sink,
    )
    days = settings.sizing.audit_days
    lifecycle = Lifecycle(delete_days=settings.file.data.storage.delete_days)
    kinds = {
        "data": data_account(defaults, containers=wiring.apps_with_blobs(settings), lifecycle=lifecycle),
        "files": files_account(
            defaults, shares={app.files.share: app.files.share_gib for app in settings.apps if app.files}
        ),
        # A day longer than immutable, or deletion would be refused on the last day.
        "audit": audit_account(
            defaults, immutable_days=days if settings.audit_immutable else None, delete_days=days + 1
        ),
    }
    if not isinstance(settings.network, ExistingNetwork):
        kinds["flows"] = flows_account(defaults, delete_days=FLOW_LOG_DAYS)
    for app in settings.apps:
        if app.files and app.files.own_account:
            own = {app.files.share: app.files.share_gib}
            kinds[app.files.account] = files_account(defaults, shares=own, part=app.files.account)
    return {part: StorageAccount(stage.name("storage", part), kind, opts=stage.child()) for part, kind in kinds.items()}


def postgres(
    stage: Stage, base: Foundation, *, password: pulumi.Output[str], groups: Mapping[str, pulumi.Input[str]]
) -> Postgres:
    """Create the database server; ``groups`` maps role values of Entra groups to object ids."""
    settings, size = stage.settings, stage.settings.sizing.postgres
    databases = [
        Database(name=d.name, role=d.role, extensions=d.extensions) for app in settings.apps for d in app.databases
    ]
    administrators = {g.display_name: groups[g.role] for g in settings.groups if g.role == DATABASE_ADMINISTRATORS}
    return Postgres(
        stage.name("postgres"),
        PostgresArgs(
            context=stage.context,
            resource_group_name=base.groups["data"],
            sku_name=size.sku_name,
            sku_tier=cast("PostgresTier", size.tier),
            storage_gib=size.storage_gib,
            high_availability=size.ha,
            backup_days=size.backup_days,
            geo_backup=size.geo_backup,
            databases=databases,
            administrators=administrators,
            # Keycloak, Flowise and OpenWebUI cannot fetch Entra tokens, so their roles have passwords.
            password_auth=True,
            administrator_password=password,
            access=base.access,
            sink=base.sink,
        ),
        opts=stage.child(),
    )


def sql_job(
    stage: Stage,
    base: Foundation,
    *,
    secrets: VaultSecrets,
    after: Sequence[pulumi.Resource],
    run: JobRunner | None,
) -> list[SqlJob]:
    """Create the job that works inside the databases; none without a subnet for jobs, where an operator does it."""
    subnet = base.network.subnet_ids.get("jobs")
    if subnet is None:
        return []
    settings, group = stage.settings, stage.context.names.of("resource_group", "data")
    databases = [database for app in settings.apps for database in app.databases]
    passwords = {
        login: password
        for database in databases
        for login, password in zip(
            (database.role, database.second), secrets.logins(database.password_secret), strict=False
        )
    }
    args = SqlJobArgs(
        context=stage.context,
        resource_group_name=base.groups["data"],
        group=group,
        subnet_id=subnet,
        server_id=f"{stage.context.resource_group_id(group)}/providers/Microsoft.DBforPostgreSQL/flexibleServers/"
        + stage.context.names.of("postgres"),
        host=wiring.postgres_host(settings),
        administrator=PostgresArgs.administrator_login,
        administrator_password=secrets.value(wiring.administrator_password(settings)),
        image=f"{IMAGE}@{image.digest}" if (image := settings.sql_job_image) else f"{IMAGE}:{TAG}",
        databases=wanted(settings.apps),
        passwords=passwords,
        versions=[secrets.version(database.password_secret) for database in databases],
        after=after,
        run=run,
        sink=base.sink,
    )
    return [SqlJob(stage.name("sql"), args, opts=stage.child())]


def redis(stage: Stage, base: Foundation, principals: Mapping[str, pulumi.Input[str]]) -> Redis:
    """Create the cache; ``principals`` maps applications to object ids."""
    size = stage.settings.sizing.redis
    return Redis(
        stage.name("redis"),
        RedisArgs(
            context=stage.context,
            resource_group_name=base.groups["data"],
            sku=size.sku,
            high_availability=size.high_availability,
            clustering=size.clustering,
            # Of every application, whatever it signs in with: it can change to tokens without a gap, a key gives no
            # less, and the cluster's lock forbids deleting what stacks were deployed with.
            users={app.key: principals[app.key] for app in stage.settings.apps if app.cache},
            access_keys=any(app.uses_cache_key for app in stage.settings.apps),
            access=base.access,
            sink=base.sink,
        ),
        opts=stage.child(),
    )

"""Everything of one region, stage after stage in the order that Azure needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pulumi

from components.base import FabrixComponent
from components.compute.plan import encrypts_inside, sku_of
from components.compute.webapp import AppIdentity, host_name
from components.compute.workloads import Workloads, WorkloadsArgs
from components.context import Context
from components.data.registry import FillRegistry
from components.data.sqljob import JobRunner
from components.observability import metric_rules
from components.region import foundation, rights, stores, wiring
from components.region.foundation import Foundation
from components.region.stage import Stage
from components.region.watch import create_watchers
from components.security.identities import Identities, IdentitiesArgs
from components.security.secrets import VaultSecrets, VaultSecretsArgs
from components.security.vault import KeyVault, KeyVaultArgs
from components.shared.completion import Completion
from settings import PlatformSettings


@dataclass(frozen=True, kw_only=True)
class RegionArgs:
    """Inputs of :class:`Region`."""

    settings: PlatformSettings
    context: Context
    group_ids: Mapping[str, pulumi.Input[str]]
    """Role value of each administrative Entra group → its object id."""
    control_urls: pulumi.Output[Mapping[str, str]] | None = None
    """Addresses of the control layer's applications by key, when another stack runs it."""
    images: FillRegistry | None = None
    """Puts the images into the registry."""
    run_job: JobRunner | None = None
    """Starts a container job and waits for it; None where none can run."""


class Region(FabrixComponent[RegionArgs]):
    """One region of an installation. A second one is a second instance with another region key."""

    urls: pulumi.Output[dict[str, str]]
    """Application key → address inside the network, known in a preview."""
    vault_uri: pulumi.Output[str]
    secrets_to_supply: list[str]
    """Vault secrets that an operator has to put in."""
    database_roles: pulumi.Output[dict[str, str]]
    """Database → role that a job inside the network creates."""
    rotations: pulumi.Output[dict[str, int]] | None
    """Secret → how often it was rotated, known once every application has its settings; none where nothing was."""
    egress_address: pulumi.Output[str] | None
    """Public address that partners see; none in a network of the customer's."""

    def build(self, name: str, args: RegionArgs) -> None:  # noqa: ARG002 - children are named after their roles
        """Create identities and foundation, then data services and rights, then applications, then monitoring."""
        completion = Completion(self)
        try:
            declared = self._declare(args.settings, replace(args.context, completion=completion), args)
        except BaseException:
            completion.declare([])
            raise
        completion.declare(declared)

    def _declare(self, settings: PlatformSettings, context: Context, args: RegionArgs) -> list[pulumi.Resource]:
        """Declare the stages and return what locks have to wait for."""
        stage = Stage(region=self, settings=settings, context=context)
        groups = foundation.resource_groups(stage)
        identities = Identities(
            stage.name("identity"),
            IdentitiesArgs(
                context=context, resource_group_name=groups["security"], holders=[app.key for app in settings.apps]
            ),
            opts=self.child(),
        )
        senders = {app.key: identities.principal_ids[app.key] for app in settings.apps if app.telemetry == "entra"}
        base = foundation.create_foundation(stage, groups, senders)
        vault = _vault(stage, base)
        registry = stores.registry(stage, base, args.images)
        accounts = stores.accounts(stage, base)
        redis = stores.redis(stage, base, identities.principal_ids)
        parts = {app.files.key_secret: app.files.account for app in settings.apps if app.files}
        shares = [accounts[part] for part in parts.values()]
        keys = {secret: accounts[part].account_key() for secret, part in parts.items()}
        secrets = _secrets(stage, base, vault, storage_keys=keys, redis_key=redis.access_key)
        password = secrets.value(wiring.administrator_password(settings))
        postgres = stores.postgres(stage, base, password=password, groups=args.group_ids)
        own = rights.application_access(
            stage, identities.principal_ids, groups=groups, registry=registry, data=accounts["data"], secrets=secrets
        )
        groups_rights = rights.group_access(stage, base, vault, args.group_ids)
        job = stores.sql_job(stage, base, secrets=secrets, after=[postgres, base.private_dns], run=args.run_job)
        # Whole components, endpoints and DNS records included: a container that starts before the name of its vault
        # resolves gets the text of its secret references, and Azure looks again a day later. One that starts before
        # its database role exists ends at once, again and again.
        before = [own, secrets, vault, registry, *shares, postgres, *job, redis, base.private_dns]
        workloads = _workloads(
            stage, base, registry.login_server, identities, before, args.control_urls, secrets.references
        )
        watchers = create_watchers(
            stage,
            base,
            accounts,
            {
                metric_rules.WEB: {key: app.site_id for key, app in workloads.apps.items()},
                metric_rules.PLAN: {"plan": workloads.plan_id},
                metric_rules.POSTGRES: {"postgres": postgres.server_id},
                metric_rules.REDIS: {"redis": redis.cluster_id},
                metric_rules.VAULT: {"vault": vault.vault_id},
                metric_rules.STORAGE: {part: account.account_id for part, account in accounts.items()},
            },
        )
        hosts = {app.key: host_name(context.names.of("web_app", app.key)) for app in settings.apps}
        self.urls = pulumi.Output.from_input({key: f"https://{host}" for key, host in hosts.items()})
        self.vault_uri = vault.vault_uri
        self.secrets_to_supply = [n for n in secrets.supplied if n not in settings.security.supplied_secrets]
        self.database_roles = postgres.roles
        self.rotations = _rotations(settings, workloads)
        self.egress_address = base.network.egress_address
        stores_made = [postgres, *job, redis, registry, vault, *accounts.values()]
        return [own, groups_rights, secrets, *stores_made, workloads, *watchers]


def _vault(stage: Stage, base: Foundation) -> KeyVault:
    security = stage.settings.security
    return KeyVault(
        stage.name("vault"),
        KeyVaultArgs(
            context=stage.context,
            resource_group_name=base.groups["security"],
            soft_delete_days=security.vault_soft_delete_days,
            recover=security.recover_deleted_vault,
            access=base.access,
            sink=base.sink,
        ),
        opts=stage.child(),
    )


def _secrets(
    stage: Stage,
    base: Foundation,
    vault: KeyVault,
    *,
    storage_keys: Mapping[str, pulumi.Output[str]],
    redis_key: pulumi.Output[str] | None,
) -> VaultSecrets:
    settings = stage.settings
    values = wiring.secret_values(
        settings,
        postgres_host=wiring.postgres_host(settings),
        redis_host=wiring.redis_host(settings),
        redis_key=redis_key,
        insights=base.monitoring.connection_string,
        storage_keys=storage_keys,
    )
    return VaultSecrets(
        stage.name("secret"),
        VaultSecretsArgs(
            context=stage.context,
            resource_group_name=base.groups["security"],
            vault_name=vault.vault_name,
            writers=vault.writers,
            secrets=settings.secrets,
            values=values,
            expires=settings.security.secrets_expire_epoch,
        ),
        opts=stage.child(),
    )


def _workloads(
    stage: Stage,
    base: Foundation,
    registry: pulumi.Output[str],
    identities: Identities,
    before: Sequence[pulumi.Resource],
    control_urls: pulumi.Output[Mapping[str, str]] | None,
    references: Mapping[str, pulumi.Output[str]],
) -> Workloads:
    settings, names = stage.settings, stage.context.names
    shared = wiring.facts(settings, resource_group=names.of("resource_group", "apps"))
    return Workloads(
        stage.name("workloads"),
        WorkloadsArgs(
            context=stage.context,
            resource_group_name=base.groups["apps"],
            apps=settings.apps,
            plan=settings.sizing.plan,
            identities={
                app.key: AppIdentity(id=identities.identity_ids[app.key], client_id=identities.client_ids[app.key])
                for app in settings.apps
            },
            vault_name=names.of("key_vault"),
            registry_login_server=registry,
            files_accounts={
                app.files.account: names.of("storage", app.files.account) for app in settings.apps if app.files
            },
            subnet_id=base.network.subnet_ids["apps"],
            access=base.access,
            sink=base.sink,
            facts={**shared, **wiring.control_facts(settings, control_urls)},
            end_to_end_encryption=encrypts_inside(sku_of(settings.sizing.plan.sku_name)),
            references=references,
            after=before,
        ),
        opts=stage.child(),
    )


def _rotations(settings: PlatformSettings, workloads: Workloads) -> pulumi.Output[dict[str, int]] | None:
    """Return what `rotate` and `up` count on from, which a failed run leaves as it was."""
    counts = settings.security.rotations
    return pulumi.Output.all(*workloads.site_ids).apply(lambda _: dict(counts)) if counts else None

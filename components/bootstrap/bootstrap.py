"""The bootstrap: a group, a log, the state account, a vault with keys, and identities for pipelines."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pulumi
from pulumi_azure_native import authorization, operationalinsights, resources, storage

from components import pace
from components.base import FabrixComponent, install_transforms
from components.bootstrap.cache_keys import let_plan_list_cache_keys
from components.bootstrap.deployers import Deployers, DeployersArgs
from components.bootstrap.keys import StackKeys, StackKeysArgs
from components.bootstrap.rights import ADMINISTRATOR, CONTAINERS, LEDGER, STATE, delegation_condition, pipeline_grants
from components.context import Context, Protection
from components.data.storage import StorageAccount, StorageAccountArgs
from components.data.storage_services import Lifecycle
from components.network import dns
from components.security.identities import Access, AccessArgs
from components.security.vault import KeyVault, KeyVaultArgs
from components.shared import keyvault_api
from components.shared.completion import Completion
from components.shared.diagnostics import Sink, diagnostics
from components.shared.endpoints import PrivateAccess
from components.shared.ids import after, arm_id
from components.shared.locks import lock
from components.shared.roles import Grant, role_definition_id
from settings.bootstrap import PLAN, STACK, BootstrapFile
from settings.network import ExistingZones, PolicyZones

SERVICES = ("blob", "vault")
"""What has a private endpoint here."""

SOFT_DELETE_DAYS = 90
"""Days for which deleted state, and a deleted vault, can be recovered."""

HISTORY = ("backups", "history")
"""Where the engine keeps a copy of the state for every change, without end; states themselves are never deleted."""

HISTORY_DAYS = 730


@dataclass(frozen=True, kw_only=True)
class BootstrapArgs:
    """Inputs of :class:`Bootstrap`."""

    settings: BootstrapFile
    context: Context


class Bootstrap(FabrixComponent[BootstrapArgs]):
    """Where each stack keeps its state, keys and ledger; and who may act for it."""

    account_name: pulumi.Output[str]
    vault_uri: pulumi.Output[str]
    ledger_key: pulumi.Output[str]
    """In the form of FABRIX_LEDGER_KEY."""
    secrets_provider: pulumi.Output[str]
    """Of the bootstrap's own state."""
    pipelines: dict[str, dict[str, pulumi.Output[str]]]
    """Holder → variables of its pipeline."""

    @classmethod
    def of(cls, settings: BootstrapFile) -> Bootstrap:
        """Build it with a provider bound to its tenant and subscription."""
        pace.install()
        install_transforms()
        home = settings.installation
        providers = keyvault_api.providers(home.subscription_id, home.tenant_id)
        context = Context(
            names=settings.names,
            location=home.region,
            region_key=settings.names.region_code,
            subscription_id=home.subscription_id,
            tenant_id=home.tenant_id,
            tags=settings.tags,
            protection=Protection(protect=settings.protect, lock=settings.protect),
        )
        return cls(
            "bootstrap", BootstrapArgs(settings=settings, context=context), pulumi.ResourceOptions(providers=providers)
        )

    def build(self, name: str, args: BootstrapArgs) -> None:  # noqa: ARG002 - children are named after their roles
        """Create everything; locks come last, so that a destroy lifts them first."""
        completion = Completion(self)
        try:
            declared = self._declare(args.settings, replace(args.context, completion=completion))
        except BaseException:
            completion.declare([])
            raise
        completion.declare(declared)

    def export(self) -> None:
        """Export what pipelines are configured with; none of it is a secret."""
        pulumi.export("stateAccount", self.account_name)
        pulumi.export("stateUrl", pulumi.Output.concat("azblob://state-{stack}?storage_account=", self.account_name))
        pulumi.export("vaultUri", self.vault_uri)
        pulumi.export("ledgerKey", self.ledger_key)
        pulumi.export("pipelines", self.pipelines)
        pulumi.export("secretsProvider", self.secrets_provider)

    def _declare(self, settings: BootstrapFile, context: Context) -> list[pulumi.Resource]:
        names, stacks = context.names, [stack.name for stack in settings.stacks]
        group = resources.ResourceGroup(
            context.logical("group"),
            resource_group_name=names.of("resource_group", "state"),
            location=context.location,
            tags=dict(context.tags),
            opts=self.child(),
        )
        group_name = after(names.of("resource_group", "state"), group)
        sink, log = self._log(settings, context, group_name)
        zones = dns.PrivateDns(
            context.logical("dns"),
            dns.PrivateDnsArgs(context=context, resource_group_name=group_name, zones=_zones(settings)),
            opts=self.child(),
        )
        access = PrivateAccess(
            subnet_id=f"{settings.network.id}/subnets/{settings.network.subnet}", zone_ids=zones.zone_ids
        )
        account = StorageAccount(
            context.logical("storage"),
            StorageAccountArgs(
                context=context,
                resource_group_name=group_name,
                part="state",
                sku="Standard_ZRS" if settings.region_facts.zones else "Standard_GRS",
                # The bootstrap's own state is kept beside those of the others once it has moved.
                containers=[*(f"{kind}-{stack}" for stack in stacks for kind in CONTAINERS), f"{STATE}-{STACK}"],
                soft_delete_days=SOFT_DELETE_DAYS,
                lifecycle=Lifecycle(
                    delete_days=HISTORY_DAYS,
                    prefixes=[f"{STATE}-{stack}/.pulumi/{part}/" for stack in (*stacks, STACK) for part in HISTORY],
                ),
                infrastructure_encryption=True,
                access=access,
                sink=sink,
            ),
            opts=self.child(),
        )
        vault = KeyVault(
            context.logical("vault"),
            KeyVaultArgs(
                context=context,
                resource_group_name=group_name,
                soft_delete_days=SOFT_DELETE_DAYS,
                access=access,
                sink=sink,
            ),
            opts=self.child(),
        )
        keys = StackKeys(
            context.logical("keys"),
            StackKeysArgs(
                context=context,
                resource_group_name=group_name,
                vault_id=vault.vault_id,
                vault_name=vault.vault_name,
                writers=vault.writers,
                stacks=[*stacks, STACK],
                expires=settings.keys_expire_epoch,
            ),
            opts=self.child(),
        )
        deployers = Deployers(
            context.logical("deployers"),
            DeployersArgs(context=context, resource_group_name=group_name, stacks=stacks, trusts=settings.trusts),
            opts=self.child(),
        )
        rows = pipeline_grants(settings.stacks, account.container_ids, keys.key_ids)
        rights = self._rights(settings, context, deployers, [row for row in rows if row.role != ADMINISTRATOR])
        for stack in settings.stacks:
            rights += let_plan_list_cache_keys(self, context, stack, deployers.principal_ids[stack.name + PLAN])
        policies = [self._ledger_policy(settings, context, group_name, account, stack) for stack in stacks]
        delegated = [self._delegate_assignment(context, deployers, row) for row in rows if row.role == ADMINISTRATOR]
        self.account_name, self.vault_uri = account.account_name, vault.vault_uri
        self.ledger_key = vault.vault_uri.apply(
            lambda uri: uri.replace("https://", "azurekms://") + "keys/ledger-{stack}"
        )
        self.secrets_provider = keys.providers[STACK]
        self.pipelines = {holder: self._pipeline(settings, deployers, keys, holder) for holder in settings.holders}
        return [log, zones, account, vault, keys, deployers, *rights, *policies, *delegated]

    def _log(
        self, settings: BootstrapFile, context: Context, group: pulumi.Output[str]
    ) -> tuple[Sink, pulumi.Resource]:
        """Keep a log of who used state and keys; small, so it costs next to nothing."""
        physical = context.names.of("workspace")
        workspace = operationalinsights.Workspace(
            context.logical("log"),
            workspace_name=physical,
            resource_group_name=group,
            location=context.location,
            sku=operationalinsights.WorkspaceSkuArgs(name="PerGB2018"),
            retention_in_days=settings.log_days,
            features=operationalinsights.WorkspaceFeaturesArgs(
                disable_local_auth=True, enable_log_access_using_only_resource_permissions=True
            ),
            # Diagnostic settings reach a workspace over Azure's own network whatever is set here.
            public_network_access_for_ingestion="Disabled",
            public_network_access_for_query="Disabled",
            tags=dict(context.tags),
            opts=self.child(protect=context.protection.protect),
        )
        path = f"Microsoft.OperationalInsights/workspaces/{physical}"
        sink = Sink(workspace_id=arm_id(context, group, path, workspace))
        queries = diagnostics(
            self, context.logical("log"), kind="operationalinsights:Workspace", resource_id=sink.workspace_id, sink=sink
        )
        if context.protection.lock:
            scope = after(sink.workspace_id, queries)
            reason = "Holds the log of who used state and keys."
            lock(self, context.logical("log"), target=workspace, scope=scope, reason=reason, context=context)
        return sink, queries

    def _ledger_policy(
        self,
        settings: BootstrapFile,
        context: Context,
        group: pulumi.Output[str],
        account: StorageAccount,
        stack: str,
    ) -> storage.BlobContainerImmutabilityPolicy:
        """Allow entries to be added to a ledger and never to be changed.

        On the container rather than on versions: with version-level immutability a blob can be written again and hides
        the entry behind a newer version; here the second write is refused (Microsoft Learn, "Container-level WORM
        policies for immutable blob data"). Unlocked, as everywhere: locking is final and is a person's decision.
        """
        container = f"{LEDGER}-{stack}"
        return storage.BlobContainerImmutabilityPolicy(
            context.logical("ledger", stack),
            immutability_policy_name="default",
            account_name=account.account_name,
            container_name=account.container_ids[container].apply(lambda arm: arm.rsplit("/", 1)[-1]),
            resource_group_name=group,
            immutability_period_since_creation_in_days=settings.ledger_days,
            allow_protected_append_writes=False,
            opts=self.child(
                depends_on=account.writers.next("storage:BlobContainerImmutabilityPolicy"),
                protect=context.protection.protect,
            ),
        )

    def _rights(
        self, settings: BootstrapFile, context: Context, deployers: Deployers, rows: list[Grant]
    ) -> list[pulumi.Resource]:
        """Create the grants of the table; those on a subscription use the role ids of that subscription."""
        own = [row for row in rows if not isinstance(row.scope, str)]
        created: list[pulumi.Resource] = [self._access("access", context, deployers, own)]
        for subscription in dict.fromkeys(stack.subscription_id for stack in settings.stacks):
            first = next(stack.name for stack in settings.stacks if stack.subscription_id == subscription)
            part = [row for row in rows if row.scope == f"/subscriptions/{subscription}"]
            there = replace(context, subscription_id=subscription)
            created.append(self._access(f"access-{first}", there, deployers, part))
        return created

    def _access(self, role: str, context: Context, deployers: Deployers, rows: list[Grant]) -> Access:
        return Access(
            context.logical(role),
            AccessArgs(context=context, principals=deployers.principal_ids, table=rows),
            opts=self.child(),
        )

    def _delegate_assignment(self, context: Context, deployers: Deployers, row: Grant) -> authorization.RoleAssignment:
        """Allow a pipeline to assign the roles that the platform's applications and groups need, and no others."""
        name = context.logical("access", row.holder, row.role)
        subscription = str(row.scope).rpartition("/")[2]
        return authorization.RoleAssignment(
            name,
            role_assignment_name=context.names.guid(name),
            role_definition_id=role_definition_id(replace(context, subscription_id=subscription), row.role),
            principal_id=deployers.principal_ids[row.holder],
            principal_type="ServicePrincipal",
            scope=row.scope,
            description=row.reason,
            condition=delegation_condition(),
            condition_version="2.0",
            opts=self.child(delete_before_replace=True),
        )

    def _pipeline(
        self, settings: BootstrapFile, deployers: Deployers, keys: StackKeys, holder: str
    ) -> dict[str, pulumi.Output[str]]:
        """Return the configuration of a pipeline: variable → value."""
        stack = holder.removesuffix(PLAN)
        subscription = next(each.subscription_id for each in settings.stacks if each.name == stack)
        state = pulumi.Output.concat("azblob://state-{stack}?storage_account=", self.account_name)
        return {
            "AZURE_CLIENT_ID": deployers.client_ids[holder],
            "AZURE_TENANT_ID": pulumi.Output.from_input(settings.installation.tenant_id),
            "AZURE_SUBSCRIPTION_ID": pulumi.Output.from_input(subscription),
            "FABRIX_STATE_URL": state,
            "FABRIX_LEDGER_KEY": self.ledger_key,
            "secretsProvider": keys.providers[stack],
        }


def _zones(settings: BootstrapFile) -> dns.ZonesToCreate | dns.ZonesToUse | dns.ZonesByPolicy:
    zones = settings.dns
    if isinstance(zones, ExistingZones):
        return dns.ZonesToUse(services=SERVICES, zone_ids=zones.zones)
    if isinstance(zones, PolicyZones):
        return dns.ZonesByPolicy()
    return dns.ZonesToCreate(services=SERVICES, vnet_id=settings.network.id)

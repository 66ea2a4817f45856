"""Storage account behind private endpoints; what it is for is decided by its arguments (see ``storage_kinds``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_azure_native import storage

from components.base import FabrixComponent
from components.context import Context
from components.data import storage_services as services
from components.shared.diagnostics import Sink, diagnostics
from components.shared.endpoints import PrivateAccess, private_endpoint
from components.shared.ids import after, arm_id
from components.shared.locks import lock
from components.shared.order import Writers

KEY_AND_SAS_DAYS = 90
"""Age at which Azure reports an account key as due for renewal."""

SAS_PERIOD = "1.00:00:00"
"""Longest life of a shared access signature, days.hours:minutes:seconds."""


@dataclass(frozen=True, kw_only=True)
class StorageAccountArgs:
    """Inputs of :class:`StorageAccount`."""

    context: Context
    resource_group_name: pulumi.Input[str]
    part: str
    """What tells the accounts of one installation apart, e.g. ``data``; goes into the physical name."""
    sku: str
    """``Standard_LRS``, ``Standard_ZRS``, ``Standard_GRS`` or ``Standard_GZRS``; between zones and no zones Azure
    moves only on request."""
    containers: Sequence[str] = ()
    """Blob containers, 3-63 lower-case letters, digits, single hyphens."""
    shares: Mapping[str, int] | None = None
    """File share → quota in GiB. Its presence turns the file service on."""
    shared_key: bool = False
    """Account keys beside Entra; only for clients that support nothing else."""
    trusted_services: bool = False
    """Azure's own services on the trusted list may pass the firewall, e.g. Azure Monitor when it exports logs."""
    soft_delete_days: int = 30
    """How long a deleted blob, container or share can be restored, 1 to 365 days."""
    immutable_days: int | None = None
    """Every blob stays unchangeable for this many days from its creation, 1 to 146000. None: changeable. Decided when
    the account is created; later values change nothing."""
    lifecycle: services.Lifecycle = field(default_factory=services.Lifecycle)
    infrastructure_encryption: bool = False
    """A second layer of encryption below the first. Fixed at creation."""
    access: PrivateAccess
    sink: Sink


class StorageAccount(FabrixComponent[StorageAccountArgs]):
    """An account that only its private endpoints (and, where allowed, Azure Monitor) reach."""

    account_id: pulumi.Output[str]
    """ARM id; scope of the applications' data rights."""
    account_name: pulumi.Output[str]
    blob_host: pulumi.Output[str]
    """Host name of the blob service; known in a preview."""
    file_host: pulumi.Output[str]
    container_ids: dict[str, pulumi.Output[str]]
    """Container → ARM id, known in a preview; scope of an application's right on its own blobs."""
    writers: Writers
    """What is written to the account, for those that write more."""

    def build(self, name: str, args: StorageAccountArgs) -> None:
        """Create account, services with what they hold, endpoints, diagnostics, lock."""
        self._args = args
        context = args.context
        self._physical = context.names.of("storage", args.part)
        account = self._create_account(name)
        self._account = account
        self.writers = Writers("storage:StorageAccount", account)
        self.account_id = self._id(account)
        self.account_name = after(self._physical, account)
        below = [*self._create_blobs(name), *self._create_files(name)]
        for service in self._endpoints():
            private_endpoint(
                self,
                f"{name}-{service}",
                service=service,
                target_id=self.account_id,
                context=context,
                resource_group_name=args.resource_group_name,
                access=args.access,
                writers=self.writers,
            )
        below.append(
            diagnostics(self, name, kind="storage:StorageAccount", resource_id=self.account_id, sink=args.sink)
        )
        if context.protection.lock:
            # After everything below the account, so that a destroy lifts the lock before it touches any of it.
            scope = after(self.account_id, *below, *self.writers.last)
            lock(
                self,
                name,
                target=account,
                scope=scope,
                reason=f"Holds the installation's {args.part}.",
                context=context,
            )
        self.blob_host = pulumi.Output.from_input(f"{self._physical}.blob.core.windows.net")
        self.file_host = pulumi.Output.from_input(f"{self._physical}.file.core.windows.net")

    def account_key(self) -> pulumi.Output[str]:
        """Read the first account key, a secret, from Azure; unknown until the account exists."""
        # The id that Azure returns is unknown until the account exists: a preview requests no keys of an account to be.
        account_name = self._account.id.apply(lambda arm: arm.rsplit("/", 1)[-1])
        keys = storage.list_storage_account_keys_output(
            account_name=account_name,
            resource_group_name=self._args.resource_group_name,
            # The parent brings the explicit provider along; without it the call would reach another subscription.
            opts=pulumi.InvokeOutputOptions(parent=self),
        )
        return pulumi.Output.secret(keys.apply(lambda listed: listed.keys[0].value))

    def _id(self, *resources: pulumi.Resource, path: str = "") -> pulumi.Output[str]:
        account = f"Microsoft.Storage/storageAccounts/{self._physical}"
        return arm_id(self._args.context, self._args.resource_group_name, account + path, *resources)

    def _turn(self, kind: str, **options: bool) -> pulumi.ResourceOptions:
        """Options of the next writer to the account, which goes with the account when that is deleted."""
        return self.child(depends_on=self.writers.next(kind), deleted_with=self._account, **options)

    def _endpoints(self) -> list[str]:
        """List the services in use; the others get no endpoint."""
        files = self._args.shares is not None
        return ["file"] * files + ["blob"] * bool(self._args.containers or self._args.immutable_days or not files)

    def _create_account(self, name: str) -> storage.StorageAccount:
        args, context = self._args, self._args.context
        keys_end = storage.KeyPolicyArgs(key_expiration_period_in_days=KEY_AND_SAS_DAYS)
        signatures_end = storage.SasPolicyArgs(expiration_action="Block", sas_expiration_period=SAS_PERIOD)
        return storage.StorageAccount(
            name,
            account_name=self._physical,
            resource_group_name=args.resource_group_name,
            location=context.location,
            kind="StorageV2",
            sku=storage.SkuArgs(name=args.sku),
            access_tier=storage.AccessTier.HOT,
            enable_https_traffic_only=True,
            minimum_tls_version="TLS1_2",
            allow_blob_public_access=False,
            public_network_access="Disabled",
            network_rule_set=storage.NetworkRuleSetArgs(
                default_action=storage.DefaultAction.DENY,
                bypass="AzureServices" if args.trusted_services else "None",
            ),
            allow_shared_key_access=args.shared_key,
            default_to_o_auth_authentication=True,
            key_policy=keys_end if args.shared_key else None,
            sas_policy=signatures_end if args.shared_key else None,
            is_local_user_enabled=False,
            is_sftp_enabled=False,
            allow_cross_tenant_replication=False,
            allowed_copy_scope="AAD",  # copies stay inside this Entra tenant
            encryption=services.encryption(infrastructure=args.infrastructure_encryption),
            immutable_storage_with_versioning=services.immutability(args.immutable_days),
            tags=dict(context.tags),
            # Azure knows no way to add or remove it later: a change would replace the account and lose what it holds.
            opts=self.child(protect=context.protection.protect, ignore_changes=["immutableStorageWithVersioning"]),
        )

    def _create_blobs(self, name: str) -> list[pulumi.Resource]:
        """Create blob service, containers, life cycle.

        The service is hardened even where it is unused, because it exists in every account.
        """
        args, group = self._args, self._args.resource_group_name
        blobs = self.writers.add(
            storage.BlobServiceProperties(
                name,
                blob_services_name="default",
                account_name=self.account_name,
                resource_group_name=group,
                opts=self._turn("storage:BlobServiceProperties"),
                **services.blob_service(args.soft_delete_days, history=args.lifecycle.versions_days is not None),
            )
        )
        containers = [
            self.writers.add(
                storage.BlobContainer(
                    f"{name}-{container}",
                    container_name=container,
                    account_name=self.account_name,
                    resource_group_name=group,
                    public_access=storage.PublicAccess.NONE,
                    opts=self._turn("storage:BlobContainer", protect=args.context.protection.protect),
                )
            )
            for container in args.containers
        ]
        self.container_ids = {
            container: self._id(made, path=f"/blobServices/default/containers/{container}")
            for container, made in zip(args.containers, containers, strict=True)
        }
        policy = self.writers.add(
            storage.ManagementPolicy(
                name,
                management_policy_name="default",
                account_name=self.account_name,
                resource_group_name=group,
                policy=services.management_policy(args.lifecycle),
                opts=self._turn("storage:ManagementPolicy"),
            )
        )
        logs = diagnostics(
            self,
            f"{name}-blob",
            kind="storage:BlobServiceProperties",
            resource_id=self._id(blobs, path="/blobServices/default"),
            sink=args.sink,
        )
        return [blobs, *containers, policy, logs]

    def _create_files(self, name: str) -> list[pulumi.Resource]:
        """Create file service and shares, where there are shares."""
        args, group = self._args, self._args.resource_group_name
        if args.shares is None:
            return []
        files = self.writers.add(
            storage.FileServiceProperties(
                name,
                file_services_name="default",
                account_name=self.account_name,
                resource_group_name=group,
                opts=self._turn("storage:FileServiceProperties"),
                **services.file_service(args.soft_delete_days),
            )
        )
        shares = [
            self.writers.add(
                storage.FileShare(
                    f"{name}-{share}",
                    share_name=share,
                    account_name=self.account_name,
                    resource_group_name=group,
                    share_quota=quota,
                    enabled_protocols="SMB",
                    access_tier="TransactionOptimized",
                    opts=self._turn("storage:FileShare", protect=args.context.protection.protect),
                )
            )
            for share, quota in args.shares.items()
        ]
        logs = diagnostics(
            self,
            f"{name}-file",
            kind="storage:FileServiceProperties",
            resource_id=self._id(files, path="/fileServices/default"),
            sink=args.sink,
        )
        return [files, *shares, logs]

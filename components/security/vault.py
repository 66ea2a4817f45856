"""Key Vault: one for each environment, reachable from inside its network only, roles instead of access policies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pulumi
from pulumi_azure_native import keyvault

from components.base import FabrixComponent
from components.context import Context
from components.shared import keyvault_api
from components.shared.diagnostics import Sink, diagnostics
from components.shared.endpoints import PrivateAccess, private_endpoint
from components.shared.ids import after, arm_id
from components.shared.locks import lock
from components.shared.order import Writers


@dataclass(frozen=True, kw_only=True)
class KeyVaultArgs:
    """Inputs of :class:`KeyVault`."""

    context: Context
    resource_group_name: pulumi.Input[str]
    soft_delete_days: int
    """7-90; Azure keeps a deleted vault, and its name, for that long. Fixed when the vault is created."""
    recover: bool = False
    """Recover a soft-deleted vault of the same name, secrets included, instead of creating one."""
    sku: Literal["standard", "premium"] = "standard"
    """``premium`` keeps keys in hardware modules; secrets are the same in both."""
    access: PrivateAccess
    sink: Sink


class KeyVault(FabrixComponent[KeyVaultArgs]):
    """A vault that cannot be purged, has no access policies and no public address.

    Purge protection is on everywhere: it is what makes a deleted vault recoverable whoever deletes it, and Azure never
    lets it be switched off again. The price is that the name stays taken for the soft-delete days, hence ``recover``.
    """

    vault_id: pulumi.Output[str]
    """ARM id, known in a preview."""
    vault_name: pulumi.Output[str]
    """Known in a preview; waits for the vault."""
    writers: Writers
    """What is written to the vault: its endpoint, then what others add, such as secrets."""
    vault_uri: pulumi.Output[str]
    """``https://NAME.vault.azure.net/``, known in a preview."""

    def build(self, name: str, args: KeyVaultArgs) -> None:
        """Create the vault, its endpoint, its audit log and, where data is protected, a lock."""
        vault_name = args.context.names.of("key_vault")
        vault = keyvault_api.Vault(
            name,
            vault_name=vault_name,
            resource_group_name=args.resource_group_name,
            location=args.context.location,
            properties=keyvault.VaultPropertiesArgs(
                tenant_id=args.context.tenant_id,
                sku=keyvault.SkuArgs(family="A", name=keyvault.SkuName(args.sku)),
                # The default of newer API versions is roles, of older ones policies: never leave it to the version.
                enable_rbac_authorization=True,
                enable_soft_delete=True,
                soft_delete_retention_in_days=args.soft_delete_days,
                enable_purge_protection=True,
                public_network_access="Disabled",
                network_acls=keyvault.NetworkRuleSetArgs(
                    default_action="Deny",
                    # Azure's own services only, each of which still needs a role: resource manager, which writes our
                    # secrets, and later storage and databases that read a customer's key.
                    bypass="AzureServices",
                    ip_rules=[],
                    virtual_network_rules=[],
                ),
                enabled_for_deployment=False,
                enabled_for_disk_encryption=False,
                enabled_for_template_deployment=False,
                create_mode=keyvault.CreateMode.RECOVER if args.recover else None,
            ),
            tags=dict(args.context.tags),
            opts=self.child(
                protect=args.context.protection.protect,
                # Says how the vault came to be, not what it is; Azure does not return it, and switching recovery off
                # again must not count as a change.
                ignore_changes=["properties.createMode"],
            ),
        )
        self.vault_id = arm_id(args.context, args.resource_group_name, f"Microsoft.KeyVault/vaults/{vault_name}", vault)
        self.vault_name = after(vault_name, vault)
        self.writers = Writers("keyvault:Vault", vault)
        self.vault_uri = after(f"https://{vault_name}.vault.azure.net/", vault)
        private_endpoint(
            self,
            name,
            service="vault",
            target_id=self.vault_id,
            context=args.context,
            resource_group_name=args.resource_group_name,
            access=args.access,
            writers=self.writers,
        )
        diagnostics(self, name, kind="keyvault:Vault", resource_id=self.vault_id, sink=args.sink)
        if args.context.protection.lock:
            lock(
                self,
                name,
                target=vault,
                scope=self.vault_id,
                reason="Holds every secret of the environment",
                context=args.context,
            )

"""Container registry behind a private endpoint: images are imported, and pulled with the applications' identities."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import containerregistry

from components.base import FabrixComponent
from components.context import Context
from components.shared.diagnostics import Sink, diagnostics
from components.shared.endpoints import PrivateAccess, private_endpoint
from components.shared.ids import after, arm_id
from components.shared.locks import lock

FillRegistry = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class RegistryArgs:
    """Inputs of :class:`Registry`."""

    context: Context
    resource_group_name: pulumi.Input[str]
    zone_redundant: bool
    """Copies in three zones. Fixed at creation."""
    soft_delete_days: int = 30
    """How long a deleted image can be restored, 1 to 90 days."""
    access: PrivateAccess
    sink: Sink
    images: FillRegistry | None = None
    """Puts the images in, given the host name; None in a preview, and where somebody else does."""


class Registry(FabrixComponent[RegistryArgs]):
    """A Premium registry (the only tier with private endpoints) without admin user and without anonymous pulls."""

    registry_id: pulumi.Output[str]
    """ARM id; scope of the applications' pull rights."""
    login_server: pulumi.Output[str]
    """Host name that image references begin with; known in a preview. What uses it waits until the images are in."""

    def build(self, name: str, args: RegistryArgs) -> None:
        """Create registry, endpoint, diagnostics, lock."""
        context = args.context
        registry_name = context.names.of("registry")
        registry = containerregistry.Registry(
            name,
            registry_name=registry_name,
            resource_group_name=args.resource_group_name,
            location=context.location,
            sku=containerregistry.SkuArgs(name="Premium"),
            admin_user_enabled=False,
            anonymous_pull_enabled=False,
            public_network_access="Disabled",
            # Azure's own services on the trusted list, e.g. the vulnerability scanner of Defender.
            network_rule_bypass_options="AzureServices",
            network_rule_set=containerregistry.NetworkRuleSetArgs(default_action="Deny"),
            # Layers from a host name of this registry instead of a storage account's, so that egress rules can tell
            # it apart.
            data_endpoint_enabled=True,
            zone_redundancy="Enabled" if args.zone_redundant else "Disabled",
            policies=_policies(args),
            tags=dict(context.tags),
            opts=self.child(protect=context.protection.protect),
        )
        registry_id = arm_id(
            context, args.resource_group_name, f"Microsoft.ContainerRegistry/registries/{registry_name}", registry
        )
        private_endpoint(
            self,
            name,
            service="registry",
            target_id=registry_id,
            context=context,
            resource_group_name=args.resource_group_name,
            access=args.access,
        )
        logs = diagnostics(self, name, kind="containerregistry:Registry", resource_id=registry_id, sink=args.sink)
        if context.protection.lock:
            # After everything below the registry, so that a destroy lifts the lock before it touches any of it.
            scope = after(registry_id, logs)
            lock(
                self,
                name,
                target=registry,
                scope=scope,
                reason="Holds the images that a rollback needs.",
                context=context,
            )
        self.registry_id = registry_id
        host = after(f"{registry_name}.azurecr.io", registry)
        # From the host, so that what waits for the images has the same dependencies in a preview, which imports none:
        # the engine refuses to apply a plan whose dependencies have changed.
        filled = host.apply(args.images) if args.images else None
        self.login_server = pulumi.Output.all(host, filled).apply(lambda both: str(both[0]))


def _policies(args: RegistryArgs) -> containerregistry.PoliciesArgs:
    """Soft delete instead of the retention of untagged manifests; Azure refuses the two together.

    The applications pull by digest. Microsoft Learn ("Set a retention policy for untagged manifests") warns to leave
    that retention off in this case: an image whose tag moved on would vanish although a release still names its
    digest.
    """
    return containerregistry.PoliciesArgs(
        export_policy=containerregistry.ExportPolicyArgs(status="disabled"),
        # App Service and Container Apps pull with tokens for Azure Resource Manager; a registry that refuses these lets
        # nobody pull (Microsoft Learn: "Configure a custom container for Azure App Service").
        azure_ad_authentication_as_arm_policy=containerregistry.AzureADAuthenticationAsArmPolicyArgs(status="enabled"),
        soft_delete_policy=containerregistry.SoftDeletePolicyArgs(
            status="enabled", retention_days=args.soft_delete_days
        ),
        retention_policy=containerregistry.RetentionPolicyArgs(status="disabled"),
    )

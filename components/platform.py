"""The whole installation: explicit providers, the tenant's groups, one region, and what others may read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_azuread as entra

from components import pace
from components.base import FabrixComponent, install_transforms
from components.context import Context, Protection
from components.data.registry import FillRegistry
from components.data.sqljob import JobRunner
from components.region.region import Region, RegionArgs
from components.security.groups import Groups, GroupsArgs
from components.shared import keyvault_api
from settings import PlatformSettings
from settings.control import StackControl


@dataclass(frozen=True, kw_only=True)
class PlatformArgs:
    """Inputs of :class:`Platform`."""

    settings: PlatformSettings
    images: FillRegistry | None = None
    """Puts the images into the registry; None in a preview, and where somebody else does."""
    run_job: JobRunner | None = None
    """Starts a container job and waits for it; None where none can run."""
    refreshed: bool = False
    """Whether this run has read Azure first."""


class Platform(FabrixComponent[PlatformArgs]):
    """AI Fabrix in one environment of one customer."""

    urls: pulumi.Output[dict[str, str]]
    vault_uri: pulumi.Output[str]
    database_roles: pulumi.Output[dict[str, str]]
    release: dict[str, dict[str, str]]
    """What is installed: id and hash of the release that runs, and of that in the staging slots."""

    @classmethod
    def of(
        cls,
        settings: PlatformSettings,
        images: FillRegistry | None = None,
        run_job: JobRunner | None = None,
        *,
        refreshed: bool = False,
    ) -> Platform:
        """Build the platform of ``settings`` with providers bound to its tenant and subscription."""
        pace.install()
        install_transforms()
        installation = settings.installation
        providers: list[pulumi.ProviderResource] = [
            *keyvault_api.providers(installation.subscription_id, installation.tenant_id),
            entra.Provider("entra", tenant_id=installation.tenant_id),
        ]
        return cls(
            "platform",
            PlatformArgs(settings=settings, images=images, run_job=run_job, refreshed=refreshed),
            pulumi.ResourceOptions(providers=providers),
        )

    def build(self, name: str, args: PlatformArgs) -> None:  # noqa: ARG002 - children are named after their roles
        """Create what is global, then the region."""
        settings = args.settings
        self.release = settings.released
        context = context_of(settings, refreshed=args.refreshed)
        groups = Groups(
            "groups",
            GroupsArgs(
                context=context,
                groups=settings.groups,
                mode=settings.security.groups.mode,
                object_ids=settings.group_ids,
            ),
            opts=self.child(),
        )
        self.region = Region(
            context.logical("region"),
            RegionArgs(
                settings=settings,
                context=context,
                group_ids=groups.object_ids,
                control_urls=_control_urls(settings),
                images=args.images,
                run_job=args.run_job,
            ),
            opts=self.child(),
        )
        self.urls = self.region.urls
        self.vault_uri = self.region.vault_uri
        self.database_roles = self.region.database_roles

    def export(self) -> None:
        """Export what people, pipelines and other stacks may read; no secret is among it."""
        pulumi.export("urls", self.urls)
        pulumi.export("vaultUri", self.vault_uri)
        pulumi.export("databaseRoles", self.database_roles)
        pulumi.export("secretsToSupply", self.region.secrets_to_supply)
        pulumi.export("release", self.release)
        if self.region.rotations is not None:
            pulumi.export("rotations", self.region.rotations)
        if self.region.egress_address is not None:
            pulumi.export("egressAddress", self.region.egress_address)


def context_of(settings: PlatformSettings, *, refreshed: bool = False) -> Context:
    """Build the context that all components of the region share."""
    return Context(
        names=settings.names,
        location=settings.installation.region,
        region_key=settings.names.region_code,
        subscription_id=settings.installation.subscription_id,
        tenant_id=settings.installation.tenant_id,
        tags=settings.tags,
        protection=Protection(protect=settings.security.protect, lock=settings.security.locks),
        refreshed=refreshed,
    )


def _control_urls(settings: PlatformSettings) -> pulumi.Output[Mapping[str, str]] | None:
    if not isinstance(settings.control, StackControl):
        return None
    return pulumi.StackReference("control", stack_name=settings.control.name).require_output("urls")

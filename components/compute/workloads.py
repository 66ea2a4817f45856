"""All applications of the environment on one plan: what the release ships, with the settings that each one needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pulumi

from components.base import FabrixComponent
from components.compute.appsettings import Setting, resolve, telemetry, vault_reference
from components.compute.autoscale import Autoscale, AutoscaleArgs, Scale, scale
from components.compute.plan import Plan, PlanArgs, PlanError, encrypts_inside, sku_of
from components.compute.slot import STAGING, StagingSlot, StagingSlotArgs
from components.compute.webapp import (
    MOUNT_KEY_SETTING,
    AppIdentity,
    FileMount,
    SiteArgs,
    WebApp,
    WebAppArgs,
    host_name,
)
from components.context import Context
from components.shared.diagnostics import Sink
from components.shared.endpoints import PrivateAccess
from settings.applications import App
from settings.names import Names
from settings.sizes import PlanSize

EVICTION_MINUTES = 5
"""Failed health checks, one a minute, after which an instance gets no more traffic; Azure takes 2 to 10."""

START_SECONDS = 600
"""Time that a container may take to answer its port, because applications migrate their databases when they start.

Azure's default is 230, the most 1800 (Microsoft Learn: "Configure a custom container").
"""


@dataclass(frozen=True, kw_only=True)
class WorkloadsArgs:
    """Inputs of :class:`Workloads`."""

    context: Context
    resource_group_name: pulumi.Input[str]
    apps: Sequence[App]
    """Resolved applications of the release."""
    plan: PlanSize
    identities: Mapping[str, AppIdentity]
    """Application key → its own identity."""
    vault_name: str
    registry_login_server: pulumi.Input[str]
    """Registry of the environment, e.g. ``craifabrixdev.azurecr.io``."""
    files_accounts: Mapping[str, pulumi.Input[str]]
    """Part of a storage account → its name, for the accounts of the shares that applications mount."""
    subnet_id: pulumi.Input[str]
    """Subnet of the plan's network integration; one plan a subnet."""
    access: PrivateAccess
    sink: Sink
    facts: Mapping[str, pulumi.Input[str]]
    """Resource key → value. The component adds what differs between applications (``identity.clientId``) and, where
    they are not set, the addresses of the applications here (``app.<key>.url``, ``.internalUrl``, ``.host``);
    set the first and the last for an edge in front, all three for applications that run elsewhere."""
    end_to_end_encryption: bool
    """Encrypt inside Azure's own network too; Standard tier or higher."""
    references: Mapping[str, pulumi.Output[str]] = field(default_factory=dict)
    """Secret → app setting that refers to one version of it, for those that are rotated."""
    after: Sequence[pulumi.Resource] = ()
    """What must exist before any container starts: grants, secrets, shares, links of DNS zones, registry endpoint."""


class Workloads(FabrixComponent[WorkloadsArgs]):
    """One plan, a web app for each application, staging slots and autoscale where the size has them."""

    plan_id: pulumi.Output[str]
    apps: dict[str, WebApp]
    """Application key → its web app."""
    site_ids: list[pulumi.Output[str]]
    """ARM ids of all sites and slots, each known when it has its settings."""

    def build(self, name: str, args: WorkloadsArgs) -> None:  # noqa: ARG002 - children are named after their roles
        """Decide the scale, then create plan, applications, slots and autoscale."""
        _refuse_impossible(args)
        context = args.context
        plan_scale = scale(args.plan, args.apps)
        self.site_ids = []
        self.plan_id = self._create_plan(args, plan_scale)
        self.apps = {app.key: self._create_app(app, args, plan_scale.workers[app.key]) for app in args.apps}
        if plan_scale.automatic:
            Autoscale(
                context.logical("autoscale"),
                AutoscaleArgs(
                    context=context,
                    resource_group_name=args.resource_group_name,
                    plan_id=self.plan_id,
                    scale=plan_scale,
                    sink=args.sink,
                ),
                opts=self.child(),
            )

    def _create_plan(self, args: WorkloadsArgs, plan_scale: Scale) -> pulumi.Output[str]:
        return Plan(
            args.context.logical("plan"),
            PlanArgs(
                context=args.context,
                resource_group_name=args.resource_group_name,
                sku_name=args.plan.sku_name,
                capacity=plan_scale.minimum,
                autoscaled=plan_scale.automatic,
                zone_redundant=args.plan.zone_redundant,
                per_app_scaling=plan_scale.per_app,
                sink=args.sink,
            ),
            opts=self.child(),
        ).plan_id

    def _create_app(self, app: App, args: WorkloadsArgs, workers: int) -> WebApp:
        site = self._site(app, args)
        addresses = app_addresses(args.context.names, [each.key for each in args.apps])
        # Once for site and slot: two outputs that are made alike do not compare alike, and the setting would not swap.
        sends = telemetry(app, args.vault_name, site.identity.client_id)
        created = WebApp(
            args.context.logical("app", app.key),
            WebAppArgs(site=site, settings=_settings(app, args, {**addresses, **args.facts}, sends), workers=workers),
            opts=self.child(),
        )
        if args.plan.slots:
            own = _addresses(app.key, host_name(site.site_name, STAGING))
            slot = StagingSlot(
                args.context.logical("slot", app.key),
                StagingSlotArgs(
                    app=created,
                    stopped=app.single_instance,
                    site=replace(site, image=_image(app, args, app.standby_image_reference)),
                    settings=_settings(app, args, {**addresses, **args.facts, **own}, sends),
                ),
                opts=self.child(),
            )
            self.site_ids.append(slot.slot_id)
        self.site_ids.append(created.site_id)
        return created

    def _site(self, app: App, args: WorkloadsArgs) -> SiteArgs:
        mount = None
        if app.files is not None:
            account = args.files_accounts[app.files.account]
            mount = FileMount(account_name=account, share_name=app.files.share, mount_path=app.files.mount_path)
        return SiteArgs(
            context=args.context,
            resource_group_name=args.resource_group_name,
            key=app.key,
            plan_id=self.plan_id,
            image=_image(app, args, app.image_reference),
            pull_with_identity=app.image_registry is None,
            startup_command=app.startup_command,
            web_sockets=app.web_sockets,
            health_path=app.health_path,
            identity=args.identities[app.key],
            subnet_id=args.subnet_id,
            access=args.access,
            sink=args.sink,
            mount=mount,
            end_to_end_encryption=args.end_to_end_encryption,
            after=args.after,
        )


def _image(app: App, args: WorkloadsArgs, reference: str) -> pulumi.Output[str]:
    """Image with its registry."""
    return pulumi.Output.concat(app.image_registry or args.registry_login_server, "/", reference)


def app_addresses(names: Names, keys: Sequence[str]) -> dict[str, str]:
    """Resource key → value for the addresses of the applications ``keys`` while no edge is in front of them.

    They are known before anything exists, and they resolve inside the network only.
    """
    return {fact: value for key in keys for fact, value in _addresses(key, host_name(names.of("web_app", key))).items()}


def _addresses(key: str, host: str) -> dict[str, str]:
    return {f"app.{key}.url": f"https://{host}", f"app.{key}.internalUrl": f"https://{host}", f"app.{key}.host": host}


def _settings(
    app: App, args: WorkloadsArgs, facts: Mapping[str, pulumi.Input[str]], sends: Mapping[str, pulumi.Input[str]]
) -> tuple[Setting, ...]:
    """App settings of one site of ``app``; ``sends`` are those of its telemetry."""
    platform: dict[str, pulumi.Input[str]] = {
        "WEBSITES_PORT": str(app.port),
        "WEBSITES_CONTAINER_START_TIME_LIMIT": str(START_SECONDS),
        "WEBSITES_ENABLE_APP_SERVICE_STORAGE": "false",  # nothing lives in /home; files are in the mounted share
        "WEBSITE_HEALTHCHECK_MAXPINGFAILURES": str(EVICTION_MINUTES),
        **sends,
    }
    if app.files is not None:
        platform[MOUNT_KEY_SETTING] = vault_reference(args.vault_name, app.files.key_secret)
    own = {"identity.clientId": args.identities[app.key].client_id}
    return resolve(
        app.settings, {**facts, **own}, vault_name=args.vault_name, platform=platform, references=args.references
    )


def _refuse_impossible(args: WorkloadsArgs) -> None:
    """Raise one :class:`PlanError` with everything in which the arguments contradict each other."""
    problems = []
    if args.end_to_end_encryption and not encrypts_inside(sku_of(args.plan.sku_name)):
        problems.append(f"plan {args.plan.sku_name} cannot encrypt end to end, the Standard tier and higher can")
    problems += [f"application {app.key} has no identity" for app in args.apps if app.key not in args.identities]
    problems += [
        f"application {app.key} asks for files, and there is no account"
        for app in args.apps
        if app.files and app.files.account not in args.files_accounts
    ]
    if problems:
        raise PlanError("; ".join(problems))

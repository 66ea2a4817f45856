"""The App Service plan: the machines that every application of the environment runs on."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_azure_native import web

from components.base import FabrixComponent
from components.context import Context
from components.shared.diagnostics import Sink, diagnostics
from components.shared.ids import arm_id
from settings.azure_moves import ignored
from settings.azure_sizes import PLANS, PlanSku

ZONE_REDUNDANT_MINIMUM = 2
"""Fewest instances of a zone-redundant plan (Microsoft Learn: "Reliability in Azure App Service")."""


class PlanError(ValueError):
    """A plan cannot do what it is configured for; the message says what it can do."""


def sku_of(name: str) -> PlanSku:
    """Capabilities of the size ``name``, e.g. ``P1v3``; :class:`PlanError` for one that cannot run the platform."""
    if name not in PLANS:
        raise PlanError(f"{name!r} is no size of a plan that can run the platform; those are {', '.join(PLANS)}")
    return PLANS[name]


@dataclass(frozen=True, kw_only=True)
class PlanArgs:
    """Inputs of :class:`Plan`."""

    context: Context
    resource_group_name: pulumi.Input[str]
    sku_name: str
    """Size of one instance, e.g. ``B2``, ``S3``, ``P1v3``; a key of :data:`settings.azure_sizes.PLANS`."""
    capacity: int
    """Instances at the start. With autoscale this is its lower bound."""
    zone_redundant: bool
    """Spread the instances over the availability zones of the region."""
    autoscaled: bool
    """Whether an autoscale setting changes the number of instances."""
    per_app_scaling: bool
    """Each application sets how many of the instances it runs on; without it every one runs on all."""
    sink: Sink
    """Where the metrics of the machines go."""


class Plan(FabrixComponent[PlanArgs]):
    """A Linux plan. It refuses, before Azure does, a number of instances or a capability that its tier does not have.

    Autoscale changes ``sku.capacity`` behind the program's back. A run that has read Azure first leaves the number that
    it found; one outside the bounds autoscale itself brings back. Any other run knows the declared number only and
    plans nothing. So the property is not ignored always: a larger lower bound has to arrive.
    """

    plan_id: pulumi.Output[str]
    """ARM id, known in a preview."""

    def build(self, name: str, args: PlanArgs) -> None:
        """Create the plan and its diagnostic setting."""
        sku = _refuse_impossible(args)
        physical = args.context.names.of("plan")
        live = args.autoscaled and args.context.refreshed
        plan = web.AppServicePlan(
            name,
            name=physical,
            resource_group_name=args.resource_group_name,
            location=args.context.location,
            kind="linux",
            reserved=True,  # what makes it Linux; `kind` alone creates Windows machines
            sku=web.SkuDescriptionArgs(name=args.sku_name, tier=sku.tier, capacity=args.capacity),
            per_site_scaling=args.per_app_scaling,
            zone_redundant=args.zone_redundant,
            tags=dict(args.context.tags),
            opts=self.child(ignore_changes=ignored("web:AppServicePlan", live=live)),
        )
        self.plan_id = arm_id(args.context, args.resource_group_name, f"Microsoft.Web/serverfarms/{physical}", plan)
        diagnostics(self, name, kind="web:AppServicePlan", resource_id=self.plan_id, sink=args.sink)


def _refuse_impossible(args: PlanArgs) -> PlanSku:
    """Return the size's capabilities, or raise one :class:`PlanError` with everything that Azure would refuse."""
    sku = sku_of(args.sku_name)
    problems = []
    if not 1 <= args.capacity <= sku.max_instances:
        problems.append(f"{args.capacity} instances requested, the tier has 1 to {sku.max_instances}")
    if args.zone_redundant and not sku.zones:
        problems.append("zone redundancy needs a Premium v2 tier or higher")
    if args.zone_redundant and args.capacity < ZONE_REDUNDANT_MINIMUM:
        problems.append(f"zone redundancy needs at least {ZONE_REDUNDANT_MINIMUM} instances, {args.capacity} requested")
    if args.per_app_scaling and not scales_per_app(sku):
        problems.append("scaling applications separately needs the Standard tier or higher")
    if problems:
        raise PlanError(f"plan {args.sku_name} ({sku.tier}): {'; '.join(problems)}")
    return sku


def scales_per_app(sku: PlanSku) -> bool:
    """Whether an application may run on fewer instances than the plan has.

    The same tiers as those with autoscale: Standard, Premium, Isolated (Microsoft Learn: "Per-app scaling for
    high-density hosting").
    """
    return sku.autoscale


def encrypts_inside(sku: PlanSku) -> bool:
    """Whether traffic between Azure's front ends and a Linux instance can be encrypted.

    From the Standard tier on (App Service team's blog of 8 November 2023, "End-to-end TLS encryption on Linux
    multi-tenant App Service").
    """
    return sku.tier != "Basic"

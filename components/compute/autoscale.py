"""How many instances the plan has, how many each application uses, and the rules that change their number.

Azure scales plans, not applications. So the plan follows the busiest application, and each application sets how many
of the plan's instances it may run on at most (``perSiteScaling`` and ``numberOfWorkers``; Microsoft Learn: "Per-app
scaling for high-density hosting"). That is what keeps an application which tolerates no second copy of itself (keycloak
with local caches) on one instance of many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import monitor

from components.base import FabrixComponent
from components.compute.plan import PlanError, scales_per_app, sku_of
from components.context import Context
from components.shared.diagnostics import Sink, diagnostics
from settings.applications import App
from settings.sizes import PlanSize

DEFAULT_CPU_PERCENT = 70
"""Average processor load that adds an instance, where no application sets another; never used while nothing scales."""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How the plan scales, given what all applications request."""

    minimum: int
    """Instances that the plan always has."""
    maximum: int
    """Instances that it has at most; equal to ``minimum`` where nothing scales."""
    cpu_percent: int
    """Average processor load of the plan that adds an instance."""
    workers: Mapping[str, int]
    """Application key → instances of the plan that it may run on."""

    @property
    def automatic(self) -> bool:
        """Whether the number of instances follows the load."""
        return self.maximum > self.minimum

    @property
    def per_app(self) -> bool:
        """Whether the plan must let applications use fewer instances than it has."""
        return any(count < self.maximum for count in self.workers.values())


def scale(plan: PlanSize, apps: Sequence[App]) -> Scale:
    """Decide how the plan scales.

    The applications' requests raise the plan's lower bound and choose its upper one, always within the size's
    ``autoscale_max``, because that is what the environment may cost. The lowest processor threshold counts: the most
    sensitive application decides. Those that tolerate no second copy do not count.

    Raises :class:`PlanError` where the tier cannot follow, or where an application that tolerates no second copy would
    get one because the tier cannot scale applications separately.
    """
    sku = sku_of(plan.sku_name)
    top = max(plan.capacity, plan.autoscale_max)
    if top > sku.max_instances:
        raise PlanError(f"autoscale up to {top} instances: plan {plan.sku_name} has at most {sku.max_instances}")
    if plan.autoscale and not sku.autoscale:
        raise PlanError(
            f"autoscale up to {top} instances: plan {plan.sku_name} is {sku.tier}, only Standard and up scale"
        )
    requests = [app.scaling for app in apps if not app.single_instance]
    minimum = min(top, max([plan.capacity, *(request.min_instances for request in requests)]))
    maximum = max(minimum, min(top, max((request.max_instances for request in requests), default=minimum)))
    workers = {app.key: 1 if app.single_instance else min(maximum, app.scaling.max_instances) for app in apps}
    few = sorted(key for key, count in workers.items() if count < maximum)
    if few and not scales_per_app(sku):
        raise PlanError(
            f"plan {plan.sku_name} runs every application on all of its {maximum} instances, but {', '.join(few)} must "
            "run on fewer: give the plan one instance, or a size of the Standard tier or higher"
        )
    return Scale(
        minimum=minimum,
        maximum=maximum,
        cpu_percent=min((request.cpu_threshold for request in requests), default=DEFAULT_CPU_PERCENT),
        workers=workers,
    )


@dataclass(frozen=True, kw_only=True)
class AutoscaleArgs:
    """Inputs of :class:`Autoscale`."""

    context: Context
    resource_group_name: pulumi.Input[str]
    plan_id: pulumi.Input[str]
    scale: Scale
    sink: Sink


class Autoscale(FabrixComponent[AutoscaleArgs]):
    """One instance more when the plan's processors are busy, one less when they have long been idle."""

    setting_id: pulumi.Output[str]

    def build(self, name: str, args: AutoscaleArgs) -> None:
        """Create the autoscale setting with one profile of two rules."""
        out_percent = args.scale.cpu_percent
        # Two instances at x percent become one at 2x: anything above half of the upper threshold would swing back.
        in_percent = max(5, out_percent // 2 - 5)
        setting = monitor.AutoscaleSetting(
            name,
            autoscale_setting_name=args.context.names.of("autoscale"),
            name=args.context.names.of("autoscale"),
            resource_group_name=args.resource_group_name,
            location=args.context.location,
            target_resource_uri=args.plan_id,
            enabled=True,
            profiles=[
                monitor.AutoscaleProfileArgs(
                    name="load",
                    # `default` is what Azure uses while metrics are missing: the lower bound, as nothing shows load.
                    capacity=monitor.ScaleCapacityArgs(
                        default=str(args.scale.minimum),
                        minimum=str(args.scale.minimum),
                        maximum=str(args.scale.maximum),
                    ),
                    rules=[
                        _rule(args.plan_id, above=True, percent=out_percent, window="PT5M", cooldown="PT5M"),
                        _rule(args.plan_id, above=False, percent=in_percent, window="PT15M", cooldown="PT15M"),
                    ],
                )
            ],
            tags=dict(args.context.tags),
            opts=self.child(),
        )
        diagnostics(self, name, kind="monitor:AutoscaleSetting", resource_id=setting.id, sink=args.sink)
        self.setting_id = setting.id


def _rule(
    plan_id: pulumi.Input[str], *, above: bool, percent: int, window: str, cooldown: str
) -> monitor.ScaleRuleArgs:
    """Add (``above``) or take one instance, by the plan's average processor load over ``window`` (ISO 8601)."""
    return monitor.ScaleRuleArgs(
        metric_trigger=monitor.MetricTriggerArgs(
            metric_name="CpuPercentage",
            metric_namespace="microsoft.web/serverfarms",
            metric_resource_uri=plan_id,
            operator=monitor.ComparisonOperationType.GREATER_THAN
            if above
            else monitor.ComparisonOperationType.LESS_THAN,
            statistic=monitor.MetricStatisticType.AVERAGE,
            threshold=float(percent),
            time_aggregation=monitor.TimeAggregationType.AVERAGE,
            time_grain="PT1M",
            time_window=window,
        ),
        scale_action=monitor.ScaleActionArgs(
            direction=monitor.ScaleDirection.INCREASE if above else monitor.ScaleDirection.DECREASE,
            type=monitor.ScaleType.CHANGE_COUNT,
            value="1",
            cooldown=cooldown,
        ),
    )

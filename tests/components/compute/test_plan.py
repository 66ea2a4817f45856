"""The plan is what the size says, and nothing that its tier cannot be."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from components.compute.plan import Plan, PlanArgs, PlanError
from components.context import Context
from components.shared.diagnostics import Sink


@pytest.fixture(scope="session")
def args(context: Context, sink: Sink) -> PlanArgs:
    """Two zone-redundant premium instances."""
    return PlanArgs(
        context=context,
        resource_group_name="rg-apps",
        sku_name="P1v3",
        capacity=2,
        zone_redundant=True,
        autoscaled=True,
        per_app_scaling=True,
        sink=sink,
    )


def test_the_plan_is_linux_in_the_size_that_was_chosen(plan: Callable[..., Any], args: PlanArgs) -> None:
    inputs = plan(lambda: Plan("plan-sdc", args)).one("web:AppServicePlan").inputs
    assert inputs["reserved"] is True, "without it Azure creates Windows machines"
    assert inputs["sku"] == {"name": "P1v3", "tier": "PremiumV3", "capacity": 2}
    assert inputs["zoneRedundant"] is True
    assert inputs["perSiteScaling"] is True
    assert inputs["tags"] == args.context.tags


@pytest.mark.parametrize(
    ("refreshed", "autoscaled", "ignored"),
    [
        (True, True, ("sku.capacity",)),
        (False, True, ()),
        (True, False, ()),
        (False, False, ()),
    ],
)
def test_only_a_live_number_of_autoscale_is_left_alone(
    plan: Callable[..., Any], args: PlanArgs, refreshed: bool, autoscaled: bool, ignored: tuple[str, ...]
) -> None:
    """Without autoscale, or without having looked, the declared number counts: a larger one has to arrive."""
    context = replace(args.context, refreshed=refreshed)
    chosen = replace(args, context=context, autoscaled=autoscaled)
    assert plan(lambda: Plan("plan-sdc", chosen)).one("web:AppServicePlan").ignore_changes == ignored


def test_metrics_of_the_machines_go_to_the_workspace(plan: Callable[..., Any], args: PlanArgs) -> None:
    setting = plan(lambda: Plan("plan-sdc", args)).one("monitor:DiagnosticSetting").inputs
    assert setting["workspaceId"] == "/workspace"
    assert setting["resourceUri"].endswith("/serverfarms/" + args.context.names.of("plan"))


def test_the_plan_is_known_by_its_id_before_it_exists(plan: Callable[..., Any], args: PlanArgs) -> None:
    planned = plan(lambda: Plan("plan-sdc", args).plan_id, preview=True)
    assert planned.result == (
        f"/subscriptions/{args.context.subscription_id}/resourceGroups/rg-apps"
        f"/providers/Microsoft.Web/serverfarms/{args.context.names.of('plan')}"
    )


@pytest.mark.parametrize(
    ("changes", "because"),
    [
        ({"sku_name": "F1"}, "no size of a plan that can run the platform"),
        ({"sku_name": "B1", "zone_redundant": False}, "Standard tier or higher"),
        ({"sku_name": "S1"}, "Premium v2 tier or higher"),
        ({"capacity": 1}, "at least 2 instances"),
        ({"capacity": 31}, "1 to 30"),
    ],
)
def test_what_azure_would_refuse_is_refused_first(
    plan: Callable[..., Any], args: PlanArgs, changes: dict[str, Any], because: str
) -> None:
    with pytest.raises(PlanError, match=because):
        plan(lambda: Plan("plan-sdc", dataclasses.replace(args, **changes)))


def test_all_refusals_come_together(plan: Callable[..., Any], args: PlanArgs) -> None:
    with pytest.raises(PlanError, match=r"1 to 3.*Premium v2.*Standard tier"):
        plan(lambda: Plan("plan-sdc", dataclasses.replace(args, sku_name="B1", capacity=4)))

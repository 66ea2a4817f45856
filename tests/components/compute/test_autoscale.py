"""The plan follows its busiest application, and no application runs more often than it tolerates."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from components.compute.autoscale import Autoscale, AutoscaleArgs, Scale, scale
from components.compute.plan import PlanError
from components.context import Context
from components.shared.diagnostics import Sink
from settings.applications import App, Scaling
from settings.azure_sizes import PLANS
from settings.sizes import PRESETS, PlanSize

Make = Callable[..., App]


@pytest.fixture
def wishing(app: Make) -> Make:
    """An application that wants so many instances."""

    def build(low: int, high: int, cpu: int = 70, **changes: Any) -> App:
        return app(
            scaling=Scaling(min_instances=low, max_instances=high, cpu_threshold=cpu),
            **{"key": f"app-{low}-{high}", **changes},
        )

    return build


def test_an_application_that_tolerates_no_second_copy_stays_on_one_instance(
    keycloak: App, app: Make, standard: PlanSize
) -> None:
    settled = scale(standard, [keycloak, app()])
    assert settled.workers == {"keycloak": 1, "portal": 4}
    assert settled.per_app, "else Azure starts keycloak on every instance"


def test_it_stays_on_one_even_if_its_scaling_says_more(wishing: Make, standard: PlanSize) -> None:
    assert scale(standard, [wishing(2, 4, key="keycloak", single_instance=True)]).workers == {"keycloak": 1}


def test_a_plan_that_cannot_keep_it_on_one_instance_is_refused(keycloak: App, app: Make) -> None:
    three = PlanSize(sku_name="B2", capacity=3, autoscale_max=3)
    with pytest.raises(PlanError, match="keycloak must run on fewer"):
        scale(three, [keycloak, app()])


def test_applications_are_not_scaled_separately_where_all_run_everywhere(wishing: Make, standard: PlanSize) -> None:
    assert not scale(standard, [wishing(1, 4), wishing(2, 4)]).per_app


def test_the_plan_grows_as_far_as_its_hungriest_application_wants(wishing: Make) -> None:
    large = PlanSize(sku_name="P1v3", capacity=2, autoscale_max=8)
    assert scale(large, [wishing(1, 3), wishing(1, 6)]).maximum == 6


def test_no_application_makes_the_plan_dearer_than_its_size_allows(wishing: Make, standard: PlanSize) -> None:
    settled = scale(standard, [wishing(6, 20)])
    assert (settled.minimum, settled.maximum) == (4, 4), "the size's upper bound is what the environment may cost"


def test_an_application_that_always_needs_more_raises_the_lower_bound(wishing: Make, standard: PlanSize) -> None:
    assert scale(standard, [wishing(3, 4)]).minimum == 3


def test_the_most_sensitive_application_decides_when_to_grow(wishing: Make, keycloak: App, standard: PlanSize) -> None:
    nervous = dataclasses.replace(keycloak, scaling=Scaling(min_instances=1, max_instances=1, cpu_threshold=10))
    settled = scale(standard, [wishing(1, 4, 80), wishing(1, 3, 55), nervous])
    assert settled.cpu_percent == 55, "one that cannot use another instance has no say"


def test_autoscale_on_a_tier_without_it_is_refused(app: Make) -> None:
    with pytest.raises(PlanError, match="only Standard and up scale"):
        scale(PlanSize(sku_name="B2", capacity=1, autoscale_max=3), [app()])


def test_more_instances_than_the_tier_has_are_refused(app: Make) -> None:
    with pytest.raises(PlanError, match="at most 10"):
        scale(PlanSize(sku_name="S1", capacity=2, autoscale_max=11), [app()])


@pytest.mark.parametrize("chosen", [size.plan for size in PRESETS.values()], ids=list(PRESETS))
def test_every_preset_can_run_keycloak_beside_others(chosen: PlanSize, keycloak: App, app: Make) -> None:
    wish = Scaling(min_instances=chosen.capacity, max_instances=chosen.autoscale_max, cpu_threshold=70)
    settled = scale(chosen, [keycloak, app(scaling=wish)])
    assert settled.automatic == chosen.autoscale


@examples(deadline=None)
@given(
    sku=st.sampled_from(sorted(name for name, sku in PLANS.items() if sku.autoscale)),
    capacity=st.integers(1, 5),
    more=st.integers(0, 5),
    wishes=st.lists(st.tuples(st.integers(1, 20), st.integers(0, 19), st.booleans()), max_size=6),
)
def test_bounds_hold_whatever_applications_wish(
    app: Make, sku: str, capacity: int, more: int, wishes: list[tuple[int, int, bool]]
) -> None:
    plan = PlanSize(sku_name=sku, capacity=capacity, autoscale_max=capacity + more)
    apps = [
        app(
            f"app-{n}",
            single_instance=single,
            scaling=Scaling(min_instances=low, max_instances=min(20, low + extra), cpu_threshold=70),
        )
        for n, (low, extra, single) in enumerate(wishes)
    ]
    settled = scale(plan, apps)
    assert capacity <= settled.minimum <= settled.maximum <= capacity + more
    for each in apps:
        assert 1 <= settled.workers[each.key] <= (1 if each.single_instance else settled.maximum)


@pytest.fixture(scope="module")
def setting(plan: Callable[..., Any], context: Context, sink: Sink) -> dict[str, Any]:
    """Inputs of the autoscale setting for two to five instances."""
    settled = Scale(minimum=2, maximum=5, cpu_percent=70, workers={})
    args = AutoscaleArgs(context=context, resource_group_name="rg", plan_id="/plan", scale=settled, sink=sink)
    planned = plan(lambda: Autoscale("autoscale-sdc", args))
    assert planned.one("monitor:DiagnosticSetting").inputs["resourceUri"], "who scaled what and why is logged"
    return planned.one("monitor:AutoscaleSetting").inputs


def test_autoscale_keeps_within_its_bounds_and_falls_back_to_the_lower_one(setting: dict[str, Any]) -> None:
    (profile,) = setting["profiles"]
    assert setting["targetResourceUri"] == "/plan"
    assert profile["capacity"] == {"default": "2", "minimum": "2", "maximum": "5"}


def test_scaling_in_does_not_swing_back(setting: dict[str, Any]) -> None:
    more, less = setting["profiles"][0]["rules"]
    assert (more["scaleAction"]["direction"], less["scaleAction"]["direction"]) == ("Increase", "Decrease")
    assert (more["metricTrigger"]["operator"], less["metricTrigger"]["operator"]) == ("GreaterThan", "LessThan")
    assert more["metricTrigger"]["threshold"] == 70
    assert 2 * less["metricTrigger"]["threshold"] < 70, "two instances at that load become one at twice of it"


def test_both_rules_measure_the_plan(setting: dict[str, Any]) -> None:
    triggers = [rule["metricTrigger"] for rule in setting["profiles"][0]["rules"]]
    assert {(t["metricName"], t["metricResourceUri"]) for t in triggers} == {("CpuPercentage", "/plan")}

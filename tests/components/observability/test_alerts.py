"""What alerts and budget promise."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from components.observability.activity_rules import ACTIVITY_RULES
from components.observability.alerts import Alerts, AlertsArgs
from components.observability.budget import Budget, BudgetArgs, Threshold
from components.observability.metric_rules import METRIC_RULES, POSTGRES, VAULT, WEB, connection_threshold

SUBSCRIPTION = "/subscriptions/11111111-2222-3333-4444-555555555555"


@pytest.fixture(scope="module")
def args(context: Any) -> AlertsArgs:
    return AlertsArgs(
        context=context,
        resource_group_name="rg-aifabrix-dev",
        emails=("platform@example.com", "duty@example.com"),
        targets={
            WEB: {"dataplane": "/id/dataplane", "keycloak": "/id/keycloak"},
            POSTGRES: {"postgres": "/id/postgres"},
            VAULT: {"vault": "/id/vault"},
        },
        thresholds={f"{POSTGRES}/connections": 687},
        scope=SUBSCRIPTION,
    )


@pytest.fixture(scope="module")
def planned(plan: Any, args: AlertsArgs) -> Any:
    return plan(lambda: Alerts("alerts-sdc", args))


def test_everybody_named_is_told_in_the_common_schema(planned: Any) -> None:
    group = planned.one("monitor:ActionGroup").inputs
    assert {r["emailAddress"] for r in group["emailReceivers"]} == {"platform@example.com", "duty@example.com"}
    assert all(r["useCommonAlertSchema"] for r in group["emailReceivers"])
    assert len(group["groupShortName"]) <= 12, "Azure refuses longer names in text messages"


def test_every_target_gets_every_rule_of_its_type(planned: Any) -> None:
    watched = {
        (a["scopes"][0], a["criteria"]["allOf"][0]["metricName"]) for a in planned.inputs_of("monitor:MetricAlert")
    }
    assert watched == {
        (target, rule.metric)
        for kind, targets in {
            WEB: ("/id/dataplane", "/id/keycloak"),
            POSTGRES: ("/id/postgres",),
            VAULT: ("/id/vault",),
        }.items()
        for target in targets
        for rule in METRIC_RULES[kind]
    }


def test_no_two_alerts_have_one_name(planned: Any) -> None:
    names = [a["ruleName"] for a in planned.inputs_of("monitor:MetricAlert")]
    names += [a["activityLogAlertName"] for a in planned.inputs_of("monitor:ActivityLogAlert")]
    assert len(set(names)) == len(names), "the second alert of a name would overwrite the first"


def test_every_alert_is_on_and_tells_the_action_group(planned: Any) -> None:
    metric, activity = planned.of("monitor:MetricAlert"), planned.of("monitor:ActivityLogAlert")
    assert all(a.inputs["enabled"] for a in (*metric, *activity))
    assert all("monitor:ActionGroup alerts-sdc" in a.depends_on for a in (*metric, *activity))
    assert all(len(a.inputs["actions"]) == 1 for a in metric)
    assert all(len(a.inputs["actions"]["actionGroups"]) == 1 for a in activity)


def test_an_application_that_fails_its_health_check_is_critical(planned: Any) -> None:
    (alert,) = (a for a in planned.of("monitor:MetricAlert") if a.name == "alerts-sdc-keycloak-health")
    assert alert.inputs["severity"] == 0
    assert alert.inputs["evaluationFrequency"] == "PT1M"
    (criterion,) = alert.inputs["criteria"]["allOf"]
    assert (criterion["operator"], criterion["threshold"]) == ("LessThan", 100)
    assert criterion["metricNamespace"] == WEB


def test_a_threshold_that_depends_on_the_size_is_handed_in(planned: Any) -> None:
    (alert,) = (a for a in planned.of("monitor:MetricAlert") if a.name == "alerts-sdc-postgres-connections")
    assert alert.inputs["criteria"]["allOf"][0]["threshold"] == 687


@pytest.mark.parametrize(
    ("sku", "threshold"),
    [("Standard_B1ms", 28), ("Standard_D2ds_v5", 675.2), ("Standard_E8ds_v5", 3988), ("Standard_D16ds_v5", 3988)],
)
def test_the_threshold_of_connections_is_four_fifths_of_what_the_size_has(sku: str, threshold: float) -> None:
    assert connection_threshold(sku) == pytest.approx(threshold)


def test_a_name_that_is_no_size_has_no_threshold() -> None:
    with pytest.raises(ValueError, match="GP_D4"):
        connection_threshold("GP_D4")


@pytest.mark.parametrize(
    "change", [{"targets": {"Microsoft.Web/site": {}}}, {"thresholds": {f"{POSTGRES}/conections": 1.0}}]
)
def test_a_misspelt_type_or_threshold_is_refused_and_not_ignored(
    plan: Any, args: AlertsArgs, change: dict[str, Any]
) -> None:
    with pytest.raises(KeyError, match="no alert rule for"):
        plan(lambda: Alerts("alerts-sdc", dataclasses.replace(args, **change)))


def _operations(planned: Any) -> dict[str, str]:
    conditions = [a["condition"]["allOf"] for a in planned.inputs_of("monitor:ActivityLogAlert")]
    return {c[1]["equals"]: c[0]["equals"] for c in conditions if c[1].get("field") == "operationName"}


@pytest.mark.parametrize(
    "operation",
    [
        "Microsoft.Authorization/roleAssignments/write",
        "Microsoft.Authorization/policyAssignments/write",
        "Microsoft.Authorization/policyAssignments/delete",
        "Microsoft.Authorization/locks/delete",
        "Microsoft.Network/networkSecurityGroups/write",
        "Microsoft.Network/networkSecurityGroups/delete",
        "Microsoft.Network/publicIPAddresses/write",
        "Microsoft.KeyVault/vaults/delete",
        "Microsoft.DBforPostgreSQL/flexibleServers/firewallRules/write",
    ],
)
def test_somebody_is_told_of(planned: Any, operation: str) -> None:
    assert _operations(planned)[operation] == "Administrative"


def test_trouble_in_azure_itself_is_told_too(planned: Any) -> None:
    (alert,) = (a for a in planned.of("monitor:ActivityLogAlert") if a.name == "alerts-sdc-service-health")
    category, kinds = alert.inputs["condition"]["allOf"]
    assert category == {"field": "category", "equals": "ServiceHealth"}
    assert {leaf["equals"] for leaf in kinds["anyOf"]} == {"Incident", "Security", "ActionRequired"}


def test_an_activity_alert_asks_for_its_operation_and_for_nothing_else(planned: Any) -> None:
    for alert in planned.inputs_of("monitor:ActivityLogAlert"):
        assert alert["scopes"] == [SUBSCRIPTION]
        assert len(alert["condition"]["allOf"]) == 2, "the benchmark wants no filter on level or status"


def test_every_row_has_a_key_of_its_own() -> None:
    keys = [rule.key for rule in ACTIVITY_RULES]
    assert len(set(keys)) == len(keys)
    for rules in METRIC_RULES.values():
        assert len({rule.key for rule in rules}) == len(rules)


@pytest.fixture(scope="module")
def budget(plan: Any, context: Any) -> dict[str, Any]:
    args = BudgetArgs(
        context=context,
        scope=f"{SUBSCRIPTION}/resourceGroups/rg-aifabrix-dev",
        amount=1500,
        start_month="2026-11",
        emails=("owner@example.com",),
    )
    return plan(lambda: Budget("budget-sdc", args)).one("consumption:Budget").inputs


def test_the_month_is_watched_from_a_date_that_the_settings_give(budget: dict[str, Any]) -> None:
    assert budget["timeGrain"] == "Monthly"
    assert budget["timePeriod"] == {"startDate": "2026-11-01T00:00:00Z"}
    assert budget["amount"] == 1500


def test_the_owner_hears_before_and_when_the_money_is_spent(budget: dict[str, Any]) -> None:
    heard = {(n["thresholdType"], n["threshold"]): n["contactEmails"] for n in budget["notifications"].values()}
    assert heard == {
        ("Actual", 80): ["owner@example.com"],
        ("Actual", 100): ["owner@example.com"],
        ("Forecasted", 110): ["owner@example.com"],
    }
    assert all(n["enabled"] for n in budget["notifications"].values())


def test_thresholds_are_a_choice(plan: Any, context: Any) -> None:
    args = BudgetArgs(
        context=context,
        scope=SUBSCRIPTION,
        amount=10,
        start_month="2026-11",
        emails=("owner@example.com",),
        thresholds=(Threshold(50, "Actual"),),
    )
    planned = plan(lambda: Budget("budget-sdc", args))
    assert list(planned.one("consumption:Budget").inputs["notifications"]) == ["actual-50"]

"""Alerts: one action group, and an alert for every row of the tables in ``metric_rules`` and ``activity_rules``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_azure_native import monitor

from components.base import FabrixComponent
from components.context import Context
from components.observability.activity_rules import ACTIVITY_RULES, ActivityRule
from components.observability.metric_rules import METRIC_RULES, MetricRule

SINGLE_RESOURCE = "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria"
SHORT_NAME_LENGTH = 12
"""Azure's limit for the name that text messages show."""


@dataclass(frozen=True, kw_only=True)
class AlertsArgs:
    """Inputs of :class:`Alerts`."""

    context: Context
    resource_group_name: pulumi.Input[str]
    emails: Sequence[str]
    """Who is alerted; a distribution list outlives people."""
    targets: Mapping[str, Mapping[str, pulumi.Input[str]]]
    """ARM type (a key of ``METRIC_RULES``) → short key → ARM id. Every target gets every rule of its type."""
    thresholds: Mapping[str, float] = field(default_factory=dict)
    """``<ARM type>/<rule key>`` → threshold in place of the table's."""
    scope: pulumi.Input[str]
    """ARM id below which the activity log is watched: the subscription, or a resource group where others share the
    subscription."""


class Alerts(FabrixComponent[AlertsArgs]):
    """Alerts and their recipients. Every alert resolves itself when the cause is gone."""

    action_group_id: pulumi.Output[str]

    def build(self, name: str, args: AlertsArgs) -> None:
        """Create the action group and the alerts.

        Raises ``KeyError`` for a target type or a threshold without a rule.
        """
        self._args = args
        self._check()
        group = monitor.ActionGroup(
            name,
            action_group_name=args.context.names.of("action_group"),
            resource_group_name=args.resource_group_name,
            location="global",
            group_short_name=f"fabrix-{args.context.names.environment}"[:SHORT_NAME_LENGTH],
            enabled=True,
            email_receivers=[
                monitor.MicrosoftCommonEmailReceiverArgs(name=email, email_address=email, use_common_alert_schema=True)
                for email in args.emails
            ],
            tags=dict(args.context.tags),
            opts=self.child(),
        )
        self.action_group_id = group.id
        for kind, resources in args.targets.items():
            for key, resource_id in resources.items():
                for rule in METRIC_RULES[kind]:
                    self._metric(f"{name}-{key}-{rule.key}", f"{key}-{rule.key}", kind, rule, resource_id)
        for activity in ACTIVITY_RULES:
            self._activity(f"{name}-{activity.key}", activity)

    def _check(self) -> None:
        known = {f"{kind}/{rule.key}" for kind, rules in METRIC_RULES.items() for rule in rules}
        unknown = sorted({*self._args.targets} - {*METRIC_RULES}) + sorted({*self._args.thresholds} - known)
        if unknown:
            raise KeyError(f"no alert rule for {', '.join(unknown)}; there are rules for {', '.join(sorted(known))}")

    def _metric(self, name: str, part: str, kind: str, rule: MetricRule, resource_id: pulumi.Input[str]) -> None:
        args = self._args
        criterion = monitor.MetricCriteriaArgs(
            criterion_type="StaticThresholdCriterion",
            name=rule.key,
            metric_namespace=kind,
            metric_name=rule.metric,
            time_aggregation=rule.aggregation,
            operator=rule.operator,
            threshold=args.thresholds.get(f"{kind}/{rule.key}", rule.threshold),
        )
        monitor.MetricAlert(
            name,
            rule_name=args.context.names.of("alert", part),
            resource_group_name=args.resource_group_name,
            location="global",
            description=rule.description,
            enabled=True,
            severity=rule.severity,
            scopes=[resource_id],
            evaluation_frequency="PT1M" if rule.severity == 0 else "PT5M",
            window_size=f"PT{rule.minutes}M",
            criteria=monitor.MetricAlertSingleResourceMultipleMetricCriteriaArgs(
                odata_type=SINGLE_RESOURCE, all_of=[criterion]
            ),
            auto_mitigate=True,
            actions=[monitor.MetricAlertActionArgs(action_group_id=self.action_group_id)],
            tags=dict(args.context.tags),
            opts=self.child(),
        )

    def _activity(self, name: str, rule: ActivityRule) -> None:
        args = self._args
        monitor.ActivityLogAlert(
            name,
            activity_log_alert_name=args.context.names.of("alert", rule.key),
            resource_group_name=args.resource_group_name,
            location="global",
            description=rule.description,
            enabled=True,
            scopes=[args.scope],
            condition=monitor.AlertRuleAllOfConditionArgs(
                all_of=[
                    monitor.AlertRuleAnyOfOrLeafConditionArgs(field="category", equals=rule.category),
                    _matches(rule),
                ]
            ),
            actions=monitor.ActionListArgs(
                action_groups=[monitor.ActionGroupArgs(action_group_id=self.action_group_id)]
            ),
            tags=dict(args.context.tags),
            opts=self.child(),
        )


def _matches(rule: ActivityRule) -> monitor.AlertRuleAnyOfOrLeafConditionArgs:
    if len(rule.values) == 1:
        return monitor.AlertRuleAnyOfOrLeafConditionArgs(field=rule.field, equals=rule.values[0])
    leaves = [monitor.AlertRuleLeafConditionArgs(field=rule.field, equals=value) for value in rule.values]
    return monitor.AlertRuleAnyOfOrLeafConditionArgs(any_of=leaves)

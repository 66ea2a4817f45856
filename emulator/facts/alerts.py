"""Facts about what Azure Monitor does by itself: action groups, alerts, autoscale."""

from __future__ import annotations

from typing import Any

from emulator.facts.build import fact, outputs
from emulator.facts.model import Fact, Placement
from emulator.facts.names import name_rule

_INSIGHTS = "Microsoft.Insights"


def _autoscale(inputs: dict[str, Any], placement: Placement) -> dict[str, Any]:
    """Return the settings as one object: the SDK's class takes them one by one."""
    keys = (
        "enabled",
        "notifications",
        "predictiveAutoscalePolicy",
        "profiles",
        "targetResourceLocation",
        "targetResourceUri",
    )
    settings = {key: inputs[key] for key in keys if key in inputs}
    return {"properties": {**settings, "name": inputs.get("name") or placement.name}}


_ALERT_NAME = name_rule(r"[^<>*%&:\\?+/#{}]+", 1, 260, "any character except < > * % & : \\ ? + / # { }")

FACTS: tuple[Fact, ...] = (
    fact(
        "monitor:ActionGroup",
        f"{_INSIGHTS}/actionGroups",
        "actionGroupName",
        api="2024-10-01-preview",
        name=name_rule(
            r"[^<>*%&:\\?+/#|]*[^<>*%&:\\?+/#|. ]", 1, 260, "no < > * % & : \\ ? + / # |, no blank or dot last"
        ),
        immutable=("location",),
        outputs=outputs(),
    ),
    fact(
        "monitor:MetricAlert",
        f"{_INSIGHTS}/metricAlerts",
        "ruleName",
        api="2018-03-01",
        name=_ALERT_NAME,
        immutable=("location",),
    ),
    fact(
        "monitor:ActivityLogAlert",
        f"{_INSIGHTS}/activityLogAlerts",
        "activityLogAlertName",
        api="2020-10-01",
        name=_ALERT_NAME,
        immutable=("location",),
    ),
    fact(
        "monitor:ScheduledQueryRule",
        f"{_INSIGHTS}/scheduledQueryRules",
        "ruleName",
        api="2025-01-01-preview",
        name=_ALERT_NAME,
        immutable=("location", "kind"),
        outputs=outputs(),
    ),
    fact(
        "monitor:AutoscaleSetting",
        f"{_INSIGHTS}/autoscaleSettings",
        "autoscaleSettingName",
        api="2021-05-01-preview",
        name=_ALERT_NAME,
        immutable=("location",),
        outputs=outputs(_autoscale),
        logs=("AutoscaleEvaluations", "AutoscaleScaleActions"),
    ),
)

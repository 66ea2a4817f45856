"""A budget: who is alerted when the month costs more than planned. It stops nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import pulumi
from pulumi_azure_native import consumption

from components.base import FabrixComponent
from components.context import Context


class Threshold(NamedTuple):
    """When the recipients are alerted."""

    percent: float
    """Of the amount."""
    kind: Literal["Actual", "Forecasted"]


THRESHOLDS = (Threshold(80, "Actual"), Threshold(100, "Actual"), Threshold(110, "Forecasted"))
"""Azure takes five at most."""


@dataclass(frozen=True, kw_only=True)
class BudgetArgs:
    """Inputs of :class:`Budget`."""

    context: Context
    scope: pulumi.Input[str]
    """ARM id of the resource group or the subscription whose cost is counted."""
    amount: float
    """A month, in the currency of the billing account."""
    start_month: str
    """First month, ``YYYY-MM``; the current one or later when the budget is created, unchanged afterwards. Set in
    the settings because a component reads no clock."""
    emails: Sequence[str]
    thresholds: Sequence[Threshold] = THRESHOLDS


class Budget(FabrixComponent[BudgetArgs]):
    """A monthly budget over actual and forecast cost."""

    budget_name: pulumi.Output[str]

    def build(self, name: str, args: BudgetArgs) -> None:
        """Create the budget."""
        physical = args.context.names.of("budget")
        consumption.Budget(
            name,
            budget_name=physical,
            scope=args.scope,
            category="Cost",
            amount=args.amount,
            time_grain="Monthly",
            time_period=consumption.BudgetTimePeriodArgs(start_date=f"{args.start_month}-01T00:00:00Z"),
            notifications={
                f"{threshold.kind.lower()}-{threshold.percent:g}": consumption.NotificationArgs(
                    enabled=True,
                    operator="GreaterThan",
                    threshold=threshold.percent,
                    threshold_type=threshold.kind,
                    contact_emails=list(args.emails),
                )
                for threshold in args.thresholds
            },
            opts=self.child(),
        )
        self.budget_name = pulumi.Output.from_input(physical)

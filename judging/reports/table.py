"""The table for people: what is wrong, where, why, and how to fix it."""

from __future__ import annotations

import os
from typing import NamedTuple

from rich.table import Table
from rich.text import Text

from judging.reports.findings import NOTABLE, FindingOutcome, Judgement, ReportedFinding, group_alike
from support.console import Console, shortened

_COLOURS = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan"}
_WIDTH = 180
"""Columns of a table that is written to a file or a pipe."""
_NARROW = 120
"""Columns of a terminal below which the table is too narrow to read."""


class Row(NamedTuple):
    """One row: findings that differ in nothing but the resource."""

    rule: str
    severity: str
    verdict: str
    resource: str
    reason: str
    fix: str
    where: str


def print_findings(judgement: Judgement, console: Console) -> None:
    """Print the findings that somebody has to look at, and the number of findings by outcome."""
    rows = [_row(group) for group in group_alike(judgement.of(*NOTABLE))]
    if rows:
        output = console.out
        width = output.width if output.is_terminal or "COLUMNS" in os.environ else _WIDTH
        if width < _NARROW:
            _stacked(rows, console)
        else:
            output.width = width
            output.print(_table(rows), soft_wrap=False)
    counts = ", ".join(f"{number} {name}" for name, number in judgement.counts().items() if number)
    console.result(f"{judgement.stack} (profile {judgement.profile}): {counts or 'nothing to judge'}")


def _table(rows: list[Row]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 1, 0), header_style="bold")
    for heading in ("rule", "severity", "verdict"):
        table.add_column(heading, no_wrap=True)
    for heading, share in (("resource", 3), ("reason", 4), ("fix", 5), ("where", 3)):
        table.add_column(heading, overflow="fold", ratio=share)
    for row in rows:
        table.add_row(row.rule, Text(row.severity, _COLOURS[row.severity]), row.verdict, *map(Text, row[3:]))
    return table


def _stacked(rows: list[Row], console: Console) -> None:
    """Print the rows as paragraphs, where a table would be a column of single words."""
    for row in rows:
        console.result(f"{row.rule}  {row.severity}  {row.verdict}  {row.resource}", style=_COLOURS[row.severity])
        for text in (row.reason, f"fix: {row.fix}", row.where):
            console.result(f"    {text}")


def _row(findings: list[ReportedFinding]) -> Row:
    first = findings[0]
    verdict = f"{first.outcome.value} ({first.level})" if first.outcome is not FindingOutcome.WAIVED else "waived"
    names = list(dict.fromkeys(finding.name for finding in findings))
    fix = first.rule.remediation
    if first.waiver:
        fix = f"waived until {first.waiver.expires} by {first.waiver.approver} ({first.waiver.ticket})"
    return Row(
        first.rule.id,
        first.severity,
        verdict,
        shortened(names, 6),
        f"{first.rule.title}: {first.reason}",
        fix,
        str(first.origins[0]),
    )

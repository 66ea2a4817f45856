"""What all reports are made from: one finding for each thing that a rule reports about a resource."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Any

from judging.origins import Origin
from policies.profiles import Level
from policies.rule import SEVERITIES, Rule, Severity
from policies.waivers import Waiver

_SEVERITIES = tuple(SEVERITIES.values())


class FindingOutcome(StrEnum):
    """A verdict, with waivers applied; the order is that of reports."""

    FAIL = "fail"
    UNDETERMINED = "undetermined"
    WAIVED = "waived"
    PASS = "pass"  # noqa: S105 - a verdict
    NOT_APPLICABLE = "not applicable"


_OUTCOMES = tuple(FindingOutcome)
NOTABLE = (FindingOutcome.FAIL, FindingOutcome.UNDETERMINED, FindingOutcome.WAIVED)
"""Outcomes that somebody has to look at."""


@dataclass(frozen=True)
class ReportedFinding:
    """One finding with everything that reports show of it; it never holds the value of a property."""

    rule: Rule
    severity: Severity
    level: Level
    outcome: FindingOutcome
    urn: str
    type: str
    name: str
    reason: str
    path: str
    origins: tuple[Origin, ...]
    """Lines in the checkout, the likeliest first; never empty."""
    waiver: Waiver | None = None

    @property
    def refuses(self) -> bool:
        """Whether it is a violation that must not be deployed."""
        return self.outcome is FindingOutcome.FAIL and self.level == "mandatory"

    def sort_key(self) -> tuple[Any, ...]:
        """Return a key that puts what has to be fixed first to the front; then by rule and resource."""
        return (
            _OUTCOMES.index(self.outcome),
            self.level != "mandatory",
            _SEVERITIES.index(self.severity),
            self.rule.id,
            self.urn,
            self.path,
            self.reason,
        )

    def group_key(self) -> tuple[Any, ...]:
        """Return what findings share that are reported together; it sorts as they do."""
        return (*self.sort_key()[:4], self.reason)

    def document(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "rule": self.rule.id,
            "title": self.rule.title,
            "severity": self.severity,
            "level": self.level,
            "verdict": self.outcome.value,
            "resource": self.name,
            "type": self.type,
            "urn": self.urn,
            "reason": self.reason,
            "property": self.path,
            "fix": self.rule.remediation,
            "places": [str(origin) for origin in self.origins],
            "waiver": waiver_document(self.waiver) if self.waiver else None,
        }


@dataclass(frozen=True)
class Judgement:
    """What all rules of a profile report about one stack."""

    stack: str
    profile: str
    findings: tuple[ReportedFinding, ...]
    """In the order of :meth:`ReportedFinding.sort_key`."""
    idle: tuple[str, ...]
    """Ids of rules that had nothing to judge."""
    resources: tuple[tuple[str, str, str], ...]
    """(URN, type, id) of everything that is deployed."""

    def of(self, *outcomes: FindingOutcome) -> list[ReportedFinding]:
        """Return the findings with one of these outcomes."""
        return [finding for finding in self.findings if finding.outcome in outcomes]

    @property
    def refusals(self) -> list[ReportedFinding]:
        """Violations that must not be deployed."""
        return [finding for finding in self.findings if finding.refuses]

    def by_rule(self, *outcomes: FindingOutcome) -> dict[str, list[ReportedFinding]]:
        """Return the findings with one of these outcomes, or all, by the id of their rule, sorted by it."""
        grouped: dict[str, list[ReportedFinding]] = {}
        for finding in sorted(self.of(*outcomes or FindingOutcome), key=lambda each: each.rule.id):
            grouped.setdefault(finding.rule.id, []).append(finding)
        return grouped

    @property
    def waivers(self) -> list[Waiver]:
        """Waivers that apply to a finding, in the order of their files."""
        used = {finding.waiver.where: finding.waiver for finding in self.findings if finding.waiver}
        return [used[where] for where in sorted(used)]

    def counts(self) -> dict[str, int]:
        """Return the number of findings by outcome, zero included."""
        counted = Counter(finding.outcome for finding in self.findings)
        return {outcome.value: counted[outcome] for outcome in FindingOutcome}


def group_alike(findings: Iterable[ReportedFinding]) -> list[list[ReportedFinding]]:
    """Group findings that differ in nothing but the resource, in their order."""
    key = ReportedFinding.group_key
    return [list(group) for _, group in groupby(sorted(findings, key=key), key=key)]


def waiver_document(waiver: Waiver) -> dict[str, Any]:
    """JSON form of a waiver."""
    return {
        "rule": waiver.rule,
        "urn": waiver.urn,
        "owner": waiver.owner,
        "reason": waiver.reason,
        "ticket": waiver.ticket,
        "approver": waiver.approver,
        "expires": waiver.expires.isoformat(),
        "environments": list(waiver.environments),
        "where": waiver.where,
    }

"""What all reports are made from: one line for each thing that a rule says of a resource."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Any, Literal

from judging.origins import Origin
from policies.profiles import Level
from policies.rule import Rule
from policies.waivers import Waiver

Severity = Literal["critical", "high", "medium", "low"]
SEVERITY: Mapping[str, Severity] = {"C": "critical", "H": "high", "M": "medium", "L": "low"}
_SEVERITIES = tuple(SEVERITY.values())


class FindingOutcome(StrEnum):
    """A verdict, with waivers applied; the order is that of reports."""

    FAIL = "fail"
    UNDETERMINED = "undetermined"
    WAIVED = "waived"
    PASS = "pass"  # noqa: S105 - a verdict
    NOT_APPLICABLE = "not applicable"


_OUTCOMES = tuple(FindingOutcome)


@dataclass(frozen=True)
class ReportedFinding:
    """One finding with everything that reports say about it; it never holds the value of a property."""

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
    """Places in the checkout, the likeliest first; never empty."""
    waiver: Waiver | None = None

    @property
    def refuses(self) -> bool:
        """Whether it is a violation that must not be deployed."""
        return self.outcome is FindingOutcome.FAIL and self.level == "mandatory"

    def order(self) -> tuple[Any, ...]:
        """Sort what has to be mended first to the front; then by rule and resource."""
        return (
            _OUTCOMES.index(self.outcome),
            self.level != "mandatory",
            _SEVERITIES.index(self.severity),
            self.rule.id,
            self.urn,
            self.path,
            self.reason,
        )

    def alike(self) -> tuple[Any, ...]:
        """Return what lines share that are reported together; sorts as the lines do."""
        return (*self.order()[:4], self.reason)

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
            "places": [f"{place.file}:{place.line}" for place in self.origins],
            "waiver": waiver_document(self.waiver) if self.waiver else None,
        }


@dataclass(frozen=True)
class Judgement:
    """What all rules of a profile say of one stack."""

    stack: str
    profile: str
    findings: tuple[ReportedFinding, ...]
    """In the order of :meth:`ReportedFinding.order`."""
    idle: tuple[str, ...]
    """Ids of rules that had nothing to judge."""
    resources: tuple[tuple[str, str, str], ...]
    """(URN, type, id) of everything that is deployed."""

    def of(self, *outcomes: FindingOutcome) -> list[ReportedFinding]:
        """Return the lines with one of these outcomes."""
        return [line for line in self.findings if line.outcome in outcomes]

    @property
    def refusals(self) -> list[ReportedFinding]:
        """Violations that must not be deployed."""
        return [line for line in self.findings if line.refuses]

    @property
    def waivers(self) -> list[Waiver]:
        """Waivers that apply to a finding, in the order of their files."""
        used = {finding.waiver.where: finding.waiver for finding in self.findings if finding.waiver}
        return [used[where] for where in sorted(used)]

    def counts(self) -> dict[str, int]:
        """How many lines have each outcome; each outcome is named."""
        found = Counter(line.outcome for line in self.findings)
        return {outcome.value: found[outcome] for outcome in FindingOutcome}


def together(lines: Iterable[ReportedFinding]) -> list[list[ReportedFinding]]:
    """Group lines that differ in nothing but the resource, keeping their order."""
    return [list(group) for _, group in groupby(sorted(lines, key=ReportedFinding.alike), key=ReportedFinding.alike)]


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

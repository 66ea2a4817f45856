"""The evidence as one JSON document: every finding, and the control matrix of each framework."""

from __future__ import annotations

from collections import Counter
from typing import Any, Literal

from judging.proofs import PROOFS
from judging.reports.findings import FindingOutcome, Judgement, ReportedFinding, waiver_document
from judging.reports.provenance import Provenance
from policies.controls import FRAMEWORKS, Coverage, coverage
from policies.profiles import Level
from policies.rule import Control, Rule
from policies.table import TABLE
from resources.tokens import label

FORMAT = "aifabrix-evidence/1"

Status = Literal["satisfied", "satisfied with waivers", "not satisfied", "undetermined", "no evidence", "not covered"]
MEANING: dict[Status, str] = {
    "satisfied": "every rule that had something to judge holds; what remains is with the owner",
    "satisfied with waivers": "every rule holds, or what fails is waived: a risk that somebody accepted until a date",
    "not satisfied": "a rule fails, and no waiver excuses it",
    "undetermined": "no rule fails, but one could not be decided",
    "no evidence": "rules exist, but none is applied in this profile or had anything to judge",
    "not covered": "no rule can show it; the owner has to, by other means",
}


def evidence_document(judgement: Judgement, provenance: Provenance) -> dict[str, Any]:
    """Return the document. Passing findings are listed too; those that are not applicable are only counted."""
    applicable = [each for each in judgement.findings if each.outcome is not FindingOutcome.NOT_APPLICABLE]
    judged = {finding.urn for finding in applicable}
    return {
        "format": FORMAT,
        "provenance": provenance.document(),
        "counts": judgement.counts(),
        "refused": len(judgement.refusals),
        "statusMeaning": MEANING,
        "frameworks": frameworks(judgement),
        "rules": {rule: _rule_document(findings[0]) for rule, findings in judgement.by_rule().items()},
        "findings": [_finding_document(finding) for finding in applicable],
        "waivers": [waiver_document(waiver) for waiver in judgement.waivers],
        "rulesWithNothingToJudge": list(judgement.idle),
        "resources": [
            {"urn": urn, "type": kind, "id": identity, "judged": urn in judged}
            for urn, kind, identity in judgement.resources
        ],
    }


def _rule_document(finding: ReportedFinding) -> dict[str, Any]:
    """Return what is the same for every finding of a rule."""
    rule = finding.rule
    return {"title": rule.title, "severity": finding.severity, "level": finding.level, "fix": rule.remediation}


def _finding_document(finding: ReportedFinding) -> dict[str, Any]:
    """Return what differs between the findings of a rule."""
    document = finding.document()
    kept = {key: document[key] for key in ("rule", "verdict", "urn", "reason", "property", "places")}
    return kept | {"waivedBy": finding.waiver.where if finding.waiver else None}


def frameworks(judgement: Judgement) -> list[dict[str, Any]]:
    """Return the JSON form of every framework with the status of each of its controls."""
    by_rule = judgement.by_rule()
    matrix = []
    for framework in FRAMEWORKS:
        controls = [_control(each, by_rule) for each in coverage(framework, (*TABLE, *PROOFS))]
        states = Counter(control["status"] for control in controls)
        matrix.append(
            {
                "key": framework.key,
                "name": framework.name,
                "counts": {status: states[status] for status in MEANING},
                "controls": controls,
            }
        )
    return matrix


def _control(covered: Coverage, by_rule: dict[str, list[ReportedFinding]]) -> dict[str, Any]:
    rules = [_control_rule(rule, control, by_rule.get(rule.id, [])) for rule, control in covered.rules]
    findings = [finding for rule, _ in covered.rules for finding in by_rule.get(rule.id, [])]
    return {
        "id": covered.requirement.id,
        "title": covered.requirement.title,
        "extent": covered.extent,
        "status": status(covered, findings),
        "rules": rules,
        "resources": sorted(
            {label(each.urn) for each in findings if each.outcome is not FindingOutcome.NOT_APPLICABLE}
        ),
        "waivers": sorted({finding.waiver.where for finding in findings if finding.waiver}),
        "notCovered": covered.requirement.remains,
        "owner": covered.requirement.owner,
    }


def status(covered: Coverage, findings: list[ReportedFinding]) -> Status:
    """Return the status of a control: the worst finding of its rules. Advisory failures count as failures."""
    if not covered.rules:
        return "not covered"
    outcomes = {finding.outcome for finding in findings}
    if FindingOutcome.FAIL in outcomes:
        return "not satisfied"
    if FindingOutcome.UNDETERMINED in outcomes:
        return "undetermined"
    if FindingOutcome.WAIVED in outcomes:
        return "satisfied with waivers"
    return "satisfied" if FindingOutcome.PASS in outcomes else "no evidence"


def _control_rule(rule: Rule, control: Control, findings: list[ReportedFinding]) -> dict[str, Any]:
    counts = Counter(finding.outcome for finding in findings)
    level: Level | None = findings[0].level if findings else None
    return {
        "id": rule.id,
        "title": rule.title,
        "strength": control.strength,
        "rationale": control.rationale,
        "level": level,
        "verdicts": {outcome.value: counts[outcome] for outcome in FindingOutcome if counts[outcome]},
    }

"""The evidence as one JSON document: every finding, and the control matrix of each framework."""

from __future__ import annotations

from collections import Counter, defaultdict
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
    """Return the document. What holds is listed too; what a rule has nothing to say about is only counted."""
    known = {line.urn for line in judgement.findings if line.outcome is not FindingOutcome.NOT_APPLICABLE}
    return {
        "format": FORMAT,
        "provenance": provenance.document(),
        "counts": judgement.counts(),
        "refused": len(judgement.refusals),
        "statusMeaning": MEANING,
        "frameworks": frameworks(judgement),
        "rules": {
            line.rule.id: _rule_document(line) for line in sorted(judgement.findings, key=lambda line: line.rule.id)
        },
        "findings": [
            _finding_document(line) for line in judgement.findings if line.outcome is not FindingOutcome.NOT_APPLICABLE
        ],
        "waivers": [waiver_document(waiver) for waiver in judgement.waivers],
        "rulesWithNothingToJudge": list(judgement.idle),
        "resources": [
            {"urn": urn, "type": kind, "id": identity, "judged": urn in known}
            for urn, kind, identity in judgement.resources
        ],
    }


def _rule_document(line: ReportedFinding) -> dict[str, Any]:
    """Return what is the same for every finding of a rule."""
    rule = line.rule
    return {"title": rule.title, "severity": line.severity, "level": line.level, "fix": rule.remediation}


def _finding_document(line: ReportedFinding) -> dict[str, Any]:
    """Return the rest."""
    document = line.document()
    kept = {key: document[key] for key in ("rule", "verdict", "urn", "reason", "property", "places")}
    return kept | {"waivedBy": line.waiver.where if line.waiver else None}


def frameworks(judgement: Judgement) -> list[dict[str, Any]]:
    """Return the frameworks with all their controls; JSON, and what the page is made from."""
    by_rule: dict[str, list[ReportedFinding]] = defaultdict(list)
    for line in judgement.findings:
        by_rule[line.rule.id].append(line)
    found = []
    for framework in FRAMEWORKS:
        controls = [_control(each, by_rule) for each in coverage(framework, (*TABLE, *PROOFS))]
        states = Counter(control["status"] for control in controls)
        found.append(
            {
                "key": framework.key,
                "name": framework.name,
                "counts": {status: states[status] for status in MEANING},
                "controls": controls,
            }
        )
    return found


def _control(covered: Coverage, by_rule: dict[str, list[ReportedFinding]]) -> dict[str, Any]:
    rules = [_control_rule(rule, control, by_rule.get(rule.id, [])) for rule, control in covered.rules]
    lines = [line for rule, _ in covered.rules for line in by_rule.get(rule.id, [])]
    return {
        "id": covered.requirement.id,
        "title": covered.requirement.title,
        "extent": covered.extent,
        "status": status(covered, lines),
        "rules": rules,
        "resources": sorted({label(line.urn) for line in lines if line.outcome is not FindingOutcome.NOT_APPLICABLE}),
        "waivers": sorted({line.waiver.where for line in lines if line.waiver}),
        "notCovered": covered.requirement.remains,
        "owner": covered.requirement.owner,
    }


def status(covered: Coverage, lines: list[ReportedFinding]) -> Status:
    """Return what the lines of its rules say of a control; the worst counts. Advisory failures count as failures."""
    if not covered.rules:
        return "not covered"
    outcomes = {line.outcome for line in lines}
    if FindingOutcome.FAIL in outcomes:
        return "not satisfied"
    if FindingOutcome.UNDETERMINED in outcomes:
        return "undetermined"
    if FindingOutcome.WAIVED in outcomes:
        return "satisfied with waivers"
    return "satisfied" if FindingOutcome.PASS in outcomes else "no evidence"


def _control_rule(rule: Rule, control: Control, lines: list[ReportedFinding]) -> dict[str, Any]:
    counts = Counter(line.outcome for line in lines)
    level: Level | None = lines[0].level if lines else None
    return {
        "id": rule.id,
        "title": rule.title,
        "strength": control.strength,
        "rationale": control.rationale,
        "level": level,
        "verdicts": {outcome.value: counts[outcome] for outcome in FindingOutcome if counts[outcome]},
    }

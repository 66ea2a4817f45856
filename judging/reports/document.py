"""The evidence as one JSON document; the other forms say the same in their own words."""

from __future__ import annotations

from typing import Any

from judging.reports.findings import FindingOutcome, Judgement, ReportedFinding, waiver_document
from judging.reports.matrix import MEANING, frameworks
from judging.reports.provenance import Provenance
from policies.waivers import Waiver

FORMAT = "aifabrix-evidence/1"


def build(judgement: Judgement, provenance: Provenance) -> dict[str, Any]:
    """Return the document. What holds is listed too; what a rule has nothing to say about is only counted."""
    known = {line.urn for line in judgement.lines if line.outcome is not FindingOutcome.NOT_APPLICABLE}
    return {
        "format": FORMAT,
        "provenance": provenance.document(),
        "counts": judgement.counts(),
        "refused": len(judgement.refusals),
        "statusMeaning": MEANING,
        "frameworks": frameworks(judgement),
        "rules": {line.rule.id: _rule(line) for line in sorted(judgement.lines, key=lambda line: line.rule.id)},
        "findings": [_finding(line) for line in judgement.lines if line.outcome is not FindingOutcome.NOT_APPLICABLE],
        "waivers": [waiver_document(waiver) for waiver in waivers(judgement)],
        "rulesWithNothingToJudge": list(judgement.idle),
        "resources": [
            {"urn": urn, "type": kind, "id": identity, "judged": urn in known}
            for urn, kind, identity in judgement.resources
        ],
    }


def _rule(line: ReportedFinding) -> dict[str, Any]:
    """Return what is the same for every finding of a rule."""
    rule = line.rule
    return {"title": rule.title, "severity": line.severity, "level": line.level, "fix": rule.remediation}


def _finding(line: ReportedFinding) -> dict[str, Any]:
    """Return the rest."""
    document = line.document()
    kept = {key: document[key] for key in ("rule", "verdict", "urn", "reason", "property", "places")}
    return kept | {"waivedBy": line.waiver.where if line.waiver else None}


def waivers(judgement: Judgement) -> list[Waiver]:
    """Return the waivers that excuse something here."""
    found = {line.waiver.where: line.waiver for line in judgement.lines if line.waiver}
    return [found[where] for where in sorted(found)]

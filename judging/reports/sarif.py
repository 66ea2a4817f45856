"""SARIF 2.1.0: findings at lines of files, for code scanning and editors."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from judging.origins import Origin
from judging.reports.findings import NOTABLE, FindingOutcome, Judgement, ReportedFinding
from policies.rule import SEVERITIES, Rule
from resources.tokens import label

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_SCORE: Mapping[str, str] = {"C": "9.5", "H": "8.0", "M": "5.5", "L": "2.0"}
"""``security-severity``: the scale on which code scanning shows critical, high, medium and low."""


def sarif_document(judgements: Iterable[Judgement], version: str) -> dict[str, Any]:
    """Return a log with one run a stack, so that a stack's findings replace its own earlier ones only."""
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(judgement, version) for judgement in judgements]}


def _run(judgement: Judgement, version: str) -> dict[str, Any]:
    findings = judgement.of(*NOTABLE)
    rules = sorted({finding.rule.id: finding.rule for finding in findings}.values(), key=lambda rule: rule.id)
    index = {rule.id: number for number, rule in enumerate(rules)}
    return {
        "tool": {
            "driver": {
                "name": "fabrix check",
                "semanticVersion": version,
                "rules": [_rule(rule) for rule in rules],
            }
        },
        "automationDetails": {"id": f"fabrix-check/{judgement.stack}/"},
        "invocations": [{"executionSuccessful": True}],
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, index[finding.rule.id], judgement.stack) for finding in findings],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    controls = [*rule.iso, *rule.hipaa, *rule.gdpr]
    return {
        "id": rule.id,
        "name": rule.title,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": f"{rule.what} {rule.why}"},
        "help": {"text": rule.remediation},
        "properties": {
            "security-severity": _SCORE[rule.severity],
            "severity": SEVERITIES[rule.severity],
            "tags": ["security", *dict.fromkeys(control.id for control in controls)],
        },
    }


def _result(finding: ReportedFinding, index: int, stack: str) -> dict[str, Any]:
    rule, (first, *others) = finding.rule, finding.origins
    result: dict[str, Any] = {
        "ruleId": rule.id,
        "ruleIndex": index,
        **_kind(finding),
        "message": {
            "text": f"{rule.title}: {finding.name} ({finding.type}): {finding.reason}. Fix: {rule.remediation}"
        },
        "locations": [
            {
                "physicalLocation": _location(first),
                "logicalLocations": [{"name": finding.name, "fullyQualifiedName": finding.urn, "kind": "resource"}],
            }
        ],
        "partialFingerprints": {"fabrixFinding/v1": _fingerprint(finding, stack)},
        "properties": {"stack": stack, "level": finding.level, "property": finding.path},
    }
    if others:
        result["relatedLocations"] = [
            {"id": number, "physicalLocation": _location(origin)} for number, origin in enumerate(others, 1)
        ]
    if finding.waiver:
        waiver = finding.waiver
        justification = f"{waiver.reason} ({waiver.ticket}; {waiver.approver}; until {waiver.expires})"
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": justification}]
    return result


def _kind(finding: ReportedFinding) -> dict[str, str]:
    """Return kind and level: an undetermined finding is ``open``, for which SARIF demands the level ``none``."""
    if finding.outcome is FindingOutcome.UNDETERMINED:
        return {"kind": "open", "level": "none"}
    if finding.level == "mandatory":
        return {"kind": "fail", "level": "error"}
    return {"kind": "fail", "level": "note" if finding.severity == "low" else "warning"}


def _location(origin: Origin) -> dict[str, Any]:
    return {
        "artifactLocation": {"uri": origin.file, "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": origin.line},
    }


def _fingerprint(finding: ReportedFinding, stack: str) -> str:
    """Return a hash of rule, resource, property and stack; not of the line, which moves between commits."""
    parts = (stack, finding.rule.id, label(finding.urn), finding.path)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]

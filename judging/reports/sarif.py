"""SARIF 2.1.0: findings at lines of files, for code scanning and editors."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from judging.origins import Origin
from judging.reports.findings import SEVERITY, FindingOutcome, Judgement, ReportedFinding
from policies.rule import Rule
from resources.tokens import label

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
REPORTED = (FindingOutcome.FAIL, FindingOutcome.UNDETERMINED, FindingOutcome.WAIVED)
_SCORE: Mapping[str, str] = {"C": "9.5", "H": "8.0", "M": "5.5", "L": "2.0"}
"""``security-severity``: the scale on which code scanning shows critical, high, medium and low."""


def sarif_document(judgements: Iterable[Judgement], version: str) -> dict[str, Any]:
    """Return the log: one run a stack, so that a stack's findings replace its earlier ones and no other's."""
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(judgement, version) for judgement in judgements]}


def _run(judgement: Judgement, version: str) -> dict[str, Any]:
    lines = judgement.of(*REPORTED)
    rules = sorted({line.rule.id: line.rule for line in lines}.values(), key=lambda rule: rule.id)
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
        "results": [_result(line, index[line.rule.id], judgement.stack) for line in lines],
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
            "severity": SEVERITY[rule.severity],
            "tags": ["security", *dict.fromkeys(control.id for control in controls)],
        },
    }


def _result(line: ReportedFinding, index: int, stack: str) -> dict[str, Any]:
    first, *others = line.origins
    result: dict[str, Any] = {
        "ruleId": line.rule.id,
        "ruleIndex": index,
        **_kind(line),
        "message": {
            "text": f"{line.rule.title}: {line.name} ({line.type}): {line.reason}. Fix: {line.rule.remediation}"
        },
        "locations": [
            {
                "physicalLocation": _place(first),
                "logicalLocations": [{"name": line.name, "fullyQualifiedName": line.urn, "kind": "resource"}],
            }
        ],
        "partialFingerprints": {"fabrixFinding/v1": _fingerprint(line, stack)},
        "properties": {"stack": stack, "level": line.level, "property": line.path},
    }
    if others:
        result["relatedLocations"] = [
            {"id": number, "physicalLocation": _place(place)} for number, place in enumerate(others, 1)
        ]
    if line.waiver:
        said = f"{line.waiver.reason} ({line.waiver.ticket}; {line.waiver.approver}; until {line.waiver.expires})"
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": said}]
    return result


def _kind(line: ReportedFinding) -> dict[str, str]:
    """Tell failures from what is not decided, which is open; SARIF wants level ``none`` for it."""
    if line.outcome is FindingOutcome.UNDETERMINED:
        return {"kind": "open", "level": "none"}
    if line.level == "mandatory":
        return {"kind": "fail", "level": "error"}
    return {"kind": "fail", "level": "note" if line.severity == "low" else "warning"}


def _place(origin: Origin) -> dict[str, Any]:
    return {
        "artifactLocation": {"uri": origin.file, "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": origin.line},
    }


def _fingerprint(line: ReportedFinding, stack: str) -> str:
    """Stays the same while lines move: rule, resource, property and stack, not the place."""
    parts = (stack, line.rule.id, label(line.urn), line.path)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]

"""OSCAL assessment results (NIST), version 1.2.1: observations, findings by control, waivers as accepted risks.

Identifiers are derived from what they name, so the same input gives the same document but for the time.
"""

from __future__ import annotations

import re
import uuid
from typing import Any

from judging.reports.evidence import frameworks
from judging.reports.findings import FindingOutcome, Judgement, ReportedFinding
from judging.reports.provenance import Provenance
from policies.table import RULES
from policies.waivers import Waiver
from resources.tokens import label

VERSION = "1.2.1"
_SPACE = uuid.UUID("6f1d3c0e-5a44-5d0c-9a53-0c7f0f3a9b11")
_NAMESPACE = "https://aifabrix.ai/ns/oscal"
_OBSERVED = (FindingOutcome.FAIL, FindingOutcome.UNDETERMINED, FindingOutcome.WAIVED, FindingOutcome.PASS)


def oscal_document(judgement: Judgement, provenance: Provenance) -> dict[str, Any]:
    """Return the assessment results of one stack."""
    made = _Maker(judgement, provenance)
    return {
        "assessment-results": {
            "uuid": made.id("results"),
            "metadata": {
                "title": f"Policy evidence of stack {provenance.stack}",
                "last-modified": provenance.time,
                "version": provenance.pack_hash[:12],
                "oscal-version": VERSION,
                "props": made.provenance(),
            },
            "import-ap": {"href": f"#{made.id('pack')}"},
            "results": [made.result()],
            "back-matter": {
                "resources": [
                    {
                        "uuid": made.id("pack"),
                        "title": "The rules that were applied",
                        "description": f"Pack with SHA-256 {provenance.pack_hash}, {len(RULES)} rules, "
                        f"profile {provenance.profile}.",
                    }
                ]
            },
        }
    }


def control_id(framework: str, identifier: str) -> str:
    """Return an OSCAL token: ``iso27001-a.8.24``, ``hipaa-164.312-e-1``, ``gdpr-art-32-1-a``."""
    text = re.sub(r"[()\s]+", "-", identifier.lower().replace("art. ", "art-")).strip("-")
    return f"{'iso27001' if framework == 'iso' else framework}-{text}"


class _Maker:
    def __init__(self, judgement: Judgement, provenance: Provenance) -> None:
        self.judgement = judgement
        self.provenance_of = provenance
        self.by_rule: dict[str, list[ReportedFinding]] = {}
        for line in judgement.findings:
            if line.outcome in _OBSERVED:
                self.by_rule.setdefault(line.rule.id, []).append(line)

    def id(self, *parts: str) -> str:
        """Return an identifier of something of this stack."""
        return str(uuid.uuid5(_SPACE, "\0".join((self.provenance_of.stack, *parts))))

    def provenance(self) -> list[dict[str, Any]]:
        """Return what is known of the run as properties."""
        given = self.provenance_of
        said = {**given.document(), "modified": str(given.modified).lower()}
        del said["tools"], said["time"]
        said |= {f"tool-{name}": version for name, version in given.tools.items()}
        return [_prop(name.replace("_", "-"), value) for name, value in said.items() if value]

    def result(self) -> dict[str, Any]:
        """Return the one result: this judgement."""
        time, risks = self.provenance_of.time, [self._risk(waiver) for waiver in self.judgement.waivers]
        findings = [finding for each in frameworks(self.judgement) for finding in self._findings(each)]
        controls = [
            {"control-id": control_id(each["key"], control["id"])}
            for each in frameworks(self.judgement)
            for control in each["controls"]
            if control["rules"]
        ]
        result: dict[str, Any] = {
            "uuid": self.id("result"),
            "title": f"Rules of profile {self.judgement.profile} on stack {self.judgement.stack}",
            "description": "Each rule applied to each deployed resource of its types.",
            "start": time,
            "end": time,
            "local-definitions": {"inventory-items": self._inventory()},
            "reviewed-controls": {"control-selections": [{"include-controls": controls}]},
            "observations": [self._observation(rule, lines) for rule, lines in sorted(self.by_rule.items())],
            "findings": findings,
        }
        if risks:
            result["risks"] = risks
        return {key: value for key, value in result.items() if value}

    def _inventory(self) -> list[dict[str, Any]]:
        judged = sorted({line.urn for lines in self.by_rule.values() for line in lines if line.urn})
        return [
            {"uuid": self.id("item", urn), "description": label(urn), "props": [_prop("urn", urn)]} for urn in judged
        ]

    def _observation(self, rule: str, lines: list[ReportedFinding]) -> dict[str, Any]:
        observation: dict[str, Any] = {
            "uuid": self.id("observation", rule),
            "title": f"{rule} {lines[0].rule.title}",
            "description": lines[0].rule.what,
            "props": [
                _prop("rule", rule),
                _prop("severity", lines[0].severity),
                _prop("level", lines[0].level),
            ],
            "methods": ["TEST"],
            "types": ["control-objective"],
            "collected": self.provenance_of.time,
        }
        subjects = [
            {
                "subject-uuid": self.id("item", line.urn),
                "type": "inventory-item",
                "title": label(line.urn),
                "props": [_prop("verdict", line.outcome.value.replace(" ", "-"))],
                "remarks": line.reason,
            }
            for line in lines
            if line.urn
        ]
        return observation | ({"subjects": subjects} if subjects else {})

    def _findings(self, framework: dict[str, Any]) -> list[dict[str, Any]]:
        return [self._finding(framework["key"], control) for control in framework["controls"] if control["rules"]]

    def _finding(self, key: str, control: dict[str, Any]) -> dict[str, Any]:
        identifier = control_id(key, control["id"])
        satisfied = control["status"] == "satisfied"
        finding: dict[str, Any] = {
            "uuid": self.id("finding", identifier),
            "title": f"{control['id']} {control['title']}",
            "description": f"{control['status']}. Not covered by rules: {control['notCovered']}. "
            f"Owner of that: {control['owner']}.",
            "target": {
                "type": "objective-id",
                "target-id": identifier,
                "status": {
                    "state": "satisfied" if satisfied else "not-satisfied",
                    "reason": "pass" if satisfied else "fail" if control["status"] == "not satisfied" else "other",
                    "remarks": control["status"],
                },
            },
            "related-observations": [
                {"observation-uuid": self.id("observation", rule["id"])}
                for rule in control["rules"]
                if rule["id"] in self.by_rule
            ],
            "related-risks": [{"risk-uuid": self.id("risk", where)} for where in control["waivers"]],
        }
        return {name: value for name, value in finding.items() if value}

    def _risk(self, waiver: Waiver) -> dict[str, Any]:
        return {
            "uuid": self.id("risk", waiver.where),
            "title": f"Waiver of {waiver.rule} for {waiver.urn}",
            "description": waiver.reason,
            "statement": f"Owner {waiver.owner}, approved by {waiver.approver}, ticket {waiver.ticket}.",
            "status": "deviation-approved",
            "deadline": f"{waiver.expires.isoformat()}T23:59:59Z",
        }


def _prop(name: str, value: str) -> dict[str, str]:
    return {"name": name, "ns": _NAMESPACE, "value": value}

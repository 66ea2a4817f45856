"""OSCAL assessment results (NIST), version 1.2.1: observations, findings by control, waivers as accepted risks.

Identifiers are derived from what they identify, so the same input gives the same document apart from the time.
"""

from __future__ import annotations

import re
import uuid
from typing import Any

from judging.reports.evidence_json import frameworks
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
    builder = _Builder(judgement, provenance)
    return {
        "assessment-results": {
            "uuid": builder.id("results"),
            "metadata": {
                "title": f"Policy evidence of stack {provenance.stack}",
                "last-modified": provenance.time,
                "version": provenance.pack_hash[:12],
                "oscal-version": VERSION,
                "props": builder.run_properties(),
            },
            "import-ap": {"href": f"#{builder.id('pack')}"},
            "results": [builder.result()],
            "back-matter": {
                "resources": [
                    {
                        "uuid": builder.id("pack"),
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


class _Builder:
    def __init__(self, judgement: Judgement, provenance: Provenance) -> None:
        self.judgement = judgement
        self.provenance = provenance
        self.frameworks = frameworks(judgement)
        self.by_rule = judgement.by_rule(*_OBSERVED)

    def id(self, *parts: str) -> str:
        """Return the identifier of a part of this stack's results."""
        return str(uuid.uuid5(_SPACE, "\0".join((self.provenance.stack, *parts))))

    def run_properties(self) -> list[dict[str, Any]]:
        """Return the provenance as properties."""
        fields = {**self.provenance.document(), "modified": str(self.provenance.modified).lower()}
        del fields["tools"], fields["time"]
        fields |= {f"tool-{name}": version for name, version in self.provenance.tools.items()}
        return [_prop(name.replace("_", "-"), value) for name, value in fields.items() if value]

    def result(self) -> dict[str, Any]:
        """Return the single result: this judgement."""
        time, risks = self.provenance.time, [self._risk(waiver) for waiver in self.judgement.waivers]
        controls = [
            {"control-id": control_id(each["key"], control["id"])}
            for each in self.frameworks
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
            "observations": [self._observation(rule, findings) for rule, findings in self.by_rule.items()],
            "findings": [
                self._finding(each["key"], control)
                for each in self.frameworks
                for control in each["controls"]
                if control["rules"]
            ],
        }
        if risks:
            result["risks"] = risks
        return {key: value for key, value in result.items() if value}

    def _inventory(self) -> list[dict[str, Any]]:
        judged = sorted({each.urn for findings in self.by_rule.values() for each in findings if each.urn})
        return [
            {"uuid": self.id("item", urn), "description": label(urn), "props": [_prop("urn", urn)]} for urn in judged
        ]

    def _observation(self, rule: str, findings: list[ReportedFinding]) -> dict[str, Any]:
        observation: dict[str, Any] = {
            "uuid": self.id("observation", rule),
            "title": f"{rule} {findings[0].rule.title}",
            "description": findings[0].rule.what,
            "props": [
                _prop("rule", rule),
                _prop("severity", findings[0].severity),
                _prop("level", findings[0].level),
            ],
            "methods": ["TEST"],
            "types": ["control-objective"],
            "collected": self.provenance.time,
        }
        subjects = [
            {
                "subject-uuid": self.id("item", finding.urn),
                "type": "inventory-item",
                "title": label(finding.urn),
                "props": [_prop("verdict", finding.outcome.value.replace(" ", "-"))],
                "remarks": finding.reason,
            }
            for finding in findings
            if finding.urn
        ]
        return observation | ({"subjects": subjects} if subjects else {})

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

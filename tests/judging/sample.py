"""A small judgement with one finding of each outcome, made from rules of the table."""

from __future__ import annotations

import dataclasses
from datetime import date

from judging.origins import Origin
from judging.reports.findings import FindingOutcome, Judgement, ReportedFinding
from judging.reports.provenance import Provenance
from policies.profiles import Level
from policies.rule import SEVERITIES
from policies.table import RULES
from policies.waivers import Waiver

CANARY = "<script>alert('canary')</script>"
"""In every text that a report repeats: a page that does not escape it shows a live element."""

WAIVER = Waiver(
    rule="PG-05",
    urn="dbforpostgresql:Server::postgres-*",
    owner=f"platform {CANARY}",
    reason=f"an app cannot present a token {CANARY}",
    ticket="PLAT-1",
    approver="security-officer@contoso.example",
    expires=date(2027, 2, 15),
    where="policies/waivers.yaml:12",
)


def urn(kind: str, name: str) -> str:
    return f"urn:pulumi:prod::aifabrix::aifabrix:platform:Platform$azure-native:{kind}::{name}"


def finding(
    rule: str, outcome: FindingOutcome, kind: str, name: str, level: Level = "mandatory", **changes: object
) -> ReportedFinding:
    made = ReportedFinding(
        rule=RULES[rule],
        severity=SEVERITIES[RULES[rule].severity],
        level=level,
        outcome=outcome,
        urn=urn(kind, name),
        type=kind,
        name=name,
        reason=f"reason of {rule} {CANARY}",
        path="a.path",
        origins=(Origin("Pulumi.prod.yaml", 7), Origin("components/data/storage.py", 131)),
        waiver=WAIVER if outcome is FindingOutcome.WAIVED else None,
    )
    return dataclasses.replace(made, **changes)


FINDINGS = (
    finding("ST-01", FindingOutcome.FAIL, "storage:StorageAccount", "storage-sdc-data"),
    finding("ST-01", FindingOutcome.FAIL, "storage:StorageAccount", "storage-sdc-files"),
    finding("WB-12", FindingOutcome.FAIL, "web:WebApp", "app-sdc-flowise", "advisory"),
    finding("PL-02", FindingOutcome.UNDETERMINED, "network:PrivateEndpoint", "endpoint-sdc-vault"),
    finding("PG-05", FindingOutcome.WAIVED, "dbforpostgresql:Server", "postgres-sdc"),
    finding("KV-01", FindingOutcome.PASS, "keyvault:Vault", "vault-sdc"),
    finding("ST-16", FindingOutcome.NOT_APPLICABLE, "storage:StorageAccount", "storage-sdc-data"),
)

UNJUDGED = finding("ST-01", FindingOutcome.PASS, "random:index/randomPassword:RandomPassword", "secret")
"""A resource that no finding is about."""

JUDGEMENT = Judgement(
    stack="prod",
    profile="prod",
    findings=tuple(sorted(FINDINGS, key=ReportedFinding.sort_key)),
    idle=("AK-01",),
    resources=tuple(sorted({(each.urn, each.type, f"/subscriptions/s/{each.name}") for each in (*FINDINGS, UNJUDGED)})),
)

PROVENANCE = Provenance(
    stack="prod",
    environment="pro",
    profile="prod",
    target="local",
    release="2026.11.0",
    release_hash="a" * 64,
    commit="b" * 40,
    modified=True,
    pack_hash="c" * 64,
    state_version="2026-11-24T08:00:00Z",
    tools={"engine": "3.259.0", "python": "3.11.7"},
    time="2026-11-24T09:00:00Z",
)

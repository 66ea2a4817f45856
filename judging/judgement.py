"""Judges a deployed stack: applies the rules of its profile and the waivers, and locates each finding in the files."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from judging.origins import Origins
from judging.proofs import PROOFS, proofs
from judging.reports.findings import FindingOutcome, Judgement, ReportedFinding
from policies import profiles, waivers
from policies.evaluate import evaluate
from policies.files import PolicyFileError
from policies.model import Finding
from policies.parameters import PARAMETERS
from policies.rule import SEVERITIES
from policies.start import TODAY, today_of
from policies.table import TABLE
from resources.tokens import normalise, split_urn
from settings import PlatformSettings
from stacks.state import resource_graph
from support.errors import Exit, OperationError
from targets.name import TargetName

RULES_AND_PROOFS = {rule.id: rule for rule in (*TABLE, *PROOFS)}


@dataclass(frozen=True)
class PolicyFiles:
    """The installation's own policy files: waivers, and rules whose level it raises."""

    waivers: waivers.Waivers
    tightened: profiles.Tightened

    @classmethod
    def read(cls, target: TargetName) -> PolicyFiles:
        """Read and validate both files, as of today, or on the local target of the day in FABRIX_TODAY.

        Raises:
            OperationError: exit code 2, with every fault and its line.

        """
        try:
            return cls(waivers.load(today_of(os.environ, local=target is TargetName.LOCAL)), profiles.load())
        except PolicyFileError as error:
            raise OperationError(str(error), Exit.BAD_INPUT) from None
        except ValueError as error:
            raise OperationError(
                f"{TODAY}={os.environ[TODAY]} is no day ({error}); write it like 2026-11-24", Exit.BAD_INPUT
            ) from None


@dataclass(frozen=True)
class JudgedStack:
    """A stack and what is needed to judge it."""

    stack: str
    settings: PlatformSettings
    deployment: Mapping[str, Any]
    origins: Origins
    operations: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """URN → what the deployment did with the resource; empty where only a state is judged."""


def judge_stack(judged: JudgedStack, files: PolicyFiles) -> Judgement:
    """Apply every rule and proof of the stack's profile."""
    installation = judged.settings.installation
    profile = profiles.of_environment(installation.environment)
    resources = resource_graph(judged.deployment)
    report = evaluate(
        resources,
        profile,
        (*TABLE, *proofs(judged.settings)),
        [waiver for waiver in files.waivers.in_force if profile in waiver.environments],
        parameters=dataclasses.replace(PARAMETERS[profile], subscription_id=installation.subscription_id),
        operations=judged.operations,
        waiver_problems=files.waivers.problems,
        tightened=files.tightened,
    )

    def reported(finding: Finding, waiver: waivers.Waiver | None) -> ReportedFinding:
        rule = RULES_AND_PROOFS[finding.rule]
        token, name = split_urn(finding.urn)
        return ReportedFinding(
            rule=rule,
            severity=SEVERITIES[rule.severity],
            level=profiles.level(rule, profile, files.tightened),
            outcome=FindingOutcome.WAIVED if waiver else FindingOutcome(finding.verdict.value),
            urn=finding.urn,
            type=normalise(token),
            name=name,
            reason=finding.reason,
            path=finding.path,
            origins=judged.origins.of(finding.rule, finding.urn, finding.path),
            waiver=waiver,
        )

    findings = [
        *(reported(finding, None) for finding in report.findings),
        *(reported(waived.finding, waived.waiver) for waived in report.waived),
    ]
    return Judgement(
        stack=judged.stack,
        profile=profile,
        findings=tuple(sorted(findings, key=ReportedFinding.sort_key)),
        idle=report.idle,
        resources=tuple(sorted((each.urn, each.type, each.id or "") for each in resources.resources if each.id)),
    )

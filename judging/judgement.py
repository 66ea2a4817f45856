"""Judges a deployed stack: rules and profile, waivers, and where in the files each finding comes from."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from judging.origins import Origins
from judging.proofs import PROOFS, proofs
from judging.reports.findings import SEVERITY, FindingOutcome, Judgement, ReportedFinding
from policies import profiles, waivers
from policies.evaluate import Report, evaluate
from policies.files import PolicyFileError
from policies.model import Finding
from policies.parameters import PARAMETERS, Profile
from policies.start import today_of
from policies.table import TABLE
from resources.model import Graph
from resources.tokens import normalise, split_urn
from stacks.state import graph
from support.checkout import ROOT
from support.errors import Exit, OperationError

if TYPE_CHECKING:
    from settings import PlatformSettings

RULES_AND_PROOFS = {rule.id: rule for rule in (*TABLE, *PROOFS)}
"""Everything that can be found: the table's rules and the proofs over the whole graph."""


@dataclass(frozen=True)
class PolicyFiles:
    """What an installation says about the rules: waivers, and levels that it tightens."""

    waivers: waivers.Waivers
    tightened: profiles.Tightened

    @classmethod
    def read(cls) -> PolicyFiles:
        """Read and judge both files, as of today or of the day in FABRIX_TODAY.

        Raises:
            OperationError: exit code 2, with every fault and its line.

        """
        try:
            return cls(waivers.load(today_of(os.environ)), profiles.load())
        except PolicyFileError as error:
            raise OperationError(str(error), Exit.BAD_INPUT) from None


@dataclass(frozen=True)
class JudgedStack:
    """One stack to judge."""

    stack: str
    settings: PlatformSettings
    deployment: Mapping[str, Any]
    origins: Origins
    operations: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """URN → what the deployment that is judged did with it; empty where only a state is judged."""


def judge_stack(case: JudgedStack, files: PolicyFiles) -> Judgement:
    """Apply every rule of the stack's profile."""
    profile = profiles.of_environment(case.settings.installation.environment)
    after = graph(case.deployment)
    report = _evaluate(case, files, after, profile)
    said = [(finding, None) for finding in report.findings] + [(each.finding, each.waiver) for each in report.waived]
    lines = [_line(finding, profile, case.origins, files, waiver) for finding, waiver in said]
    return Judgement(
        stack=case.stack,
        profile=profile,
        findings=tuple(sorted(lines, key=ReportedFinding.order)),
        idle=report.idle,
        resources=tuple(sorted((each.urn, each.type, each.id or "") for each in after.resources if each.id)),
    )


def _evaluate(case: JudgedStack, files: PolicyFiles, resources: Graph, profile: Profile) -> Report:
    expected = dataclasses.replace(PARAMETERS[profile], subscription_id=case.settings.installation.subscription_id)
    return evaluate(
        resources,
        profile,
        (*TABLE, *proofs(case.settings)),
        [each for each in files.waivers.in_force if profile in each.environments],
        parameters=expected,
        operations=case.operations,
        waiver_problems=files.waivers.problems,
        tightened=files.tightened,
    )


def _line(
    finding: Finding, profile: Profile, origins: Origins, files: PolicyFiles, waiver: waivers.Waiver | None
) -> ReportedFinding:
    rule = RULES_AND_PROOFS[finding.rule]
    token, name = split_urn(finding.urn)
    return ReportedFinding(
        rule=rule,
        severity=SEVERITY[rule.severity],
        level=profiles.level(rule, profile, files.tightened),
        outcome=FindingOutcome.WAIVED if waiver else FindingOutcome(finding.verdict.value),
        urn=finding.urn,
        type=normalise(token),
        name=name,
        reason=finding.reason,
        path=finding.path,
        origins=origins.of(finding.rule, finding.urn, finding.path),
        waiver=waiver,
    )


def pack_arguments(packs: Sequence[Path]) -> list[str]:
    """Return the engine's arguments for the policy packs of the command line.

    Raises:
        OperationError: exit code 2, this project's own pack is among them and its waivers or levels cannot be used. The
            engine would only report that a pack failed, not where.

    """
    if any(pack.resolve() == ROOT / "policies" for pack in packs):
        PolicyFiles.read()
    return [argument for pack in packs for argument in ("--policy-pack", str(pack.resolve()))]

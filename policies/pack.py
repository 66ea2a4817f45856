"""The rules as a policy pack of Pulumi: few policies, each of which applies many rules.

The SDK decodes a resource again for every policy, so there is one policy for each level and not one for each rule; the
id and the severity of the rule are in the message. Reports by rule and by control are made from the library, not here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyComplianceFramework,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)

from policies.judge import Findings, Judge
from policies.model import Finding
from policies.profiles import Level, level
from policies.rule import SEVERITIES, Rule
from policies.start import Setup
from resources.model import Verdict

NAME: Final = "aifabrix"
DESCRIPTION: Final = "Compliance of the AI Fabrix platform: ISO/IEC 27001:2022 Annex A, 45 CFR 164, GDPR"
LEVELS: Final[dict[Level, EnforcementLevel]] = {
    "mandatory": EnforcementLevel.MANDATORY,
    "advisory": EnforcementLevel.ADVISORY,
}
_REPORTED = frozenset({Verdict.FAIL, Verdict.UNDETERMINED})


def policies(setup: Setup, *, remediate: bool = False) -> list[Policy]:
    """Make the policies. With ``remediate``, rules with a safe fix change resources before they are judged."""
    judge = Judge(setup)
    made: list[Policy] = [_remediation(judge)] if remediate else []
    for each in LEVELS:
        made.extend([_resources(judge, each), _stack(judge, each)])
    return made


def message(rule: Rule, finding: Finding) -> str:
    """Format a finding as the engine shows it, without the value of any property."""
    undecided = "cannot be decided yet: " if finding.verdict is Verdict.UNDETERMINED else ""
    path = f" ({finding.path})" if finding.path else ""
    text = f"{rule.id} [{SEVERITIES[rule.severity]}] {rule.title}: {undecided}{finding.reason}{path}"
    return text if undecided else f"{text}. {rule.remediation}"


def _resources(judge: Judge, at: Level) -> ResourceValidationPolicy:
    name = f"resources-{at}"

    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        if not _report(judge, at, judge.resource(args, name), report):
            args.not_applicable(f"no rule of level {at} judges this resource")

    return ResourceValidationPolicy(
        name, f"Rules about single resources that are {at} in {judge.setup.profile}", validate, LEVELS[at],
        framework=_framework(_at(judge, "R", at)), tags=_tags(_at(judge, "R", at)),
    )  # fmt: skip


def _stack(judge: Judge, at: Level) -> StackValidationPolicy:
    name = f"stack-{at}"

    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        if not _report(judge, at, judge.stack(args, name), report):
            args.not_applicable(f"no rule of level {at} has a resource to judge")

    return StackValidationPolicy(
        name, f"Rules about how resources fit together that are {at} in {judge.setup.profile}", validate, LEVELS[at],
        framework=_framework(_at(judge, "S", at)), tags=_tags(_at(judge, "S", at)),
    )  # fmt: skip


def _remediation(judge: Judge) -> ResourceValidationPolicy:
    return ResourceValidationPolicy(
        "remediation",
        "Sets what a rule asks for where that is deterministic and replaces nothing",
        enforcement_level=EnforcementLevel.REMEDIATE,
        remediate=judge.remediated,  # ty: ignore[invalid-argument-type] - the SDK's type asks for a coroutine; it takes a mapping
    )


def _report(judge: Judge, at: Level, findings: Findings, report: ReportViolation) -> bool:
    """Report the findings of a level; return whether any rule of that level applied."""
    applied = False
    for finding in findings.standing:
        if judge.level(finding) == at:
            applied = applied or finding.verdict is not Verdict.NOT_APPLICABLE
            if finding.verdict in _REPORTED:
                report(message(judge.rules[finding.rule], finding), finding.urn)
    if at == "advisory":
        for finding, waiver in ((each.finding, each.waiver) for each in findings.waived):
            applied = True
            waived = f"waived until {waiver.expires} by {waiver.approver} ({waiver.ticket})"
            report(f"{finding.rule} {waived}: {finding.reason}", finding.urn)
    return applied


def _at(judge: Judge, scope: str, at: Level) -> list[Rule]:
    setup = judge.setup
    return [
        each
        for each in judge.rules.values()
        if each.scope == scope and level(each, setup.profile, setup.tightened) == at
    ]


def _framework(rules: Iterable[Rule]) -> PolicyComplianceFramework:
    """Return the first framework; the protocol allows one, so the others are tags."""
    return PolicyComplianceFramework(
        name="ISO/IEC 27001", version="2022", reference=", ".join(_ids(rules, lambda each: each.iso)),
        specification="Annex A",
    )  # fmt: skip


def _tags(rules: Iterable[Rule]) -> list[str]:
    listed = list(rules)
    return [*_ids(listed, lambda each: each.hipaa), *_ids(listed, lambda each: each.gdpr)]


def _ids(rules: Iterable[Rule], of: Callable[[Rule], Iterable]) -> list[str]:
    return sorted({control.id for rule in rules for control in of(rule)})

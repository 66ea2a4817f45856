"""JUnit: one suite a stack, one case a rule, for pipelines that show test results."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from judging.reports.findings import FindingOutcome, Judgement, ReportedFinding

NOBODY: Mapping[str, str] = {}


def junit_xml(judgements: Iterable[Judgement], failed: Mapping[str, str] = NOBODY) -> str:
    """Return the XML. ``failed``: stack → why its deployment failed, where there is nothing to judge.

    A mandatory violation is a failure. An advisory or undetermined one is skipped, with its reason: pipelines have no
    word for a warning.
    """
    xml = JUnitXml("fabrix check")
    for judgement in judgements:
        suite = TestSuite(judgement.stack)
        suite.add_property("profile", judgement.profile)
        by_rule: dict[str, list[ReportedFinding]] = {}
        for line in judgement.findings:
            by_rule.setdefault(line.rule.id, []).append(line)
        for rule in sorted(by_rule):
            suite.add_testcase(_case(judgement.stack, by_rule[rule]))
        suite.update_statistics()
        xml.add_testsuite(suite)
    for stack, reason in failed.items():
        case = TestCase("deployment", f"fabrix.{stack}")
        case.result = [Error(reason.splitlines()[0], "deployment")]
        suite = TestSuite(stack)
        suite.add_testcase(case)
        suite.update_statistics()
        xml.add_testsuite(suite)
    out = io.BytesIO()
    xml.write(out, pretty=True)
    return out.getvalue().decode()


def _case(stack: str, lines: list[ReportedFinding]) -> TestCase:
    rule = lines[0].rule
    case = TestCase(f"{rule.id} {rule.title}", f"fabrix.{stack}.{rule.id.split('-')[0]}")
    case.time = 0
    refused = [line for line in lines if line.refuses]
    noted = [
        line
        for line in lines
        if line.outcome in (FindingOutcome.FAIL, FindingOutcome.UNDETERMINED, FindingOutcome.WAIVED)
    ]
    if refused:
        failure = Failure(f"{len(refused)} found; fix: {rule.remediation}", lines[0].severity)
        failure.text = _told(refused)
        case.result = [failure]
    elif noted:
        skipped = Skipped(", ".join(dict.fromkeys(_word(line) for line in noted)))
        skipped.text = _told(noted)
        case.result = [skipped]
    elif all(line.outcome is FindingOutcome.NOT_APPLICABLE for line in lines):
        case.result = [Skipped("not applicable")]
    return case


def _word(line: ReportedFinding) -> str:
    return "advisory" if line.outcome is FindingOutcome.FAIL else line.outcome.value


def _told(lines: list[ReportedFinding]) -> str:
    places = [(line, line.origins[0]) for line in lines]
    return "\n".join(f"{line.name} ({line.type}): {line.reason} [{at.file}:{at.line}]" for line, at in places)

"""JUnit: one suite a stack, one case a rule, for pipelines that show test results."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from judging.reports.findings import NOTABLE, FindingOutcome, Judgement, ReportedFinding


def junit_xml(judgements: Iterable[Judgement], failed: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return the XML. ``failed``: stack → why its deployment failed, so that there is nothing to judge.

    A mandatory violation is a failure. An advisory or undetermined one is skipped, with its reason: pipelines have no
    word for a warning.
    """
    xml = JUnitXml("fabrix check")
    for judgement in judgements:
        suite = TestSuite(judgement.stack)
        suite.add_property("profile", judgement.profile)
        for findings in judgement.by_rule().values():
            suite.add_testcase(_case(judgement.stack, findings))
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


def _case(stack: str, findings: list[ReportedFinding]) -> TestCase:
    rule = findings[0].rule
    case = TestCase(f"{rule.id} {rule.title}", f"fabrix.{stack}.{rule.id.split('-')[0]}")
    case.time = 0
    refused = [finding for finding in findings if finding.refuses]
    noted = [finding for finding in findings if finding.outcome in NOTABLE]
    if refused:
        failure = Failure(f"{len(refused)} found; fix: {rule.remediation}", findings[0].severity)
        failure.text = _text(refused)
        case.result = [failure]
    elif noted:
        outcomes = ("advisory" if each.outcome is FindingOutcome.FAIL else each.outcome.value for each in noted)
        skipped = Skipped(", ".join(dict.fromkeys(outcomes)))
        skipped.text = _text(noted)
        case.result = [skipped]
    elif all(finding.outcome is FindingOutcome.NOT_APPLICABLE for finding in findings):
        case.result = [Skipped("not applicable")]
    return case


def _text(findings: list[ReportedFinding]) -> str:
    return "\n".join(f"{each.name} ({each.type}): {each.reason} [{each.origins[0]}]" for each in findings)

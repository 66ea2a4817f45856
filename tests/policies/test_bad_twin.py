"""A stack in which everything is wrong: every rule says so, and none breaks on it."""

from __future__ import annotations

from functools import cache

from policies.evaluate import ERROR, Report, evaluate
from policies.table import TABLE
from resources.model import Verdict
from tests.policies.bad_twin import OPERATIONS, RESOURCES, WAIVER_PROBLEMS
from tests.policies.harness import CANARY, PARAMETERS_OF_CASES, graph, urn


@cache
def report() -> Report:
    names = {raw.name: urn(raw) for raw in RESOURCES}
    operations = {names[name]: operation for name, operation in OPERATIONS.items()}
    return evaluate(
        graph(RESOURCES), "prod", parameters=PARAMETERS_OF_CASES["prod"], operations=operations,
        waiver_problems=WAIVER_PROBLEMS,
    )  # fmt: skip


def test_logical_names_are_unique() -> None:
    names = [raw.name for raw in RESOURCES]
    assert len(names) == len(set(names))


def test_every_rule_is_tripped() -> None:
    tripped = {finding.rule for finding in report().findings if finding.verdict is Verdict.FAIL}
    silent = [rule.id for rule in TABLE if rule.id not in tripped]
    assert not silent, f"rules that find nothing in the worst of stacks: {', '.join(silent)}"


def test_no_rule_breaks() -> None:
    broken = [finding for finding in report().findings if finding.reason.startswith(ERROR)]
    assert not broken, broken


def test_no_reason_repeats_a_value() -> None:
    said = " ".join(finding.reason for finding in report().findings)
    assert "hunter2" not in said and CANARY not in said

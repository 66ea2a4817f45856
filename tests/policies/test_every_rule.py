"""Every rule, by all of its cases, through the library and through the analyzer service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from policies.table import RULES, TABLE
from tests.policies.cases import Also
from tests.policies.harness import CANARY, by_analyzer, by_library, cases, is_error, worst

ALL = [
    pytest.param(rule_id, case, id=f"{rule_id}: {case.name}")
    for rule_id, written in cases().items()
    if rule_id in RULES
    for case in written.each()
]


def test_every_rule_has_cases_and_every_case_has_its_rule() -> None:
    assert set(cases()) == {rule.id for rule in TABLE}, "rules without cases, or cases without a rule"


@pytest.mark.parametrize(("rule_id", "case"), ALL)
def test_the_library_gives_the_verdict_of_the_case(rule_id: str, case: Also) -> None:
    findings = by_library(RULES[rule_id], case)
    assert not [each for each in findings if is_error(each)], f"the rule raised: {findings}"
    assert worst(findings) == case.verdict, f"{rule_id}, {case.name}: {findings}"


@pytest.mark.parametrize(("rule_id", "case"), ALL)
def test_the_analyzer_service_gives_the_same_verdict(rule_id: str, case: Also) -> None:
    verdict, texts = by_analyzer(RULES[rule_id], case)
    assert verdict == case.verdict, f"{rule_id}, {case.name}: {texts}"
    assert not any(CANARY in text for text in texts), "a message repeats a secret"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize(("rule_id", "case"), ALL)
def test_a_reason_never_repeats_the_value_of_a_property(rule_id: str, case: Also) -> None:
    """Secrets reach the analyzer as plain text, so whatever is printed may be one."""
    reasons = " ".join(f"{each.reason} {each.path}" for each in by_library(RULES[rule_id], case))
    values = {text for raw in case.resources for text in _texts(raw.props)}
    telling = {text for text in values if len(text) >= 8 and any(letter.isdigit() for letter in text)}
    assert not [text for text in telling if text in reasons], f"{rule_id}, {case.name}: {reasons}"

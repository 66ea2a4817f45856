"""A first preview knows less than a deployment: it may leave open what that decides, and never contradict it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from policies.table import RULES
from resources.model import Verdict
from resources.values import SECRET, UNKNOWN
from tests.policies.cases import Raw
from tests.policies.harness import by_library, cases, is_error, worst

OPPOSITE = {Verdict.PASS: Verdict.FAIL, Verdict.FAIL: Verdict.PASS}
ON_PURPOSE = {
    "WB-10": "a setting whose value is not known is harmless where its name is that of something else than a secret",
    "ST-12": "joined by names: a program takes both from one value, so that both are known or neither is",
    "KV-11": "joined by names: a program takes both from one value, so that both are known or neither is",
    "GV-03": "joined by names: a program takes both from one value, so that both are known or neither is",
    "GV-04": "an id that is not known comes from a resource of the plan, whose tag decides, or from nowhere in it",
}
"""Rules that answer although a part is hidden, and why that is right."""


def _hidden(value: Any) -> Iterator[Any]:
    """The same value again and again, each time with another part of it not known."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from ({**value, key: less} for less in _hidden(each))
    elif isinstance(value, (list, tuple)):
        for index, each in enumerate(value):
            yield from ([*value[:index], less, *value[index + 1 :]] for less in _hidden(each))
    if value not in (UNKNOWN, SECRET, None):
        yield UNKNOWN


def _with_one_thing_unknown(resources: list[Raw]) -> Iterator[list[Raw]]:
    for index, raw in enumerate(resources):
        for name, value in raw.props.items():
            for less in _hidden(value):
                changed = replace(raw, props={**raw.props, name: less})
                yield [*resources[:index], changed, *resources[index + 1 :]]


@pytest.mark.parametrize("rule_id", RULES)
def test_knowing_less_never_turns_a_verdict_into_its_opposite(rule_id: str) -> None:
    wrong = [
        case.name
        for case in cases()[rule_id].each()
        for resources in _with_one_thing_unknown(case.resources)
        if worst(by_library(RULES[rule_id], replace(case, resources=resources))) == OPPOSITE.get(case.verdict)
    ]
    assert bool(wrong) == (rule_id in ON_PURPOSE), f"{rule_id}: {sorted(set(wrong))}"


@pytest.mark.parametrize("rule_id", RULES)
def test_no_rule_raises_whatever_part_of_a_resource_is_not_known(rule_id: str) -> None:
    errors = [
        finding
        for case in cases()[rule_id].each()
        for resources in _with_one_thing_unknown(case.resources)
        for finding in by_library(RULES[rule_id], replace(case, resources=resources))
        if is_error(finding)
    ]
    assert not errors

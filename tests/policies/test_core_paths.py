"""What the cases set exists in the SDK that the platform is written with.

Together with the mutation test this proves the property paths of the rules: a path that a rule reads is set by one of
its cases, and what a case sets is a property of the resource. Values are not compared: bad ones are what cases are for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from emulator.shape import check
from emulator.values import UNKNOWN as EMULATOR_UNKNOWN
from policies.table import RULES
from resources.values import SECRET, UNKNOWN
from tests.policies.cases import Cases
from tests.policies.harness import cases, token

ON_PURPOSE = {"storage:StorageAccount properties", "cdn:AFDCustomDomain enabledState"}
"""Set where there is no such property: the rule must look only where there is."""


def _value(value: Any) -> Any:
    if value is UNKNOWN or value is SECRET:
        return EMULATOR_UNKNOWN
    if isinstance(value, Mapping):
        return {key: _value(each) for key, each in value.items()}
    return [_value(each) for each in value] if isinstance(value, (list, tuple)) else value


def _problems(written: Cases) -> set[str]:
    found = set()
    for case in written.each():
        for raw in case.resources:
            if token(raw).startswith("azure-native:") and "/" not in raw.type:
                problems = check(token(raw), _value(raw.props))
                found |= {f"{raw.type} {each.path}" for each in problems if " has no property " in each.message}
    return found


@pytest.mark.parametrize("rule_id", RULES)
def test_every_input_of_a_case_exists_in_the_sdk(rule_id: str) -> None:
    assert _problems(cases()[rule_id]) - ON_PURPOSE == set()


def test_what_is_set_on_purpose_is_still_set() -> None:
    assert {problem for written in cases().values() for problem in _problems(written)} == ON_PURPOSE

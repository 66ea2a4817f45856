"""A rule whose condition is broken is noticed: some case of it gets another verdict.

Every rule's check is broken in up to six ways, always the same. A survivor means that a side of the condition has no
case.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from types import FunctionType
from typing import Any

import pytest

from policies.rule import Rule
from policies.table import RULES, TABLE
from tests.policies.cases import Also
from tests.policies.harness import by_library, cases, worst
from tests.policies.mutants import MOST, Mutant, _node, _rebuilt, mutants


def _survives(rule: Rule, mutant: Mutant, each: list[Also]) -> bool:
    namespace, name, function = mutant.patch
    check: Callable[..., Any] = rule.check
    if not name:
        check = partial(function, *check.args, **check.keywords) if isinstance(check, partial) else function
    kept = namespace.get(name)
    if name:
        namespace[name] = function
    try:
        broken = replace(rule, check=check)
        return all(worst(by_library(broken, case)) == case.verdict for case in each)
    finally:
        if name:
            namespace[name] = kept


@pytest.mark.parametrize("rule", TABLE, ids=lambda rule: rule.id)
def test_breaking_the_condition_makes_a_case_fail(rule: Rule) -> None:
    made = mutants(rule.check)
    assert 2 <= len(made) <= MOST, f"{len(made)} mutants of {rule.id}"
    survivors = [each.words for each in made if _survives(rule, each, cases()[rule.id].each())]
    assert not survivors, f"{rule.id} passes all of its cases although: {'; '.join(survivors)}"


def test_mutants_are_the_same_every_time() -> None:
    rule = next(iter(RULES.values()))
    assert [each.words for each in mutants(rule.check)] == [each.words for each in mutants(rule.check)]


def test_the_original_check_passes_its_cases_when_it_is_rebuilt() -> None:
    """The mutants differ from the rule by their one change, not by how they are made."""
    for rule in TABLE:
        if isinstance(rule.check, FunctionType):
            same = replace(rule, check=_rebuilt(_node(rule.check), rule.check))
            wrong = [case.name for case in cases()[rule.id].each() if worst(by_library(same, case)) != case.verdict]
            assert not wrong, rule.id

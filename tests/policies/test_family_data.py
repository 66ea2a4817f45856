"""The rules about stores of data: storage, vault, database, cache. Their cases, their remediations, their examples."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from emulator import shape
from policies.model import Context
from policies.parameters import PARAMETERS
from policies.rule import Rule
from policies.rules.shared import addresses, days, span
from policies.table import FAMILIES
from resources.model import Verdict
from resources.values import SECRET
from tests.policies.cases import Also, Raw
from tests.policies.fixtures import keyvault as keyvault_cases
from tests.policies.fixtures import postgres as postgres_cases
from tests.policies.fixtures import redis as redis_cases
from tests.policies.fixtures import storage as storage_cases
from tests.policies.harness import by_library, graph, is_error, worst

FOUR = ("storage", "keyvault", "postgres", "redis")
RULES = {rule.id: rule for family in FOUR for rule in FAMILIES[family]}
CASES = storage_cases.CASES | keyvault_cases.CASES | postgres_cases.CASES | redis_cases.CASES
EACH = [pytest.param(RULES[key], case, id=f"{key}: {case.name}") for key in CASES for case in CASES[key].each()]
FIXED = [pytest.param(RULES[key], case, id=f"{key}: {case.name}") for key in CASES if RULES[key].remediate
         for case in CASES[key].each() if case.verdict is Verdict.FAIL]  # fmt: skip
EXAMPLES = [pytest.param(text, id=f"{rule.id}: {kind}") for rule in RULES.values()
            for kind, text in (("bad", rule.bad), ("good", rule.good))]  # fmt: skip


def test_the_four_families_have_their_49_rules_in_order() -> None:
    counts = {"ST": 16, "KV": 11, "PG": 14, "RD": 8}
    wanted = [f"{family}-{number:02}" for family, count in counts.items() for number in range(1, count + 1)]
    assert list(RULES) == wanted
    assert set(CASES) == set(wanted), "rules without cases, or cases without a rule"


@pytest.mark.parametrize(("rule", "case"), EACH)
def test_a_check_gives_the_verdict_of_its_case(rule: Rule, case: Also) -> None:
    findings = by_library(rule, case)
    assert not [each for each in findings if is_error(each)], "the check raised"
    assert worst(findings) is case.verdict, f"{case.name}: {findings}"


def _set(props: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    head, _, rest = path.partition(".")
    return {**props, head: _set(props.get(head) or {}, rest, value) if rest else value}


def _remedied(rule: Rule, raw: Raw, case: Also) -> Raw:
    assert rule.remediate, "a rule that can be fixed says how"
    resource = graph([raw]).resources[0]
    context = Context(graph([raw]), PARAMETERS["prod"], case.profile)
    props: Mapping[str, Any] = raw.props
    for path, value in rule.remediate(resource, context).items():
        props = _set(props, path, value)
    return replace(raw, props=props)


@pytest.mark.parametrize(("rule", "case"), FIXED)
def test_a_remediation_makes_what_failed_pass(rule: Rule, case: Also) -> None:
    mended = replace(case, resources=[_remedied(rule, raw, case) for raw in case.resources])
    assert worst(by_library(rule, mended)) is Verdict.PASS, f"{rule.id} still fails {case.name!r} once it is remedied"


def test_a_remediation_does_not_widen_what_is_narrower_already() -> None:
    raw = storage_cases.account(allowCrossTenantReplication=True, allowedCopyScope="PrivateLink")[0]
    case = Also(name="narrow", verdict=Verdict.FAIL, resources=[raw])
    assert _remedied(RULES["ST-09"], raw, case).props["allowedCopyScope"] == "PrivateLink"


def _calls(text: str) -> Iterator[tuple[str, str, list[str]]]:
    for node in ast.walk(ast.parse(text, mode="eval")):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=module), attr=name)):
                yield module, name, [each.arg for each in node.keywords if each.arg]


@pytest.mark.parametrize("text", EXAMPLES)
def test_an_example_uses_classes_and_arguments_of_the_sdk(text: str) -> None:
    calls = list(_calls(text))
    assert calls, "an example builds something"
    for module, name, arguments in calls:
        made = getattr(importlib.import_module(f"pulumi_azure_native.{module}"), name)
        known = inspect.signature(getattr(made, "_internal_init", made.__init__)).parameters
        assert not set(arguments) - set(known), f"{module}.{name} has no such argument"


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return "secret" if value is SECRET else value


@pytest.mark.parametrize("key", CASES)
def test_the_case_that_passes_has_properties_and_values_of_the_sdk(key: str) -> None:
    """A rule that reads a misspelt property would fail everybody; its passing case would be misspelt the same way."""
    for raw in CASES[key].pass_:
        problems = shape.check(f"azure-native:{raw.type}", _plain(raw.props))
        wrong = [each for each in problems if "required and missing" not in each.message]
        assert not wrong, f"{key}: {wrong}"


@pytest.mark.parametrize(
    ("text", "length"),
    [("P90D", 90), ("P1Y", 365), ("P1Y30D", 395), ("P2W", 14), ("PT36H", 1.5), ("P", None), ("90", None), (None, None)],
)
def test_durations_are_read_in_days(text: str | None, length: float | None) -> None:
    assert days(text) == length


def test_addresses_are_counted() -> None:
    assert addresses("203.0.113.7") == 1
    assert addresses("203.0.113.7/24") == 256, "host bits do not make a range another one"
    assert addresses("everywhere") is None
    assert span("203.0.113.1", "203.0.113.4") == 4
    assert span("203.0.113.4", "203.0.113.1") is None, "a range runs forwards"

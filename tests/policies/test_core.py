"""The whole table: what it holds, and that it agrees with the list in rules.tsv."""

from __future__ import annotations

import csv
import importlib
import pkgutil
from pathlib import Path

import pytest

from policies import rules
from policies.controls import FRAMEWORKS
from policies.rule import Rule
from policies.table import RULES, TABLE

EXPECTED = {
    row["id"]: row
    for row in csv.DictReader(
        (line for line in (Path(__file__).parent / "rules.tsv").read_text().splitlines() if not line.startswith("#")),
        delimiter="\t",
    )
}


def test_the_table_has_exactly_the_listed_rules() -> None:
    assert [rule.id for rule in TABLE] == list(EXPECTED), "ids and their order"


@pytest.mark.parametrize("rule", TABLE, ids=lambda rule: rule.id)
def test_a_rule_is_as_its_row_lists_it(rule: Rule) -> None:
    row = EXPECTED[rule.id]
    found = (rule.title, rule.severity, rule.scope, rule.profile, "fix" if rule.remediate else "")
    assert found == (row["title"], row["severity"], row["scope"], row["profile"], row["fix"])


@pytest.mark.parametrize("rule", TABLE, ids=lambda rule: rule.id)
def test_a_rule_serves_exactly_the_listed_controls(rule: Rule) -> None:
    row = EXPECTED[rule.id]
    prefixes = {"iso": "A.", "hipaa": "164.", "gdpr": "Art. "}
    for field, prefix in prefixes.items():
        wanted = [f"{prefix}{each}" for each in row[field].split(", ") if each]
        assert [each.id for each in getattr(rule, field)] == wanted, field


@pytest.mark.parametrize("rule", TABLE, ids=lambda rule: rule.id)
def test_a_mapping_names_a_control_that_exists_its_strength_and_why(rule: Rule) -> None:
    for framework in FRAMEWORKS:
        for control in getattr(rule, framework.key):
            assert framework.find(control.id), f"{control.id} is not in {framework.name}"
            assert control.strength in {"direct", "supporting"}
            assert 20 <= len(control.rationale) <= 140, control.id
            assert control.rationale.endswith(".") and "\n" not in control.rationale, control.id


@pytest.mark.parametrize("rule", TABLE, ids=lambda rule: rule.id)
def test_a_rule_is_documented(rule: Rule) -> None:
    for field in ("what", "why", "remediation", "azure_default", "bad", "good", "property"):
        assert len(getattr(rule, field)) >= 3, field
    assert rule.types
    assert len(rule.types) == len(set(rule.types))


def test_ids_are_unique() -> None:
    assert len(RULES) == len(TABLE)


def test_no_module_of_rules_is_forgotten() -> None:
    listed = {id(rule) for rule in TABLE}
    for module in pkgutil.walk_packages(rules.__path__, f"{rules.__name__}."):
        for rule in getattr(importlib.import_module(module.name), "RULES", ()):
            assert id(rule) in listed, f"{rule.id} of {module.name} is not in the table"

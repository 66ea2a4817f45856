"""The whole table: what it holds, and that it is what the design document says."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from policies.controls import FRAMEWORKS
from policies.table import RULES, TABLE, Rule

EXPECTED = {
    row["id"]: row
    for row in csv.DictReader(
        (line for line in (Path(__file__).parent / "rules.tsv").read_text().splitlines() if not line.startswith("#")),
        delimiter="\t",
    )
}


def test_the_table_has_exactly_the_147_rules_of_the_design() -> None:
    assert [rule.id for rule in TABLE] == list(EXPECTED), "ids and their order"


@pytest.mark.parametrize("rule", TABLE, ids=lambda rule: rule.id)
def test_a_rule_is_the_row_of_the_design(rule: Rule) -> None:
    row = EXPECTED[rule.id]
    found = (rule.title, rule.severity, rule.scope, rule.profile, "fix" if rule.fix else "")
    assert found == (row["title"], row["severity"], row["scope"], row["profile"], row["fix"])


@pytest.mark.parametrize("rule", TABLE, ids=lambda rule: rule.id)
def test_a_rule_serves_exactly_the_controls_of_the_design(rule: Rule) -> None:
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
            assert len(control.rationale) >= 15 and "\n" not in control.rationale, control.id


@pytest.mark.parametrize("rule", TABLE, ids=lambda rule: rule.id)
def test_a_rule_is_documented(rule: Rule) -> None:
    for field in ("what", "why", "remediation", "azure_default", "bad", "good", "property"):
        assert len(getattr(rule, field)) >= 3, field
    assert rule.types
    assert len(rule.types) == len(set(rule.types))


@pytest.mark.parametrize("rule", TABLE, ids=lambda rule: rule.id)
def test_a_rule_has_a_remediation_exactly_if_it_has_a_safe_fix(rule: Rule) -> None:
    assert (rule.remediate is not None) == rule.fix


def test_there_are_15_safe_fixes() -> None:
    assert len([rule for rule in TABLE if rule.fix]) == 15


def test_ids_are_unique() -> None:
    assert len(RULES) == len(TABLE)

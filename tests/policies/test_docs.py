"""The pages about rules say what the table says."""

from __future__ import annotations

import ast
import re

import pytest

from policies import docs
from policies.docs import FOLDER, TITLES, pages, stale, write
from policies.rule import Rule
from policies.table import FAMILIES, TABLE


def test_the_committed_pages_are_current() -> None:
    assert not stale(), f"run `python -m policies.docs`; these pages differ from the table: {stale()}"


def test_every_rule_has_a_page_and_no_page_is_without_a_rule() -> None:
    assert {file.stem for file in FOLDER.glob("*.md")} == {rule.id for rule in TABLE} | {"README"}


@pytest.mark.parametrize("rule", TABLE, ids=lambda rule: rule.id)
def test_a_page_has_all_that_a_reader_asks_for(rule: Rule) -> None:
    text = pages()[f"{rule.id}.md"]
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings == ["What", "Why", "Azure's default", "Bad", "Good", "Fix", "Controls", "Waiver"]
    for said in (rule.what, rule.why, rule.bad, rule.good, rule.remediation, rule.azure_default):
        assert said in text
    for control in (*rule.iso, *rule.hipaa, *rule.gdpr):
        assert f"{control.id} " in text and control.rationale in text


@pytest.mark.parametrize("rule", TABLE, ids=lambda rule: rule.id)
def test_a_control_is_shown_with_its_title(rule: Rule) -> None:
    """An empty title means that the mapping leads nowhere."""
    for line in pages()[f"{rule.id}.md"].splitlines():
        if line.endswith("|") and ("| direct |" in line or "| supporting |" in line):
            assert re.search(r"\| (A\.|164\.|Art\. )\S+ \S+", line), line


def test_examples_of_all_rules_are_python() -> None:
    wrong = []
    for rule in TABLE:
        for text in (rule.bad, rule.good):
            try:
                ast.parse(text.replace(", …", ", **_").replace("…", "..."))
            except SyntaxError as error:
                wrong.append(f"{rule.id}: {error.msg}")
    assert not wrong, wrong


def test_the_index_names_every_rule_once_by_family_and_every_control_of_each_framework() -> None:
    text = pages()["README.md"]
    for rule in TABLE:
        assert text.count(f"| [{rule.id}]({rule.id}.md) | {rule.title} |") == 1
    for framework in docs.FRAMEWORKS:
        assert f"## {framework.name}" in text
        assert all(f"| {one.id} {one.title} |" in text for one in framework.requirements)


def test_families_have_a_heading_and_a_prefix_of_their_own() -> None:
    assert set(TITLES) == set(FAMILIES)
    prefixes = [{rule.id[:3] for rule in rules} for rules in FAMILIES.values()]
    assert all(len(each) == 1 for each in prefixes)
    assert len(set.union(*prefixes)) == len(FAMILIES)


def test_a_changed_page_and_a_foreign_one_are_noticed_and_mended(tmp_path) -> None:
    write(tmp_path)
    assert stale(tmp_path) == []
    (tmp_path / "ST-01.md").write_text("edited by hand", encoding="utf-8")
    (tmp_path / "XX-99.md").write_text("no such rule", encoding="utf-8")
    assert stale(tmp_path) == ["ST-01.md", "XX-99.md"]
    write(tmp_path)
    assert stale(tmp_path) == [] and not (tmp_path / "XX-99.md").exists()

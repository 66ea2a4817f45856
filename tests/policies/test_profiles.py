"""Profiles: prod is never weaker than test, and test never weaker than dev."""

from __future__ import annotations

from pathlib import Path

import pytest

from policies import profiles
from policies.files import PolicyFileError
from policies.profiles import ORDER, PROFILES, level
from policies.rule import Rule
from policies.start import profile_of
from policies.table import TABLE


@pytest.mark.parametrize("rule", TABLE, ids=lambda rule: rule.id)
def test_prod_is_never_weaker_than_test_and_test_never_weaker_than_dev(rule: Rule) -> None:
    strictness = [ORDER.index(level(rule, profile, profiles.load())) for profile in PROFILES]
    assert strictness == sorted(strictness)


def test_the_levels_are_those_of_the_design() -> None:
    assert {name: tuple(row.values()) for name, row in profiles.LEVELS.items()} == {
        "P1": ("mandatory", "mandatory", "mandatory"),
        "P2": ("advisory", "mandatory", "mandatory"),
        "P3": ("disabled", "advisory", "mandatory"),
        "P4": ("advisory", "advisory", "advisory"),
    }


@pytest.mark.parametrize(
    ("environment", "profile"), [("dev", "dev"), ("tst", "test"), ("pro", "prod"), (None, "prod"), ("qa", "prod")]
)
def test_the_environment_of_the_stack_decides_and_the_strictest_profile_where_it_is_not_known(
    environment: str | None, profile: str
) -> None:
    assert profile_of(None, environment) == profile


def test_a_profile_that_was_asked_for_wins_over_the_environment() -> None:
    assert profile_of("test", "dev") == "test"


def test_an_unknown_profile_is_refused() -> None:
    with pytest.raises(ValueError, match="no such profile; allowed: dev, test, prod"):
        profile_of("staging", "dev")


@pytest.fixture
def write(tmp_path: Path):
    def write(text: str) -> Path:
        (tmp_path / "levels.yaml").write_text(text, encoding="utf-8")
        return tmp_path

    return write


def _fault(root: Path) -> str:
    with pytest.raises(PolicyFileError) as caught:
        profiles.load(root, "levels.yaml")
    return str(caught.value)


def test_a_level_can_be_tightened(write) -> None:
    tightened = profiles.load(write("levels:\n  ST-10: {dev: advisory}\n"), "levels.yaml")
    rule = next(each for each in TABLE if each.id == "ST-10")
    assert [level(rule, profile, tightened) for profile in PROFILES] == ["advisory", "advisory", "mandatory"]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("levels:\n  ST-99: {dev: advisory}\n", 2, "there is no such rule"),
        ("levels:\n  ST-01: {staging: advisory}\n", 2, "unknown key"),
        ("levels:\n  ST-10: {dev: fatal}\n", 2, "there is no such level"),
        ("levels:\n\n  ST-01:\n    dev: advisory\n", 4, "weaker than the table"),
        ("levels:\n  ST-10: {dev: mandatory}\n", 2, "test must be as strict as dev"),
        ("level: {}\n", 1, "did you mean levels"),
        ("levels: [a]\n", 1, "a mapping is expected"),
        ("levels: {\n", 2, "the file is not YAML"),
    ],
)
def test_a_fault_of_the_file_is_refused_with_its_line(write, text: str, line: int, words: str) -> None:
    report = _fault(write(text))
    assert f"levels.yaml:{line}:" in report.replace("levels.yaml:2\n", "levels.yaml:2:"), report
    assert words in report


def test_all_faults_are_told_at_once(write) -> None:
    assert _fault(write("levels:\n  ST-99: {dev: advisory}\n  ST-10: {dev: fatal}\n")).startswith("2 problems")

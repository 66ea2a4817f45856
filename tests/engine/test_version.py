"""Version numbers as tools write them, and which engine is good enough."""

from __future__ import annotations

import pytest

from engine.version import ENGINE, Version, parse, suits


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("v3.259.0", Version(3, 259, 0)),
        ("3.259.1-alpha.17+dirty", Version(3, 259, 1)),
        ("go version go1.26.8 linux/amd64", Version(1, 26, 8)),
        ("go version go1.25 darwin/arm64", Version(1, 25, 0)),
        ("Python 3.11.7", Version(3, 11, 7)),
        ("git version 2.39.5 (Apple Git-154)", Version(2, 39, 5)),
        ("no numbers here", None),
        ("", None),
    ],
)
def test_the_first_version_in_a_tools_answer_is_read(text: str, version: Version | None) -> None:
    assert parse(text) == version


@pytest.mark.parametrize(
    ("version", "good"),
    [("3.259.0", True), ("3.259.7", True), ("3.300.1", True), ("3.258.9", False), ("2.300.0", False), ("4.0.0", False)],
)
def test_an_engine_is_good_from_the_tested_version_to_the_next_major(version: str, good: bool) -> None:
    assert suits(parse(version)) is good, f"the tested engine is {ENGINE}"


def test_an_engine_of_unknown_version_is_not_good() -> None:
    assert not suits(None)

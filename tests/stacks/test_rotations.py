"""Counts go up one by one, from what is deployed: any other step would change a password in use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stacks.rotations import skipped
from tests.cli.test_rotate import JWT, PASSWORD, state
from tests.settings.conftest import copied


def steps(tmp_path: Path, deployed: dict[str, Any], wanted: dict[str, int]) -> list[str]:
    project = copied(tmp_path)
    return list(skipped(deployed, project.edit("dev", "security.rotations", wanted).load()))


@pytest.mark.parametrize(
    ("before", "after"),
    [(None, None), (None, 0), (0, None), (0, 0), (0, 1), (1, 1), (1, 2), (7, 8)],
)
def test_a_count_stays_or_goes_up_by_one(tmp_path: Path, before: int | None, after: int | None) -> None:
    deployed = state(None if before is None else {PASSWORD: before})
    assert not steps(tmp_path, deployed, {} if after is None else {PASSWORD: after})


@pytest.mark.parametrize(
    ("before", "after", "write"), [(None, 1, "no entry"), (0, 2, "0"), (2, 1, "2"), (2, None, "2"), (1, 3, "1")]
)
def test_any_other_step_is_refused_with_what_to_write(
    tmp_path: Path, before: int | None, after: int | None, write: str
) -> None:
    deployed = state(None if before is None else {PASSWORD: before})
    (text,) = steps(tmp_path, deployed, {} if after is None else {PASSWORD: after})
    assert f"security.rotations.{PASSWORD}" in text
    assert f"Write {write};" in text
    assert f"rotate STACK {PASSWORD}" in text


def test_another_secret_needs_no_preparation(tmp_path: Path) -> None:
    assert not steps(tmp_path, state(), {JWT: 1})


def test_what_is_not_deployed_yet_may_begin_anywhere(tmp_path: Path) -> None:
    """An installation that is built again after a loss keeps its counts."""
    assert not steps(tmp_path, {"resources": []}, {PASSWORD: 5, JWT: 3})


def test_an_application_that_is_new_may_begin_anywhere(tmp_path: Path) -> None:
    assert not steps(tmp_path, state(None, JWT), {PASSWORD: 5})

"""Fixtures of the tests of promotion."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.promotion.cases import Case


@pytest.fixture
def case(tmp_path: Path) -> Case:
    """Two stacks with empty ledgers."""
    return Case(tmp_path)

"""Fixtures of the policy tests."""

from __future__ import annotations

from datetime import date

import pytest


@pytest.fixture
def today() -> date:
    """The day on which the shipped waivers are judged here."""
    return date(2026, 11, 24)

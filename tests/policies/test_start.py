"""The day on which waivers are judged can be pretended on the local Azure, and nowhere else."""

from __future__ import annotations

import datetime as dt

import pytest

from judging.judgement import PolicyFiles
from policies.start import setup, today_of
from support.errors import Exit, OperationError
from targets.name import TargetName

AFTER_ALL = "2099-01-01"
"""A day on which every shipped waiver has expired."""
PRETENDED = {"FABRIX_TODAY": AFTER_ALL}


def today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()


def test_the_local_azure_takes_the_day_of_the_environment() -> None:
    assert today_of(PRETENDED, local=True) == dt.date(2099, 1, 1)
    assert today_of({}, local=True) == today()


def test_no_environment_variable_brings_a_waiver_of_a_real_environment_back(monkeypatch: pytest.MonkeyPatch) -> None:
    assert today_of(PRETENDED, local=False) == today()
    monkeypatch.setenv("FABRIX_TODAY", AFTER_ALL)
    assert PolicyFiles.read(TargetName.LOCAL).waivers.in_force == ()
    monkeypatch.delenv("FABRIX_TODAY")
    real = PolicyFiles.read(TargetName.AZURE)
    monkeypatch.setenv("FABRIX_TODAY", AFTER_ALL)
    assert PolicyFiles.read(TargetName.AZURE) == real


@pytest.mark.parametrize("target", [{}, {"FABRIX_TARGET": "azure"}], ids=["plain pulumi", "azure"])
def test_the_pack_does_the_same(target: dict[str, str]) -> None:
    stack = {"installation": {"environment": "dev"}}
    assert setup({**PRETENDED, **target}, stack).waivers == setup(target, stack).waivers
    assert setup({**PRETENDED, "FABRIX_TARGET": "local"}, stack).waivers.in_force == ()


def test_a_day_that_does_not_exist_is_bad_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FABRIX_TODAY", "tomorrow")
    with pytest.raises(OperationError, match="FABRIX_TODAY=tomorrow is no day") as refused:
        PolicyFiles.read(TargetName.LOCAL)
    assert refused.value.code is Exit.BAD_INPUT

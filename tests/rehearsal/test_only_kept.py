"""What a region gives to nothing new: taken for deployed only where something says that it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from rehearsal import check as module
from rehearsal.check import CheckedStack, CheckPlan, has_it_already
from settings import load
from support.console import Console
from support.errors import OperationError
from tests.settings.conftest import copied


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No state anywhere."""
    monkeypatch.setattr(module.LocalTarget, "has_stack", lambda *_: False)
    monkeypatch.setattr(module.AzureTarget, "backend_url", lambda _: "")
    return monkeypatch


def test_no_state_means_that_it_is_new(nowhere: pytest.MonkeyPatch) -> None:
    assert not has_it_already("test", None)
    nowhere.setattr(module.LocalTarget, "has_stack", lambda *_: True)
    assert has_it_already("test", None)


def test_the_configured_backend_is_asked_and_one_that_does_not_answer_proves_nothing(
    nowhere: pytest.MonkeyPatch,
) -> None:
    def unreachable(*_: object) -> bool:
        raise OperationError("the backend cannot be reached")

    nowhere.setattr(module.AzureTarget, "backend_url", lambda _: "azblob://state-test?storage_account=st")
    for answer, taken in ((lambda *_: False, False), (lambda *_: True, True), (unreachable, True)):
        nowhere.setattr(module.AzureTarget, "has_stack", answer)
        assert has_it_already("test", None) is taken


def test_an_earlier_revision_that_asked_for_it_counts_and_a_change_that_brings_it_does_not(tmp_path: Path) -> None:
    project = copied(tmp_path)
    assert not has_it_already("test", project.root), "the shipped stack asks for nothing that is blocked"
    project.edit("test", "installation.region", "westeurope")
    assert has_it_already("test", project.root)


def test_a_new_one_fails_the_check_and_a_deployed_one_is_a_note(nowhere: pytest.MonkeyPatch, tmp_path: Path) -> None:
    platform = YAML(typ="safe").load((module.ROOT / "Pulumi.test.yaml").read_text(encoding="utf-8"))
    raw: dict[str, Any] = platform["config"]["aifabrix:platform"]
    raw["installation"]["region"] = "westeurope"
    settings = load.config(module.ROOT, raw)
    plan = CheckPlan({"test": settings}, None, None, None, and_back=False)  # ty: ignore[invalid-argument-type]
    broken = type("End", (), {"errors": ["the engine is not started in this test"]})
    nowhere.setattr(module, "_deploy", lambda *_: broken)

    def checked() -> CheckedStack:
        return module._check(plan, "test", None, tmp_path, None, Console(as_json=True))  # ty: ignore[invalid-argument-type]

    new = checked()
    assert new.failed and new.notes == []
    assert "Azure makes no new PostgreSQL servers with a standby" in new.errors[0] and "regionFeatures" in new.errors[0]
    nowhere.setattr(module.LocalTarget, "has_stack", lambda *_: True)
    known = checked()
    assert len(known.errors) == 1 and "is taken for deployed" in known.notes[0]

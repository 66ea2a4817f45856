"""A restore whose lock is lost changes nothing, and its stack is removed only if it holds nothing."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from promotion.restore import run
from promotion.restore.plan import make_plan
from records import lock
from records.ledger import Ledger
from settings import load
from stacks.pulumi_cli import PulumiCli
from stacks.session import Session
from support.console import Console
from support.errors import Exit, OperationError
from targets.local import LocalTarget

from .sample import NOW, source

ROOT = Path(__file__).resolve().parents[3]


class Engine:
    """Stands in for the engine: has a state, and records its commands."""

    def __init__(self, **deployment: Any) -> None:
        self.deployment = deployment
        self.commands: list[tuple[str, ...]] = []

    def export(self) -> dict[str, Any]:
        return {"deployment": self.deployment}

    def query(self, *arguments: str, **_: Any) -> None:
        self.commands.append(arguments)

    def run(self, *arguments: str, **_: Any) -> None:
        raise AssertionError(f"the engine was run: {arguments}")


@pytest.mark.parametrize(
    ("deployment", "goes"),
    [
        ({}, True),
        ({"resources": [], "pending_operations": []}, True),
        ({"resources": [{"urn": "one"}]}, False),
        ({"pending_operations": [{"resource": {"urn": "one"}, "type": "creating"}]}, False),
    ],
)
def test_a_stack_that_may_hold_something_stays(deployment: dict[str, Any], goes: bool) -> None:
    engine = Engine(**deployment)
    run._remove_if_empty(cast("PulumiCli", engine))
    assert bool(engine.commands) is goes, (
        "what an interrupted run began may exist in Azure, and only the stack knows of it"
    )


def test_a_lock_that_was_lost_meanwhile_keeps_the_engine_from_being_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that slept: the ledger was read before, and the lock ran out then."""
    monkeypatch.delenv("FABRIX_STATE_URL", raising=False)
    slept = 0.0
    clock = SimpleNamespace(monotonic=time.monotonic, time=lambda: time.time() + slept)
    monkeypatch.setattr(lock, "time", clock)

    class Book:
        def require_valid(self) -> None:
            nonlocal slept
            slept = 2 * lock.TTL

    session = Session("dev", LocalTarget(tmp_path), Console(as_json=True))
    plan = make_plan("dev", "2026-11-24T09:15:30Z", NOW, source(), load.stack(ROOT, "dev"))
    with pytest.raises(OperationError, match=r"was lost.*Nothing further was changed") as caught:
        run._restore(session, cast("PulumiCli", Engine()), plan, 1, cast("Ledger", Book()))
    assert caught.value.code is Exit.REFUSED

"""What the doctor finds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine import doctor


def test_an_empty_machine_gets_a_remedy_for_everything_that_is_missing(empty_machine: Path) -> None:
    found = {finding.name: finding for finding in doctor.inspect()}
    assert list(found) == ["python", "engine", "language host", "go", "disk space", "git"]
    missing = {name for name, finding in found.items() if not finding.ok}
    assert missing == {"engine", "language host", "git"}
    assert all(found[name].remedy for name in missing), "everything that is missing has a remedy"
    assert found["go"].ok, "Go is needed only to build, and then installed from its wheel"
    assert not empty_machine.exists(), "looking changes nothing"


def test_an_engine_that_is_not_good_enough_is_named(
    tool: Callable[..., Path], empty_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tool("pulumi", "v3.100.0").parent
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    engine = next(finding for finding in doctor.inspect() if finding.name == "engine")
    assert not engine.ok
    assert engine.as_dict()["ok"] is False
    assert "3.100.0" in engine.found

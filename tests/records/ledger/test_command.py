"""``./fabrix ledger show`` and ``verify``."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.ledger import app
from records import ledger as package
from records.identity import Identity
from records.ledger import Entry
from support.errors import Exit, OperationError
from targets.local import LocalTarget

Run = Callable[..., Result]
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("FABRIX_LOCAL_HOME", str(tmp_path))
    monkeypatch.delenv("FABRIX_STATE_URL", raising=False)
    monkeypatch.setenv("FABRIX_NOW", "2026-11-24T10:00:00Z")
    return lambda *arguments: CliRunner().invoke(app, arguments)


@pytest.fixture
def written(run: Run, tmp_path: Path) -> list[Entry]:
    ledger = package.open_ledger(LocalTarget(tmp_path), "dev")
    return [
        ledger.append("gate", {"words": "gate health passed: all apps answer"}),
        ledger.append("promotion", {"phase": "finished", "release": "2026.11.0", "plan": {"much": 1}}),
    ]


def test_show_prints_a_line_for_each_entry_and_the_digest_to_note(run: Run, written: list[Entry]) -> None:
    lines = run("show", "dev").stdout.splitlines()
    assert lines[0].startswith("   1  2026-11-24T10:00:00Z  ")
    assert lines[0].endswith("gate: gate health passed: all apps answer")
    assert lines[1].endswith("promotion: phase finished, release 2026.11.0"), "without words, the plain values tell it"
    assert written[1].digest in lines[2]


def test_show_as_json_holds_everything(run: Run, written: list[Entry]) -> None:
    document = json.loads(run("show", "dev", "--json", "--kind", "promotion").stdout)
    assert document["ok"] is True and document["count"] == 2 and document["head"] == written[1].digest
    assert document["entries"] == [written[1].document()]


def test_show_says_plainly_that_a_changed_ledger_is_not_to_be_relied_on(
    run: Run, written: list[Entry], tmp_path: Path
) -> None:
    (tmp_path / "records" / "ledger" / "dev" / "000001.json").unlink()
    assert "NOT RELIABLE: 1 fault" in run("show", "dev").stdout
    assert json.loads(run("show", "dev", "--json").stdout)["ok"] is False


def test_verify_says_that_it_holds(run: Run, written: list[Entry]) -> None:
    result = run("verify", "dev", "--head", written[0].digest)
    assert result.exit_code == 0 and "2 entries, complete, in order, signed" in result.stdout
    document = json.loads(run("verify", "dev", "--json").stdout)
    assert document["ok"] is True and document["faults"] == [] and document["head"] == written[1].digest


def test_verify_refuses_with_every_fault_and_the_way_forward(run: Run, written: list[Entry], tmp_path: Path) -> None:
    (tmp_path / "records" / "ledger" / "dev" / "000002.json").unlink()
    result = run("verify", "dev", "--head", "0" * 64)
    error = result.exception
    assert isinstance(error, OperationError) and error.code is Exit.REFUSED
    assert "2 faults" in str(error) and "entry 2: removed" in str(error) and "anchor" in str(error)
    assert [fault["kind"] for fault in error.details["faults"]] == ["removed", "anchor"]
    assert all(fault["way"] for fault in error.details["faults"])


def test_a_ledger_that_nobody_wrote_is_empty_and_not_wrong(run: Run) -> None:
    assert "is empty" in run("show", "dev").stdout
    assert "is empty" in run("verify", "dev").stdout


def test_bad_input_is_told(run: Run, tmp_path: Path) -> None:
    for arguments in (("show", "nowhere"), ("show", "dev", "--kind", "party"), ("verify", "dev", "--key", "none.pem")):
        error = run(*arguments).exception
        assert isinstance(error, OperationError) and error.code is Exit.BAD_INPUT, arguments


def test_one_line_stays_one_line() -> None:
    entry = Entry(7, "gate", "t", Identity("a", "os"), {"a": "x\ny" * 99, "b": True, "c": None, "d": []}, {}, "", "")
    line = entry.line()
    assert "\n" not in line and len(line) < 200 and "b yes" in line and "c none" in line


def test_the_launcher_ends_with_three_for_a_changed_ledger_and_two_for_a_key_that_nobody_named(
    written: list[Entry], tmp_path: Path
) -> None:
    def fabrix(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(ROOT / "fabrix"), "ledger", *arguments, "--json"]
        place = {"FABRIX_LOCAL_HOME": str(tmp_path), "FABRIX_LEDGER_KEY": ""}
        return subprocess.run(
            command, env={**os.environ, **place}, capture_output=True, text=True, timeout=120, check=False
        )

    assert fabrix("verify", "dev").returncode == 0
    (tmp_path / "records" / "ledger" / "dev" / "000001.json").write_bytes(b"{}")
    changed = fabrix("verify", "dev")
    document = json.loads(changed.stdout)
    assert changed.returncode == 3, changed.stderr
    assert (document["ok"], document["exit"], document["faults"][0]["kind"]) == (False, 3, "changed")
    assert changed.stderr.startswith("Target: local Azure (emulated"), "the first line says where the command acts"
    unnamed = fabrix("verify", "dev", "--target", "azure")
    assert unnamed.returncode == 2 and json.loads(unnamed.stdout)["ok"] is False

"""Failing, hanging, flooding and vanished installations hide no other; nothing outlives the command."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from .fakes import answering, fake, listing, run, start, status


def gone(pid: int, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def written(file: Path, seconds: float = 20) -> int:
    deadline = time.monotonic() + seconds
    while not (file.exists() and file.read_text(encoding="utf-8").strip()):
        assert time.monotonic() < deadline, f"{file.name} was never written"
        time.sleep(0.05)
    return int(file.read_text(encoding="utf-8"))


HANGS = ("sleep 600 & echo $! > child.pid", "trap '' INT TERM", "wait", "sleep 600")
"""Starts a child of its own and ignores being asked to end."""


def test_one_that_breaks_hides_no_other(tmp_path: Path) -> None:
    answering(tmp_path / "good", status())
    answering(tmp_path / "old", status(release="2024.1.0", extra={"unknown": True}))
    fake(tmp_path / "failing", "echo 'error: no such tenant' >&2; exit 1")
    fake(tmp_path / "garbage", "head -c 100000 /dev/urandom")
    fake(tmp_path / "flood", "yes")
    fake(tmp_path / "hanging", *HANGS)
    (tmp_path / "empty").mkdir()
    fake(tmp_path / "forbidden", "true").joinpath("fabrix").chmod(0o644)
    unprepared = answering(tmp_path / "unprepared", status())
    (unprepared / "requirements.txt").write_text("pulumi==3\n", encoding="utf-8")
    names = ["hanging", "good", "failing", "garbage", "flood", "empty", "missing", "forbidden", "unprepared", "old"]
    ran = run("status", listing(tmp_path, *names), timeout=6)
    assert ran.code == 1
    assert [one["name"] for one in ran.document["installations"]] == names, "in the file's order"
    assert ran.healthy == {"good", "old"}
    assert ran.document["counts"] == {"installations": 10, "healthy": 2, "unhealthy": 8}
    assert ran.document["slowest"]["name"] == "hanging"
    for name, part in {
        "hanging": "did not answer within 6 s",
        "failing": "no such tenant",
        "garbage": "answered no JSON",
        "flood": "printed more than 4 MiB",
        "empty": "no checkout at its path",
        "missing": "no checkout at its path",
        "unprepared": "not prepared",
    }.items():
        assert part in ran.said(name), f"{name}: {ran.said(name)}"
    assert gone(written(tmp_path / "hanging" / "child.pid")), "what it had started is ended with it"
    assert "10 of 10" in ran.words and "UNHEALTHY" in ran.words, "it says how far it is"


def test_all_healthy_is_exit_code_0(tmp_path: Path) -> None:
    for name in ("one-a", "two-b"):
        answering(tmp_path / name, status())
    ran = run("status", listing(tmp_path, "one-a", "two-b"))
    assert ran.code == 0 and ran.document["ok"] is True and "2 installations: 2 healthy" in ran.words


def test_only_the_named_ones_are_asked(tmp_path: Path) -> None:
    answering(tmp_path / "one-a", status())
    fake(tmp_path / "two-b", "touch asked; exit 1")
    assert run("status", listing(tmp_path, "one-a", "two-b"), "one-a").code == 0
    assert not (tmp_path / "two-b" / "asked").exists()


@pytest.mark.parametrize("parallel", [1, 3])
def test_no_more_run_at_once_than_was_said_and_no_fewer(tmp_path: Path, parallel: int) -> None:
    names = [f"node-{n}" for n in range(6)]
    for name in names:
        made = answering(tmp_path / name, status())
        script = (made / "fabrix").read_text(encoding="utf-8").splitlines()
        lines = [script[0], "date +%s.%N >> times", "sleep 1", "date +%s.%N >> times", *script[1:]]
        (made / "fabrix").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert run("status", listing(tmp_path, *names), parallel=parallel).code == 0
    spans = [tuple(map(float, (tmp_path / name / "times").read_text().split())) for name in names]
    at_once = max(sum(start <= moment < end for start, end in spans) for moment, _ in spans)
    assert at_once == parallel, f"intervals overlap {at_once} times at most, not {parallel}"


def test_the_callers_own_place_is_not_that_of_an_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FABRIX_LOCAL_HOME", "FABRIX_STATE_URL", "PYTHONPATH"):
        monkeypatch.setenv(name, "the caller's")
    monkeypatch.setenv("AZURE_TENANT_ID", "the caller's")
    made = answering(tmp_path / "one-a", status())
    script = (made / "fabrix").read_text(encoding="utf-8").replace("cat ", "env > seen\ncat ", 1)
    (made / "fabrix").write_text(script, encoding="utf-8")
    run("status", listing(tmp_path, "one-a", environment={"FABRIX_LOCAL_HOME": "its own"}))
    seen = dict(line.split("=", 1) for line in (made / "seen").read_text().splitlines() if "=" in line)
    assert seen["FABRIX_LOCAL_HOME"] == "its own" and "FABRIX_STATE_URL" not in seen and "PYTHONPATH" not in seen
    assert seen["AZURE_TENANT_ID"] == "the caller's", "logins are the caller's"


def test_a_hanging_question_ends_the_questions_about_its_stack_only(tmp_path: Path) -> None:
    answer = status("dev")[:-2] + ", " + status("prod").partition('"stacks": [')[2]
    made = answering(tmp_path / "one-a", answer)
    script = (
        (made / "fabrix")
        .read_text(encoding="utf-8")
        .replace(
            "cat ", 'case "$*" in *dev*) sleep 600;; *status*) ;; *) echo "No such command" >&2; exit 2;; esac\ncat ', 1
        )
    )
    (made / "fabrix").write_text(script, encoding="utf-8")
    ran = run("check", listing(tmp_path, "one-a", stacks=["dev", "prod"]), timeout=2)
    asked = [(one["stack"], one["question"], one["state"]) for one in ran.answers("one-a")]
    assert asked[0] == ("dev", "status", "bad")
    assert asked[1:] == [("prod", "status", "ok"), *[("prod", q, "unknown") for q in ("drift", "ledger", "evidence")]]
    assert "this installation's version has no `drift`" in ran.said("one-a") and ran.code == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_every_child(tmp_path: Path, number: signal.Signals) -> None:
    names = ["one-a", "two-b", "three-c"]
    for name in names:
        fake(tmp_path / name, *HANGS)
    child = start("status", listing(tmp_path, *names), parallel=2)
    pids = [written(tmp_path / name / "child.pid") for name in names[:2]]
    os.kill(child.pid, number)
    child.communicate(timeout=30)
    assert child.returncode == 130
    assert all(gone(pid) for pid in pids), "no child is left"
    assert not (tmp_path / "three-c" / "child.pid").exists(), "nothing new is begun"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_even_kill_9_leaves_no_command_running(tmp_path: Path) -> None:
    fake(tmp_path / "one-a", "echo $$ > own.pid", "exec sleep 600")
    child = start("status", listing(tmp_path, "one-a"))
    pid = written(tmp_path / "one-a" / "own.pid")
    child.kill()
    child.communicate(timeout=30)
    assert gone(pid)


@pytest.mark.parametrize(("parallel", "timeout"), [(0, 5.0), (99, 5.0), (2, 0.0), (2, -1.0), (2, float("nan"))])
def test_impossible_bounds_are_bad_input(tmp_path: Path, parallel: int, timeout: float) -> None:
    ran = run("status", listing(tmp_path, "one-a"), parallel=parallel, timeout=timeout)
    assert ran.code == 2 and "allowed are" in ran.document["error"]

"""Killed in the middle of `up`: no process stays, the next `up` finishes and says what it did."""

import os
import signal
import subprocess
import time

import psutil
import pytest

pytestmark = pytest.mark.engine

GONE_SECONDS = 15
"""Time in which every process of a killed run has to be gone."""


def processes_of(checkout) -> list[psutil.Process]:
    """Every process whose command line or working folder lies in the checkout."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                continue
            words = " ".join(process.cmdline())
            if str(checkout.root) in words or process.cwd().startswith(str(checkout.root)):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
    return [p for p in found if p.pid != os.getpid()]


def wait_for_resources(checkout, running: subprocess.Popen, number: int) -> None:
    log = checkout.root / ".fabrix" / "logs" / "dev-up.jsonl"
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        done = log.read_text().count('"resOutputsEvent"') if log.exists() else 0
        if done >= number:
            return
        assert running.poll() is None, f"up ended before it could be killed: {running.communicate()[0]}"
        time.sleep(0.02)
    raise AssertionError("up did not get far enough to be killed")


def wait_until_gone(checkout) -> None:
    deadline = time.monotonic() + GONE_SECONDS
    while left := processes_of(checkout):
        assert time.monotonic() < deadline, (
            f"left behind: {[' '.join(p.cmdline())[:120] for p in left if p.is_running()]}"
        )
        time.sleep(0.2)


def engine_of(checkout) -> psutil.Process:
    return next(p for p in processes_of(checkout) if p.name() == "pulumi")


@pytest.mark.parametrize("victim", ["the engine", "the command line", "both"])
def test_a_killed_up_is_finished_by_the_next(small_checkout, victim) -> None:
    checkout = small_checkout
    running = checkout.start("up", "dev", "--yes")
    wait_for_resources(checkout, running, 30)
    if victim == "the engine":
        engine_of(checkout).kill()
    elif victim == "the command line":
        os.kill(running.pid, signal.SIGKILL)
    else:
        engine = engine_of(checkout)
        os.killpg(running.pid, signal.SIGKILL)
        engine.kill()
    running.wait(timeout=60)
    wait_until_gone(checkout)

    done = checkout.fabrix("up", "dev", "--yes", "--json").must()
    if victim != "the command line":
        # The engine of a killed command line is interrupted and ends by itself; a killed engine leaves its lock.
        assert any("freed the lock" in line for line in done.document["recovered"]), done.document["recovered"]
    assert checkout.fabrix("up", "dev", "--yes", "--json").must().document["counts"] == {}, (
        "the second run finished the work"
    )

    objects = checkout.fabrix("azure", "list", "--json").must().document["objects"]
    ids = [o["id"].lower() for o in objects]
    assert len(ids) == len(set(ids)), "nothing exists twice"
    status = checkout.fabrix("status", "dev", "--json").must().document["stacks"][0]
    assert status["pending"] == [], "no create is left pending"
    checkout.fabrix("destroy", "dev", "--yes").must()
    assert checkout.fabrix("azure", "list", "--json").must().document["objects"] == [], (
        "an orphan would be left by destroy"
    )


def test_a_living_lock_is_never_broken(small_checkout) -> None:
    checkout = small_checkout
    running = checkout.start("up", "dev", "--yes")
    wait_for_resources(checkout, running, 20)
    engine_of(checkout).suspend()
    try:
        second = checkout.fabrix("up", "dev", "--yes", "--json").must(3)
        assert "is being changed by" in second.document["error"], "the owner is named"
    finally:
        engine_of(checkout).resume()
    running.communicate(timeout=180)
    assert running.returncode == 0, "the first run ends undisturbed"

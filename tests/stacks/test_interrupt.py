"""Ctrl-C at a terminal: the engine finishes what it began and saves its state; the next run goes on from there."""

import os
import pty
import select
import signal
import sys
import time

import pytest

pytestmark = pytest.mark.engine

ENDED_SECONDS = 60


def test_ctrl_c_ends_cleanly_and_the_next_up_goes_on(small_checkout) -> None:
    checkout = small_checkout
    child, terminal = pty.fork()
    if child == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # whoever started the tests may ignore it, a terminal does not
        os.chdir(checkout.root)
        os.execv("./fabrix", ["./fabrix", "up", "dev", "--yes"])  # noqa: S606 - the launcher itself
    log = checkout.root / ".fabrix" / "logs" / "dev-up.jsonl"
    said, interrupted, deadline = "", 0.0, time.monotonic() + 120
    while time.monotonic() < deadline:
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                said += os.read(terminal, 65536).decode(errors="replace")
            except OSError:
                break
        if not interrupted and log.exists() and log.read_text().count('"resOutputsEvent"') >= 40:
            os.write(terminal, b"\x03")
            interrupted = time.monotonic()
    _, status = os.waitpid(child, 0)
    assert interrupted, f"up ended before it could be interrupted:\n{said}"
    assert time.monotonic() - interrupted < ENDED_SECONDS, "an interrupt must not take the whole deployment to be heard"
    assert os.waitstatus_to_exitcode(status) == 1, f"interrupted is not done:\n{said[-2000:]}"
    assert "Traceback" not in said, said[-3000:]

    stands = checkout.fabrix("status", "dev", "--json").must().document["stacks"][0]
    assert stands["locks"] == [], "an interrupted engine frees its lock"
    assert stands["pending"] == [], "what had begun was finished"
    done = checkout.fabrix("up", "dev", "--yes", "--json").must()
    assert 0 < stands["resources"] < done.document["resources"]
    assert done.document["recovered"] == []
    assert checkout.fabrix("up", "dev", "--yes", "--json").must().document["counts"] == {}
    sys.stdout.write(said[-500:])

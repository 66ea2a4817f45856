"""One question to one installation: a child process that cannot outlive us, block us, or fill our memory."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from stacks.pulumi_cli import TETHER

LARGEST = 4 * 1024 * 1024
"""Bytes of output kept of each stream; a command that prints more is ended."""

GRACE = 5.0
"""Seconds that an interrupted child has to end its own children before it is killed."""

_POLL = 0.05

Ending = Literal["ended", "timeout", "stopped", "flood", "missing"]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """How a command ended, and what it printed."""

    ending: Ending
    code: int
    out: str
    err: str
    seconds: float


class _Reader(threading.Thread):
    """Reads a stream to its end, keeps the beginning, and sets ``flood`` if it is too much."""

    def __init__(self, stream: IO[bytes], flood: threading.Event) -> None:
        super().__init__(daemon=True)
        self._stream, self._flood = stream, flood
        self._kept = bytearray()
        self.start()

    def run(self) -> None:
        while chunk := os.read(self._stream.fileno(), 65536):
            if len(self._kept) + len(chunk) > LARGEST:
                self._flood.set()
            else:
                self._kept += chunk

    def text(self) -> str:
        """Return what was read, without waiting for a grandchild that keeps the stream open."""
        self.join(timeout=1.0)
        return bytes(self._kept).decode("utf-8", errors="replace")


def ask(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], timeout: float, stop: threading.Event
) -> Answer:
    """Run a command in ``folder`` for ``timeout`` seconds at most, or until ``stop`` is set."""
    started = time.monotonic()
    try:
        child = subprocess.Popen(
            [*TETHER, str(os.getpid()), *command],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # A session of its own: Ctrl-C reaches it only through us, and killing its group kills all of it.
            start_new_session=True,
        )
    except OSError as error:
        return Answer(ending="missing", code=-1, out="", err=error.strerror or str(error), seconds=0.0)
    flood = threading.Event()
    assert child.stdout is not None and child.stderr is not None  # noqa: S101, PT018 - both are pipes
    readers = [_Reader(child.stdout, flood), _Reader(child.stderr, flood)]
    try:
        ending = _watch(child, started + timeout, stop, flood)
    finally:
        _end(child)
    out, err = (reader.text() for reader in readers)
    return Answer(ending=ending, code=child.returncode, out=out, err=err, seconds=time.monotonic() - started)


def _watch(child: subprocess.Popen[bytes], deadline: float, stop: threading.Event, flood: threading.Event) -> Ending:
    while _runs(child):
        if stop.is_set():
            return "stopped"
        if flood.is_set():
            return "flood"
        if time.monotonic() > deadline:
            return "timeout"
        time.sleep(_POLL)
    return "flood" if flood.is_set() else "ended"


def _runs(child: subprocess.Popen[bytes]) -> bool:
    """Whether it runs. A finished child is not reaped, so that its process-group id stays reserved."""
    if not hasattr(os, "waitid"):
        return child.poll() is None
    return os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None


def _end(child: subprocess.Popen[bytes]) -> None:
    """End what is left of the child's group: by an interrupt first, so that an engine in it can end in order."""
    if _runs(child):
        _signal(child, signal.SIGINT)
        deadline = time.monotonic() + GRACE
        while _runs(child) and time.monotonic() < deadline:
            time.sleep(_POLL)
    _signal(child, signal.SIGKILL)  # and whatever the child left behind
    child.wait()


def _signal(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(child.pid, number)
    except (ProcessLookupError, PermissionError):  # the group is empty (macOS answers that it is not permitted)
        return

"""Processes that never outlive the language host.

Each child gets a session of its own, so that a signal reaches all that it started; the kernel ends it when the host
dies (:mod:`guard`), the host ends it when the engine dies or asks for it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

_GUARD = Path(__file__).parent / "guard.py"
_GRACE_SECONDS = 1.0


class Children:
    """The host's running children. All methods may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._closed = False

    def start(
        self, command: Sequence[str], *, cwd: str, env: Mapping[str, str], piped: bool = False
    ) -> subprocess.Popen[bytes]:
        """Start a command. Its output goes to the host's own, or into pipes where ``piped``.

        The calling thread has to live as long as the child: Linux sends the death signal of a parent when the thread
        ends that started the child. Raises ``RuntimeError`` once :meth:`end_all` was called.
        """
        with self._lock:
            if self._closed:
                raise RuntimeError("the language host is ending")
            child = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_GUARD), str(os.getpid()), *command],
                cwd=cwd,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if piped else None,
                stderr=subprocess.PIPE if piped else None,
                start_new_session=True,
            )
            self._running.add(child)
            return child

    def wait(self, child: subprocess.Popen[bytes]) -> int:
        """Wait for a child, then end what it left behind; return its exit code, negative for a signal."""
        code = child.wait()
        _signal(child, signal.SIGKILL)
        with self._lock:
            self._running.discard(child)
        return code

    def end(self, child: subprocess.Popen[bytes]) -> None:
        """Ask a child and all that it started to end, and kill what is left a second later."""
        _signal(child, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_GRACE_SECONDS)
        _signal(child, signal.SIGKILL)

    def end_all(self, *, close: bool) -> None:
        """End all children together; with ``close`` start none from now on."""
        with self._lock:
            self._closed = self._closed or close
            running = list(self._running)
        for child in running:
            _signal(child, signal.SIGTERM)
        for child in running:
            self.end(child)

    def kill_all(self) -> None:
        """Kill all children at once, from a signal handler if need be: takes no lock."""
        self._closed = True
        for child in tuple(self._running):
            _signal(child, signal.SIGKILL)


def _signal(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, number)

"""Processes that never outlive the language host, and their output.

Each child gets a session of its own, so that a signal reaches everything that it started; the kernel ends it when the
host dies (:mod:`guard`), the host ends it when the engine dies or asks for it.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Literal

_GUARD = Path(__file__).parent / "guard.py"
_GRACE_SECONDS = 1.0
_CHUNK = 1 << 16

StreamName = Literal["stdout", "stderr"]


class Children:
    """The host's running children. All methods may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._closed = False

    def start(
        self, command: Sequence[str], *, cwd: str, env: Mapping[str, str], piped: bool = False
    ) -> subprocess.Popen[bytes]:
        """Start a command. Its output goes to the host's own, or into pipes if ``piped``.

        The calling thread has to live as long as the child: Linux sends a parent's death signal when the thread that
        started the child ends. Raises ``RuntimeError`` after ``end_all(close=True)``.
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
        """Wait for a child, then kill what it left behind; return its exit code, negative for a signal."""
        code = child.wait()
        _signal(child, signal.SIGKILL)
        with self._lock:
            self._running.discard(child)
        return code

    def end(self, child: subprocess.Popen[bytes]) -> None:
        """Terminate a child and everything that it started; kill what is left a second later."""
        _signal(child, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_GRACE_SECONDS)
        _signal(child, signal.SIGKILL)

    def end_all(self, *, close: bool) -> None:
        """End all children together; with ``close``, start no more."""
        with self._lock:
            self._closed = self._closed or close
            running = list(self._running)
        for child in running:
            _signal(child, signal.SIGTERM)
        for child in running:
            self.end(child)

    def kill_all(self) -> None:
        """Kill all children at once. Takes no lock, so that a signal handler may call it."""
        self._closed = True
        for child in tuple(self._running):
            _signal(child, signal.SIGKILL)


def _signal(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, number)


class Output:
    """Output of a child from both of its pipes, read in separate threads so that the child never blocks."""

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        self._chunks: queue.Queue[tuple[StreamName, bytes] | None] = queue.Queue()
        self._open = 2
        self._lock = threading.Lock()
        pipes: tuple[tuple[StreamName, IO[bytes] | None], ...] = (("stdout", child.stdout), ("stderr", child.stderr))
        for name, pipe in pipes:
            threading.Thread(target=self._pump, args=(name, pipe), daemon=True).start()

    def __iter__(self) -> Iterator[tuple[StreamName, bytes]]:
        """Yield the output as it is written, until both pipes are closed."""
        while True:
            chunk = self._chunks.get()
            if chunk is None:
                return
            yield chunk

    def _pump(self, name: StreamName, pipe: IO[bytes] | None) -> None:
        if pipe is not None:
            with pipe:
                while content := os.read(pipe.fileno(), _CHUNK):
                    self._chunks.put((name, content))
        with self._lock:
            self._open -= 1
            if self._open == 0:
                self._chunks.put(None)

"""Output of a child process as it comes, from both of its pipes."""

from __future__ import annotations

import os
import queue
import subprocess
import threading
from collections.abc import Iterator
from typing import IO, Literal

Name = Literal["stdout", "stderr"]
_CHUNK = 1 << 16


class Output:
    """Reads a child's pipes in threads of its own, so that a child that is not listened to never stands still."""

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        self._chunks: queue.Queue[tuple[Name, bytes] | None] = queue.Queue()
        self._open = 2
        self._lock = threading.Lock()
        pipes: tuple[tuple[Name, IO[bytes] | None], ...] = (("stdout", child.stdout), ("stderr", child.stderr))
        for name, pipe in pipes:
            threading.Thread(target=self._pump, args=(name, pipe), daemon=True).start()

    def put(self, name: Name, content: bytes) -> None:
        """Add something to what the child said."""
        self._chunks.put((name, content))

    def __iter__(self) -> Iterator[tuple[Name, bytes]]:
        """Give what the child says until both pipes are closed."""
        while True:
            chunk = self._chunks.get()
            if chunk is None:
                return
            yield chunk

    def _pump(self, name: Name, pipe: IO[bytes] | None) -> None:
        if pipe is not None:
            with pipe:
                while content := os.read(pipe.fileno(), _CHUNK):
                    self._chunks.put((name, content))
        with self._lock:
            self._open -= 1
            if self._open == 0:
                self._chunks.put(None)

"""A process with the modules of one checkout and one script, that forks the processes which run the script."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Union

from tests.warm.messages import receive, send
from tests.warm.process import Process

Run = Callable[[], Union["Run", None]]
"""What a process does next. A fork returns it instead of calling it: so it leaves the frames of what forked it."""


def load(names: Iterable[str]) -> None:
    """Import modules, without those that belong to a checkout unknown here or cannot be imported by name."""
    for name in names:
        if name not in sys.modules:
            # Pulumi's SDKs load packages at the first attribute; a module of one that is not loaded yet breaks it.
            getattr(sys.modules.get(name.rpartition(".")[0]), "loaded", None)
            with contextlib.suppress(BaseException):
                import_module(name)


@dataclass
class Child:
    """A running process."""

    process: int
    ended: int
    """Its pidfd."""
    proxy: socket.socket | None
    """None once whoever started the proxy has killed it."""
    report: Path


class Zygote:
    """Serves the requests that come over a link, until that is closed and the last process has ended."""

    def __init__(self, link: socket.socket) -> None:
        self._link: socket.socket | None = link
        self._children: list[Child] = []
        self._reports: list[str] = []
        """Of processes that have ended. They are read while none runs: loading what they imported takes seconds, in
        which no other process could end, and the engine gives its plugins five seconds together for that."""
        self._own: dict[str, tuple[str, int]] = {}
        """The checkout's modules that are loaded: name → file and when that was written."""

    def serve(self) -> Run | None:
        """Return None at the end; in a process that was forked, what it is to do."""
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        while self._link or self._children:
            while self._reports and not self._children:
                self._learn(**json.loads(self._reports.pop()))
            poll, waiting = select.poll(), {}
            for child in self._children:
                poll.register(child.ended, select.POLLIN)
                waiting[child.ended] = lambda child=child: self._reap(child)
                if child.proxy:
                    poll.register(child.proxy, select.POLLRDHUP)
                    waiting[child.proxy.fileno()] = lambda child=child: kill(child)
            if self._link:
                poll.register(self._link, select.POLLIN)
                waiting[self._link.fileno()] = self._accept
            for ready, _ in poll.poll():
                if run := waiting[ready]():
                    return run
        return None

    def _accept(self) -> Run | None:
        assert self._link
        content, descriptors = receive(self._link)
        if not content:
            self._link = None
            return None
        if any(written(file) != then for file, then in self._own.values()):
            for name in self._own:
                sys.modules.pop(name, None)
            self._own.clear()
        return self._fork(json.loads(content), descriptors)

    def _fork(self, request: dict[str, Any], descriptors: list[int]) -> Run | None:
        *streams, connection = descriptors
        handle, report = tempfile.mkstemp(prefix="warm-")
        os.close(handle)
        gc.freeze()  # or the first collection of each process would copy all pages
        if (process := os.fork()) == 0:
            os.setsid()
            for number, stream in enumerate(streams):
                os.dup2(stream, number)
            os.closerange(3, max(descriptors, default=3) + 1)
            return Process(request, Path(report)).run
        proxy = socket.socket(fileno=connection)
        for stream in streams:
            os.close(stream)
        with contextlib.suppress(OSError):
            proxy.sendall(f"{process}\n".encode())
        self._children.append(Child(process, os.pidfd_open(process), proxy, Path(report)))
        return None

    def _reap(self, child: Child) -> None:
        """Tell the proxy how its process ended, and keep what that has imported for those after it."""
        self._children.remove(child)
        _, status = os.waitpid(child.process, 0)
        os.close(child.ended)
        if child.proxy:
            with contextlib.suppress(OSError):
                child.proxy.sendall(f"{status}\n".encode())
            child.proxy.close()
        text = child.report.read_text(encoding="utf-8")
        child.report.unlink()
        if text:
            self._reports.append(text)

    def _learn(self, path: list[str], modules: list[str]) -> None:
        sys.path[:], before = path, set(sys.modules)
        load(modules)
        for name in set(sys.modules) - before:
            file = getattr(sys.modules[name], "__file__", None) or ""
            if file and "site-packages" not in file and not file.startswith(sys.base_prefix):
                self._own[name] = file, written(file)
        libraries = sorted(set(sys.modules) - before - set(self._own))
        if libraries and self._link:
            with contextlib.suppress(OSError):
                send(self._link, json.dumps(libraries).encode())


def kill(child: Child) -> None:
    """Kill a process and what it started, as its proxy was killed."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.process, signal.SIGKILL)
    child.proxy = None


def written(file: str) -> int:
    """When a file was written; 0 if it is not there."""
    try:
        return Path(file).stat().st_mtime_ns
    except OSError:
        return 0

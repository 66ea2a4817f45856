"""Builds the engine from the Go module proxy: about six minutes on two processors, once per user and version."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from engine import go
from engine.errors import SourceError
from engine.step import Report, Step
from engine.version import ENGINE

PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
SDK = "github.com/pulumi/pulumi/sdk/v3"
NEEDED_BYTES = 4 * 10**9
"""Disk space of a cold build: 1.4 GB of modules (kept), 1.6 GB of compiled packages (removed), and a reserve."""

_CPU_SECONDS = 460.0
"""Processor time of a cold build on a slow machine (two processors: 4 min 31 s; a fast one took 2 min 29 s)."""
_PACE = ((0.0, 0.0), (0.17, 0.075), (0.50, 0.28), (0.71, 0.49), (0.81, 0.56), (0.90, 0.70), (0.97, 0.91), (1.0, 1.0))
"""Share of packages compiled → share of time, measured; the last tenth includes the linker."""
_OWN_PACE = 0.15
"""Share of packages from which this machine's own pace is the better estimate."""
_DOWNLOAD_SECONDS = 100.0
"""Measured time of the downloads with an empty module cache."""
_GUARD = Path(__file__).parent / "host" / "guard.py"
_TAIL_LINES = 30
_TURN_SECONDS = 2.0


def build(folder: Path, report: Report) -> None:
    """Build pulumi and its Python helper into ``folder/engine/bin``. Needs the cache's lock; can be interrupted.

    Except for the user's Go module cache, everything is written below ``folder``. Raises :class:`SourceError`.
    """
    free = shutil.disk_usage(folder).free
    if free < NEEDED_BYTES:
        raise SourceError(
            f"{free / 1e9:.1f} GB free in {folder.parent}, a build needs {NEEDED_BYTES / 1e9:.0f} GB",
            remedy="free some space, or set XDG_CACHE_HOME to a folder on a larger disk",
        )
    tool = _Go(go.find_or_install(folder, report), folder)
    began = time.monotonic()
    packages = tool.packages(report, began)
    tool.compile(folder / "engine" / "bin" / "pulumi", packages, report)
    helper = tool.module_folder(SDK) / "python" / "cmd" / "pulumi-language-python-exec"
    target = folder / "engine" / "bin" / helper.name
    shutil.copyfile(helper, target)
    target.chmod(0o755)


class _Go:
    """The Go command with the environment of our build."""

    def __init__(self, go_binary: Path, folder: Path) -> None:
        self._go = str(go_binary)
        overridden = ("GOOS", "GOARCH", "GOARM", "GOAMD64", "GOROOT", "GOEXPERIMENT")
        self._env = {name: value for name, value in os.environ.items() if name not in overridden}
        self._env |= {
            "CGO_ENABLED": "0",
            "GOCACHE": str(folder / "go-build"),
            "GOTMPDIR": str(folder),
            "GOFLAGS": "-mod=readonly -trimpath",
            "GOTOOLCHAIN": "local",
            "GOWORK": "off",
            "GO111MODULE": "on",
        }

    def packages(self, report: Report, began: float) -> int:
        """Return the number of packages to compile; fetches missing modules."""
        count = 0
        detail = ""
        for line in self._lines("list", "-deps", PACKAGE, what="downloading the engine's modules"):
            if line and not line.startswith("go: "):
                count += 1
                continue
            elapsed = time.monotonic() - began
            detail = line.removeprefix("go: downloading ") if line else detail
            report(
                Step(
                    title="downloading the engine's modules", detail=detail, elapsed=elapsed, expected=_DOWNLOAD_SECONDS
                )
            )
        return count

    def compile(self, binary: Path, packages: int, report: Report) -> None:
        """Compile and link, with the version stamped in as in the release."""
        stamp = f"-s -w -X {SDK}/go/common/version.Version=v{ENGINE}"
        estimate = _CPU_SECONDS / max(1.0, 0.85 * (os.cpu_count() or 1))
        began = time.monotonic()
        done = 0
        detail = ""
        for line in self._lines(
            "build", "-v", "-ldflags", stamp, "-o", str(binary), PACKAGE, what="building the engine"
        ):
            done += line is not None
            detail = line or detail
            elapsed = time.monotonic() - began
            share = _share(min(done / max(packages, 1), 0.99))
            expected = elapsed / share if done > _OWN_PACE * packages else estimate
            report(
                Step(
                    title="building the engine",
                    detail=detail,
                    fraction=share,
                    elapsed=elapsed,
                    expected=expected,
                )
            )

    def module_folder(self, module: str) -> Path:
        """Return the folder of a module's files in the module cache."""
        text = "".join(
            line or "" for line in self._lines("list", "-m", "-json", module, what="looking for the language helper")
        )
        return Path(json.loads(text)["Dir"])

    def _lines(self, *arguments: str, what: str) -> Iterator[str | None]:
        """Run Go and yield its lines, and None every other second without one; ends Go when the caller stops.

        Raises:
            SourceError: Go fails; ``what`` names the step.
        """
        command = [sys.executable, "-I", "-S", str(_GUARD), str(os.getpid()), self._go, *arguments]
        process = subprocess.Popen(
            command,
            cwd=go.BUILD,
            env=self._env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        tail: deque[str] = deque(maxlen=_TAIL_LINES)
        try:
            for line in _read(process):
                if line is not None:
                    tail.append(line)
                yield line
            code = process.wait()
        finally:
            _end(process)
        if code != 0:
            raise _failure(what, list(tail))


def _read(process: subprocess.Popen[str]) -> Iterator[str | None]:
    """Yield the lines of a process, and None after each turn without one, so that the caller can report progress."""
    end = object()
    lines: queue.Queue[object] = queue.Queue()

    def pump() -> None:
        stream = process.stdout
        if stream is not None:
            for line in stream:
                lines.put(line.rstrip("\n"))
        lines.put(end)

    threading.Thread(target=pump, daemon=True).start()
    while True:
        try:
            line = lines.get(timeout=_TURN_SECONDS)
        except queue.Empty:
            yield None
            continue
        if line is end:
            return
        yield str(line)


def _share(compiled: float) -> float:
    """Return the share of time elapsed when this share of packages is compiled."""
    for (before, early), (after, late) in pairwise(_PACE):
        if compiled <= after:
            return early + (late - early) * (compiled - before) / (after - before)
    return 1.0


def _end(process: subprocess.Popen[str]) -> None:
    """Kill what is left of the process's group; does nothing if all of it has ended."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _failure(what: str, lines: list[str]) -> SourceError:
    """Return Go's last lines as an error with a remedy."""
    text = "\n".join(f"      {line}" for line in lines[-8:])
    network = any(
        sign in line
        for line in lines
        for sign in ("dial tcp", "proxyconnect", "no such host", "connection refused", "TLS", "GOPROXY")
    )
    remedy = (
        "give this machine access to a Go module proxy (set GOPROXY to the one of your organisation)"
        if network
        else "see Go's message above; `python -m engine ensure` tries again"
    )
    return SourceError(f"{what} failed\n{text}", remedy=remedy)

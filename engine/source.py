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
from engine.missing import Missing
from engine.step import Report, Step
from engine.version import ENGINE

PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
SDK = "github.com/pulumi/pulumi/sdk/v3"
NEEDED_BYTES = 4 * 10**9
"""Disk that a cold build takes: 1.4 GB of modules (kept), 1.6 GB of compiled packages (removed), and room."""

_CPU_SECONDS = 460.0
"""Processor time of a cold build on a slow machine (two processors: 4 min 31 s; a fast one took 2 min 29 s)."""
_PACE = ((0.0, 0.0), (0.17, 0.075), (0.50, 0.28), (0.71, 0.49), (0.81, 0.56), (0.90, 0.70), (0.97, 0.91), (1.0, 1.0))
"""Share of the packages compiled against share of the time, measured; the last tenth holds the linker."""
_SURE = 0.15
"""Share of the packages from which on the pace of this machine says more than the pace of another."""
_DOWNLOAD_SECONDS = 100.0
"""Measured time of the downloads where the module cache is empty."""
_GUARD = Path(__file__).parent / "host" / "guard.py"
_TAIL_LINES = 30
_TURN_SECONDS = 2.0


class BuildError(Exception):
    """The build cannot start or failed; ``missing`` says why and what mends it."""

    def __init__(self, missing: Missing) -> None:
        self.missing = missing
        super().__init__(f"{missing.what}: {missing.remedy}")


def build(place: Path, report: Report) -> None:
    """Build pulumi and its Python helper into ``place/engine/bin``. Needs the cache's lock; can be interrupted.

    Everything that it makes besides the user's Go module cache lies in ``place``. Raises :class:`BuildError`,
    :class:`engine.go.NoGoError`.
    """
    free = shutil.disk_usage(place).free
    if free < NEEDED_BYTES:
        raise BuildError(
            Missing(
                what=f"{free / 1e9:.1f} GB free in {place.parent}, a build needs {NEEDED_BYTES / 1e9:.0f} GB",
                remedy="free some space, or set XDG_CACHE_HOME to a folder on a larger disk",
            )
        )
    tool = _Go(go.get(place, report), place)
    began = time.monotonic()
    packages = tool.packages(report, began)
    tool.compile(place / "engine" / "bin" / "pulumi", packages, report)
    helper = tool.module_folder(SDK) / "python" / "cmd" / "pulumi-language-python-exec"
    target = place / "engine" / "bin" / helper.name
    shutil.copyfile(helper, target)
    target.chmod(0o755)


class _Go:
    """The Go command with the environment of our build."""

    def __init__(self, go_binary: Path, place: Path) -> None:
        self._go = str(go_binary)
        ours = ("GOOS", "GOARCH", "GOARM", "GOAMD64", "GOROOT", "GOEXPERIMENT")
        self._env = {name: value for name, value in os.environ.items() if name not in ours}
        self._env |= {
            "CGO_ENABLED": "0",
            "GOCACHE": str(place / "go-build"),
            "GOTMPDIR": str(place),
            "GOFLAGS": "-mod=readonly -trimpath",
            "GOTOOLCHAIN": "local",
            "GOWORK": "off",
            "GO111MODULE": "on",
        }

    def packages(self, report: Report, began: float) -> int:
        """Return how many packages have to be compiled; fetches the modules that are missing."""
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
        """Compile and link, with the version stamped in as the release does."""
        stamp = f"-s -w -X {SDK}/go/common/version.Version=v{ENGINE}"
        usual = _CPU_SECONDS / max(1.0, 0.85 * (os.cpu_count() or 1))
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
            expected = elapsed / share if done > _SURE * packages else usual
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
        """Return where a module's files lie in the module cache."""
        said = "".join(
            line or "" for line in self._lines("list", "-m", "-json", module, what="looking for the language helper")
        )
        return Path(json.loads(said)["Dir"])

    def _lines(self, *arguments: str, what: str) -> Iterator[str | None]:
        """Run Go and give its lines as they come, nothing every other second; ends Go when nobody listens any more."""
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
            raise BuildError(_failure(what, list(tail)))


def _read(process: subprocess.Popen[str]) -> Iterator[str | None]:
    """Give the lines of a process, and nothing in each turn of waiting: silence is no standstill to the listener."""
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
    """Return the share of the time that is gone when this share of the packages is compiled."""
    for (before, early), (after, late) in pairwise(_PACE):
        if compiled <= after:
            return early + (late - early) * (compiled - before) / (after - before)
    return 1.0


def _end(process: subprocess.Popen[str]) -> None:
    """Kill what is left of the process's own group; does nothing when all of it has ended."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _failure(what: str, said: list[str]) -> Missing:
    """Turn Go's last lines into a reason and a remedy."""
    text = "\n".join(f"      {line}" for line in said[-8:])
    network = any(
        sign in line
        for line in said
        for sign in ("dial tcp", "proxyconnect", "no such host", "connection refused", "TLS", "GOPROXY")
    )
    remedy = (
        "give this machine access to a Go module proxy (set GOPROXY to the one of your organisation)"
        if network
        else "see Go's message above; `python -m engine ensure` tries again"
    )
    return Missing(what=f"{what} failed\n{text}", remedy=remedy)

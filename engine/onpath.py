"""Finds a Pulumi engine on PATH and decides whether it can run the project."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from engine import cache, hosting
from engine.errors import Missing
from engine.version import ENGINE, Version, parse, suits


def offline() -> dict[str, str]:
    """Return an environment in which ``pulumi version`` uses no network."""
    return {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}


@dataclass(frozen=True, kw_only=True)
class EngineOnPath:
    """The ``pulumi`` on PATH."""

    folder: Path
    version: Version | None
    official: bool
    """Pulumi's own Python language host exists too, beside it or on PATH."""

    helper: Path | None
    """``pulumi-language-python-exec``, which our own host needs."""

    problem: Missing | None
    """Why it cannot be used; None if it can."""


def find_candidate() -> EngineOnPath | None:
    """Return the first ``pulumi`` on PATH that is not our own cached one; None if there is none."""
    for folder in (Path(entry) for entry in os.environ.get("PATH", "").split(os.pathsep) if entry):
        command = folder / "pulumi"
        if os.access(command, os.X_OK) and command.is_file() and not _ours(command):
            return _assess(command)
    return None


def _assess(command: Path) -> EngineOnPath:
    folder = command.parent
    version = _version(command)
    official = any(hosting.is_official(path) for path in _locations(folder, hosting.LAUNCHER))
    helper = next(iter(_locations(folder, hosting.HELPER)), None)
    problem = None
    if not suits(version):
        problem = Missing(
            what=f"pulumi on PATH ({command}) is {version or 'unknown'}, not {ENGINE} or a newer {ENGINE.major}.x",
            remedy="upgrade it the way it was installed, or remove it from PATH",
        )
    elif not official and helper is None:
        problem = Missing(
            what=f"pulumi on PATH ({command}) comes without its Python language host",
            remedy="install the complete release, which contains pulumi-language-python",
        )
    return EngineOnPath(folder=folder, version=version, official=official, helper=helper, problem=problem)


def _locations(folder: Path, name: str) -> list[Path]:
    """Return where a program is: beside the engine (links followed), and on PATH."""
    beside = [folder / name, (folder / "pulumi").resolve().parent / name]
    on_path = shutil.which(name)
    return [path for path in [*beside, *([Path(on_path)] if on_path else [])] if os.access(path, os.X_OK)]


def _ours(command: Path) -> bool:
    return cache.root().resolve() in command.resolve().parents


def _version(command: Path) -> Version | None:
    try:
        done = subprocess.run(
            [str(command), "version"], env=offline(), capture_output=True, text=True, check=False, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return parse(done.stdout) if done.returncode == 0 else None

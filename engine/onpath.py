"""Looks for a Pulumi engine on PATH and says whether it can run the project."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from engine import cache, hosting
from engine.missing import Missing
from engine.version import ENGINE, Version, parse, suits


def quiet() -> dict[str, str]:
    """Return an environment in which ``pulumi version`` asks no network."""
    return {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """The ``pulumi`` that PATH leads to."""

    folder: Path
    version: Version | None
    official: bool
    """Whether Pulumi's own Python language host is there too, beside it or on PATH."""

    helper: Path | None
    """``pulumi-language-python-exec``, which our own host needs."""

    problem: Missing | None
    """Why it cannot be used; nothing when it can."""


def look() -> Candidate | None:
    """Return the first ``pulumi`` on PATH that is not our own cached one."""
    for folder in (Path(entry) for entry in os.environ.get("PATH", "").split(os.pathsep) if entry):
        command = folder / "pulumi"
        if os.access(command, os.X_OK) and command.is_file() and not _ours(command):
            return _judge(command)
    return None


def _judge(command: Path) -> Candidate:
    folder = command.parent
    version = _version(command)
    official = any(hosting.is_official(place) for place in _all(folder, hosting.LAUNCHER))
    helper = next(iter(_all(folder, hosting.HELPER)), None)
    problem = None
    if not suits(version):
        problem = Missing(
            what=f"pulumi on PATH ({command}) is {version or 'unknown'}, not {ENGINE} or a newer {ENGINE.major}.x",
            remedy="upgrade it as it was installed, or take it off PATH",
        )
    elif not official and helper is None:
        problem = Missing(
            what=f"pulumi on PATH ({command}) comes without its Python language host",
            remedy="install the complete release, which holds pulumi-language-python",
        )
    return Candidate(folder=folder, version=version, official=official, helper=helper, problem=problem)


def _all(folder: Path, name: str) -> list[Path]:
    """Return where a program lies: beside the engine (links followed), and on PATH."""
    places = [folder / name, (folder / "pulumi").resolve().parent / name]
    found = shutil.which(name)
    return [place for place in [*places, *([Path(found)] if found else [])] if os.access(place, os.X_OK)]


def _ours(command: Path) -> bool:
    return cache.root().resolve() in command.resolve().parents


def _version(command: Path) -> Version | None:
    try:
        said = subprocess.run(
            [str(command), "version"], env=quiet(), capture_output=True, text=True, check=False, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return parse(said.stdout) if said.returncode == 0 else None

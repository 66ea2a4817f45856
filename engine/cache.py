"""The folder in which engines are kept for this user, and the lock that lets one process at a time fill it.

Layout, below the user's cache folder (``XDG_CACHE_HOME`` on Linux)::

    aifabrix/engine/<version>/bin/      pulumi, the language host, its helper
    aifabrix/engine/<version>/engine.json   written last: what it is and where it comes from
    aifabrix/engine/<version>.lock      held while one is being fetched or built
    aifabrix/engine/unfinished-*/       being made; left behind only by a killed process, removed by the next one
    aifabrix/engine/go-<version>/       Go, where the machine had none
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Generator
from dataclasses import asdict, dataclass
from pathlib import Path

import filelock
import platformdirs

from engine.step import Report, Step
from engine.version import ENGINE

_RECORD = "engine.json"
_POLL_SECONDS = 2.0


@dataclass(frozen=True, kw_only=True)
class Record:
    """What ``engine.json`` says of a cached engine."""

    version: str
    source: str
    """``release`` or ``built``."""

    size: int
    """Bytes of the binary, so that a damaged one is not used."""


def root() -> Path:
    """Return the folder of all engines of this user; it need not exist."""
    return Path(platformdirs.user_cache_dir("aifabrix")) / "engine"


def home() -> Path:
    """Return the folder of the engine version that this project wants; it need not exist."""
    return root() / str(ENGINE)


def read() -> Record | None:
    """Return the record of a complete cached engine, nothing when there is none or it is damaged."""
    try:
        record = Record(**json.loads((home() / _RECORD).read_text(encoding="utf-8")))
        binary = home() / "bin" / "pulumi"
        whole = binary.stat().st_size == record.size and os.access(binary, os.X_OK)
    except (OSError, ValueError, TypeError):
        return None
    return record if whole else None


@contextlib.contextmanager
def lock(report: Report) -> Generator[None]:
    """Hold the lock of the cache; while another process holds it, say so every few seconds and wait.

    The operating system releases it when its owner dies, however it dies.
    """
    root().mkdir(parents=True, exist_ok=True)
    guard = filelock.FileLock(root() / f"{ENGINE}.lock")
    owner = root() / f"{ENGINE}.owner"
    began = time.monotonic()
    patience = 0.0  # the first refusal is told at once
    while True:
        try:
            guard.acquire(timeout=patience)
            break
        except filelock.Timeout:
            patience = _POLL_SECONDS
            who = owner.read_text(encoding="utf-8").strip() if owner.exists() else "unknown"
            report(
                Step(
                    title="waiting for another process that gets the engine",
                    detail=f"process {who}",
                    elapsed=time.monotonic() - began,
                )
            )
    try:
        owner.write_text(f"{os.getpid()}\n", encoding="utf-8")
        yield
    finally:
        owner.unlink(missing_ok=True)
        guard.release()


@contextlib.contextmanager
def unfinished() -> Generator[Path]:
    """Give a new folder to make an engine in; whatever is left in it at the end is removed. Needs the lock."""
    for left_behind in root().glob("unfinished-*"):
        _remove(left_behind)
    place = Path(tempfile.mkdtemp(prefix="unfinished-", dir=root()))
    try:
        (place / "engine" / "bin").mkdir(parents=True)
        yield place
    finally:
        _remove(place)


def keep(place: Path, *, source: str) -> None:
    """Make the engine in ``place/engine`` the cached one, in one step. Needs the lock."""
    made = place / "engine"
    size = (made / "bin" / "pulumi").stat().st_size
    record = Record(version=str(ENGINE), source=source, size=size)
    (made / _RECORD).write_text(json.dumps(asdict(record), indent=2) + "\n", encoding="utf-8")
    if home().exists():
        home().rename(place / "damaged")
    made.rename(home())


def _remove(folder: Path) -> None:
    """Remove a folder whose files may be read-only, as those of a Go module cache are."""
    for path, folders, _ in os.walk(folder):
        for name in folders:
            with contextlib.suppress(OSError):
                (Path(path) / name).chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)

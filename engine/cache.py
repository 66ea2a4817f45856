"""The folder of this user's engines, and the lock that lets one process at a time fill it.

Layout, below the user's cache folder (``XDG_CACHE_HOME`` on Linux)::

    aifabrix/engine/<version>/bin/      pulumi, the language host, its helper
    aifabrix/engine/<version>/engine.json   written last: version and source
    aifabrix/engine/<version>.lock      held while it is fetched or built
    aifabrix/engine/unfinished-*/       incomplete; left behind only by a killed process, removed by the next one
    aifabrix/engine/go-<version>/       Go, on machines without it
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
    """Content of ``engine.json``."""

    version: str
    source: str
    """``release`` or ``built``."""

    size: int
    """Size of the binary in bytes, so that a damaged one is not used."""


def root() -> Path:
    """Return the folder of this user's engines; it may not exist."""
    return Path(platformdirs.user_cache_dir("aifabrix")) / "engine"


def home() -> Path:
    """Return the folder of this project's engine version; it may not exist."""
    return root() / str(ENGINE)


def read_record() -> Record | None:
    """Return the record of the cached engine; None if there is none or it is damaged."""
    try:
        record = Record(**json.loads((home() / _RECORD).read_text(encoding="utf-8")))
        binary = home() / "bin" / "pulumi"
        complete = binary.stat().st_size == record.size and os.access(binary, os.X_OK)
    except (OSError, ValueError, TypeError):
        return None
    return record if complete else None


@contextlib.contextmanager
def lock(report: Report) -> Generator[None]:
    """Hold the lock of the cache; wait while another process holds it, and report that every few seconds.

    The operating system releases it when its owner dies, however it dies.
    """
    root().mkdir(parents=True, exist_ok=True)
    guard = filelock.FileLock(root() / f"{ENGINE}.lock")
    owner = root() / f"{ENGINE}.owner"
    began = time.monotonic()
    timeout = 0.0  # the first report comes at once
    while True:
        try:
            guard.acquire(timeout=timeout)
            break
        except filelock.Timeout:
            timeout = _POLL_SECONDS
            who = owner.read_text(encoding="utf-8").strip() if owner.exists() else "unknown"
            report(
                Step(
                    title="waiting for another process that fetches the engine",
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
def work_folder() -> Generator[Path]:
    """Create a folder to prepare an engine in; whatever is left in it at the end is removed. Needs the lock."""
    for abandoned in root().glob("unfinished-*"):
        _remove(abandoned)
    folder = Path(tempfile.mkdtemp(prefix="unfinished-", dir=root()))
    try:
        (folder / "engine" / "bin").mkdir(parents=True)
        yield folder
    finally:
        _remove(folder)


def store(folder: Path, *, source: str) -> None:
    """Make the engine in ``folder/engine`` the cached one, atomically. Needs the lock."""
    engine = folder / "engine"
    size = (engine / "bin" / "pulumi").stat().st_size
    record = Record(version=str(ENGINE), source=source, size=size)
    (engine / _RECORD).write_text(json.dumps(asdict(record), indent=2) + "\n", encoding="utf-8")
    if home().exists():
        home().rename(folder / "damaged")
    engine.rename(home())


def _remove(folder: Path) -> None:
    """Remove a folder whose files may be read-only, as those of a Go module cache are."""
    for path, folders, _ in os.walk(folder):
        for name in folders:
            with contextlib.suppress(OSError):
                (Path(path) / name).chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)

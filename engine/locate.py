"""Gets a Pulumi engine: from PATH, the cache, the official release or its source, in that order."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine import cache, hosting, onpath, release, source
from engine.errors import EngineMissing, Missing, SourceError
from engine.step import Report, Step
from engine.version import ENGINE, parse, suits

Source = Literal["path", "release", "built"]
LanguageHost = Literal["official", "python"]


@dataclass(frozen=True, kw_only=True)
class Engine:
    """An engine that can run the program."""

    bin_dir: Path
    """Folder of ``pulumi`` and its language host; must be first on PATH."""

    version: str
    """Version of ``pulumi``, e.g. ``3.259.0``."""

    source: Source
    """From PATH, unpacked from the official release, or built from source."""

    language_host: LanguageHost
    """Which language host starts Python programs: Pulumi's own or :mod:`engine.host`."""

    @property
    def pulumi(self) -> Path:
        """The engine's command."""
        return self.bin_dir / "pulumi"

    @property
    def root(self) -> Path:
        """Root in the Automation API's sense: the folder with ``bin/pulumi``."""
        return self.bin_dir.parent


def find() -> Engine | None:
    """Return a usable engine that is already on this machine, else None; uses no network and builds nothing."""
    return _on_path() or _cached()


def ensure(report: Report) -> Engine:
    """Return a usable engine; fetch or build one if there is none yet.

    May take minutes, with progress sent to ``report``; can be interrupted at any time. Of several processes that need
    the engine at once, one fetches it and the others wait.

    Raises:
        EngineMissing: no source has one; it lists every reason.
    """
    engine = find()
    if engine:
        return engine
    with cache.lock(report):
        engine = find()  # whoever held the lock has probably fetched it
        if engine:
            return engine
        _fill_cache(report)
    engine = _cached()
    if engine is None:
        raise EngineMissing(
            [Missing(what=f"the engine in {cache.home()} is not usable", remedy=f"rm -rf '{cache.home()}'")]
        )
    return engine


def _on_path() -> Engine | None:
    candidate = onpath.find_candidate()
    if candidate is None or candidate.problem:
        return None
    bin_dir = (
        candidate.folder
        if candidate.official
        else hosting.copy_with_host(candidate.folder, candidate.helper, str(candidate.version))
    )
    host: LanguageHost = "official" if candidate.official else "python"
    return Engine(bin_dir=bin_dir, version=str(candidate.version), source="path", language_host=host)


def _cached() -> Engine | None:
    record = cache.read_record()
    if record is None:
        return None
    bin_dir = cache.home() / "bin"
    official = hosting.is_official(bin_dir / hosting.LAUNCHER)
    if not official:
        hosting.install(bin_dir, record.version)
    kind: Source = "release" if record.source == "release" else "built"
    return Engine(
        bin_dir=bin_dir, version=record.version, source=kind, language_host="official" if official else "python"
    )


def _fill_cache(report: Report) -> None:
    """Fill the cache from the first source that works. Needs the cache's lock."""
    reasons: list[Missing] = []
    candidate = onpath.find_candidate()
    if candidate and candidate.problem:
        reasons.append(candidate.problem)
    with cache.work_folder() as folder:
        try:
            report(Step(title="requesting the official release", expected=release.ANSWER_SECONDS))
            release.fetch(folder, report)
            _verify_version(folder)
            cache.store(folder, source="release")
        except SourceError as error:
            reasons.append(error.missing)
            report(Step(title="no official release, the engine is built instead", detail=error.missing.what))
        else:
            return
    with cache.work_folder() as folder:
        try:
            source.build(folder, report)
            _verify_version(folder)
            cache.store(folder, source="built")
        except SourceError as error:
            reasons.append(error.missing)
            raise EngineMissing(reasons) from error


def _verify_version(folder: Path) -> None:
    """Start the new engine once and compare its version. Raises :class:`SourceError`."""
    pulumi = folder / "engine" / "bin" / "pulumi"
    try:
        done = subprocess.run(
            [str(pulumi), "version"], env=onpath.offline(), capture_output=True, text=True, check=False, timeout=60
        )
        output = done.stdout + done.stderr
    except (OSError, subprocess.TimeoutExpired) as error:
        output = str(error)
    version = parse(output)
    if version != ENGINE or not suits(version):
        raise SourceError(
            f"the new engine does not run or reports another version than {ENGINE}: {output.strip()}",
            remedy="try again",
        )

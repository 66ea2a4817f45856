"""Gets a Pulumi engine: from PATH, the cache, the official release or its source, in that order."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine import cache, go, hosting, onpath, release, source
from engine.missing import EngineMissing, Missing
from engine.step import Report, Step
from engine.version import ENGINE, parse, suits

Source = Literal["path", "release", "built"]
LanguageHost = Literal["official", "python"]


@dataclass(frozen=True, kw_only=True)
class Engine:
    """An engine that can run the program."""

    bin_dir: Path
    """Folder of ``pulumi`` and its language host; goes to the front of PATH."""

    version: str
    """Version of ``pulumi``, e.g. ``3.259.0``."""

    source: Source
    """Found on PATH, unpacked from the official release, or built from source."""

    language_host: LanguageHost
    """Which program starts Python programs: Pulumi's own or the one of :mod:`engine.host`."""

    @property
    def pulumi(self) -> Path:
        """The engine's command."""
        return self.bin_dir / "pulumi"

    @property
    def root(self) -> Path:
        """What the Automation API calls the root: the folder that holds ``bin/pulumi``."""
        return self.bin_dir.parent


def find() -> Engine | None:
    """Return a usable engine that is on this machine already; asks no network and builds nothing."""
    return _on_path() or _cached()


def ensure(report: Report) -> Engine:
    """Return a usable engine, fetching or building one where there is none yet.

    May take minutes, which ``report`` is told; can be interrupted at any time. Of several processes that need the
    engine at once, one gets it and the others wait. Raises :class:`EngineMissing` with every reason when no way works.
    """
    found = find()
    if found:
        return found
    with cache.lock(report):
        found = find()  # whoever held the lock has probably got it
        if found:
            return found
        _get(report)
    found = _cached()
    if found is None:
        raise EngineMissing(
            [Missing(what=f"the engine in {cache.home()} is not usable", remedy=f"rm -rf '{cache.home()}'")]
        )
    return found


def _on_path() -> Engine | None:
    candidate = onpath.look()
    if candidate is None or candidate.problem:
        return None
    bin_dir = (
        candidate.folder
        if candidate.official
        else hosting.beside(candidate.folder, candidate.helper, str(candidate.version))
    )
    host: LanguageHost = "official" if candidate.official else "python"
    return Engine(bin_dir=bin_dir, version=str(candidate.version), source="path", language_host=host)


def _cached() -> Engine | None:
    record = cache.read()
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


def _get(report: Report) -> None:
    """Fill the cache from the first source that works. Needs the cache's lock."""
    reasons: list[Missing] = []
    candidate = onpath.look()
    if candidate and candidate.problem:
        reasons.append(candidate.problem)
    with cache.unfinished() as place:
        try:
            report(Step(title="asking for the official release", expected=release.ANSWER_SECONDS))
            release.fetch(place, report)
            _prove(place)
            cache.keep(place, source="release")
        except (release.ReleaseError, source.BuildError) as error:
            reasons.append(error.missing)
            report(Step(title="no official release, the engine is built instead", detail=error.missing.what))
        else:
            return
    with cache.unfinished() as place:
        try:
            source.build(place, report)
            _prove(place)
            cache.keep(place, source="built")
        except (source.BuildError, go.NoGoError) as error:
            reasons.append(error.missing)
            raise EngineMissing(reasons) from error


def _prove(place: Path) -> None:
    """Start the new engine once and compare its version. Raises :class:`source.BuildError`."""
    pulumi = place / "engine" / "bin" / "pulumi"
    try:
        said = subprocess.run(
            [str(pulumi), "version"], env=onpath.quiet(), capture_output=True, text=True, check=False, timeout=60
        )
        output = said.stdout + said.stderr
    except (OSError, subprocess.TimeoutExpired) as error:
        output = str(error)
    version = parse(output)
    if version != ENGINE or not suits(version):
        raise source.BuildError(
            Missing(
                what=f"the new engine does not run or says another version than {ENGINE}: {output.strip()}",
                remedy="try again",
            )
        )

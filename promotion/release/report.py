"""What a release holds, and what differs between two: as lines of text and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from policies.digest import digest
from settings.release import Release
from settings.release_image import KeySignature, ReleaseImage

_TITLES = {
    "policyPack": "policy pack",
    "installer": "oldest installer",
    "wayBack": "ways back",
    "example": "made-up digests",
}
"""Name in JSON → name in text, where they differ."""


def describe_release(release: Release, uses: list[str]) -> Iterator[str]:
    """Yield the lines that describe a release; ``uses`` says how the stacks use it."""
    rules = "that of this checkout" if release.policy_pack == digest() else "another than this checkout's"
    example = "; an example, its digests are made up" if release.example else ""
    yield f"{release.id}: {release.summary}{example}"
    yield f"  hash         {release.hash}"
    yield f"  stacks       {'; '.join(uses) or 'none names it'}"
    yield f"  authors      {', '.join(release.authors)}"
    yield f"  installer    {release.installer} or newer"
    yield f"  policy pack  {release.policy_pack} ({rules})"
    yield f"  components   {', '.join(f'{name} {version}' for name, version in release.components.items())}"
    database = release.database
    yield f"  database     level {database.level}, readable for releases from level {database.readable_from}"
    if database.job:
        yield f"  job          {database.job.version} {database.job.digest}"
    yield f"  ways back    {', '.join(release.way_back)}"
    yield "  images"
    width = max(len(name) for name in release.images)
    for name, image in release.images.items():
        yield f"    {name:<{width}}  {image.version:<12} {image.digest}{_extras(image)}"
    yield "  changelog"
    for line in release.changelog:
        yield f"    {line}"


def _extras(image: ReleaseImage) -> str:
    extras = []
    if image.signature is not None:
        extras.append("signed with a key" if isinstance(image.signature, KeySignature) else "signed without a key")
    if image.sbom is not None:
        extras.append(f"{image.sbom.format} document")
    return f"  ({', '.join(extras)})" if extras else ""


@dataclass(frozen=True)
class ReleaseChange:
    """One difference."""

    what: str
    """``image``, ``component``, ``database``, ``policyPack``, ``installer``, ``wayBack``, ``example``, ``authors``."""
    name: str
    """Which one of several: the repository, the component, ``level``; empty where there is one only."""
    before: str | None
    """None if it is new."""
    after: str | None
    """None if it was removed."""

    def __str__(self) -> str:
        title = _TITLES.get(self.what, self.what) + (f" {self.name}" if self.name else "")
        if self.before is None:
            return f"{title}: new, {self.after}"
        if self.after is None:
            return f"{title}: gone, was {self.before}"
        return f"{title}: {self.before} → {self.after}"


def release_changes(before: Release, after: Release) -> list[ReleaseChange]:
    """List every difference except id, summary and changelog."""
    single: dict[str, Callable[[Release], str]] = {
        "policyPack": lambda release: _short(release.policy_pack),
        "installer": lambda release: release.installer,
        "wayBack": lambda release: ", ".join(release.way_back),
        "example": lambda release: "yes" if release.example else "no",
        "authors": lambda release: ", ".join(release.authors),
    }
    pairs = ((what, show(before), show(after)) for what, show in single.items())
    return [
        *_entry_changes("image", before.images, after.images, _version_and_digest),
        *_entry_changes("component", before.components, after.components, str),
        *_entry_changes("database", _database(before), _database(after), str),
        *(ReleaseChange(what, "", old, new) for what, old, new in pairs if old != new),
    ]


def changes_document(before: Release, after: Release, changes: list[ReleaseChange]) -> dict[str, Any]:
    """Return the JSON form of a comparison."""
    ends = {"from": {"id": before.id, "hash": before.hash}, "to": {"id": after.id, "hash": after.hash}}
    return {"ok": True, "command": "release diff", **ends, "changes": [asdict(change) for change in changes]}


def _entry_changes(
    what: str, before: Mapping[str, Any], after: Mapping[str, Any], show: Callable[[Any], str]
) -> Iterator[ReleaseChange]:
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old != new:
            yield ReleaseChange(what, name, None if old is None else show(old), None if new is None else show(new))


def _database(release: Release) -> dict[str, str]:
    database = release.database
    levels = {"level": str(database.level), "readable from": str(database.readable_from)}
    return levels | ({"job": f"{database.job.version} ({_short(database.job.digest)})"} if database.job else {})


def _version_and_digest(image: ReleaseImage) -> str:
    extras = [name for name, part in (("signed", image.signature), ("sbom", image.sbom)) if part is not None]
    return f"{image.version} ({', '.join([_short(image.digest), *extras])})"


def _short(sha256: str) -> str:
    return sha256[: len("sha256:") + 12]

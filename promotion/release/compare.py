"""What differs between two releases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from settings.release import Release
from settings.release_image import ReleaseImage


@dataclass(frozen=True)
class ReleaseChange:
    """One difference."""

    what: str
    """``image``, ``component``, ``database``, ``policyPack``, ``installer``, ``wayBack``, ``example``, ``authors``."""
    name: str
    """Which one of several: the repository, the component, ``level``; empty where there is one only."""
    before: str | None
    """None for what is new."""
    after: str | None
    """None for what is gone."""

    def __str__(self) -> str:
        title = TITLES.get(self.what, self.what) + (f" {self.name}" if self.name else "")
        if self.before is None:
            return f"{title}: new, {self.after}"
        if self.after is None:
            return f"{title}: gone, was {self.before}"
        return f"{title}: {self.before} → {self.after}"


TITLES = {
    "policyPack": "policy pack",
    "installer": "oldest installer",
    "wayBack": "ways back",
    "example": "made-up digests",
}


def changes(before: Release, after: Release) -> list[ReleaseChange]:
    """List every difference but id, summary and changelog; an image's in words that tell versions from digests."""
    found = list(_mapping("image", before.images, after.images, _image))
    found += _mapping("component", before.components, after.components, str)
    found += _mapping("database", levels_of(before), levels_of(after), str)
    single = {
        "policyPack": lambda release: _short(release.policy_pack),
        "installer": lambda release: release.installer,
        "wayBack": lambda release: ", ".join(release.way_back),
        "example": lambda release: "yes" if release.example else "no",
        "authors": lambda release: ", ".join(release.authors),
    }
    pairs = ((what, show(before), show(after)) for what, show in single.items())
    return found + [ReleaseChange(what, "", old, new) for what, old, new in pairs if old != new]


def levels_of(release: Release) -> dict[str, int]:
    """Levels of the database by what they mean."""
    return {"level": release.database.level, "readable from": release.database.readable_from}


def document(before: Release, after: Release, found: Iterable[ReleaseChange]) -> dict[str, Any]:
    """JSON form."""
    ends = {"from": {"id": before.id, "hash": before.hash}, "to": {"id": after.id, "hash": after.hash}}
    return {"ok": True, "command": "release diff", **ends, "changes": [asdict(change) for change in found]}


def _mapping(what: str, before: Mapping[str, Any], after: Mapping[str, Any], show: Any) -> Iterable[ReleaseChange]:  # noqa: ANN401
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old != new:
            yield ReleaseChange(what, name, None if old is None else show(old), None if new is None else show(new))


def _image(image: ReleaseImage) -> str:
    extras = [word for word, part in (("signed", image.signature), ("sbom", image.sbom)) if part is not None]
    return f"{image.version} ({', '.join([_short(image.digest), *extras])})"


def _short(digest: str) -> str:
    return digest[: len("sha256:") + 12]

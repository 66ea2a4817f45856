"""Whether this program can install the releases that a stack names, on the target that is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.checkout import VERSION
from targets.name import TargetName

if TYPE_CHECKING:
    from settings import PlatformSettings
    from settings.release import Release

NOWHERE = (
    "names {}, which is marked `example: true`: its image digests exist nowhere. Name a release that was published to "
    "your registry; the local target accepts the example."
)
NEWER = (
    "names {}, which asks for version {} of this program or a newer one, and this is {}: update the checkout, then try "
    "again."
)


def release_problems(settings: PlatformSettings, target: TargetName) -> list[str]:
    """Return why one of its releases cannot be installed by this program or on that target, a sentence each."""
    named = {release.id: release for release in (settings.release, settings.standby)}
    found = [sentence for release in named.values() for sentence in too_new(release)]
    if target is TargetName.AZURE:
        found += [NOWHERE.format(release.id) for release in named.values() if release.example]
    return found


def too_new(release: Release, version: str = VERSION) -> list[str]:
    """Say that the release asks for a newer program; nothing if this one will do."""
    if _numbers(release.installer) <= _numbers(version):
        return []
    return [NEWER.format(release.id, release.installer, version)]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:3] if part.isdecimal())

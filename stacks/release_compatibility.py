"""Whether this program can install the releases of a stack on a target."""

from __future__ import annotations

from settings import PlatformSettings
from settings.release import Release
from support.checkout import VERSION
from targets.name import TargetName

EXAMPLE = (
    "names {}, which is marked `example: true`: its image digests exist nowhere. Name a release that was published to "
    "your registry; the local target accepts the example."
)
TOO_NEW = (
    "names {}, which asks for version {} of this program or a newer one, and this is {}: update the checkout, then try "
    "again."
)


def release_problems(settings: PlatformSettings, target: TargetName) -> list[str]:
    """Return why its releases cannot be installed by this program or on that target, a sentence each."""
    named = {release.id: release for release in (settings.release, settings.standby)}
    problems = [sentence for release in named.values() for sentence in needs_newer_program(release)]
    if target is TargetName.AZURE:
        problems += [EXAMPLE.format(release.id) for release in named.values() if release.example]
    return problems


def needs_newer_program(release: Release, version: str = VERSION) -> list[str]:
    """Return a sentence if the release needs a newer version of this program."""
    if _numbers(release.installer) <= _numbers(version):
        return []
    return [TOO_NEW.format(release.id, release.installer, version)]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:3] if part.isdecimal())

"""One release in words."""

from __future__ import annotations

from collections.abc import Iterator

from settings.release import Release
from settings.release_image import KeySignature, ReleaseImage


def lines(release: Release, used: list[str]) -> Iterator[str]:
    """Write everything that a person asks of a release."""
    from policies.digest import digest

    rules = "that of this checkout" if release.policy_pack == digest() else "another than this checkout's"
    example = "; an example, its digests are made up" if release.example else ""
    yield f"{release.id}: {release.summary}{example}"
    yield f"  hash         {release.hash}"
    yield f"  stacks       {'; '.join(used) or 'none names it'}"
    yield f"  authors      {', '.join(release.authors)}"
    yield f"  installer    {release.installer} or newer"
    yield f"  policy pack  {release.policy_pack} ({rules})"
    yield f"  components   {', '.join(f'{name} {version}' for name, version in release.components.items())}"
    database = release.database
    yield f"  database     level {database.level}, readable for releases from level {database.readable_from}"
    yield f"  ways back    {', '.join(release.way_back)}"
    yield "  images"
    width = max(len(name) for name in release.images)
    for name, image in release.images.items():
        yield f"    {name:<{width}}  {image.version:<12} {image.digest}{_extras(image)}"
    yield "  changelog"
    for line in release.changelog:
        yield f"    {line}"


def _extras(image: ReleaseImage) -> str:
    words = []
    if image.signature is not None:
        words.append("signed with a key" if isinstance(image.signature, KeySignature) else "signed without a key")
    if image.sbom is not None:
        words.append(f"{image.sbom.format} document")
    return f"  ({', '.join(words)})" if words else ""

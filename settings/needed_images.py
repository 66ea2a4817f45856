"""The images that the applications of a stack are pulled from, and the tags that they get in its own registry."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from settings.applications import App

SHORT = 12
"""Digits of a digest in a tag: enough that two images of one version have two tags."""


@dataclass(frozen=True, order=True)
class NeededImage:
    """One image, whatever number of applications run it."""

    repository: str
    digest: str | None
    """``sha256:…``; None in dev only, and then the tag decides."""
    tag: str
    """Tag in the stack's registry. With a digest, it is that image's alone: nothing that is imported ever moves it."""
    apps: tuple[str, ...]
    """Applications that run it, in production or in their staging slot."""

    @property
    def reference(self) -> str:
        """Repository with digest, or with the tag where there is no digest."""
        return f"{self.repository}@{self.digest}" if self.digest else f"{self.repository}:{self.tag}"


def needed_images(apps: Iterable[App]) -> tuple[NeededImage, ...]:
    """Return the images of production and staging slots that are not in a public registry, sorted."""
    users: dict[tuple[str, str | None, str], list[str]] = {}
    for app in apps:
        if app.image_registry is None:
            for digest in dict.fromkeys((app.digest, app.standby_digest or app.digest)):
                users.setdefault((app.image, digest, _tag(app.image_tag, digest)), []).append(app.key)
    return tuple(NeededImage(*image, apps=tuple(keys)) for image, keys in sorted(users.items(), key=str))


def _tag(version: str | None, digest: str | None) -> str:
    """Return a tag: an untagged image could fall to whoever cleans up untagged ones."""
    if digest is None:
        return version or "latest"
    short = digest.removeprefix("sha256:")[:SHORT]
    return f"{re.sub(r'[^A-Za-z0-9_.-]', '_', version)[:100]}-{short}" if version else short

"""References to container images: registry, repository, tag, digest."""

from __future__ import annotations

import re
from dataclasses import dataclass

_REFERENCE = re.compile(
    r"(?:(?P<registry>[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?|localhost(?::\d+)?)/)?"
    r"(?P<repository>[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*)"
    r"(?::(?P<tag>\w[\w.-]{0,127}))?"
    r"(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
"""The grammar of the OCI distribution specification, with SHA-256 as the only digest."""


@dataclass(frozen=True)
class ImageReference:
    """One image. Without a registry it is in the environment's own."""

    repository: str
    registry: str | None = None
    tag: str | None = None
    digest: str | None = None

    @property
    def released(self) -> bool:
        """Whether it is a repository alone: the release decides which image is meant."""
        return self.registry is None and self.tag is None and self.digest is None

    def __str__(self) -> str:
        host = f"{self.registry}/" if self.registry else ""
        tag = f":{self.tag}" if self.tag else ""
        return f"{host}{self.repository}{tag}{f'@{self.digest}' if self.digest else ''}"


def parse_image(text: str) -> ImageReference | None:
    """Parse an image reference; None when it is not one."""
    match = _REFERENCE.fullmatch(text)
    if match is None:
        return None
    return ImageReference(match["repository"], match["registry"], match["tag"], match["digest"])

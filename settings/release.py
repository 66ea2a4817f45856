"""A release: which image digests belong together. Its manifest is ``releases/<id>.yaml``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from settings.base import Model, Text

RELEASES = "releases"
"""Folder of the manifests."""

ReleaseId = Annotated[
    str,
    Field(
        pattern=r"^\d{4}\.\d{1,2}\.\d+$",
        examples=["2026.11.0"],
        json_schema_extra={"allowed": "year.month.number, as text"},
    ),
]


class ReleaseImage(Model):
    """One image of a release."""

    version: str = Field(pattern=r"^\w[\w.-]{0,127}$", examples=["1.9.5"])
    """Version as its makers call it; for people, the digest decides."""
    digest: str = Field(
        pattern=r"^sha256:[0-9a-f]{64}$",
        examples=["sha256:" + "0123456789abcdef" * 4],
        json_schema_extra={"allowed": "sha256: and 64 hexadecimal digits"},
    )
    """What is pulled."""


class Release(Model):
    """The manifest of one release."""

    id: ReleaseId
    """Same as the name of the file."""
    example: bool = Field(default=False, examples=[False])
    """Whether the digests are made up, so that it can be planned and tried locally but never installed in Azure."""
    summary: Text = Field(examples=["Dataplane 1.9.5, keycloak 26.5.2"])
    """What is in it, in one line."""
    images: dict[Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._/-]*$")], ReleaseImage] = Field(min_length=1)
    """Repository → image."""

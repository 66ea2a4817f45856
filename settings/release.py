"""A release: which images and versions belong together, and what may be done with them.

Its manifest is ``releases/<id>.yaml``; :mod:`settings.manifest` reads it. The hash of the content is its identity.
"""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from settings.base import Model, Text, refused
from settings.release_image import Digest, ReleaseImage, Repository, Version

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


class Rollout(Model):
    """Two releases at once: what production runs, and what the staging slots hold.

    While a release is staged the slots hold it; after the swap they hold the previous one, the way back.
    """

    running: ReleaseId
    """Release that production runs."""
    standby: ReleaseId
    """Release of the staging slots; the same as ``running`` means the same as one id for both."""


def _form(value: object) -> str:
    return "rollout" if isinstance(value, dict | Rollout) else "one"


ReleaseLine = Annotated[
    Annotated[ReleaseId, Tag("one")] | Annotated[Rollout, Tag("rollout")],
    Discriminator(_form),
]
"""One id for production and slots, or one for each."""


class JobImage(Model):
    """The image that runs the SQL inside the databases; :data:`database.sql.IMAGE` names its repository."""

    version: Version
    """Its tag, for people."""
    digest: Digest
    """What is pulled."""


class ReleaseDatabase(Model):
    """What the release does to its databases; applications migrate the schema when they start."""

    level: int = Field(ge=1, examples=[1])
    """Level of the schema once this release has started. It grows by each release that changes the schema."""
    readable_from: int = Field(ge=1, examples=[1])
    """Lowest level of a release whose programs still work on this schema: going back to a lower one needs the earlier
    data."""
    job: JobImage | None = None
    """Image of the databases' job by digest; None for the tag, which Microsoft moves with every patch."""

    @model_validator(mode="after")
    def _not_above(self) -> Self:
        if self.readable_from > self.level:
            message = f"readableFrom {self.readable_from} is above level {self.level}: it could not read its own data"
            raise refused(message, "a level up to level", f"readableFrom: {self.level}")
        return self


WayBack = Literal["swap", "release", "restore"]
"""``swap``: exchange slot and production once more. ``release``: install a previous release. ``restore``: restore
earlier data, to a point in time."""


def _once(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if values.count(value) > 1:
            raise refused(f"{value} is named twice", "each of them once", "[swap, release, restore]")
    return values


class Release(Model):
    """The manifest of one release."""

    id: ReleaseId
    """Same as the name of the file."""
    example: bool = Field(default=False, examples=[False])
    """Whether digests are made up, so that it can be planned and tried locally but never installed in Azure."""
    summary: Text = Field(examples=["Dataplane 1.9.5, keycloak 26.5.2"])
    """What is in it, in one line."""
    authors: Annotated[tuple[Text, ...], AfterValidator(_once)] = Field(
        min_length=1, examples=[["release-team@contoso.example"]]
    )
    """Every name that its authors go by: e-mail addresses, logins. None of them can approve it."""
    installer: str = Field(
        pattern=r"^\d+\.\d+\.\d+$",
        examples=["0.1.0"],
        json_schema_extra={"allowed": "three numbers, as text: the version in pyproject.toml"},
    )
    """Oldest version of this program that can install it."""
    policy_pack: Digest
    """Digest of the rules that it was judged by when it was created (:mod:`policies.digest`)."""
    components: dict[Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")], Version] = Field(
        min_length=1, examples=[{"engine": "3.259.0"}]
    )
    """Engine, SDK and provider → version that it was created with."""
    database: ReleaseDatabase
    """Schema of the databases."""
    way_back: Annotated[tuple[WayBack, ...], AfterValidator(_once)] = Field(
        min_length=1, examples=[["swap", "release", "restore"]], json_schema_extra={"allowed": "swap, release, restore"}
    )
    """Ways to roll it back: swap, release, restore."""
    changelog: tuple[Text, ...] = Field(min_length=1, examples=[["Dataplane: faster search"]])
    """What is new, a line each."""
    images: dict[Repository, ReleaseImage] = Field(min_length=1)
    """Repository → image."""

    @property
    def hash(self) -> str:
        """Identity of the content: ``sha256:`` and 64 digits over its canonical JSON.

        Keys sorted, no blanks, UTF-8, defaults left out. So comments, order and notation of the file do not
        matter, and a key that a later version of this program adds with a default changes no hash that was recorded. A
        public key that the file names by its path takes part with its text (:mod:`settings.manifest`).
        """
        return f"sha256:{hashlib.sha256(canonical(self).encode()).hexdigest()}"


def canonical(release: Release) -> str:
    """Return the content in the form that is hashed."""
    content: dict[str, Any] = release.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def order(release_id: str) -> tuple[int, ...]:
    """Sort key of release ids: 2026.9.0 comes before 2026.11.0. Anything else comes first."""
    parts = release_id.split(".")
    return tuple(map(int, parts)) if all(part.isdecimal() for part in parts) else ()

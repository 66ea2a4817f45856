"""Applications as they will run: every setting resolved for one environment. What components read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from settings.application import CacheAuth, Generator, Telemetry, second_login

FILES = "files"
"""Part of the storage account that holds the shares of all applications."""

STORAGE_SECRET = "storage-keyKeyVault"  # noqa: S105 - a secret's name


def own_storage_secret(app: str) -> str:
    """Name of the secret with the key of the storage account of one application."""
    return f"{app}-{STORAGE_SECRET}"


@dataclass(frozen=True, kw_only=True)
class AppDatabase:
    """A database of one application."""

    index: int
    """Position in the application's list; part of its secrets' names."""
    name: str
    role: str
    """PostgreSQL role that owns it, ``<name>_user`` with underscores."""
    extensions: tuple[str, ...]
    url_secret: str
    """Vault secret with the connection string."""
    password_secret: str
    """Vault secret with the password of the login that the application uses."""
    rotations: int | None = None
    """How often that password was rotated; None while nobody has asked for it."""

    @property
    def second(self) -> str:
        """Role that acts as the owner and takes turns with it."""
        return second_login(self.role)

    @property
    def login(self) -> str:
        """Role that the application logs in with."""
        return self.second if (self.rotations or 0) % 2 else self.role


@dataclass(frozen=True, kw_only=True)
class AppFiles:
    """The file share of one application."""

    share: str
    """Name of the share: the application's key."""
    mount_path: str
    share_gib: int
    own_account: bool = False
    """In a storage account that no other application has the key of."""

    @property
    def account(self) -> str:
        """Part of the storage account that holds the share."""
        return f"{self.share}-{FILES}" if self.own_account else FILES

    @property
    def key_secret(self) -> str:
        """Name of the secret with the key of that account."""
        return own_storage_secret(self.share) if self.own_account else STORAGE_SECRET


@dataclass(frozen=True, kw_only=True)
class Scaling:
    """How many instances of one application run."""

    min_instances: int
    max_instances: int
    cpu_threshold: int
    """Percent of CPU above which an instance is added."""


@dataclass(frozen=True, kw_only=True)
class AppSetting:
    """One environment variable of the container."""

    name: str
    kind: Literal["literal", "resource", "secret"]
    value: str
    """Literal: the text. Resource: key of :mod:`settings.vocabulary`. Secret: name of the vault secret."""


@dataclass(frozen=True, kw_only=True)
class AppSecret:
    """One secret in the vault."""

    name: str
    generator: Generator
    owner: str | None
    """Key of the application that it belongs to; None for those of the platform."""
    database: int | None = None
    """Index of the owner's database, for ``databaseUrl`` and database passwords."""
    shared: bool = False
    """Whether more than one application reads it."""
    note: str = ""
    fixed: str = ""
    """Why it must not get a new value; empty where it may."""
    rotation: str = ""
    """What a new value makes invalid, where that is known."""
    rotations: int | None = None
    """How often it was rotated; from 0 on applications refer to its version. None: nobody has asked for it."""

    @property
    def opens_database(self) -> bool:
        """Whether it is the password of a database, which two logins take turns with."""
        return self.database is not None and self.generator != "databaseUrl"


@dataclass(frozen=True, kw_only=True)
class App:
    """One application of this environment."""

    key: str
    title: str
    image: str
    """Repository, e.g. ``aifabrix/miso-controller``."""
    image_registry: str | None
    """Host of a public registry, allowed in dev only; None for the environment's own."""
    image_tag: str | None
    digest: str | None
    """``sha256:…``; None in dev only, and then there is a tag."""
    standby_digest: str | None = None
    """Digest of the image in the staging slot; None where it is the same image as in production."""
    port: int
    health_path: str
    edge_path: str | None
    startup_command: str | None
    """Replaces the command of the image."""
    web_sockets: bool
    databases: tuple[AppDatabase, ...]
    cache: bool
    cache_auth: CacheAuth
    telemetry: Telemetry
    files: AppFiles | None
    single_instance: bool
    scaling: Scaling
    settings: tuple[AppSetting, ...]
    """Sorted by name."""
    secrets: tuple[AppSecret, ...]
    """Every secret that it reads, its own and shared ones, sorted by name."""

    @property
    def uses_cache_key(self) -> bool:
        """Whether it signs in to the cache with the access key."""
        return self.cache and self.cache_auth == "access-key"

    @property
    def image_reference(self) -> str:
        """Repository with digest, or with the tag where there is no digest."""
        return f"{self.image}@{self.digest}" if self.digest else f"{self.image}:{self.image_tag}"

    @property
    def standby_image_reference(self) -> str:
        """The image of the staging slot: that of the standby release, or production's where that release has none."""
        return f"{self.image}@{self.standby_digest}" if self.standby_digest else self.image_reference


@dataclass(frozen=True, kw_only=True)
class PlatformSecret(AppSecret):
    """A secret of the plan, once, with all its readers."""

    readers: tuple[str, ...]
    """Keys of the applications whose identities may read it; empty for what only administrators need."""

"""The schema of an application, the same for the product's catalogue and for the customer's own."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from settings.azure_sizes import SHARE_MAX_GIB
from settings.base import Key, Model, Text, refused
from settings.images import ImageReference, parse_image
from settings.problems import nearest
from settings.vocabulary import all_keys, is_known

GENERATORS: dict[str, str] = {
    "password16": "16 random letters, digits and signs",
    "random32": "32 random letters and digits",
    "jwt64": "64 random letters and digits",
    "uuid4": "a random UUID",
    "key32": "32 random bytes in base64",
    "databaseUrl": "connection string of one database, with its role's password",
    "redisUrl": "address of the cache with its access key, over TLS: rediss://:<key>@<host>:10000?ssl_cert_reqs=required",
    "redisKey": "access key of the cache, for clients that take host, port and password",
    "insights": "connection string of Application Insights",
    "storageKey": "access key of the data storage account: App Service mounts file shares with nothing else",
    "supplied": "put into the vault by an operator; the program never sees the value",
}
"""How the value of a secret is produced (docs/reference/product.md, "Secrets")."""

Generator = Literal[
    "password16",
    "random32",
    "jwt64",
    "uuid4",
    "key32",
    "databaseUrl",
    "redisUrl",
    "redisKey",
    "insights",
    "storageKey",
    "supplied",
]

SecretName = Annotated[
    str,
    Field(
        pattern=r"^(?:\{prefix\}-)?[A-Za-z0-9-]{1,100}$",
        examples=["claims-portal-secrets-apiKeyVault"],
        json_schema_extra={"allowed": "letters, digits and hyphens, at most 100"},
    ),
]
SettingName = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,127}$",
        examples=["LOG_LEVEL"],
        json_schema_extra={"allowed": "letters, digits and underscores, no digit first: Linux changes other names"},
    ),
]


def _reference(value: str) -> str:
    if not is_known(value):
        near = nearest(value, all_keys()) or "postgres.host"
        raise refused("nothing of that name can be referred to", f"one of {', '.join(all_keys())}", near)
    return value


def _image(value: str) -> str:
    if parse_image(value) is None:
        raise refused("not an image reference", "repository:tag@sha256:<64 hexadecimal digits>", IMAGE_EXAMPLE)
    return value


IMAGE_EXAMPLE = "claims/portal:1.4.2@sha256:" + "0123456789abcdef" * 4

Sentence = Annotated[str, Field(min_length=1, max_length=400)]


class SettingSource(Model):
    """The source of a setting's value: exactly one of ``value``, ``from``, ``secret``, ``unset`` and ``never``."""

    value: str | None = Field(default=None, max_length=4096, examples=["info"])
    """The value itself, as text. Never a secret."""
    from_: Annotated[str, AfterValidator(_reference)] | None = Field(
        default=None, alias="from", examples=["postgres.host"]
    )
    """A value that the platform knows, by its name in the vocabulary."""
    secret: SecretName | None = None
    """Name of a secret in the vault; the application reads it with its own identity."""
    unset: Sentence | None = Field(default=None, examples=["No mail relay is declared"])
    """The setting is left out; the reason. A stack file may set it."""
    never: Sentence | None = Field(default=None, examples=["Replaced by the managed identity"])
    """The setting is left out and no stack file may set it; the reason."""
    dev: str | None = Field(default=None, max_length=4096, examples=["debug"])
    """Value used in environment dev instead."""
    dev_only: tuple[str, ...] = Field(default=(), examples=[["true"]])
    """Values refused outside dev, besides those that always are."""
    not_secret: Sentence | None = Field(default=None, examples=["A public key"])
    """Why the value may be plain text although the setting's name sounds like a secret's."""
    note: Sentence | None = Field(default=None, examples=["Seconds"])
    """What a maintainer should know."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        used = [name for name in SOURCES if getattr(self, SOURCES[name]) is not None]
        if len(used) != 1:
            what = f"several sources: {', '.join(used)}" if used else "no source"
            raise refused(what, f"exactly one of {', '.join(SOURCES)}", "value: info")
        return self


SOURCES = {"value": "value", "from": "from_", "secret": "secret", "unset": "unset", "never": "never"}
"""Key in the file → attribute."""


class SecretSource(Model):
    """A secret that the application owns."""

    generator: Generator = Field(examples=["random32"])
    """How its value is produced."""
    note: Sentence | None = None
    """What a maintainer or the operator who supplies it should know."""
    fixed: Sentence | None = Field(default=None, examples=["The identity provider keeps a copy"])
    """Why it must not get a new value: `rotate` refuses it with this reason."""
    rotation: Sentence | None = Field(default=None, examples=["Users sign in again"])
    """What a new value makes invalid: `rotate` says so before it asks."""


class SharedSecret(SecretSource):
    """A secret of the platform itself; created when an application reads it."""

    always: bool = False
    """Created even if no application reads it."""
    readers: Literal["any", "cache", "none"] = "any"
    """Applications whose settings may name it: ``any``, ``cache`` (with ``cacheAuth: access-key``), or ``none``."""


class Database(Model):
    """A database of the application's own, with a role ``<name>_user`` that owns it and nothing else."""

    name: str = Field(
        pattern=r"^[a-z_][a-z0-9_-]{0,57}$",
        examples=["claims"],
        json_schema_extra={"allowed": "1-58 lower-case letters, digits, hyphens, underscores, a letter first"},
    )
    """Name on the server; unique among all applications."""
    extensions: tuple[Literal["vector", "pgcrypto", "uuid-ossp", "btree_gin", "btree_gist", "pg_trgm"], ...] = Field(
        default=(), examples=[["vector"]]
    )
    """Extensions to create. A database whose name ends in ``vector`` always gets ``vector``."""


FilesAccount = Literal["shared", "own"]


class Files(Model):
    """A file share of the application's own, mounted over SMB."""

    mount_path: str = Field(default="/mnt/data", pattern=r"^/[a-z0-9/_.-]*[a-z0-9_-]$", examples=["/mnt/data"])
    """Path inside the container."""
    share_gib: int = Field(default=50, ge=1, le=SHARE_MAX_GIB, examples=[50])
    """Quota, GiB."""
    account: FilesAccount = "shared"
    """Whose storage account holds the share: ``shared`` (default), that of all shares, whose key every application
    that mounts has and which opens them all; ``own``, one of its own, for applications that run their users' code.
    A change makes an empty share there and mounts it; the old share stays, copy what it holds."""


class ScalingRequest(Model):
    """How many instances of the application run."""

    min_instances: int = Field(ge=1, le=20, examples=[1])
    """Instances that always run."""
    max_instances: int = Field(ge=1, le=20, examples=[4])
    """Instances that run at most."""
    cpu_threshold: int = Field(default=70, ge=10, le=90, examples=[70])
    """Percent of CPU above which an instance is added."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min_instances > self.max_instances:
            raise refused("minInstances is above maxInstances", "minInstances ≤ maxInstances", "maxInstances: 4")
        return self


Settings = dict[SettingName, SettingSource]


CacheAuth = Literal["access-key", "entra"]
Telemetry = Literal["entra", "none"]
HealthSign = Literal["noticed", "unnoticed", "unknown"]


class Application(Model):
    """An application: what runs, what it needs, and every setting it gets."""

    key: Key
    """Short name, fixed for life: in resource names, secret names and addresses."""
    title: Text = Field(examples=["Claims portal"])
    """Display name."""
    image: Annotated[str, AfterValidator(_image)] = Field(examples=[IMAGE_EXAMPLE])
    """Container image. Outside dev: from the environment's registry (no host name) and pinned by digest."""
    port: int = Field(ge=1, le=65535, examples=[8080])
    """Port that the container listens on."""
    health_path: str = Field(pattern=r"^/[A-Za-z0-9/_.-]*$", max_length=200, examples=["/health"])
    """Path that answers 200 when the application is healthy; an instance that does not is replaced."""
    edge_path: str | None = Field(default=None, pattern=r"^/[a-z0-9/-]+/\*$", examples=["/claims/*"])
    """Path under the common host name once an edge is in front."""
    startup_command: str | None = Field(default=None, max_length=1000, examples=["start --optimized"])
    """Command line that replaces the image's own."""
    web_sockets: bool = False
    """Whether connections are upgraded to web sockets."""
    databases: tuple[Database, ...] = Field(default=(), max_length=9)
    """Databases, in a fixed order: the index is in the secrets' names. Append only."""
    cache: bool = False
    """Whether it uses the shared cache."""
    cache_auth: CacheAuth = "access-key"
    """How it signs in to the cache: ``access-key`` (from the vault) or ``entra`` (a token of its identity; the client
    has to fetch one and sign in again before it ends). Default: ``access-key``, which every client can do."""
    telemetry: Telemetry = "entra"
    """How it sends to Application Insights: ``entra`` with a token of its identity, which agents and distributions
    fetch that read ``APPLICATIONINSIGHTS_AUTHENTICATION_STRING``; ``none`` for one that sends nothing there and
    has no right to. Default: ``entra``."""
    health_covers: dict[Literal["database", "cache", "files"], HealthSign] = Field(
        default={}, examples=[{"database": "noticed"}]
    )
    """Dependency → whether the health path fails without it: ``noticed``, ``unnoticed``, ``unknown`` (never tried)."""
    files: Files | None = None
    """A file share, when it needs one."""
    single_instance: bool = False
    """Whether only one instance may run, e.g. because sessions live in memory."""
    scaling: ScalingRequest | None = None
    """Number of instances; that of the plan when not set."""
    settings: Settings = Field(default={}, examples=[{"LOG_LEVEL": {"value": "info"}}])
    """Environment variables of the container."""
    image_defaults: dict[str, Sentence] = Field(default={}, examples=[{"CIP_EXECUTION_": "Not published"}])
    """Prefix of settings that are left to the image → the reason."""
    secrets: dict[SecretName, SecretSource] = Field(default={}, examples=[{"claims-portal-secrets-apiKeyVault": {}}])
    """Secrets that it owns, besides the two that come with each database."""

    @property
    def reference(self) -> ImageReference:
        """The image, parsed."""
        return parse_image(self.image) or ImageReference(self.image)

    def database_secrets(self) -> dict[str, tuple[Generator, int]]:
        """Secrets that come with the databases: name → generator and index."""
        secrets: dict[str, tuple[Generator, int]] = {}
        for index in range(len(self.databases)):
            secrets[self.database_secret(index, "url")] = ("databaseUrl", index)
            secrets[self.database_secret(index, "password")] = ("password16", index)
        return secrets

    def database_secret(self, index: int, content: Literal["url", "password"]) -> str:
        """Name of a secret that comes with a database; catalogue files refer to it by this name."""
        return f"{self.key}-databases-{index}-{content}KeyVault"


def role_of(database: str) -> str:
    """Role that owns a database."""
    return f"{database.replace('-', '_')}_user"


def second_login(owner: str) -> str:
    """Return the role that takes turns with ``owner`` when a password is rotated.

    Only the end ``er`` of a name of 62 or 63 characters is cut: owners end in ``_user``, so no two become the same.
    """
    return f"{owner[: MAX_IDENTIFIER - len(SECOND)]}{SECOND}"


SECOND = "_b"
MAX_IDENTIFIER = 63
"""Bytes that PostgreSQL keeps of a name (PostgreSQL manual, "Identifiers and Key Words")."""

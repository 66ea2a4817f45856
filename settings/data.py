"""Explicit sizes that override a preset's, and monitoring. What is not set is taken from the preset."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from settings.azure_sizes import PLANS, POSTGRES, POSTGRES_STORAGE_GIB, REDIS_GB, SHARE_MAX_GIB, STORAGE_SKUS
from settings.base import Model
from settings.sizes import Clustering, HaMode


def one_of(values: tuple[Any, ...], **extra: Any) -> Any:  # noqa: ANN401 - a pydantic field
    """Field that takes one of ``values``, listed in the schema; :mod:`settings.sizing` refuses others."""
    return Field(default=None, json_schema_extra={"enum": list(values)}, examples=[values[len(values) // 2]], **extra)


class PostgresOverrides(Model):
    """PostgreSQL Flexible Server."""

    sku: str | None = one_of(tuple(POSTGRES))
    """Compute SKU, e.g. ``Standard_D4ds_v5``."""
    storage_gib: int | None = one_of(POSTGRES_STORAGE_GIB)
    """Storage in GiB, one of Azure's steps; it can grow but never shrink."""
    high_availability: HaMode | None = Field(default=None, examples=["ZoneRedundant"])
    """Standby server: none, in the same zone, or in another one. Not on Burstable SKUs."""
    backup_days: int | None = Field(default=None, ge=7, le=35, examples=[35])
    """Days back to which the server can be restored."""
    geo_backup: bool | None = Field(default=None, examples=[True])
    """Backups in the paired region too. Fixed when the server is created."""


class RedisOverrides(Model):
    """Azure Managed Redis."""

    sku: str | None = one_of(tuple(REDIS_GB))
    """Cluster SKU; a cluster cannot be scaled down in place."""
    high_availability: bool | None = Field(default=None, examples=[True])
    """A replica in another zone. Without it maintenance empties the cache."""
    clustering: Clustering | None = Field(default=None, examples=["NoCluster"])
    """``NoCluster`` (the default) serves every client and ends at 25 GB; above that ``EnterpriseCluster``, which
    refuses commands over keys of several slots, or ``OSSCluster``, which needs cluster-aware clients besides. Azure
    changes ``NoCluster`` in place, in a run before the one with the larger SKU; it never changes the other two."""


class StorageOverrides(Model):
    """Storage accounts."""

    sku: str | None = one_of(STORAGE_SKUS)
    """Redundancy of the data account."""
    quota_gib: int | None = Field(default=None, ge=100, le=SHARE_MAX_GIB, examples=[500])
    """Quota of the file shares of all applications together, GiB."""
    delete_days: int | None = Field(default=None, ge=1, le=3650, examples=[730])
    """Days after its last change when a blob is deleted; kept when not set. Stores of personal data need a limit."""


class RegistrySource(Model):
    """The registry that images are imported from: the vendor's, or one that the customer keeps for all stages."""

    registry: str = Field(
        pattern=r"^(?:[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?|/subscriptions/[^/]+/resourceGroups/[^/]+/providers/"
        r"Microsoft\.ContainerRegistry/registries/[A-Za-z0-9]{5,50})$",
        examples=["images.contoso.example"],
        json_schema_extra={"allowed": "the host name of a registry, or the ARM id of an Azure one"},
    )
    """Host name, or the ARM id of an Azure registry that whoever deploys may read (also a private one)."""
    prefix: str = Field(
        default="", pattern=r"^(?:[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/|$))*$", max_length=100, examples=["mirror/fabrix"]
    )
    """Path in front of each repository there; none when empty."""
    username: str | None = Field(default=None, min_length=1, max_length=256, examples=["fabrix-pull"])
    """User name at a registry that is no Azure one, or of another tenant; nobody logs in when not set."""
    password_variable: str = Field(
        default="FABRIX_REGISTRY_PASSWORD",
        pattern=r"^FABRIX_REGISTRY_(?:[A-Z0-9]{1,40}_)?PASSWORD$",
        examples=["FABRIX_REGISTRY_CONTOSO_PASSWORD"],
        json_schema_extra={"allowed": "FABRIX_REGISTRY_PASSWORD or FABRIX_REGISTRY_NAME_PASSWORD, in capitals"},
    )
    """Environment variable that has the password of ``username`` where `up` runs; the password is written nowhere.
    Its name says that it is meant for a registry: a stack file could otherwise name any variable of whoever deploys,
    e.g. a cloud credential, and send it to the registry that it names."""


class RegistryOverrides(Model):
    """Container registry."""

    zone_redundant: bool | None = Field(default=None, examples=[True])
    """Replicas in three zones."""
    retention_days: int | None = Field(default=None, ge=1, le=90, examples=[30])
    """Days for which a deleted image can be restored (soft delete), 1-90; 30 by default."""
    source: RegistrySource | None = None
    """Where the release's images are imported from. Not set: you put them into the registry yourself."""


class Data(Model):
    """Explicit sizes of the services that hold data."""

    postgres: PostgresOverrides = PostgresOverrides()
    """The database server."""
    redis: RedisOverrides = RedisOverrides()
    """The cache."""
    storage: StorageOverrides = StorageOverrides()
    """Blobs and file shares."""
    registry: RegistryOverrides = RegistryOverrides()
    """Container images."""


class PlanOverrides(Model):
    """App Service plan."""

    sku: str | None = one_of(tuple(PLANS))
    """Plan SKU, e.g. ``P1v3``."""
    instances: int | None = Field(default=None, ge=1, le=30, examples=[2])
    """Instances that always run."""
    max_instances: int | None = Field(default=None, ge=1, le=30, examples=[6])
    """Instances that autoscale may reach."""
    zone_redundant: bool | None = Field(default=None, examples=[True])
    """Spread instances over zones; Premium plans with two instances or more."""


class Compute(Model):
    """Explicit sizes of what runs the applications."""

    plan: PlanOverrides = PlanOverrides()
    """The plan that all web apps share."""


class Budget(Model):
    """What a month may cost; nearing and exceeding it raises alerts. It stops nothing."""

    amount: float = Field(gt=0, examples=[4000])
    """A month, in the currency of the billing account, for the whole subscription."""
    start_month: str = Field(pattern=r"^20[0-9]{2}-(?:0[1-9]|1[0-2])$", examples=["2026-12"])
    """First month, ``YYYY-MM``: the current one or a later one when the budget is created, and unchanged afterwards."""


class Observability(Model):
    """What is monitored, how long it is kept, and who is alerted."""

    retention_days: int | None = Field(default=None, ge=30, le=730, examples=[90])
    """Days for which the workspace keeps logs."""
    audit_days: int | None = Field(default=None, ge=30, le=3650, examples=[365])
    """Days for which exported audit records are kept."""
    audit_immutable: bool | None = Field(default=None, examples=[True])
    """Nobody can change or delete them in these days, and nobody can delete their storage account while it holds one.
    Decided when the account is created: an existing account stays as it is. Default: true in pro and wherever
    ``security.protect`` is on, so that an installation without protection can be destroyed."""
    daily_quota_gb: float | None = Field(default=None, ge=0.1, le=1000, examples=[5])
    """Ingestion at which the workspace stops for the day; none when not set."""
    budget: Budget | None = None
    """Monthly budget with alerts to the addresses below; none when not set."""
    alert_emails: tuple[str, ...] = Field(default=(), examples=[["platform-team@contoso.example"]])
    """Who gets alerts by mail."""

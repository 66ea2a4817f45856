"""Which applications a stack runs: products from the catalogue, changes to them, and the customer's own."""

from __future__ import annotations

from pydantic import Field

from settings.application import (
    Application,
    CacheAuth,
    FilesAccount,
    ScalingRequest,
    SecretName,
    SecretSource,
    Settings,
    Telemetry,
)
from settings.azure_sizes import SHARE_MAX_GIB
from settings.base import Model

PRODUCTS = ("miso-controller", "keycloak", "dataplane", "flowise", "openwebui")
"""Keys of the catalogue, in the order in which they are built."""


class FilesOverride(Model):
    """The file share."""

    share_gib: int | None = Field(default=None, ge=1, le=SHARE_MAX_GIB, examples=[200])
    """Quota, GiB."""
    account: FilesAccount | None = None
    """Whose storage account holds the share, ``shared`` or ``own``: see ``files.account`` of an application."""


class Override(Model):
    """What this stack changes about a product application."""

    settings: Settings = Field(default={}, examples=[{"LOG_LEVEL": {"value": "warn"}}])
    """Settings that replace the catalogue's."""
    secrets: dict[SecretName, SecretSource] = Field(default={}, examples=[{"flowise-smtp-passwordKeyVault": {}}])
    """Secrets that those settings need and the catalogue does not have."""
    scaling: ScalingRequest | None = None
    """Instances."""
    files: FilesOverride | None = None
    """Quota and account of the file share."""
    cache_auth: CacheAuth | None = None
    """How it signs in to the cache: ``access-key`` or ``entra``; the catalogue's choice when not set."""
    telemetry: Telemetry | None = None
    """How it sends to Application Insights: ``entra`` or ``none``; the catalogue's choice when not set."""


class Applications(Model):
    """Everything that runs on the platform."""

    catalogue: tuple[str, ...] = Field(
        default=PRODUCTS,
        examples=[["dataplane", "flowise"]],
        json_schema_extra={"items": {"enum": list(PRODUCTS)}, "uniqueItems": True},
    )
    """Product applications; all of them when not set."""
    custom: tuple[Application, ...] = ()
    """Applications of the customer's own."""
    overrides: dict[str, Override] = Field(default={}, examples=[{"flowise": {"files": {"shareGib": 200}}}])
    """Key of a product application → what is different here."""

"""Thresholds of the rules, by profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Profile = Literal["dev", "test", "prod"]

EU_REGIONS = (
    "westeurope", "northeurope", "swedencentral", "germanywestcentral", "francecentral", "polandcentral",
    "italynorth", "spaincentral", "austriaeast", "belgiumcentral", "denmarkeast", "global",
)  # fmt: skip
"""Azure regions in the European Union that are open to every customer; ``global`` is for resources without one."""


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Thresholds, in days where not stated otherwise."""

    retention_days: int
    """Log Analytics: how long logs can be queried."""
    archive_days: int = 2190
    """Six years, for restricted and health data: 45 CFR 164.316(b)(2)(i)."""
    backup_days: int
    """PostgreSQL."""
    vault_retention_days: int
    """Soft delete of Key Vault."""
    blob_retention_days: int
    """Soft delete of blobs, containers and file shares."""
    flow_log_days: int
    key_rotation_days: int = 365
    secret_validity_days: int = 365
    minimum_instances: int
    """App Service plans and node pools."""
    allowed_regions: tuple[str, ...] = EU_REGIONS
    required_tags: tuple[str, ...] = ("owner", "environment", "data-classification", "cost-center")
    public_ip_purposes: tuple[str, ...] = ("nat", "firewall", "bastion", "gateway")
    """Values of the tag ``purpose``, or consumers, that justify a public address."""
    restricted_classifications: tuple[str, ...] = ("restricted", "phi")
    """Values of the tag ``data-classification`` that require customer-managed keys and archives."""
    personal_classifications: tuple[str, ...] = ("confidential", "personal", "restricted", "phi")
    """Values of the tag ``data-classification`` for what may contain personal data."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Values of the required tags in the stack's settings; the fix of GV-02 sets missing ones."""
    subscription_id: str | None = None
    """The subscription of the stack, if it is known."""
    allowed_models: tuple[str, ...] = field(
        default=("gpt-4o", "gpt-4o-mini", "gpt-4.1", "gpt-4.1-mini", "gpt-4.1-nano", "o3-mini", "o4-mini", "gpt-5",
                 "gpt-5-mini", "gpt-5-nano", "text-embedding-3-large", "text-embedding-3-small")
    )  # fmt: skip


PARAMETERS: Mapping[Profile, Parameters] = {
    "dev": Parameters(
        retention_days=30, backup_days=7, vault_retention_days=7, blob_retention_days=7, flow_log_days=30,
        minimum_instances=1,
    ),
    "test": Parameters(
        retention_days=90, backup_days=14, vault_retention_days=30, blob_retention_days=14, flow_log_days=90,
        minimum_instances=1,
    ),
    "prod": Parameters(
        retention_days=365, backup_days=35, vault_retention_days=90, blob_retention_days=30, flow_log_days=90,
        minimum_instances=2,
    ),
}  # fmt: skip

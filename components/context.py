"""What every component of one region shares: names, region, tags, and how strongly data is protected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from components.shared.completion import Completion
from settings.names import Names


@dataclass(frozen=True, kw_only=True)
class Protection:
    """How hard it is to lose what a stateful resource holds."""

    protect: bool
    """Pulumi refuses to delete the resource until the protection is lifted."""
    lock: bool
    """Azure refuses to delete it too, whoever tries (a ``CanNotDelete`` lock)."""


@dataclass(frozen=True, kw_only=True)
class Context:
    """Handed to each component unchanged; holds settings, never resources."""

    names: Names
    """Physical names by kind; the same object for every component of the installation."""
    location: str
    """Azure region, e.g. ``swedencentral``."""
    region_key: str
    """Short region code that logical names carry, e.g. ``sdc``, so that a second region renames nothing."""
    subscription_id: str
    tenant_id: str
    tags: Mapping[str, str]
    """Put on every resource that can carry tags."""
    protection: Protection
    refreshed: bool = False
    """Whether this run has read Azure first (``--refresh``), so that the state holds live values."""
    completion: Completion | None = None
    """Where locks wait for the rest of the region; without it they come right after what they protect."""

    def logical(self, role: str, *parts: str) -> str:
        """Pulumi name of a resource: role, region, parts. Stable for the life of the installation."""
        return "-".join((role, self.region_key, *parts))

    def resource_group_id(self, name: str) -> str:
        """ARM id of a resource group of this subscription, known before the group exists."""
        return f"/subscriptions/{self.subscription_id}/resourceGroups/{name}"

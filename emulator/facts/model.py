"""What the facts table holds: what the local Azure must know about one resource type."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

_NAMESPACE = uuid.UUID("7a1f9c52-3d0e-5b64-9a8e-2f6c1d4b7e90")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def _first(_: str) -> int:
    """Return 0: without a store, every object is the first with its id."""
    return 0


@dataclass(frozen=True, kw_only=True)
class NameRule:
    """Which names a resource may have."""

    pattern: str
    """Regular expression that the whole name must match."""
    min: int
    """Minimum length."""
    max: int
    """Maximum length."""
    description: str
    """The rule for the person whose name was refused: ``lower-case letters and digits``."""

    def allows(self, name: str) -> bool:
        """Return whether ``name`` has an allowed length and matches the pattern."""
        return self.min <= len(name) <= self.max and re.fullmatch(self.pattern, name) is not None


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Where an object is: everything besides its inputs that computed outputs may depend on."""

    id: str
    """ARM id, spelt as the object was created."""
    name: str
    """Last segment of the ARM id."""
    subscription_id: str
    tenant_id: str
    resource_group: str | None = None
    """Absent for subscription-level and tenant-level objects."""
    location: str | None = None
    """The object's own location, else that of its parent or resource group."""
    parent_id: str | None = None
    """ARM id of the object that contains this one; the scope of an extension resource."""
    lives: Callable[[str], int] = field(default=_first, compare=False, repr=False)
    """How many earlier objects with an ARM id were created and deleted."""

    def guid(self, *parts: str) -> str:
        """Return a GUID that looks random and is always the same for the same object and ``parts``.

        An object that is created again under its old id is another object, with other GUIDs: Azure never reuses one.
        """
        before = self.lives(self.id)
        life = (f"life {before + 1}",) if before else ()
        return str(uuid.uuid5(_NAMESPACE, "|".join((self.id.lower(), *parts, *life))))


Outputs = Callable[[dict[str, Any], Placement], dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Members:
    """Objects that may be listed in an input of their parent, and still are objects of their own."""

    listed: str
    """Input of the parent, a list of objects with a ``name``: ``subnets``."""
    token: str
    """Type of the members, ``azure-native:network:Subnet``."""


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One resource type: its ARM id, its name, what cannot change, what Azure computes."""

    token: str
    """Type token of the SDK, ``azure-native:keyvault:Vault``."""
    arm_type: str
    """``Microsoft.KeyVault/vaults``"""
    path: str
    """ARM id with input names in braces: ``/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/…``.

    ``{scope}/providers/…`` for extension resources. ``{subscriptionId}`` and ``{tenantId}`` come from the provider.
    A last segment without braces (``/default``) is a name that Azure fixes.
    """
    name: NameRule | None = None
    """None where Azure fixes the name."""
    unique: str = "parent"
    """Within what the name is unique: ``global``, ``region``, ``subscription``, ``group``, ``parent`` or ``scope``."""
    immutable: tuple[str, ...] = ()
    """Input paths whose change replaces the object (``properties.tenantId``); path placeholders always do."""
    outputs: Outputs | None = None
    """Computes Azure's own outputs, by SDK output name, from plain inputs (no secrets, no unknowns)."""
    late: tuple[str, ...] = ()
    """Names of outputs that a preview cannot know: GUIDs, addresses, principal ids."""
    secret: tuple[str, ...] = ()
    """Names of outputs that are secret whatever the inputs were."""
    soft_delete: bool = False
    """A deleted object reserves its name and keeps what it contains until it is purged or recovered."""
    members: tuple[Members, ...] = ()
    """Inputs that list objects of other types."""
    logs: tuple[str, ...] | None = None
    """Log categories that Azure Monitor collects; empty where the type has metrics only, None where it is not known.

    Source: Microsoft Learn, "Supported log categories", one page a type. The group ``allLogs`` exists where there is
    any category.
    """
    api_version: str | None = None
    """API version that the pinned SDK uses, for exports."""
    retired: str | None = None
    """Why the type cannot be created any more, and what to use instead; None while it can."""
    from_shape: bool = False
    """Derived from the SDK's shape alone, since no table has the type: where it can be is not known, for one."""
    placeholders: tuple[str, ...] = field(init=False, default=())
    """Input names in :attr:`path`, in order, without ``subscriptionId`` and ``tenantId``."""

    def __post_init__(self) -> None:
        names = [name for name in _PLACEHOLDER.findall(self.path) if name not in {"subscriptionId", "tenantId"}]
        object.__setattr__(self, "placeholders", tuple(names))

    @property
    def name_input(self) -> str | None:
        """Input that holds the object's own name (the path's last placeholder); None if Azure fixes the name."""
        return self.placeholders[-1] if self.path.endswith("}") else None

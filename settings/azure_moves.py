"""Properties that Azure changes by itself: one table for the program, drift and the gates of a promotion.

``up`` leaves alone what the table says it must not put back, ``drift`` names the change as Azure's own, and a promotion
does not wait for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Bounds = Literal["any", "grows", "autoscale"]
Ignored = Literal["always", "live", "never"]


@dataclass(frozen=True, kw_only=True)
class Moved:
    """One property that Azure changes by itself."""

    type: str
    """Type without package and version, ``web:AppServicePlan``."""
    path: str
    """Property path; everything below it moves, too."""
    mover: str
    """What changes it, for messages: ``a failover``."""
    within: Bounds = "any"
    """Which values are Azure's own doing: any; those above the declared one; those that autoscale may set."""
    ignored: Ignored = "always"
    """When a deployment leaves it alone: always; where it has just read the live value (``--refresh``); never, because
    the setting still has to raise it."""
    setting: str = ""
    """Setting to which the new value should be written; empty where none says it."""

    def covers(self, kind: str, path: str) -> bool:
        """Return whether ``path`` of a resource of type ``kind`` is this property or below it."""
        return kind == self.type and (path == self.path or path.startswith((f"{self.path}.", f"{self.path}[")))


_SERVER, _PEERING = "dbforpostgresql:Server", "network:VirtualNetworkPeering"
_FAILOVER = "a failover, which exchanges primary and standby"
_GROWTH = "storage autogrow"
_OTHER_SIDE = "the owner of the other network"

AZURE_MOVES: tuple[Moved, ...] = (
    Moved(type=_SERVER, path="availabilityZone", mover=_FAILOVER),
    Moved(type=_SERVER, path="highAvailability.standbyAvailabilityZone", mover=_FAILOVER),
    Moved(
        type=_SERVER,
        path="storage.storageSizeGB",
        mover=_GROWTH,
        within="grows",
        ignored="never",
        setting="data.postgres.storageGib",
    ),
    Moved(type=_SERVER, path="storage.tier", mover=f"{_GROWTH}: a larger disk has another tier"),
    Moved(type=_SERVER, path="storage.iops", mover=f"{_GROWTH}: a larger disk has more"),
    Moved(type="web:AppServicePlan", path="sku.capacity", mover="autoscale", within="autoscale", ignored="live"),
    Moved(type=_PEERING, path="peeringState", mover=_OTHER_SIDE),
    Moved(type=_PEERING, path="peeringSyncLevel", mover=_OTHER_SIDE),
    Moved(type=_PEERING, path="remoteAddressSpace", mover=_OTHER_SIDE),
    Moved(type=_PEERING, path="remoteVirtualNetworkAddressSpace", mover=_OTHER_SIDE),
)
"""Sources: Microsoft Learn, "High availability in Azure Database for PostgreSQL" (zones after a failover), "Storage
options in Azure Database for PostgreSQL" (autogrow, tiers), "Get started with autoscale in Azure", "Virtual Network
Peerings - Get" (states and address spaces). Nothing that a policy governs is ignored always."""


def ignored(kind: str, *, live: bool = False) -> list[str]:
    """Return the paths for ``ignore_changes`` of a resource of type ``kind``.

    ``live``: the deployment has read Azure first and keeps what it found within bounds.
    """
    when = {"always", "live"} if live else {"always"}
    return [row.path for row in AZURE_MOVES if row.type == kind and row.ignored in when]


def moved(kind: str, path: str) -> Moved | None:
    """Return the row of the table for a property; None for one that only people change."""
    return next((row for row in AZURE_MOVES if row.covers(kind, path)), None)

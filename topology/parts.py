"""The parts of a network that decide about traffic."""

from __future__ import annotations

from dataclasses import dataclass

from topology.addresses import Block
from topology.nsg import Rule

UNKNOWN_PEER = ""
"""Key of a peered network that is not known yet."""


@dataclass(frozen=True)
class Route:
    """One user-defined route."""

    name: str
    prefix: str | None
    next_hop: str | None
    """The text ``None`` drops packets; ``VnetLocal``, ``Internet``, ``VirtualAppliance`` and so on do not."""
    address: str | None = None


@dataclass(frozen=True)
class Subnet:
    """One subnet with its security rules, routes and way out."""

    id: str
    name: str
    logical: str
    network_id: str
    prefixes: tuple[Block, ...]
    group: str | None
    """Name of its security group; None if it has none."""
    rules: tuple[Rule, ...] | None
    """None if the group is outside the deployment, or its rules are unknown."""
    table: str | None
    routes: tuple[Route, ...] | None
    nat: str | None
    default_outbound: bool | None
    """Azure's own way out for subnets without one; None if unknown."""
    endpoint_policies: str
    """``privateEndpointNetworkPolicies``; Azure's default is ``Disabled``."""


@dataclass(frozen=True)
class VirtualNetwork:
    """One virtual network."""

    id: str
    name: str
    spaces: tuple[Block, ...]
    peers: tuple[str, ...]
    """Keys of the networks that it exchanges traffic with; :data:`UNKNOWN_PEER` for one that is not known yet."""
    connected: tuple[Block, ...]
    """Address spaces behind those of its peerings that both sides have made."""
    dns_servers: tuple[str, ...]
    """Empty for Azure's resolver."""


@dataclass(frozen=True)
class Endpoint:
    """One private endpoint."""

    id: str
    name: str
    subnet_id: str | None
    target_id: str | None
    group: str | None
    """Group id, e.g. ``blob`` or ``sites-staging``."""
    approved: bool | None
    addresses: tuple[str, ...]
    """Static addresses; empty if Azure chooses one of the subnet."""
    zone_ids: tuple[str, ...] | None
    """Zones of its zone group; None if it has no zone group."""

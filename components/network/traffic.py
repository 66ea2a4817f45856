"""What may pass between subnets and out of the network, as tables.

What a client sends to a private endpoint is one row of :data:`FLOWS`, from which both ends get their security rule:
outbound at the client, inbound at the endpoints. Reasons end up in the portal, as the description of the rule.

Sources: Microsoft Learn, "Virtual network service tags", "Securing a virtual network in Azure Container Apps", and
docs/reference/product.md, "Network" (egress denied by default, explicit allow list, closed when empty).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

ANY = "*"
SELF = "self"
"""In a row: the subnet that the security group belongs to."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One security rule, in the terms of the portal."""

    name: str
    """Unique in its group, whatever the direction: of two, the second one would replace the first."""
    priority: int
    """100-4096, unique in its direction; the lowest that matches decides."""
    direction: str
    """``Inbound`` or ``Outbound``."""
    access: str
    """``Allow`` or ``Deny``."""
    source: str
    """CIDR block, service tag or ``*``."""
    destinations: tuple[str, ...]
    """CIDR blocks, or a single service tag, or ``*``."""
    ports: tuple[str, ...]
    """Ports and ranges at the destination, or ``*``."""
    reason: str
    protocol: str = "Tcp"


@dataclass(frozen=True, kw_only=True)
class Flow:
    """What one kind of subnet sends to private endpoints."""

    client: str
    """Role of the subnet."""
    name: str
    services: tuple[str, ...]
    """Keys of :data:`components.shared.endpoints.ENDPOINTS`; their ports are opened."""
    reason: str


@dataclass(frozen=True, kw_only=True)
class MicrosoftService:
    """A Microsoft service that has no private endpoint here and must be reached by its service tag."""

    clients: tuple[str, ...]
    tag: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class EgressRow:
    """One row of the customer's allow list."""

    name: str
    """1-60 letters, digits, hyphens; unique in the list."""
    destination: str
    """CIDR block or service tag; a security group filters addresses and knows no host names."""
    ports: tuple[str, ...]
    """TCP ports or ranges, e.g. ``443`` or ``8000-8080``."""
    subnets: tuple[str, ...] = ()
    """Roles of the subnets that may; empty for all that have a way out."""
    reason: str


@dataclass(frozen=True, kw_only=True)
class IngressRow:
    """One row of the customer's list of who may connect to a subnet."""

    name: str
    """1-60 letters, digits, hyphens; unique in the list."""
    source: str
    """CIDR block outside the network, or role of a subnet, which then gets the outbound end of the rule, too."""
    subnet: str
    """Role of the subnet that is connected to."""
    ports: tuple[str, ...]
    """TCP ports or ranges."""
    reason: str


FLOWS: tuple[Flow, ...] = (
    Flow(
        client="apps",
        name="https",
        services=("vault", "blob", "queue", "table", "registry", "sites", "monitor"),
        reason="Apps read secrets and blobs, pull images, call each other and send telemetry",
    ),
    Flow(client="apps", name="postgres", services=("postgres",), reason="Apps read and write their databases"),
    Flow(client="apps", name="redis", services=("redis",), reason="Apps use the cache and its shards"),
    Flow(
        client="apps",
        name="files",
        services=("file",),
        reason="Apps mount their file share: App Service needs 80 beside 445",
    ),
    Flow(
        client="jobs",
        name="https",
        services=("vault", "blob", "registry", "monitor"),
        reason="Jobs read secrets, pull images, keep dumps and send telemetry",
    ),
    Flow(client="jobs", name="postgres", services=("postgres",), reason="Jobs make database roles and extensions"),
    Flow(
        client="runner",
        name="https",
        services=("vault", "blob", "registry", "sites"),
        reason="The runner pushes images and checks the health of apps",
    ),
)
"""Append only, so that no priority moves."""

PLATFORM: tuple[MicrosoftService, ...] = (
    MicrosoftService(clients=("apps", "jobs", "runner"), tag="AzureActiveDirectory", reason="Tokens of Entra ID"),
    MicrosoftService(
        clients=("apps", "runner"),
        tag="AzureResourceManager",
        reason="The runner deploys through ARM; so does a controller that deploys",
    ),
)
"""Append only, all TCP 443. Every other destination outside the network needs a row of the customer's allow list."""

DELEGATED: Mapping[str, tuple[Rule, ...]] = MappingProxyType(
    {
        "Microsoft.App/environments": (
            Rule(
                name="allow-environment-probes",
                priority=400,
                direction="Inbound",
                access="Allow",
                source="AzureLoadBalancer",
                destinations=(SELF,),
                ports=("30000-32767",),
                reason="Azure probes the nodes of the Container Apps environment",
            ),
            Rule(
                name="allow-environment-inside",
                priority=410,
                direction="Inbound",
                access="Allow",
                source=SELF,
                destinations=(SELF,),
                ports=(ANY,),
                protocol=ANY,
                reason="Nodes of the Container Apps environment talk to each other",
            ),
            Rule(
                name="allow-environment-to-inside",
                priority=410,
                direction="Outbound",
                access="Allow",
                source=SELF,
                destinations=(SELF,),
                ports=(ANY,),
                protocol=ANY,
                reason="Nodes of the Container Apps environment talk to each other",
            ),
            Rule(
                name="allow-environment-images",
                priority=420,
                direction="Outbound",
                access="Allow",
                source=SELF,
                destinations=("MicrosoftContainerRegistry",),
                ports=("443",),
                reason="System images of the Container Apps environment",
            ),
            Rule(
                name="allow-environment-image-layers",
                priority=430,
                direction="Outbound",
                access="Allow",
                source=SELF,
                destinations=("AzureFrontDoor.FirstParty",),
                ports=("443",),
                reason="Microsoft's registry serves its layers through Front Door",
            ),
            # Microsoft Learn, "Securing a virtual network in Azure Container Apps with network security groups": a
            # rule "only required when using Azure Monitor", as the environment does. Nodes send what containers print.
            Rule(
                name="allow-environment-logs",
                priority=440,
                direction="Outbound",
                access="Allow",
                source=SELF,
                destinations=("AzureMonitor",),
                ports=("443",),
                reason="Nodes of the Container Apps environment send the logs of its containers",
            ),
        )
    }
)
"""Delegation of a subnet → rules that the service needs to run there at all."""

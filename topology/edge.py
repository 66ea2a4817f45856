"""The edge: what is meant to be reached from the Internet, the services behind it, and every other public address.

Source: Microsoft Learn, "Secure your Origin with Private Link in Azure Front Door Premium" (each origin's connection
has to be approved by the owner of its target).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from resources import arm
from resources.model import Graph, Resource
from resources.values import ABSENT, get, strings, text
from topology.services import Service

EDGE_TYPES = ("cdn:AFDEndpoint", "network:ApplicationGateway", "network:FrontDoor")
"""Types whose purpose is to accept connections from the Internet."""


@dataclass(frozen=True)
class EdgeRoute:
    """A way from the edge to a service, through one of its origins."""

    endpoint: str
    origin: str
    approved: bool


@dataclass(frozen=True)
class PublicAddress:
    """One public address and the resource that uses it."""

    urn: str
    name: str
    holder: Resource | None
    """None if no resource refers to it."""
    subnet_id: str | None = None

    @property
    def outbound_only(self) -> bool:
        """Whether it is used for outbound connections only."""
        return self.holder is not None and self.holder.type == "network:NatGateway"

    @property
    def at_the_edge(self) -> bool:
        """Whether it belongs to the edge."""
        return self.holder is not None and self.holder.type in EDGE_TYPES


def edge_resources(graph: Graph) -> list[Resource]:
    """Return the enabled resources whose purpose is to accept connections from the Internet."""
    return [resource for resource in graph.of(*EDGE_TYPES) if _enabled(resource)]


def _enabled(resource: Resource) -> bool:
    return (text(resource, "enabledState") or "Enabled").lower() != "disabled"


def edge_route(graph: Graph, service: Service) -> EdgeRoute | None:
    """Return a way through the edge to ``service``, preferably an approved one; None if there is none."""
    return min(_routes(graph, service), key=lambda route: not route.approved, default=None)


def _routes(graph: Graph, service: Service) -> Iterator[EdgeRoute]:
    hosts = {host_name.name for host_name in service.host_names}
    endpoint = next((one for one in edge_resources(graph) if one.type == "cdn:AFDEndpoint"), None)
    for origin in graph.of("cdn:AFDOrigin") if endpoint else ():
        leads_here = (text(origin, "hostName") or "").lower() in hosts and _enabled(origin)
        # Without a private link the edge connects over the Internet like anyone else, and the public side decides.
        if endpoint and leads_here and get(origin, "sharedPrivateLinkResource") is not ABSENT:
            name = text(endpoint, "endpointName") or endpoint.name
            yield EdgeRoute(name, text(origin, "originName") or origin.name, _approved(origin))


def _approved(origin: Resource) -> bool:
    for source in (origin.outputs, origin.props):
        if status := text(source, "sharedPrivateLinkResource.status"):
            return status.lower() == "approved"
    return False


def public_addresses(graph: Graph) -> list[PublicAddress]:
    """Return every public address with the resource that uses it."""
    addresses = []
    for address in graph.of("network:PublicIPAddress"):
        own = graph.id_of(address)
        holder = next((one for one in graph.resources if one is not address and _uses(one, own)), None)
        subnet = next((value for _, value in strings(holder.props) if "/subnets/" in value), None) if holder else None
        name = text(address, "publicIpAddressName") or address.name
        addresses.append(PublicAddress(address.urn, name, holder, subnet))
    return addresses


def _uses(resource: Resource, address_id: str) -> bool:
    """Return whether ``resource`` uses the address; a diagnostic setting or a lock only refers to it."""
    if resource.type.startswith(("monitor:", "insights:", "authorization:")):
        return False
    return any(arm.same(value, address_id) for _, value in strings(resource.props))

"""The edge: what is meant to be reached from the Internet, what stands behind it, and every other public address.

Source: Microsoft Learn, "Secure your Origin with Private Link in Azure Front Door Premium" (each origin's connection
has to be approved by the owner of what it leads to).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from topology import arm
from topology.model import Resource, get, outputs, strings, text

if TYPE_CHECKING:
    from topology.network import Topology
    from topology.services import Service

DOORS = ("cdn:AFDEndpoint", "network:ApplicationGateway", "network:FrontDoor")
"""Types that take connections from the Internet by purpose."""

EDGE_PURPOSE = "edge"
"""Value of the tag ``purpose`` on a public address that belongs to the edge."""


@dataclass(frozen=True)
class Through:
    """How an origin of the edge leads to a service."""

    endpoint: str
    origin: str
    approved: bool


@dataclass(frozen=True)
class PublicAddress:
    """One public address and who holds it."""

    urn: str
    name: str
    holder: Resource | None
    """None: nothing among the resources names it."""
    subnet_id: str | None = None

    @property
    def outbound_only(self) -> bool:
        """Whether it only ever begins connections."""
        return self.holder is not None and self.holder.type == "network:NatGateway"

    @property
    def at_the_edge(self) -> bool:
        """Whether it belongs to the edge."""
        return self.holder is not None and self.holder.type in DOORS


def doors(topology: Topology) -> list[Resource]:
    """Everything that takes connections from the Internet by purpose, and is switched on."""
    return [
        door for door in topology.of(*DOORS) if (text(door.props, "enabledState") or "Enabled").lower() != "disabled"
    ]


def path_to(topology: Topology, service: Service) -> Through | None:
    """Way through the edge to ``service``; an approved one first, None where there is none."""
    found = sorted(_ways(topology, service), key=lambda way: not way.approved)
    return found[0] if found else None


def _ways(topology: Topology, service: Service) -> Iterator[Through]:
    hosts = {face.host for face in service.faces}
    open_doors = [
        text(door.props, "endpointName") or door.name for door in doors(topology) if door.type == "cdn:AFDEndpoint"
    ]
    for origin in topology.of("cdn:AFDOrigin"):
        leads = (text(origin.props, "hostName") or "").lower() in hosts
        on = (text(origin.props, "enabledState") or "Enabled").lower() != "disabled"
        if not (leads and on and open_doors):
            continue
        link = get(origin.props, "sharedPrivateLinkResource")
        if link is None:
            continue  # the edge comes over the Internet like everybody else, and the public side decides
        yield Through(open_doors[0], text(origin.props, "originName") or origin.name, _approved(origin))


def _approved(origin: Resource) -> bool:
    for place in (outputs(origin), origin.props):
        status = text(place, "sharedPrivateLinkResource.status")
        if status:
            return status.lower() == "approved"
    return False


def public_addresses(topology: Topology) -> list[PublicAddress]:
    """Every public address with the resource that refers to it."""
    found = []
    for address in topology.of("network:PublicIPAddress"):
        own = topology.id_of(address)
        holder = next((one for one in topology.resources if one is not address and _names(one, own)), None)
        subnet = next((value for _, value in strings(holder.props) if "/subnets/" in value), None) if holder else None
        name = text(address.props, "publicIpAddressName") or address.name
        found.append(PublicAddress(address.urn, name, holder, subnet))
    return found


def _names(resource: Resource, address_id: str) -> bool:
    """Whether ``resource`` holds the address; a diagnostic setting or a lock only speaks of it."""
    if resource.type.startswith(("monitor:", "insights:", "authorization:")):
        return False
    return any(arm.same(value, address_id) for _, value in strings(resource.props))

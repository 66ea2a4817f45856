"""What a host name resolves to from inside a network, and why.

A private answer needs four things: an endpoint, an approval, a zone group that writes its record, and a link between
that zone and the network. Source: Microsoft Learn, "Azure Private Endpoint DNS integration".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from topology import arm
from topology.model import Reason
from topology.network import Topology
from topology.parts import Endpoint, Subnet
from topology.services import Face, Service, by_host


@dataclass(frozen=True)
class Resolution:
    """The answer that a machine in one subnet gets."""

    host: str
    private: bool | None
    """None: the zones are somebody else's, and so is the answer."""
    text: str
    endpoint: Endpoint | None = None
    zone: str = ""
    address: str = ""
    """Of the endpoint: its own, or the block that Azure took it from."""
    reason: Reason | None = None
    """Why it is not private, where a private answer is possible at all."""


def resolve(topology: Topology, subnet: Subnet, host: str) -> Resolution:
    """Resolve ``host`` (a full name) for machines of ``subnet``."""
    found = by_host(topology, host)
    if found is None:
        return Resolution(host, private=False, text=f"{host} is no service of this deployment; public DNS answers")
    return of_face(topology, subnet, *found)


def of_face(topology: Topology, subnet: Subnet, service: Service, face: Face) -> Resolution:
    """Resolve one host name of a service that is known."""
    network = topology.networks.get(arm.key(subnet.network_id))
    candidates = endpoints_of(topology, service, face.group)
    if not candidates:
        return _public(face, Reason.ENDPOINT, f"{service.name} has no private endpoint for {face.group}")
    if network is not None and network.dns_servers:
        return Resolution(
            face.host, private=None, zone=face.zone, endpoint=candidates[0],
            text=f"{network.name} asks DNS servers of the customer's ({', '.join(network.dns_servers)})",
        )  # fmt: skip
    answers = [_through(topology, subnet, endpoint, face) for endpoint in candidates]
    return next((one for one in answers if one.private), None) or next(
        (one for one in answers if one.private is None), answers[0]
    )


def endpoints_of(topology: Topology, service: Service, group: str) -> list[Endpoint]:
    """Private endpoints that lead to one group of a service."""
    return [
        endpoint
        for endpoint in topology.endpoints
        if arm.same(endpoint.target_id, service.target_id) and (endpoint.group or group).lower() == group.lower()
    ]


def _through(topology: Topology, subnet: Subnet, endpoint: Endpoint, face: Face) -> Resolution:
    if endpoint.approved is False:
        text = f"the connection of {endpoint.name} waits for approval, and has no record until then"
        return _public(face, Reason.PENDING, text, endpoint)
    zone_id = next((one for one in endpoint.zone_ids or () if arm.name(one).lower() == face.zone), None)
    if zone_id is None:
        if endpoint.zone_ids is None and not topology.zones and not topology.of("network:PrivateDnsZoneGroup"):
            text = f"no zone is part of this deployment; who keeps {face.zone} decides"
            return Resolution(face.host, private=None, text=text, endpoint=endpoint, zone=face.zone)
        what = "no zone group" if endpoint.zone_ids is None else f"a zone group without {face.zone}"
        return _public(face, Reason.ZONE_GROUP, f"{endpoint.name} has {what}, so nobody writes its record", endpoint)
    if arm.key(zone_id) not in topology.zones:
        text = f"{face.zone} is a zone of the customer's; its links to networks are not part of this deployment"
        return Resolution(face.host, private=None, text=text, endpoint=endpoint, zone=face.zone)
    if (arm.key(zone_id), arm.key(subnet.network_id)) not in topology.links:
        text = f"zone {face.zone} is not linked to {arm.name(subnet.network_id)}"
        return _public(face, Reason.ZONE_LINK, text, endpoint)
    address = address_of(topology, endpoint)
    return Resolution(
        face.host, private=True, endpoint=endpoint, zone=face.zone, address=address,
        text=f"{face.host} → {address} ({endpoint.name}, zone {face.zone})",
    )  # fmt: skip


def address_of(topology: Topology, endpoint: Endpoint) -> str:
    """Address of an endpoint, or the block that it is in while Azure has not said which it took."""
    if endpoint.addresses:
        return endpoint.addresses[0]
    subnet = topology.subnets.get(arm.key(endpoint.subnet_id)) if endpoint.subnet_id else None
    prefixes: Sequence[object] = subnet.prefixes if subnet else ()
    return f"an address of {prefixes[0]}" if prefixes else "an address of a subnet that is not part of this deployment"


def _public(face: Face, reason: Reason, text: str, endpoint: Endpoint | None = None) -> Resolution:
    text = f"{face.host} resolves to its public address: {text}"
    return Resolution(face.host, private=False, text=text, endpoint=endpoint, zone=face.zone, reason=reason)

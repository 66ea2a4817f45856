"""What a host name resolves to from inside a network, and why.

A private answer needs four things: an endpoint, its approval, a zone group that writes its record, and a link between
that zone and the network. Source: Microsoft Learn, "Azure Private Endpoint DNS integration".
"""

from __future__ import annotations

from dataclasses import dataclass

from resources import arm
from topology.model import Reason
from topology.network import Topology
from topology.parts import Endpoint, Subnet
from topology.services import HostName, Service, service_at


@dataclass(frozen=True)
class Resolution:
    """The answer that machines in one subnet get."""

    host: str
    private: bool | None
    """None if the zones are outside the deployment, and so is the answer."""
    text: str
    endpoint: Endpoint | None = None
    zone: str = ""
    address: str = ""
    """Address of the endpoint, or the block that Azure takes it from."""
    reason: Reason | None = None
    """Why the answer is not private although the service is one of the deployment."""


def resolve(topology: Topology, subnet: Subnet, host: str) -> Resolution:
    """Resolve ``host`` (a full name) for machines of ``subnet``."""
    match = service_at(topology, host)
    if match is None:
        return Resolution(host, private=False, text=f"{host} is not a service of this deployment; public DNS answers")
    return resolve_service(topology, subnet, *match)


def resolve_service(topology: Topology, subnet: Subnet, service: Service, host_name: HostName) -> Resolution:
    """Resolve a host name of a service of the deployment for machines of ``subnet``."""
    network = topology.networks.get(arm.key(subnet.network_id))
    candidates = [
        endpoint
        for endpoint in topology.endpoints
        if arm.same(endpoint.target_id, service.target_id)
        and (endpoint.group or host_name.group).lower() == host_name.group.lower()
    ]
    if not candidates:
        return _public(host_name, Reason.ENDPOINT, f"{service.name} has no private endpoint for {host_name.group}")
    if network is not None and network.dns_servers:
        return Resolution(
            host_name.name, private=None, zone=host_name.zone, endpoint=candidates[0],
            text=f"{network.name} uses DNS servers of the customer ({', '.join(network.dns_servers)})",
        )  # fmt: skip
    answers = [_through(topology, subnet, endpoint, host_name) for endpoint in candidates]
    return min(answers, key=lambda answer: (True, None, False).index(answer.private))


def _through(topology: Topology, subnet: Subnet, endpoint: Endpoint, host_name: HostName) -> Resolution:
    if endpoint.approved is False:
        text = f"the connection of {endpoint.name} waits for approval, and has no record until then"
        return _public(host_name, Reason.PENDING, text, endpoint)
    zone_id = next((one for one in endpoint.zone_ids or () if arm.name(one).lower() == host_name.zone), None)
    if zone_id is None:
        if endpoint.zone_ids is None and not topology.zones and not topology.of("network:PrivateDnsZoneGroup"):
            text = f"no zone is part of this deployment; the owner of {host_name.zone} decides"
            return Resolution(host_name.name, private=None, text=text, endpoint=endpoint, zone=host_name.zone)
        what = "no zone group" if endpoint.zone_ids is None else f"a zone group without {host_name.zone}"
        return _public(
            host_name, Reason.ZONE_GROUP, f"{endpoint.name} has {what}, so its record is not written", endpoint
        )
    if arm.key(zone_id) not in topology.zones:
        text = f"{host_name.zone} is a zone of the customer, whose links to networks are not part of this deployment"
        return Resolution(host_name.name, private=None, text=text, endpoint=endpoint, zone=host_name.zone)
    if (arm.key(zone_id), arm.key(subnet.network_id)) not in topology.links:
        text = f"zone {host_name.zone} is not linked to {arm.name(subnet.network_id)}"
        return _public(host_name, Reason.ZONE_LINK, text, endpoint)
    address = address_of(topology, endpoint)
    return Resolution(
        host_name.name, private=True, endpoint=endpoint, zone=host_name.zone, address=address,
        text=f"{host_name.name} → {address} ({endpoint.name}, zone {host_name.zone})",
    )  # fmt: skip


def address_of(topology: Topology, endpoint: Endpoint) -> str:
    """Return the address of an endpoint, or the block that it is in while Azure has not chosen one."""
    if endpoint.addresses:
        return endpoint.addresses[0]
    subnet = topology.subnets.get(arm.key(endpoint.subnet_id)) if endpoint.subnet_id else None
    if subnet and subnet.prefixes:
        return f"an address of {subnet.prefixes[0]}"
    return "an address of a subnet that is not part of this deployment"


def _public(host_name: HostName, reason: Reason, text: str, endpoint: Endpoint | None = None) -> Resolution:
    text = f"{host_name.name} resolves to its public address: {text}"
    return Resolution(host_name.name, private=False, text=text, endpoint=endpoint, zone=host_name.zone, reason=reason)

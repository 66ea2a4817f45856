"""Whether packets from A reach B on port P: every hop with what lets it pass, or what blocks the connection.

The order is that of a packet: name, way out of the app, outbound rules, route, connection of networks, inbound rules,
the service's own firewall. Connections are stateful, so replies need no rule.
"""

from __future__ import annotations

from dataclasses import dataclass

from resources import arm
from resources.model import Resource
from resources.values import get, known
from topology.addresses import ELSEWHERE, INTERNET, Peer, blocks_of, inside, is_public
from topology.edge import edge_route, public_addresses
from topology.model import Answer, Reason
from topology.names import Resolution, address_of, resolve_service
from topology.network import Topology
from topology.parts import Endpoint, Subnet
from topology.passage import AnswerReached, ConnectionTrace, between, enter, filtered, leave
from topology.services import HostName, Service, services

DEFAULT_PORT = 443


@dataclass(frozen=True)
class Outside:
    """An address, a service tag, or the Internet as such."""

    peer: Peer = INTERNET

    @property
    def name(self) -> str:
        """Address, tag, or "the Internet"."""
        return str(self.peer)


Node = Service | Subnet | Endpoint | Outside
"""One end of a connection."""


def reach(
    topology: Topology,
    source: Node,
    target: Node,
    port: int | None = None,
    *,
    group: str | None = None,
    protocol: str = "Tcp",
) -> Answer:
    """Follow a connection from ``source`` to ``target``.

    ``port`` of ``protocol`` defaults to the usual one of the target; ``group``, such as ``blob`` or ``file`` of a
    storage account, to the one with a private endpoint.
    """
    host_name = _host_name(topology, target, port, group) if isinstance(target, Service) else None
    usual = host_name.ports[0] if host_name else _usual_port(topology, target)
    walk = ConnectionTrace(topology, source.name, target.name, port or usual, protocol)
    try:
        if isinstance(source, Outside):
            return _from_outside(walk, source, target, host_name)
        subnet = source if isinstance(source, Subnet) else _subnet_of(walk, source, target, host_name)
        return _from_shared_address(walk, target) if subnet is None else _from_subnet(walk, subnet, target, host_name)
    except AnswerReached as stop:
        return stop.answer


def _from_subnet(walk: ConnectionTrace, subnet: Subnet, target: Node, host_name: HostName | None) -> Answer:
    if isinstance(target, Service):
        return _to_service(walk, subnet, target, host_name)
    if isinstance(target, Endpoint):
        return _to_endpoint(walk, subnet, target)
    if isinstance(target, Subnet):
        between(walk, subnet, target, list(target.prefixes), endpoint=False)
        return walk.arrived(private=True)
    return _to_outside(walk, subnet, target.peer)


def _host_name(topology: Topology, service: Service, port: int | None, group: str | None) -> HostName | None:
    """Return the host name that is meant: one with a private endpoint, and one that serves the port, if possible."""
    private = {e.group for e in topology.endpoints if arm.same(e.target_id, service.target_id)}
    return min(
        (each for each in service.host_names if group is None or each.group == group),
        key=lambda each: (each.group not in private, port is not None and port not in each.ports),
        default=None,
    )


def _usual_port(topology: Topology, target: Node) -> int:
    if not isinstance(target, Endpoint):
        return DEFAULT_PORT
    names = (n for s in services(topology) if arm.same(s.target_id, target.target_id) for n in s.host_names)
    return next((name.ports[0] for name in names if name.group == target.group), DEFAULT_PORT)


def _subnet_of(
    walk: ConnectionTrace, source: Service | Endpoint, target: Node, host_name: HostName | None
) -> Subnet | None:
    """Return the subnet that an app sends from; None if it sends from addresses of App Service itself."""
    if isinstance(source, Endpoint):
        walk.blocked(Reason.NOT_CONNECTED, f"{source.name} is a private endpoint, which never opens connections")
    resource = source.resource
    subnet_id = walk.topology.reference(resource, "virtualNetworkSubnetId", "network:Subnet")
    if subnet_id is None:
        if not known(get(resource, "virtualNetworkSubnetId")):
            walk.undetermined(f"the subnet of {source.name} is not known yet")
        return None
    subnet = walk.topology.subnets.get(arm.key(subnet_id))
    if subnet is None:
        walk.undetermined(
            f"{arm.name(subnet_id)} is a subnet of the customer, whose rules are not part of this deployment"
        )
    within = not isinstance(target, Outside) or (target.peer.block is not None and not is_public(target.peer.block))
    if isinstance(target, Service) and host_name is not None:
        within = resolve_service(walk.topology, subnet, target, host_name).private is not False
    if not within and not sends_everything(resource):
        return None
    walk.passes(subnet.name, f"{source.name} sends through its network integration")
    return subnet


def sends_everything(resource: Resource) -> bool:
    """Return whether an app sends public traffic through its network as well, where rules can block it."""
    paths = (
        "outboundVnetRouting.allTraffic",
        "outboundVnetRouting.applicationTraffic",
        "siteConfig.vnetRouteAllEnabled",
    )
    return any(get(resource, path) is True for path in paths)


def _from_shared_address(walk: ConnectionTrace, target: Node) -> Answer:
    """Follow a connection from App Service's own addresses, which counts as one from the Internet."""
    if isinstance(target, Outside) and (target.peer.block is None or is_public(target.peer.block)):
        walk.passes("App Service", "leaves through shared addresses of App Service, where no rule of a network applies")
        return walk.arrived(private=False)
    if isinstance(target, Service):
        exposure = target.kind.exposure(walk.topology, target.resource)
        if exposure.open:
            walk.passes(target.name, exposure.text)
            return walk.arrived(private=False)
        if exposure.open is None:
            walk.undetermined(exposure.text)
        return walk.blocked(Reason.INTEGRATION, f"{walk.source} has no VNet integration, and {exposure.text}")
    return walk.blocked(Reason.INTEGRATION, f"{walk.source} has no VNet integration, so it reaches no private address")


def _to_service(walk: ConnectionTrace, subnet: Subnet, target: Service, host_name: HostName | None) -> Answer:
    if host_name is None and target.kind.host_names:
        walk.undetermined(f"the host name of {target.name} is not known yet")
    if host_name is None:
        exposure = target.kind.exposure(walk.topology, target.resource)
        if exposure.open is False:
            walk.blocked(exposure.reason, exposure.text)
        walk.undetermined(f"{target.name} has no host name here, and {exposure.text}")
    answer = resolve_service(walk.topology, subnet, target, host_name)
    if answer.private is None:
        walk.undetermined(answer.text)
    if not answer.private or answer.endpoint is None:
        return _to_public_side(walk, subnet, target, answer)
    walk.passes("DNS", answer.text)
    return _to_endpoint(walk, subnet, answer.endpoint, host_name)


def _to_public_side(walk: ConnectionTrace, subnet: Subnet, target: Service, answer: Resolution) -> Answer:
    exposure = target.kind.exposure(walk.topology, target.resource)
    if exposure.open is False:
        walk.blocked(answer.reason or exposure.reason, f"{answer.text}; {exposure.text}")
    walk.passes("DNS", answer.text)
    leave(walk, subnet, INTERNET)
    if exposure.open is None:
        walk.undetermined(exposure.text)
    walk.passes(target.name, exposure.text)
    return walk.arrived(private=False)


def _to_endpoint(
    walk: ConnectionTrace, subnet: Subnet, endpoint: Endpoint, host_name: HostName | None = None
) -> Answer:
    home = _home(walk, endpoint)
    between(walk, subnet, home, list(blocks_of(endpoint.addresses) or home.prefixes), endpoint=True)
    return _answered(walk, endpoint, host_name)


def _home(walk: ConnectionTrace, endpoint: Endpoint) -> Subnet:
    """Return the subnet of an endpoint that accepts connections."""
    if endpoint.approved is False:
        walk.blocked(Reason.PENDING, f"the connection of {endpoint.name} waits for approval")
    home = walk.topology.subnets.get(arm.key(endpoint.subnet_id)) if endpoint.subnet_id else None
    if home is None:
        walk.undetermined(f"the subnet of {endpoint.name} is not part of this deployment")
    return home


def _answered(walk: ConnectionTrace, endpoint: Endpoint, host_name: HostName | None) -> Answer:
    """End at an endpoint, which answers on the ports of its service."""
    if host_name is not None and walk.port not in host_name.ports:
        first, *others = host_name.ports
        ports = f"{first} and {len(others)} more" if others else f"{first}"
        walk.blocked(Reason.PORT, f"{host_name.group} answers on port {ports}, not on {walk.port}")
    walk.passes(
        endpoint.name,
        f"private endpoint to {arm.name(endpoint.target_id or '')}, at {address_of(walk.topology, endpoint)}",
    )
    return walk.arrived(private=True)


def _to_outside(walk: ConnectionTrace, subnet: Subnet, peer: Peer) -> Answer:
    owner = next(
        (s for s in walk.topology.subnets.values() if peer.block and any(inside(peer.block, b) for b in s.prefixes)),
        None,
    )
    if owner is not None and peer.block is not None:
        between(walk, subnet, owner, [peer.block], endpoint=False)
        return walk.arrived(private=True)
    leave(walk, subnet, ELSEWHERE if peer == INTERNET else peer)
    return walk.arrived(private=False)


def _from_outside(walk: ConnectionTrace, source: Outside, target: Node, host_name: HostName | None) -> Answer:
    if isinstance(target, Outside):
        walk.undetermined("neither end is part of this deployment")
    private = source.peer.block is not None and not is_public(source.peer.block)
    if isinstance(target, Subnet):
        return _into_subnet(walk, source.peer, target, private=private)
    if isinstance(target, Endpoint):
        if not private:
            walk.blocked(Reason.NOT_CONNECTED, f"{target.name} has a private address only")
        return _into_endpoint(walk, source.peer, target, None)
    exposure = target.kind.exposure(walk.topology, target.resource)
    if exposure.open is False:
        endpoint = _endpoint_of(walk.topology, target, host_name) if private else None
        if endpoint is not None:
            return _into_endpoint(walk, source.peer, endpoint, host_name)
        route = edge_route(walk.topology, target)
        if route is None:
            walk.blocked(exposure.reason, exposure.text)
        if not route.approved:
            walk.blocked(Reason.PENDING, f"the private link of origin {route.origin} waits for approval")
        walk.passes(route.endpoint, f"the edge; origin {route.origin} by private link")
        return walk.arrived(private=False)
    if exposure.open is None:
        walk.undetermined(exposure.text)
    walk.passes(target.name, exposure.text)
    return walk.arrived(private=False)


def _endpoint_of(topology: Topology, service: Service, host_name: HostName | None) -> Endpoint | None:
    """Return the private endpoint that people use for a host name of a service."""
    mine = [one for one in topology.endpoints if arm.same(one.target_id, service.target_id)]
    return next((one for one in mine if host_name is None or one.group == host_name.group), None)


def _into_endpoint(walk: ConnectionTrace, peer: Peer, endpoint: Endpoint, host_name: HostName | None) -> Answer:
    """Follow a connection of people in another network, who have resolved the name to the private address."""
    home = _home(walk, endpoint)
    enter(walk, home, peer, list(blocks_of(endpoint.addresses) or home.prefixes), endpoint=True)
    return _answered(walk, endpoint, host_name)


def _into_subnet(walk: ConnectionTrace, peer: Peer, subnet: Subnet, *, private: bool) -> Answer:
    """Follow a connection into a subnet: through a peering, or to something with a public address in it."""
    if private:
        enter(walk, subnet, peer, list(subnet.prefixes), endpoint=False)
        return walk.arrived(private=True)
    for address in public_addresses(walk.topology):
        if address.subnet_id and arm.same(address.subnet_id, subnet.id):
            walk.passes(address.name, "public address in the subnet")
            filtered(walk, subnet, peer, inbound=True)
            return walk.arrived(private=False)
    return walk.blocked(Reason.NOT_CONNECTED, f"nothing in {subnet.name} has a public address")

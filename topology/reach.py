"""Can packets from A reach B on port P: every hop with what lets it pass, or the one thing that stops it.

The order is the one of a packet: name, way out of the app, outbound rules, route, connection of networks, inbound
rules, the service's own door. Connections are stateful, so the way back needs no rule.
"""

from __future__ import annotations

from dataclasses import dataclass

from topology import arm, edge
from topology.addresses import ELSEWHERE, INTERNET, Peer, inside, parse, public
from topology.model import UNKNOWN, Answer, Reason, Resource, get
from topology.names import Resolution, address_of, of_face
from topology.network import Topology
from topology.parts import Endpoint, Subnet
from topology.passage import Stop, Walk, between, filtered, leave
from topology.services import Face, Service, services

DEFAULT_PORT = 443


@dataclass(frozen=True)
class Outside:
    """An address, a service tag, or the Internet as such."""

    peer: Peer = INTERNET

    @property
    def name(self) -> str:
        """What people call it."""
        return str(self.peer)


Place = Service | Subnet | Endpoint | Outside
"""Where a connection begins or ends."""


def reach(
    topology: Topology,
    source: Place,
    target: Place,
    port: int | None = None,
    *,
    group: str | None = None,
    protocol: str = "Tcp",
) -> Answer:
    """Follow a connection from ``source`` to ``target``.

    ``port`` of ``protocol``; left out, the usual one of the target. ``group``: which side of a storage account
    (``blob``, ``file``); left out, the one with a private endpoint.
    """
    face = _face(topology, target, port, group) if isinstance(target, Service) else None
    usual = face.ports[0] if face else _usual(topology, target)
    walk = Walk(topology, source.name, target.name, port or usual, protocol)
    try:
        if isinstance(source, Outside):
            return _from_outside(walk, source, target)
        subnet = source if isinstance(source, Subnet) else _subnet_of(walk, source, target, face)
        return _from_service_address(walk, target) if subnet is None else _from_subnet(walk, subnet, target, face)
    except Stop as stop:
        return stop.answer


def _from_subnet(walk: Walk, subnet: Subnet, target: Place, face: Face | None) -> Answer:
    if isinstance(target, Service):
        return _to_service(walk, subnet, target, face)
    if isinstance(target, Endpoint):
        return _to_endpoint(walk, subnet, target)
    if isinstance(target, Subnet):
        return _to_subnet(walk, subnet, target)
    return _to_outside(walk, subnet, target.peer)


def _face(topology: Topology, service: Service, port: int | None, group: str | None) -> Face | None:
    faces = [face for face in service.faces if group is None or face.group == group]
    private = {e.group for e in topology.endpoints if arm.same(e.target_id, service.target_id)}
    best = sorted(faces, key=lambda face: (face.group not in private, port is not None and port not in face.ports))
    return best[0] if best else None


def _usual(topology: Topology, target: Place) -> int:
    if isinstance(target, Endpoint):
        faces = [f for s in services(topology) if arm.same(s.target_id, target.target_id) for f in s.faces]
        return next((face.ports[0] for face in faces if face.group == target.group), DEFAULT_PORT)
    return DEFAULT_PORT


def _subnet_of(walk: Walk, source: Service | Endpoint, target: Place, face: Face | None) -> Subnet | None:
    """Subnet that an app sends from; None where it sends from addresses of App Service itself."""
    if isinstance(source, Endpoint):
        walk.stops(
            Reason.NOT_CONNECTED, f"{source.name} is a private endpoint: it answers and never begins a connection"
        )
    resource = source.resource
    subnet_id = walk.topology.refers(resource, "virtualNetworkSubnetId", "network:Subnet")
    if subnet_id is None:
        if get(resource.props, "virtualNetworkSubnetId") is UNKNOWN:
            walk.open(f"the subnet of {source.name} is not known yet")
        return None
    subnet = walk.topology.subnets.get(arm.key(subnet_id))
    if subnet is None:
        walk.open(f"{arm.name(subnet_id)} is a subnet of the customer's; its rules are not part of this deployment")
    within = not isinstance(target, Outside) or (target.peer.block is not None and not public(target.peer.block))
    if isinstance(target, Service) and face is not None:
        within = of_face(walk.topology, subnet, target, face).private is not False
    if not within and not sends_everything(resource):
        return None
    walk.passes(subnet.name, f"{source.name} sends through its network integration")
    return subnet


def sends_everything(resource: Resource) -> bool:
    """Whether an app sends public traffic through its network too, where rules can hold it."""
    places = (
        "outboundVnetRouting.allTraffic",
        "outboundVnetRouting.applicationTraffic",
        "siteConfig.vnetRouteAllEnabled",
    )
    return any(get(resource.props, place) is True for place in places)


def _from_service_address(walk: Walk, target: Place) -> Answer:
    """Treat an app that sends from App Service's own addresses like anybody on the Internet."""
    if isinstance(target, Outside) and (target.peer.block is None or public(target.peer.block)):
        walk.passes("App Service", "leaves through addresses that App Service shares, past every rule of a network")
        return walk.arrives(private=False)
    if isinstance(target, Service):
        exposure = target.kind.public(walk.topology, target.resource)
        if exposure.open:
            walk.passes(target.name, exposure.text)
            return walk.arrives(private=False)
        if exposure.open is None:
            walk.open(exposure.text)
        return walk.stops(Reason.INTEGRATION, f"{walk.source} has no VNet integration, and {exposure.text}")
    return walk.stops(Reason.INTEGRATION, f"{walk.source} has no VNet integration, so it reaches no private address")


def _to_service(walk: Walk, subnet: Subnet, target: Service, face: Face | None) -> Answer:
    if face is None and target.kind.named:
        walk.open(f"the host name of {target.name} is not known yet")
    if face is None:
        exposure = target.kind.public(walk.topology, target.resource)
        if exposure.open is False:
            walk.stops(exposure.reason, exposure.text)
        walk.open(f"{target.name} has no host name here, and {exposure.text}")
    answer = of_face(walk.topology, subnet, target, face)
    if answer.private is None:
        walk.open(answer.text)
    if not answer.private or answer.endpoint is None:
        return _to_public_side(walk, subnet, target, answer)
    walk.passes("DNS", answer.text)
    return _to_endpoint(walk, subnet, answer.endpoint, face)


def _to_public_side(walk: Walk, subnet: Subnet, target: Service, answer: Resolution) -> Answer:
    exposure = target.kind.public(walk.topology, target.resource)
    if exposure.open is False:
        walk.stops(answer.reason or exposure.reason, f"{answer.text}; {exposure.text}")
    walk.passes("DNS", answer.text)
    leave(walk, subnet, INTERNET)
    if exposure.open is None:
        walk.open(exposure.text)
    walk.passes(target.name, exposure.text)
    return walk.arrives(private=False)


def _to_endpoint(walk: Walk, subnet: Subnet, endpoint: Endpoint, face: Face | None = None) -> Answer:
    if endpoint.approved is False:
        walk.stops(Reason.PENDING, f"the connection of {endpoint.name} waits for approval")
    place = walk.topology.subnets.get(arm.key(endpoint.subnet_id)) if endpoint.subnet_id else None
    if place is None:
        walk.open(f"the subnet of {endpoint.name} is not part of this deployment")
    blocks = [b for b in (parse(address) for address in endpoint.addresses) if b] or list(place.prefixes)
    between(walk, subnet, place, blocks, endpoint=True)
    if face is not None and walk.port not in face.ports:
        ports = f"{face.ports[0]}" if len(face.ports) == 1 else f"{face.ports[0]} and {len(face.ports) - 1} more"
        walk.stops(Reason.PORT, f"{face.group} answers on port {ports}, not on {walk.port}")
    walk.passes(
        endpoint.name,
        f"private endpoint to {arm.name(endpoint.target_id or '')}, at {address_of(walk.topology, endpoint)}",
    )
    return walk.arrives(private=True)


def _to_subnet(walk: Walk, subnet: Subnet, target: Subnet) -> Answer:
    between(walk, subnet, target, list(target.prefixes), endpoint=False)
    return walk.arrives(private=True)


def _to_outside(walk: Walk, subnet: Subnet, peer: Peer) -> Answer:
    owner = next(
        (s for s in walk.topology.subnets.values() if peer.block and any(inside(peer.block, b) for b in s.prefixes)),
        None,
    )
    if owner is not None and peer.block is not None:
        between(walk, subnet, owner, [peer.block], endpoint=False)
        return walk.arrives(private=True)
    leave(walk, subnet, ELSEWHERE if peer == INTERNET else peer)
    return walk.arrives(private=False)


def _from_outside(walk: Walk, source: Outside, target: Place) -> Answer:
    if isinstance(target, Service):
        exposure = target.kind.public(walk.topology, target.resource)
        if exposure.open is False:
            through = edge.path_to(walk.topology, target)
            if through is None:
                walk.stops(exposure.reason, exposure.text)
            if not through.approved:
                walk.stops(Reason.PENDING, f"the private link of origin {through.origin} waits for approval")
            walk.passes(through.endpoint, f"the edge; origin {through.origin} by private link")
            return walk.arrives(private=False)
        if exposure.open is None:
            walk.open(exposure.text)
        walk.passes(target.name, exposure.text)
        return walk.arrives(private=False)
    if isinstance(target, Outside):
        walk.open("neither end is part of this deployment")
    if isinstance(target, Endpoint):
        walk.stops(Reason.NOT_CONNECTED, f"{target.name} has a private address only")
    return _into_subnet(walk, source.peer, target)


def _into_subnet(walk: Walk, peer: Peer, subnet: Subnet) -> Answer:
    """Judge what listens in a subnet and has a public address of its own; without one nothing arrives anyway."""
    if peer.block is not None and not public(peer.block):
        walk.open(f"{peer} is private and not part of this deployment; gateways and peerings decide")
    for address in edge.public_addresses(walk.topology):
        if address.subnet_id and arm.same(address.subnet_id, subnet.id):
            walk.passes(address.name, "public address in the subnet")
            filtered(walk, subnet, peer, inbound=True)
            return walk.arrives(private=False)
    return walk.stops(Reason.NOT_CONNECTED, f"nothing in {subnet.name} has a public address")

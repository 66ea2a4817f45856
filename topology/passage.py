"""The steps of one connection through security groups, routes, peerings and ways out.

Each step adds a hop to the walk, or ends it with whatever blocks it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Network
from operator import itemgetter
from typing import NoReturn

from resources import arm
from topology.addresses import Block, Peer, inside, is_public, parse_block
from topology.model import Blocked, Hop, Path, Reason, Undetermined
from topology.network import Topology
from topology.nsg import Rule, decide
from topology.parts import UNKNOWN_PEER, Route, Subnet

GOVERNED = frozenset(("enabled", "networksecuritygroupenabled"))
"""Values of ``privateEndpointNetworkPolicies``, in lower case, with which security rules apply to private endpoints."""


class AnswerReached(Exception):  # noqa: N818 - the end of a walk, not an error
    """Carries the answer out of the steps."""

    def __init__(self, answer: Blocked | Undetermined) -> None:
        super().__init__(answer.text)
        self.answer = answer


@dataclass
class ConnectionTrace:
    """One connection as far as it has been followed."""

    topology: Topology
    source: str
    target: str
    port: int
    protocol: str = "Tcp"
    hops: list[Hop] = field(default_factory=list)

    def passes(self, at: str, text: str, rule: str = "") -> None:
        """Add a hop."""
        self.hops.append(Hop(at, text, rule))

    def blocked(self, reason: Reason, text: str, rule: str = "") -> NoReturn:
        """End: the connection is impossible."""
        raise AnswerReached(Blocked(self.source, self.target, self.port, tuple(self.hops), reason, text, rule))

    def undetermined(self, text: str) -> NoReturn:
        """End: it cannot be decided here."""
        raise AnswerReached(Undetermined(self.source, self.target, self.port, tuple(self.hops), text))

    def arrived(self, *, private: bool) -> Path:
        """End: it is possible."""
        return Path(self.source, self.target, self.port, tuple(self.hops), private=private)


def between(walk: ConnectionTrace, source: Subnet, target: Subnet, blocks: list[Block], *, endpoint: bool) -> None:
    """Pass from one subnet to addresses in another; inbound rules count if they apply to what listens there."""
    if not blocks or not source.prefixes:
        walk.undetermined(f"the addresses of {source.name if blocks else target.name} are not known yet")
    for block in blocks:
        filtered(walk, source, Peer(block=block), inbound=False)
        routed(walk, source, target, block, endpoint=endpoint)
    connected(walk, source, target)
    if endpoint and target.endpoint_policies.lower() not in GOVERNED:
        walk.passes(
            target.name, "security rules do not apply to private endpoints here (privateEndpointNetworkPolicies)"
        )
        return
    for origin in source.prefixes:
        for block in blocks:
            filtered(walk, target, Peer(block=origin), inbound=True, to=Peer(block=block))


def filtered(walk: ConnectionTrace, subnet: Subnet, peer: Peer, *, inbound: bool, to: Peer | None = None) -> None:
    """Pass the security group of ``subnet``."""
    if subnet.group is None:
        walk.passes(subnet.name, "no security group")
        return
    way = "inbound" if inbound else "outbound"
    if subnet.rules is None:
        walk.undetermined(
            f"security group {subnet.group} is not part of this deployment, or its rules are not known yet"
        )
    own = [to] if to else [Peer(block=block) for block in subnet.prefixes]
    if not own:
        walk.undetermined(f"the addresses of {subnet.name} are not known yet")
    space, decisions = walk.topology.space(subnet), []
    for mine in own:
        ends = (peer, mine) if inbound else (mine, peer)
        decisions += decide(subnet.rules, *ends, walk.port, inbound=inbound, space=space, protocol=walk.protocol)
    denied = [decision for decision in decisions if not decision.allow]
    allowed = [decision for decision in decisions if decision.allow]
    if not allowed:
        rule = denied[0].rule
        walk.blocked(Reason.SECURITY_RULE, f"{subnet.group}, {way}: {rule} denies port {walk.port}", rule.name)
    rule: Rule = allowed[0].rule
    if denied:
        sure = all(decision.certain for decision in decisions)
        how = "allows some of it" if sure else "may or may not apply"
        walk.undetermined(f"{subnet.group}, {way}: {rule} {how}, {denied[0].rule} denies the rest")
    walk.passes(subnet.group, f"{way}: {rule} allows port {walk.port}", rule.name)


def routed(walk: ConnectionTrace, source: Subnet, target: Subnet, block: Block, *, endpoint: bool) -> None:
    """Take the user-defined route to ``block`` in ``target``, if one is narrower than Azure's own."""
    if source.routes is None:
        walk.undetermined(f"route table {source.table} is not part of this deployment")
    system = walk.topology.space(source).blocks if not endpoint else (block,)
    least = max((one.prefixlen for one in system if inside(block, one)), default=0)
    if endpoint:
        # The endpoint's own /32 route wins, unless its subnet honours routes and one is as narrow as the network.
        if target.endpoint_policies.lower() not in {"enabled", "routetableenabled"}:
            return
        spaces = walk.topology.space(target).blocks
        least = max((one.prefixlen for one in spaces if inside(block, one)), default=0)
    by_route(walk, source, narrowest(source.routes, block, least))


def by_route(walk: ConnectionTrace, source: Subnet, route: Route | None) -> None:
    """Follow a user-defined route; None leaves the packet to Azure's own routes."""
    if route is None:
        return
    hop = (route.next_hop or "").lower()
    if hop == "none":
        walk.blocked(Reason.ROUTE, f"{source.table}: route {route.name} ({route.prefix}) drops it", route.name)
    if hop in {"virtualappliance", "virtualnetworkgateway"}:
        through = f"{route.next_hop} {route.address or ''}".strip()
        walk.undetermined(
            f"{source.table}: route {route.name} sends it through {through}, whose rules are not known here"
        )
    if not hop:
        walk.undetermined(f"{source.table}: the next hop of route {route.name} is not known yet")
    walk.passes(source.table or source.name, f"route {route.name} to {route.next_hop}", route.name)


def narrowest(routes: tuple[Route, ...], block: Block, least: int = 0) -> Route | None:
    """Return the route with the longest prefix that contains ``block``, if it is at least ``least`` bits long."""
    matching = [
        (parsed.prefixlen, route)
        for route in routes
        if route.prefix and (parsed := parse_block(route.prefix)) and inside(block, parsed)
    ]
    best = max(matching, key=itemgetter(0), default=None)
    return best[1] if best and best[0] >= least else None


def narrowest_to(routes: tuple[Route, ...], peer: Peer) -> Route | None:
    """Return the route that a packet out of the network takes: that of its tag, of its block, or the default route."""
    tagged = [route for route in routes if peer.tag and (route.prefix or "").lower() == peer.tag.lower()]
    return tagged[0] if tagged else narrowest(routes, peer.block or IPv4Network("0.0.0.0/0"))


def _to_private_elsewhere(walk: ConnectionTrace, subnet: Subnet, peer: Peer) -> NoReturn:
    """End at a private address outside the network, which only a peering or a gateway leads to."""
    network = walk.topology.networks.get(arm.key(subnet.network_id))
    gateways = walk.topology.of("network:VirtualNetworkGateway")
    unknown_peers = [one for one in network.peers if one not in walk.topology.networks] if network else []
    if network is None or unknown_peers or gateways:
        walk.undetermined(f"{peer} lies behind a peering or a gateway that is not part of this deployment")
    walk.blocked(
        Reason.ROUTE, f"Azure's own routes drop packets to private addresses outside {network.name}, such as {peer}"
    )


def connected(walk: ConnectionTrace, source: Subnet, target: Subnet) -> None:
    """Pass from one network to another, if the subnets are in different ones."""
    if arm.same(source.network_id, target.network_id):
        return
    one, other = (walk.topology.networks.get(arm.key(subnet.network_id)) for subnet in (source, target))
    if one is None or other is None:
        walk.undetermined(
            f"{arm.name(source.network_id)} or {arm.name(target.network_id)} is not part of this deployment"
        )
    if UNKNOWN_PEER in (*one.peers, *other.peers):
        walk.undetermined(f"which network {one.name} or {other.name} is peered with is not known yet")
    if arm.key(other.id) not in one.peers or arm.key(one.id) not in other.peers:
        walk.blocked(Reason.NOT_CONNECTED, f"{one.name} and {other.name} are not peered in both directions")
    walk.passes(other.name, f"peering of {one.name} and {other.name}")


def joined(topology: Topology, network_id: str) -> bool | None:
    """Return whether anything leads from other networks into this one; None if that is not part of the deployment."""
    network = topology.networks.get(arm.key(network_id))
    if network is None:
        return None
    return bool(network.peers or topology.of("network:VirtualNetworkGateway"))


def enter(walk: ConnectionTrace, subnet: Subnet, peer: Peer, blocks: list[Block], *, endpoint: bool) -> None:
    """Pass from a private address of another network to addresses in ``subnet``."""
    network = walk.topology.networks.get(arm.key(subnet.network_id))
    name = network.name if network else arm.name(subnet.network_id)
    if joined(walk.topology, subnet.network_id) is False:
        walk.blocked(Reason.NOT_CONNECTED, f"{name} is peered with no network and has no gateway")
    if endpoint and subnet.endpoint_policies.lower() not in GOVERNED:
        walk.passes(
            subnet.name, "security rules do not apply to private endpoints here (privateEndpointNetworkPolicies)"
        )
    else:
        if not blocks:
            walk.undetermined(f"the addresses of {subnet.name} are not known yet")
        for block in blocks:
            filtered(walk, subnet, peer, inbound=True, to=Peer(block=block))
    if peer.block is None or network is None or not any(inside(peer.block, space) for space in network.connected):
        walk.undetermined(
            f"whether {peer} leads to {name} is decided outside of this deployment: by the other side of the peering, "
            "its gateway and its routes"
        )
    walk.passes(name, f"a peering that both sides have made leads from {peer} to {name}")


def leave(walk: ConnectionTrace, subnet: Subnet, peer: Peer) -> None:
    """Leave the network."""
    filtered(walk, subnet, peer, inbound=False)
    if subnet.routes is None:
        walk.undetermined(f"route table {subnet.table} is not part of this deployment")
    by_route(walk, subnet, narrowest_to(subnet.routes, peer))
    if peer.block is not None and not is_public(peer.block):
        _to_private_elsewhere(walk, subnet, peer)
    if subnet.nat is None and subnet.default_outbound is None:
        walk.undetermined(f"whether {subnet.name} has default outbound access is not known yet")
    if subnet.nat is None and not subnet.default_outbound:
        walk.blocked(Reason.NO_WAY_OUT, f"{subnet.name} has neither a NAT gateway nor default outbound access")
    walk.passes(
        subnet.nat or subnet.name,
        "leaves through the NAT gateway" if subnet.nat else "leaves by default outbound access",
    )

"""The steps of one connection through security groups, routes, peerings and ways out.

Each step adds a hop to the walk, or ends it with the one thing that stops it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NoReturn

from topology import arm
from topology.addresses import Block, Peer, inside, parse, public
from topology.model import Blocked, Hop, Path, Reason, Undetermined
from topology.network import Topology
from topology.nsg import Rule, decide
from topology.parts import Route, Subnet


class Stop(Exception):  # noqa: N818 - the end of a walk, not an error
    """Carries the answer out of the steps."""

    def __init__(self, answer: Blocked | Undetermined) -> None:
        super().__init__(answer.text)
        self.answer = answer


@dataclass
class Walk:
    """One connection under way."""

    topology: Topology
    source: str
    target: str
    port: int
    protocol: str = "Tcp"
    hops: list[Hop] = field(default_factory=list)

    def passes(self, at: str, text: str, rule: str = "") -> None:
        """Note a hop."""
        self.hops.append(Hop(at, text, rule))

    def stops(self, reason: Reason, text: str, rule: str = "") -> NoReturn:
        """End: the connection is impossible."""
        raise Stop(Blocked(self.source, self.target, self.port, tuple(self.hops), reason, text, rule))

    def open(self, text: str) -> NoReturn:
        """End: it cannot be decided here."""
        raise Stop(Undetermined(self.source, self.target, self.port, tuple(self.hops), text))

    def arrives(self, *, private: bool) -> Path:
        """End: it is possible."""
        return Path(self.source, self.target, self.port, tuple(self.hops), private=private)


def between(walk: Walk, source: Subnet, target: Subnet, blocks: list[Block], *, endpoint: bool) -> None:
    """Pass from one subnet to addresses of another; inbound rules count where they apply to what listens there."""
    if not blocks or not source.prefixes:
        walk.open(f"the addresses of {source.name if blocks else target.name} are not known yet")
    for block in blocks:
        filtered(walk, source, Peer(block=block), inbound=False)
        routed(walk, source, target, block, endpoint=endpoint)
    connected(walk, source, target)
    governed = target.endpoint_policies.lower() in {"enabled", "networksecuritygroupenabled"}
    if endpoint and not governed:
        walk.passes(
            target.name, "security rules do not apply to private endpoints here (privateEndpointNetworkPolicies)"
        )
        return
    for origin in source.prefixes:
        for block in blocks:
            filtered(walk, target, Peer(block=origin), inbound=True, to=Peer(block=block))


def filtered(walk: Walk, subnet: Subnet, peer: Peer, *, inbound: bool, to: Peer | None = None) -> None:
    """Ask the security group of ``subnet``; raises where it stops the packet or cannot say."""
    if subnet.group is None:
        walk.passes(subnet.name, "no security group")
        return
    way = "inbound" if inbound else "outbound"
    if subnet.rules is None:
        walk.open(f"security group {subnet.group} is not part of this deployment, or its rules are not known yet")
    own = [to] if to else [Peer(block=block) for block in subnet.prefixes]
    if not own:
        walk.open(f"the addresses of {subnet.name} are not known yet")
    space, decisions = walk.topology.space(subnet), []
    for mine in own:
        ends = (peer, mine) if inbound else (mine, peer)
        decisions += decide(subnet.rules, *ends, walk.port, inbound=inbound, space=space, protocol=walk.protocol)
    denied = [decision for decision in decisions if not decision.allow]
    allowed = [decision for decision in decisions if decision.allow]
    if not allowed:
        rule = denied[0].rule
        walk.stops(Reason.SECURITY_RULE, f"{subnet.group}, {way}: {rule} denies port {walk.port}", rule.name)
    rule: Rule = allowed[0].rule
    if denied:
        sure = all(decision.certain for decision in decisions)
        how = "allows a part of it" if sure else "may or may not speak of it"
        walk.open(f"{subnet.group}, {way}: {rule} {how}, {denied[0].rule} denies the rest")
    walk.passes(subnet.group, f"{way}: {rule} allows port {walk.port}", rule.name)


def routed(walk: Walk, source: Subnet, target: Subnet, block: Block, *, endpoint: bool) -> None:
    """Take the route to ``block`` in ``target``; what the routes of Azure itself lead to needs no other."""
    if source.routes is None:
        walk.open(f"route table {source.table} is not part of this deployment")
    system = walk.topology.space(source).blocks if not endpoint else (block,)
    least = max((one.prefixlen for one in system if inside(block, one)), default=0)
    if endpoint:
        # The endpoint's own /32 route wins, unless its subnet lets routes in and one is as narrow as the network.
        if target.endpoint_policies.lower() not in {"enabled", "routetableenabled"}:
            return
        spaces = walk.topology.space(target).blocks
        least = max((one.prefixlen for one in spaces if inside(block, one)), default=0)
    by_route(walk, source, narrowest(source.routes, block, least))


def by_route(walk: Walk, source: Subnet, route: Route | None) -> None:
    """Follow a user-defined route; None leaves the packet to the routes that Azure makes itself."""
    if route is None:
        return
    hop = (route.next_hop or "").lower()
    if hop == "none":
        walk.stops(Reason.ROUTE, f"{source.table}: route {route.name} ({route.prefix}) drops it", route.name)
    if hop in {"virtualappliance", "virtualnetworkgateway"}:
        through = f"{route.next_hop} {route.address or ''}".strip()
        walk.open(f"{source.table}: route {route.name} sends it through {through}, which decides by itself")
    if not hop:
        walk.open(f"{source.table}: the next hop of route {route.name} is not known yet")
    walk.passes(source.table or source.name, f"route {route.name} to {route.next_hop}", route.name)


def narrowest(routes: tuple[Route, ...], block: Block, least: int = 0) -> Route | None:
    """Route with the longest prefix that holds ``block``, if it is at least ``least`` bits long."""
    found = [
        (parsed.prefixlen, route)
        for route in routes
        if route.prefix and (parsed := parse(route.prefix)) and inside(block, parsed)
    ]
    best = max(found, key=lambda pair: pair[0], default=None)
    return best[1] if best and best[0] >= least else None


def narrowest_to(routes: tuple[Route, ...], peer: Peer) -> Route | None:
    """Route that a packet out of the network takes: the one of its tag, or of its block, or of everything."""
    if peer.tag is not None:
        tagged = [route for route in routes if (route.prefix or "").lower() == peer.tag.lower()]
        if tagged:
            return tagged[0]
    block = peer.block or parse("0.0.0.0/0")
    return narrowest(routes, block) if block is not None else None


def _to_private_elsewhere(walk: Walk, subnet: Subnet, peer: Peer) -> NoReturn:
    """Judge a private address outside of the network: only a peering or a gateway leads there."""
    network = walk.topology.networks.get(arm.key(subnet.network_id))
    gateways = walk.topology.of("network:VirtualNetworkGateway")
    strangers = [one for one in network.peers if one not in walk.topology.networks] if network else []
    if network is None or strangers or gateways:
        walk.open(f"{peer} lies behind a peering or a gateway that is not part of this deployment")
    walk.stops(Reason.ROUTE, f"Azure's own routes drop private addresses outside of {network.name}, as {peer} is")


def connected(walk: Walk, source: Subnet, target: Subnet) -> None:
    """Pass from network to network; inside one there is nothing to pass."""
    if arm.same(source.network_id, target.network_id):
        return
    one, other = (walk.topology.networks.get(arm.key(subnet.network_id)) for subnet in (source, target))
    if one is None or other is None:
        walk.open(f"{arm.name(source.network_id)} or {arm.name(target.network_id)} is not part of this deployment")
    if arm.key(other.id) not in one.peers or arm.key(one.id) not in other.peers:
        walk.stops(Reason.NOT_CONNECTED, f"{one.name} and {other.name} are not peered in both directions")
    walk.passes(other.name, f"peering of {one.name} and {other.name}")


def leave(walk: Walk, subnet: Subnet, peer: Peer) -> None:
    """Pass out of the network."""
    filtered(walk, subnet, peer, inbound=False)
    if subnet.routes is None:
        walk.open(f"route table {subnet.table} is not part of this deployment")
    by_route(walk, subnet, narrowest_to(subnet.routes, peer))
    if peer.block is not None and not public(peer.block):
        _to_private_elsewhere(walk, subnet, peer)
    if subnet.nat is None and subnet.default_outbound is None:
        walk.open(f"whether {subnet.name} has Azure's default way out is not known yet")
    if subnet.nat is None and not subnet.default_outbound:
        walk.stops(Reason.NO_WAY_OUT, f"{subnet.name} has no NAT gateway, and no default outbound access")
    walk.passes(
        subnet.nat or subnet.name,
        "leaves through the NAT gateway" if subnet.nat else "leaves by default outbound access",
    )

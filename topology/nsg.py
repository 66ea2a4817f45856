"""What a network security group decides about a packet.

Source: Microsoft Learn, "Network security groups" (priorities, default rules) and "Virtual network service tags". A
decision is computed for whole address blocks: they are cut where rules cut them, so that each piece has one answer.
The addresses of a service tag are not known here; a rule that names one may or may not match a public address.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from operator import attrgetter

from resources.values import Trilean, all_of, any_of
from topology.addresses import Block, Peer, Space, covers, parse_block


@dataclass(frozen=True)
class Rule:
    """One security rule; None stands for unknown values."""

    name: str
    priority: int
    inbound: bool
    allow: bool
    protocol: str | None = "*"
    sources: tuple[str, ...] | None = ("*",)
    destinations: tuple[str, ...] | None = ("*",)
    ports: tuple[str, ...] | None = ("*",)
    source_ports: tuple[str, ...] | None = ("*",)
    built_in: bool = False
    """One of Azure's default rules, which come after those of the customer."""

    def __str__(self) -> str:
        kind = "default rule" if self.built_in else "rule"
        return f"{kind} {self.name} (priority {self.priority})"


def _default(name: str, priority: int, *, inbound: bool, allow: bool, source: str, destination: str) -> Rule:
    return Rule(
        name=name, priority=priority, inbound=inbound, allow=allow, sources=(source,), destinations=(destination,),
        built_in=True,
    )  # fmt: skip


DEFAULT_RULES: tuple[Rule, ...] = (
    _default(
        "AllowVnetInBound", 65000, inbound=True, allow=True, source="VirtualNetwork", destination="VirtualNetwork"
    ),
    _default(
        "AllowAzureLoadBalancerInBound", 65001, inbound=True, allow=True, source="AzureLoadBalancer", destination="*"
    ),
    _default("DenyAllInBound", 65500, inbound=True, allow=False, source="*", destination="*"),
    _default(
        "AllowVnetOutBound", 65000, inbound=False, allow=True, source="VirtualNetwork", destination="VirtualNetwork"
    ),
    _default("AllowInternetOutBound", 65001, inbound=False, allow=True, source="*", destination="Internet"),
    _default("DenyAllOutBound", 65500, inbound=False, allow=False, source="*", destination="*"),
)
"""Rules that every group ends with."""


@dataclass(frozen=True)
class Decision:
    """The decision on one piece of the traffic."""

    allow: bool
    rule: Rule
    certain: bool = field(default=True)
    """False if a rule of higher priority might decide instead, because a value or the extent of a tag is unknown."""


def decide(
    rules: Sequence[Rule],
    source: Peer,
    destination: Peer,
    port: int,
    *,
    inbound: bool,
    space: Space,
    protocol: str = "Tcp",
) -> list[Decision]:
    """Return every decision that applies to some packet from ``source`` to ``destination``, in order of priority.

    If all allow, everything passes; if all deny, nothing does; otherwise it depends on the address, or is not known.
    """
    ordered = sorted((rule for rule in (*rules, *DEFAULT_RULES) if rule.inbound == inbound), key=attrgetter("priority"))
    decisions: dict[tuple[bool, str, bool], Decision] = {}
    for start in _pieces(source, (rule.sources for rule in ordered), space):
        for end in _pieces(destination, (rule.destinations for rule in ordered), space):
            for decision in _piece(ordered, start, end, port, space, protocol):
                decisions[(decision.allow, decision.rule.name, decision.certain)] = decision
    return sorted(decisions.values(), key=attrgetter("rule.priority"))


def _piece(
    ordered: Sequence[Rule], source: Peer, destination: Peer, port: int, space: Space, protocol: str
) -> Iterator[Decision]:
    certain = True
    for rule in ordered:
        match = matches(rule, source, destination, port, space, protocol)
        if match is False:
            continue
        yield Decision(allow=rule.allow, rule=rule, certain=certain and match is True)
        if match is True:
            return
        certain = False


def matches(rule: Rule, source: Peer, destination: Peer, port: int, space: Space, protocol: str = "Tcp") -> Trilean:
    """Return whether ``rule`` matches a packet; None if that is not known."""
    return all_of(
        None if rule.protocol is None else rule.protocol == "*" or rule.protocol.lower() == protocol.lower(),
        _any(rule.ports, lambda written: in_range(port, written)),
        # The source port may be any; a rule that names some matches only some connections.
        True if "*" in (rule.source_ports or ()) else None,
        _any(rule.sources, lambda written: covers(written, source, space)),
        _any(rule.destinations, lambda written: covers(written, destination, space)),
    )


def _any(values: tuple[str, ...] | None, test: Callable[[str], Trilean]) -> Trilean:
    return None if values is None else any_of(*(test(written) for written in values))


def in_range(port: int, written: str) -> bool:
    """Return whether ``written`` (``443``, ``8000-8080``, ``*``) contains ``port``."""
    if written == "*":
        return True
    low, _, high = written.partition("-")
    try:
        return int(low) <= port <= int(high or low)
    except ValueError:
        return False


def _pieces(peer: Peer, written: Iterator[tuple[str, ...] | None], space: Space) -> list[Peer]:
    """Cut a block where rules cut it, so that every rule covers all of a piece or none of it."""
    if peer.block is None:
        return [peer]
    edges = {block for values in written for value in values or () if (block := parse_block(value)) is not None}
    pieces: list[Block] = [peer.block]
    for edge in sorted(edges | set(space.blocks), key=lambda block: block.prefixlen):
        pieces = [part for piece in pieces for part in _cut(piece, edge)]
    return [Peer(block=piece) for piece in pieces]


def _cut(piece: Block, edge: Block) -> list[Block]:
    if isinstance(piece, IPv4Network) and isinstance(edge, IPv4Network) and edge != piece and edge.subnet_of(piece):
        return [edge, *piece.address_exclude(edge)]
    if isinstance(piece, IPv6Network) and isinstance(edge, IPv6Network) and edge != piece and edge.subnet_of(piece):
        return [edge, *piece.address_exclude(edge)]
    return [piece]

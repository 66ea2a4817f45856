"""What a network security group decides about a packet.

Source: Microsoft Learn, "Network security groups" (priorities, default rules) and "Virtual network service tags". A
decision is computed for whole address blocks: they are cut where rules cut them, so that each piece has one answer.
Which addresses a service tag has is not known here; a rule that names one may or may not match a public address.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network

from topology.addresses import Block, Peer, Space, covers, parse


@dataclass(frozen=True)
class Rule:
    """One security rule. A tuple that is None holds unknown values."""

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
    """One of Azure's own, below every rule of a customer."""

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
    """What is decided for one piece of the traffic."""

    allow: bool
    rule: Rule
    certain: bool = field(default=True)
    """False where a rule of higher priority might decide instead, because a value is unknown or a tag's extent is."""


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
    """Return every decision that some packet from ``source`` to ``destination`` meets, each once, in order of priority.

    All allow: everything passes. All deny: nothing does. Both: it depends on the address, or is not known.
    """
    ordered = sorted([*(rule for rule in rules if rule.inbound == inbound), *_defaults(inbound=inbound)], key=_priority)
    found: dict[tuple[bool, str, bool], Decision] = {}
    for start in _pieces(source, (rule.sources for rule in ordered), space):
        for end in _pieces(destination, (rule.destinations for rule in ordered), space):
            for decision in _piece(ordered, start, end, port, space, protocol):
                found[(decision.allow, decision.rule.name, decision.certain)] = decision
    return sorted(found.values(), key=lambda decision: decision.rule.priority)


def _priority(rule: Rule) -> int:
    return rule.priority


def _defaults(*, inbound: bool) -> Iterator[Rule]:
    return (rule for rule in DEFAULT_RULES if rule.inbound == inbound)


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


def matches(rule: Rule, source: Peer, destination: Peer, port: int, space: Space, protocol: str = "Tcp") -> bool | None:
    """Whether ``rule`` speaks of a packet; None where that is not known."""
    parts = (
        None if rule.protocol is None else rule.protocol == "*" or rule.protocol.lower() == protocol.lower(),
        _any(None if rule.ports is None else [in_range(port, written) for written in rule.ports]),
        # The client's own port is any; a rule about it matches some connections.
        None if rule.source_ports is None else (True if "*" in rule.source_ports else None),
        _any(None if rule.sources is None else [covers(written, source, space) for written in rule.sources]),
        _any(None if rule.destinations is None else [covers(w, destination, space) for w in rule.destinations]),
    )
    if False in parts:
        return False
    return None if None in parts else True


def _any(answers: Sequence[bool | None] | None) -> bool | None:
    if answers is None:
        return None
    return True if True in answers else (None if None in answers else False)


def in_range(port: int, written: str) -> bool:
    """Whether ``written`` (``443``, ``8000-8080``, ``*``) holds ``port``."""
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
    edges = {block for values in written for value in values or () if (block := parse(value)) is not None}
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

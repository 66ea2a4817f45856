"""Where a subnet may send packets outside its network, and which rules say so."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from resources import arm
from resources.model import Verdict
from topology.addresses import ELSEWHERE, INTERNET, Peer, Space, covers, inside, parse_block
from topology.model import Blocked, Evidence, summary, verdict_on
from topology.network import Topology
from topology.nsg import DEFAULT_RULES, Rule, decide, in_range
from topology.parts import Subnet
from topology.passage import joined
from topology.reach import Outside, reach

PLATFORM_EGRESS = frozenset(
    {
        "AzureActiveDirectory",
        "AzureResourceManager",
        "AzureMonitor",
        "MicrosoftContainerRegistry",
        "AzureFrontDoor.FirstParty",
    }
)
"""Service tags of Microsoft that need no row of the allow list."""

PROBES = "azureloadbalancer"
"""Tag of Azure's own health probes (168.63.129.16), which nobody else can send from."""
WITHIN = "virtualnetwork"
"""Tag of a network and of everything that it is peered with."""

WIDE = frozenset({"internet", "azurecloud", WITHIN})
"""Tags that match almost anything, so no allow list may contain them."""

Row = str | tuple[str, tuple[str, ...]] | tuple[str, tuple[str, ...], tuple[str, ...]]
"""One row of an allow list: the other end (CIDR block or service tag), or that with its ports and ranges, or those with
the names of the only subnets that it is for; no names stand for all subnets."""

MOST_PORTS = 65536

LEAST_BITS = 8
"""A block with a shorter prefix matches almost anything, too."""


def egress_of(topology: Topology, subnet: Subnet, allowed: Collection[Row] | None) -> Iterator[Evidence]:
    """Compare everything that the rules of ``subnet`` open with the allow list."""
    subject = subject_of(topology, subnet)
    if subnet.rules is None or subnet.routes is None:
        yield Evidence(
            subject, Verdict.UNDETERMINED, f"rules or routes of {subnet.name} are not part of this deployment"
        )
        return
    answers = [
        reach(topology, subnet, Outside(ELSEWHERE), port, protocol=protocol)
        for protocol in ("Tcp", "Udp")
        for port in representative_ports(subnet.rules)
    ]
    worst = next((answer for answer in answers if not isinstance(answer, Blocked)), answers[0])
    yield Evidence(
        subject, verdict_on(worst, wanted=Blocked), f"{subnet.name} → anywhere on the Internet: {summary(worst)}"
    )
    for rule, destination in leading(topology, subnet, inbound=False):
        if destination is None:
            yield Evidence(subject, Verdict.UNDETERMINED, f"{subnet.group}: the destination of {rule} is not known yet")
            continue
        fine = destination in PLATFORM_EGRESS or listed(rule, destination, allowed, subnet)
        what = f"{subnet.group}: {rule} lets {subnet.name} reach {destination}"
        verdict = Verdict.PASS if fine else Verdict.FAIL
        yield Evidence(subject, verdict, what if fine else f"{what}, which is not on the allow list")


def subject_of(topology: Topology, subnet: Subnet) -> str:
    """Return the URN of a subnet; its name if it is part of its network's resource."""
    resources = topology.of("network:Subnet")
    return next((one.urn for one in resources if arm.same(topology.id_of(one), subnet.id)), subnet.name)


def representative_ports(rules: Collection[Rule]) -> list[int]:
    """Return ports that represent all: the ends of every range that a rule names, and their neighbours outside."""
    edges = {
        int(edge) for rule in rules for written in rule.ports or () for edge in written.split("-") if edge.isdigit()
    }
    return sorted({443} | {port for edge in edges for port in (edge - 1, edge, edge + 1) if 0 < port < MOST_PORTS})


def leading(topology: Topology, subnet: Subnet, *, inbound: bool) -> Iterator[tuple[Rule, str | None]]:
    """Yield the rules that let traffic pass between ``subnet`` and what is outside its network.

    Each with the other end as the rule writes it; None if that is unknown. The tag ``VirtualNetwork`` is outside, too,
    where the network is peered: it means the peers as well.
    """
    network = topology.networks.get(arm.key(subnet.network_id))
    within = (network.spaces if network else ()) or topology.space(subnet).blocks
    alone = joined(topology, subnet.network_id) is False
    for rule in (*(subnet.rules or ()), *DEFAULT_RULES):
        if rule.inbound != inbound or not rule.allow:
            continue
        ends = rule.sources if inbound else rule.destinations
        if ends is None:
            yield rule, None
        for end in ends or ():
            peer, tag = Peer.of(end), end.lower()
            if tag == PROBES or (tag == WITHIN and alone):
                continue
            if peer.block is not None and any(inside(peer.block, block) for block in within):
                continue
            if inbound and not subnet.prefixes:
                yield rule, None  # whether it is about this subnet at all is not known
            elif _decides(topology, subnet, rule, peer):
                yield rule, end


def _decides(topology: Topology, subnet: Subnet, rule: Rule, other: Peer) -> bool:
    """Return whether ``rule`` lets something pass that no rule before it denies."""
    rules, space = subnet.rules or (), topology.space(subnet)
    protocol = "Tcp" if rule.protocol in {None, "*"} else str(rule.protocol)
    for port in representative_ports(rules):
        if not any(in_range(port, one) for one in rule.ports or ("*",)):
            continue
        for own in [Peer(block=block) for block in subnet.prefixes] or [INTERNET]:
            ends = (other, own) if rule.inbound else (own, other)
            seen = decide(rules, *ends, port, inbound=rule.inbound, space=space, protocol=protocol)
            if any(decision.allow and decision.rule is rule for decision in seen):
                return True
    return False


def listed(rule: Rule, other: str, allowed: Collection[Row] | None, subnet: Subnet) -> bool:
    """Return whether the list contains what ``rule`` opens in ``subnet``; an end that matches anything never passes."""
    block = parse_block(other)
    wide = other.lower().partition(".")[0] in WIDE or other == "*"
    if wide or (block is not None and block.prefixlen < LEAST_BITS):
        return False
    if allowed is None:
        return True
    return any(
        _same(other, end) and _within(rule.ports or ("*",), ports) and (not names or subnet.name in names)
        for end, ports, names in map(_row, allowed)
    )


def _row(row: Row) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Return a row with everything that it may leave out."""
    if isinstance(row, str):
        return row, ("*",), ()
    return row if len(row) == 3 else (*row, ())  # noqa: PLR2004 - its parts


def _same(destination: str, row: str) -> bool:
    block = parse_block(destination)
    if block is None or parse_block(row) is None:
        return destination.lower() == row.lower()
    return covers(row, Peer(block=block), Space()) is True


def _within(ports: Collection[str], allowed: Collection[str]) -> bool:
    """Return whether each range of ``ports`` lies in one of ``allowed``."""

    def ends(written: str) -> tuple[int, int]:
        low, _, high = written.partition("-")
        # Anything but numbers counts as every port: a row of the list must not cover it by accident.
        return (int(low), int(high or low)) if low.isdigit() and (high or low).isdigit() else (0, MOST_PORTS - 1)

    return all(any(ends(a)[0] <= ends(p)[0] and ends(p)[1] <= ends(a)[1] for a in allowed) for p in ports)

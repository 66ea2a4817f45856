"""Where a subnet may send packets outside its network."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from resources import arm
from resources.model import Verdict
from topology.addresses import ELSEWHERE, INTERNET, Peer, Space, covers, parse_block
from topology.model import Blocked, Evidence, summary, verdict_on
from topology.network import Topology
from topology.nsg import Rule, decide, in_range
from topology.parts import Subnet
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

WIDE = frozenset({"internet", "azurecloud"})
"""Tags that match almost anything, so no allow list may contain them."""

Row = str | tuple[str, tuple[str, ...]]
"""One row of an allow list: a destination (CIDR block or service tag), or one with its ports and ranges."""

MOST_PORTS = 65536

LEAST_BITS = 8
"""A block with a shorter prefix matches almost anything, too."""


def egress_of(topology: Topology, subnet: Subnet, allowed: Collection[Row] | None) -> Iterator[Evidence]:
    """Compare everything that the rules of ``subnet`` open with the allow list."""
    subject = next(
        (r.urn for r in topology.of("network:Subnet") if arm.same(topology.id_of(r), subnet.id)), subnet.name
    )
    if subnet.rules is None or subnet.routes is None:
        yield Evidence(
            subject, Verdict.UNDETERMINED, f"rules or routes of {subnet.name} are not part of this deployment"
        )
        return
    answers = [
        reach(topology, subnet, Outside(ELSEWHERE), port, protocol=protocol)
        for protocol in ("Tcp", "Udp")
        for port in _representative_ports(subnet.rules)
    ]
    worst = next((answer for answer in answers if not isinstance(answer, Blocked)), answers[0])
    yield Evidence(
        subject, verdict_on(worst, wanted=Blocked), f"{subnet.name} → anywhere on the Internet: {summary(worst)}"
    )
    for rule, destination in _leading_out(topology, subnet):
        if destination is None:
            yield Evidence(subject, Verdict.UNDETERMINED, f"{subnet.group}: the destination of {rule} is not known yet")
            continue
        fine = _listed(rule, destination, allowed)
        what = f"{subnet.group}: {rule} lets {subnet.name} reach {destination}"
        verdict = Verdict.PASS if fine else Verdict.FAIL
        yield Evidence(subject, verdict, what if fine else f"{what}, which is not on the allow list")


def _representative_ports(rules: Collection[Rule]) -> list[int]:
    """Return ports that represent all: the ends of every range that a rule names, and their neighbours outside."""
    edges = {
        int(edge) for rule in rules for written in rule.ports or () for edge in written.split("-") if edge.isdigit()
    }
    return sorted({443} | {port for edge in edges for port in (edge - 1, edge, edge + 1) if 0 < port < MOST_PORTS})


def _leading_out(topology: Topology, subnet: Subnet) -> Iterator[tuple[Rule, str | None]]:
    """Yield the rules that let traffic out of the network, with each destination that they open; None if unknown."""
    space = topology.space(subnet)
    for rule in subnet.rules or ():
        if rule.inbound or not rule.allow:
            continue
        if rule.destinations is None:
            yield rule, None
            continue
        ports = [
            port
            for port in _representative_ports(subnet.rules or ())
            if any(in_range(port, one) for one in rule.ports or ("*",))
        ]
        for destination in rule.destinations:
            peer = Peer.of(destination)
            if peer.tag and peer.tag.lower() in {"virtualnetwork", "azureloadbalancer"}:
                continue
            if peer.block is not None and covers("VirtualNetwork", peer, Space(space.blocks)):
                continue
            sources = [Peer(block=block) for block in subnet.prefixes] or [INTERNET]
            protocol = "Tcp" if rule.protocol in {None, "*"} else str(rule.protocol)
            seen = [
                decision
                for source in sources
                for port in ports
                for decision in decide(
                    subnet.rules or (), source, peer, port, inbound=False, space=space, protocol=protocol
                )
            ]
            if any(decision.allow and decision.rule is rule for decision in seen):
                yield rule, destination


def _listed(rule: Rule, destination: str, allowed: Collection[Row] | None) -> bool:
    """Return whether the allow list contains what ``rule`` opens; a destination that matches anything never passes."""
    block = parse_block(destination)
    wide = destination.lower().partition(".")[0] in WIDE or destination == "*"
    if wide or (block is not None and block.prefixlen < LEAST_BITS):
        return False
    if allowed is None or destination in PLATFORM_EGRESS:
        return True
    rows = [(row, ("*",)) if isinstance(row, str) else row for row in allowed]
    return any(_same(destination, row) and _within(rule.ports or ("*",), ports) for row, ports in rows)


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

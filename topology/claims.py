"""The five claims that every deployment has to prove, each with its verdict and the evidence for it.

A claim passes when every piece of evidence does, fails with one that fails, and stays undetermined while a value is
unknown or the answer lies with somebody else.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from topology import arm, needs
from topology.access import GROUP, IDENTITY, Grant
from topology.addresses import INTERNET
from topology.edge import doors, public_addresses
from topology.egress import Row, of_subnet
from topology.evidence import Evidence, judged, words
from topology.foreign import crossings
from topology.model import Blocked, Path, Verdict, text
from topology.network import Topology
from topology.reach import Outside, reach, sends_everything
from topology.services import services

ADMINISTRATORS = frozenset({"Key Vault Administrator"})
"""Roles through which a group of people may read every secret, because that is what the role is for."""


@dataclass(frozen=True)
class Claim:
    """One claim about a whole deployment."""

    key: str
    title: str
    verdict: Verdict
    proof: tuple[Evidence, ...]

    @property
    def broken(self) -> tuple[Evidence, ...]:
        """What speaks against it, or leaves it open."""
        return tuple(piece for piece in self.proof if piece.verdict is not Verdict.PASS)


@dataclass(frozen=True)
class Expectations:
    """What the settings of a stack allow; nothing of it is read from the resources that are judged."""

    egress: Collection[Row] | None = None
    """The allow list: CIDR blocks and service tags, with their ports where those are told; the customer's
    DNS servers too. None: nobody told it, then only what names everybody fails."""
    shared: Collection[str] = ()
    """ARM ids (everything below counts) and host names of other environments that the settings name on purpose."""


def prove(topology: Topology, expected: Expectations | None = None) -> tuple[Claim, ...]:
    """Compute the five claims, always in the same order."""
    given = expected or Expectations()
    return tuple(_claim(key, title, judge(topology, given)) for key, (title, judge) in CLAIMS.items())


def _claim(key: str, title: str, found: Iterator[Evidence]) -> Claim:
    proof = tuple(found)
    return Claim(key, title, Verdict.worst({piece.verdict for piece in proof}), proof)


def _closed(topology: Topology, _: Expectations) -> Iterator[Evidence]:
    """Nothing is reachable from the Internet but the edge."""
    edge = {door.urn for door in doors(topology)}
    for service in services(topology):
        answer = reach(topology, Outside(INTERNET), service)
        through_edge = isinstance(answer, Path) and any("the edge" in hop.text for hop in answer.hops)
        verdict = Verdict.PASS if through_edge else judged(answer, wanted=Blocked)
        yield Evidence(service.resource.urn, verdict, f"Internet → {service.name}: {words(answer)}")
    for address in public_addresses(topology):
        fine = address.outbound_only or address.at_the_edge
        holder = address.holder.name if address.holder else "nobody known"
        how = "which only begins connections" if address.outbound_only else "which takes connections"
        verdict = Verdict.PASS if fine else Verdict.FAIL
        yield Evidence(address.urn, verdict, f"public address {address.name} belongs to {holder}, {how}")
    for door in sorted(edge):
        yield Evidence(door, Verdict.PASS, "the edge, meant to be reached")


def _private(topology: Topology, _: Expectations) -> Iterator[Evidence]:
    """Every app reaches what it needs by private address."""
    for need in needs.of(topology):
        answer = reach(topology, need.app, need.service, group=need.group)
        verdict = judged(answer, wanted=Path)
        if isinstance(answer, Path) and not answer.private:
            verdict = Verdict.FAIL
        yield Evidence(
            need.app.resource.urn,
            verdict,
            f"{need.app.name} → {need.service.name} ({need.group or 'unnamed'}): {words(answer)}",
        )


def _egress(topology: Topology, expected: Expectations) -> Iterator[Evidence]:
    """Nothing leaves but to the allow list."""
    for subnet in topology.subnets.values():
        yield from of_subnet(topology, subnet, expected.egress)
    for service in services(topology):
        if service.kind.word not in {"app", "slot"}:
            continue
        inside = topology.refers(service.resource, "virtualNetworkSubnetId", "network:Subnet") is not None
        held = inside and sends_everything(service.resource)
        how = (
            "sends everything through the network" if held else "sends traffic past the network, where no rule holds it"
        )
        yield Evidence(service.resource.urn, Verdict.PASS if held else Verdict.FAIL, f"{service.name} {how}")


def _secrets(topology: Topology, _: Expectations) -> Iterator[Evidence]:
    """No principal reads a secret of an app that is not its own."""
    owners = needs.secret_owners(topology)
    for secret_id in sorted({*owners, *needs.secret_ids(topology)}):
        own = owners.get(secret_id, frozenset())
        resource = topology.by_id(secret_id)
        subject = resource.urn if resource is not None else arm.name(secret_id)
        name = (text(resource.props, "secretName") if resource is not None else None) or arm.name(secret_id)
        readers = topology.access.readers(secret_id)
        faults = [fault for grant in readers if (fault := _fault(topology, grant, own)) is not None]
        names = ", ".join(sorted({grant.principal.name for grant in readers})) or "nobody"
        if not faults:
            yield Evidence(subject, Verdict.PASS, f"{name} is read by {names}")
        for verdict, why in faults:
            yield Evidence(subject, verdict, f"{name}: {why}")


def _fault(topology: Topology, grant: Grant, owners: Collection[str]) -> tuple[Verdict, str] | None:
    who = grant.principal
    if grant.role is None:
        return Verdict.UNDETERMINED, f"{who.name} holds {grant.role_name}, of which it is not known what it allows"
    members = [topology.urns[key].name if key in topology.urns else key for key in grant.members if key not in owners]
    if who.kind == GROUP and grant.role_name in ADMINISTRATORS:
        # Software in a group of administrators would read everything without anybody noticing.
        software = [key for key in grant.members if key in topology.urns and key not in owners]
        return (Verdict.FAIL, f"{', '.join(members)} read it as members of {who.name}") if software else None
    if who.key in owners:
        return None
    if who.kind == GROUP and grant.members and not members:
        return None
    kind = "app identity " if who.kind == IDENTITY else f"{who.kind} "
    return (
        Verdict.FAIL,
        f"{kind}{who.name} reads it ({grant.role_name} on {arm.name(grant.scope)}), and no app of its own uses it",
    )


def _environments(topology: Topology, expected: Expectations) -> Iterator[Evidence]:
    """Nothing refers to another subscription or environment."""
    found = crossings(topology, expected.shared)
    for crossing in found:
        yield Evidence(crossing.urn, Verdict.FAIL, f"{crossing.path}: {crossing.text}")
    if not found:
        yield Evidence(topology.subscription, Verdict.PASS, f"{len(topology.resources)} resources name nothing outside")


Judge = Callable[[Topology, Expectations], Iterator[Evidence]]

CLAIMS: dict[str, tuple[str, Judge]] = {
    "internet": ("Nothing is reachable from the Internet but the edge", _closed),
    "private": ("Every app reaches its database, cache, vault and storage by private address", _private),
    "egress": ("Nothing leaves the network but to the allow list", _egress),
    "secrets": ("No principal reads another app's secrets", _secrets),
    "environments": ("Nothing refers to another environment or subscription", _environments),
}
"""Key → title and judge."""

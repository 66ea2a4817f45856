"""The claims that every deployment has to prove, each by its evidence.

A claim passes if all of its evidence does, fails with any that fails, and stays undetermined while a value is unknown
or outside the deployment.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from resources import arm
from resources.model import Graph, Verdict
from resources.values import text
from topology.access import GROUP, IDENTITY, Grant, access_of
from topology.addresses import INTERNET
from topology.edge import edge_resources, public_addresses
from topology.egress import Row, egress_of
from topology.foreign import foreign_references
from topology.ingress import ingress_of
from topology.model import Blocked, Evidence, Path, summary, verdict_on
from topology.needs import needs_of, secret_ids, secret_owners
from topology.network import Topology
from topology.reach import Outside, reach, sends_everything
from topology.services import APPS, services

ADMINISTRATORS = frozenset({"Key Vault Administrator"})
"""Roles through which a group of people may read every secret, because that is what the role is for."""


@dataclass(frozen=True)
class Expectations:
    """What the settings of a stack allow; none of it is read from the resources that are judged."""

    egress: Collection[Row] | None = None
    """The allow list, including the customer's DNS servers: CIDR blocks and service tags, with ports and subnets.
    None if there is no list: then only destinations that match almost anything fail."""
    ingress: Collection[Row] | None = None
    """Who may connect to which subnet from outside the network, in the same form. None if there is no list."""
    shared: Collection[str] = ()
    """ARM ids (including everything below them) and host names outside the deployment that the settings name."""


def _closed(topology: Topology, _: Expectations) -> Iterator[Evidence]:
    """Nothing is reachable from the Internet but the edge."""
    for service in services(topology):
        answer = reach(topology, Outside(INTERNET), service)
        # Where the public side is closed, the only path is that of the edge.
        closed = service.kind.exposure(topology, service.resource).open is False
        through_edge = closed and isinstance(answer, Path)
        verdict = Verdict.PASS if through_edge else verdict_on(answer, wanted=Blocked)
        yield Evidence(service.resource.urn, verdict, f"Internet → {service.name}: {summary(answer)}")
    for address in public_addresses(topology):
        fine = address.outbound_only or address.at_the_edge
        holder = address.holder.name if address.holder else "no known resource"
        how = "for outbound connections only" if address.outbound_only else "which accepts connections"
        verdict = Verdict.PASS if fine else Verdict.FAIL
        yield Evidence(address.urn, verdict, f"public address {address.name} belongs to {holder}, {how}")
    for urn in sorted(resource.urn for resource in edge_resources(topology)):
        yield Evidence(urn, Verdict.PASS, "the edge, meant to be reached")


def _private(topology: Topology, _: Expectations) -> Iterator[Evidence]:
    """Every app reaches what it needs by private address."""
    for need in needs_of(topology):
        answer = reach(topology, need.app, need.service, need.port, group=need.group)
        by_public_address = isinstance(answer, Path) and not answer.private
        verdict = Verdict.FAIL if by_public_address else verdict_on(answer, wanted=Path)
        where = f"{need.group or 'unnamed'} {need.port or ''}".rstrip()
        connection = f"{need.app.name} → {need.service.name} ({where})"
        yield Evidence(need.app.resource.urn, verdict, f"{connection}: {summary(answer)}")


def _egress(topology: Topology, expected: Expectations) -> Iterator[Evidence]:
    """Nothing leaves but to the allow list."""
    for subnet in topology.subnets.values():
        yield from egress_of(topology, subnet, expected.egress)
    for service in services(topology):
        if service.kind.name not in APPS:
            continue
        inside = topology.reference(service.resource, "virtualNetworkSubnetId", "network:Subnet") is not None
        held = inside and sends_everything(service.resource)
        how = (
            "sends everything through the network"
            if held
            else "sends traffic around the network, where no rule applies"
        )
        yield Evidence(service.resource.urn, Verdict.PASS if held else Verdict.FAIL, f"{service.name} {how}")


def _ingress(topology: Topology, expected: Expectations) -> Iterator[Evidence]:
    """Nothing enters from other networks but what the list allows."""
    for subnet in topology.subnets.values():
        yield from ingress_of(topology, subnet, expected.ingress)


def _secrets(topology: Topology, _: Expectations) -> Iterator[Evidence]:
    """No principal reads a secret of an app that is not its own."""
    owners, access = secret_owners(topology), access_of(topology)
    for secret_id in sorted({*owners, *secret_ids(topology, access)}):
        own = owners.get(secret_id, frozenset())
        resource = topology.by_id(secret_id)
        subject = resource.urn if resource is not None else arm.name(secret_id)
        name = (text(resource, "secretName") if resource is not None else None) or arm.name(secret_id)
        readers = access.readers(secret_id)
        faults = [fault for grant in readers if (fault := _fault(topology, grant, own)) is not None]
        names = ", ".join(sorted({grant.principal.name for grant in readers})) or "nobody"
        if not faults:
            yield Evidence(subject, Verdict.PASS, f"{name} is read by {names}")
        for verdict, why in faults:
            yield Evidence(subject, verdict, f"{name}: {why}")


def _fault(graph: Graph, grant: Grant, owners: Collection[str]) -> tuple[Verdict, str] | None:
    who = grant.principal
    if grant.role is None:
        return Verdict.UNDETERMINED, f"{who.name} holds {grant.role_name}, whose permissions are not known"
    strangers = [(key, graph.by_urn(key)) for key in grant.members if key not in owners]
    members = [made.name if made else key for key, made in strangers]
    if who.kind == GROUP and grant.role_name in ADMINISTRATORS:
        # Software in a group of administrators would read everything unnoticed.
        software = [key for key, made in strangers if made]
        return (Verdict.FAIL, f"{', '.join(members)} read it as members of {who.name}") if software else None
    if who.key in owners:
        return None
    if who.kind == GROUP and grant.members and not members:
        return None
    kind = "app identity " if who.kind == IDENTITY else f"{who.kind} "
    return (
        Verdict.FAIL,
        f"{kind}{who.name} reads it ({grant.role_name} on {arm.name(grant.scope)}), although none of its apps uses it",
    )


def _environments(topology: Topology, expected: Expectations) -> Iterator[Evidence]:
    """Nothing refers to another subscription or environment."""
    references = list(foreign_references(topology, expected.shared))
    for reference in references:
        yield Evidence(reference.urn, Verdict.FAIL, f"{reference.path}: {reference.text}")
    if not references:
        yield Evidence(
            topology.subscription, Verdict.PASS, f"{len(topology.resources)} resources refer to nothing outside"
        )


@dataclass(frozen=True)
class Claim:
    """One claim about a whole deployment."""

    title: str
    evidence: Callable[[Topology, Expectations], Iterator[Evidence]]


CLAIMS: dict[str, Claim] = {
    "internet": Claim("Nothing is reachable from the Internet but the edge", _closed),
    "private": Claim("Every app reaches its database, cache, vault and storage by private address", _private),
    "egress": Claim("Nothing leaves the network but to the allow list", _egress),
    "secrets": Claim("No principal reads another app's secrets", _secrets),
    "environments": Claim("Nothing refers to another environment or subscription", _environments),
    "ingress": Claim("Nothing enters the network but from the allow list", _ingress),
}

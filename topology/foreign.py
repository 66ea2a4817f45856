"""References that lead out of a deployment: to another subscription, resource group, or somebody else's service."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from topology import arm
from topology.arm import ARM_ID
from topology.model import Resource, strings, text
from topology.network import Topology
from topology.services import SUFFIXES, services

AZURE_GROUPS = frozenset({"networkwatcherrg"})
"""Resource groups that Azure makes itself in every subscription."""

HOST = re.compile(
    r"\b[\w-]+(?:\.[\w-]+)*\.(?:" + "|".join(re.escape(suffix) for suffix in SUFFIXES) + r")\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Crossing:
    """One reference that leads out."""

    urn: str
    path: str
    """Property that holds it."""
    text: str


def crossings(topology: Topology, shared: Collection[str] = ()) -> list[Crossing]:
    """Find every reference to what this deployment neither makes nor was told to share.

    ``shared``: ARM ids, with all that lies below them, and host names.
    """
    groups = {
        (text(group.props, "resourceGroupName") or arm.name(topology.id_of(group))).lower()
        for group in topology.of("resources:ResourceGroup")
    }
    hosts = {face.host for service in services(topology) for face in service.faces}
    # A registry has data endpoints, a site a debugger: names below one's own label are one's own.
    labels = {(host.split(".")[0], suffix) for host in hosts for suffix in SUFFIXES if host.endswith(suffix)}
    labels |= {("privatelink", suffix) for suffix in SUFFIXES}
    found = []
    for resource in topology.resources:
        for path, value in strings(resource.props):
            found += list(_ids(topology, resource, path, value, groups, shared))
            found += list(_hosts(resource, path, value, labels, shared))
    return found


def _ids(
    topology: Topology, resource: Resource, path: str, value: str, groups: set[str], shared: Collection[str]
) -> Iterator[Crossing]:
    for match in ARM_ID.finditer(value):
        arm_id = value[match.start() :].split(maxsplit=1)[0]
        if any(one.startswith("/") and arm.within(arm_id, one) for one in shared):
            continue
        subscription, group = match["subscription"].lower(), (match["group"] or "").lower()
        if subscription != topology.subscription.lower():
            yield Crossing(
                resource.urn, path, f"names subscription {subscription}, this one is {topology.subscription}"
            )
        elif group and groups and group not in groups | AZURE_GROUPS:
            yield Crossing(
                resource.urn, path, f"names resource group {match['group']}, which this deployment does not make"
            )


def _hosts(
    resource: Resource, path: str, value: str, labels: set[tuple[str, str]], shared: Collection[str]
) -> Iterator[Crossing]:
    for match in HOST.finditer(value):
        host = match[0].lower()
        suffix = next(suffix for suffix in SUFFIXES if host.endswith(suffix))
        first = host.split(".")[0]
        if (first, suffix) in labels or host in {one.lower() for one in shared}:
            continue
        yield Crossing(resource.urn, path, f"names host {host}, which is no service of this deployment")

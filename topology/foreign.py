"""References out of a deployment: to another subscription, resource group, or a service of others."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from resources import arm
from resources.model import Graph, Resource
from resources.values import strings, text
from topology.services import SUFFIXES, services

AZURE_GROUPS = frozenset({"networkwatcherrg"})
"""Resource groups that Azure creates in every subscription."""

HOST = re.compile(
    r"\b[\w-]+(?:\.[\w-]+)*\.(?:" + "|".join(re.escape(suffix) for suffix in SUFFIXES) + r")\b", re.IGNORECASE
)


@dataclass(frozen=True)
class ForeignReference:
    """One reference out of the deployment."""

    urn: str
    path: str
    """Property that contains it."""
    text: str


def foreign_references(graph: Graph, shared: Collection[str] = ()) -> Iterator[ForeignReference]:
    """Find every reference to something that this deployment neither makes nor shares on purpose.

    ``shared``: ARM ids, including everything below them, and host names.
    """
    groups = {
        (text(group, "resourceGroupName") or arm.name(graph.id_of(group))).lower()
        for group in graph.of("resources:ResourceGroup")
    }
    hosts = {host_name.name for service in services(graph) for host_name in service.host_names}
    # A registry has data endpoints, a site a debugger: names below a label of ours are ours.
    labels = {(host.split(".")[0], suffix) for host in hosts for suffix in SUFFIXES if host.endswith(suffix)}
    labels |= {("privatelink", suffix) for suffix in SUFFIXES}
    for resource in graph.resources:
        for path, value in strings(resource.props):
            yield from _ids(graph, resource, path, value, groups, shared)
            yield from _hosts(resource, path, value, labels, shared)


def _ids(
    graph: Graph, resource: Resource, path: str, value: str, groups: set[str], shared: Collection[str]
) -> Iterator[ForeignReference]:
    for match in arm.ARM_ID.finditer(value):
        arm_id = value[match.start() :].split(maxsplit=1)[0]
        if any(one.startswith("/") and arm.within(arm_id, one) for one in shared):
            continue
        subscription, group = match["subscription"].lower(), (match["group"] or "").lower()
        if subscription != graph.subscription.lower():
            yield ForeignReference(
                resource.urn, path, f"names subscription {subscription}, this one is {graph.subscription}"
            )
        elif group and groups and group not in groups | AZURE_GROUPS:
            yield ForeignReference(
                resource.urn, path, f"names resource group {match['group']}, which is not part of this deployment"
            )


def _hosts(
    resource: Resource, path: str, value: str, labels: set[tuple[str, str]], shared: Collection[str]
) -> Iterator[ForeignReference]:
    for match in HOST.finditer(value):
        host = match[0].lower()
        suffix = next(suffix for suffix in SUFFIXES if host.endswith(suffix))
        first = host.split(".")[0]
        if (first, suffix) in labels or host in {one.lower() for one in shared}:
            continue
        yield ForeignReference(resource.urn, path, f"names host {host}, which is not a service of this deployment")

"""Finds the ends of a connection by the names that people use.

``vault``, ``postgres``, ``redis`` name a service if there is one of its kind; an app is named by its key, its logical
or Azure name, its host name, or its ARM id. ``internet``, addresses and service tags stand for themselves.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from resources import arm
from topology.addresses import Peer, parse_block
from topology.network import Topology
from topology.parts import Endpoint, Subnet
from topology.reach import Node, Outside
from topology.services import Service, services

MOST_SHOWN = 12
"""Candidates that an error lists."""


class NotFoundError(LookupError):
    """A name matches nothing in the deployment, or several things; the text lists the candidates."""


def find_node(topology: Topology, name: str) -> Node:
    """Return the end of a connection that ``name`` stands for.

    Raises:
        NotFoundError: it matches nothing, or several things.

    """
    wanted = name.lower()
    if parse_block(name) is not None or wanted == "internet":
        return Outside(Peer.of(name))
    table = list(_table(topology))
    matching = [node for names, node in table if wanted in names]
    if not matching:
        # The last words of a name: `flowise` for `app-sdc-flowise`.
        matching = [node for names, node in table if any(one.endswith(f"-{wanted}") for one in names)]
        matching = [one for one in matching if not _is_slot(one)] or matching
    different = {arm.key(node.id): node for node in matching}
    if len(different) == 1:
        return next(iter(different.values()))
    if different:
        raise NotFoundError(f"{name!r} could be {', '.join(sorted(one.name for one in different.values()))}; name one")
    if name[:1].isupper() and name.replace(".", "").isalnum():
        return Outside(Peer(tag=name))
    raise NotFoundError(_nothing(name, [each for names, _ in table for each in names if "/" not in each]))


def find_subnet(topology: Topology, name: str) -> Subnet:
    """Return the subnet with that name, role or id.

    Raises:
        NotFoundError: there is none.

    """
    node = find_node(topology, name)
    if not isinstance(node, Subnet):
        raise NotFoundError(
            f"{name!r} is not a subnet; there are {', '.join(s.name for s in topology.subnets.values())}"
        )
    return node


def _is_slot(node: Service | Subnet | Endpoint) -> bool:
    return isinstance(node, Service) and node.kind.name == "slot"


def _table(topology: Topology) -> Iterable[tuple[set[str], Service | Subnet | Endpoint]]:
    every = services(topology)
    for service in every:
        yield _names_of_service(every, service), service
    for subnet in topology.subnets.values():
        role = subnet.logical.rsplit("-", 1)[-1]
        alone = sum(other.logical.rsplit("-", 1)[-1] == role for other in topology.subnets.values()) == 1
        yield {n.lower() for n in (subnet.name, subnet.logical, subnet.id, *([role] if alone else []))}, subnet
    for endpoint in topology.endpoints:
        yield {endpoint.name.lower(), endpoint.id.lower()}, endpoint


def _names_of_service(every: Iterable[Service], service: Service) -> set[str]:
    names = {service.name, service.resource.name, service.id, *(each.name for each in service.host_names)}
    if sum(other.kind.name == service.kind.name for other in every) == 1:
        names.add(service.kind.name)
    if service.kind.name == "slot":
        names.add(f"{service.resource.name.rsplit('-', 1)[-1]}/{arm.name(service.id)}")
    return {name.lower() for name in names}


def _nothing(name: str, names: Iterable[str]) -> str:
    known = sorted(set(names))
    near = difflib.get_close_matches(name.lower(), known, n=3, cutoff=0.5)
    listed = near or [each for each in known if "." not in each][:MOST_SHOWN]
    return f"nothing in this deployment is called {name!r}; {'nearest' if near else 'there are'}: {', '.join(listed)}"

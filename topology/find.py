"""From what people write to what they mean: names of services, subnets, endpoints, addresses.

``vault``, ``postgres``, ``redis`` name a service where there is one of its kind; an app is named by its key, its
logical or its Azure name, its host name, or its ARM id; ``internet`` and service tags are what they are.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from topology import arm
from topology.addresses import INTERNET, Peer, parse
from topology.network import Topology
from topology.parts import Subnet
from topology.reach import Outside, Place
from topology.services import Service, services

MOST_SHOWN = 12
"""Candidates that an error lists."""


class NotFoundError(LookupError):
    """A name means nothing here, or several things; the text lists what it could have been."""


def place(topology: Topology, written: str) -> Place:
    """Understand ``written``.

    Raises:
        NotFoundError: it means nothing, or several things.

    """
    if written.lower() == "internet":
        return Outside(INTERNET)
    if parse(written) is not None:
        return Outside(Peer.of(written))
    found = [thing for names, thing in _table(topology) if written.lower() in names]
    if not found:
        # The last words of a name: `flowise` for `app-weu-flowise`.
        found = [t for names, t in _table(topology) if any(one.endswith(f"-{written.lower()}") for one in names)]
        found = [one for one in found if not _is_slot(one)] or found
    different = {topology_key(thing): thing for thing in found}
    if len(different) == 1:
        return next(iter(different.values()))
    if different:
        raise NotFoundError(
            f"{written!r} could be {', '.join(sorted(thing.name for thing in different.values()))}; name one"
        )
    if written[:1].isupper() and written.replace(".", "").isalnum():
        return Outside(Peer(tag=written))
    raise NotFoundError(_nothing(written, [name for names, _ in _table(topology) for name in names if "/" not in name]))


def subnet_named(topology: Topology, written: str) -> Subnet:
    """Subnet of that name, role or id.

    Raises:
        NotFoundError: there is none.

    """
    found = place(topology, written)
    if not isinstance(found, Subnet):
        raise NotFoundError(
            f"{written!r} is no subnet; there are {', '.join(s.name for s in topology.subnets.values())}"
        )
    return found


def _is_slot(thing: Place) -> bool:
    return isinstance(thing, Service) and thing.kind.word == "slot"


def topology_key(thing: Place) -> str:
    """Tell things apart."""
    return thing.name if isinstance(thing, Outside) else arm.key(thing.id)


def _table(topology: Topology) -> Iterable[tuple[set[str], Place]]:
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
    names = {service.name, service.resource.name, service.id, *(face.host for face in service.faces)}
    if sum(other.kind.word == service.kind.word for other in every) == 1:
        names.add(service.kind.word)
    if service.kind.word == "slot":
        names.add(f"{service.resource.name.rsplit('-', 1)[-1]}/{arm.name(service.id)}")
    return {name.lower() for name in names}


def _nothing(written: str, names: Iterable[str]) -> str:
    known = sorted(set(names))
    near = difflib.get_close_matches(written.lower(), known, n=3, cutoff=0.5)
    listed = near or [name for name in known if "." not in name][:MOST_SHOWN]
    return f"nothing here is called {written!r}; {'nearest' if near else 'there are'}: {', '.join(listed)}"

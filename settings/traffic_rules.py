"""Rules between the rows of a network's traffic, its subnets and its addresses."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from settings.network import ExistingNetwork, Network, NewNetwork
from settings.problems import Issue
from settings.runners import RUNNERS
from settings.subnets import RESERVE
from settings.traffic import ANSWERS, OPENS_CONNECTIONS

RESERVED = frozenset(
    (
        *("apps-https", "apps-postgres", "apps-redis", "apps-files", "jobs-https", "jobs-postgres", "runner-https"),
        *("environment-probes", "environment-inside", "environment-to-inside", "environment-images"),
        *("environment-image-layers", "environment-logs", "azureactivedirectory", "azureresourcemanager", "dns"),
        *(row.name for rows in RUNNERS.values() for row in rows),
    )
)
"""Names of the platform's own rules; a second rule of a name replaces the first one in a security group."""


_RESERVED_BLOCKS = """
169.254.0.0/16 172.30.0.0/16 172.31.0.0/16 192.0.2.0/24
100.100.0.0/17 100.100.128.0/19 100.100.160.0/19 100.100.192.0/19
"""
CONTAINER_APPS_RESERVED = tuple(IPv4Network(block) for block in _RESERVED_BLOCKS.split())
"""Blocks in which no environment of Container Apps may lie (Microsoft Learn, "Virtual network configuration")."""


def traffic(network: Network) -> list[Issue]:
    """Issues of the rows of ``egress`` and ``ingress``; paths begin at ``network``."""
    issues = [*_twice(network), *_egress(network)]
    if isinstance(network, NewNetwork):
        issues += [*_sources(network), *_targets(network), *_peerings(network), *_reserved_blocks(network)]
    return issues


def _own(network: Network) -> tuple[str, ...]:
    return () if isinstance(network, ExistingNetwork) else tuple(subnet.name for subnet in network.subnets)


def _twice(network: Network) -> Iterator[Issue]:
    lists = {"egress": [row.name for row in network.egress.allow]}
    if isinstance(network, NewNetwork):
        lists["ingress"] = [row.name for row in network.ingress.allow]
    for section, names in lists.items():
        for index, name in enumerate(names):
            path = ("network", section, "allow", index, "name")
            if name in names[:index]:
                found = f"{name!r}, also at [{names.index(name)}]"
                yield Issue(path, "the rule name is used twice", found, "each once", f"name: {name}-2")
            elif section == "egress" and name in RESERVED:
                yield Issue(path, "a rule of the platform has this name", name, "any other", f"name: own-{name}")


def _egress(network: Network) -> Iterator[Issue]:
    allowed = (*OPENS_CONNECTIONS, *_own(network))
    for index, row in enumerate(network.egress.allow):
        for place, subnet in enumerate(row.subnets):
            if subnet not in allowed:
                path = ("network", "egress", "allow", index, "subnets", place)
                yield Issue(path, "no subnet that sends anything", subnet, ", ".join(allowed), "subnets: [runner]")


def _sources(network: NewNetwork) -> Iterator[Issue]:
    spaces = [block for text in network.address_space if (block := _block(text))]
    allowed = (*OPENS_CONNECTIONS, *_own(network))
    for index, row in enumerate(network.ingress.allow):
        path, block = ("network", "ingress", "allow", index, "source"), _block(row.source)
        if block is None and row.source not in allowed:
            names = f"an IPv4 block, or {', '.join(allowed)}"
            yield Issue(path, "no subnet that sends anything", row.source, names, "source: 10.100.0.0/16")
        elif block is not None and any(block.overlaps(space) for space in spaces):
            names = f"blocks outside this network, or {', '.join(allowed)}"
            yield Issue(path, "overlaps this network: name the subnet", row.source, names, f"source: {allowed[-1]}")


def _targets(network: NewNetwork) -> Iterator[Issue]:
    allowed = (*ANSWERS, *_own(network))
    for index, row in enumerate(network.ingress.allow):
        if row.subnet not in allowed:
            path = ("network", "ingress", "allow", index, "subnet")
            yield Issue(path, "nothing answers in such a subnet", row.subnet, ", ".join(allowed), "subnet: endpoints")


def _peerings(network: NewNetwork) -> Iterator[Issue]:
    """Refuse two networks of one name: their peerings here would have one name, too."""
    names = [one.rsplit("/", 1)[-1].lower() for one in network.ingress.peerings]
    for index, name in enumerate(names):
        if name in names[:index]:
            path = ("network", "ingress", "peerings", index)
            yield Issue(path, "two networks have this name", network.ingress.peerings[index], "each name once", "")


def _reserved_blocks(network: NewNetwork) -> Iterator[Issue]:
    """Refuse a block that Container Apps keeps to itself where the jobs subnet would lie."""
    block = next(map(_block, network.address_space), None)
    if block is None or block.prefixlen > RESERVE:
        return
    built_in = next(block.subnets(new_prefix=RESERVE))
    for reserved in CONTAINER_APPS_RESERVED:
        if built_in.overlaps(reserved):
            allowed = f"a block outside {', '.join(map(str, CONTAINER_APPS_RESERVED))}"
            found = network.address_space[0]
            yield Issue(
                ("network", "addressSpace", 0), "Container Apps cannot run there", found, allowed, "10.20.0.0/22"
            )


def _block(text: str) -> IPv4Network | None:
    try:
        return IPv4Network(text)
    except ValueError:
        return None

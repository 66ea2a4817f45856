"""The security rules of a subnet, derived from the tables of :mod:`components.network.traffic`.

An NSG of the platform ends with its own denials, so that Azure's default rules (everything inside the network,
everything to the Internet) never decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from ipaddress import ip_network

from pulumi_azure_native import network

from components.network.traffic import ANY, DELEGATED, FLOWS, PLATFORM, SELF, EgressRow, IngressRow, Rule
from components.shared.endpoints import ENDPOINTS
from settings.service_tags import spelled, width
from settings.subnets import Subnet

LOWEST_PRIORITY = 4096
"""The last rule that a customer can write; Azure's own come after it."""

FIRST_CUSTOMER_PRIORITY = 1000
"""The lists of the stack file begin here; the platform's own rules stay below."""

FIRST_BETWEEN_SUBNETS = 2000
"""Outbound ends of the rows about who may connect begin here."""

DESCRIPTION_LIMIT = 140
"""Characters of a rule's description that Azure stores."""

SERVICE_TAG = re.compile(r"[A-Z][A-Za-z0-9]+(\.[A-Za-z0-9]+){0,2}")
"""``Storage``, ``Storage.WestEurope``, ``AzureFrontDoor.Frontend`` or ``AzureFrontDoor.Frontend.WestEurope``."""


def rules_of(
    subnet: Subnet,
    *,
    subnets: Sequence[Subnet],
    egress: Sequence[EgressRow],
    ingress: Sequence[IngressRow] = (),
    dns_servers: Sequence[str] = (),
) -> list[Rule]:
    """All rules of the NSG of ``subnet``, inbound before outbound, each by priority.

    Raises ``ValueError`` for a row that an NSG cannot express or that would open everything.
    """
    rules = [*_flows(subnet, subnets), *_delegated(subnet), *_connections(subnet, subnets, ingress), *_denials()]
    if not subnet.private_endpoints:
        rules += [*_platform(subnet), *_dns(subnet, dns_servers), *_allow_list(subnet, egress)]
    return sorted(rules, key=lambda rule: (rule.direction, rule.priority))


def security_rule(rule: Rule) -> network.SecurityRuleArgs:
    """``rule`` as an input of an NSG."""
    one = len(rule.destinations) == 1
    return network.SecurityRuleArgs(
        name=rule.name,
        priority=rule.priority,
        direction=rule.direction,
        access=rule.access,
        protocol=rule.protocol,
        source_address_prefix=rule.source,
        source_port_range=ANY,
        destination_address_prefix=rule.destinations[0] if one else None,
        destination_address_prefixes=None if one else list(rule.destinations),
        destination_port_range=rule.ports[0] if len(rule.ports) == 1 else None,
        destination_port_ranges=list(rule.ports) if len(rule.ports) > 1 else None,
        description=rule.reason,
    )


def _flows(subnet: Subnet, subnets: Sequence[Subnet]) -> Iterator[Rule]:
    """Both ends of every flow that begins or ends in ``subnet``."""
    prefixes = {other.role: other.prefix for other in subnets}
    endpoints = tuple(other.prefix for other in subnets if other.private_endpoints)
    for index, flow in enumerate(FLOWS):
        if not endpoints or flow.client not in prefixes:
            continue
        ends = {
            "Outbound": (subnet.role == flow.client, endpoints),
            "Inbound": (subnet.private_endpoints, (subnet.prefix,)),
        }
        for direction, (concerned, destinations) in ends.items():
            if concerned:
                yield Rule(
                    name=f"allow-{flow.client}-{flow.name}",
                    priority=100 + 10 * index,
                    direction=direction,
                    access="Allow",
                    source=prefixes[flow.client],
                    destinations=destinations,
                    ports=tuple(dict.fromkeys(port for service in flow.services for port in ENDPOINTS[service].ports)),
                    reason=flow.reason,
                )


def _platform(subnet: Subnet) -> Iterator[Rule]:
    for index, service in enumerate(PLATFORM):
        if subnet.role in service.clients:
            yield _outbound(
                subnet, f"allow-{service.tag}", 300 + 10 * index, (service.tag,), ports=("443",), reason=service.reason
            )


def _delegated(subnet: Subnet) -> Iterator[Rule]:
    for rule in DELEGATED.get(subnet.delegation or "", ()):
        yield replace(
            rule,
            source=subnet.prefix if rule.source == SELF else rule.source,
            destinations=tuple(subnet.prefix if block == SELF else block for block in rule.destinations),
        )


def _dns(subnet: Subnet, servers: Sequence[str]) -> Iterator[Rule]:
    """Azure's own resolver needs no rule; the customer's servers do."""
    if servers:
        yield _outbound(
            subnet, "allow-dns", 500, tuple(servers), ports=("53",), reason="The customer's DNS servers", protocol=ANY
        )


def _allow_list(subnet: Subnet, egress: Sequence[EgressRow]) -> Iterator[Rule]:
    for index, row in enumerate(egress):
        check_destination(row)
        if row.subnets and subnet.role not in row.subnets:
            continue
        yield _outbound(
            subnet,
            f"allow-{row.name}",
            FIRST_CUSTOMER_PRIORITY + index,
            (row.destination,),
            ports=row.ports,
            reason=row.reason[:DESCRIPTION_LIMIT],
        )


def _connections(subnet: Subnet, subnets: Sequence[Subnet], ingress: Sequence[IngressRow]) -> Iterator[Rule]:
    """Yield the ends of the customer's rows in ``subnet``: inbound where connections go, outbound where they begin.

    Names begin with ``from-`` and ``to-``, so that none is a name of the platform's own rules.
    """
    prefixes = {other.role: other.prefix for other in subnets}
    for index, row in enumerate(ingress):
        source, target = prefixes.get(row.source, row.source), prefixes[row.subnet]
        check_source(row.name, source)
        if subnet.role == row.subnet:
            yield Rule(
                name=f"from-{row.name}",
                priority=FIRST_CUSTOMER_PRIORITY + index,
                direction="Inbound",
                access="Allow",
                source=source,
                destinations=(subnet.prefix,),
                ports=row.ports,
                reason=row.reason[:DESCRIPTION_LIMIT],
            )
        if subnet.role == row.source:
            yield _outbound(
                subnet,
                f"to-{row.name}",
                FIRST_BETWEEN_SUBNETS + index,
                (target,),
                ports=row.ports,
                reason=row.reason[:DESCRIPTION_LIMIT],
            )


def check_source(name: str, source: str) -> None:
    """Raise ``ValueError`` when ``source`` is no block, or one that holds everybody."""
    try:
        block = ip_network(source)
    except ValueError:
        raise ValueError(f"ingress {name!r}: {source!r} is neither a CIDR block nor a subnet") from None
    if block.prefixlen == 0:
        raise ValueError(f"ingress {name!r} would let everyone in; name the block that it is about")


def check_destination(row: EgressRow) -> None:
    """Raise ``ValueError`` when an NSG cannot express the destination, or when it would open the whole Internet."""
    if row.destination in {ANY, "Internet", "Any"}:
        raise ValueError(f"egress {row.name!r} would open the network to everyone; name the destination it needs")
    if SERVICE_TAG.fullmatch(row.destination):
        if wide := width(spelled(row.destination) or row.destination):
            raise ValueError(f"egress {row.name!r}: {row.destination} is {wide}; name the service that it needs")
        return
    try:
        block = ip_network(row.destination)
    except ValueError:
        raise ValueError(
            f"egress {row.name!r}: {row.destination!r} is neither a CIDR block nor a service tag; "
            "a network security group filters addresses, host names need a firewall"
        ) from None
    if block.prefixlen == 0:
        raise ValueError(f"egress {row.name!r} would open the network to everyone; name the destination it needs")


def _denials() -> tuple[Rule, ...]:
    return (
        _deny("deny-all-inbound", LOWEST_PRIORITY, "Inbound", ANY, "Nothing enters that no rule above needs"),
        _deny("deny-internet", LOWEST_PRIORITY - 1, "Outbound", "Internet", "Only the allow list reaches the Internet"),
        _deny("deny-all-outbound", LOWEST_PRIORITY, "Outbound", ANY, "Nothing leaves that no rule above needs"),
    )


def _deny(name: str, priority: int, direction: str, destination: str, reason: str) -> Rule:
    return Rule(
        name=name,
        priority=priority,
        direction=direction,
        access="Deny",
        source=ANY,
        destinations=(destination,),
        ports=(ANY,),
        protocol=ANY,
        reason=reason,
    )


def _outbound(
    subnet: Subnet,
    name: str,
    priority: int,
    destinations: tuple[str, ...],
    *,
    ports: tuple[str, ...],
    reason: str,
    protocol: str = "Tcp",
) -> Rule:
    return Rule(
        name=name,
        priority=priority,
        direction="Outbound",
        access="Allow",
        source=subnet.prefix,
        destinations=destinations,
        ports=ports,
        protocol=protocol,
        reason=reason,
    )

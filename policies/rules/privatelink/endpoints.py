"""Private endpoints: each service has them, in the right subnet, and nothing besides them.

Source of the sub-resources: Microsoft Learn, "Azure Private Endpoint private DNS zone values".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from policies.model import Context, Outcome, ok, skip
from policies.rule import Rule, direct
from policies.rules.shared import children, expect_set
from resources import arm
from resources.model import Resource
from resources.values import (
    UNKNOWN,
    Trilean,
    Value,
    all_of,
    any_of,
    find,
    get,
    items,
    known,
    matches,
    negate,
    one_of,
)

ENDPOINT = "network:PrivateEndpoint"
CONNECTIONS = "privateLinkServiceConnections"
TARGET = f"{CONNECTIONS}[].privateLinkServiceId"
SUBNET = re.compile(r"endpoint|private-?link|(?:^|[-_])pep?(?:[-_]|$)", re.IGNORECASE)
"""Name of a subnet that is meant for private endpoints."""


@dataclass(frozen=True, kw_only=True)
class Service:
    """How a service and its private endpoints fit together."""

    groups: tuple[str, ...]
    """Sub-resources that an endpoint may connect to."""
    public: str = "publicNetworkAccess"
    """The property that enables the public endpoint; empty where the service has none."""
    off: tuple[str, ...] = ("Disabled",)
    """Values that disable the public endpoint."""
    parts: tuple[tuple[str, str], ...] = ()
    """Type of a part -> sub-resource that is needed as soon as the service has such a part."""


SERVICES: Mapping[str, Service] = {
    "keyvault:Vault": Service(groups=("vault",), public="properties.publicNetworkAccess"),
    "storage:StorageAccount": Service(
        groups=("blob", "file", "queue", "table", "web", "dfs"),
        off=("Disabled", "SecuredByPerimeter"),
        parts=(
            ("storage:BlobContainer", "blob"), ("storage:FileShare", "file"), ("storage:Queue", "queue"),
            ("storage:Table", "table"),
        ),
    ),
    "dbforpostgresql:Server": Service(groups=("postgresqlServer",), public="network.publicNetworkAccess"),
    "redisenterprise:RedisEnterprise": Service(groups=("redisEnterprise",)),
    "redis:Redis": Service(groups=("redisCache",)),
    "containerregistry:Registry": Service(groups=("registry",)),
    "web:WebApp": Service(groups=("sites",)),
    "web:WebAppSlot": Service(groups=("sites",)),
    "cognitiveservices:Account": Service(groups=("account",), public="properties.publicNetworkAccess"),
    "search:Service": Service(groups=("searchService",)),
    "monitor:PrivateLinkScope": Service(groups=("azuremonitor",), public=""),
    "servicebus:Namespace": Service(groups=("namespace",)),
    "eventhub:Namespace": Service(groups=("namespace",)),
}  # fmt: skip
"""Type -> its private endpoints. A slot is reached at its site, with the sub-resource ``sites-NAME``."""


def group_of(target: Resource) -> tuple[str, ...] | None:
    """Return the sub-resources that an endpoint of ``target`` may connect to; None while a slot's name is unknown."""
    groups = SERVICES[target.type].groups
    if target.type != "web:WebAppSlot":
        return groups
    slot = get(target, "slot")
    return (f"sites-{slot}",) if known(slot) else None


def connections(endpoint: Resource) -> Value:
    """Return the approved connections of an endpoint: a list, or ``UNKNOWN``."""
    return items(endpoint, CONNECTIONS)


def endpoints_of(target: Resource, context: Context) -> Iterator[tuple[Resource, Any]]:
    """Yield every endpoint that points to ``target``, with its connection.

    A slot has no address of its own: endpoints name its site, and only the sub-resource names the slot.
    """
    own = _address(target, context)
    for endpoint in context.graph.of(ENDPOINT):
        listed = connections(endpoint)
        made_from = target.urn in endpoint.property_dependencies.get(CONNECTIONS, ())
        for connection in [UNKNOWN] if listed is UNKNOWN else listed:
            value = get(connection, "privateLinkServiceId")
            literal = own and isinstance(value, str) and arm.local(value) == arm.local(own)
            if literal or (value is UNKNOWN and made_from):
                yield endpoint, connection


def _address(target: Resource, context: Context) -> str | None:
    if target.type == "web:WebAppSlot":
        return arm.compose("web:WebApp", target.props)
    return context.graph.ids.get(target.urn)


def has_endpoint(target: Resource, groups: tuple[str, ...] | None, context: Context) -> Trilean:
    """Return whether an endpoint connects to ``target`` by one of the sub-resources."""
    answers = [
        None if groups is None else _by_group(connection, groups) for _, connection in endpoints_of(target, context)
    ]
    return any_of(*answers, None if _undecided(target, context) else False)


def _undecided(target: Resource, context: Context) -> bool:
    """Return whether an endpoint may point to ``target`` unnoticed, because one of the two ids is not known yet."""
    if context.graph.unresolved(ENDPOINT, TARGET):
        return True
    literal = [value for each in context.graph.of(ENDPOINT) for _, value in find(each, TARGET) if known(value)]
    return _address(target, context) is None and any(context.graph.by_id(str(value)) is None for value in literal)


def _by_group(connection: Value, groups: tuple[str, ...]) -> Trilean:
    listed = items(connection, "groupIds")
    if listed is UNKNOWN:
        return None
    return any_of(*(one_of(group, groups) for group in listed))


def is_public_off(target: Resource) -> Trilean:
    """Return whether the public endpoint of ``target`` is disabled."""
    service = SERVICES[target.type]
    return one_of(get(target, service.public), service.off)


def injected(target: Resource) -> Trilean:
    """Return whether a database server is inside a subnet: it has no public endpoint and no private ones."""
    value = get(target, "network.delegatedSubnetResourceId")
    return all_of(target.type == "dbforpostgresql:Server", None if value is UNKNOWN else bool(value))


def reachable_privately(resource: Resource, context: Context) -> Outcome | list[Outcome]:
    """PL-01: the service has an endpoint for each of its parts in use."""
    inside = injected(resource)
    if inside:
        return skip("is inside the virtual network")
    parts = [
        ((group,), children(context, resource, type_, "accountName").any())
        for type_, group in SERVICES[resource.type].parts
    ]
    used = [(groups, True) for groups, exist in parts if exist]
    maybe = [(groups, None) for groups, exist in parts if exist is None]
    return [
        ok(
            any_of(inside, has_endpoint(resource, groups, context), False if sure else None),
            "no private endpoint with the right sub-resource",
            CONNECTIONS,
        )
        for groups, sure in (*(used or [(group_of(resource), True)]), *maybe)
    ]


def no_other_way_in(resource: Resource, context: Context) -> Outcome:
    """PL-04: a service with a private endpoint has no public one."""
    path = SERVICES[resource.type].public
    private = has_endpoint(resource, group_of(resource), context)
    if not path or (private is False and not any(endpoints_of(resource, context))):
        return skip("no private endpoint, or no setting for the public one")
    return ok(any_of(is_public_off(resource), negate(private)), "has a private endpoint but is still public", path)


def in_endpoint_subnet(resource: Resource, _context: Context) -> list[Outcome]:
    """PL-05: the endpoint is in a subnet for endpoints, and needs no manual approval."""
    subnet, manual = "subnet.id", "manualPrivateLinkServiceConnections"
    pending = None if items(resource, manual) is UNKNOWN else bool(items(resource, manual))
    named = matches(get(resource, subnet), lambda text: bool(SUBNET.search(str(text).rsplit("/", 1)[-1])))
    return [
        ok(named, "the endpoint is not in a subnet for endpoints", subnet),
        ok(negate(pending), "a connection needs manual approval", manual),
        expect_set(resource, CONNECTIONS, "no connection is approved automatically"),
    ]


RULES: tuple[Rule, ...] = (
    Rule(
        id="PL-01",
        title="Each PaaS resource has a private endpoint with the right sub-resource",
        types=tuple(SERVICES),
        property="privateLinkServiceConnections[].{privateLinkServiceId,groupIds}",
        severity="H",
        scope="S",
        profile="P2",
        iso=(
            direct("A.8.20", "The service is reached over the private network."),
            direct("A.8.22", "The service is part of a segment with rules of its own."),
        ),
        hipaa=(
            direct("164.312(a)(1)", "Only what is inside the network can ask for health information."),
            direct("164.312(e)(1)", "Health information does not travel over the Internet."),
        ),
        gdpr=(direct("Art. 32(1)(b)", "Stores of personal data are not on the Internet."),),
        what="Every service that can has a private endpoint for each part that is in use: `blob` where there are "
        "containers, `file` where there are shares, `sites-NAME` for a slot.",
        why="An endpoint for the wrong sub-resource looks right in every list, while the app still uses the Internet.",
        remediation="Add `network.PrivateEndpoint` with the service's id and the sub-resource it needs.",
        azure_default="None: services have public addresses.",
        bad='storage.FileShare("share", account_name=account.name)  # and an endpoint for "blob" only',
        good='network.PrivateEndpoint("files", private_link_service_connections=[\n'
        '    network.PrivateLinkServiceConnectionArgs(private_link_service_id=account.id, group_ids=["file"])])',
        check=reachable_privately,
    ),
    Rule(
        id="PL-04",
        title="Endpoint present implies public access off",
        types=tuple(SERVICES),
        property="publicNetworkAccess",
        severity="C",
        scope="S",
        profile="P2",
        iso=(direct("A.8.20", "The private path is the only path."),),
        hipaa=(direct("164.312(a)(1)", "Nobody reaches health information around the private network."),),
        gdpr=(
            direct("Art. 25(2)", "By default data is not accessible to an indefinite number of people."),
            direct("Art. 32(1)(b)", "Confidentiality does not depend on a password alone."),
        ),
        what="A service with a private endpoint has no public one.",
        why="A private endpoint adds a way in and removes none: while the public endpoint is open it protects nothing.",
        remediation='Set `public_network_access="Disabled"` (wherever the service has this property).',
        azure_default="Enabled, with or without a private endpoint.",
        bad='keyvault.VaultPropertiesArgs(public_network_access="Enabled", …)  # and a private endpoint',
        good='keyvault.VaultPropertiesArgs(public_network_access="Disabled", …)',
        check=no_other_way_in,
    ),
    Rule(
        id="PL-05",
        title="Endpoints in the endpoint subnet; no manual connections",
        types=(ENDPOINT,),
        property="subnet, manualPrivateLinkServiceConnections",
        severity="M",
        scope="R",
        profile="P2",
        iso=(direct("A.8.22", "Endpoints have a segment of their own, with rules of its own."),),
        hipaa=(
            direct("164.312(a)(1)", "Connections to stores are made by permission and not by a stranger's approval."),
        ),
        gdpr=(direct("Art. 32(1)(b)", "It is known what is connected to stores of personal data."),),
        what="Endpoints are in a subnet whose name says that it is for endpoints, and the permissions of whoever "
        "deploys approve their connections.",
        why="Endpoints among machines are subject to the machines' rules. A manual connection waits for someone to "
        "click, often in a tenant that is not ours, and carries nothing until then.",
        remediation="Use the endpoint subnet; use `private_link_service_connections`.",
        azure_default="Any subnet.",
        bad='network.PrivateEndpoint("vault", manual_private_link_service_connections=[…])',
        good='network.PrivateEndpoint("vault", subnet={"id": endpoints.id}, private_link_service_connections=[…])',
        check=in_endpoint_subnet,
    ),
)

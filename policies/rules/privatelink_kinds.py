"""Which services can have a private endpoint, what Private Link calls them, and how endpoints and services are joined.

Source of sub-resources and zones: Microsoft Learn, "Azure Private Endpoint private DNS zone values".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from policies.model import Context
from resources import arm
from resources.model import Resource
from resources.values import UNKNOWN, Trilean, Value, all_of, any_of, equals, find, get, items, known, one_of

ENDPOINT = "network:PrivateEndpoint"
CONNECTIONS = "privateLinkServiceConnections"
TARGET = f"{CONNECTIONS}[].privateLinkServiceId"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """How a service and its private endpoints fit together."""

    groups: tuple[str, ...]
    """Sub-resources that an endpoint may connect to."""
    public: str = "publicNetworkAccess"
    """Where the service says whether it has a public side; empty where it has no such switch."""
    off: tuple[str, ...] = ("Disabled",)
    """Values that close the public side."""
    parts: tuple[tuple[str, str], ...] = ()
    """Type of a part -> sub-resource that is needed as soon as the service has such a part."""


KINDS: Mapping[str, Kind] = {
    "keyvault:Vault": Kind(groups=("vault",), public="properties.publicNetworkAccess"),
    "storage:StorageAccount": Kind(
        groups=("blob", "file", "queue", "table", "web", "dfs"),
        off=("Disabled", "SecuredByPerimeter"),
        parts=(
            ("storage:BlobContainer", "blob"), ("storage:FileShare", "file"), ("storage:Queue", "queue"),
            ("storage:Table", "table"),
        ),
    ),
    "dbforpostgresql:Server": Kind(groups=("postgresqlServer",), public="network.publicNetworkAccess"),
    "redisenterprise:RedisEnterprise": Kind(groups=("redisEnterprise",)),
    "redis:Redis": Kind(groups=("redisCache",)),
    "containerregistry:Registry": Kind(groups=("registry",)),
    "web:WebApp": Kind(groups=("sites",)),
    "web:WebAppSlot": Kind(groups=("sites",)),
    "cognitiveservices:Account": Kind(groups=("account",), public="properties.publicNetworkAccess"),
    "search:Service": Kind(groups=("searchService",)),
    "monitor:PrivateLinkScope": Kind(groups=("azuremonitor",), public=""),
    "servicebus:Namespace": Kind(groups=("namespace",)),
    "eventhub:Namespace": Kind(groups=("namespace",)),
}  # fmt: skip
"""Type -> its private endpoints. A slot is reached at its site, with the sub-resource ``sites-NAME``."""

ZONES: Mapping[str, tuple[str, ...]] = {
    "vault": (r"privatelink\.vaultcore\.azure\.net",),
    "blob": (r"privatelink\.blob\.core\.windows\.net",),
    "file": (r"privatelink\.file\.core\.windows\.net",),
    "queue": (r"privatelink\.queue\.core\.windows\.net",),
    "table": (r"privatelink\.table\.core\.windows\.net",),
    "web": (r"privatelink\.web\.core\.windows\.net",),
    "dfs": (r"privatelink\.dfs\.core\.windows\.net",),
    "postgresqlserver": (r"privatelink\.postgres\.database\.azure\.com",),
    "redisenterprise": (r"privatelink\.redis(enterprise\.cache)?\.azure\.net",),
    "rediscache": (r"privatelink\.redis\.cache\.windows\.net",),
    "registry": (r"privatelink\.azurecr\.io",),
    "sites": (r"privatelink\.azurewebsites\.net",),
    "account": (r"privatelink\.cognitiveservices\.azure\.com",),
    "searchservice": (r"privatelink\.search\.windows\.net",),
    "azuremonitor": (
        r"privatelink\.monitor\.azure\.com", r"privatelink\.oms\.opinsights\.azure\.com",
        r"privatelink\.ods\.opinsights\.azure\.com", r"privatelink\.agentsvc\.azure-automation\.net",
        r"privatelink\.blob\.core\.windows\.net",
    ),
    "namespace": (r"privatelink\.servicebus\.windows\.net",),
    "management": (r"(.+\.)?privatelink\.[a-z0-9]+\.azmk8s\.io",),
    "managedenvironments": (r"privatelink\.[a-z0-9]+\.azurecontainerapps\.io",),
}  # fmt: skip
"""Sub-resource, in lower case -> zones that need a record of the endpoint, as patterns of their names."""


def group_of(target: Resource) -> tuple[str, ...] | None:
    """Give the sub-resources that an endpoint of ``target`` may connect to; None while the slot's name is unknown."""
    groups = KINDS[target.type].groups
    if target.type != "web:WebAppSlot":
        return groups
    slot = get(target, "slot")
    return (f"sites-{slot}",) if known(slot) else None


def connections(endpoint: Resource) -> Value:
    """Give the approved connections of an endpoint: a list, or ``UNKNOWN``."""
    return items(endpoint, CONNECTIONS)


def endpoints_of(target: Resource, context: Context) -> Iterator[tuple[Resource, Any]]:
    """Give every endpoint that points to ``target``, with its connection.

    A slot has no address of its own: endpoints name its site, and tell the slot by the sub-resource alone.
    """
    own = _address(target, context)
    for endpoint in context.graph.of(ENDPOINT):
        listed = connections(endpoint)
        made_from = target.urn in endpoint.property_dependencies.get(CONNECTIONS, ())
        for connection in [UNKNOWN] if listed is UNKNOWN else listed:
            value = get(connection, "privateLinkServiceId")
            written = own and isinstance(value, str) and arm.local(value) == arm.local(own)
            if written or (value is UNKNOWN and made_from):
                yield endpoint, connection


def _address(target: Resource, context: Context) -> str | None:
    if target.type == "web:WebAppSlot":
        return arm.compose("web:WebApp", target.props)
    return context.graph.ids.get(target.urn)


def has_endpoint(target: Resource, groups: tuple[str, ...] | None, context: Context) -> Trilean:
    """Tell whether an endpoint connects to ``target`` by one of the sub-resources."""
    answers = [
        None if groups is None else _by_group(connection, groups) for _, connection in endpoints_of(target, context)
    ]
    return any_of(*answers, None if _undecided(target, context) else False)


def _undecided(target: Resource, context: Context) -> bool:
    """Whether an endpoint may point to ``target`` without anybody knowing: one of the two ids is not there yet."""
    if context.graph.unresolved(ENDPOINT, TARGET):
        return True
    written = [value for each in context.graph.of(ENDPOINT) for _, value in find(each, TARGET) if known(value)]
    return _address(target, context) is None and any(context.graph.by_id(str(value)) is None for value in written)


def _by_group(connection: Value, groups: tuple[str, ...]) -> Trilean:
    listed = items(connection, "groupIds")
    if listed is UNKNOWN:
        return None
    return any_of(*(one_of(group, groups) for group in listed))


def zone_fits(name: str, pattern: str) -> bool:
    """Tell whether a zone has the name that a pattern of ``ZONES`` asks for."""
    return re.fullmatch(pattern, name, re.IGNORECASE) is not None


def is_public_off(target: Resource) -> Trilean:
    """Tell whether the public side of ``target`` is closed."""
    kind = KINDS[target.type]
    return any_of(*(equals(get(target, kind.public), value) for value in kind.off))


def injected(target: Resource) -> Trilean:
    """Tell whether a database server stands inside a subnet: it has no public side and no endpoints."""
    value = get(target, "network.delegatedSubnetResourceId")
    return all_of(target.type == "dbforpostgresql:Server", None if value is UNKNOWN else bool(value))

"""Services: their host names, their Private Link groups and zones, and whether their public side is open.

Sources: Microsoft Learn, "Azure Private Endpoint private DNS zone values" (groups, zones) and the networking page of
each service (how its public side is closed; ports).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from resources import arm
from resources.model import Graph, Resource
from resources.values import entries, get, known, one_of, text
from topology.model import Reason


@dataclass(frozen=True)
class HostName:
    """One host name of a service."""

    group: str
    """Group id of the private endpoint that serves it."""
    name: str
    zone: str
    """Private zone that holds the record of the endpoint."""
    ports: tuple[int, ...]
    """TCP; the first one is the default."""


@dataclass(frozen=True)
class Exposure:
    """Whether the public side of a service lets the Internet in."""

    open: bool | None
    """False: nobody. None: listed sources only, or a value is unknown."""
    text: str
    reason: Reason = Reason.PUBLIC_ACCESS


@dataclass(frozen=True)
class Kind:
    """How one type of service is reached."""

    name: str
    """``vault``, ``postgres``, ``redis``."""
    exposure: Callable[[Graph, Resource], Exposure]
    host_names: Callable[[Resource], tuple[HostName, ...]] | None = None
    """None for a kind whose host names are not modelled; the names of other services may be unknown."""


@dataclass(frozen=True)
class Service:
    """One service among the resources."""

    resource: Resource
    kind: Kind
    id: str
    target_id: str
    """Id that private endpoints connect to: that of a slot's site, else its own."""

    @property
    def name(self) -> str:
        """Name in Azure; a slot's is ``site/slot``."""
        return arm.name(self.id) if self.target_id == self.id else f"{arm.name(self.target_id)}/{arm.name(self.id)}"

    @property
    def host_names(self) -> tuple[HostName, ...]:
        """Host names, the usual one first."""
        return self.kind.host_names(self.resource) if self.kind.host_names else ()


_STORAGE_PORTS: Mapping[str, tuple[int, ...]] = MappingProxyType({"file": (445, 80, 443)})
_REDIS_PORTS = (10000, *range(8500, 8600))
_POSTGRES_DOMAIN = "postgres.database.azure.com"


def _simple(path: str, group: str, suffix: str, zone: str, *ports: int) -> Callable[[Resource], tuple[HostName, ...]]:
    def host_names(resource: Resource) -> tuple[HostName, ...]:
        name = text(resource, path)
        return (HostName(group, f"{name.lower()}.{suffix}", f"privatelink.{zone}", ports),) if name else ()

    return host_names


def _storage(resource: Resource) -> tuple[HostName, ...]:
    name = text(resource, "accountName")
    return tuple(
        HostName(g, f"{name}.{g}.core.windows.net", f"privatelink.{g}.core.windows.net", _STORAGE_PORTS.get(g, (443,)))
        for g in ("blob", "file", "queue", "table", "dfs", "web")
        if name
    )


def _redis(resource: Resource) -> tuple[HostName, ...]:
    name, region = text(resource, "clusterName"), text(resource, "location")
    if not name or not region:
        return ()
    host = f"{name}.{region.lower().replace(' ', '')}.redis.azure.net"
    return (HostName("redisEnterprise", host, "privatelink.redis.azure.net", _REDIS_PORTS),)


def _site(resource: Resource) -> tuple[HostName, ...]:
    name, slot = text(resource, "name"), text(resource, "slot")
    if not name:
        return ()
    group, host = (f"sites-{slot}", f"{name}-{slot}") if slot else ("sites", name)
    zone = "privatelink.azurewebsites.net"
    return (
        HostName(group, f"{host}.azurewebsites.net", zone, (443, 80)),
        HostName(group, f"{host}.scm.azurewebsites.net", zone, (443,)),
    )


def _monitor(_: Resource) -> tuple[HostName, ...]:
    zone = "privatelink.monitor.azure.com"
    return (HostName("azuremonitor", "global.in.ai.monitor.azure.com", zone, (443,)),)


def _flag(*paths: str, rules: str = "") -> Callable[[Graph, Resource], Exposure]:
    """Make the test of a service whose public side has switches (all of ``paths``) and perhaps a firewall."""

    def exposure(_: Graph, resource: Resource) -> Exposure:
        off = {path: one_of(get(resource, path), ("Disabled", "SecuredByPerimeter")) for path in paths}
        if all(off.values()):
            return Exposure(open=False, text=f"public access is off ({', '.join(paths)})")
        if None in off.values():
            return Exposure(open=None, text=f"{', '.join(paths)} is not known yet")
        on = next(path for path, closed in off.items() if not closed)
        return _firewall(resource, rules) or Exposure(open=True, text=f"public access is on ({on})")

    return exposure


def _firewall(resource: Resource, rules: str) -> Exposure | None:
    action = get(resource, f"{rules}.defaultAction") if rules else None
    if not isinstance(action, str) or action.lower() != "deny":
        return None
    listed = [*entries(resource, f"{rules}.ipRules"), *entries(resource, f"{rules}.virtualNetworkRules")]
    if not listed:
        return Exposure(open=False, text=f"{rules} denies everyone", reason=Reason.FIREWALL)
    return Exposure(open=None, text=f"{rules} lets {len(listed)} listed sources in", reason=Reason.FIREWALL)


def _postgres(graph: Graph, resource: Resource) -> Exposure:
    injected = get(resource, "network.delegatedSubnetResourceId")
    if not known(injected):
        return Exposure(open=None, text="whether the server is in a subnet is not known yet")
    if injected:
        return Exposure(open=False, text="the server is in a subnet and has no public address")
    state = _flag("network.publicNetworkAccess")(graph, resource)
    if state.open is not True:
        return state
    server = (text(resource, "serverName") or "").lower()
    rules = [
        rule for rule in graph.of("dbforpostgresql:FirewallRule") if (text(rule, "serverName") or "").lower() == server
    ]
    if not rules:
        return Exposure(
            open=False, text="public access is on, and no firewall rule lets anyone in", reason=Reason.FIREWALL
        )
    return Exposure(
        open=None, text=f"public access is on, {len(rules)} firewall rules let addresses in", reason=Reason.FIREWALL
    )


def _web(graph: Graph, resource: Resource) -> Exposure:
    state = _flag("publicNetworkAccess")(graph, resource)
    if state.open is not True:
        return state
    default = text(resource, "siteConfig.ipSecurityRestrictionsDefaultAction") or "Allow"
    allowing = [
        rule
        for rule in entries(resource, "siteConfig.ipSecurityRestrictions")
        if (text(rule, "action") or "Allow").lower() == "allow"
    ]
    own_rules = get(resource, "siteConfig.scmIpSecurityRestrictionsUseMain") is not True
    scm = text(resource, "siteConfig.scmIpSecurityRestrictionsDefaultAction") or "Allow"
    if own_rules and scm.lower() == "allow":
        return Exposure(open=True, text="public access is on, and the deployment site lets everyone in")
    if default.lower() == "deny" and not allowing:
        return Exposure(open=False, text="access restrictions deny everyone", reason=Reason.FIREWALL)
    if default.lower() == "deny":
        return Exposure(open=None, text=f"{len(allowing)} access restrictions let sources in", reason=Reason.FIREWALL)
    return state


def _managed_cluster(_: Graph, resource: Resource) -> Exposure:
    if get(resource, "apiServerAccessProfile.enablePrivateCluster") is True:
        return Exposure(open=False, text="the cluster's API has a private address only")
    return Exposure(open=True, text="the cluster's API has a public address (apiServerAccessProfile)")


_QUERY_AND_INGESTION = ("publicNetworkAccessForIngestion", "publicNetworkAccessForQuery")

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "keyvault:Vault": Kind(
            "vault",
            _flag("properties.publicNetworkAccess", rules="properties.networkAcls"),
            _simple("vaultName", "vault", "vault.azure.net", "vaultcore.azure.net", 443),
        ),
        "dbforpostgresql:Server": Kind(
            "postgres",
            _postgres,
            _simple("serverName", "postgresqlServer", _POSTGRES_DOMAIN, _POSTGRES_DOMAIN, 5432, 6432),
        ),
        "redisenterprise:RedisEnterprise": Kind("redis", _flag("publicNetworkAccess"), _redis),
        "storage:StorageAccount": Kind("storage", _flag("publicNetworkAccess", rules="networkRuleSet"), _storage),
        "containerregistry:Registry": Kind(
            "registry",
            _flag("publicNetworkAccess", rules="networkRuleSet"),
            _simple("registryName", "registry", "azurecr.io", "azurecr.io", 443),
        ),
        "web:WebApp": Kind("app", _web, _site),
        "web:WebAppSlot": Kind("slot", _web, _site),
        "monitor:PrivateLinkScope": Kind(
            "monitor", lambda *_: Exposure(open=False, text="a scope has no public side of its own"), _monitor
        ),
        "operationalinsights:Workspace": Kind("workspace", _flag(*_QUERY_AND_INGESTION)),
        "applicationinsights:Component": Kind("insights", _flag(*_QUERY_AND_INGESTION)),
        "cognitiveservices:Account": Kind(
            "ai", _flag("properties.publicNetworkAccess", rules="properties.networkAcls")
        ),
        "search:Service": Kind("search", _flag("publicNetworkAccess")),
        "servicebus:Namespace": Kind("bus", _flag("publicNetworkAccess")),
        "eventhub:Namespace": Kind("events", _flag("publicNetworkAccess")),
        "redis:Redis": Kind("redis", _flag("publicNetworkAccess")),
        "containerservice:ManagedCluster": Kind("cluster", _managed_cluster),
    }
)
"""Type -> how it is reached. A kind without host names is judged by its public side only."""
APPS = frozenset({"app", "slot"})
"""Kinds that run a container of ours: they connect to the others."""


def services(graph: Graph) -> list[Service]:
    """Return every service among the resources."""
    return [_service(graph, resource) for resource in graph.of(*KINDS)]


def _service(graph: Graph, resource: Resource) -> Service:
    own = graph.id_of(resource)
    slot = resource.type == "web:WebAppSlot" and "/" in own
    return Service(resource, KINDS[resource.type], own, arm.parent(own) if slot else own)


def service_at(graph: Graph, host: str) -> tuple[Service, HostName] | None:
    """Return the service that has the host name ``host``."""
    wanted = host.lower().rstrip(".")
    named = ((service, host_name) for service in services(graph) for host_name in service.host_names)
    return next(((service, host_name) for service, host_name in named if host_name.name == wanted), None)


SUFFIXES = (
    "vault.azure.net", "postgres.database.azure.com", "redis.azure.net", "core.windows.net", "azurecr.io",
    "azurewebsites.net", "redis.cache.windows.net", "documents.azure.com", "database.windows.net",
    "servicebus.windows.net", "search.windows.net", "openai.azure.com", "cognitiveservices.azure.com", "azurefd.net",
)  # fmt: skip
"""Domains of host names that belong to one resource each."""

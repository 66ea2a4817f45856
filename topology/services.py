"""Services: their host names, what Private Link calls them, and whether their public side is open.

Sources: Microsoft Learn, "Azure Private Endpoint private DNS zone values" (groups, zones) and the networking page of
each service (what closes its public side; ports).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from topology import arm
from topology.model import UNKNOWN, Reason, Resource, entries, get, text

if TYPE_CHECKING:
    from topology.network import Topology


@dataclass(frozen=True)
class Face:
    """One host name of a service."""

    group: str
    """Group id of the private endpoint that answers for it."""
    host: str
    zone: str
    """Private zone that holds the record of the endpoint."""
    ports: tuple[int, ...]
    """TCP; the first one is meant where nobody names a port."""


@dataclass(frozen=True)
class Exposure:
    """What the public side of a service says to somebody from the Internet."""

    open: bool | None
    """False: nobody enters. None: some may, or a value is unknown."""
    text: str
    reason: Reason = Reason.PUBLIC_ACCESS


def _none(_: Resource) -> tuple[Face, ...]:
    return ()


@dataclass(frozen=True)
class Kind:
    """How one type of service is reached."""

    word: str
    """What people call it: ``vault``, ``postgres``, ``redis``."""
    faces: Callable[[Resource], tuple[Face, ...]]
    public: Callable[[Topology, Resource], Exposure]

    @property
    def named(self) -> bool:
        """Whether it has host names of its own; one without any here has an unknown name."""
        return self.faces is not _none


@dataclass(frozen=True)
class Service:
    """One service among the resources."""

    resource: Resource
    kind: Kind
    id: str
    target_id: str
    """What private endpoints connect to: the id itself, but for a slot its site's."""

    @property
    def name(self) -> str:
        """Name in Azure; a slot's is ``site/slot``."""
        return arm.name(self.id) if self.target_id == self.id else f"{arm.name(self.target_id)}/{arm.name(self.id)}"

    @property
    def faces(self) -> tuple[Face, ...]:
        """Host names, the usual one first."""
        return self.kind.faces(self.resource)


_STORAGE_PORTS: Mapping[str, tuple[int, ...]] = MappingProxyType({"file": (445, 443)})
_REDIS_PORTS = (10000, *range(8500, 8600))


def _simple(name: str, group: str, suffix: str, zone: str, *ports: int) -> Callable[[Resource], tuple[Face, ...]]:
    def faces(resource: Resource) -> tuple[Face, ...]:
        value = text(resource.props, name)
        return (Face(group, f"{value.lower()}.{suffix}", f"privatelink.{zone}", ports),) if value else ()

    return faces


def _storage(resource: Resource) -> tuple[Face, ...]:
    name = text(resource.props, "accountName")
    return tuple(
        Face(g, f"{name}.{g}.core.windows.net", f"privatelink.{g}.core.windows.net", _STORAGE_PORTS.get(g, (443,)))
        for g in ("blob", "file", "queue", "table", "dfs", "web")
        if name
    )


def _redis(resource: Resource) -> tuple[Face, ...]:
    name, region = text(resource.props, "clusterName"), text(resource.props, "location")
    if not name or not region:
        return ()
    host = f"{name}.{region.lower().replace(' ', '')}.redis.azure.net"
    return (Face("redisEnterprise", host, "privatelink.redis.azure.net", _REDIS_PORTS),)


def _site(resource: Resource) -> tuple[Face, ...]:
    name, slot = text(resource.props, "name"), text(resource.props, "slot")
    if not name:
        return ()
    group, host = (f"sites-{slot}", f"{name}-{slot}") if slot else ("sites", name)
    zone = "privatelink.azurewebsites.net"
    return (
        Face(group, f"{host}.azurewebsites.net", zone, (443, 80)),
        Face(group, f"{host}.scm.azurewebsites.net", zone, (443,)),
    )


def _monitor(_: Resource) -> tuple[Face, ...]:
    zone = "privatelink.monitor.azure.com"
    return (Face("azuremonitor", "global.in.ai.monitor.azure.com", zone, (443,)),)


def _flag(
    *paths: str, closed: tuple[str, ...] = ("disabled", "securedbyperimeter"), rules: str = ""
) -> Callable[[Topology, Resource], Exposure]:
    """Make the judge of a service whose public side has a switch (every one of ``paths``) and perhaps a firewall."""

    def judge(_: Topology, resource: Resource) -> Exposure:
        states = {path: get(resource.props, path) for path in paths}
        if all(isinstance(value, str) and value.lower() in closed for value in states.values()):
            return Exposure(open=False, text=f"public access is off ({', '.join(paths)})")
        if UNKNOWN in states.values():
            return Exposure(open=None, text=f"{', '.join(paths)} is not known yet")
        still = next(path for path, value in states.items() if not (isinstance(value, str) and value.lower() in closed))
        return _firewall(resource, rules) or Exposure(open=True, text=f"public access is on ({still})")

    return judge


def _firewall(resource: Resource, rules: str) -> Exposure | None:
    action = get(resource.props, f"{rules}.defaultAction") if rules else None
    if not isinstance(action, str) or action.lower() != "deny":
        return None
    listed = [*entries(resource.props, f"{rules}.ipRules"), *entries(resource.props, f"{rules}.virtualNetworkRules")]
    if not listed:
        return Exposure(open=False, text=f"{rules} denies everybody", reason=Reason.FIREWALL)
    return Exposure(open=None, text=f"{rules} lets {len(listed)} listed sources in", reason=Reason.FIREWALL)


def _postgres(topology: Topology, resource: Resource) -> Exposure:
    injected = get(resource.props, "network.delegatedSubnetResourceId")
    if injected is UNKNOWN:
        return Exposure(open=None, text="whether the server lives in a subnet is not known yet")
    if injected:
        return Exposure(open=False, text="the server lives in a subnet and has no public address")
    state = _flag("network.publicNetworkAccess")(topology, resource)
    if state.open is not True:
        return state
    server = (text(resource.props, "serverName") or "").lower()
    rules = [
        rule
        for rule in topology.of("dbforpostgresql:FirewallRule")
        if (text(rule.props, "serverName") or "").lower() == server
    ]
    if not rules:
        return Exposure(
            open=False, text="public access is on, and no firewall rule lets anybody in", reason=Reason.FIREWALL
        )
    return Exposure(
        open=None, text=f"public access is on, {len(rules)} firewall rules let addresses in", reason=Reason.FIREWALL
    )


def _web(topology: Topology, resource: Resource) -> Exposure:
    state = _flag("publicNetworkAccess")(topology, resource)
    if state.open is not True:
        return state
    default = text(resource.props, "siteConfig.ipSecurityRestrictionsDefaultAction") or "Allow"
    allowing = [
        rule
        for rule in entries(resource.props, "siteConfig.ipSecurityRestrictions")
        if (text(rule, "action") or "Allow").lower() == "allow"
    ]
    own_door = get(resource.props, "siteConfig.scmIpSecurityRestrictionsUseMain") is not True
    scm = text(resource.props, "siteConfig.scmIpSecurityRestrictionsDefaultAction") or "Allow"
    if own_door and scm.lower() == "allow":
        return Exposure(open=True, text="public access is on, and the deployment site lets everybody in")
    if default.lower() == "deny" and not allowing:
        return Exposure(open=False, text="access restrictions deny everybody", reason=Reason.FIREWALL)
    if default.lower() == "deny":
        return Exposure(open=None, text=f"{len(allowing)} access restrictions let sources in", reason=Reason.FIREWALL)
    return state


def _managed_cluster(_: Topology, resource: Resource) -> Exposure:
    if get(resource.props, "apiServerAccessProfile.enablePrivateCluster") is True:
        return Exposure(open=False, text="the cluster's API has a private address only")
    return Exposure(open=True, text="the cluster's API has a public address (apiServerAccessProfile)")


_QUERY_AND_INGESTION = ("publicNetworkAccessForIngestion", "publicNetworkAccessForQuery")

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "keyvault:Vault": Kind(
            "vault",
            _simple("vaultName", "vault", "vault.azure.net", "vaultcore.azure.net", 443),
            _flag("properties.publicNetworkAccess", rules="properties.networkAcls"),
        ),
        "dbforpostgresql:Server": Kind(
            "postgres",
            _simple(
                "serverName",
                "postgresqlServer",
                "postgres.database.azure.com",
                "postgres.database.azure.com",
                5432,
                6432,
            ),
            _postgres,
        ),
        "redisenterprise:RedisEnterprise": Kind("redis", _redis, _flag("publicNetworkAccess")),
        "storage:StorageAccount": Kind("storage", _storage, _flag("publicNetworkAccess", rules="networkRuleSet")),
        "containerregistry:Registry": Kind(
            "registry",
            _simple("registryName", "registry", "azurecr.io", "azurecr.io", 443),
            _flag("publicNetworkAccess", rules="networkRuleSet"),
        ),
        "web:WebApp": Kind("app", _site, _web),
        "web:WebAppSlot": Kind("slot", _site, _web),
        "monitor:PrivateLinkScope": Kind(
            "monitor", _monitor, lambda *_: Exposure(open=False, text="a scope has no public side of its own")
        ),
        "operationalinsights:Workspace": Kind("workspace", _none, _flag(*_QUERY_AND_INGESTION)),
        "applicationinsights:Component": Kind("insights", _none, _flag(*_QUERY_AND_INGESTION)),
        "cognitiveservices:Account": Kind(
            "ai", _none, _flag("properties.publicNetworkAccess", rules="properties.networkAcls")
        ),
        "search:Service": Kind("search", _none, _flag("publicNetworkAccess")),
        "servicebus:Namespace": Kind("bus", _none, _flag("publicNetworkAccess")),
        "eventhub:Namespace": Kind("events", _none, _flag("publicNetworkAccess")),
        "redis:Redis": Kind("redis", _none, _flag("publicNetworkAccess")),
        "containerservice:ManagedCluster": Kind("cluster", _none, _managed_cluster),
    }
)
"""Type → how it is reached. A service that names no host here is judged by its public side only."""


def services(topology: Topology) -> list[Service]:
    """Every service among the resources."""
    return [service(topology, resource) for resource in topology.of(*KINDS)]


def service(topology: Topology, resource: Resource) -> Service:
    """``resource`` as a service; ``KeyError`` for a type that is none."""
    own = topology.id_of(resource)
    slot = resource.type == "web:WebAppSlot" and "/" in own
    return Service(resource, KINDS[resource.type], own, arm.parent(own) if slot else own)


def by_host(topology: Topology, host: str) -> tuple[Service, Face] | None:
    """Service that answers to ``host``."""
    wanted = host.lower().rstrip(".")
    for found in services(topology):
        for face in found.faces:
            if face.host == wanted:
                return found, face
    return None


SUFFIXES = (
    "vault.azure.net", "postgres.database.azure.com", "redis.azure.net", "core.windows.net", "azurecr.io",
    "azurewebsites.net", "redis.cache.windows.net", "documents.azure.com", "database.windows.net",
    "servicebus.windows.net", "search.windows.net", "openai.azure.com", "cognitiveservices.azure.com", "azurefd.net",
)  # fmt: skip
"""Ends of the host names that belong to one resource each."""

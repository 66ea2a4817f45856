"""Private DNS: the name of a service resolves to its private endpoint, wherever it is looked up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from policies.model import Context, Outcome, ok, skip
from policies.rule import Rule, direct
from policies.rules.privatelink.endpoints import ENDPOINT, connections
from policies.rules.shared import WEB_APPS, Related, children, referrers
from resources import arm
from resources.model import Resource
from resources.values import ABSENT, UNKNOWN, any_of, find, get, items, known, matches, negate

GROUP = "network:PrivateDnsZoneGroup"
LINK = "privatedns:VirtualNetworkLink"
ZONE = "privateDnsZoneConfigs[].privateDnsZoneId"

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
"""Sub-resource, in lower case -> zones that need a record of the endpoint, as patterns of their names. Source:
Microsoft Learn, "Azure Private Endpoint private DNS zone values"."""


def _zone_groups(endpoint: Resource, context: Context) -> Related:
    return children(context, endpoint, GROUP, "privateEndpointName", "resourceGroupName")


def registered(resource: Resource, context: Context) -> Outcome | list[Outcome]:
    """PL-02: the endpoint has records in each zone that the service's name needs."""
    groups = _zone_groups(resource, context)
    names, complete = _zones(groups.certain, context)
    wanted = _wanted(resource)
    if wanted is None:
        return ok(None, "the sub-resource is not known yet", ZONE)
    missing = False if complete and groups.complete else None
    if not wanted:
        return ok(any_of(bool(names), missing), "no DNS zone group", ZONE)
    reason = "no DNS zone group with the zone that the service's name needs"
    return [
        ok(any_of(any(re.fullmatch(zone, name, re.IGNORECASE) for name in names), missing), reason, ZONE)
        for zone in wanted
    ]


def _wanted(endpoint: Resource) -> list[str] | None:
    """Return patterns of the zones that an endpoint needs: none for an unlisted service, None while it is unknown."""
    listed = connections(endpoint)
    subs = [] if listed is UNKNOWN else [items(connection, "groupIds") for connection in listed]
    if listed is UNKNOWN or UNKNOWN in subs or any(UNKNOWN in each for each in subs):
        return None
    keys = [str(group).lower().partition("-")[0] for each in subs for group in each]
    return [pattern for key in dict.fromkeys(keys) for pattern in ZONES.get(key, ())]


def _zones(groups: Iterable[Resource], context: Context) -> tuple[set[str], bool]:
    """Return the names of the zones that zone groups write to, and whether these are all of them."""
    names, complete = set(), True
    for group in groups:
        ids = [value for _, value in find(group, ZONE)]
        names.update(str(value).rsplit("/", 1)[-1] for value in ids if known(value))
        if any(not known(value) for value in ids):
            made_from = [each for each in context.graph.refers(group, ZONE) if each.type == "privatedns:PrivateZone"]
            own = [get(each, "privateZoneName") for each in made_from]
            names.update(str(name) for name in own if known(name))
            complete = bool(own) and all(known(name) for name in own)
    return names, complete


def linked(resource: Resource, context: Context) -> Outcome | list[Outcome]:
    """PL-03: the zone is linked to each network that looks up names in it."""
    name = get(resource, "privateZoneName")
    other = negate(matches(name, lambda text: str(text).lower().startswith("privatelink.")))
    if other:
        return skip("not a zone of Private Link")
    links = children(context, resource, LINK, "privateZoneName", "resourceGroupName")
    linked_to = [_network(link, "virtualNetwork.id", context) for link in links.certain]
    missing = None if None in linked_to or not links.complete else False
    asking = list(dict.fromkeys(_consumers(resource, context)))
    if not asking:
        return ok(any_of(other, bool(links.certain), missing), "linked to no network")
    return [
        ok(
            any_of(other, None if network is None else any_of(network in linked_to, missing)),
            "not linked to a network that looks up its names",
        )
        for network in asking
    ]


def _consumers(zone: Resource, context: Context) -> Iterator[str | None]:
    """Yield the networks that look up names in a zone: those of endpoints with records in it, and those of apps."""
    graph = context.graph
    groups = referrers(context, zone, GROUP, ZONE)
    own = {group.urn for group in groups.certain}
    records = [(endpoint, _zone_groups(endpoint, context)) for endpoint in graph.of(ENDPOINT)]
    here = [endpoint for endpoint, written in records if own & {group.urn for group in written.certain}]
    if not groups.complete or (own and not all(written.complete for _, written in records)):
        yield None
    yield from (_network(endpoint, "subnet.id", context) for endpoint in here)
    subnet = "virtualNetworkSubnetId"
    apps = graph.of(*WEB_APPS) if here else ()
    yield from (_network(app, subnet, context) for app in apps if get(app, subnet) is not ABSENT)


def _network(resource: Resource, path: str, context: Context) -> str | None:
    """Return the id of the network that the network or subnet at ``path`` belongs to, whether it is ours or not."""
    value, graph = get(resource, path), context.graph
    if known(value):
        identifier = str(value)
    else:
        targets = [each for each in graph.refers(resource, path) if each.type.startswith("network:")]
        ids = [graph.ids[each.urn] for each in targets if each.urn in graph.ids]
        identifier = ids[0] if len(ids) == 1 else ""
    head = identifier.lower().partition("/subnets/")[0]
    return arm.local(head) if head else None


RULES: tuple[Rule, ...] = (
    Rule(
        id="PL-02",
        title="Endpoint has a DNS zone group for the matching zone",
        types=(ENDPOINT,),
        property="privateDnsZoneConfigs[].privateDnsZoneId",
        severity="H",
        scope="S",
        profile="P2",
        iso=(
            direct("A.8.20", "Connections go where the network's owner intends."),
            direct("A.8.21", "Name resolution is part of the service that is secured."),
        ),
        hipaa=(direct("164.312(e)(1)", "Health information is not sent to a public address by mistake."),),
        gdpr=(direct("Art. 32(1)(b)", "Services stay reachable, and only through the private path."),),
        what="Every endpoint has a zone group that writes its records into each zone that the service's name needs.",
        why="Without records the name resolves to the public address: at best nothing works, at worst data leaves.",
        remediation="Add `network.PrivateDnsZoneGroup` with the zone of the sub-resource; where a policy of the hub "
        "writes the group, waive the rule and name the policy.",
        azure_default="None.",
        bad='network.PrivateEndpoint("vault", …)  # and no PrivateDnsZoneGroup',
        good='network.PrivateDnsZoneGroup("vault", private_endpoint_name=endpoint.name, private_dns_zone_configs=[\n'
        '    network.PrivateDnsZoneConfigArgs(name="vault", private_dns_zone_id=zone.id)])',
        check=registered,
    ),
    Rule(
        id="PL-03",
        title="Zone linked to every VNet that consumes it",
        types=("privatedns:PrivateZone",),
        property="virtualNetwork.id",
        severity="H",
        scope="S",
        profile="P2",
        iso=(direct("A.8.21", "Name resolution is part of the service that is secured."),),
        hipaa=(direct("164.312(e)(1)", "Health information is not sent to a public address by mistake."),),
        gdpr=(direct("Art. 32(1)(b)", "Services stay reachable, and only through the private path."),),
        what="A zone of Private Link is linked to the network of each endpoint with records in it, and to the networks "
        "of apps.",
        why="Records in a zone that nobody queries are useless: the app resolves the public address.",
        remediation="Add `privatedns.VirtualNetworkLink` from the zone to each network.",
        azure_default="A zone is linked to nothing.",
        bad='privatedns.PrivateZone("vault", private_zone_name="privatelink.vaultcore.azure.net")  # and no link',
        good='privatedns.VirtualNetworkLink("vault", private_zone_name=zone.name,\n'
        "    virtual_network=privatedns.SubResourceArgs(id=vnet.id))",
        check=linked,
    ),
)

"""Rules about private DNS: the name of a service resolves to its private endpoint, wherever it is asked for."""

from __future__ import annotations

from collections.abc import Iterable

from policies.model import Context, Outcome, ok, skip
from policies.rule import Rule, direct
from policies.rules.platform_shared import WEB_APPS, parts, referrers
from policies.rules.privatelink_kinds import ENDPOINT, ZONES, connections, zone_fits
from resources import arm
from resources.model import Resource
from resources.values import ABSENT, UNKNOWN, Trilean, any_of, find, get, items, known, matches, negate

GROUP = "network:PrivateDnsZoneGroup"
LINK = "privatedns:VirtualNetworkLink"
ZONE = "privateDnsZoneConfigs[].privateDnsZoneId"
OF_ENDPOINT = {"privateEndpointName": "privateEndpointName"}


def registered(resource: Resource, context: Context) -> Outcome | Iterable[Outcome]:
    """Check PL-02."""
    groups = parts(context, resource, GROUP, OF_ENDPOINT)
    names, complete = _zones(groups.found, context)
    wanted = _wanted(resource)
    if wanted is None:
        return ok(None, "the sub-resource is not known yet", ZONE)
    complete = complete and groups.complete
    if not wanted:
        return ok(any_of(bool(names), None if not complete else False), "no DNS zone group", ZONE)
    return [
        ok(
            any_of(any(zone_fits(name, pattern) for name in names), None if not complete else False),
            "no DNS zone group with the zone that the service's name needs",
            ZONE,
        )
        for pattern in wanted
    ]


def _wanted(endpoint: Resource) -> list[str] | None:
    """Patterns of the zones that an endpoint needs: none for a service that we do not know, None while unknown."""
    listed = connections(endpoint)
    subs = [] if listed is UNKNOWN else [items(connection, "groupIds") for connection in listed]
    if listed is UNKNOWN or UNKNOWN in subs or any(UNKNOWN in each for each in subs):
        return None
    keys = [str(group).lower().partition("-")[0] for each in subs for group in each]
    return [pattern for key in dict.fromkeys(keys) for pattern in ZONES.get(key, ())]


def _zones(groups: Iterable[Resource], context: Context) -> tuple[set[str], bool]:
    """Names of the zones that zone groups write to, and whether these are all of them."""
    names, complete = set(), True
    for group in groups:
        written = [value for _, value in find(group, ZONE)]
        names.update(str(value).rsplit("/", 1)[-1] for value in written if known(value))
        if any(not known(value) for value in written):
            made_from = [each for each in context.graph.refers(group, ZONE) if each.type == "privatedns:PrivateZone"]
            own = [get(each, "privateZoneName") for each in made_from]
            names.update(str(name) for name in own if known(name))
            complete = bool(own) and all(known(name) for name in own)
    return names, complete


def linked(resource: Resource, context: Context) -> Outcome | Iterable[Outcome]:
    """Check PL-03."""
    name = get(resource, "privateZoneName")
    other = negate(matches(name, lambda text: str(text).lower().startswith("privatelink.")))
    if other:
        return skip("not a zone of Private Link")
    links = parts(context, resource, LINK, {"privateZoneName": "privateZoneName"})
    linked_to = [_network(link, "virtualNetwork.id", context) for link in links.found]
    loose = None in linked_to or not links.complete
    asking = list(dict.fromkeys(_consumers(resource, context)))
    if not asking:
        return ok(any_of(other, bool(links.found), None if loose else False), "linked to no network")
    return [
        ok(
            any_of(other, _is_linked(network, linked_to, loose=loose)),
            "not linked to a network that asks for its names",
        )
        for network in asking
    ]


def _is_linked(network: str | None, linked_to: list[str | None], *, loose: bool) -> Trilean:
    if network is None:
        return None
    return any_of(network in linked_to, None if loose else False)


def _consumers(zone: Resource, context: Context) -> Iterable[str | None]:
    """Networks that ask for names of a zone: those of endpoints with records in it, and those of apps beside them."""
    graph = context.graph
    groups = referrers(context, zone, GROUP, ZONE)
    own = {group.urn for group in groups.found}
    written = [(endpoint, parts(context, endpoint, GROUP, OF_ENDPOINT)) for endpoint in graph.of(ENDPOINT)]
    here = [endpoint for endpoint, records in written if own & {record.urn for record in records.found}]
    if not groups.complete or (own and not all(records.complete for _, records in written)):
        yield None
    yield from (_network(endpoint, "subnet.id", context) for endpoint in here)
    apps = graph.of(*WEB_APPS) if here else ()
    yield from (
        _network(app, path, context) for app in apps if get(app, path := "virtualNetworkSubnetId") is not ABSENT
    )


def _network(resource: Resource, path: str, context: Context) -> str | None:
    """Name the network that the id of a network or subnet at ``path`` belongs to, whether it is ours or not."""
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
        id="PL-02", title="Endpoint has a DNS zone group for the matching zone", types=(ENDPOINT,),
        property="privateDnsZoneConfigs[].privateDnsZoneId",
        severity="H", scope="S", profile="P2",
        iso=(direct("A.8.20", "Connections go where the network's owner wants them to"),
             direct("A.8.21", "Name resolution is part of the service that is secured")),
        hipaa=(direct("164.312(e)(1)", "Health information is not sent to a public address by mistake"),),
        gdpr=(direct("Art. 32(1)(b)", "Services stay reachable, and by the private way only"),),
        what="Every endpoint has a zone group that writes its records into each zone that the service's name needs.",
        why="Without records the name resolves to the public address: at best nothing works, at worst data goes out.",
        remediation="Add `network.PrivateDnsZoneGroup` with the zone of the sub-resource; where a "
                    "policy of the hub writes "
                    "the group, waive the rule and name the policy.",
        azure_default="None.",
        bad="network.PrivateEndpoint('vault', …)  # and no PrivateDnsZoneGroup",
        good="network.PrivateDnsZoneGroup('vault', private_endpoint_name=endpoint.name, private_dns_zone_configs=[\n"
             "    network.PrivateDnsZoneConfigArgs(name='vault', private_dns_zone_id=zone.id)])",
        check=registered,
    ),
    Rule(
        id="PL-03", title="Zone linked to every VNet that consumes it", types=("privatedns:PrivateZone",),
        property="virtualNetwork.id",
        severity="H", scope="S", profile="P2",
        iso=(direct("A.8.21", "Name resolution is part of the service that is secured"),),
        hipaa=(direct("164.312(e)(1)", "Health information is not sent to a public address by mistake"),),
        gdpr=(direct("Art. 32(1)(b)", "Services stay reachable, and by the private way only"),),
        what="A zone of Private Link is linked to the network of each endpoint with records in it, "
             "and to those of apps.",
        why="Records in a zone that nobody asks help nobody: the app resolves the public address.",
        remediation="Add `privatedns.VirtualNetworkLink` from the zone to each network.",
        azure_default="A zone is linked to nothing.",
        bad="privatedns.PrivateZone('vault', private_zone_name='privatelink.vaultcore.azure.net')  # and no link",
        good="privatedns.VirtualNetworkLink('vault', private_zone_name=zone.name,\n"
             "    virtual_network=privatedns.SubResourceArgs(id=vnet.id))",
        check=linked,
    ),
)  # fmt: skip

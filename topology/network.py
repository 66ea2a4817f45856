"""The network as Azure sees it: subnets with their rules, routes and ways out, private endpoints, zones.

:func:`build` reads it from resources; children count whether they are written inline or as resources of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from resources import arm
from resources.model import Graph, Resource
from resources.values import entries, get, known, strings, text
from topology.addresses import Block, Space, blocks_of, parse_block
from topology.parts import UNKNOWN_PEER, Endpoint, Subnet, VirtualNetwork
from topology.services import KINDS
from topology.subnets import inline_subnets, subnet_of


@dataclass(frozen=True)
class Topology(Graph):
    """Resources, and the network that they make."""

    networks: Mapping[str, VirtualNetwork] = field(default_factory=dict)
    """By key of the ARM id, like the others."""
    subnets: Mapping[str, Subnet] = field(default_factory=dict)
    endpoints: tuple[Endpoint, ...] = ()
    zones: Mapping[str, str] = field(default_factory=dict)
    """Private zone -> its name."""
    links: frozenset[tuple[str, str]] = frozenset()
    """Pairs of a zone and a network that a link joins."""

    def space(self, subnet: Subnet) -> Space:
        """Return what the tag ``VirtualNetwork`` means in the security group of ``subnet``."""
        network = self.networks.get(arm.key(subnet.network_id))
        blocks = list(network.spaces) if network else []
        if not blocks:
            # The network is outside the deployment, or its space is unknown: at least its subnets are inside.
            same = [one for one in self.subnets.values() if arm.same(one.network_id, subnet.network_id)]
            blocks = [block for one in same for block in one.prefixes]
        for peer in network.peers if network else ():
            if peer in self.networks:
                blocks += self.networks[peer].spaces
        routed = [block for route in subnet.routes or () if route.prefix and (block := parse_block(route.prefix))]
        return Space(blocks=tuple(blocks), routed=tuple(routed))


def build(resources: Iterable[Resource], subscription: str | None = None) -> Topology:
    """Read the network from planned or deployed resources.

    ``subscription`` is used to compose the ids of resources whose provider names none; by default it is the one that
    most ids mention.
    """
    graph = Graph(tuple(resources))
    graph = Graph(graph.resources, subscription or _most_mentioned(graph))
    zones = {
        arm.key(graph.id_of(zone)): (text(zone, "privateZoneName") or zone.name).lower()
        for zone in graph.of("privatedns:PrivateZone")
    }
    return Topology(
        resources=graph.resources,
        subscription=graph.subscription,
        networks=_networks(graph),
        subnets=_subnets(graph),
        endpoints=tuple(_endpoint(graph, resource) for resource in graph.of("network:PrivateEndpoint")),
        zones=zones,
        links=frozenset(_links(graph, zones)),
    )


def _most_mentioned(graph: Graph) -> str:
    """Return the subscription that most resources are in; while none is deployed, the one that their inputs mention."""
    own, mentioned = Counter[str](), Counter[str]()
    for resource in graph.resources:
        if resource.id and (match := arm.ARM_ID.match(resource.id)):
            own[match["subscription"].lower()] += 1
        for _, value in strings(resource.props):
            mentioned.update(match["subscription"].lower() for match in arm.ARM_ID.finditer(value))
    return next((one for one, _ in (own or mentioned).most_common(1)), arm.NO_SUBSCRIPTION)


def _networks(graph: Graph) -> dict[str, VirtualNetwork]:
    networks = {}
    for resource in graph.of("network:VirtualNetwork"):
        own = graph.id_of(resource)
        networks[arm.key(own)] = VirtualNetwork(
            id=own,
            name=arm.name(own),
            spaces=blocks_of(entries(resource, "addressSpace.addressPrefixes")),
            peers=tuple(_peers(graph, resource, own)),
            connected=tuple(_connected(graph, own)),
            dns_servers=tuple(str(server) for server in entries(resource, "dhcpOptions.dnsServers")),
        )
    return networks


def _peers(graph: Graph, network: Resource, network_id: str) -> Iterator[str]:
    """Yield the keys of the networks that an inline or a separate peering lets traffic to and from."""
    if not known(get(network, "virtualNetworkPeerings")):
        yield UNKNOWN_PEER
    peerings = [(entry, text(entry, "remoteVirtualNetwork.id")) for entry in entries(network, "virtualNetworkPeerings")]
    peerings += [
        (peering, graph.reference(peering, "remoteVirtualNetwork.id", "network:VirtualNetwork"))
        for peering in graph.of("network:VirtualNetworkPeering")
        if _of(graph, peering, network_id)
    ]
    for peering, remote in peerings:
        if get(peering, "allowVirtualNetworkAccess") is not False:
            yield arm.key(remote) if remote else UNKNOWN_PEER


def _of(graph: Graph, peering: Resource, network_id: str) -> bool:
    """Return whether a peering belongs to a network; one whose network is not known belongs to each."""
    own = graph.id_of(peering)
    return "/" not in own or arm.same(arm.parent(own), network_id)


def _connected(graph: Graph, network_id: str) -> Iterator[Block]:
    """Yield what Azure reports to be behind the connected peerings of a network."""
    for peering in graph.of("network:VirtualNetworkPeering"):
        allowed = get(peering, "allowVirtualNetworkAccess") is not False
        if _of(graph, peering, network_id) and allowed and text(peering.outputs, "peeringState") == "Connected":
            yield from blocks_of(entries(peering.outputs, "remoteVirtualNetworkAddressSpace.addressPrefixes"))


def _subnets(graph: Graph) -> dict[str, Subnet]:
    inline = [one for network in graph.of("network:VirtualNetwork") for one in inline_subnets(graph, network)]
    separate = [subnet_of(graph, resource) for resource in graph.of("network:Subnet")]
    return {arm.key(subnet.id): subnet for subnet in (*inline, *separate)}


def _links(graph: Graph, zones: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for link in graph.of("privatedns:VirtualNetworkLink"):
        network_id = graph.reference(link, "virtualNetwork.id", "network:VirtualNetwork")
        zone = next((key for key, name in zones.items() if _in_zone(link, key, name)), None)
        if network_id and zone:
            yield zone, arm.key(network_id)


def _in_zone(link: Resource, zone_key: str, zone_name: str) -> bool:
    if link.id:
        return arm.key(link.id).startswith(f"{zone_key}/")
    same_group = f"/resourcegroups/{(text(link, 'resourceGroupName') or '').lower()}/" in zone_key
    return (text(link, "privateZoneName") or "").lower() == zone_name and same_group


def _endpoint(graph: Graph, resource: Resource) -> Endpoint:
    own = graph.id_of(resource)
    by_hand = entries(resource, "manualPrivateLinkServiceConnections")
    path = "manualPrivateLinkServiceConnections" if by_hand else "privateLinkServiceConnections"
    connection: Mapping[str, Any] = next(iter(entries(resource, path)), {})
    groups = entries(connection, "groupIds")
    return Endpoint(
        id=own,
        name=arm.name(own),
        subnet_id=graph.reference(resource, "subnet.id", "network:Subnet"),
        target_id=text(connection, "privateLinkServiceId") or _only_service(graph, resource, path),
        group=str(groups[0]) if groups else None,
        approved=_approved(resource, connection, path, by_hand=bool(by_hand)),
        addresses=tuple(
            address for entry in entries(resource, "ipConfigurations") if (address := text(entry, "privateIPAddress"))
        ),
        zone_ids=_zone_group(graph, own),
    )


def _only_service(graph: Graph, endpoint: Resource, path: str) -> str | None:
    """Return the id of the only service that a connection is made from, while the id in it is unknown."""
    services = [one for one in graph.made_from(endpoint, path) if one.type in KINDS]
    return graph.id_of(services[0]) if len(services) == 1 else None


def _approved(resource: Resource, connection: Mapping[str, Any], path: str, *, by_hand: bool) -> bool | None:
    """Return whether the owner of the target approved: what Azure reports, else what was requested."""
    deployed: Mapping[str, Any] = next(iter(entries(resource.outputs, path)), {})
    for source in (connection, deployed):
        if status := text(source, "privateLinkServiceConnectionState.status"):
            return status.lower() == "approved"
    return not by_hand


def _zone_group(graph: Graph, endpoint_id: str) -> tuple[str, ...] | None:
    for group in graph.of("network:PrivateDnsZoneGroup"):
        if (
            arm.key(group.id).startswith(f"{arm.key(endpoint_id)}/")
            if group.id
            else (text(group, "privateEndpointName") or "").lower() == arm.name(endpoint_id).lower()
        ):
            configs = entries(group, "privateDnsZoneConfigs")
            return tuple(zone for config in configs if (zone := text(config, "privateDnsZoneId")))
    return None

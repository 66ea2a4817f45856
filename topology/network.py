"""The network as Azure would see it: subnets with their rules, routes and ways out, private endpoints, zones.

:func:`build` reads it from resources; children count whether they are written inline or as resources of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from topology import arm
from topology.addresses import Block, Space, parse
from topology.model import UNKNOWN, Answer, Resource, entries, get, outputs, text
from topology.parts import Endpoint, Subnet, VirtualNetwork
from topology.subnets import of_network, of_resource

if TYPE_CHECKING:
    from topology.access import Access
    from topology.names import Resolution


@dataclass(frozen=True)
class Topology:
    """Resources, and the network that they make. Pure: every question can be asked again with the same answer."""

    resources: tuple[Resource, ...]
    subscription: str
    ids: Mapping[str, str]
    """URN → ARM id, composed where Azure has not given it yet."""
    index: Mapping[str, Resource]
    """Key of an ARM id → resource."""
    urns: Mapping[str, Resource]
    networks: Mapping[str, VirtualNetwork] = field(default_factory=dict)
    subnets: Mapping[str, Subnet] = field(default_factory=dict)
    endpoints: tuple[Endpoint, ...] = ()

    def of(self, *types: str) -> list[Resource]:
        """Resources of these types, in order of declaration."""
        return [resource for resource in self.resources if resource.type in types]

    def by_id(self, arm_id: str | None) -> Resource | None:
        """Resource with that id, whatever its case."""
        return self.index.get(arm.key(arm_id)) if arm_id else None

    def id_of(self, resource: Resource) -> str:
        """ARM id; the URN where there is none to compose."""
        return self.ids.get(resource.urn, resource.urn)

    def refers(self, resource: Resource, path: str, *types: str) -> str | None:
        """Id that the value at ``path`` names: the value itself, or, while it is unknown, what it was made from."""
        value = get(resource.props, path)
        if isinstance(value, str) and value:
            return value
        if value is not UNKNOWN:
            return None
        urns = resource.property_dependencies.get(path.split(".", maxsplit=1)[0], ())
        found = [self.urns[urn] for urn in urns if urn in self.urns]
        fitting = [one for one in found if not types or one.type in types]
        return self.id_of(fitting[0]) if len(fitting) == 1 else None

    def space(self, subnet: Subnet) -> Space:
        """Meaning of the tag ``VirtualNetwork`` in the security group of ``subnet``."""
        network = self.networks.get(arm.key(subnet.network_id))
        blocks = list(network.spaces) if network else []
        if not blocks:
            # The network is somebody else's, or its space is unknown: at least its subnets are inside.
            same = [one for one in self.subnets.values() if arm.same(one.network_id, subnet.network_id)]
            blocks = [block for one in same for block in one.prefixes]
        for peer in network.peers if network else ():
            if peer in self.networks:
                blocks += self.networks[peer].spaces
        routed = [block for route in subnet.routes or () if route.prefix and (block := parse(route.prefix))]
        return Space(blocks=tuple(blocks), routed=tuple(routed))

    @cached_property
    def zones(self) -> dict[str, str]:
        """Key of each private zone → its name."""
        return {
            arm.key(self.id_of(zone)): (text(zone.props, "privateZoneName") or zone.name).lower()
            for zone in self.of("privatedns:PrivateZone")
        }

    @cached_property
    def links(self) -> frozenset[tuple[str, str]]:
        """Pairs of zone key and network key that a link joins."""
        found = set()
        for link in self.of("privatedns:VirtualNetworkLink"):
            network_id = self.refers(link, "virtualNetwork.id", "network:VirtualNetwork")
            zone = next(
                (key for key, name in self.zones.items() if self._in_zone(link, key, name)),
                None,
            )
            if network_id and zone:
                found.add((zone, arm.key(network_id)))
        return frozenset(found)

    def _in_zone(self, link: Resource, key: str, name: str) -> bool:
        if link.id:
            return arm.key(link.id).startswith(key + "/")
        same_group = f"/resourcegroups/{(text(link.props, 'resourceGroupName') or '').lower()}/" in key
        return (text(link.props, "privateZoneName") or "").lower() == name and same_group

    def reach(self, source: str, target: str, port: int | None = None) -> Answer:
        """See :func:`topology.reach.reach`; names as people write them are understood."""
        from topology.find import place
        from topology.reach import reach

        return reach(self, place(self, source), place(self, target), port)

    def resolve(self, subnet: str, host: str) -> Resolution:
        """See :func:`topology.names.resolve`."""
        from topology.find import subnet_named
        from topology.names import resolve

        return resolve(self, subnet_named(self, subnet), host)

    @cached_property
    def access(self) -> Access:
        """Who may do what; see :class:`topology.access.Access`."""
        from topology.access import read

        return read(self)


def build(resources: Iterable[Resource], subscription: str | None = None) -> Topology:
    """Read the network from planned or deployed resources.

    ``subscription`` composes ids of resources that have none yet; left out, it is the one that the resources speak of.
    """
    every = tuple(resources)
    subscription = subscription or arm.subscription_of(every)
    ids = {resource.urn: arm_id for resource in every if (arm_id := arm.compose(resource, subscription))}
    bare = Topology(
        resources=every,
        subscription=subscription,
        ids=ids,
        index={arm.key(ids[resource.urn]): resource for resource in every if resource.urn in ids},
        urns={resource.urn: resource for resource in every},
    )
    return Topology(
        resources=every,
        subscription=subscription,
        ids=ids,
        index=bare.index,
        urns=bare.urns,
        networks=_networks(bare),
        subnets=_subnets(bare),
        endpoints=tuple(_endpoint(bare, resource) for resource in bare.of("network:PrivateEndpoint")),
    )


def _networks(topology: Topology) -> dict[str, VirtualNetwork]:
    found = {}
    peerings = topology.of("network:VirtualNetworkPeering")
    for resource in topology.of("network:VirtualNetwork"):
        own = topology.id_of(resource)
        inline = [(entry, None) for entry in entries(resource.props, "virtualNetworkPeerings")]
        separate = [
            (peering.props, peering) for peering in peerings if arm.same(arm.parent(topology.id_of(peering)), own)
        ]
        peers = []
        for props, peering in [*inline, *separate]:
            remote = (
                topology.refers(peering, "remoteVirtualNetwork.id", "network:VirtualNetwork")
                if peering
                else text(props, "remoteVirtualNetwork.id")
            )
            if remote and get(props, "allowVirtualNetworkAccess") is not False:
                peers.append(arm.key(remote))
        found[arm.key(own)] = VirtualNetwork(
            id=own,
            name=arm.name(own),
            spaces=_blocks(entries(resource.props, "addressSpace.addressPrefixes")),
            peers=tuple(peers),
            dns_servers=tuple(str(server) for server in entries(resource.props, "dhcpOptions.dnsServers")),
        )
    return found


def _subnets(topology: Topology) -> dict[str, Subnet]:
    found = {}
    for network in topology.of("network:VirtualNetwork"):
        for subnet in of_network(topology, network):
            found[arm.key(subnet.id)] = subnet
    for resource in topology.of("network:Subnet"):
        subnet = of_resource(topology, resource)
        found[arm.key(subnet.id)] = subnet
    return found


def _endpoint(topology: Topology, resource: Resource) -> Endpoint:
    own = topology.id_of(resource)
    by_hand = entries(resource.props, "manualPrivateLinkServiceConnections")
    path = "manualPrivateLinkServiceConnections" if by_hand else "privateLinkServiceConnections"
    connection: Mapping[str, Any] = next(iter(entries(resource.props, path)), {})
    groups = entries(connection, "groupIds")
    target = text(connection, "privateLinkServiceId") or _only_dependency(topology, resource, path)
    return Endpoint(
        id=own,
        name=arm.name(own),
        subnet_id=topology.refers(resource, "subnet.id", "network:Subnet"),
        target_id=target,
        group=str(groups[0]) if groups else None,
        approved=_approved(resource, connection, path, by_hand=bool(by_hand)),
        addresses=tuple(
            address
            for entry in entries(resource.props, "ipConfigurations")
            if (address := text(entry, "privateIPAddress"))
        ),
        zone_ids=_zone_group(topology, own),
    )


def _only_dependency(topology: Topology, resource: Resource, path: str) -> str | None:
    from topology.services import KINDS

    made_from = [topology.urns[urn] for urn in resource.property_dependencies.get(path, ()) if urn in topology.urns]
    targets = [one for one in made_from if one.type in KINDS]
    return topology.id_of(targets[0]) if len(targets) == 1 else None


def _approved(resource: Resource, connection: Mapping[str, Any], path: str, *, by_hand: bool) -> bool | None:
    """Whether the target's owner let the endpoint in: what Azure says, else what the request was."""
    deployed: Mapping[str, Any] = next(iter(entries(outputs(resource), path)), {})
    for place in (connection, deployed):
        status = text(place, "privateLinkServiceConnectionState.status")
        if status:
            return status.lower() == "approved"
    return not by_hand


def _zone_group(topology: Topology, endpoint_id: str) -> tuple[str, ...] | None:
    for group in topology.of("network:PrivateDnsZoneGroup"):
        name = text(group.props, "privateEndpointName") or ""
        within = arm.key(group.id).startswith(arm.key(endpoint_id) + "/") if group.id else False
        if within or (not group.id and name.lower() == arm.name(endpoint_id).lower()):
            configs: Sequence[Any] = entries(group.props, "privateDnsZoneConfigs")
            return tuple(zone for config in configs if (zone := text(config, "privateDnsZoneId")))
    return None


def _blocks(values: Iterable[object]) -> tuple[Block, ...]:
    return tuple(block for value in values if isinstance(value, str) and (block := parse(value)) is not None)

"""A subnet with its security rules and routes, wherever they are written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from topology import arm
from topology.addresses import parse
from topology.model import UNKNOWN, Resource, entries, get, known, text
from topology.nsg import Rule
from topology.parts import Route, Subnet

if TYPE_CHECKING:
    from topology.network import Topology


def of_resource(topology: Topology, resource: Resource) -> Subnet:
    """Subnet that is a resource of its own."""
    own = topology.id_of(resource)
    return _subnet(topology, own, resource.name, arm.parent(own) if "/" in own else "", resource.props, resource)


def of_network(topology: Topology, network: Resource) -> Iterator[Subnet]:
    """Subnets that a virtual network lists inline."""
    network_id = topology.id_of(network)
    for entry in entries(network.props, "subnets"):
        if isinstance(entry, Mapping) and (name := text(entry, "name")):
            yield _subnet(topology, f"{network_id}/subnets/{name}", name, network_id, entry, None)


def _subnet(
    topology: Topology, own: str, logical: str, network_id: str, props: Mapping[str, Any], resource: Resource | None
) -> Subnet:
    def reference(path: str, kind: str) -> str | None:
        return topology.refers(resource, path, kind) if resource is not None else text(props, path)

    def named(path: str, found: str | None) -> str | None:
        """Name of what is referred to; something unnamed but unknown is there all the same."""
        return arm.name(found) if found else ("(unknown)" if get(props, path) is UNKNOWN else None)

    group_id = reference("networkSecurityGroup.id", "network:NetworkSecurityGroup")
    table_id = reference("routeTable.id", "network:RouteTable")
    nat_id = reference("natGateway.id", "network:NatGateway")
    group, table = named("networkSecurityGroup.id", group_id), named("routeTable.id", table_id)
    outbound = get(props, "defaultOutboundAccess")
    written = [get(props, "addressPrefix"), *entries(props, "addressPrefixes")]
    return Subnet(
        id=own,
        name=arm.name(own),
        logical=logical,
        network_id=network_id,
        prefixes=tuple(block for value in written if isinstance(value, str) and (block := parse(value)) is not None),
        group=group,
        rules=() if group is None else _rules(topology, group_id),
        table=table,
        routes=() if table is None else _routes(topology, table_id),
        nat=named("natGateway.id", nat_id),
        # Absent means yes in the API version that the SDK uses; unknown stays unknown.
        default_outbound=outbound is not False if known(outbound) else None,
        endpoint_policies=text(props, "privateEndpointNetworkPolicies") or "Disabled",
        delegations=tuple(name for entry in entries(props, "delegations") if (name := text(entry, "serviceName"))),
        service_endpoints=tuple(
            name for entry in entries(props, "serviceEndpoints") if (name := text(entry, "service"))
        ),
    )


def _rules(topology: Topology, group_id: str | None) -> tuple[Rule, ...] | None:
    group = topology.by_id(group_id)
    if group is None or get(group.props, "securityRules") is UNKNOWN:
        return None
    inline = [entry for entry in entries(group.props, "securityRules") if isinstance(entry, Mapping)]
    separate = [
        one.props
        for one in topology.of("network:SecurityRule")
        if (text(one.props, "networkSecurityGroupName") or "").lower() == arm.name(topology.id_of(group)).lower()
    ]
    return tuple(_rule(props) for props in (*inline, *separate))


def _rule(props: Mapping[str, Any]) -> Rule:
    priority = get(props, "priority")
    return Rule(
        name=text(props, "name") or text(props, "securityRuleName") or "(unnamed)",
        priority=int(priority) if isinstance(priority, (int, float)) else 100,
        inbound=(text(props, "direction") or "Inbound").lower() == "inbound",
        allow=(text(props, "access") or "Allow").lower() == "allow",
        protocol=text(props, "protocol"),
        sources=_listed(props, "sourceAddressPrefix", "sourceAddressPrefixes", "sourceApplicationSecurityGroups"),
        destinations=_listed(
            props, "destinationAddressPrefix", "destinationAddressPrefixes", "destinationApplicationSecurityGroups"
        ),
        ports=_listed(props, "destinationPortRange", "destinationPortRanges"),
        source_ports=_listed(props, "sourcePortRange", "sourcePortRanges") or ("*",),
    )


def _listed(props: Mapping[str, Any], one: str, many: str, groups: str | None = None) -> tuple[str, ...] | None:
    """Values of a property that has a singular and a plural; None where one is unknown or names machines by group."""
    single, plural = get(props, one), get(props, many)
    if single is UNKNOWN or plural is UNKNOWN or (groups and entries(props, groups)):
        return None
    values = [*([single] if single else []), *(plural or ())]
    return tuple(str(value) for value in values) if all(isinstance(value, str) for value in values) else None


def _routes(topology: Topology, table_id: str | None) -> tuple[Route, ...] | None:
    table = topology.by_id(table_id)
    if table is None or get(table.props, "routes") is UNKNOWN:
        return None
    separate = [
        one.props
        for one in topology.of("network:Route")
        if (text(one.props, "routeTableName") or "").lower() == arm.name(topology.id_of(table)).lower()
    ]
    return tuple(
        Route(
            name=text(props, "name") or text(props, "routeName") or "(unnamed)",
            prefix=text(props, "addressPrefix"),
            next_hop=text(props, "nextHopType"),
            address=text(props, "nextHopIpAddress"),
        )
        for props in (*entries(table.props, "routes"), *separate)
    )

"""A subnet with its security rules and routes, whether they are written inline or as resources of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from resources import arm
from resources.model import Graph, Resource
from resources.values import entries, get, known, text
from topology.addresses import blocks_of
from topology.nsg import Rule
from topology.parts import Route, Subnet


def subnet_of(graph: Graph, resource: Resource) -> Subnet:
    """Read a subnet that is a resource of its own."""
    own = graph.id_of(resource)
    return _subnet(graph, own, resource.name, arm.parent(own) if "/" in own else "", resource.props, resource)


def inline_subnets(graph: Graph, network: Resource) -> Iterator[Subnet]:
    """Read the subnets that a virtual network lists inline."""
    network_id = graph.id_of(network)
    for entry in entries(network, "subnets"):
        if isinstance(entry, Mapping) and (name := text(entry, "name")):
            yield _subnet(graph, f"{network_id}/subnets/{name}", name, network_id, entry, None)


def _subnet(
    graph: Graph, own: str, logical: str, network_id: str, props: Mapping[str, Any], resource: Resource | None
) -> Subnet:
    def reference(path: str, kind: str) -> str | None:
        return graph.reference(resource, path, kind) if resource is not None else text(props, path)

    def name_of(path: str, arm_id: str | None) -> str | None:
        """Return the name of what is referred to; something unnamed and unknown is still there."""
        return arm.name(arm_id) if arm_id else (None if known(get(props, path)) else "(unknown)")

    group_id = reference("networkSecurityGroup.id", "network:NetworkSecurityGroup")
    table_id = reference("routeTable.id", "network:RouteTable")
    nat_id = reference("natGateway.id", "network:NatGateway")
    group, table = name_of("networkSecurityGroup.id", group_id), name_of("routeTable.id", table_id)
    outbound = get(props, "defaultOutboundAccess")
    return Subnet(
        id=own,
        name=arm.name(own),
        logical=logical,
        network_id=network_id,
        prefixes=blocks_of([get(props, "addressPrefix"), *entries(props, "addressPrefixes")]),
        group=group,
        rules=() if group is None else _rules(graph, group_id),
        table=table,
        routes=() if table is None else _routes(graph, table_id),
        nat=name_of("natGateway.id", nat_id),
        # Absent means yes in the API version that the SDK uses; unknown stays unknown.
        default_outbound=outbound is not False if known(outbound) else None,
        endpoint_policies=text(props, "privateEndpointNetworkPolicies") or "Disabled",
    )


def _rules(graph: Graph, group_id: str | None) -> tuple[Rule, ...] | None:
    group = graph.by_id(group_id) if group_id else None
    if group is None or not known(get(group, "securityRules")):
        return None
    inline = [entry for entry in entries(group, "securityRules") if isinstance(entry, Mapping)]
    return tuple(
        _rule(props)
        for props in (*inline, *_children(graph, group, "network:SecurityRule", "networkSecurityGroupName"))
    )


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
    """Return the values of a property with a singular and a plural; None if one is unknown or names a group."""
    single, plural = get(props, one), get(props, many)
    if not known(single) or not known(plural) or (groups and entries(props, groups)):
        return None
    values = [*([single] if single else []), *(plural or ())]
    return tuple(str(value) for value in values) if all(isinstance(value, str) for value in values) else None


def _routes(graph: Graph, table_id: str | None) -> tuple[Route, ...] | None:
    table = graph.by_id(table_id) if table_id else None
    if table is None or not known(get(table, "routes")):
        return None
    return tuple(
        Route(
            name=text(props, "name") or text(props, "routeName") or "(unnamed)",
            prefix=text(props, "addressPrefix"),
            next_hop=text(props, "nextHopType"),
            address=text(props, "nextHopIpAddress"),
        )
        for props in (*entries(table, "routes"), *_children(graph, table, "network:Route", "routeTableName"))
    )


def _children(graph: Graph, owner: Resource, kind: str, path: str) -> list[Mapping[str, Any]]:
    """Return the inputs of the resources of ``kind`` that name ``owner`` at ``path``."""
    name = arm.name(graph.id_of(owner)).lower()
    return [each.props for each in graph.of(kind) if (text(each, path) or "").lower() == name]

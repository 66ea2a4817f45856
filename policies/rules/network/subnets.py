"""Subnets, inside a virtual network or as resources of their own."""

from __future__ import annotations

from collections.abc import Iterable

from policies.model import Context, Outcome, ok, skip
from policies.rule import Rule, direct
from policies.rules.shared import children, expect, refers_to_something
from resources.model import Resource
from resources.values import UNKNOWN, Trilean, Value, all_of, any_of, equals, get, items, one_of, present, some

TYPES = ("network:Subnet", "network:VirtualNetwork")
PLATFORM = ("GatewaySubnet", "AzureFirewallSubnet", "AzureFirewallManagementSubnet", "RouteServerSubnet")
"""Subnets of Azure's own appliances: Azure refuses security groups there and manages their outbound traffic itself."""
NO_ROUTES = (*PLATFORM, "AzureBastionSubnet")
CONTROLLED = ("VirtualAppliance", "VirtualNetworkGateway", "None")
"""Next hops that do not lead straight to the Internet; ``None`` drops."""


def subnets(resource: Resource, except_for: Iterable[str]) -> list[str]:
    """Return the paths of a network's subnets, or that of the subnet itself, without those named ``except_for``.

    A name that is not known yet is none of them.
    """
    listed = items(resource, "subnets")
    count = 1 if listed is UNKNOWN else len(listed)
    paths = [""] if resource.type == "network:Subnet" else [f"subnets[{index}]." for index in range(count)]
    return [path for path in paths if not any(one_of(name, except_for) for name in _names(resource, path))]


def _names(resource: Resource, path: str) -> tuple[Value, Value]:
    return get(resource, f"{path}subnetName"), get(resource, f"{path}name")


def has_security_group(resource: Resource, _context: Context) -> Outcome | list[Outcome]:
    """NW-03: each workload subnet has a security group."""
    group = "networkSecurityGroup"
    return [
        ok(
            refers_to_something(resource, f"{path}{group}.id", "NetworkSecurityGroup"),
            "no security group",
            f"{path}{group}",
        )
        for path in subnets(resource, PLATFORM)
    ] or skip("no workload subnet")


def no_default_outbound(resource: Resource, _context: Context) -> Outcome | list[Outcome]:
    """NW-04: subnets do not get Azure's default outbound access."""
    reason = "Azure gives the subnet outbound access that nobody controls"
    return [
        expect(resource, f"{path}defaultOutboundAccess", reason, to_be=False) for path in subnets(resource, PLATFORM)
    ] or skip("no workload subnet")


def controlled_egress(resource: Resource, context: Context) -> Outcome | list[Outcome]:
    """NW-05: traffic leaves through a NAT gateway, a firewall, a gateway, or not at all."""
    return [
        ok(
            any_of(
                refers_to_something(resource, f"{path}natGateway.id", "NatGateway"), _routed(resource, path, context)
            ),
            "nothing controls where the subnet's traffic leaves",
            f"{path}routeTable",
        )
        for path in subnets(resource, NO_ROUTES)
    ] or skip("no workload subnet")


def _routed(resource: Resource, path: str, context: Context) -> Trilean:
    """Return whether a route table sends what is not local to a firewall, to a gateway, or nowhere."""
    inline = some(get(resource, f"{path}routeTable.routes"), _default)
    linked = refers_to_something(resource, f"{path}routeTable.id", "RouteTable")
    if inline is not False or linked is False:
        return inline
    targets = context.graph.refers(resource, f"{path}routeTable.id")
    tables = [target for target in targets if target.type == "network:RouteTable"]
    if len(tables) != 1:
        return None
    routes = children(context, tables[0], "network:Route", "routeTableName", "resourceGroupName")
    return any_of(some(get(tables[0], "routes"), _default), routes.any(_default))


def _default(route: Value) -> Trilean:
    return all_of(equals(get(route, "addressPrefix"), "0.0.0.0/0"), one_of(get(route, "nextHopType"), CONTROLLED))


def endpoint_policies(resource: Resource, _context: Context) -> Outcome | list[Outcome]:
    """NW-06: network policies apply to private endpoints; subnets with a delegation hold none."""
    policies = "privateEndpointNetworkPolicies"
    reason = "security groups and routes do not apply to private endpoints in the subnet"
    outcomes = []
    for path in subnets(resource, NO_ROUTES):
        delegated = present(get(resource, f"{path}delegations"))
        if delegated is not True:
            applied = equals(get(resource, f"{path}{policies}"), "Enabled")
            outcomes.append(ok(any_of(delegated, applied), reason, f"{path}{policies}"))
    return outcomes or skip("no subnet that can hold private endpoints")


RULES: tuple[Rule, ...] = (
    Rule(
        id="NW-03",
        title="Every workload subnet has an NSG",
        types=TYPES,
        property="networkSecurityGroup",
        severity="H",
        scope="S",
        profile="P2",
        iso=(
            direct("A.8.20", "Every segment has its own filter."),
            direct("A.8.22", "Segments are separated by rules and not by addresses only."),
        ),
        hipaa=(direct("164.312(a)(1)", "Systems are reachable only by those with a reason."),),
        gdpr=(direct("Art. 32(1)(b)", "An intruder in one segment cannot get into the next."),),
        what="Every subnet has a network security group, except those of Azure's own gateways and firewalls.",
        why="Without one everything inside the network reaches everything else, and the Internet is one mistake away.",
        remediation="Set `network_security_group` on the subnet, wherever the subnet is written.",
        azure_default="None.",
        bad='network.Subnet("apps", address_prefix="10.20.0.64/26")',
        good='network.Subnet("apps", network_security_group=network.NetworkSecurityGroupArgs(id=group.id))',
        check=has_security_group,
    ),
    Rule(
        id="NW-04",
        title="No default outbound",
        types=TYPES,
        property="defaultOutboundAccess",
        severity="H",
        scope="R",
        profile="P2",
        iso=(
            direct("A.8.20", "There is no outbound path that the network's owner did not create."),
            direct("A.8.12", "Data cannot leave through an address that nobody monitors."),
        ),
        hipaa=(direct("164.312(e)(1)", "Health information leaves only through controlled paths."),),
        gdpr=(direct("Art. 32(2)", "Unauthorised disclosure over an unnoticed path is prevented."),),
        what="The subnet does not get Azure's default outbound access.",
        why="Its addresses are Azure's, change without notice, and cannot be logged or put on an allow list.",
        remediation="Set `default_outbound_access=False` and give the subnet a NAT gateway or a firewall if it needs "
        "one.",
        azure_default="On, with the API version in use here.",
        bad='network.Subnet("apps", address_prefix="10.20.0.64/26")',
        good='network.Subnet("apps", address_prefix="10.20.0.64/26", default_outbound_access=False)',
        check=no_default_outbound,
    ),
    Rule(
        id="NW-05",
        title="Default route to firewall or NAT",
        types=TYPES,
        property="routes[]",
        severity="H",
        scope="S",
        profile="P3",
        iso=(
            direct("A.8.20", "All outgoing traffic passes one controlled point."),
            direct("A.8.23", "Destinations of workloads can be filtered at that point."),
        ),
        hipaa=(direct("164.312(e)(1)", "Health information leaves only through controlled paths."),),
        gdpr=(direct("Art. 32(2)", "Unauthorised disclosure is limited by controlled egress."),),
        what="The subnet has a NAT gateway, or a default route to a firewall or gateway, or one that drops.",
        why="Otherwise each machine finds its own path to the Internet, and no list of allowed destinations is "
        "effective.",
        remediation="Attach a NAT gateway, or a route table with `0.0.0.0/0` to the firewall's address (or to None).",
        azure_default="A system route leads straight to the Internet.",
        bad='network.RouteTable("routes", routes=[network.RouteArgs(\n'
        '    address_prefix="0.0.0.0/0", next_hop_type="Internet")])',
        good='network.Subnet("apps", nat_gateway=network.SubResourceArgs(id=gateway.id))',
        check=controlled_egress,
    ),
    Rule(
        id="NW-06",
        title="Network policies on for endpoint subnets",
        types=TYPES,
        property="privateEndpointNetworkPolicies",
        severity="M",
        scope="R",
        profile="P2",
        iso=(direct("A.8.22", "Private endpoints are part of their segment and subject to its rules."),),
        hipaa=(direct("164.312(a)(1)", "Stores are reachable only from the segments that need them."),),
        gdpr=(direct("Art. 32(1)(b)", "Each data store has a filter in front of it."),),
        what="In every subnet that may hold private endpoints (any without delegation), security groups and routes "
        "apply to them.",
        why="When the policies are off, every rule about the endpoint subnet is silently ignored for its endpoints.",
        remediation='Set `private_endpoint_network_policies="Enabled"`.',
        azure_default="Disabled.",
        bad='network.Subnet("endpoints", private_endpoint_network_policies="Disabled")',
        good='network.Subnet("endpoints", private_endpoint_network_policies="Enabled")',
        check=endpoint_policies,
    ),
)

"""Rules about subnets, inside a virtual network or as resources of their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from policies.model import Context, Outcome, ok, skip
from policies.rule import Rule, direct
from policies.rules.platform_shared import depends, parts
from resources.model import Resource
from resources.values import UNKNOWN, Trilean, Value, all_of, any_of, equals, get, items, known, one_of, present, some

TYPES = ("network:Subnet", "network:VirtualNetwork")
PLATFORM = ("GatewaySubnet", "AzureFirewallSubnet", "AzureFirewallManagementSubnet", "RouteServerSubnet")
"""Subnets of Azure's own appliances: Azure refuses security groups there and rules their ways out itself."""
NO_ROUTES = (*PLATFORM, "AzureBastionSubnet")
CONTROLLED = ("VirtualAppliance", "VirtualNetworkGateway", "None")
"""Next hops that do not lead straight to the Internet; ``None`` drops."""


class View(NamedTuple):
    """One subnet, wherever it is written."""

    owner: Resource
    subnet: Value
    prefix: str

    def path(self, name: str) -> str:
        """Path of one of its properties in the resource."""
        return f"{self.prefix}{name}"

    def read(self, name: str) -> Value:
        """Value of one of its properties."""
        return get(self.subnet, name)

    def wired(self, name: str, kind: str) -> Trilean:
        """Whether a property points to something; see :func:`policies.rules.platform_shared.wired`."""
        answer = present(self.read(name))
        return True if answer is None and depends(self.owner, self.path(name), kind) else answer

    def named(self, names: Iterable[str]) -> bool:
        """Whether the subnet has one of these names; a name that is not known is none of them."""
        own = [self.read(name) for name in ("subnetName", "name")]
        return any(one_of(name, names) for name in own if known(name))


def subnets(resource: Resource) -> Iterator[View]:
    """Give the subnets of a network, or the subnet itself."""
    if resource.type == "network:Subnet":
        yield View(resource, resource, "")
        return
    listed = items(resource, "subnets")
    for index, subnet in enumerate([UNKNOWN] if listed is UNKNOWN else listed):
        yield View(resource, subnet, f"subnets[{index}].")


def security_group(resource: Resource, _context: Context) -> Outcome | Iterable[Outcome]:
    """Check NW-03."""
    path = "networkSecurityGroup"
    answers = [
        ok(view.wired(f"{path}.id", "NetworkSecurityGroup"), "the subnet has no security group", view.path(path))
        for view in subnets(resource)
        if not view.named(PLATFORM)
    ]
    return answers or skip("no workload subnet")


def default_outbound(resource: Resource, _context: Context) -> Outcome | Iterable[Outcome]:
    """Check NW-04."""
    path = "defaultOutboundAccess"
    answers = [
        ok(
            equals(view.read(path), expected=False),
            "Azure gives the subnet a way out that nobody controls",
            view.path(path),
        )
        for view in subnets(resource)
        if not view.named(PLATFORM)
    ]
    return answers or skip("no workload subnet")


def egress(resource: Resource, context: Context) -> Outcome | Iterable[Outcome]:
    """Check NW-05."""
    answers = [
        ok(
            any_of(view.wired("natGateway.id", "NatGateway"), _routed(view, context)),
            "nothing controls where the subnet's traffic leaves",
            view.path("routeTable"),
        )
        for view in subnets(resource)
        if not view.named(NO_ROUTES)
    ]
    return answers or skip("no workload subnet")


def _routed(view: View, context: Context) -> Trilean:
    """Tell whether a route table sends what is not local to a firewall, a gateway, or nowhere."""
    inline = some(view.read("routeTable.routes"), _default)
    linked = view.wired("routeTable.id", "RouteTable")
    if inline is not False or linked is False:
        return inline
    tables = [
        table
        for table in context.graph.refers(view.owner, view.path("routeTable.id"))
        if table.type == "network:RouteTable"
    ]
    if len(tables) != 1:
        return None
    names = {"routeTableName": "routeTableName"}
    routes = parts(context, tables[0], "network:Route", names)
    return any_of(
        some(get(tables[0], "routes"), _default),
        *(_default(route) for route in routes.found),
        False if routes.complete else None,
    )


def _default(route: Value) -> Trilean:
    return all_of(equals(get(route, "addressPrefix"), "0.0.0.0/0"), one_of(get(route, "nextHopType"), CONTROLLED))


def endpoint_policies(resource: Resource, _context: Context) -> Outcome | Iterable[Outcome]:
    """Check NW-06."""
    path = "privateEndpointNetworkPolicies"
    answers = [
        ok(
            any_of(present(view.read("delegations")), equals(view.read(path), "Enabled")),
            "security groups and routes do not apply to private endpoints in the subnet",
            view.path(path),
        )
        for view in subnets(resource)
        if not present_now(view.read("delegations")) and not view.named(NO_ROUTES)
    ]
    return answers or skip("no subnet that can hold private endpoints")


def present_now(value: Value) -> bool:
    """Whether something is set for sure."""
    return present(value) is True


RULES: tuple[Rule, ...] = (
    Rule(
        id="NW-03", title="Every workload subnet has an NSG", types=TYPES, property="networkSecurityGroup",
        severity="H", scope="S", profile="P2",
        iso=(direct("A.8.20", "Every segment has its own filter"),
             direct("A.8.22", "Segments are separated by rules and not by addresses only")),
        hipaa=(direct("164.312(a)(1)", "Systems are reached by those with a reason only"),),
        gdpr=(direct("Art. 32(1)(b)", "An intruder in one segment does not get into the next"),),
        what="Every subnet has a network security group, except those of Azure's own gateways and firewalls.",
        why="Without one everything inside the network reaches everything else, and the Internet is one mistake away.",
        remediation="Set `network_security_group` on the subnet, wherever the subnet is written.",
        azure_default="None.",
        bad="network.Subnet('apps', address_prefix='10.20.0.64/26')",
        good="network.Subnet('apps', network_security_group=network.NetworkSecurityGroupArgs(id=group.id))",
        check=security_group,
    ),
    Rule(
        id="NW-04", title="No default outbound", types=TYPES, property="defaultOutboundAccess",
        severity="H", scope="R", profile="P2",
        iso=(direct("A.8.20", "There is no way out that the network's owner did not make"),
             direct("A.8.12", "Data cannot leave through an address that nobody watches")),
        hipaa=(direct("164.312(e)(1)", "Health information leaves by guarded ways only"),),
        gdpr=(direct("Art. 32(2)", "Unauthorised disclosure over an unseen way out is prevented"),),
        what="The subnet does not get Azure's own way out.",
        why="Its addresses are Azure's, change without notice, and cannot be logged or allow-listed.",
        remediation="Set `default_outbound_access=False` and give the subnet a NAT gateway or a "
                    "firewall if it needs one.",
        azure_default="On, with the API version in use here.",
        bad="network.Subnet('apps', address_prefix='10.20.0.64/26')",
        good="network.Subnet('apps', address_prefix='10.20.0.64/26', default_outbound_access=False)",
        check=default_outbound,
    ),
    Rule(
        id="NW-05", title="Default route to firewall or NAT", types=(*TYPES,), property="routes[]",
        severity="H", scope="S", profile="P3",
        iso=(direct("A.8.20", "All that leaves passes one controlled point"),
             direct("A.8.23", "Where workloads may go can be filtered at that point")),
        hipaa=(direct("164.312(e)(1)", "Health information leaves by guarded ways only"),),
        gdpr=(direct("Art. 32(2)", "Unauthorised disclosure is limited by controlled egress"),),
        what="The subnet has a NAT gateway, or a default route to a firewall or gateway, or one that drops.",
        why="Otherwise each machine finds its own way to the Internet, and no list of allowed places holds.",
        remediation="Attach a NAT gateway, or a route table with `0.0.0.0/0` to the firewall's address (or to None).",
        azure_default="A system route leads straight to the Internet.",
        bad="network.RouteTable('routes', routes=[network.RouteArgs(\n"
            "    address_prefix='0.0.0.0/0', next_hop_type='Internet')])",
        good="network.Subnet('apps', nat_gateway=network.SubResourceArgs(id=gateway.id))",
        check=egress,
    ),
    Rule(
        id="NW-06", title="Network policies on for endpoint subnets", types=TYPES,
        property="privateEndpointNetworkPolicies",
        severity="M", scope="R", profile="P2",
        iso=(direct("A.8.22", "Private endpoints are part of their segment and its rules"),),
        hipaa=(direct("164.312(a)(1)", "Stores are reached from the segments that need them only"),),
        gdpr=(direct("Art. 32(1)(b)", "A filter stands in front of each store of data"),),
        what="In every subnet that may hold private endpoints (any without delegation), security groups and routes "
             "apply to them.",
        why="When the policies are off, every rule about the endpoint subnet is silently ignored for its endpoints.",
        remediation='Set `private_endpoint_network_policies="Enabled"`.',
        azure_default="Disabled.",
        bad="network.Subnet('endpoints', private_endpoint_network_policies='Disabled')",
        good="network.Subnet('endpoints', private_endpoint_network_policies='Enabled')",
        check=endpoint_policies,
    ),
)  # fmt: skip

"""Rules about public addresses, network interfaces, and ranges of networks."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from policies.model import Context, Outcome, ok
from policies.rule import Rule, direct, supporting
from policies.rules.platform_shared import nameless, referrers
from resources.model import Resource
from resources.values import UNKNOWN, Trilean, Value, all_of, equals, every, get, items, known, negate, one_of, present

CONSUMERS = (
    ("network:NatGateway", "publicIpAddresses[].id", "nat"),
    ("network:AzureFirewall", "ipConfigurations[].publicIPAddress.id", "firewall"),
    ("network:AzureFirewall", "managementIpConfiguration.publicIPAddress.id", "firewall"),
    ("network:BastionHost", "ipConfigurations[].publicIPAddress.id", "bastion"),
    ("network:VirtualNetworkGateway", "ipConfigurations[].publicIPAddress.id", "gateway"),
    ("network:LoadBalancer", "frontendIPConfigurations[].publicIPAddress.id", "load balancer"),
    ("network:ApplicationGateway", "frontendIPConfigurations[].publicIPAddress.id", "application gateway"),
    ("network:NetworkInterface", "ipConfigurations[].publicIPAddress.id", "machine"),
)
"""Type, where it names a public address, and the purpose that it has one for."""


def public_address(resource: Resource, context: Context) -> Iterable[Outcome]:
    """Check NW-07."""
    return [
        ok(one_of(get(resource, "sku.name"), ("Standard", "StandardV2")), "not of the Standard SKU", "sku.name"),
        ok(present(get(resource, "zones")), "no availability zone is named", "zones"),
        ok(_purpose(resource, context), "no purpose of the list needs this address", "tags.purpose"),
    ]


def _purpose(resource: Resource, context: Context) -> Trilean:
    """Tell whether what uses the address may have one; where nothing here does, its tag has to say what it is for."""
    allowed = context.parameters.public_ip_purposes
    links = [(referrers(context, resource, type_, path), why) for type_, path, why in CONSUMERS]
    users = [why for link, why in links if link.found]
    complete = all(link.complete for link, _ in links)
    used = all_of(*(why in allowed for why in users)) if users else one_of(get(resource, "tags.purpose"), allowed)
    return all_of(used, True if complete else None) if users or complete else None


def interface(resource: Resource, _context: Context) -> Iterable[Outcome]:
    """Check NW-08."""
    addresses, forwarding = "ipConfigurations", "enableIPForwarding"
    return [
        ok(
            every(get(resource, addresses), lambda each: negate(present(get(each, "publicIPAddress")))),
            "a machine has a public address of its own",
            addresses,
        ),
        ok(
            negate(equals(get(resource, forwarding), expected=True)),
            "the interface forwards traffic of others",
            forwarding,
        ),
    ]


def ranges(resource: Resource, context: Context) -> Iterable[Outcome]:
    """Check NW-11."""
    if resource.type == "network:VirtualNetworkPeering":
        path = "remoteVirtualNetwork"
        yield ok(_approved(resource, resource, path, context), "peered with a network outside of this program", path)
        return
    path = "addressSpace.addressPrefixes"
    others = [vnet for vnet in context.graph.of("network:VirtualNetwork") if vnet.urn != resource.urn]
    apart = every(
        get(resource, path),
        lambda block: every(others, lambda vnet: every(get(vnet, path), lambda o: _apart(block, o))),
    )
    yield ok(apart, "the range overlaps with that of another network", path)
    peerings = items(resource, "virtualNetworkPeerings")
    for index, peering in enumerate([UNKNOWN] if peerings is UNKNOWN else peerings):
        where = f"virtualNetworkPeerings[{index}].remoteVirtualNetwork"
        yield ok(_approved(peering, resource, where, context), "peered with a network outside of this program", where)


def _apart(block: Value, other: Value) -> Trilean:
    try:
        first, second = ipaddress.ip_network(str(block), strict=False), ipaddress.ip_network(str(other), strict=False)
    except ValueError:
        return None
    return first.version != second.version or not first.overlaps(second)


def _approved(peering: Value, owner: Resource, path: str, context: Context) -> Trilean:
    targets = context.graph.refers(owner, f"{path}.id")
    if any(target.type == "network:VirtualNetwork" for target in targets):
        return True
    written = known(get(peering, "remoteVirtualNetwork.id"))
    return False if written and not nameless(context, *context.graph.of("network:VirtualNetwork")) else None


RULES: tuple[Rule, ...] = (
    Rule(
        id="NW-07", title="Public IPs only for listed purposes; standard, zonal", types=("network:PublicIPAddress",),
        property="sku, zones, consumers",
        severity="H", scope="S", profile="P2",
        iso=(direct("A.8.20", "Every address that the Internet sees has a purpose of the list"),
             supporting("A.5.9", "Public addresses are known with what uses them")),
        hipaa=(direct("164.312(a)(1)", "No system is reachable from the Internet by accident"),),
        gdpr=(direct("Art. 32(1)(b)", "The surface that can be attacked is small and known"),),
        what="A public address belongs to a NAT gateway, firewall, bastion or VPN gateway, is "
             "Standard, and names zones.",
        why="An address of a machine or load balancer is a way in past the edge. Basic addresses are open by default "
            "and retired; without zones one building decides.",
        remediation="Remove the address, or use it for a listed purpose; set `sku` Standard and `zones`.",
        azure_default="Nothing is asked about the purpose; zones are not set.",
        bad="network.PublicIPAddress('vm', sku=network.PublicIPAddressSkuArgs(name='Basic'))",
        good="network.PublicIPAddress('egress', sku=network.PublicIPAddressSkuArgs(name='Standard'), zones=['1'])",
        check=public_address,
    ),
    Rule(
        id="NW-08", title="No NIC public IP or forwarding", types=("network:NetworkInterface",),
        property="ipConfigurations[].publicIPAddress, enableIPForwarding",
        severity="H", scope="R", profile="P1",
        iso=(direct("A.8.20", "Machines are not part of the Internet and do not route"),),
        hipaa=(direct("164.312(a)(1)", "No machine is reached past the access point"),),
        gdpr=(direct("Art. 32(1)(b)", "Machines with personal data are inside"),),
        what="No network interface has a public address or forwards traffic.",
        why="A public address is a way in past every edge; forwarding makes a way between segments past their rules.",
        remediation="Remove `public_ip_address`; set `enable_ip_forwarding=False`.",
        azure_default="No address, no forwarding.",
        bad="network.NetworkInterface('nic', enable_ip_forwarding=True)",
        good="network.NetworkInterface('nic', "
             "ip_configurations=[network.NetworkInterfaceIPConfigurationArgs(subnet=…)])",
        check=interface,
    ),
    Rule(
        id="NW-11", title="No overlapping ranges; approved peerings only",
        types=("network:VirtualNetwork", "network:VirtualNetworkPeering"),
        property="addressSpace, remoteVirtualNetwork",
        severity="M", scope="S", profile="P2",
        iso=(direct("A.8.22", "Networks are connected on purpose only"),
             direct("A.8.31", "Networks of other environments are not connected")),
        hipaa=(direct("164.312(a)(1)", "No other network reaches systems with health information unseen"),),
        gdpr=(direct("Art. 32(1)(b)", "Segments stay apart"),),
        what="Ranges of the program's networks do not overlap, and peerings go to networks of the "
             "same program. A peering "
             "with a hub is approved by a waiver.",
        why="Overlapping networks can never be connected, and routes between them go astray. A peering joins networks "
            "completely, in both directions.",
        remediation="Choose another range; add a waiver that names the hub's owner.",
        azure_default="Any range, any peering.",
        bad="network.VirtualNetworkPeering('x', remote_virtual_network=network.SubResourceArgs(id=foreign_id))",
        good="network.VirtualNetworkPeering('hub', remote_virtual_network=network.SubResourceArgs(id=hub.id))",
        check=ranges,
    ),
)  # fmt: skip

"""Laws of address ranges: subnets inside their network, no overlap, sizes, and what a subnet in use forbids."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from emulator.laws.access import changing, entries, every, old, parent_id, refuse, same, strings
from emulator.world import Item, Request, World, arm_name

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

VNET = "Microsoft.Network/virtualNetworks"
SUBNET = f"{VNET}/subnets"
SMALLEST = 29
"""Longest IPv4 prefix of a subnet: Azure keeps five addresses of each (Microsoft Learn: Virtual Network FAQ)."""
FIXED = {"AzureBastionSubnet": 26, "AzureFirewallSubnet": 26, "AzureFirewallManagementSubnet": 26, "GatewaySubnet": 29}
"""Subnets whose name is a contract, with the longest prefix that their service accepts."""
USERS: tuple[tuple[str, str], ...] = (
    ("Microsoft.Network/privateEndpoints", "subnet.id"),
    ("Microsoft.Network/bastionHosts", "ipConfigurations.*.subnet.id"),
    ("Microsoft.Network/azureFirewalls", "ipConfigurations.*.subnet.id"),
    ("Microsoft.Web/sites", "virtualNetworkSubnetId"),
    ("Microsoft.Web/sites/slots", "virtualNetworkSubnetId"),
    ("Microsoft.Web/sites/networkConfig", "subnetResourceId"),
    ("Microsoft.DBforPostgreSQL/flexibleServers", "network.delegatedSubnetResourceId"),
    ("Microsoft.ContainerInstance/containerGroups", "subnetIds.*.id"),
    ("Microsoft.App/managedEnvironments", "vnetConfiguration.infrastructureSubnetId"),
    ("Microsoft.ContainerService/managedClusters", "agentPoolProfiles.*.vnetSubnetID"),
    ("Microsoft.ContainerService/managedClusters/agentPools", "vnetSubnetID"),
)
"""Who can be in a subnet, and the input that names it."""


@dataclass(frozen=True)
class Subnet:
    """A subnet, whether it is an object of its own or a member of its network's list."""

    id: str
    inputs: dict[str, Any]

    @property
    def prefixes(self) -> list[Network]:
        """Address ranges, those that can be read."""
        return [found for found in (network(text) for text in _given(self.inputs)) if found]

    @property
    def delegations(self) -> list[str]:
        """Services that the subnet is delegated to."""
        return [str(name) for name in every(self.inputs, "delegations.*.serviceName")]


def network(text: str) -> Network | None:
    """Address range of a CIDR text; None where it is none or has host bits set."""
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        return None


def _given(inputs: dict[str, Any]) -> list[str]:
    """CIDR texts of a subnet's inputs."""
    return [*strings(inputs.get("addressPrefix")), *strings(inputs.get("addressPrefixes"))]


def subnets_of(world: World, vnet_id: str) -> list[Subnet]:
    """Every subnet of a virtual network."""
    own = [Subnet(item.id, item.inputs) for item in world.children(vnet_id) if same(item.arm_type, SUBNET)]
    vnet = world.get(vnet_id)
    listed = entries(vnet.inputs.get("subnets")) if vnet else []
    seen = {arm_name(subnet.id).lower() for subnet in own}
    inline = [Subnet(f"{vnet_id}/subnets/{entry.get('name')}", entry) for entry in listed]
    return own + [subnet for subnet in inline if arm_name(subnet.id).lower() not in seen]


def find_subnet(world: World, subnet_id: str) -> Subnet | None:
    """Return the subnet with this id."""
    return next((subnet for subnet in subnets_of(world, parent_id(subnet_id)) if same(subnet.id, subnet_id)), None)


def users(world: World, subnet_id: str) -> Iterator[Item]:
    """Objects that have an address in the subnet or are injected into it."""
    for arm_type, path in USERS:
        for item in world.list(arm_type):
            if any(same(str(found), subnet_id) for found in every(item.inputs, path)):
                yield item


def _range_problems(name: str, text: str) -> Iterator[str]:
    """Refuse a range that is none, or is too small for the subnet's name."""
    found = network(text)
    if found is None:
        fix = "Write the network address of the range, e.g. 10.20.0.0/24."
        yield refuse("InvalidCIDRNotation", f"subnet {name} has {text}", "CIDR ranges without host bits", fix)
        return
    limit = FIXED.get(name, SMALLEST)
    if found.version == 4 and found.prefixlen > limit:  # noqa: PLR2004 - IPv4
        yield refuse(
            "NetcfgInvalidSubnet", f"subnet {name} is /{found.prefixlen}", f"/{limit} or larger", "Enlarge it."
        )


def ranges(request: Request, _: World) -> Iterator[str]:
    """Refuse a subnet without a range, with a range that is none, or too small."""
    if changing(request):
        name = str(request.get("subnetName") or arm_name(request.id))
        given = _given(request.inputs)
        ways = ("addressPrefix", "addressPrefixes", "ipamPoolPrefixAllocations")
        if all(request.get(way) is None for way in ways):
            yield refuse(
                "NoAddressPrefixOrPoolProvided", f"subnet {name} has no range", "addressPrefix", "Give it one."
            )
        for text in given:
            yield from _range_problems(name, text)


def listed_ranges(request: Request, _: World) -> Iterator[str]:
    """Refuse a virtual network whose own list of ranges or subnets contradicts itself."""
    if not changing(request):
        return
    spaces = strings(request.get("addressSpace.addressPrefixes"))
    for text in spaces:
        if network(text) is None:
            yield refuse("InvalidCIDRNotation", f"address space {text}", "CIDR ranges without host bits", "Correct it.")
    named = [(str(entry.get("name")), entry) for entry in entries(request.get("subnets"))]
    placed = [(name, found) for name, entry in named for found in Subnet(name, entry).prefixes]
    for name, entry in named:
        for text in _given(entry):
            yield from _range_problems(name, text)
    for index, (name, found) in enumerate(placed):
        yield from _outside(name, found, spaces)
        for other, taken in placed[:index]:
            if other != name and found.overlaps(taken):
                yield _overlap(name, found, other, taken)


def _outside(name: str, found: Network, spaces: list[str]) -> Iterator[str]:
    """Refuse a range that lies outside every address space."""
    inside = [space for space in (network(text) for text in spaces) if space and space.version == found.version]
    if not any(found.prefixlen >= space.prefixlen and found.overlaps(space) for space in inside):
        yield refuse(
            "NetcfgSubnetRangeOutsideVnet",
            f"subnet {name} has {found}, outside the virtual network's {', '.join(spaces)}",
            "ranges inside the address space",
            "Move the subnet or add an address space.",
        )


def _overlap(name: str, found: Network, other: str, taken: Network) -> str:
    """Text for two subnets that overlap."""
    fix = "Choose ranges that do not overlap."
    return refuse(
        "NetcfgSubnetRangesOverlap", f"subnet {name} ({found}) overlaps {other} ({taken})", "disjoint ranges", fix
    )


def inside(request: Request, world: World) -> Iterator[str]:
    """Refuse a subnet outside its network's space, or one that overlaps a sibling."""
    if not changing(request):
        return
    vnet_id, name = parent_id(request.id), arm_name(request.id)
    vnet = world.get(vnet_id)
    if vnet is None:
        return
    spaces = strings(vnet.value("addressSpace.addressPrefixes"))
    for found in Subnet(request.id, request.inputs).prefixes:
        yield from _outside(name, found, spaces)
        for sibling in subnets_of(world, vnet_id):
            for taken in sibling.prefixes:
                if not same(sibling.id, request.id) and found.version == taken.version and found.overlaps(taken):
                    yield _overlap(name, found, arm_name(sibling.id), taken)


def in_use(request: Request, world: World) -> Iterator[str]:
    """Refuse to delete, move or re-delegate a subnet that something is in."""
    moved = request.operation == "update" and (
        _given(request.inputs) != _given(request.olds or {})
        or Subnet("", request.inputs).delegations != Subnet("", request.olds or {}).delegations
    )
    if request.operation == "delete" or moved:
        names = [item.id for item in users(world, request.id)]
        if names:
            what = "deleted" if request.operation == "delete" else "moved or delegated otherwise"
            yield refuse(
                "InUseSubnetCannotBeDeleted" if request.operation == "delete" else "InUseSubnetCannotBeUpdated",
                f"subnet {arm_name(request.id)} is in use by {', '.join(names)} and cannot be {what}",
                "changes of a subnet that nothing is in",
                "Remove what is in it first.",
            )


def space_in_use(request: Request, world: World) -> Iterator[str]:
    """Refuse to take an address space away from under a subnet."""
    before, after = old(request, "addressSpace.addressPrefixes"), request.get("addressSpace.addressPrefixes")
    if request.operation != "update" or before == after:
        return
    spaces = strings(after)
    for subnet in subnets_of(world, request.id):
        for found in subnet.prefixes:
            yield from _outside(arm_name(subnet.id), found, spaces)


CHECK = {"network:Subnet": (ranges,), "network:VirtualNetwork": (listed_ranges,)}
STATE = {"network:Subnet": (inside, in_use), "network:VirtualNetwork": (space_in_use,)}

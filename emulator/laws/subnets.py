"""Laws of address ranges: subnets inside their network, overlaps, sizes, and changes of a subnet in use."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from emulator.ids import arm_name, parent_id
from emulator.laws.helpers import changing, entries, previous, refuse, same, strings, values_at
from emulator.world import ObjectView, Request, World

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

VNET = "Microsoft.Network/virtualNetworks"
SUBNET = f"{VNET}/subnets"
MAX_PREFIX = 29
"""Maximum IPv4 prefix length of a subnet: Azure keeps five addresses of each (Microsoft Learn: Virtual Network FAQ)."""
RESERVED_NAMES = {
    "AzureBastionSubnet": 26,
    "AzureFirewallSubnet": 26,
    "AzureFirewallManagementSubnet": 26,
    "GatewaySubnet": 29,
}
"""Subnets whose name determines their service, with the maximum prefix length that it accepts."""
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
"""Types that can use a subnet, and the input that names it."""


@dataclass(frozen=True)
class Subnet:
    """A subnet, whether an object of its own or a member of its network's list."""

    id: str
    inputs: dict[str, Any]

    @property
    def prefixes(self) -> list[Network]:
        """Valid address ranges."""
        return [prefix for prefix in (network(text) for text in _prefix_texts(self.inputs)) if prefix]

    @property
    def delegations(self) -> list[str]:
        """Services that the subnet is delegated to."""
        return [str(name) for name in values_at(self.inputs, "delegations.*.serviceName")]


def network(text: str) -> Network | None:
    """Return the address range of a CIDR text; None where it is invalid or has host bits set."""
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        return None


def _prefix_texts(inputs: dict[str, Any]) -> list[str]:
    """Return the CIDR texts of a subnet's inputs."""
    return [*strings(inputs.get("addressPrefix")), *strings(inputs.get("addressPrefixes"))]


def subnets_of(world: World, vnet_id: str) -> list[Subnet]:
    """Return every subnet of a virtual network."""
    own = [Subnet(item.id, item.inputs) for item in world.children(vnet_id) if same(item.arm_type, SUBNET)]
    vnet = world.get(vnet_id)
    listed = entries(vnet.inputs.get("subnets")) if vnet else []
    seen = {arm_name(subnet.id).lower() for subnet in own}
    inline = [Subnet(f"{vnet_id}/subnets/{entry.get('name')}", entry) for entry in listed]
    return own + [subnet for subnet in inline if arm_name(subnet.id).lower() not in seen]


def find_subnet(world: World, subnet_id: str) -> Subnet | None:
    """Return the subnet with this id."""
    return next((subnet for subnet in subnets_of(world, parent_id(subnet_id)) if same(subnet.id, subnet_id)), None)


def users(world: World, subnet_id: str) -> Iterator[ObjectView]:
    """Yield the objects that have an address in the subnet or are injected into it."""
    for arm_type, path in USERS:
        for item in world.list(arm_type):
            if any(same(str(used), subnet_id) for used in values_at(item.inputs, path)):
                yield item


def _range_problems(name: str, text: str) -> Iterator[str]:
    """Refuse an invalid range, or one that is too small for the subnet's name."""
    prefix = network(text)
    if prefix is None:
        fix = "Write the network address of the range, e.g. 10.20.0.0/24."
        yield refuse("InvalidCIDRNotation", f"subnet {name} has {text}", "CIDR ranges without host bits", fix)
        return
    limit = RESERVED_NAMES.get(name, MAX_PREFIX)
    if prefix.version == 4 and prefix.prefixlen > limit:  # noqa: PLR2004 - IPv4
        yield refuse(
            "NetcfgInvalidSubnet", f"subnet {name} is /{prefix.prefixlen}", f"/{limit} or larger", "Enlarge it."
        )


def ranges(request: Request, _: World) -> Iterator[str]:
    """Refuse a subnet without a range, or with an invalid or too small one."""
    if changing(request):
        name = str(request.get("subnetName") or arm_name(request.id))
        texts = _prefix_texts(request.inputs)
        properties = ("addressPrefix", "addressPrefixes", "ipamPoolPrefixAllocations")
        if all(request.get(key) is None for key in properties):
            yield refuse(
                "NoAddressPrefixOrPoolProvided", f"subnet {name} has no range", "addressPrefix", "Give it one."
            )
        for text in texts:
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
    placed = [(name, prefix) for name, entry in named for prefix in Subnet(name, entry).prefixes]
    for name, entry in named:
        for text in _prefix_texts(entry):
            yield from _range_problems(name, text)
    for index, (name, prefix) in enumerate(placed):
        yield from _outside(name, prefix, spaces)
        for other_name, taken in placed[:index]:
            if other_name != name and prefix.overlaps(taken):
                yield _overlap(name, prefix, other_name, taken)


def _outside(name: str, prefix: Network, spaces: list[str]) -> Iterator[str]:
    """Refuse a range outside every address space."""
    networks = [space for space in (network(text) for text in spaces) if space]
    if not any(prefix.prefixlen >= space.prefixlen and prefix.overlaps(space) for space in networks):
        yield refuse(
            "NetcfgSubnetRangeOutsideVnet",
            f"subnet {name} has {prefix}, outside the virtual network's {', '.join(spaces)}",
            "ranges inside the address space",
            "Move the subnet or add an address space.",
        )


def _overlap(name: str, prefix: Network, other: str, taken: Network) -> str:
    """Return the text for two subnets that overlap."""
    fix = "Choose ranges that do not overlap."
    return refuse(
        "NetcfgSubnetRangesOverlap", f"subnet {name} ({prefix}) overlaps {other} ({taken})", "disjoint ranges", fix
    )


def inside(request: Request, world: World) -> Iterator[str]:
    """Refuse a subnet outside its network's address space, or one that overlaps a sibling."""
    if not changing(request):
        return
    vnet_id, name = parent_id(request.id), arm_name(request.id)
    vnet = world.get(vnet_id)
    if vnet is None:
        return
    spaces = strings(vnet.value("addressSpace.addressPrefixes"))
    for prefix in Subnet(request.id, request.inputs).prefixes:
        yield from _outside(name, prefix, spaces)
        for sibling in subnets_of(world, vnet_id):
            for taken in sibling.prefixes:
                if not same(sibling.id, request.id) and prefix.overlaps(taken):
                    yield _overlap(name, prefix, arm_name(sibling.id), taken)


def in_use(request: Request, world: World) -> Iterator[str]:
    """Refuse to delete, move or re-delegate a subnet in use."""
    moved = request.operation == "update" and (
        _prefix_texts(request.inputs) != _prefix_texts(request.olds or {})
        or Subnet("", request.inputs).delegations != Subnet("", request.olds or {}).delegations
    )
    if request.operation == "delete" or moved:
        names = [item.id for item in users(world, request.id)]
        if names:
            what = "deleted" if request.operation == "delete" else "moved or delegated to another service"
            yield refuse(
                "InUseSubnetCannotBeDeleted" if request.operation == "delete" else "InUseSubnetCannotBeUpdated",
                f"subnet {arm_name(request.id)} is in use by {', '.join(names)} and cannot be {what}",
                "changes of an unused subnet",
                "Remove what uses it first.",
            )


def space_in_use(request: Request, world: World) -> Iterator[str]:
    """Refuse to remove an address space that a subnet uses."""
    before, after = previous(request, "addressSpace.addressPrefixes"), request.get("addressSpace.addressPrefixes")
    if request.operation != "update" or before == after:
        return
    spaces = strings(after)
    for subnet in subnets_of(world, request.id):
        for prefix in subnet.prefixes:
            yield from _outside(arm_name(subnet.id), prefix, spaces)


CHECK = {"network:Subnet": (ranges,), "network:VirtualNetwork": (listed_ranges,)}
STATE = {"network:Subnet": (inside, in_use), "network:VirtualNetwork": (space_in_use,)}

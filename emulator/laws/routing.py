"""Laws of ways out and between networks: public addresses, NAT gateways, routes, peerings, flow logs."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.laws.access import (
    changing,
    every,
    known,
    location_of,
    missing,
    number,
    parent_id,
    refuse,
    request_location,
    same,
    strings,
    text,
    type_of,
)
from emulator.laws.subnets import VNET, network
from emulator.world import Request, World, arm_name


def public_ip(request: Request, _: World) -> Iterator[str]:
    """Refuse a Basic public address (retired 30 September 2025), and a Standard one that is not static."""
    if not changing(request):
        return
    sku = text(request, "sku.name") or "Basic"
    if sku == "Basic":
        found = f"public IP {request.get('publicIpAddressName')} has SKU Basic"
        yield refuse("BasicPublicIpRetired", found, "Standard or StandardV2", "Set sku.name.")
    elif (text(request, "publicIPAllocationMethod") or "Dynamic") != "Static":
        found = f"public IP {request.get('publicIpAddressName')} is {sku} and Dynamic"
        yield refuse("StandardSkuPublicIPMustBeStatic", found, "Static", "Set publicIPAllocationMethod to Static.")


def nat_gateway(request: Request, _: World) -> Iterator[str]:
    """Refuse a NAT gateway with an idle timeout or zones that its SKU does not have."""
    if not changing(request):
        return
    timeout = number(request, "idleTimeoutInMinutes")
    if timeout is not None and not 4 <= timeout <= 120:  # noqa: PLR2004 - minutes, Azure's limits
        yield refuse("InvalidIdleTimeout", f"idle timeout {timeout}", "4-120 minutes", "Correct it.")
    zones = strings(request.get("zones"))
    if text(request, "sku.name") == "Standard" and len(zones) > 1:
        found = f"a Standard NAT gateway in zones {', '.join(zones)}"
        yield refuse("NatGatewayZonesNotSupported", found, "one zone or none", "Use StandardV2 for all zones.")


def nat_addresses(request: Request, world: World) -> Iterator[str]:
    """Refuse a NAT gateway whose public addresses do not exist, are of another SKU or serve another gateway."""
    if not changing(request):
        return
    sku = text(request, "sku.name") or "Standard"
    for address_id in every(request.inputs, "publicIpAddresses.*.id"):
        address = world.get(str(address_id))
        if address is None:
            yield from missing(world, str(address_id), "the public IP")
            continue
        theirs = str(address.value("sku.name") or "Basic")
        if theirs != sku:
            found = f"NAT gateway {arm_name(request.id)} is {sku}, its address {address.name} is {theirs}"
            yield refuse("NatGatewayPublicIpSkuMismatch", found, f"{sku} addresses", "Give both the same SKU.")
        for other in world.list("Microsoft.Network/natGateways"):
            held = every(other.inputs, "publicIpAddresses.*.id")
            if not same(other.id, request.id) and any(same(str(one), str(address_id)) for one in held):
                found = f"public IP {address.name} serves {other.id}"
                yield refuse("PublicIPAddressInUse", found, "an address of its own", "Use another address.")


def address_in_use(request: Request, world: World) -> Iterator[str]:
    """Refuse to delete a public address that a gateway, firewall or bastion has."""
    if request.operation != "delete":
        return
    holders = (
        ("Microsoft.Network/natGateways", "publicIpAddresses.*.id"),
        ("Microsoft.Network/azureFirewalls", "ipConfigurations.*.publicIPAddress.id"),
        ("Microsoft.Network/bastionHosts", "ipConfigurations.*.publicIPAddress.id"),
    )
    for arm_type, path in holders:
        for item in world.list(arm_type):
            if any(same(str(found), request.id) for found in every(item.inputs, path)):
                found = f"{arm_name(request.id)} is allocated to {item.id}"
                yield refuse("PublicIPAddressCannotBeDeleted", found, "addresses in no use", "Take it off there first.")


def gateway_in_use(request: Request, world: World) -> Iterator[str]:
    """Refuse to delete a NAT gateway or route table that a subnet uses."""
    if request.operation != "delete":
        return
    natural = same(request.fact.arm_type, "Microsoft.Network/natGateways")
    key, code = (
        ("natGateway", "InUseNatGatewayCannotBeDeleted")
        if natural
        else ("routeTable", "InUseRouteTableCannotBeDeleted")
    )
    for subnet in world.list(f"{VNET}/subnets"):
        if same(str((subnet.inputs.get(key) or {}).get("id")), request.id):
            found = f"{arm_name(request.id)} serves subnet {subnet.id}"
            yield refuse(code, found, "gateways and tables in no use", "Take it off the subnet first.")


def subnet_references(request: Request, world: World) -> Iterator[str]:
    """Refuse a subnet whose security group, route table or NAT gateway does not exist or lies in another region."""
    if not changing(request):
        return
    vnet = world.get(parent_id(request.id))
    here = location_of(vnet, world) if vnet else ""
    for key, what in (
        ("networkSecurityGroup", "security group"),
        ("routeTable", "route table"),
        ("natGateway", "NAT gateway"),
    ):
        arm_id = request.get(f"{key}.id")
        if not known(arm_id):
            continue
        yield from missing(world, str(arm_id), f"the {what}")
        found = world.get(str(arm_id))
        if found and here and location_of(found, world) != here:
            text_ = f"{what} {found.name} is in {location_of(found, world)}, the network in {here}"
            yield refuse("InvalidResourceLocation", text_, "the same region", "Use one of the network's region.")


def route(request: Request, _: World) -> Iterator[str]:
    """Refuse a route whose range is none, or whose next hop has an address where it may not, or none."""
    if not changing(request):
        return
    prefix, hop = text(request, "addressPrefix"), text(request, "nextHopType")
    if prefix and prefix[0].isdigit() and network(prefix) is None:
        yield refuse(
            "InvalidCIDRNotation", f"route to {prefix}", "CIDR ranges without host bits, or a tag", "Correct it."
        )
    has = bool(text(request, "nextHopIpAddress"))
    if has != (hop == "VirtualAppliance"):
        found = f"next hop {hop} {'with' if has else 'without'} an address"
        yield refuse("InvalidNextHop", found, "an address for VirtualAppliance only", "Correct nextHopIpAddress.")


def peering(request: Request, world: World) -> Iterator[str]:
    """Refuse a peering with itself, with nothing, or with a network whose space overlaps."""
    remote_id = text(request, "remoteVirtualNetwork.id")
    if not changing(request) or not remote_id:
        return
    own_id = parent_id(request.id)
    own, remote = world.get(own_id), world.get(remote_id)
    if same(own_id, remote_id):
        yield refuse("RemoteVnetSameAsLocal", f"{own_id} peers with itself", "another network", "Correct the id.")
        return
    yield from missing(world, remote_id, "the remote virtual network")
    if own is None or remote is None:
        return
    for left in strings(own.value("addressSpace.addressPrefixes")):
        for right in strings(remote.value("addressSpace.addressPrefixes")):
            mine, theirs = network(left), network(right)
            if mine and theirs and mine.version == theirs.version and mine.overlaps(theirs):
                found = f"{left} of {own.name} overlaps {right} of {remote.name}"
                yield refuse("VnetAddressSpacesOverlap", found, "disjoint address spaces", "Renumber one of them.")


def flow_log(request: Request, world: World) -> Iterator[str]:
    """Refuse a flow log on an NSG (none since 30 June 2025), or whose target or account is missing or elsewhere."""
    if not changing(request):
        return
    target = text(request, "targetResourceId")
    if same(type_of(target), "Microsoft.Network/networkSecurityGroups") and request.operation == "create":
        found = f"flow log on {arm_name(target)}"
        yield refuse("NsgFlowLogsRetired", found, "virtual networks, subnets, interfaces", "Log the virtual network.")
    for arm_id, what in ((target, "the target"), (text(request, "storageId"), "the storage account")):
        yield from missing(world, arm_id, what)
        item = world.get(arm_id)
        here = request_location(request, world)
        if item and here and location_of(item, world) != here:
            found = f"{what} {item.name} is in {location_of(item, world)}, the flow log in {here}"
            yield refuse("FlowLogRegionMismatch", found, "the same region", "Use one of that region.")


CHECK = {
    "network:PublicIPAddress": (public_ip,),
    "network:NatGateway": (nat_gateway,),
    "network:Route": (route,),
}
STATE = {
    "network:PublicIPAddress": (address_in_use,),
    "network:NatGateway": (nat_addresses, gateway_in_use),
    "network:RouteTable": (gateway_in_use,),
    "network:Subnet": (subnet_references,),
    "network:VirtualNetworkPeering": (peering,),
    "network:FlowLog": (flow_log,),
}

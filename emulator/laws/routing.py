"""Laws of traffic out of networks: public addresses, NAT gateways, routes, flow logs."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.ids import arm_name, parent_id, type_of
from emulator.laws.helpers import (
    changing,
    is_known,
    location_of,
    missing,
    number_at,
    refuse,
    request_location,
    same,
    string_at,
    strings,
    values_at,
)
from emulator.laws.subnets import VNET, network
from emulator.world import Request, World


def public_ip(request: Request, _: World) -> Iterator[str]:
    """Refuse a Basic public address (retired on 30 September 2025), and a Standard one that is not static."""
    if not changing(request):
        return
    sku = string_at(request, "sku.name") or "Basic"
    if sku == "Basic":
        problem = f"public IP {request.get('publicIpAddressName')} has SKU Basic"
        yield refuse("BasicPublicIpRetired", problem, "Standard or StandardV2", "Set sku.name.")
    elif (string_at(request, "publicIPAllocationMethod") or "Dynamic") != "Static":
        problem = f"public IP {request.get('publicIpAddressName')} is {sku} and Dynamic"
        yield refuse("StandardSkuPublicIPMustBeStatic", problem, "Static", "Set publicIPAllocationMethod to Static.")


def nat_gateway(request: Request, _: World) -> Iterator[str]:
    """Refuse a NAT gateway with an idle timeout or zones that its SKU does not support."""
    if not changing(request):
        return
    timeout = number_at(request, "idleTimeoutInMinutes")
    if timeout is not None and not 4 <= timeout <= 120:  # noqa: PLR2004 - minutes, Azure's limits
        yield refuse("InvalidIdleTimeout", f"idle timeout {timeout}", "4-120 minutes", "Correct it.")
    zones = strings(request.get("zones"))
    if string_at(request, "sku.name") == "Standard" and len(zones) > 1:
        problem = f"a Standard NAT gateway in zones {', '.join(zones)}"
        yield refuse("NatGatewayZonesNotSupported", problem, "one zone or none", "Use StandardV2 for all zones.")


def nat_addresses(request: Request, world: World) -> Iterator[str]:
    """Refuse a NAT gateway whose public addresses do not exist, are of another SKU or serve another gateway."""
    if not changing(request):
        return
    sku = string_at(request, "sku.name") or "Standard"
    for address_id in values_at(request.inputs, "publicIpAddresses.*.id"):
        address = world.get(str(address_id))
        if address is None:
            yield from missing(world, str(address_id), "the public IP")
            continue
        address_sku = str(address.value("sku.name") or "Basic")
        if address_sku != sku:
            problem = f"NAT gateway {arm_name(request.id)} is {sku}, its address {address.name} is {address_sku}"
            yield refuse("NatGatewayPublicIpSkuMismatch", problem, f"{sku} addresses", "Give both the same SKU.")
        for other in world.list("Microsoft.Network/natGateways"):
            held = values_at(other.inputs, "publicIpAddresses.*.id")
            if not same(other.id, request.id) and any(same(str(one), str(address_id)) for one in held):
                problem = f"public IP {address.name} serves {other.id}"
                yield refuse("PublicIPAddressInUse", problem, "an address of its own", "Use another address.")


def address_in_use(request: Request, world: World) -> Iterator[str]:
    """Refuse to delete a public address that a gateway, firewall or bastion uses."""
    if request.operation != "delete":
        return
    holders = (
        ("Microsoft.Network/natGateways", "publicIpAddresses.*.id"),
        ("Microsoft.Network/azureFirewalls", "ipConfigurations.*.publicIPAddress.id"),
        ("Microsoft.Network/bastionHosts", "ipConfigurations.*.publicIPAddress.id"),
    )
    for arm_type, path in holders:
        for item in world.list(arm_type):
            if any(same(str(used), request.id) for used in values_at(item.inputs, path)):
                problem = f"{arm_name(request.id)} is allocated to {item.id}"
                yield refuse("PublicIPAddressCannotBeDeleted", problem, "unused addresses", "Remove it there first.")


def gateway_in_use(request: Request, world: World) -> Iterator[str]:
    """Refuse to delete a NAT gateway or route table that a subnet uses."""
    if request.operation != "delete":
        return
    is_gateway = same(request.fact.arm_type, "Microsoft.Network/natGateways")
    key, code = (
        ("natGateway", "InUseNatGatewayCannotBeDeleted")
        if is_gateway
        else ("routeTable", "InUseRouteTableCannotBeDeleted")
    )
    for subnet in world.list(f"{VNET}/subnets"):
        if same(str((subnet.inputs.get(key) or {}).get("id")), request.id):
            problem = f"{arm_name(request.id)} serves subnet {subnet.id}"
            yield refuse(code, problem, "unused gateways and tables", "Remove it from the subnet first.")


def subnet_references(request: Request, world: World) -> Iterator[str]:
    """Refuse a subnet whose security group, route table or NAT gateway does not exist or is in another region."""
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
        if not is_known(arm_id):
            continue
        yield from missing(world, str(arm_id), f"the {what}")
        referenced = world.get(str(arm_id))
        if referenced and here and location_of(referenced, world) != here:
            problem = f"{what} {referenced.name} is in {location_of(referenced, world)}, the network in {here}"
            yield refuse("InvalidResourceLocation", problem, "the same region", "Use one of the network's region.")


def route(request: Request, _: World) -> Iterator[str]:
    """Refuse a route with an invalid range, and a next-hop address that does not go with its type."""
    if not changing(request):
        return
    prefix, hop = string_at(request, "addressPrefix"), string_at(request, "nextHopType")
    if prefix and prefix[0].isdigit() and network(prefix) is None:
        yield refuse(
            "InvalidCIDRNotation", f"route to {prefix}", "CIDR ranges without host bits, or a tag", "Correct it."
        )
    has_address = bool(string_at(request, "nextHopIpAddress"))
    if has_address != (hop == "VirtualAppliance"):
        problem = f"next hop {hop} {'with' if has_address else 'without'} an address"
        yield refuse("InvalidNextHop", problem, "an address for VirtualAppliance only", "Correct nextHopIpAddress.")


def flow_log(request: Request, world: World) -> Iterator[str]:
    """Refuse a flow log on an NSG (none since 30 June 2025), or whose target or account is missing or elsewhere."""
    if not changing(request):
        return
    target = string_at(request, "targetResourceId")
    if same(type_of(target), "Microsoft.Network/networkSecurityGroups") and request.operation == "create":
        problem = f"flow log on {arm_name(target)}"
        yield refuse("NsgFlowLogsRetired", problem, "virtual networks, subnets, interfaces", "Log the virtual network.")
    for arm_id, what in ((target, "the target"), (string_at(request, "storageId"), "the storage account")):
        yield from missing(world, arm_id, what)
        item = world.get(arm_id)
        here = request_location(request, world)
        if item and here and location_of(item, world) != here:
            problem = f"{what} {item.name} is in {location_of(item, world)}, the flow log in {here}"
            yield refuse("FlowLogRegionMismatch", problem, "the same region", "Use one of that region.")


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
    "network:FlowLog": (flow_log,),
}

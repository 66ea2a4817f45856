"""The virtual network: subnets, a security group for each, and one controlled way out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_azure_native import network

from components.base import FabrixComponent
from components.context import Context
from components.network.rules import rules_of, security_rule
from components.network.traffic import EgressRow, IngressRow
from components.shared.diagnostics import Sink, diagnostics
from components.shared.ids import after, arm_id
from settings.azure_moves import ignored
from settings.subnets import Subnet

NAT_IDLE_MINUTES = 4
"""Azure's own default, 4-120: longer keeps ports busy that a burst of connections then lacks."""


@dataclass(frozen=True, kw_only=True)
class NetworkToCreate:
    """A network that the platform creates and owns."""

    address_space: Sequence[str]
    """CIDR blocks."""
    subnets: Sequence[Subnet]
    """Planned subnets; they must be inside the address space."""
    egress: Sequence[EgressRow] = ()
    """What subnets may reach outside the network, beside Microsoft's own services. Empty is closed, not open."""
    ingress: Sequence[IngressRow] = ()
    """Who may connect to subnets, beside the platform itself. Empty is closed."""
    peerings: Sequence[str] = ()
    """ARM ids of virtual networks to peer with. Only this side is created."""
    gateway: str | None = None
    """The one of ``peerings`` whose VPN or ExpressRoute gateway is used."""
    dns_servers: Sequence[str] = ()
    """Addresses of the customer's DNS servers; none means Azure's resolver."""
    ddos_plan_id: pulumi.Input[str] | None = None
    """ARM id of a DDoS protection plan; one plan serves a whole tenant, so it is the customer's."""
    zone: str | None = None
    """Availability zone of the NAT gateway and its address, ``1`` to ``3``; None in a region without zones."""


@dataclass(frozen=True, kw_only=True)
class NetworkToUse:
    """A network of the customer's, whose subnets, security groups and routes the platform leaves alone."""

    vnet_id: str
    """ARM id."""
    subnets: Mapping[str, str] = field(default_factory=dict)
    """Role in the platform → name of the customer's subnet."""


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """Inputs of :class:`Network`."""

    context: Context
    resource_group_name: pulumi.Input[str]
    sink: Sink
    """Where decisions of security groups and events of the network are logged."""
    plan: NetworkToCreate | NetworkToUse


class Network(FabrixComponent[NetworkArgs]):
    """A private network: no subnet without a security group, no default outbound access, no public address but NAT's.

    Subnets that hold private endpoints have no way out at all: no NAT gateway and a default route that drops. All
    others leave through one NAT gateway, so that partners can allow-list one address, and only where a security rule
    allows it.
    """

    vnet_id: pulumi.Output[str]
    subnet_ids: dict[str, pulumi.Output[str]]
    """Role → ARM id, known in a preview."""
    egress_address: pulumi.Output[str] | None
    """Public address from which all outbound connections come; None in a network of the customer's."""

    def build(self, name: str, args: NetworkArgs) -> None:
        """Create the network, or compose the ids of an existing one."""
        if isinstance(args.plan, NetworkToUse):
            self.vnet_id = pulumi.Output.from_input(args.plan.vnet_id)
            self.subnet_ids = {
                role: pulumi.Output.from_input(f"{args.plan.vnet_id}/subnets/{subnet}")
                for role, subnet in args.plan.subnets.items()
            }
            self.egress_address = None
            return
        vnet = self._vnet(name, args, args.plan)
        # Before the subnets: Azure refuses a peering while a subnet of one of the networks is being written.
        previous = self._peerings(name, args, args.plan, vnet)
        gateway = self._nat_gateway(name, args, args.plan)
        closed = self._closed_route_table(name, args)
        self.subnet_ids = {}
        for subnet in args.plan.subnets:
            group = self._security_group(f"{name}-{subnet.role}", args, args.plan, subnet)
            created = network.Subnet(
                f"{name}-{subnet.role}",
                subnet_name=args.context.names.of("subnet", subnet.role),
                virtual_network_name=after(args.context.names.of("virtual_network"), vnet),
                resource_group_name=args.resource_group_name,
                address_prefix=subnet.prefix,
                # Azure gives new subnets a way out of its own unless told not to; it is retired and cannot be filtered.
                default_outbound_access=False,
                # Without this, security groups and routes do not apply to private endpoints in the subnet.
                private_endpoint_network_policies="Enabled",
                delegations=[network.DelegationArgs(name="delegation", service_name=subnet.delegation)]
                if subnet.delegation
                else [],
                network_security_group=network.NetworkSecurityGroupArgs(id=group),
                nat_gateway=None if subnet.private_endpoints else network.SubResourceArgs(id=gateway),
                route_table=network.RouteTableArgs(id=closed) if subnet.private_endpoints else None,
                # Azure refuses a second write to a network while one is running, so subnets come one after another.
                opts=self.child(depends_on=previous),
            )
            previous = [created]
            path = f"Microsoft.Network/virtualNetworks/{args.context.names.of('virtual_network')}/subnets/"
            self.subnet_ids[subnet.role] = arm_id(
                args.context, args.resource_group_name, path + args.context.names.of("subnet", subnet.role), created
            )

    def _vnet(self, name: str, args: NetworkArgs, plan: NetworkToCreate) -> network.VirtualNetwork:
        vnet_name = args.context.names.of("virtual_network")
        vnet = network.VirtualNetwork(
            name,
            virtual_network_name=vnet_name,
            resource_group_name=args.resource_group_name,
            location=args.context.location,
            address_space=network.AddressSpaceArgs(address_prefixes=list(plan.address_space)),
            dhcp_options=network.DhcpOptionsArgs(dns_servers=list(plan.dns_servers)) if plan.dns_servers else None,
            enable_ddos_protection=plan.ddos_plan_id is not None,
            ddos_protection_plan=network.SubResourceArgs(id=plan.ddos_plan_id) if plan.ddos_plan_id else None,
            tags=dict(args.context.tags),
            # Subnets and peerings are resources of their own here; Azure lists them in the network too, and a refresh
            # would bring the lists in and have the next update remove what is in them: ours, and what the customer
            # added. It hides nothing: each of ours is judged as a resource.
            opts=self.child(ignore_changes=["subnets", "virtualNetworkPeerings"]),
        )
        path = f"Microsoft.Network/virtualNetworks/{vnet_name}"
        self.vnet_id = arm_id(args.context, args.resource_group_name, path, vnet)
        diagnostics(self, name, kind="network:VirtualNetwork", resource_id=self.vnet_id, sink=args.sink)
        return vnet

    def _peerings(
        self, name: str, args: NetworkArgs, plan: NetworkToCreate, vnet: network.VirtualNetwork
    ) -> list[pulumi.Resource]:
        """Create our side of each peering, one after another; return the last one."""
        previous: list[pulumi.Resource] = []
        for remote in plan.peerings:
            other = remote.rsplit("/", 1)[-1].lower()
            peering = network.VirtualNetworkPeering(
                f"{name}-peering-{other}",
                virtual_network_peering_name=args.context.names.of("virtual_network_peering", other),
                virtual_network_name=after(args.context.names.of("virtual_network"), vnet),
                resource_group_name=args.resource_group_name,
                remote_virtual_network=network.SubResourceArgs(id=remote),
                allow_virtual_network_access=True,
                # What a hub's firewall or gateway passes on has its source address still; rules decide about it.
                allow_forwarded_traffic=True,
                allow_gateway_transit=False,
                use_remote_gateways=plan.gateway is not None and plan.gateway.lower() == remote.lower(),
                opts=self.child(depends_on=previous, ignore_changes=ignored("network:VirtualNetworkPeering")),
            )
            previous = [peering]
        return previous

    def _security_group(
        self, name: str, args: NetworkArgs, plan: NetworkToCreate, subnet: Subnet
    ) -> pulumi.Output[str]:
        group_name = args.context.names.of("network_security_group", subnet.role)
        rules = rules_of(
            subnet, subnets=plan.subnets, egress=plan.egress, ingress=plan.ingress, dns_servers=plan.dns_servers
        )
        group = network.NetworkSecurityGroup(
            name,
            network_security_group_name=group_name,
            resource_group_name=args.resource_group_name,
            location=args.context.location,
            security_rules=[security_rule(rule) for rule in rules],
            tags=dict(args.context.tags),
            opts=self.child(),
        )
        path = f"Microsoft.Network/networkSecurityGroups/{group_name}"
        group_id = arm_id(args.context, args.resource_group_name, path, group)
        diagnostics(self, f"{name}-nsg", kind="network:NetworkSecurityGroup", resource_id=group_id, sink=args.sink)
        return group_id

    def _nat_gateway(self, name: str, args: NetworkArgs, plan: NetworkToCreate) -> pulumi.Output[str]:
        """Create the only way out. A Standard gateway lives in one zone; its address must be in the same one.

        StandardV2 spans zones (Microsoft Learn, "Azure NAT Gateway SKUs"), but "Virtual network configuration" of
        Container Apps calls it unsupported, and a gateway cannot be upgraded: see docs/azure.md.
        """
        names, zones = args.context.names, [plan.zone] if plan.zone else None
        address = network.PublicIPAddress(
            f"{name}-egress",
            public_ip_address_name=names.of("public_ip", "egress"),
            resource_group_name=args.resource_group_name,
            location=args.context.location,
            sku=network.PublicIPAddressSkuArgs(name="Standard", tier="Regional"),
            public_ip_allocation_method="Static",
            public_ip_address_version="IPv4",
            zones=zones,
            tags=dict(args.context.tags) | {"purpose": "egress of the platform through NAT"},
            opts=self.child(),
        )
        path = f"Microsoft.Network/publicIPAddresses/{names.of('public_ip', 'egress')}"
        address_id = arm_id(args.context, args.resource_group_name, path, address)
        diagnostics(self, f"{name}-egress", kind="network:PublicIPAddress", resource_id=address_id, sink=args.sink)
        gateway = network.NatGateway(
            f"{name}-egress",
            nat_gateway_name=names.of("nat_gateway"),
            resource_group_name=args.resource_group_name,
            location=args.context.location,
            sku=network.NatGatewaySkuArgs(name="Standard"),
            idle_timeout_in_minutes=NAT_IDLE_MINUTES,
            public_ip_addresses=[network.SubResourceArgs(id=address_id)],
            zones=zones,
            tags=dict(args.context.tags),
            opts=self.child(),
        )
        self.egress_address = address.ip_address.apply(lambda value: value or "")
        return arm_id(
            args.context, args.resource_group_name, f"Microsoft.Network/natGateways/{names.of('nat_gateway')}", gateway
        )

    def _closed_route_table(self, name: str, args: NetworkArgs) -> pulumi.Output[str]:
        """Drop what has no more specific route, so that a subnet without a way out fails closed."""
        table_name = args.context.names.of("route_table", "closed")
        table = network.RouteTable(
            f"{name}-closed",
            route_table_name=table_name,
            resource_group_name=args.resource_group_name,
            location=args.context.location,
            routes=[network.RouteArgs(name="drop-internet", address_prefix="0.0.0.0/0", next_hop_type="None")],
            tags=dict(args.context.tags),
            opts=self.child(),
        )
        return arm_id(args.context, args.resource_group_name, f"Microsoft.Network/routeTables/{table_name}", table)

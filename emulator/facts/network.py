"""Facts about Microsoft.Network: virtual networks, their rules and ways out, and private endpoints."""

from __future__ import annotations

from typing import Any

from emulator.facts import names
from emulator.facts.build import SUCCEEDED, fact, outputs
from emulator.facts.model import Fact, Members, Placement
from emulator.facts.names import name_rule

_API = "2024-05-01"
_VNET = "Microsoft.Network/virtualNetworks"


def _guid(_: dict[str, Any], placement: Placement) -> dict[str, Any]:
    """Return the GUID that Azure assigns to network objects."""
    return {"resourceGuid": placement.guid("resource")}


def _default_rules(_: dict[str, Any], placement: Placement) -> dict[str, Any]:
    """Return the rules that every NSG has (Microsoft Learn: Network security groups, default security rules)."""
    table = (
        ("AllowVnetInBound", "Inbound", "Allow", 65000, "VirtualNetwork", "VirtualNetwork"),
        ("AllowAzureLoadBalancerInBound", "Inbound", "Allow", 65001, "AzureLoadBalancer", "*"),
        ("DenyAllInBound", "Inbound", "Deny", 65500, "*", "*"),
        ("AllowVnetOutBound", "Outbound", "Allow", 65000, "VirtualNetwork", "VirtualNetwork"),
        ("AllowInternetOutBound", "Outbound", "Allow", 65001, "*", "Internet"),
        ("DenyAllOutBound", "Outbound", "Deny", 65500, "*", "*"),
    )
    rules = [
        {
            "id": f"{placement.id}/defaultSecurityRules/{name}",
            "name": name,
            "direction": direction,
            "access": access,
            "priority": priority,
            "protocol": "*",
            "sourceAddressPrefix": source,
            "sourcePortRange": "*",
            "destinationAddressPrefix": destination,
            "destinationPortRange": "*",
            "provisioningState": "Succeeded",
        }
        for name, direction, access, priority, source, destination in table
    ]
    return {"defaultSecurityRules": rules}


def _public_address(_: dict[str, Any], placement: Placement) -> dict[str, Any]:
    """Return an address of the range reserved for documentation (RFC 5737), so that it never belongs to anyone."""
    return {"ipAddress": f"203.0.113.{int(placement.guid('address')[:2], 16) % 254 + 1}"}


def _public_prefix(inputs: dict[str, Any], placement: Placement) -> dict[str, Any]:
    """Return a prefix of the range reserved for benchmarks (RFC 2544), 198.18.0.0/15."""
    return {"ipPrefix": f"198.18.{int(placement.guid('prefix')[:2], 16)}.0/{inputs.get('prefixLength') or 28}"}


def _interface(inputs: dict[str, Any], placement: Placement) -> dict[str, Any]:
    """Return the network interface that comes with a private endpoint."""
    name = inputs.get("customNetworkInterfaceName") or f"{placement.name}.nic.{placement.guid('nic')}"
    return {"networkInterfaces": [{"id": f"{placement.id.rsplit('/', 2)[0]}/networkInterfaces/{name}"}]}


def _listed_subnets(inputs: dict[str, Any], placement: Placement) -> dict[str, Any]:
    """Return the listed subnets, each with the id that it has as an object of its own."""
    listed = inputs.get("subnets")
    if not isinstance(listed, list):
        return {}
    return {"subnets": [{**one, "id": f"{placement.id}/subnets/{one.get('name')}"} for one in listed]}


FACTS: tuple[Fact, ...] = (
    fact(
        "network:VirtualNetwork",
        _VNET,
        "virtualNetworkName",
        api=_API,
        name=name_rule(names.NETWORK_PATTERN, 2, 64, names.NETWORK_WORDS),
        immutable=("location", "extendedLocation"),
        members=(Members(listed="subnets", token="azure-native:network:Subnet"),),  # noqa: S106 - a type token
        outputs=outputs(SUCCEEDED, _guid, _listed_subnets),
        late=("resourceGuid",),
        logs=("VMProtectionAlerts",),
    ),
    fact(
        "network:Subnet",
        f"{_VNET}/subnets",
        "virtualNetworkName",
        "subnetName",
        api=_API,
        name=names.NETWORK,
        outputs=outputs(SUCCEEDED),
    ),
    fact(
        "network:VirtualNetworkPeering",
        f"{_VNET}/virtualNetworkPeerings",
        "virtualNetworkName",
        "virtualNetworkPeeringName",
        api=_API,
        name=names.NETWORK,
        immutable=("remoteVirtualNetwork.id",),
        # emulator/peerings.py says what becomes of it once the other side is there.
        outputs=outputs(SUCCEEDED, {"peeringState": "Initiated", "peeringSyncLevel": "FullyInSync"}),
        late=("peeringState", "peeringSyncLevel"),
    ),
    fact(
        "network:VirtualNetworkGateway",
        "Microsoft.Network/virtualNetworkGateways",
        "virtualNetworkGatewayName",
        api=_API,
        name=names.NETWORK,
        immutable=("location", "gatewayType", "vpnType"),
        outputs=outputs(SUCCEEDED, _guid),
        late=("resourceGuid",),
    ),
    fact(
        "network:NetworkSecurityGroup",
        "Microsoft.Network/networkSecurityGroups",
        "networkSecurityGroupName",
        api=_API,
        name=names.NETWORK,
        immutable=("location",),
        outputs=outputs(SUCCEEDED, _guid, _default_rules),
        late=("resourceGuid",),
        logs=("NetworkSecurityGroupEvent", "NetworkSecurityGroupRuleCounter"),
    ),
    fact(
        "network:SecurityRule",
        "Microsoft.Network/networkSecurityGroups/securityRules",
        "networkSecurityGroupName",
        "securityRuleName",
        api=_API,
        name=names.NETWORK,
        outputs=outputs(SUCCEEDED),
    ),
    fact(
        "network:ApplicationSecurityGroup",
        "Microsoft.Network/applicationSecurityGroups",
        "applicationSecurityGroupName",
        api=_API,
        name=names.NETWORK,
        immutable=("location",),
        outputs=outputs(SUCCEEDED, _guid),
        late=("resourceGuid",),
    ),
    fact(
        "network:RouteTable",
        "Microsoft.Network/routeTables",
        "routeTableName",
        api=_API,
        name=names.NETWORK,
        immutable=("location",),
        outputs=outputs(SUCCEEDED, _guid),
        late=("resourceGuid",),
    ),
    fact(
        "network:Route",
        "Microsoft.Network/routeTables/routes",
        "routeTableName",
        "routeName",
        api=_API,
        name=names.NETWORK,
        outputs=outputs(SUCCEEDED, {"hasBgpOverride": False}),
    ),
    fact(
        "network:NatGateway",
        "Microsoft.Network/natGateways",
        "natGatewayName",
        api=_API,
        name=names.NETWORK,
        immutable=("location", "zones", "sku.name"),
        outputs=outputs(SUCCEEDED, _guid),
        late=("resourceGuid",),
        logs=("NatGatewayFlowlogsV1",),
    ),
    fact(
        "network:PublicIPAddress",
        "Microsoft.Network/publicIPAddresses",
        "publicIpAddressName",
        api=_API,
        name=names.NETWORK,
        immutable=("location", "zones", "sku.name", "sku.tier", "publicIPAddressVersion", "publicIPPrefix.id"),
        outputs=outputs(SUCCEEDED, _guid, _public_address),
        late=("resourceGuid", "ipAddress"),
        logs=("DDoSProtectionNotifications", "DDoSMitigationFlowLogs", "DDoSMitigationReports"),
    ),
    fact(
        "network:PublicIPPrefix",
        "Microsoft.Network/publicIPPrefixes",
        "publicIpPrefixName",
        api=_API,
        name=names.NETWORK,
        immutable=("location", "zones", "sku.name", "prefixLength", "publicIPAddressVersion"),
        outputs=outputs(SUCCEEDED, _guid, _public_prefix),
        late=("resourceGuid", "ipPrefix"),
        logs=(),
    ),
    fact(
        "network:PrivateEndpoint",
        "Microsoft.Network/privateEndpoints",
        "privateEndpointName",
        api=_API,
        name=names.NETWORK,
        immutable=(
            "location",
            "subnet.id",
            "privateLinkServiceConnections",
            "manualPrivateLinkServiceConnections",
            "customNetworkInterfaceName",
            "ipConfigurations",
        ),
        outputs=outputs(SUCCEEDED, _interface),
        late=("networkInterfaces",),
        logs=(),
    ),
    fact(
        "network:PrivateDnsZoneGroup",
        "Microsoft.Network/privateEndpoints/privateDnsZoneGroups",
        "privateEndpointName",
        "privateDnsZoneGroupName",
        api=_API,
        name=names.NETWORK,
        outputs=outputs(SUCCEEDED),
    ),
    fact(
        "network:PrivateLinkService",
        "Microsoft.Network/privateLinkServices",
        "serviceName",
        api=_API,
        name=names.NETWORK,
        immutable=("location", "loadBalancerFrontendIpConfigurations"),
        outputs=outputs(
            SUCCEEDED, lambda _, p: {"alias": f"{p.name}.{p.guid('alias')}.{p.location}.azure.privatelinkservice"}
        ),
        late=("alias",),
    ),
    fact(
        "network:NetworkWatcher",
        "Microsoft.Network/networkWatchers",
        "networkWatcherName",
        api=_API,
        name=name_rule(names.NETWORK_PATTERN, 1, 80, names.NETWORK_WORDS),
        immutable=("location",),
        outputs=outputs(SUCCEEDED),
    ),
    fact(
        "network:FlowLog",
        "Microsoft.Network/networkWatchers/flowLogs",
        "networkWatcherName",
        "flowLogName",
        api=_API,
        name=names.NETWORK,
        immutable=("location", "targetResourceId"),
        outputs=outputs(SUCCEEDED, lambda _, p: {"targetResourceGuid": p.guid("target")}),
        late=("targetResourceGuid",),
    ),
    fact(
        "network:BastionHost",
        "Microsoft.Network/bastionHosts",
        "bastionHostName",
        api=_API,
        name=names.NETWORK,
        immutable=("location", "ipConfigurations", "zones"),
        outputs=outputs(SUCCEEDED),
        logs=("BastionAuditLogs",),
    ),
    fact(
        "network:AzureFirewall",
        "Microsoft.Network/azureFirewalls",
        "azureFirewallName",
        api=_API,
        name=names.NETWORK,
        immutable=("location", "zones", "virtualHub.id"),
        outputs=outputs(SUCCEEDED),
        logs=(
            "AzureFirewallApplicationRule",
            "AzureFirewallNetworkRule",
            "AzureFirewallDnsProxy",
            "AZFWApplicationRule",
            "AZFWApplicationRuleAggregation",
            "AZFWDnsQuery",
            "AZFWFatFlow",
            "AZFWFlowTrace",
            "AZFWFqdnResolveFailure",
            "AZFWIdpsSignature",
            "AZFWNatRule",
            "AZFWNatRuleAggregation",
            "AZFWNetworkRule",
            "AZFWNetworkRuleAggregation",
            "AZFWThreatIntel",
        ),
    ),
    fact(
        "network:FirewallPolicy",
        "Microsoft.Network/firewallPolicies",
        "firewallPolicyName",
        api=_API,
        name=names.NETWORK,
        immutable=("location", "sku.tier"),
        outputs=outputs(SUCCEEDED),
    ),
    fact(
        "network:FirewallPolicyRuleCollectionGroup",
        "Microsoft.Network/firewallPolicies/ruleCollectionGroups",
        "firewallPolicyName",
        "ruleCollectionGroupName",
        api=_API,
        name=names.NETWORK,
        outputs=outputs(SUCCEEDED),
    ),
)

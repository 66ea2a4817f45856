"""Virtual networks, subnets, delegations, rules, ways out and peerings."""

from __future__ import annotations

import pytest

from .cases import Case, decide
from .memory import GONE, ask, changed, codes
from .valid import ACCOUNT, CHILD, IN, NETWORK, SERVER, VALID, VNET, rule, world

SUBNET, NSG = "network:Subnet", "network:NetworkSecurityGroup"
CASES = {
    "a subnet outside the address space": Case(
        SUBNET, {"addressPrefix": "10.30.0.0/24"}, "NetcfgSubnetRangeOutsideVnet"
    ),
    "a subnet with host bits": Case(SUBNET, {"addressPrefix": "10.20.0.1/24"}, "InvalidCIDRNotation"),
    "a subnet that is no range": Case(SUBNET, {"addressPrefix": "10.20.0"}, "InvalidCIDRNotation"),
    "a subnet of /30": Case(SUBNET, {"addressPrefix": "10.20.0.0/30"}, "NetcfgInvalidSubnet"),
    "a subnet of /29": Case(SUBNET, {"addressPrefix": "10.20.0.0/29"}),
    "a subnet without a range": Case(SUBNET, {"addressPrefix": GONE}, "NoAddressPrefixOrPoolProvided"),
    "a Bastion subnet of /27": Case(
        SUBNET, {"subnetName": "AzureBastionSubnet", "addressPrefix": "10.20.9.0/27"}, "NetcfgInvalidSubnet"
    ),
    "a Bastion subnet of /26": Case(SUBNET, {"subnetName": "AzureBastionSubnet", "addressPrefix": "10.20.9.0/26"}),
    "a delegation to nothing that exists": Case(
        SUBNET,
        {"delegations": [{"name": "d", "serviceName": "Microsoft.Web/serverFarm"}]},
        "InvalidServiceNameForDelegation",
    ),
    "two delegations": Case(
        SUBNET,
        {
            "delegations": [
                {"name": "a", "serviceName": "Microsoft.Web/serverFarms"},
                {"name": "b", "serviceName": "Microsoft.App/environments"},
            ]
        },
        "SubnetDelegationNotExclusive",
    ),
    "a subnet with a security group that is not there": Case(
        SUBNET, {"networkSecurityGroup.id": f"{NETWORK}/networkSecurityGroups/other"}, "InvalidResourceReference"
    ),
    "an address space with host bits": Case(
        "network:VirtualNetwork", {"addressSpace.addressPrefixes": ["10.20.0.1/16"]}, "InvalidCIDRNotation"
    ),
    "listed subnets that overlap": Case(
        "network:VirtualNetwork",
        {"subnets": [{"name": "a", "addressPrefix": "10.20.0.0/24"}, {"name": "b", "addressPrefix": "10.20.0.128/25"}]},
        "NetcfgSubnetRangesOverlap",
    ),
    "an address space taken away from under a subnet": Case(
        "network:VirtualNetwork",
        {"addressSpace.addressPrefixes": ["10.99.0.0/16"]},
        "NetcfgSubnetRangeOutsideVnet",
        olds={},
    ),
    "an address space added": Case(
        "network:VirtualNetwork", {"addressSpace.addressPrefixes": ["10.20.0.0/16", "10.21.0.0/16"]}, olds={}
    ),
    "two rules of one name": Case(
        NSG,
        {"securityRules": [rule("a"), rule("A", direction="Outbound", priority=110)]},
        "DuplicateResourceName",
    ),
    "priority 99": Case(NSG, {"securityRules": [rule("a", priority=99)]}, "SecurityRuleInvalidPriority"),
    "priority 4096": Case(NSG, {"securityRules": [rule("a", priority=4096)]}),
    "priority 4097": Case(NSG, {"securityRules": [rule("a", priority=4097)]}, "SecurityRuleInvalidPriority"),
    "two inbound rules of one priority": Case(NSG, {"securityRules": [rule("a"), rule("c")]}, "SecurityRuleConflict"),
    "one priority in each direction": Case(NSG, {"securityRules": [rule("a"), rule("c", direction="Outbound")]}),
    "port 65536": Case(
        NSG, {"securityRules": [rule("a", destinationPortRange="65536")]}, "SecurityRuleInvalidPortRange"
    ),
    "ports in the wrong order": Case(
        NSG, {"securityRules": [rule("a", destinationPortRange="443-80")]}, "SecurityRuleInvalidPortRange"
    ),
    "a list of ports": Case(
        NSG, {"securityRules": [rule("a", destinationPortRange=None, destinationPortRanges=["80", "8000-8080"])]}
    ),
    "a service tag with a region": Case(
        NSG, {"securityRules": [rule("a", destinationAddressPrefix="Storage.SwedenCentral")]}
    ),
    "a service tag with a region that does not exist": Case(
        NSG,
        {"securityRules": [rule("a", destinationAddressPrefix="Storage.Atlantis")]},
        "SecurityRuleInvalidAddressPrefix",
    ),
    "a tag that does not exist": Case(
        NSG, {"securityRules": [rule("a", sourceAddressPrefix="Everyone")]}, "SecurityRuleInvalidAddressPrefix"
    ),
    "a rule without a source": Case(
        NSG, {"securityRules": [rule("a", sourceAddressPrefix=None)]}, "SecurityRuleParameterNotSpecified"
    ),
    "a rule of its own with a sibling's priority": Case(
        "network:SecurityRule", {"priority": 100}, "SecurityRuleConflict"
    ),
    "a Basic public address": Case("network:PublicIPAddress", {"sku.name": "Basic"}, "BasicPublicIpRetired"),
    "a dynamic Standard address": Case(
        "network:PublicIPAddress", {"publicIPAllocationMethod": "Dynamic"}, "StandardSkuPublicIPMustBeStatic"
    ),
    "a Standard NAT gateway in three zones": Case(
        "network:NatGateway", {"zones": ["1", "2", "3"]}, "NatGatewayZonesNotSupported"
    ),
    "a StandardV2 NAT gateway with a Standard address": Case(
        "network:NatGateway", {"sku.name": "StandardV2"}, "NatGatewayPublicIpSkuMismatch"
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_azure_decides_on(case: Case) -> None:
    decide(case)


def test_a_subnet_may_not_overlap_a_sibling() -> None:
    second = changed(VALID[SUBNET], {"subnetName": "apps", "addressPrefix": "10.20.0.128/25"})
    assert codes(ask(world(), SUBNET, second)) == {"NetcfgSubnetRangesOverlap"}, "endpoints has 10.20.0.0/24"
    beside = changed(second, {"addressPrefix": "10.20.1.0/25"})
    assert not ask(world(), SUBNET, beside), "ranges that do not overlap are fine"


def test_a_subnet_in_use_can_neither_go_nor_be_delegated_otherwise() -> None:
    there, inputs = world(), VALID[SUBNET]
    assert codes(ask(there, SUBNET, inputs, olds=inputs, operation="delete")) == {"InUseSubnetCannotBeDeleted"}
    delegated = changed(inputs, {"delegations": [{"name": "d", "serviceName": "Microsoft.Web/serverFarms"}]})
    assert codes(ask(there, SUBNET, delegated, olds=inputs)) == {"InUseSubnetCannotBeUpdated"}
    there.items = [item for item in there.items if "privateEndpoints" not in item.id]
    assert not ask(there, SUBNET, inputs, olds=inputs, operation="delete"), "nothing is in it any more"


def test_what_serves_a_subnet_cannot_be_deleted() -> None:
    there = world()
    for kind, code in (
        (NSG, "InUseNetworkSecurityGroupCannotBeDeleted"),
        ("network:NatGateway", "InUseNatGatewayCannotBeDeleted"),
        ("network:PublicIPAddress", "PublicIPAddressCannotBeDeleted"),
    ):
        assert codes(ask(there, kind, VALID[kind], olds=VALID[kind], operation="delete")) == {code}


DELEGATED = [{"name": "d", "serviceName": "Microsoft.Web/serverFarms"}]
APPS = changed(VALID[SUBNET], {"subnetName": "apps", "addressPrefix": "10.20.2.0/28", "delegations": DELEGATED})
APPS_ID = f"{VNET}/subnets/apps"


def test_an_app_integrates_only_with_a_subnet_for_apps() -> None:
    there = world("web:WebApp")
    app = changed(VALID["web:WebApp"], {"virtualNetworkSubnetId": f"{VNET}/subnets/endpoints"})
    assert codes(ask(there, "web:WebApp", app)) == {"SubnetMissingRequiredDelegation"}
    missing = changed(app, {"virtualNetworkSubnetId": APPS_ID})
    assert codes(ask(there, "web:WebApp", missing)) == {"InvalidResourceReference"}, "the subnet does not exist yet"
    there.add(SUBNET, APPS)
    assert not ask(there, "web:WebApp", missing), "delegated to App Service and /28"
    there.items[-1].inputs["addressPrefix"] = "10.20.2.0/29"
    assert codes(ask(there, "web:WebApp", missing)) == {"SubnetTooSmall"}


def test_a_subnet_serves_one_plan() -> None:
    there = world()
    there.add(SUBNET, APPS)
    there.add("web:WebApp", changed(VALID["web:WebApp"], {"name": "app-two", "virtualNetworkSubnetId": APPS_ID}))
    there.add("web:AppServicePlan", changed(VALID["web:AppServicePlan"], {"name": "asp-two"}))
    plan = VALID["web:WebApp"]["serverFarmId"].replace("asp-one", "asp-two")
    third = changed(VALID["web:WebApp"], {"name": "app-three", "virtualNetworkSubnetId": APPS_ID})
    assert not ask(there, "web:WebApp", third), "an app of the same plan joins"
    other = changed(third, {"serverFarmId": plan})
    assert codes(ask(there, "web:WebApp", other)) == {"SubnetIsInUseByAnotherPlan"}


def test_an_injected_server_needs_its_delegation_its_zone_and_the_zones_link() -> None:
    there = world("dbforpostgresql:Server")
    zone = f"{NETWORK}/privateDnsZones/one.postgres.database.azure.com"
    injected = changed(
        VALID["dbforpostgresql:Server"],
        {"network": {"delegatedSubnetResourceId": f"{VNET}/subnets/data", "privateDnsZoneArmResourceId": zone}},
    )
    there.add(
        SUBNET,
        changed(
            APPS,
            {
                "subnetName": "data",
                "addressPrefix": "10.20.3.0/28",
                "delegations": [{"name": "d", "serviceName": "Microsoft.DBforPostgreSQL/flexibleServers"}],
            },
        ),
    )
    there.add("privatedns:PrivateZone", {**CHILD, "privateZoneName": "one.postgres.database.azure.com"})
    assert codes(ask(there, "dbforpostgresql:Server", injected)) == {"PrivateDnsZoneNotLinked"}
    there.add(
        "privatedns:VirtualNetworkLink",
        changed(VALID["privatedns:VirtualNetworkLink"], {"privateZoneName": "one.postgres.database.azure.com"}),
    )
    assert not ask(there, "dbforpostgresql:Server", injected)


def test_flow_logs_are_for_networks_not_for_security_groups() -> None:
    log = {
        **IN,
        "networkWatcherName": "NetworkWatcher_swedencentral",
        "flowLogName": "fl-one",
        "targetResourceId": VNET,
        "storageId": ACCOUNT,
    }
    assert not ask(world(), "network:FlowLog", log)
    old = {**log, "targetResourceId": f"{NETWORK}/networkSecurityGroups/nsg-one"}
    assert codes(ask(world(), "network:FlowLog", old)) == {"NsgFlowLogsRetired"}
    nothing = {**log, "targetResourceId": SERVER.replace("psql-one", "psql-two")}
    assert codes(ask(world(), "network:FlowLog", nothing)) == {"InvalidResourceReference"}


def test_a_next_hop_has_an_address_exactly_when_it_is_an_appliance() -> None:
    route = {
        **CHILD,
        "routeTableName": "rt",
        "routeName": "r",
        "addressPrefix": "0.0.0.0/0",
        "nextHopType": "VirtualAppliance",
    }
    assert codes(ask(world(), "network:Route", route)) == {"InvalidNextHop"}
    assert not ask(world(), "network:Route", {**route, "nextHopIpAddress": "10.0.0.4"})
    assert codes(
        ask(world(), "network:Route", {**route, "addressPrefix": "10.0.0.1/8", "nextHopIpAddress": "10.0.0.4"})
    ) == {"InvalidCIDRNotation"}

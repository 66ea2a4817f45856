"""What the network promises."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from components.context import Context
from components.network.traffic import EgressRow
from components.network.vnet import Network, NetworkArgs, NetworkToCreate, NetworkToUse
from components.shared.diagnostics import Sink
from settings.addresses import AddressPlan
from settings.subnets import CustomSubnet

Plan = Callable[..., Any]
SPACE = ["10.20.0.0/22"]
SUBNETS = AddressPlan.make(SPACE, [CustomSubnet(name="own", size=27)]).subnets


def network(context: Context, **more: Any) -> Callable[[], Any]:
    new = NetworkToCreate(address_space=SPACE, subnets=SUBNETS, zone="1", **more)

    def build() -> dict[str, Any]:
        made = Network(
            "network-sdc",
            NetworkArgs(context=context, resource_group_name="rg", sink=Sink(workspace_id="/log"), plan=new),
        )
        return {"vnet": made.vnet_id, "subnets": made.subnet_ids, "egress": made.egress_address}

    return build


HUBS = tuple(
    f"/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg/providers/Microsoft.Network/{name}"
    for name in ("virtualNetworks/vnet-Hub", "virtualNetworks/vnet-pipelines")
)


@pytest.fixture(scope="module")
def peered(plan: Plan, context: Context) -> Any:
    return plan(network(context, peerings=HUBS, gateway=HUBS[0].upper()))


@pytest.fixture(scope="module")
def planned(plan: Plan, context: Context) -> Any:
    smtp = EgressRow(name="smtp", destination="203.0.113.0/28", ports=("587",), reason="Mail relay")
    return plan(network(context, egress=[smtp]))


def test_every_planned_subnet_exists_at_its_place(planned: Any) -> None:
    made = {s.inputs["subnetName"]: s.inputs["addressPrefix"] for s in planned.of("network:Subnet")}
    assert sorted(made.values()) == sorted(subnet.prefix for subnet in SUBNETS)
    assert len(made) == len(SUBNETS)


def test_no_subnet_is_without_a_security_group_of_its_own(planned: Any) -> None:
    groups = [subnet["networkSecurityGroup"]["id"] for subnet in planned.inputs_of("network:Subnet")]
    assert len(set(groups)) == len(SUBNETS), "a shared group would give one subnet the rights of another"
    made = {g.inputs["networkSecurityGroupName"] for g in planned.of("network:NetworkSecurityGroup")}
    assert {group.rsplit("/", 1)[1] for group in groups} == made


def test_no_subnet_has_azures_default_way_out(planned: Any) -> None:
    assert [s["defaultOutboundAccess"] for s in planned.inputs_of("network:Subnet")] == [False] * len(SUBNETS)


def test_security_groups_and_routes_apply_to_private_endpoints_too(planned: Any) -> None:
    assert {s["privateEndpointNetworkPolicies"] for s in planned.inputs_of("network:Subnet")} == {"Enabled"}


def test_every_subnet_either_leaves_through_nat_or_drops_what_would_leave(planned: Any, context: Context) -> None:
    endpoints = context.names.of("subnet", "endpoints")
    for subnet in planned.inputs_of("network:Subnet"):
        closed = subnet["subnetName"] == endpoints
        assert ("natGateway" in subnet) is not closed
        assert ("routeTable" in subnet) is closed
    (table,) = planned.inputs_of("network:RouteTable")
    assert [(r["addressPrefix"], r["nextHopType"]) for r in table["routes"]] == [("0.0.0.0/0", "None")]


def test_the_only_public_address_is_the_nats_and_it_is_standard_static_and_zonal(planned: Any) -> None:
    (address,) = planned.of("network:PublicIPAddress")
    assert address.inputs["sku"] == {"name": "Standard", "tier": "Regional"}
    assert address.inputs["publicIPAllocationMethod"] == "Static"
    assert address.inputs["zones"] == ["1"]
    gateway = planned.one("network:NatGateway")
    assert gateway.inputs["zones"] == ["1"], "a zonal gateway takes addresses of its own zone only"
    assert [ip["id"].rsplit("/", 1)[1] for ip in gateway.inputs["publicIpAddresses"]] == [
        address.inputs["publicIpAddressName"]
    ]
    assert planned.result["egress"] == "20.1.2.3"


def test_subnets_are_written_one_after_another(planned: Any) -> None:
    subnets = planned.of("network:Subnet")
    for earlier, later in itertools.pairwise(subnets):
        assert f"network:Subnet {earlier.name}" in later.depends_on, "Azure refuses two writes to a network at once"


def test_the_network_does_not_fight_over_its_lists_of_subnets_and_peerings(planned: Any) -> None:
    vnet = planned.one("network:VirtualNetwork")
    assert not {"subnets", "virtualNetworkPeerings"} & set(vnet.inputs)
    assert vnet.ignore_changes == ("subnets", "virtualNetworkPeerings")


class TestPeerings:
    def test_there_are_none_unless_asked_for(self, planned: Any) -> None:
        assert planned.of("network:VirtualNetworkPeering") == []

    def test_our_side_lets_the_other_networks_in_and_offers_them_no_gateway(self, peered: Any) -> None:
        made = peered.inputs_of("network:VirtualNetworkPeering")
        assert [one["remoteVirtualNetwork"]["id"] for one in made] == list(HUBS)
        assert all(one["allowVirtualNetworkAccess"] and one["allowForwardedTraffic"] for one in made)
        assert not any(one["allowGatewayTransit"] for one in made)

    def test_one_gateway_is_used_and_no_other(self, peered: Any) -> None:
        made = peered.inputs_of("network:VirtualNetworkPeering")
        assert [one["useRemoteGateways"] for one in made] == [True, False], "ids are compared as Azure compares them"

    def test_peerings_are_written_before_the_subnets_and_one_by_one(self, peered: Any) -> None:
        """Azure refuses a peering while a subnet is written (ReferencedResourceNotProvisioned)."""
        first, second = peered.of("network:VirtualNetworkPeering")
        assert f"network:VirtualNetworkPeering {first.name}" in second.depends_on
        assert f"network:VirtualNetworkPeering {second.name}" in peered.of("network:Subnet")[0].depends_on

    def test_what_the_other_side_does_is_not_undone(self, peered: Any) -> None:
        for one in peered.of("network:VirtualNetworkPeering"):
            assert {"peeringState", "remoteAddressSpace"} <= set(one.ignore_changes)


def test_delegations_are_the_planned_ones(planned: Any, context: Context) -> None:
    found = {
        s["subnetName"]: [d["serviceName"] for d in s.get("delegations", [])]
        for s in planned.inputs_of("network:Subnet")
    }
    assert found == {
        context.names.of("subnet", subnet.role): [subnet.delegation] if subnet.delegation else [] for subnet in SUBNETS
    }


def test_decisions_are_logged(planned: Any) -> None:
    targets = {
        d["resourceUri"].split("/providers/Microsoft.Network/")[1].split("/")[0]
        for d in planned.inputs_of("monitor:DiagnosticSetting")
    }
    assert targets == {"virtualNetworks", "networkSecurityGroups", "publicIPAddresses"}
    assert len(planned.of("monitor:DiagnosticSetting")) == 2 + len(SUBNETS)


def test_everything_that_can_be_tagged_is(planned: Any, context: Context) -> None:
    untaggable = {"network:Subnet", "monitor:DiagnosticSetting", "aifabrix:network:Network"}
    for made in planned.resources:
        if made.type not in untaggable:
            assert context.tags.items() <= made.inputs["tags"].items(), made.type


def test_ids_of_subnets_are_known_in_a_preview_and_wait_for_the_subnets(plan: Plan, context: Context) -> None:
    planned = plan(network(context), preview=True)
    group = f"/subscriptions/{context.subscription_id}/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks"
    vnet = f"{group}/{context.names.of('virtual_network')}"
    assert planned.result["vnet"] == vnet
    assert planned.result["subnets"]["apps"] == f"{vnet}/subnets/{context.names.of('subnet', 'apps')}"
    assert set(planned.result["subnets"]) == {subnet.role for subnet in SUBNETS}
    assert {len(s["networkSecurityGroup"]["id"]) > 0 for s in planned.inputs_of("network:Subnet")} == {True}


def test_a_ddos_plan_protects_the_network_only_when_there_is_one(plan: Plan, context: Context, planned: Any) -> None:
    assert planned.one("network:VirtualNetwork").inputs["enableDdosProtection"] is False
    inputs = plan(network(context, ddos_plan_id="/ddos")).one("network:VirtualNetwork").inputs
    assert inputs["enableDdosProtection"] is True
    assert inputs["ddosProtectionPlan"] == {"id": "/ddos"}


def test_dns_servers_of_the_customer_are_handed_to_the_network_and_allowed(plan: Plan, context: Context) -> None:
    planned = plan(network(context, dns_servers=["10.1.0.4"]))
    assert planned.one("network:VirtualNetwork").inputs["dhcpOptions"] == {"dnsServers": ["10.1.0.4"]}
    apps = planned.one("network:NetworkSecurityGroup", "network-sdc-apps")
    assert "allow-dns" in {rule["name"] for rule in apps.inputs["securityRules"]}


def test_in_a_network_of_the_customers_nothing_is_made_and_ids_are_composed(plan: Plan, context: Context) -> None:
    vnet = "/subscriptions/hub/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/corp"

    def build() -> dict[str, Any]:
        existing = NetworkToUse(vnet_id=vnet, subnets={"endpoints": "pe", "apps": "web"})
        made = Network(
            "network-sdc",
            NetworkArgs(context=context, resource_group_name="rg", sink=Sink(workspace_id="/log"), plan=existing),
        )
        return {"vnet": made.vnet_id, "subnets": made.subnet_ids}

    planned = plan(build, preview=True)
    assert planned.types == {"aifabrix:network:Network"}
    assert planned.result == {
        "vnet": vnet,
        "subnets": {"endpoints": f"{vnet}/subnets/pe", "apps": f"{vnet}/subnets/web"},
    }

"""Who reaches whom, and the one reason why not: each reason once, in a network that is otherwise open to it."""

import pytest

from resources.values import UNKNOWN
from tests.topology.small import GROUP, NETWORK, VAULT_ID, reach, rule
from topology import Blocked, Path, Reason, Undetermined

APP, VAULT = "app-one", "vault"


def test_an_app_reaches_its_vault_through_the_endpoint_and_every_hop_says_why(small) -> None:
    answer = reach(small.build(), APP, VAULT)
    assert isinstance(answer, Path), answer
    assert answer.private and answer.port == 443, "no port given means the usual one of the service"
    assert [hop.at for hop in answer.hops] == ["apps", "DNS", "nsg-apps", "nsg-endpoints", "pep-kv"]
    assert [hop.rule for hop in answer.hops if hop.rule] == ["to-endpoints", "from-apps"]
    assert "priority 100" in answer.hops[2].text


def blocked(small, source: str = APP, target: str = VAULT, port: int | None = None) -> Blocked:
    answer = reach(small.build(), source, target, port)
    assert isinstance(answer, Blocked), f"expected to be blocked: {answer}"
    return answer


def undetermined(small, source: str = APP, target: str = VAULT, port: int | None = None) -> Undetermined:
    answer = reach(small.build(), source, target, port)
    assert isinstance(answer, Undetermined), f"expected to be open: {answer}"
    return answer


class TestSecurityRules:
    def test_an_outbound_denial_is_named_with_its_priority(self, small) -> None:
        small.deny("apps", "no-vault", 90, "Outbound", "10.0.0.0/24")
        answer = blocked(small)
        assert answer.reason is Reason.SECURITY_RULE and answer.rule == "no-vault"
        assert "nsg-apps, outbound: rule no-vault (priority 90)" in answer.text

    def test_an_inbound_denial_stops_after_the_outbound_rule_let_it_pass(self, small) -> None:
        small.deny("endpoints", "no-apps", 90, "Inbound", "*")
        answer = blocked(small)
        assert answer.rule == "no-apps" and "inbound" in answer.text
        assert "to-endpoints" in [hop.rule for hop in answer.hops]

    def test_another_port_meets_the_last_denial(self, small) -> None:
        assert blocked(small, port=22).rule == "deny-outbound"

    def test_a_group_without_rules_ends_with_the_default_ones(self, small) -> None:
        small.set("nsg-apps", "securityRules", [])
        answer = reach(small.build(), APP, VAULT)
        assert isinstance(answer, Path)
        assert "AllowVnetOutBound" in [hop.rule for hop in answer.hops]

    def test_inbound_rules_do_not_hold_endpoints_whose_subnet_has_policies_off(self, small) -> None:
        small.deny("endpoints", "no-apps", 90, "Inbound", "*")
        small.set("endpoints", "privateEndpointNetworkPolicies", "Disabled")
        assert isinstance(reach(small.build(), APP, VAULT), Path), "Azure does not apply them there"

    def test_policies_for_routes_alone_apply_no_rules(self, small) -> None:
        small.deny("endpoints", "no-apps", 90, "Inbound", "*")
        small.set("endpoints", "privateEndpointNetworkPolicies", "RouteTableEnabled")
        assert isinstance(reach(small.build(), APP, VAULT), Path)

    def test_rules_that_are_resources_of_their_own_count(self, small) -> None:
        denial = rule("apart", 90, "Outbound", "Deny", "*")
        small.add(
            "apart", "network:SecurityRule", networkSecurityGroupName="nsg-apps", securityRuleName="apart", **denial
        )
        assert blocked(small).rule == "apart"

    def test_rules_about_groups_of_machines_leave_it_open(self, small) -> None:
        group = {"id": f"{NETWORK}/applicationSecurityGroups/machines"}
        small.deny("apps", "machines", 90, "Outbound", "")
        small.props("nsg-apps")["securityRules"][-1]["destinationApplicationSecurityGroups"] = [group]
        assert "machines" in undetermined(small).text or "may or may not" in undetermined(small).text

    def test_unknown_rules_leave_it_open(self, small) -> None:
        small.set("nsg-apps", "securityRules", UNKNOWN)
        assert "nsg-apps" in undetermined(small).text

    def test_a_rule_for_a_part_of_the_subnet_leaves_it_open(self, small) -> None:
        small.deny("endpoints", "half", 90, "Inbound", "10.0.0.0/25")
        assert "allows some of it" in undetermined(small).text


class TestRoutes:
    def test_a_route_to_nowhere_drops_what_leaves(self, small) -> None:
        small.allow("apps", "out", 200, "Outbound", "203.0.113.0/24", "443")
        small.routes("apps", {"name": "drop", "addressPrefix": "0.0.0.0/0", "nextHopType": "None"})
        answer = blocked(small, "apps", "203.0.113.7")
        assert answer.reason is Reason.ROUTE and answer.rule == "drop"

    def test_the_same_route_does_not_touch_the_network_itself(self, small) -> None:
        small.routes("apps", {"name": "drop", "addressPrefix": "0.0.0.0/0", "nextHopType": "None"})
        assert isinstance(reach(small.build(), APP, VAULT), Path), "the network's own route is narrower"

    def test_the_narrowest_route_wins(self, small) -> None:
        small.allow("apps", "out", 200, "Outbound", "203.0.113.0/24", "443")
        small.routes(
            "apps",
            {"name": "wide", "addressPrefix": "0.0.0.0/0", "nextHopType": "Internet"},
            {"name": "narrow", "addressPrefix": "203.0.113.0/24", "nextHopType": "None"},
        )
        assert blocked(small, "apps", "203.0.113.7").rule == "narrow"

    @pytest.mark.parametrize(("policies", "stopped"), [("Enabled", True), ("NetworkSecurityGroupEnabled", False)])
    def test_a_narrow_route_beats_the_route_of_an_endpoint_where_policies_let_it(
        self, small, policies, stopped
    ) -> None:
        small.set("endpoints", "privateEndpointNetworkPolicies", policies)
        small.routes("apps", {"name": "drop", "addressPrefix": "10.0.0.0/24", "nextHopType": "None"})
        answer = reach(small.build(), APP, VAULT)
        assert isinstance(answer, Blocked if stopped else Path)

    def test_what_an_appliance_does_is_not_known_here(self, small) -> None:
        small.allow("apps", "out", 200, "Outbound", "203.0.113.0/24", "443")
        hop = {
            "name": "firewall",
            "addressPrefix": "0.0.0.0/0",
            "nextHopType": "VirtualAppliance",
            "nextHopIpAddress": "10.9.0.4",
        }
        small.routes("apps", hop)
        assert "10.9.0.4" in undetermined(small, "apps", "203.0.113.7").text

    def test_private_addresses_elsewhere_are_dropped_without_a_gateway(self, small) -> None:
        small.allow("apps", "on-premises", 200, "Outbound", "192.168.0.0/16")
        assert blocked(small, "apps", "192.168.3.4").reason is Reason.ROUTE


class TestNames:
    def test_no_endpoint(self, small) -> None:
        small.drop("endpoint", "zone-group")
        answer = blocked(small)
        assert answer.reason is Reason.ENDPOINT
        assert "public access is off" in answer.text, "both halves of the reason belong to it"

    def test_no_zone_group(self, small) -> None:
        small.drop("zone-group")
        assert blocked(small).reason is Reason.ZONE_GROUP

    def test_a_zone_group_with_another_zone(self, small) -> None:
        small.props("zone-group")["privateDnsZoneConfigs"] = [
            {"name": "b", "privateDnsZoneId": f"{NETWORK}/privateDnsZones/privatelink.blob.core.windows.net"}
        ]
        assert blocked(small).reason is Reason.ZONE_GROUP

    def test_a_zone_that_is_not_linked_to_the_network(self, small) -> None:
        small.drop("link")
        answer = blocked(small)
        assert answer.reason is Reason.ZONE_LINK and "not linked to vnet" in answer.text

    def test_a_connection_that_waits_for_approval(self, small) -> None:
        asked = small.props("endpoint").pop("privateLinkServiceConnections")
        small.set("endpoint", "manualPrivateLinkServiceConnections", asked)
        assert blocked(small).reason is Reason.PENDING

    def test_an_approved_one_passes(self, small) -> None:
        asked = small.props("endpoint").pop("privateLinkServiceConnections")
        asked[0]["privateLinkServiceConnectionState"] = {"status": "Approved"}
        small.set("endpoint", "manualPrivateLinkServiceConnections", asked)
        assert isinstance(reach(small.build(), APP, VAULT), Path)

    def test_zones_of_the_customers_leave_it_open(self, small) -> None:
        small.drop("zone", "link")
        assert "zone of the customer" in undetermined(small).text

    def test_dns_servers_of_the_customers_leave_it_open(self, small) -> None:
        small.set("vnet", "dhcpOptions", {"dnsServers": ["10.1.0.4"]})
        assert "10.1.0.4" in undetermined(small).text

    def test_without_a_private_answer_the_public_side_decides(self, small) -> None:
        small.drop("link")
        small.set("vault", "properties.publicNetworkAccess", "Enabled")
        small.allow("apps", "anywhere", 200, "Outbound", "Internet", "443")
        answer = reach(small.build(), APP, VAULT)
        assert isinstance(answer, Path) and not answer.private
        assert [hop.at for hop in answer.hops][-2:] == ["nat", "kv"], "it leaves through the NAT gateway"


class TestApps:
    def test_an_app_outside_of_the_network_reaches_no_endpoint(self, small) -> None:
        del small.props("app-one")["virtualNetworkSubnetId"]
        assert blocked(small).reason is Reason.INTEGRATION

    def test_it_reaches_the_internet_past_every_rule(self, small) -> None:
        del small.props("app-one")["virtualNetworkSubnetId"]
        answer = reach(small.build(), APP, "internet")
        assert isinstance(answer, Path) and "where no rule of a network applies" in answer.hops[0].text

    def test_public_traffic_stays_outside_unless_everything_is_routed(self, small) -> None:
        small.set("app-one", "outboundVnetRouting", {"allTraffic": False})
        assert isinstance(reach(small.build(), APP, "internet"), Path)
        assert isinstance(reach(small.build(), APP, VAULT), Path), "private addresses go through the network anyway"

    def test_an_app_is_closed_for_the_internet_and_says_why(self, small) -> None:
        assert blocked(small, "internet", APP).reason is Reason.PUBLIC_ACCESS

    def test_an_app_without_the_switch_is_open(self, small) -> None:
        del small.props("app-one")["publicNetworkAccess"]
        assert isinstance(reach(small.build(), "internet", APP), Path), "Azure's default is open"

    def test_access_restrictions_that_deny_everybody_close_it(self, small) -> None:
        small.set("app-one", "publicNetworkAccess", "Enabled")
        for place in ("ipSecurityRestrictionsDefaultAction", "scmIpSecurityRestrictionsDefaultAction"):
            small.set("app-one", f"siteConfig.{place}", "Deny")
        assert blocked(small, "internet", APP).reason is Reason.FIREWALL

    def test_the_deployment_site_has_a_door_of_its_own(self, small) -> None:
        small.set("app-one", "publicNetworkAccess", "Enabled")
        small.set("app-one", "siteConfig.ipSecurityRestrictionsDefaultAction", "Deny")
        assert isinstance(reach(small.build(), "internet", APP), Path)

    def test_an_unknown_switch_leaves_it_open(self, small) -> None:
        small.set("app-one", "publicNetworkAccess", UNKNOWN)
        undetermined(small, "internet", APP)


class TestTheWayOut:
    @pytest.fixture(autouse=True)
    def _allowed(self, small) -> None:
        small.allow("apps", "partner", 200, "Outbound", "203.0.113.0/24", "443")

    def test_nat_is_a_way_out(self, small) -> None:
        answer = reach(small.build(), "apps", "203.0.113.7", 443)
        assert isinstance(answer, Path) and not answer.private
        assert answer.hops[-1].at == "nat"

    def test_without_nat_and_default_access_there_is_none(self, small) -> None:
        del small.props("apps")["natGateway"]
        assert blocked(small, "apps", "203.0.113.7").reason is Reason.NO_WAY_OUT

    def test_azures_default_access_is_one(self, small) -> None:
        del small.props("apps")["natGateway"], small.props("apps")["defaultOutboundAccess"]
        assert isinstance(reach(small.build(), "apps", "203.0.113.7"), Path)

    def test_a_service_tag_passes_where_a_rule_names_it(self, small) -> None:
        small.allow("apps", "entra", 210, "Outbound", "AzureActiveDirectory", "443")
        assert isinstance(reach(small.build(), "apps", "AzureActiveDirectory"), Path)
        assert blocked(small, "apps", "AzureMonitor", 8443).rule == "deny-outbound"

    def test_whether_an_address_is_of_a_tag_is_not_known_here(self, small) -> None:
        small.allow("apps", "entra", 210, "Outbound", "AzureActiveDirectory", "443")
        assert "may or may not" in undetermined(small, "apps", "198.51.100.9").text

    def test_the_internet_as_such_is_what_no_rule_names(self, small) -> None:
        small.allow("apps", "entra", 210, "Outbound", "AzureActiveDirectory", "443")
        assert blocked(small, "apps", "internet").rule == "deny-outbound"


class TestNetworks:
    @pytest.fixture(autouse=True)
    def _second(self, small) -> None:
        small.add(
            "hub", "network:VirtualNetwork", virtualNetworkName="hub",
            addressSpace={"addressPrefixes": ["10.9.0.0/16"]},
            subnets=[{"name": "shared", "addressPrefix": "10.9.1.0/24"}],
        )  # fmt: skip
        small.allow("apps", "hub", 200, "Outbound", "10.9.1.0/24")

    def peer(self, small, one: str, other: str, **more) -> None:
        small.add(
            f"{one}-to-{other}", "network:VirtualNetworkPeering", virtualNetworkName=one,
            virtualNetworkPeeringName=f"to-{other}",
            remoteVirtualNetwork={"id": f"{NETWORK}/virtualNetworks/{other}"}, **more,
        )  # fmt: skip

    def test_networks_that_are_not_peered_do_not_meet(self, small) -> None:
        assert blocked(small, "apps", "shared").reason is Reason.NOT_CONNECTED

    def test_one_direction_of_a_peering_is_not_enough(self, small) -> None:
        self.peer(small, "vnet", "hub")
        assert blocked(small, "apps", "shared").reason is Reason.NOT_CONNECTED

    def test_both_directions_are(self, small) -> None:
        self.peer(small, "vnet", "hub")
        self.peer(small, "hub", "vnet")
        assert isinstance(reach(small.build(), "apps", "shared"), Path)

    def test_a_peering_may_refuse_traffic(self, small) -> None:
        self.peer(small, "vnet", "hub")
        self.peer(small, "hub", "vnet", allowVirtualNetworkAccess=False)
        assert blocked(small, "apps", "shared").reason is Reason.NOT_CONNECTED

    def test_an_integration_into_a_subnet_of_the_customers_leaves_it_open(self, small) -> None:
        small.set("app-one", "virtualNetworkSubnetId", f"{NETWORK}/virtualNetworks/theirs/subnets/apps")
        assert "subnet of the customer" in undetermined(small).text


class TestServices:
    def test_each_service_listens_on_its_own_ports(self, small) -> None:
        small.allow("apps", "more", 110, "Outbound", "10.0.0.0/24", "8080")
        small.allow("endpoints", "more", 110, "Inbound", "10.0.0.0/24", "8080")
        assert blocked(small, port=8080).reason is Reason.PORT

    def test_a_database_without_firewall_rules_lets_nobody_in(self, small) -> None:
        small.add("db", "dbforpostgresql:Server", serverName="db", network={"publicNetworkAccess": "Enabled"})
        assert blocked(small, "internet", "postgres").reason is Reason.FIREWALL
        small.add(
            "fw",
            "dbforpostgresql:FirewallRule",
            serverName="db",
            startIpAddress="0.0.0.1",
            endIpAddress="255.255.255.255",
        )
        undetermined(small, "internet", "postgres")

    def test_a_storage_firewall_that_lists_nobody_closes_it(self, small) -> None:
        small.add("files", "storage:StorageAccount", accountName="files", networkRuleSet={"defaultAction": "Deny"})
        assert blocked(small, "internet", "storage").reason is Reason.FIREWALL
        small.set("files", "networkRuleSet.ipRules", [{"iPAddressOrRange": "203.0.113.4"}])
        undetermined(small, "internet", "storage")

    def test_an_endpoint_has_no_public_address(self, small) -> None:
        assert blocked(small, "internet", "pep-kv").reason is Reason.NOT_CONNECTED

    def test_the_edge_leads_to_an_app_once_its_private_link_is_approved(self, small) -> None:
        small.add("door", "cdn:AFDEndpoint", profileName="fd", endpointName="door")
        small.add(
            "origin", "cdn:AFDOrigin", profileName="fd", originGroupName="g", originName="origin",
            hostName="app-one.azurewebsites.net",
            sharedPrivateLinkResource={"privateLink": {"id": f"{GROUP}/providers/Microsoft.Web/sites/app-one"}},
        )  # fmt: skip
        assert blocked(small, "internet", APP).reason is Reason.PENDING
        small.set("origin", "sharedPrivateLinkResource.status", "Approved")
        answer = reach(small.build(), "internet", APP)
        assert isinstance(answer, Path) and "the edge" in answer.hops[0].text


def test_an_origin_without_private_link_comes_over_the_internet_like_everybody(small) -> None:
    small.add("door", "cdn:AFDEndpoint", profileName="fd", endpointName="door")
    small.add("origin", "cdn:AFDOrigin", profileName="fd", originName="origin", hostName="app-one.azurewebsites.net")
    assert blocked(small, "internet", APP).reason is Reason.PUBLIC_ACCESS


def test_an_unknown_reference_is_followed_to_what_it_was_made_from(small) -> None:
    """The first preview knows no id of anything that Azure names itself."""
    before = reach(small.build(), APP, VAULT)
    for key, path, made_from in (("app-one", "virtualNetworkSubnetId", "apps"), ("endpoint", "subnet.id", "endpoints")):
        record = small.resources[key]
        props = dict(record.props)
        small.add(key, record.type, {path.split(".")[0]: [made_from]}, **props)
        small.set(key, path, UNKNOWN)
    assert reach(small.build(), APP, VAULT) == before
    assert VAULT_ID.endswith("/kv")

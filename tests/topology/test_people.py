"""People reach the platform from another network: the office, a VPN, the hub."""

import pytest

from resources.model import Resource
from resources.values import UNKNOWN
from tests.topology.small import NETWORK, reach, urn_of
from tests.topology.test_reach import blocked, undetermined
from topology import Path, Reason


class TestPeople:
    OFFICE = "10.9.1.0/24"

    def peering(self, small, state: str = "Connected", space: str = "10.9.0.0/16") -> None:
        props = {
            "resourceGroupName": "rg",
            "virtualNetworkName": "vnet",
            "virtualNetworkPeeringName": "to-hub",
            "remoteVirtualNetwork": {"id": f"{NETWORK}/virtualNetworks/hub"},
        }
        outputs = {"peeringState": state, "remoteVirtualNetworkAddressSpace": {"addressPrefixes": [space]}}
        kind = "network:VirtualNetworkPeering"
        small.resources["peering"] = Resource(urn_of("peering"), kind, "peering", props, outputs=outputs)

    def let_in(self, small) -> None:
        small.allow("endpoints", "office", 200, "Inbound", "10.0.0.0/24", "443", sourceAddressPrefix=self.OFFICE)

    def test_without_a_peering_nothing_leads_here(self, small) -> None:
        self.let_in(small)
        assert blocked(small, self.OFFICE, "vault").reason is Reason.NOT_CONNECTED

    def test_without_a_row_the_rules_stop_them(self, small) -> None:
        self.peering(small)
        assert blocked(small, self.OFFICE, "vault").rule == "deny-inbound"

    def test_with_both_they_reach_the_private_endpoint(self, small) -> None:
        self.peering(small)
        self.let_in(small)
        answer = reach(small.build(), self.OFFICE, "vault")
        assert isinstance(answer, Path) and answer.private
        assert [hop.rule for hop in answer.hops if hop.rule] == ["office"]

    @pytest.mark.parametrize("state", ["Initiated", "Disconnected"])
    def test_one_side_alone_proves_nothing(self, small, state: str) -> None:
        self.peering(small, state)
        self.let_in(small)
        assert "the other side" in undetermined(small, self.OFFICE, "vault").text

    def test_what_is_behind_the_others_gateway_is_theirs_to_say(self, small) -> None:
        self.peering(small, space="10.8.0.0/16")
        self.let_in(small)
        assert "gateway" in undetermined(small, self.OFFICE, "vault").text

    def test_a_port_that_the_service_does_not_serve(self, small) -> None:
        self.peering(small)
        small.allow("endpoints", "office", 200, "Inbound", "10.0.0.0/24", "22", sourceAddressPrefix=self.OFFICE)
        assert blocked(small, self.OFFICE, "vault", 22).reason is Reason.PORT

    def test_a_subnet_is_reached_in_the_same_way(self, small) -> None:
        self.peering(small)
        assert blocked(small, self.OFFICE, "apps", 22).rule == "deny-inbound"
        small.allow("apps", "ssh", 200, "Inbound", "10.0.1.0/24", "22", sourceAddressPrefix=self.OFFICE)
        assert isinstance(reach(small.build(), self.OFFICE, "apps", 22), Path)

    def test_the_internet_does_not_come_through_a_peering(self, small) -> None:
        self.peering(small)
        self.let_in(small)
        assert blocked(small, "internet", "vault").reason is Reason.PUBLIC_ACCESS

    def test_while_the_peer_is_not_known_neither_is_the_answer(self, small) -> None:
        small.add(
            "hub", "network:VirtualNetwork", virtualNetworkName="hub",
            addressSpace={"addressPrefixes": ["10.9.0.0/16"]},
            subnets=[{"name": "shared", "addressPrefix": "10.9.1.0/24"}],
        )  # fmt: skip
        small.allow("apps", "hub", 200, "Outbound", "10.9.1.0/24")
        self.peering(small)
        small.props("peering")["remoteVirtualNetwork"] = {"id": UNKNOWN}
        assert "not known yet" in undetermined(small, "apps", "shared").text

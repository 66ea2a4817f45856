"""What a name resolves to from a subnet, and why."""

import pytest

from tests.topology.small import NETWORK, SUBSCRIPTION, resolve
from topology import build
from topology.find import NotFoundError, find_node
from topology.model import Reason
from topology.reach import Outside

HOST = "kv.vault.azure.net"


def test_a_private_answer_names_endpoint_zone_and_address(small) -> None:
    answer = resolve(small.build(), "apps", HOST)
    assert answer.private and answer.zone == "privatelink.vaultcore.azure.net"
    assert answer.endpoint is not None and answer.endpoint.name == "pep-kv"
    assert answer.address == "an address of 10.0.0.0/24", "Azure has not said which one it took"


def test_a_static_address_is_told(small) -> None:
    small.set("endpoint", "ipConfigurations", [{"name": "one", "privateIPAddress": "10.0.0.9"}])
    assert resolve(small.build(), "apps", HOST).address == "10.0.0.9"


def test_case_and_the_final_dot_make_no_difference(small) -> None:
    assert resolve(small.build(), "apps", "KV.Vault.Azure.Net.").private


def test_a_foreign_name_is_public(small) -> None:
    answer = resolve(small.build(), "apps", "example.org")
    assert answer.private is False and answer.reason is None


def test_the_same_name_is_public_from_a_network_without_the_link(small) -> None:
    small.add(
        "hub",
        "network:VirtualNetwork",
        virtualNetworkName="hub",
        addressSpace={"addressPrefixes": ["10.9.0.0/16"]},
        subnets=[{"name": "shared", "addressPrefix": "10.9.1.0/24"}],
    )
    topology = small.build()
    assert resolve(topology, "apps", HOST).private
    assert resolve(topology, "shared", HOST).reason is Reason.ZONE_LINK


def test_one_good_endpoint_of_two_is_enough(small) -> None:
    endpoint = dict(small.props("endpoint"))
    small.add("second", "network:PrivateEndpoint", **{**endpoint, "privateEndpointName": "pep-other"})
    small.props("zone-group")["privateEndpointName"] = "pep-other"
    answer = resolve(small.build(), "apps", HOST)
    assert answer.private and answer.endpoint is not None and answer.endpoint.name == "pep-other"


def test_an_endpoint_that_waits_for_approval_has_no_record(small) -> None:
    asked = small.props("endpoint").pop("privateLinkServiceConnections")
    small.set("endpoint", "manualPrivateLinkServiceConnections", asked)
    assert resolve(small.build(), "apps", HOST).reason is Reason.PENDING


def test_a_link_of_a_zone_with_the_same_name_elsewhere_does_not_count(small) -> None:
    for key in ("zone", "link"):
        small.add(f"{key}-2", small.resources[key].type, **{**small.props(key), "resourceGroupName": "rg-2"})
    small.drop("link")
    assert resolve(small.build(), "apps", HOST).reason is Reason.ZONE_LINK


def test_an_endpoint_for_another_group_does_not_answer(small) -> None:
    small.props("endpoint")["privateLinkServiceConnections"][0]["groupIds"] = ["managedhsm"]
    assert resolve(small.build(), "apps", HOST).reason is Reason.ENDPOINT


def test_a_slot_has_a_name_and_an_endpoint_of_its_own(small) -> None:
    small.add("slot", "web:WebAppSlot", name="app-one", slot="staging", publicNetworkAccess="Disabled")
    answer = resolve(small.build(), "apps", "app-one-staging.azurewebsites.net")
    assert answer.reason is Reason.ENDPOINT
    site = small.build().id_of(small.resources["app-one"])
    small.add(
        "slot-endpoint",
        "network:PrivateEndpoint",
        privateEndpointName="pep-slot",
        subnet=small.props("endpoint")["subnet"],
        privateLinkServiceConnections=[{"privateLinkServiceId": site, "groupIds": ["sites-staging"]}],
    )
    small.add("sites", "privatedns:PrivateZone", privateZoneName="privatelink.azurewebsites.net")
    small.add(
        "sites-link",
        "privatedns:VirtualNetworkLink",
        privateZoneName="privatelink.azurewebsites.net",
        virtualNetwork={"id": f"{NETWORK}/virtualNetworks/vnet"},
    )
    small.add(
        "sites-group",
        "network:PrivateDnsZoneGroup",
        privateEndpointName="pep-slot",
        privateDnsZoneConfigs=[{"privateDnsZoneId": f"{NETWORK}/privateDnsZones/privatelink.azurewebsites.net"}],
    )
    assert resolve(small.build(), "apps", "app-one-staging.azurewebsites.net").private
    assert resolve(small.build(), "apps", "app-one.azurewebsites.net").reason is Reason.ENDPOINT, "the site has none"


class TestWhatPeopleWrite:
    @pytest.mark.parametrize(
        ("written", "meant"),
        [
            ("vault", "kv"),
            ("kv", "kv"),
            (HOST, "kv"),
            ("one", "app-one"),
            ("apps", "apps"),
            ("pep-kv", "pep-kv"),
            ("internet", "the Internet"),
            ("10.0.0.4", "10.0.0.4/32"),
            ("AzureMonitor", "AzureMonitor"),
        ],
    )
    def test_is_understood(self, small, written, meant) -> None:
        assert find_node(small.build(), written).name == meant

    def test_an_id_is_a_name_too(self, small) -> None:
        topology = small.build()
        assert find_node(topology, topology.id_of(small.resources["vault"]).upper()).name == "kv"

    def test_a_service_tag_needs_no_resource(self, small) -> None:
        assert isinstance(find_node(small.build(), "Storage.SwedenCentral"), Outside)

    def test_a_typing_error_gets_the_nearest_names(self, small) -> None:
        with pytest.raises(NotFoundError, match="app-one"):
            find_node(small.build(), "app-onne")

    def test_a_word_for_two_things_is_refused_with_both(self, small) -> None:
        small.add("other", "network:Subnet", subnetName="x-one", virtualNetworkName="vnet", addressPrefix="10.0.9.0/24")
        with pytest.raises(NotFoundError, match=r"app-one, x-one"):
            find_node(small.build(), "one")

    def test_a_subnet_is_asked_for_as_such(self, small) -> None:
        with pytest.raises(NotFoundError, match="is not a subnet"):
            resolve(small.build(), "vault", HOST)


def test_the_subscription_is_the_one_that_the_ids_inside_mention(small) -> None:
    topology = small.build()
    assert topology.subscription == SUBSCRIPTION
    assert topology.id_of(topology.of("network:Subnet")[0]) == f"{NETWORK}/virtualNetworks/vnet/subnets/endpoints"


def test_nothing_makes_an_empty_topology() -> None:
    assert build([]).subnets == {}

"""Private endpoints, their group ids and tiers, zone groups, zones and links."""

from __future__ import annotations

import pytest

from .cases import Case, decide
from .memory import GONE, GROUP, ask, changed, codes, preview
from .valid import ACCOUNT, APP, CHILD, NETWORK, REGISTRY, SERVER, VALID, VNET, ZONE, world

ENDPOINT, ZONES, LINK = "network:PrivateEndpoint", "network:PrivateDnsZoneGroup", "privatedns:VirtualNetworkLink"
CACHE = f"{GROUP}/providers/Microsoft.Cache/redisEnterprise/amr-one"


def to(target: str, *groups: str) -> dict[str, object]:
    return {"privateLinkServiceConnections": [{"name": "c", "privateLinkServiceId": target, "groupIds": list(groups)}]}


CASES = {
    "an endpoint to PostgreSQL": Case(ENDPOINT, to(SERVER, "postgresqlServer")),
    "an endpoint to Managed Redis": Case(ENDPOINT, to(CACHE, "redisEnterprise")),
    "an endpoint to a cache by the classic group": Case(ENDPOINT, to(CACHE, "redisCache"), "InvalidGroupId"),
    "an endpoint to blobs": Case(ENDPOINT, to(ACCOUNT, "blob")),
    "an endpoint to a registry": Case(ENDPOINT, to(REGISTRY, "registry")),
    "an endpoint to an app": Case(ENDPOINT, to(APP, "sites")),
    "an endpoint to a slot": Case(ENDPOINT, to(APP, "sites-staging")),
    "an endpoint to a slot that is not there": Case(ENDPOINT, to(APP, "sites-green"), "InvalidResourceReference"),
    "a misspelt group": Case(ENDPOINT, to(SERVER, "postgresServer"), "InvalidGroupId"),
    "two groups in one endpoint": Case(ENDPOINT, to(ACCOUNT, "blob", "file"), "MultipleGroupIds"),
    "an endpoint to nothing": Case(ENDPOINT, {"privateLinkServiceConnections": []}, "PrivateEndpointConnectionCount"),
    "an endpoint to a vault that is not there": Case(
        ENDPOINT, to(f"{GROUP}/providers/Microsoft.KeyVault/vaults/other", "vault"), "InvalidResourceReference"
    ),
    "an endpoint to a plan": Case(
        ENDPOINT, to(f"{GROUP}/providers/Microsoft.Web/serverfarms/asp-one", "sites"), "PrivateLinkNotSupported"
    ),
    "an endpoint without a group": Case(
        ENDPOINT,
        {"privateLinkServiceConnections": [{"name": "c", "privateLinkServiceId": SERVER}]},
        "MissingGroupId",
    ),
    "an endpoint in a subnet that is not there": Case(
        ENDPOINT, {"subnet.id": f"{VNET}/subnets/other"}, "InvalidResourceReference"
    ),
    "an endpoint in another region than its network": Case(
        ENDPOINT, {"location": "northeurope"}, "InvalidResourceLocation"
    ),
    "a zone group with no zone": Case(ZONES, {"privateDnsZoneConfigs": []}, "PrivateDnsZoneGroupZoneCount"),
    "a zone group with a zone that is not there": Case(
        ZONES,
        {"privateDnsZoneConfigs.0.privateDnsZoneId": ZONE.replace("rg-one", "rg-two")},
        "InvalidResourceReference",
    ),
    "a link to a network that is not there": Case(
        LINK, {"virtualNetwork.id": f"{NETWORK}/virtualNetworks/other"}, "InvalidResourceReference"
    ),
    "a zone in a region": Case(
        "privatedns:PrivateZone", {"location": "swedencentral"}, "LocationNotAvailableForResourceType"
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_azure_decides_on(case: Case) -> None:
    decide(case)


def test_a_preview_sees_that_a_zone_is_no_zone() -> None:
    wrong = changed(VALID[ZONES], {"privateDnsZoneConfigs.0.privateDnsZoneId": VNET})
    assert codes(preview(ZONES, wrong)) == {"InvalidResourceReference"}, "the id itself says that it is a network"


def test_a_registry_needs_premium_for_an_endpoint() -> None:
    there = world(ENDPOINT)
    for item in there.list("Microsoft.ContainerRegistry/registries"):
        item.outputs["sku"] = {"name": "Standard"}
    decide(Case(ENDPOINT, to(REGISTRY, "registry"), "PrivateEndpointRequiresPremium"), there)


def test_a_server_in_a_subnet_of_its_own_has_no_endpoint() -> None:
    there = world(ENDPOINT)
    for item in there.list("Microsoft.DBforPostgreSQL/flexibleServers"):
        item.outputs["network"] = {"delegatedSubnetResourceId": f"{VNET}/subnets/data"}
    decide(Case(ENDPOINT, to(SERVER, "postgresqlServer"), "PrivateEndpointNotSupportedOnVnetServer"), there)


def test_endpoints_do_not_share_a_delegated_subnet() -> None:
    there = world(ENDPOINT)
    there.add(
        "network:Subnet",
        changed(
            VALID["network:Subnet"],
            {
                "subnetName": "apps",
                "addressPrefix": "10.20.2.0/26",
                "delegations": [{"name": "d", "serviceName": "Microsoft.Web/serverFarms"}],
            },
        ),
    )
    decide(Case(ENDPOINT, {"subnet.id": f"{VNET}/subnets/apps"}, "PrivateEndpointInDelegatedSubnet"), there)


def test_a_zone_group_takes_the_zone_of_the_endpoints_group() -> None:
    there = world(ZONES)
    there.add(
        "privatedns:PrivateZone",
        {**CHILD, "privateZoneName": "privatelink.blob.core.windows.net", "location": "global"},
    )
    wrong = {"privateDnsZoneConfigs.0.privateDnsZoneId": f"{NETWORK}/privateDnsZones/privatelink.blob.core.windows.net"}
    decide(Case(ZONES, wrong, "WrongPrivateDnsZone"), there)


def test_an_endpoint_has_one_zone_group() -> None:
    decide(Case(ZONES, {"privateDnsZoneGroupName": "second"}, "PrivateDnsZoneGroupExists"), world())


def test_a_network_is_linked_once_to_a_zone_and_to_one_zone_of_a_name() -> None:
    there = world()
    decide(Case(LINK, {"virtualNetworkLinkName": "second"}, "VirtualNetworkLinkExists"), there)
    there.add("resources:ResourceGroup", {"resourceGroupName": "rg-two", "location": "swedencentral"})
    there.add("privatedns:PrivateZone", changed(VALID["privatedns:PrivateZone"], {"resourceGroupName": "rg-two"}))
    decide(Case(LINK, {"resourceGroupName": "rg-two"}, "ConflictingZoneName"), there)


def test_a_network_registers_in_one_zone() -> None:
    there = world(LINK)
    there.add(LINK, changed(VALID[LINK], {"registrationEnabled": True}))
    there.add("privatedns:PrivateZone", {**CHILD, "privateZoneName": "internal.example.com", "location": "global"})
    other = {"privateZoneName": "internal.example.com", "registrationEnabled": True}
    decide(Case(LINK, other, "RegistrationZoneExists"), there)
    decide(Case(LINK, {**other, "registrationEnabled": False}), there)


def test_a_zone_in_use_cannot_be_deleted() -> None:
    zone = VALID["privatedns:PrivateZone"]
    texts = ask(world(), "privatedns:PrivateZone", zone, olds=zone, operation="delete")
    assert codes(texts) == {"CannotDeleteResource"}
    assert len(texts) == 2, "both the link and the zone group are named"
    free = world(LINK, ZONES)
    assert not ask(free, "privatedns:PrivateZone", zone, olds=zone, operation="delete")


def test_records_are_of_types_that_zones_have() -> None:
    record = {
        **CHILD,
        "privateZoneName": "privatelink.vaultcore.azure.net",
        "relativeRecordSetName": "one",
        "recordType": "A",
        "ttl": 300,
    }
    assert not ask(world(), "privatedns:PrivateRecordSet", record)
    assert codes(ask(world(), "privatedns:PrivateRecordSet", {**record, "recordType": "NS"})) == {"InvalidRecordType"}
    apex = {**record, "recordType": "CNAME", "relativeRecordSetName": "@"}
    assert codes(ask(world(), "privatedns:PrivateRecordSet", apex)) == {"CnameAtApex"}


def test_an_endpoint_needs_a_subnet() -> None:
    decide(Case(ENDPOINT, {"subnet": GONE}, "InvalidRequestFormat"))

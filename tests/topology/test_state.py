"""Reading a state, and ids that are composed before Azure gives them."""

import pytest

from tests.topology.small import GROUP, SUBSCRIPTION, Small
from topology import arm, build
from topology.model import UNKNOWN
from topology.state import SIGNATURE, Record, plain_type, records

ENTRY = {
    "urn": "urn:pulumi:dev::p::azure-native:keyvault:Vault::vault",
    "custom": True,
    "type": "azure-native:keyvault:Vault",
    "id": f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv",
    "propertyDependencies": {"vaultName": ["urn:x"], "tags": None},
}


def one(**inputs) -> Record:
    return records({"resources": [{**ENTRY, "inputs": inputs}]})[0]


def test_a_secret_is_unknown_and_its_cipher_text_gone() -> None:
    record = one(password={SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:canary"}, __defaults=[])
    assert record.props == {"password": UNKNOWN}
    assert "canary" not in repr(record)


def test_an_unknown_value_is_unknown() -> None:
    assert one(ids=["04da6b54-80e4-46f7-96ec-b56ff0331ba9"]).props["ids"] == [UNKNOWN]


def test_dependencies_of_properties_are_kept() -> None:
    assert one().property_dependencies == {"vaultName": frozenset({"urn:x"}), "tags": frozenset()}


def test_providers_components_and_what_waits_for_deletion_are_no_resources() -> None:
    others = [
        {**ENTRY, "type": "pulumi:providers:random"},
        {**ENTRY, "custom": False},
        {**ENTRY, "delete": True},
    ]
    assert records({"resources": others}) == ()
    assert records({}) == ()


@pytest.mark.parametrize(
    ("token", "plain"),
    [
        ("azure-native:network:Subnet", "network:Subnet"),
        ("azure-native:network/v20240501:Subnet", "network:Subnet"),
        ("azure-native:cdn/v20240501preview:Profile", "cdn:Profile"),
        ("azuread:index/group:Group", "azuread:index/group:Group"),
    ],
)
def test_types_lose_package_and_version(token, plain) -> None:
    assert plain_type(token) == plain


def test_every_resource_of_the_small_network_has_a_composed_id() -> None:
    topology = Small().build()
    assert topology.subscription == SUBSCRIPTION, "read from the ids inside"
    assert topology.id_of(topology.of("network:Subnet")[0]) == (
        f"{GROUP}/providers/Microsoft.Network/virtualNetworks/vnet/subnets/endpoints"
    )


def test_a_composed_id_is_the_one_that_azure_gives() -> None:
    """The table of paths agrees with the one of the local Azure, for every type in both."""
    from emulator.facts import TABLE

    for kind, path in arm.PATHS.items():
        fact = TABLE.get(f"azure-native:{kind}")
        if fact is not None:
            theirs = fact.path.split("/providers/", 1)[1]
            assert arm._PLACE.sub("{}", path).lower() == arm._PLACE.sub("{}", theirs).lower(), kind


def test_ids_are_compared_without_case_and_by_whole_parts() -> None:
    assert arm.same(f"{GROUP}/providers/A/b/c", f"{GROUP.upper()}/providers/a/B/C/")
    assert arm.within(f"{GROUP}/providers/A/b/c", GROUP)
    assert not arm.within(f"{GROUP}-other/providers/A/b/c", GROUP)


def test_an_unknown_name_composes_no_id() -> None:
    record = Record("urn:v", "keyvault:Vault", "v", {"resourceGroupName": "rg", "vaultName": UNKNOWN})
    assert arm.compose(record, SUBSCRIPTION) is None
    assert build([record]).id_of(record) == "urn:v"


def test_nothing_makes_an_empty_topology() -> None:
    assert build([]).subnets == {}

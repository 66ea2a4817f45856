"""Decoding the state of a stack: what the judges see of it."""

from stacks.state import resource_graph
from tests.topology.small import GROUP

ENTRY = {
    "urn": "urn:pulumi:dev::p::azure-native:keyvault/v20230701:Vault::vault",
    "custom": True,
    "type": "azure-native:keyvault/v20230701:Vault",
    "id": f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv",
    "propertyDependencies": {"vaultName": ["urn:x"], "tags": None},
}


def test_a_resource_keeps_its_type_name_id_and_dependencies() -> None:
    (vault,) = resource_graph({"resources": [ENTRY]}).resources
    assert (vault.type, vault.name, vault.id) == ("keyvault:Vault", "vault", ENTRY["id"])
    assert vault.property_dependencies == {"vaultName": frozenset({"urn:x"}), "tags": frozenset()}


def test_an_empty_deployment_has_no_resources() -> None:
    assert resource_graph({}).resources == ()

"""Decoding the state of a stack: what the judges see of it."""

from resources.values import SECRET
from stacks.state import resource_graph
from tests.topology.small import GROUP

DATABASE = "azure-native:dbforpostgresql:Server"
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


def test_secrets_are_marked_and_their_text_is_not_kept() -> None:
    special = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:canary"}
    entry = {
        "urn": f"urn:pulumi:dev::aifabrix::{DATABASE}::p",
        "type": DATABASE,
        "custom": True,
        "inputs": {"password": special, "n": 1},
    }
    (resource,) = resource_graph({"resources": [entry]}).resources
    assert resource.props["password"] is SECRET and resource.props["n"] == 1
    assert "canary" not in repr(resource)


def test_what_waits_for_deletion_is_no_longer_judged() -> None:
    entry = {"urn": f"urn:pulumi:dev::aifabrix::{DATABASE}::p", "type": DATABASE, "custom": True, "delete": True}
    assert resource_graph({"resources": [entry]}).resources == ()

"""Secrets that stayed in the vault come back into the state when the stack wants them again."""

from __future__ import annotations

from typing import Any

from stacks.cloud.model import CreatedObject
from stacks.retained import entries_of_missing, existing

SECRET = "azure-native_keyvault_v20260201:keyvault:Secret"
PREFIX = f"urn:pulumi:dev::aifabrix::aifabrix:security:VaultSecrets${SECRET}::secret-sdc-"


def entry(name: str, **changes: Any) -> dict[str, Any]:
    inputs = {"secretName": name, "vaultName": "kv", "resourceGroupName": "rg", "properties": {"value": "sealed"}}
    return {
        "urn": PREFIX + name,
        "type": SECRET,
        "custom": True,
        "id": f"/vaults/kv/secrets/{name}",
        "inputs": inputs,
        "outputs": inputs | {"id": name},
        "parent": "the component",
        "provider": "the provider",
        "retainOnDelete": True,
        "dependencies": ["a random password of its own"],
        **changes,
    }


def test_what_the_state_does_not_have_is_modelled_on_what_it_has() -> None:
    (made,) = entries_of_missing([entry("a-one")], ["a-one", "b-two"])
    assert (made["urn"], made["inputs"]["secretName"]) == (f"{PREFIX}b-two", "b-two")
    assert (made["parent"], made["provider"], made["retainOnDelete"]) == ("the component", "the provider", True)
    assert "dependencies" not in made, "they are the other secret's"


def test_the_vault_does_not_tell_capitals_apart() -> None:
    assert entries_of_missing([entry("A-One")], ["a-one"]) == []


def test_without_a_vault_in_the_state_nothing_was_kept() -> None:
    assert entries_of_missing([], ["a-one"]) == []
    assert entries_of_missing([entry("a-one", delete=True)], ["b-two"]) == []


def test_only_what_azure_has_is_taken_back() -> None:
    missing = entries_of_missing([entry("a-one")], ["b-two", "c-three"])
    there = {"b-two": CreatedObject("/vaults/kv/secrets/b-two")}
    found = existing(missing, lambda _token, inputs: there.get(inputs["secretName"]))
    assert [one["id"] for one in found] == ["/vaults/kv/secrets/b-two"]

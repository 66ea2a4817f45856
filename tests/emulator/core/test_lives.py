"""What is deleted and made again, or recovered: which objects are the same as before, and which only have the name."""

from __future__ import annotations

import itertools

import pytest

from emulator import inspect
from emulator.control import ControlPlane
from emulator.directory import Directory
from emulator.errors import Refusal
from emulator.facts import TABLE
from emulator.facts.identity import GROUP as ENTRA_GROUP
from emulator.laws import LAWS
from emulator.store import Store
from emulator.values import Secret

from .conftest import GROUP, GROUP_ID, SECRET, SUBSCRIPTION, TENANT, VAULT, VAULT_ID, group_inputs, vault_inputs

IDENTITY = "azure-native:managedidentity:UserAssignedIdentity"
IDENTITY_ID = f"{GROUP_ID}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-test"
ROLE = "azure-native:authorization:RoleAssignment"
KEY = "azure-native:keyvault:Key"
SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"


@pytest.fixture
def azure(store: Store) -> ControlPlane:
    """A subscription with all facts and laws, a group and a vault in it."""
    plane = ControlPlane(store, SUBSCRIPTION, TENANT, facts=TABLE, laws=LAWS)
    store.register(SUBSCRIPTION, TENANT)
    plane.create(GROUP, group_inputs())
    plane.create(VAULT, vault_inputs())
    return plane


def in_vault(**more: object) -> dict[str, object]:
    return {"resourceGroupName": "rg-test", "vaultName": "kv-test", **more}


def secret(plane: ControlPlane, name: str, value: str) -> dict[str, object]:
    return plane.create(SECRET, in_vault(secretName=name, properties={"value": Secret(value)})).outputs["properties"]


def recover(plane: ControlPlane) -> None:
    properties = {**vault_inputs()["properties"], "createMode": "recover"}  # ty: ignore[invalid-argument-type]
    plane.create(VAULT, vault_inputs(properties=properties))


def identity(plane: ControlPlane) -> tuple[str, str]:
    where = {"resourceGroupName": "rg-test", "location": "swedencentral", "resourceName": "id-test"}
    made = plane.create(IDENTITY, where).outputs
    return made["principalId"], made["clientId"]


def test_a_recovered_vault_has_its_secrets_and_keys_with_the_values_of_before(
    azure: ControlPlane, store: Store
) -> None:
    secret(azure, "db", "hunter2-long")
    azure.create(KEY, in_vault(keyName="wrap", properties={"kty": "RSA"}))
    before = {one.id: one for one in store.below(VAULT_ID)}
    azure.delete(VAULT_ID)
    assert store.below(VAULT_ID) == [], "nobody reads a secret of a deleted vault"
    recover(azure)
    after = {one.id: one for one in store.below(VAULT_ID)}
    assert set(after) == set(before), "everything that the vault held is back"
    for arm, record in after.items():
        was = before[arm]
        assert (record.inputs, record.outputs, record.created) == (was.inputs, was.outputs, was.created), (
            f"{arm} is the same object, with its value, version and age"
        )


def test_a_secret_that_came_back_with_its_vault_cannot_be_created_again(azure: ControlPlane) -> None:
    secret(azure, "db", "hunter2-long")
    azure.delete(VAULT_ID)
    recover(azure)
    with pytest.raises(Refusal, match=r'Code="Conflict".*secrets/db.*already exists'):
        secret(azure, "db", "another-long")


def test_a_vault_that_went_with_its_group_comes_back_with_its_secrets_too(azure: ControlPlane, store: Store) -> None:
    secret(azure, "db", "hunter2-long")
    azure.delete(GROUP_ID)
    azure.create(GROUP, group_inputs())
    recover(azure)
    assert [one.id for one in store.below(VAULT_ID)] == [f"{VAULT_ID}/secrets/db"]


def test_rights_on_a_deleted_vault_are_gone_for_good(azure: ControlPlane, store: Store) -> None:
    principal, _ = identity(azure)
    role = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{SECRETS_USER}"
    right = {"scope": VAULT_ID, "roleAssignmentName": TENANT, "principalId": principal, "roleDefinitionId": role}
    azure.create(ROLE, right)
    azure.delete(VAULT_ID)
    recover(azure)
    assert store.below(VAULT_ID) == [], "role assignments are not restored; the program has to make them again"


def test_a_secret_that_was_deleted_by_itself_does_not_come_back(azure: ControlPlane, store: Store) -> None:
    secret(azure, "db", "hunter2-long")
    azure.delete(f"{VAULT_ID}/secrets/db")
    azure.delete(VAULT_ID)
    recover(azure)
    assert store.below(VAULT_ID) == []


@pytest.mark.parametrize("kind", ["secret", "key"])
def test_a_deleted_secret_or_key_holds_its_name_until_it_is_purged(
    azure: ControlPlane, store: Store, kind: str
) -> None:
    made = {
        "secret": (SECRET, in_vault(secretName="db", properties={"value": Secret("hunter2-long")})),
        "key": (KEY, in_vault(keyName="db", properties={"kty": "RSA"})),
    }
    azure.create(*made[kind])
    azure.delete(f"{VAULT_ID}/{kind}s/db")
    with pytest.raises(Refusal, match=rf'Code="ObjectIsDeletedButRecoverable".*az keyvault {kind} recover'):
        azure.create(*made[kind])
    inspect.purge(store, "db")
    azure.create(*made[kind])


def test_only_the_vault_is_listed_as_deleted_and_a_purge_takes_all_that_was_in_it(
    azure: ControlPlane, store: Store
) -> None:
    secret(azure, "db", "hunter2-long")
    azure.delete(VAULT_ID)
    assert [row["name"] for row in inspect.deleted(store)] == ["kv-test"], "a secret's name is taken in its vault only"
    inspect.purge(store, "kv-test")
    azure.create(VAULT, vault_inputs())
    secret(azure, "db", "another-long")


def test_an_identity_that_is_made_again_is_somebody_else(azure: ControlPlane) -> None:
    first = identity(azure)
    azure.delete(IDENTITY_ID)
    second = identity(azure)
    azure.delete(IDENTITY_ID)
    third = identity(azure)
    assert len({*first, *second, *third}) == 6, "rights of the old principal must not fall to the new one"


def test_an_identity_keeps_its_ids_as_long_as_it_lives(azure: ControlPlane) -> None:
    identity(azure)
    azure.delete(IDENTITY_ID)
    ids = identity(azure)
    inputs = {
        "resourceGroupName": "rg-test",
        "location": "swedencentral",
        "resourceName": "id-test",
        "tags": {"a": "b"},
    }
    changed = azure.update(IDENTITY, IDENTITY_ID, inputs).outputs
    assert (changed["principalId"], changed["clientId"]) == ids


def test_whoever_uses_an_identity_sees_the_ids_that_it_has_now(azure: ControlPlane) -> None:
    identity(azure)
    azure.delete(IDENTITY_ID)
    principal, client = identity(azure)
    account = {
        "resourceGroupName": "rg-test", "location": "swedencentral", "accountName": "sttest", "kind": "StorageV2",
        "sku": {"name": "Standard_LRS"}, "identity": {"type": "UserAssigned", "userAssignedIdentities": [IDENTITY_ID]},
    }  # fmt: skip
    made = azure.create("azure-native:storage:StorageAccount", account).outputs
    assert made["identity"]["userAssignedIdentities"][IDENTITY_ID] == {"principalId": principal, "clientId": client}


def test_a_secret_that_is_made_again_has_another_version_even_of_the_same_value(
    azure: ControlPlane, store: Store
) -> None:
    first = secret(azure, "db", "hunter2-long")
    azure.delete(f"{VAULT_ID}/secrets/db")
    inspect.purge(store, "db")
    second = secret(azure, "db", "hunter2-long")
    assert first["secretUri"] == second["secretUri"]
    assert first["secretUriWithVersion"] != second["secretUriWithVersion"]


def test_a_group_that_is_made_again_has_another_object_id(store: Store) -> None:
    directory = Directory(store, TENANT)
    seen = []
    for _ in range(3):
        made = directory.create(ENTRA_GROUP, {"displayName": "Admins", "securityEnabled": True})
        seen.append(made.outputs["objectId"])
        directory.delete(made.id)
    assert all(one != other for one, other in itertools.combinations(seen, 2)), (
        f"members and rights of a deleted group must not fall to its successor: {seen}"
    )


def test_a_listing_says_what_is_the_customers(azure: ControlPlane, store: Store) -> None:
    inputs = {"resourceGroupName": "rg-hub", "location": "swedencentral"}
    hub = azure.create(GROUP, inputs, who=inspect.CUSTOMER)
    azure.update(GROUP, hub.id, {**inputs, "tags": {"seen": "yes"}})
    owners = {row["name"]: row["owner"] for row in inspect.listing(store)}
    assert owners == {"rg-hub": "customer", "rg-test": "program", "kv-test": "program"}, "who made it owns it"
    azure.delete(hub.id)
    azure.create(GROUP, inputs)
    owners = {row["name"]: row["owner"] for row in inspect.listing(store)}
    assert owners["rg-hub"] == "program", "what is made again belongs to who made it last"

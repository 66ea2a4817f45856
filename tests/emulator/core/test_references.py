"""References to secrets are resolved as the site's identity, with Azure's words for what is missing."""

from __future__ import annotations

import pytest

from emulator.control import ControlPlane
from emulator.facts import TABLE
from emulator.laws import LAWS
from emulator.references import references
from emulator.store import Store
from emulator.stored_object import StoredObject
from emulator.values import Secret

from .conftest import GROUP, GROUP_ID, SECRET, SUBSCRIPTION, TENANT, VAULT, VAULT_ID, group_inputs, vault_inputs

SITE_ID = f"{GROUP_ID}/providers/Microsoft.Web/sites/app-test"
IDENTITY = "azure-native:managedidentity:UserAssignedIdentity"
IDENTITY_ID = f"{GROUP_ID}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-test"
ROLE = "azure-native:authorization:RoleAssignment"
DEFINITIONS = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions"
SECRETS_USER = f"{DEFINITIONS}/4633458b-17de-408a-b874-0445c86b69e6"


def reference(secret: str, vault: str = "kv-test") -> str:
    return f"@Microsoft.KeyVault(SecretUri=https://{vault}.vault.azure.net/secrets/{secret})"


@pytest.fixture
def status(store: Store):
    """Put a site with one setting into an Azure that has a vault, a secret and an identity; return its status."""
    plane = ControlPlane(store, SUBSCRIPTION, TENANT, facts=TABLE, laws=LAWS)
    store.register(SUBSCRIPTION, TENANT)
    plane.create(GROUP, group_inputs())
    plane.create(VAULT, vault_inputs())
    where = {"resourceGroupName": "rg-test", "vaultName": "kv-test"}
    plane.create(SECRET, {**where, "secretName": "db", "properties": {"value": Secret("hunter2-long")}})
    own = {"resourceGroupName": "rg-test", "location": "swedencentral", "resourceName": "id-test"}
    principal = plane.create(IDENTITY, own).outputs["principalId"]

    def of(value: str, *, scope: str | None = f"{VAULT_ID}/secrets/db", identity: str = IDENTITY_ID) -> list[str]:
        if scope:
            right = {"scope": scope, "roleAssignmentName": TENANT, "principalId": principal}
            plane.create(ROLE, {**right, "roleDefinitionId": SECRETS_USER})
        inputs = {
            "keyVaultReferenceIdentity": identity,
            "siteConfig": {"appSettings": [{"name": "DB", "value": value}, {"name": "LOG_LEVEL", "value": "info"}]},
        }
        arm = "Microsoft.Web/sites"
        store.put(StoredObject(id=SITE_ID, token="azure-native:web:WebApp", arm_type=arm, inputs=inputs, outputs={}))
        return [one.status for one in references(store, SITE_ID)]

    return of


def test_a_secret_that_the_identity_may_read_is_resolved(status) -> None:
    assert status(reference("db")) == ["Resolved"], "and a plain value is no reference"


def test_without_the_right_access_is_denied(status) -> None:
    assert status(reference("db"), scope=None) == ["AccessToKeyVaultDenied"]


def test_a_right_on_the_whole_vault_reads_its_secrets(status) -> None:
    assert status(reference("db"), scope=VAULT_ID) == ["Resolved"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (reference("other"), "SecretNotFound"),
        (reference("db", vault="kv-none"), "VaultNotFound"),
        ("@Microsoft.KeyVault(db)", "InvalidSyntax"),
    ],
)
def test_what_is_missing_is_said_in_azures_words(status, value: str, expected: str) -> None:
    assert status(value) == [expected]


def test_a_site_without_that_identity_reads_nothing(status) -> None:
    assert status(reference("db"), identity="/none") == ["MSINotEnabled"]


def test_what_does_not_exist_refers_to_nothing(store: Store) -> None:
    assert references(store, SITE_ID) == []

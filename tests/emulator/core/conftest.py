"""A store of its own for each test, a control plane with two rows and no laws, and a shape cache shared by the run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator.control import ControlPlane
from emulator.facts.model import Fact, NameRule
from emulator.store import Store

SUBSCRIPTION = "11111111-2222-4333-8444-555555555555"
TENANT = "99999999-2222-4333-8444-555555555555"
GROUP_ID = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-test"
VAULT_ID = f"{GROUP_ID}/providers/Microsoft.KeyVault/vaults/kv-test"
GROUP = "azure-native:resources:ResourceGroup"
VAULT = "azure-native:keyvault:Vault"
SECRET = "azure-native:keyvault:Secret"

GROUP_PATH = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}"
FACTS = {
    GROUP: Fact(
        token=GROUP,
        arm_type="Microsoft.Resources/resourceGroups",
        path=GROUP_PATH,
        name=NameRule(pattern=r"[-\w._()]*[-\w_()]", min=1, max=90, description="letters, digits, . _ - ( )"),
        unique="subscription",
        immutable=("location",),
        api_version="2024-03-01",
    ),
    VAULT: Fact(
        token=VAULT,
        arm_type="Microsoft.KeyVault/vaults",
        path=GROUP_PATH + "/providers/Microsoft.KeyVault/vaults/{vaultName}",
        name=NameRule(pattern=r"[A-Za-z][A-Za-z0-9-]+", min=3, max=24, description="letters, digits and hyphens"),
        unique="global",
        immutable=("location", "properties.tenantId"),
        soft_delete=True,
        api_version="2024-11-01",
    ),
    SECRET: Fact(
        token=SECRET,
        arm_type="Microsoft.KeyVault/vaults/secrets",
        path=GROUP_PATH + "/providers/Microsoft.KeyVault/vaults/{vaultName}/secrets/{secretName}",
        name=NameRule(pattern=r"[A-Za-z0-9-]+", min=1, max=127, description="letters, digits and hyphens"),
        outputs=lambda inputs, place: {"properties": {"secretUri": f"https://x/{place.name}", **inputs["properties"]}},
        api_version="2024-11-01",
    ),
}


def group_inputs(**more: object) -> dict[str, object]:
    """Inputs of a resource group."""
    return {"resourceGroupName": "rg-test", "location": "swedencentral", **more}


def vault_inputs(**more: object) -> dict[str, object]:
    """Inputs of a vault in that group."""
    properties = {"tenantId": TENANT, "sku": {"family": "A", "name": "standard"}, "enableRbacAuthorization": True}
    where = {"resourceGroupName": "rg-test", "location": "swedencentral"}
    return {**where, "vaultName": "kv-test", "properties": properties, **more}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    opened = Store(tmp_path / "azure.db")
    yield opened
    opened.close()


@pytest.fixture
def plane(store: Store) -> ControlPlane:
    """A control plane that knows groups, vaults and secrets."""
    return ControlPlane(store, SUBSCRIPTION, TENANT, facts=FACTS, laws={})


@pytest.fixture
def plugin_environment(tmp_path: Path) -> dict[str, str]:
    """Environment of a plugin process that works on a store of the test's own."""
    root = str(Path(__file__).parents[3])
    return {
        **os.environ,
        "FABRIX_AZURE_DB": str(tmp_path / "azure.db"),
        "PYTHONPATH": os.pathsep.join((root, os.environ.get("PYTHONPATH", ""))),
    }

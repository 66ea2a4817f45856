"""The facts table agrees with the SDK's own classes, row by row."""

from __future__ import annotations

import importlib
import pkgutil
import re
from dataclasses import replace

import pytest

from emulator import facts
from emulator.facts import TABLE
from emulator.facts.model import Fact, Placement

from . import sdk

ROWS = [pytest.param(row, id=row.token.removeprefix("azure-native:")) for row in TABLE.values()]
PLACE = Placement(
    id="/subscriptions/s/resourceGroups/g/providers/X/y/n",
    name="n",
    subscription_id="00000000-0000-0000-0000-00000000000a",
    tenant_id="00000000-0000-0000-0000-00000000000b",
    resource_group="g",
    location="swedencentral",
)


def test_no_module_with_facts_is_forgotten() -> None:
    names = [module.name for module in pkgutil.iter_modules(facts.__path__)]
    holders = {name for name in names if hasattr(importlib.import_module(f"emulator.facts.{name}"), "FACTS")}
    assert set(facts.MODULES) == holders, "a module that is not listed in emulator/facts/__init__.py has no effect"


@pytest.mark.parametrize("row", ROWS)
def test_every_placeholder_of_a_path_is_an_input_of_the_class(row: Fact) -> None:
    missing = [name for name in row.placeholders if name not in sdk.inputs(row.token)]
    assert not missing, f"{row.token}: {row.path} names inputs that the SDK class does not have: {missing}"


@pytest.mark.parametrize("row", ROWS)
def test_every_required_string_of_the_id_comes_from_the_path(row: Fact) -> None:
    assert "resourceGroupName" not in sdk.inputs(row.token) or "{resourceGroupName}" in row.path, (
        f"{row.token} takes a resource group, so its id lies in one"
    )


@pytest.mark.parametrize("row", ROWS)
def test_immutable_paths_lead_to_inputs(row: Fact) -> None:
    for path in row.immutable:
        head, *rest = path.split(".")
        known = sdk.inputs(row.token)
        assert head in known, f"{row.token}: immutable {path} is not an input"
        assert sdk.nested(known[head], rest), f"{row.token}: immutable {path} leads nowhere"


@pytest.mark.parametrize("row", ROWS)
def test_computed_outputs_are_outputs_of_the_class(row: Fact) -> None:
    computed = _computed(row)
    known = sdk.outputs(row.token)
    assert not set(computed) - set(known) - {"identity"}, f"{row.token}: no such outputs {set(computed) - set(known)}"
    late = {path.split(".")[0] for path in row.late}
    assert late <= set(computed), f"{row.token}: late outputs must be computed: {late - set(computed)}"
    assert set(row.secret) <= set(computed), f"{row.token}: secret outputs must be computed"


VERSIONED = {f"azure-native:keyvault:{kind}": "2026-02-01" for kind in ("Vault", "Secret", "Key")}
"""Types that the program takes from a versioned package (``components/shared/keyvault_api.py``)."""


@pytest.mark.parametrize("row", ROWS)
def test_the_api_version_is_the_one_that_the_sdk_uses(row: Fact) -> None:
    used = VERSIONED.get(row.token) or sdk.api_version(row.token)
    assert row.api_version == used, f"{row.token}: an export would name another API version"


@pytest.mark.parametrize("row", ROWS)
def test_the_arm_type_is_the_one_in_the_path(row: Fact) -> None:
    if row.arm_type == "Microsoft.Resources/resourceGroups":
        return
    _, _, tail = row.path.rpartition("/providers/")
    namespace, *segments = tail.split("/")
    words = "/".join([namespace, *segments[::2]]).replace("{recordType}", "A")
    assert words == row.arm_type or row.token.endswith("SentinelOnboardingState"), f"{row.token}: {words}"


@pytest.mark.parametrize("row", ROWS)
def test_a_name_that_the_program_chooses_has_a_rule(row: Fact) -> None:
    assert (row.name is None) == (row.name_input is None), f"{row.token}: a chosen name needs a rule, a fixed one none"
    if row.name:
        re.compile(row.name.pattern)
        assert row.name.description, f"{row.token}: a person whose name is refused must be told the rule"


def test_a_list_of_identities_comes_back_as_a_map() -> None:
    known = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i"
    given = {"identity": {"type": "UserAssigned", "userAssignedIdentities": [known]}, "name": "n", "kind": "app"}
    compute = TABLE["azure-native:web:WebApp"].outputs
    assert compute is not None
    found = compute(given, PLACE)["identity"]["userAssignedIdentities"]
    assert set(found) == {known}, "the SDK reads outputs as a map from id to principal and client id"
    identity = TABLE["azure-native:managedidentity:UserAssignedIdentity"].outputs
    assert identity is not None
    own = identity({}, replace(PLACE, id=known))
    assert found[known] == {"principalId": own["principalId"], "clientId": own["clientId"]}, (
        "an app shows the same principal as the identity itself"
    )


def test_rows_with_an_identity_give_it_back_as_the_sdk_expects() -> None:
    without = {"containerregistry:Registry", "dbforpostgresql:Server"}
    for token, row in TABLE.items():
        if "identity" not in sdk.inputs(token) or token.removeprefix("azure-native:") in without:
            continue
        if row.outputs is None or "identity" not in row.outputs(_sample(row), PLACE):
            pytest.fail(f"{token} echoes its identity as a list, which the SDK cannot read")


def test_a_secret_never_comes_back() -> None:
    compute = TABLE["azure-native:keyvault:Secret"].outputs
    assert compute is not None
    found = compute({"vaultName": "kv", "secretName": "n", "properties": {"value": "s3cret"}}, PLACE)
    assert "s3cret" not in repr(found), "ARM never returns a secret's value"
    assert found["properties"]["secretUri"] == "https://kv.vault.azure.net/secrets/n"


SIZE_PATHS = {
    "web:AppServicePlan": ("sku", "sku.name", "sku.capacity", "zoneRedundant"),
    "dbforpostgresql:Server": ("sku.name", "sku.tier", "storage.storageSizeGB", "highAvailability.mode"),
    "redisenterprise:RedisEnterprise": ("sku", "sku.name", "highAvailability"),
    "storage:StorageAccount": ("sku", "sku.name"),
    "storage:FileShare": ("shareQuota",),
    "containerregistry:Registry": ("sku", "sku.name"),
    "operationalinsights:Workspace": ("retentionInDays",),
}


@pytest.mark.parametrize("token", SIZE_PATHS)
def test_a_change_of_size_replaces_nothing(token: str) -> None:
    row = TABLE[f"azure-native:{token}"]
    touched = set(SIZE_PATHS[token]) & set(row.immutable)
    assert not touched, f"{token}: {touched} changes with the size preset and must not replace what holds data"


def _sample(row: Fact) -> dict[str, object]:
    """Inputs with a name for every placeholder and an identity."""
    return {
        **dict.fromkeys(row.placeholders, "n"),
        "identity": {"type": "SystemAssigned"},
        "properties": {},
        "sku": {"name": "Standard_RAGRS"},
        "partitionCount": 2,
    }


def _computed(row: Fact) -> dict[str, object]:
    """Outputs of the row for :func:`_sample`."""
    known = sdk.inputs(row.token)
    given = {key: value for key, value in _sample(row).items() if key in known}
    return row.outputs(given, PLACE) if row.outputs else {}

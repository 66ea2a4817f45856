"""The shape of a resource is that of the installed SDK, and what does not fit is refused in words that help."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from emulator import shape
from emulator.errors import UnknownTypeError
from emulator.values import UNKNOWN, Secret

VAULT = "azure-native:keyvault:Vault"
REDIS = "azure-native:redisenterprise:Database"


def vault(**more: object) -> dict[str, object]:
    """Inputs of a vault that are right, but for ``more`` in its properties."""
    properties = {"tenantId": "t", "sku": {"family": "A", "name": "standard"}, **more}
    return {"resourceGroupName": "rg", "properties": properties}


def messages(token: str, inputs: dict[str, object]) -> dict[str, str]:
    """Message by path of what is wrong."""
    return {one.path: one.message for one in shape.check(token, inputs)}


def test_right_inputs_have_no_problem() -> None:
    assert shape.check(VAULT, vault()) == []


def test_a_misspelt_key_is_refused_with_its_full_path_and_the_nearest_right_name() -> None:
    found = messages(VAULT, vault(enableRbacAuthorisation=True))
    assert "did you mean 'enableRbacAuthorization'?" in found["properties.enableRbacAuthorisation"]


def test_a_key_in_snake_case_is_refused_with_the_name_on_the_wire() -> None:
    found = messages(VAULT, vault(enable_soft_delete=True))
    assert "did you mean 'enableSoftDelete'?" in found["properties.enable_soft_delete"]


def test_a_key_that_resembles_nothing_is_refused_with_the_keys_that_exist() -> None:
    found = messages("azure-native:resources:ResourceGroup", {"zzz": 1})
    assert "it has location, managedBy, resourceGroupName, tags" in found["zzz"]


def test_a_value_outside_an_enumeration_is_refused_with_the_allowed_ones() -> None:
    text = messages(REDIS, {"clusterName": "c", "resourceGroupName": "rg", "clusteringPolicy": "OSCluster"})[
        "clusteringPolicy"
    ]
    assert "EnterpriseCluster, OSSCluster, NoCluster" in text
    assert "did you mean 'OSSCluster'?" in text


def test_a_required_property_that_is_missing_is_named_with_what_it_takes() -> None:
    inputs = vault()
    del inputs["properties"]["tenantId"]  # ty: ignore[not-subscriptable]
    assert messages(VAULT, inputs) == {"properties.tenantId": "required and missing; set 'tenantId' to a string"}


@pytest.mark.parametrize(
    ("given", "said"),
    [("yes", "found a string, expected a boolean"), (1, "found a number, expected a boolean")],
)
def test_a_value_of_the_wrong_type_is_refused(given: object, said: str) -> None:
    assert messages(VAULT, vault(enableSoftDelete=given))["properties.enableSoftDelete"] == said


def test_a_boolean_is_no_number_and_a_fraction_is_no_integer() -> None:
    assert (
        "expected an integer"
        in messages(VAULT, vault(softDeleteRetentionInDays=True))["properties.softDeleteRetentionInDays"]
    )
    assert (
        "expected an integer"
        in messages(VAULT, vault(softDeleteRetentionInDays=7.5))["properties.softDeleteRetentionInDays"]
    )


def test_problems_inside_lists_and_maps_carry_index_and_quoted_key() -> None:
    inputs = vault(networkAcls={"ipRules": [{"value": "1.2.3.4"}, {"valu": "x", "value": "y"}]})
    inputs["tags"] = {"cost.center": 1}
    assert set(messages(VAULT, inputs)) == {"properties.networkAcls.ipRules[1].valu", 'tags["cost.center"]'}


def test_every_problem_is_said_at_once() -> None:
    found = messages(VAULT, {"resourceGroup": "rg", "properties": {"sku": {"name": "gold"}}})
    assert set(found) >= {"resourceGroup", "resourceGroupName", "properties.sku.name", "properties.sku.family"}


def test_unknown_values_fit_everywhere() -> None:
    assert shape.check(VAULT, {"resourceGroupName": UNKNOWN, "properties": UNKNOWN}) == []


def test_a_secret_value_is_checked_and_never_shown() -> None:
    text = messages(VAULT, vault(sku={"family": "A", "name": Secret("gold-4711")}))["properties.sku.name"]
    assert "allowed are standard, premium" in text
    assert "gold-4711" not in text


def test_an_alternative_fits_if_one_of_its_forms_does() -> None:
    alert = "azure-native:monitor:MetricAlert"
    kinds = shape.shape(alert).inputs["criteria"][1]["union"]
    assert len(kinds) > 1, "the criteria of a metric alert have several forms"
    criteria = {"odataType": "Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria", "allOf": []}
    assert [one for one in shape.check(alert, {"criteria": criteria}) if one.path.startswith("criteria")] == []


def test_a_type_that_the_sdk_lacks_is_an_error_that_names_it() -> None:
    with pytest.raises(UnknownTypeError, match="has no resource Valut"):
        shape.shape("azure-native:keyvault:Valut")


@pytest.mark.parametrize(
    "token",
    [
        "azure-native:web:WebApp",
        "azure-native:network:Subnet",
        "azuread:index/group:Group",
        "random:index/randomPassword:RandomPassword",
    ],
)
def test_each_package_is_understood(token: str) -> None:
    found = shape.shape(token)
    assert found.inputs
    assert found.outputs


def test_a_warm_cache_answers_without_importing_any_sdk(tmp_path: Path) -> None:
    code = (
        "import sys; from emulator.shape import shape\n"
        f"shape({VAULT!r})\n"
        "print(sorted(name for name in sys.modules if name in ('pulumi', 'pulumi_azure_native')))"
    )
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[3])}
    runs = [
        subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert runs[0].strip() == "['pulumi', 'pulumi_azure_native']", "a cold cache is filled from the SDK"
    assert runs[1].strip() == "[]", "a warm one needs none"


def test_a_damaged_cache_file_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    first = shape._cached(VAULT)
    (file,) = tmp_path.rglob("*Vault.json")
    file.write_text('{"token": "azure-na')
    assert shape._cached(VAULT) == first

"""The control plane says yes and no as Azure Resource Manager does."""

from __future__ import annotations

import dataclasses

import pytest

from emulator.arm_checks import missing_parent
from emulator.control import ControlPlane
from emulator.errors import Refusal
from emulator.facts.build import fact_from_shape
from emulator.facts.model import Placement
from emulator.store import Store
from emulator.values import UNKNOWN, Secret
from emulator.world import ANY_TYPE, Request, World

from .conftest import (
    FACTS,
    GROUP,
    GROUP_ID,
    SECRET,
    SUBSCRIPTION,
    TENANT,
    VAULT,
    VAULT_ID,
    group_inputs,
    vault_inputs,
)

LOCK = "azure-native:authorization:ManagementLockByScope"


def secret_inputs(**properties: object) -> dict[str, object]:
    """Inputs of a secret in the vault."""
    return {"resourceGroupName": "rg-test", "vaultName": "kv-test", "secretName": "s", "properties": properties}


def test_an_object_gets_its_arm_id_and_echoes_its_inputs(plane: ControlPlane) -> None:
    plane.create(GROUP, group_inputs())
    made = plane.create(VAULT, vault_inputs())
    assert made.id == VAULT_ID
    assert made.outputs["name"] == "kv-test"
    assert made.outputs["type"] == "Microsoft.KeyVault/vaults"
    assert made.outputs["properties"] == vault_inputs()["properties"]
    assert "resourceGroupName" not in made.outputs, "outputs are those that the SDK declares"


def test_a_preview_knows_id_name_and_what_will_be_absent(plane: ControlPlane) -> None:
    arm, outputs = plane.forecast_create(GROUP, group_inputs())
    assert (arm, outputs["name"], outputs["location"]) == (GROUP_ID, "rg-test", "swedencentral")
    assert outputs["managedBy"] is None, "a preview and the deployment after it agree about what is absent"


def test_a_preview_does_not_know_the_id_of_what_lies_in_an_unknown_group(plane: ControlPlane) -> None:
    arm, outputs = plane.forecast_create(VAULT, vault_inputs(resourceGroupName=UNKNOWN))
    assert arm is None
    assert outputs["name"] == "kv-test"


def test_an_id_that_exists_is_refused(plane: ControlPlane) -> None:
    plane.create(GROUP, group_inputs())
    with pytest.raises(Refusal, match=r'Code="Conflict".*already exists.*import') as caught:
        plane.create(GROUP, group_inputs(resourceGroupName="RG-TEST"))
    assert caught.value.status == "ALREADY_EXISTS"


def test_nothing_is_made_in_a_group_or_parent_that_does_not_exist(plane: ControlPlane) -> None:
    with pytest.raises(Refusal, match=r"ResourceGroupNotFound.*'rg-test' could not be found"):
        plane.create(VAULT, vault_inputs())
    plane.create(GROUP, group_inputs())
    with pytest.raises(Refusal, match=r"ParentResourceNotFound.*kv-test"):
        plane.create(SECRET, secret_inputs())


def test_an_extension_needs_its_scope_and_a_subscription_always_exists(plane: ControlPlane) -> None:
    with pytest.raises(Refusal, match="could not be found"):
        plane.create(LOCK, {"scope": VAULT_ID, "lockName": "keep", "level": "CanNotDelete"})
    plane.create(LOCK, {"scope": f"/subscriptions/{SUBSCRIPTION}", "lockName": "keep", "level": "CanNotDelete"})


def test_what_azure_makes_by_itself_needs_no_create(store: Store) -> None:
    account = f"{GROUP_ID}/providers/Microsoft.Storage/storageAccounts/st"
    assert missing_parent(store, f"{account}/blobServices/default/containers/c") == account
    flow = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/NetworkWatcherRG/providers/Microsoft.Network/networkWatchers"
    assert missing_parent(store, f"{flow}/NetworkWatcher_swedencentral/flowLogs/f") is None
    redis = f"{GROUP_ID}/providers/Microsoft.Cache/redisEnterprise/r/databases/default"
    assert missing_parent(store, f"{redis}/accessPolicyAssignments/a") == redis, "a database named default is made"


def test_a_deleted_vault_holds_its_name(plane: ControlPlane) -> None:
    plane.create(GROUP, group_inputs())
    plane.create(VAULT, vault_inputs())
    plane.delete(VAULT_ID)
    with pytest.raises(Refusal, match=r"ConflictError.*recover it .createMode 'recover'., purge it, or choose"):
        plane.create(VAULT, vault_inputs())


def test_a_retired_type_is_refused_when_new_and_left_alone_when_it_exists(store: Store) -> None:
    facts = {GROUP: dataclasses.replace(FACTS[GROUP], retired="retired; use something else")}
    plane = ControlPlane(store, SUBSCRIPTION, TENANT, facts=facts, laws={})
    assert [one.message for one in plane.check(GROUP, group_inputs(), None, logical="g")[1]] == [
        "retired; use something else"
    ]
    assert plane.check(GROUP, group_inputs(), group_inputs(), logical="g")[1] == []


def test_deleting_a_group_deletes_what_is_inside_and_keeps_the_names_of_vaults(
    plane: ControlPlane, store: Store
) -> None:
    plane.create(GROUP, group_inputs())
    plane.create(VAULT, vault_inputs())
    plane.create(LOCK, {"scope": VAULT_ID, "lockName": "keep", "level": "CanNotDelete"})
    assert len(plane.delete(GROUP_ID)) == 3
    assert store.objects() == [], "extension resources on a deleted scope vanish with it"
    assert [one.id for one in store.tombstones()] == [VAULT_ID]


def test_deleting_what_is_gone_is_no_error(plane: ControlPlane) -> None:
    assert plane.delete(VAULT_ID) == []


def test_recovering_takes_a_deleted_vault_back(plane: ControlPlane, store: Store) -> None:
    plane.create(GROUP, group_inputs())
    plane.create(VAULT, vault_inputs())
    plane.delete(VAULT_ID)
    properties = {**vault_inputs()["properties"], "createMode": "recover"}  # ty: ignore[invalid-argument-type]
    plane.create(VAULT, vault_inputs(properties=properties))
    assert store.tombstones() == []
    assert [line.what for line in store.activity(VAULT_ID)] == ["create", "delete", "recover"]


def test_recovering_what_was_never_deleted_is_refused(plane: ControlPlane) -> None:
    plane.create(GROUP, group_inputs())
    properties = {**vault_inputs()["properties"], "createMode": "recover"}  # ty: ignore[invalid-argument-type]
    with pytest.raises(Refusal, match="omit createMode"):
        plane.create(VAULT, vault_inputs(properties=properties))


def test_what_is_derived_from_a_secret_input_is_secret(plane: ControlPlane) -> None:
    plane.create(GROUP, group_inputs())
    plane.create(VAULT, vault_inputs())
    made = plane.create(SECRET, secret_inputs(value=Secret("hunter2-long"), contentType="text"))
    assert made.outputs["properties"]["value"] == Secret("hunter2-long")
    assert made.outputs["properties"]["contentType"] == "text", "what lies beside it is not"


def test_a_name_that_was_not_given_is_made_and_kept(plane: ControlPlane) -> None:
    news = {"location": "swedencentral"}
    first, problems = plane.check(GROUP, news, None, logical="rg", seed=b"seed")
    again, _ = plane.check(GROUP, news, None, logical="rg", seed=b"seed")
    later, _ = plane.check(GROUP, news, first, logical="rg", seed=b"other")
    assert problems == []
    assert first["resourceGroupName"].startswith("rg")
    assert len(first["resourceGroupName"]) == len("rg") + 8
    assert first == again, "a plan and the deployment after it agree"
    assert first == later, "the name stays through updates"


def test_a_name_that_azure_would_not_take_is_refused_in_words(plane: ControlPlane) -> None:
    _, problems = plane.check(VAULT, vault_inputs(vaultName="kv_test"), None, logical="v")
    assert [one.path for one in problems] == ["vaultName"]
    assert "3 to 24 characters: letters, digits and hyphens" in problems[0].message


def test_unknown_inputs_are_tolerated_by_check(plane: ControlPlane) -> None:
    _, problems = plane.check(VAULT, vault_inputs(vaultName=UNKNOWN, properties=UNKNOWN), None, logical="v")
    assert problems == []


def test_laws_that_inputs_decide_speak_in_a_preview_and_the_others_when_the_change_is_made(store: Store) -> None:
    def law(request: Request, world: World) -> list[str]:
        found = [] if request.get("location") == "swedencentral" else ["wrong region"]
        return [*found, *(["a second group"] if world.list(request.fact.arm_type) else [])]

    def early(request: Request, world: World) -> list[str]:
        return ["named bad"] if request.get("resourceGroupName") == "bad" else []

    plane = ControlPlane(store, SUBSCRIPTION, TENANT, facts=FACTS, laws={GROUP: (law,), ANY_TYPE: (early,)})
    _, problems = plane.check(GROUP, group_inputs(resourceGroupName="bad"), None, logical="rg")
    assert [one.message for one in problems] == ["named bad"], "the law that needs the world waits"
    plane.create(GROUP, group_inputs())
    with pytest.raises(Refusal) as caught:
        plane.create(GROUP, group_inputs(resourceGroupName="bad", location="northeurope"))
    assert str(caught.value) == "- named bad\n- wrong region\n- a second group", "all violations are said at once"


def test_an_update_of_what_somebody_deleted_says_so(plane: ControlPlane) -> None:
    with pytest.raises(Refusal, match="run refresh"):
        plane.update(GROUP, GROUP_ID, group_inputs())


def test_an_update_logs_the_paths_that_changed(plane: ControlPlane, store: Store) -> None:
    plane.create(GROUP, group_inputs(tags={"a": "1"}))
    plane.update(GROUP, GROUP_ID, group_inputs(tags={"a": "2", "b": "3"}))
    assert store.activity(GROUP_ID)[-1].paths == ("tags.a", "tags.b")


def test_a_type_without_a_row_is_accepted_on_its_shape_and_marked(plane: ControlPlane) -> None:
    plane.create(GROUP, group_inputs())
    inputs = {"resourceGroupName": "rg-test", "clusterName": "c", "databaseName": "default"}
    made = plane.create("azure-native:redisenterprise:Database", inputs)
    assert made.shape_only
    assert made.id == f"{GROUP_ID}/providers/Microsoft.redisenterprise/databases/c.default"
    assert made.outputs["name"] == "default"
    with pytest.raises(Refusal, match="already exists"):
        plane.create("azure-native:redisenterprise:Database", inputs)


@pytest.mark.parametrize(
    ("kind", "names"),
    {
        "cdn:AFDOrigin": "{originGroupName}.{profileName}.{originName}",
        "cdn:Rule": "{profileName}.{ruleSetName}.{ruleName}",
        "apimanagement:Backend": "{serviceName}.{backendId}",
        "apimanagement:ApiDiagnostic": "{apiId}.{serviceName}.{diagnosticId}",
        "compute:VirtualMachineScaleSetExtension": "{vmScaleSetName}.{vmssExtensionName}",
        "machinelearningservices:ModelVersion": "{name}.{workspaceName}.{version}",
        "sql:ManagedDatabase": "{managedInstanceName}.{databaseName}",
        "web:WebAppSiteContainer": "{name}.{containerName}",
        "dns:DnssecConfig": "{zoneName}",
    }.items(),
)
def test_an_id_from_a_shape_has_the_names_of_the_object_and_of_all_that_contain_it(kind: str, names: str) -> None:
    assert fact_from_shape(f"azure-native:{kind}").path.rsplit("/", 1)[-1] == names


def test_two_children_of_one_parent_without_facts_do_not_collide(plane: ControlPlane) -> None:
    plane.create(GROUP, group_inputs())
    profile = {
        "resourceGroupName": "rg-test",
        "profileName": "afd",
        "location": "Global",
        "sku": {"name": "Standard_AzureFrontDoor"},
    }
    _, problems = plane.check("azure-native:cdn:Profile", profile, None, logical="afd")
    assert not problems, "where a type without facts can be is not known"
    within = {"resourceGroupName": "rg-test", "profileName": "afd", "originGroupName": "web", "hostName": "one.test"}
    ids = set()
    for logical in ("blue", "green"):
        inputs, problems = plane.check("azure-native:cdn:AFDOrigin", dict(within), None, logical=logical, seed=b"seed")
        assert not problems
        ids.add(plane.create("azure-native:cdn:AFDOrigin", inputs).id)
    assert len(ids) == 2


def test_a_guid_is_the_same_for_the_same_object_in_any_spelling() -> None:
    def at(arm_id: str) -> Placement:
        return Placement(id=arm_id, name="x", subscription_id="s", tenant_id="t")

    assert at("/A/b").guid("principal") == at("/a/B").guid("principal")
    assert at("/a/b").guid("principal") != at("/a/b").guid("client")

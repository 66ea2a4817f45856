"""Looking into the local Azure and changing it by hand: plain data, no secrets, Azure's own rules."""

from __future__ import annotations

import pytest

from emulator import inspect, lookup
from emulator.control import ControlPlane
from emulator.errors import Refusal
from emulator.store import Store
from emulator.values import Secret

from .conftest import GROUP, GROUP_ID, SECRET, SUBSCRIPTION, TENANT, VAULT, VAULT_ID, group_inputs, vault_inputs


@pytest.fixture
def made(plane: ControlPlane) -> Store:
    """A group, a vault and a secret."""
    plane.store.register(SUBSCRIPTION, TENANT)
    plane.create(GROUP, group_inputs(tags={"owner": "platform"}))
    plane.create(VAULT, vault_inputs())
    value = {"value": Secret("hunter2-long")}
    plane.create(
        SECRET, {"resourceGroupName": "rg-test", "vaultName": "kv-test", "secretName": "db", "properties": value}
    )
    return plane.store


def test_a_listing_can_be_narrowed_by_type_and_group(made: Store) -> None:
    assert [row["name"] for row in inspect.listing(made)] == ["rg-test", "kv-test", "db"]
    narrowed = [row["id"] for row in inspect.listing(made, kind="vaults", group="RG-TEST")]
    assert narrowed == [VAULT_ID, f"{VAULT_ID}/secrets/db"]
    assert inspect.listing(made, group="other") == []


def test_an_object_is_shown_by_name_without_its_secrets(made: Store) -> None:
    shown = inspect.show(made, "db")
    assert shown["inputs"]["properties"] == {"value": "[secret]"}
    assert "hunter2" not in str(shown)
    assert [(line["who"], line["what"]) for line in shown["activity"]] == [("pulumi", "create")]


def test_a_name_that_nobody_has_is_answered_with_the_nearest(made: Store) -> None:
    with pytest.raises(LookupError, match="did you mean 'kv-test'"):
        inspect.show(made, "kv-tset")


def test_a_change_by_hand_shows_in_inputs_outputs_and_activity(made: Store) -> None:
    shown = inspect.change(made, "rg-test", "tags.owner", "intruder")
    assert shown["inputs"]["tags"] == shown["outputs"]["tags"] == {"owner": "intruder"}
    assert shown["activity"][-1] == {
        **shown["activity"][-1],
        "who": "by hand",
        "what": "update",
        "paths": ["tags.owner"],
    }


def test_what_is_set_to_nothing_is_removed_and_lists_grow_at_their_end(made: Store) -> None:
    assert inspect.change(made, "rg-test", "tags.owner", None)["inputs"]["tags"] == {}
    rule = inspect.change(made, VAULT_ID, "properties.networkAcls.ipRules[0].value", "1.2.3.4")
    assert rule["inputs"]["properties"]["networkAcls"] == {"ipRules": [{"value": "1.2.3.4"}]}


def test_a_change_that_azure_would_not_take_is_refused(made: Store) -> None:
    with pytest.raises(Refusal, match="did you mean 'enableRbacAuthorization'"):
        inspect.change(made, VAULT_ID, "properties.enableRbacAuthorisation", value=True)
    with pytest.raises(Refusal, match=r"location of .* cannot be changed"):
        inspect.change(made, "rg-test", "location", "northeurope")
    assert inspect.show(made, "rg-test")["inputs"]["location"] == "swedencentral"


def test_a_secret_changed_by_hand_stays_secret(made: Store) -> None:
    inspect.change(made, "db", "properties.value", "other")
    record = made.object(f"{VAULT_ID}/secrets/db")
    assert record is not None
    assert record.inputs["properties"]["value"] == Secret("other")


def test_a_delete_by_hand_takes_everything_below(made: Store) -> None:
    assert inspect.remove(made, "rg-test") == [GROUP_ID, VAULT_ID, f"{VAULT_ID}/secrets/db"]
    assert [row["name"] for row in inspect.deleted(made)] == ["kv-test"]
    assert inspect.purge(made, "kv-test") == [VAULT_ID]
    assert inspect.deleted(made) == []


def test_a_pending_create_is_found_by_what_it_would_have_made(made: Store) -> None:
    found = lookup.find(made, VAULT, vault_inputs(), SUBSCRIPTION)
    assert found == VAULT_ID
    assert lookup.find(made, VAULT, vault_inputs(vaultName="kv-none"), SUBSCRIPTION) is None
    assert lookup.find(made, "random:index/randomUuid:RandomUuid", {}, SUBSCRIPTION) is None

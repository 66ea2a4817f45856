"""The role that deploys a stack follows from what the program declares for it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.platform import Platform
from emulator.facts import TABLE
from emulator.facts.quotas import family_of
from settings import PlatformSettings, load
from settings.azure_sizes import POSTGRES
from settings.regions import REGIONS
from stacks.preflight.checks.names import global_names
from stacks.preflight.checks.quotas import family, needs
from stacks.preflight.model import region_key
from stacks.preflight.planned import ALWAYS, planned_types
from stacks.preflight.rights import MORE, WHOLE, custom_role, missing, needed_operations
from tests.components.conftest import Planned, plan

from .conftest import ROOT, stack

SOMETIMES = {"storage:BlobContainer", "storage:BlobContainerImmutabilityPolicy"}
"""Types that depend on applications and records; the role has them anyway."""
NETWORK = "/subscriptions/22222222-2222-4333-8444-555555555555/resourceGroups/rg-hub/providers/Microsoft.Network"
CASES: dict[str, PlatformSettings] = {
    **{name: load.stack(ROOT, name) for name in load.stacks(ROOT)},
    "in the hub's network": stack(
        network={
            "mode": "existing",
            "id": f"{NETWORK}/virtualNetworks/vnet-hub",
            "subnets": {"endpoints": "snet-endpoints", "apps": "snet-apps"},
        },
        dns={"mode": "policy"},
    ),
    "peered with the hub": stack(
        network={
            "mode": "create",
            "addressSpace": ["10.20.0.0/22"],
            "ingress": {"peerings": [f"{NETWORK}/virtualNetworks/vnet-hub"]},
        },
    ),
    "small": stack(edition="standard", size="s", compute={"plan": {}}, data={"postgres": {}}),
}


@pytest.fixture(scope="module", params=CASES)
def declared(request: pytest.FixtureRequest) -> tuple[PlatformSettings, Planned]:
    """A stack's settings, and everything that the program declares for them."""
    settings = CASES[request.param]
    return settings, plan(lambda: Platform.of(settings), preview=True)


def test_the_planned_types_are_those_of_the_program(declared: tuple[PlatformSettings, Planned]) -> None:
    settings, planned = declared
    made = {each.type for each in planned.resources if f"azure-native:{each.type}" in TABLE}
    assert set(planned_types(settings)) - SOMETIMES == made - SOMETIMES


def test_the_names_that_are_asked_for_are_those_of_the_program(declared: tuple[PlatformSettings, Planned]) -> None:
    settings, planned = declared
    named = {
        "keyvault:Vault": "vaultName",
        "containerregistry:Registry": "registryName",
        "dbforpostgresql:Server": "serverName",
        "redisenterprise:RedisEnterprise": "clusterName",
        "storage:StorageAccount": "accountName",
        "web:WebApp": "name",
    }
    made = {
        (TABLE[f"azure-native:{each.type}"].arm_type, each.inputs[named[each.type]])
        for each in planned.resources
        if each.type in named
    }
    assert set(global_names(settings)) == made


def test_what_uses_a_quota_is_asked_for_under_the_name_and_in_the_group_that_the_program_gives_it(
    declared: tuple[PlatformSettings, Planned],
) -> None:
    settings, planned = declared
    made = {
        (TABLE[f"azure-native:{each.type}"].arm_type, each.inputs.get("resourceGroupName"), value)
        for each in planned.resources
        if f"azure-native:{each.type}" in TABLE
        for value in each.inputs.values()
        if isinstance(value, str)
    }
    for need in needs(settings):
        group = settings.names.of("resource_group", need.part)
        assert {(need.arm_type, group, name) for name in need.names} <= made, need.arm_type


@given(st.sampled_from(sorted(POSTGRES)))
def test_both_tables_call_the_family_of_a_size_the_same(sku: str) -> None:
    assert family(sku) == family_of(sku)


@pytest.mark.parametrize("name", CASES)
def test_the_role_may_do_everything_that_the_plan_has_and_no_more(name: str) -> None:
    settings = CASES[name]
    operations = needed_operations(settings)
    assert not missing(operations, [{"actions": list(operations)}])
    types = {TABLE[f"azure-native:{kind}"].arm_type.lower() for kind in planned_types(settings)}
    extra = {one.lower() for kind in types for one in _more(kind)}
    for operation in operations:
        kind = operation.lower().rpartition("/")[0]
        assert operation == "*/read" or kind in types or operation.lower() in extra, operation
    assert not any(one.startswith("*") and one != "*/read" for one in operations)


def _more(kind: str) -> list[str]:
    tables: list[Any] = [WHOLE, MORE]
    return [one for table in tables for arm_type, ones in table.items() if arm_type.lower() == kind for one in ones]


def test_a_stack_without_locks_needs_no_right_to_lock() -> None:
    lock = "Microsoft.Authorization/locks/write"
    assert lock in needed_operations(CASES["prod"]) and lock not in needed_operations(CASES["dev"])


def test_a_stack_in_the_hubs_network_may_not_change_networks() -> None:
    assert not [one for one in needed_operations(CASES["in the hub's network"]) if "/virtualNetworks/" in one]


def test_every_type_of_the_tables_is_one_that_some_stack_has() -> None:
    known = {TABLE[f"azure-native:{kind}"].arm_type for case in CASES.values() for kind in planned_types(case)}
    assert {*MORE, *WHOLE} <= known
    assert len(ALWAYS) == len(set(ALWAYS))


def test_the_role_is_a_document_that_azure_takes() -> None:
    role = json.loads(json.dumps(custom_role(CASES["dev"], "dev")))
    assert role["IsCustom"] is True
    assert role["AssignableScopes"] == ["/subscriptions/1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b"]
    assert role["Actions"] == sorted(set(role["Actions"]), key=str.lower)
    assert role["DataActions"] == [], "everything is written through the control plane"


OPERATION = "Microsoft.Web/sites/write"


@pytest.mark.parametrize(
    ("permissions", "allowed"),
    [
        ([], False),
        ([{"actions": ["*"]}], True),
        ([{"actions": ["microsoft.web/*/WRITE"]}], True),
        ([{"actions": ["Microsoft.Web/sites/*"], "notActions": ["*/write"]}], False),
        ([{"actions": ["*"], "notActions": ["Microsoft.Web/*"]}, {"actions": [OPERATION]}], True),
        ([{"actions": ["Microsoft.Web/sites"]}], False),
    ],
    ids=["nothing", "everything", "pattern", "taken away", "given by another role", "a prefix"],
)
def test_permissions_are_read_as_azure_does(permissions: list[dict[str, Any]], *, allowed: bool) -> None:
    assert (missing([OPERATION], permissions) == []) is allowed


def test_a_right_to_read_everything_is_not_given_by_one_to_read_something() -> None:
    assert missing(["*/read"], [{"actions": ["Microsoft.Web/*/read"]}]) == ["*/read"]
    assert missing(["*/read"], [{"actions": ["*"]}]) == []


@given(st.sampled_from(sorted(REGIONS)))
def test_regions_are_compared_however_azure_spells_them(region: str) -> None:
    assert region_key(region.upper()) == region

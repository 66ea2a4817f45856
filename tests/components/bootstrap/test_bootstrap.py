"""Who may do what with state, keys and ledgers; and that everything is closed to everybody else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from components.bootstrap.bootstrap import Bootstrap
from components.bootstrap.cache_keys import ACTION
from components.bootstrap.rights import DELEGABLE, OWN, delegation_condition, pipeline_grants
from components.shared.roles import ROLES
from settings import bootstrap
from settings.bootstrap import BootstrapFile

Plan = Callable[..., Any]
ROOT = Path(__file__).resolve().parents[3]
SETTINGS = bootstrap.load(ROOT, "bootstrap/Pulumi.bootstrap.yaml")
ORDER = [stack.name for stack in SETTINGS.stacks]
WRITES = {"storage-blob-data-contributor", "contributor", "locks-contributor", "role-administrator"}


KEYS = {"keyvault:Key": lambda _n, i: {"keyUriWithVersion": f"https://v.vault.azure.net/keys/{i['keyName']}/1"}}


class Everything(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return f"/{key}"


ROWS = pipeline_grants(SETTINGS.stacks, Everything(), Everything())


@pytest.fixture
def planned(plan: Plan) -> Any:
    def build() -> dict[str, Any]:
        made = Bootstrap.of(SETTINGS)
        return {"pipelines": made.pipelines}

    return plan(build, outputs=KEYS)


def test_nobody_writes_what_belongs_to_another_stack() -> None:
    for row in ROWS:
        if row.role in WRITES and not str(row.scope).startswith("/subscriptions"):
            assert str(row.scope).endswith(f"-{row.holder.removesuffix('-plan')}"), f"{row.holder} writes {row.scope}"


def test_nobody_reads_a_later_stack_or_one_two_before() -> None:
    for row in ROWS:
        of = next((name for name in ORDER if str(row.scope).endswith(f"-{name}")), None)
        if of is None:
            continue
        distance = ORDER.index(row.holder.removesuffix("-plan")) - ORDER.index(of)
        assert distance in (0, 1), f"{row.holder} may use {row.scope}"


def test_nobody_signs_for_another_stack() -> None:
    users = [(row.holder, str(row.scope)) for row in ROWS if row.role == "key-vault-crypto-user"]
    signers = [(holder, scope) for holder, scope in users if "/ledger-" in scope]
    assert sorted(signers) == sorted((name + part, f"/ledger-{name}") for name in ORDER for part in ("", "-plan"))


def test_who_plans_writes_neither_state_nor_resources() -> None:
    for row in ROWS:
        if row.holder.endswith("-plan"):
            assert row.role not in {"contributor", "locks-contributor", "role-administrator"}
            assert row.role not in WRITES or not str(row.scope).startswith("/state-")


def test_every_right_has_a_reason_of_its_own() -> None:
    assert all(len(row.reason) > 15 for row in ROWS)
    names = [(row.holder, row.on, row.role) for row in ROWS]
    assert len(set(names)) == len(names)


def test_every_right_that_is_given_is_a_row_and_every_row_is_given(planned: Any) -> None:
    own = {i["roleDefinitionId"] for i in planned.inputs_of("authorization:RoleDefinition")}
    given = sorted(
        (i["description"], i["roleDefinitionId"][-36:])
        for i in planned.inputs_of("authorization:RoleAssignment")
        if i["roleDefinitionId"][-36:] not in own
    )
    assert given == sorted((row.reason, ROLES[row.role].id) for row in ROWS), "the table is the whole truth"


def test_who_plans_may_list_the_keys_of_the_cache_and_change_nothing_by_it(planned: Any) -> None:
    """No built-in role lists them without writing, and a plan that may not ask for the key fails."""
    roles = planned.inputs_of("authorization:RoleDefinition")
    assert [r["permissions"] for r in roles] == [[{"actions": [ACTION]}]] * len(ORDER)
    assert {s for r in roles for s in r["assignableScopes"]} == {
        f"/subscriptions/{s.subscription_id}" for s in SETTINGS.stacks
    }
    for role in roles:
        (one,) = (
            i
            for i in planned.inputs_of("authorization:RoleAssignment")
            if i["roleDefinitionId"].endswith(role["roleDefinitionId"])
        )
        assert one["scope"] == role["scope"] and "plans for" in one["description"]


def test_a_pipeline_can_give_only_what_the_platform_gives() -> None:
    condition = delegation_condition()
    given = set(re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", condition))
    assert given == set(DELEGABLE)
    assert not given & {ROLES[key].id for key in OWN}, "a pipeline could raise its own rights"
    assert "8e3af657-a8ff-443c-a75c-2fe8c4bcb635" not in given, "Owner"
    assert condition.count("ForAnyOfAnyValues:StringEqualsIgnoreCase {'ServicePrincipal', 'Group'}") == 2
    assert condition.count("(") == condition.count(")") and condition.count("{") == condition.count("}")


def test_the_right_to_give_rights_always_has_the_condition(planned: Any) -> None:
    role = ROLES["role-administrator"].id
    found = [i for i in planned.inputs_of("authorization:RoleAssignment") if i["roleDefinitionId"].endswith(role)]
    assert len(found) == len(ORDER)
    for inputs in found:
        assert inputs["condition"] == delegation_condition() and inputs["conditionVersion"] == "2.0"
        assert inputs["scope"].removeprefix("/subscriptions/") in inputs["roleDefinitionId"]


def test_every_stack_has_containers_of_its_own_and_a_ledger_that_nobody_changes(planned: Any) -> None:
    names = {i["containerName"] for i in planned.inputs_of("storage:BlobContainer")}
    wanted = {f"{kind}-{stack}" for kind in ("state", "ledger", "operations") for stack in ORDER}
    assert names == wanted | {"state-bootstrap"}
    policies = planned.inputs_of("storage:BlobContainerImmutabilityPolicy")
    assert {p["containerName"] for p in policies} == {f"ledger-{stack}" for stack in ORDER}
    assert all(p["immutabilityPeriodSinceCreationInDays"] == SETTINGS.ledger_days for p in policies)


def test_state_is_never_deleted_by_itself_and_its_copies_are(planned: Any) -> None:
    rules = planned.one("storage:ManagementPolicy").inputs["policy"]["rules"]
    deleting = [rule["definition"] for rule in rules if rule["definition"]["actions"].get("baseBlob")]
    prefixes = [prefix for one in deleting for prefix in one["filters"]["prefixMatch"]]
    assert deleting and all(re.search(r"/\.pulumi/(backups|history)/$", prefix) for prefix in prefixes)
    assert all(len(one["filters"]["prefixMatch"]) <= 10 for one in deleting)


def test_nothing_can_be_reached_from_outside_or_with_a_key(planned: Any) -> None:
    account = planned.one("storage:StorageAccount").inputs
    assert account["publicNetworkAccess"] == "Disabled" and account["allowSharedKeyAccess"] is False
    assert planned.one("keyvault:Vault").inputs["properties"]["publicNetworkAccess"] == "Disabled"
    assert len(planned.of("network:PrivateEndpoint")) == 2
    assert len(planned.of("authorization:ManagementLockByScope")) == 3, "account, vault and log cannot be deleted"


def test_credentials_of_one_identity_are_written_one_after_another(planned: Any) -> None:
    made = planned.of("managedidentity:FederatedIdentityCredential")
    assert len(made) == len(SETTINGS.trusts)
    for identity in {one.inputs["resourceName"] for one in made}:
        own = {f"{one.type} {one.name}" for one in made if one.inputs["resourceName"] == identity}
        waiting = [one for one in made if one.inputs["resourceName"] == identity and one.depends_on & own]
        assert len(waiting) == len(own) - 1, "Azure refuses two writes to one identity at the same time"


def test_a_pipeline_is_told_the_version_that_closes_its_state(planned: Any) -> None:
    told = planned.result["pipelines"]
    assert told["prod"]["secretsProvider"] == "azurekeyvault://v.vault.azure.net/keys/state-prod/1"
    assert told["dev-plan"]["secretsProvider"] == "azurekeyvault://v.vault.azure.net/keys/state-dev/1"


def test_without_protection_a_trial_can_be_taken_down(plan: Plan) -> None:
    raw = SETTINGS.model_dump(by_alias=True, mode="json") | {"protect": False}
    trial = BootstrapFile.model_validate_json(json.dumps(raw))
    planned = plan(lambda: {"name": Bootstrap.of(trial).account_name}, outputs=KEYS)
    assert not planned.of("authorization:ManagementLockByScope")
    assert not [one.name for one in planned.resources if one.protect]

"""What exists today plans unchanged tomorrow: this version comes over what the last one deployed, as it was kept.

prod is deployed, which has every type of the shipped stacks; with ``FABRIX_UPGRADES=all`` both are planned first, with
their stack files as they are, and dev is deployed too: before a version is released.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from components.shared.keyvault_api import PACKAGE
from judging.transition import STATEFUL_TYPES
from resources.tokens import normalise
from settings import load
from tests.conftest import ROOT, Checkout, make_checkout
from tests.upgrades.kept import FOLDER, deployment, unpack

Change = dict[str, Any]

(KEPT,) = (archive.parent for archive in FOLDER.glob("*/dev.tar.xz"))
ALL = os.environ.get("FABRIX_UPGRADES") == "all"

_NO_TELEMETRY = "it sends nothing to Application Insights (its `telemetry` in the catalogue), so it may publish nothing"
GONE: dict[tuple[str, str], str] = {
    ("authorization:RoleAssignment", "flowlogs-weu"): "flow logs moved from the account of audit records to their own",
    ("authorization:RoleAssignment", "monitoring-weu-publish-dataplane"): _NO_TELEMETRY,
    ("authorization:RoleAssignment", "monitoring-weu-publish-flowise"): _NO_TELEMETRY,
    ("authorization:RoleAssignment", "monitoring-weu-publish-keycloak"): _NO_TELEMETRY,
    ("authorization:RoleAssignment", "monitoring-weu-publish-openwebui"): _NO_TELEMETRY,
}
"""Everything that this version replaces or deletes, and why. Nothing that holds data can be here."""

CHANGED: dict[str, str] = {
    "containerregistry:Registry": "accepts the tokens that App Service pulls with",
    "keyvault:Secret": "the address of the cache, with a key for applications that can use nothing else",
    "network:FlowLog": "writes to an account of its own, whose life cycle decides how long",
    "network:NetworkSecurityGroup": "port 80 beside 445 to file shares; names and descriptions of rules",
    "redisenterprise:Database": "access keys, for applications that can use nothing else",
    "web:AppServicePlan": "size m is P1v3 instead of S3, which is changed in place",
    "web:WebApp": "settings for cache and telemetry; the folder that Open WebUI mounts",
    "web:WebAppSlot": "the same; slots of single-instance applications are disabled between releases",
}
"""Types that this version changes in place, and why."""
LOCK = "authorization:ManagementLockByScope"
SECRETS_CHANGED = {"secret-weu-redis-urlKeyVault"}


def upgraded(tmp_path_factory: pytest.TempPathFactory, stack: str) -> Checkout:
    """This version's checkout, with what the last one left of a stack, and the stack file that it had."""
    checkout = make_checkout(tmp_path_factory.mktemp(stack) / "checkout")
    for name in load.stacks(checkout.root):
        (checkout.root / f"Pulumi.{name}.yaml").unlink()
    shutil.copy(KEPT / f"Pulumi.{stack}.yaml", checkout.root)
    unpack(KEPT / f"{stack}.tar.xz", checkout.local)
    return checkout


def named(changes: Iterable[Change], *operations: str) -> set[tuple[str, str]]:
    return {(normalise(c["type"]), c["name"]) for c in changes if c["operation"] in operations}


def require_nothing_lost(changes: list[Change]) -> None:
    """Whatever goes or changes is in the tables above."""
    gone = named(changes, "delete", "replace", "create-replacement", "delete-replaced")
    gone -= {one for one in gone if one[0] == LOCK}  # which a test lifts
    assert not {one for one in gone if one[0] in STATEFUL_TYPES}, "this holds data"
    assert gone == GONE.keys(), "what is replaced or deleted is in a table with a reason; what no longer is, is not"
    updated = named(changes, "update")
    assert {kind for kind, _ in updated} <= CHANGED.keys(), "what changes in place is in a table with a reason"
    assert {name for kind, name in updated if kind == "keyvault:Secret"} == SECRETS_CHANGED
    require_moves(changes)


def require_moves(changes: list[Change]) -> None:
    """What this version has besides comes over the old state without taking its place."""
    created = named(changes, "create")
    assert {("app:Job", "sql-weu"), ("app:ManagedEnvironment", "sql-weu")} <= created
    assert ("storage:StorageAccount", "storage-weu-flows") in created
    by_name = {(normalise(c["type"]), c["name"]): set(c["properties"]) for c in changes if c["operation"] == "update"}
    assert "storageId" in by_name["network:FlowLog", "flowlogs-weu"]
    for slot in ("slot-weu-keycloak", "slot-weu-openwebui"):
        assert "enabled" in by_name["web:WebAppSlot", slot]
    vault = {kind for kind, _ in created if kind.startswith("keyvault:")}
    assert vault == {"keyvault:Secret"}, "vault and keys move to their versioned package by alias, as they are"


@pytest.mark.engine
@pytest.mark.skipif(not ALL, reason="FABRIX_UPGRADES=all asks for it")
@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_a_stack_as_it_stands_is_planned_without_loss(tmp_path_factory: pytest.TempPathFactory, stack: str) -> None:
    planned = upgraded(tmp_path_factory, stack).fabrix("preview", stack, "--json").must().document
    require_nothing_lost(planned["changes"])


@pytest.mark.engine
@pytest.mark.parametrize("stack", ["prod", "dev"] if ALL else ["prod"], scope="class")
class TestADeployment:
    """One stack of the last version becomes one of this version, in order."""

    @pytest.fixture(scope="class")
    @staticmethod
    def place(tmp_path_factory: pytest.TempPathFactory, stack: str) -> Checkout:
        return upgraded(tmp_path_factory, stack)

    def test_it_goes_through_and_loses_nothing(self, place: Checkout, stack: str) -> None:
        if stack == "prod":  # the right of flow logs is on a locked account, and docs/azure.md says what to do
            place.edit("Pulumi.prod.yaml", ("locks: true", "locks: false"))
        done = place.fabrix("up", stack, "--yes", "--json").must().document
        require_nothing_lost(done["changes"])
        assert not done["errors"]

    def test_with_its_old_stack_file_nothing_is_left_to_do_but_the_locks(self, place: Checkout, stack: str) -> None:
        shutil.copy(KEPT / f"Pulumi.{stack}.yaml", place.root)
        changes = place.fabrix("preview", stack, "--refresh", "--json").must().document["changes"]
        lifted = {("create", LOCK)} if stack == "prod" else set()
        assert {(change["operation"], normalise(change["type"])) for change in changes} == lifted, changes[:5]

    def test_the_vault_is_the_same_under_another_package(self, place: Checkout, stack: str) -> None:
        (state,) = place.local.glob(f"state/.pulumi/stacks/*/{stack}.json")
        before, after = (
            {entry["urn"].rsplit("::", 1)[-1]: entry for entry in content["resources"] if "keyvault:" in entry["type"]}
            for content in (deployment(KEPT / f"{stack}.tar.xz"), json.loads(state.read_text())["checkpoint"]["latest"])
        )
        assert before and {entry["type"].split(":")[0] for entry in after.values()} == {PACKAGE}
        assert {name: entry["id"] for name, entry in before.items()}.items() <= {
            name: entry["id"] for name, entry in after.items()
        }.items()

    def test_the_ledger_goes_on(self, place: Checkout, stack: str) -> None:
        entries = place.fabrix("ledger", "show", stack, "--json").must().document["entries"]
        assert [entry["predicate"]["how"] for entry in entries] == ["up", "up"]


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_a_stack_file_still_means_what_is_deployed(tmp_path: Path, stack: str) -> None:
    """A cheap look, without the engine, at sizes of what holds data."""
    (tmp_path / "releases").symlink_to(ROOT / "releases", target_is_directory=True)
    shutil.copy(KEPT / f"Pulumi.{stack}.yaml", tmp_path)
    settings = load.stack(tmp_path, stack)
    inputs: dict[str, list[Any]] = {}
    for entry in deployment(KEPT / f"{stack}.tar.xz")["resources"]:
        inputs.setdefault(normalise(entry["type"]), []).append(entry.get("inputs"))
    shares = {app.files.share: app.files.share_gib for app in settings.apps if app.files}
    assert {share["shareName"]: share["shareQuota"] for share in inputs["storage:FileShare"]} == shares
    (server,), size = inputs["dbforpostgresql:Server"], settings.sizing.postgres
    assert (server["sku"]["name"], server["storage"]["storageSizeGB"]) == (size.sku_name, size.storage_gib)
    assert server["highAvailability"]["mode"] == size.ha
    assert (server["backup"]["geoRedundantBackup"] == "Enabled") == size.geo_backup
    assert {account["sku"]["name"] for account in inputs["storage:StorageAccount"]} == {settings.sizing.storage.sku}
    (cluster,) = inputs["redisenterprise:RedisEnterprise"]
    assert cluster["sku"]["name"] == settings.sizing.redis.sku

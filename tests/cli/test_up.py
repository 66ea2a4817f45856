"""The main job as a user runs it: launcher, real engine, local Azure. Tests of a stack share a deployment, in order."""

import json

import pytest

from tests.conftest import Checkout, make_checkout

pytestmark = pytest.mark.engine

PACK = """
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy

def check(args, report):
    if args.resource_type == "azure-native:storage:StorageAccount":
        report("no storage here")

rule = ResourceValidationPolicy("no-storage", "No storage", check, EnforcementLevel.MANDATORY)
PolicyPack("house", policies=[rule])
"""

SMALLEST = {"dev": 120, "test": 120, "prod": 200}
"""Resources that a stack has at least."""


@pytest.fixture(scope="class", params=["dev", "test", "prod"])
def stack(request) -> str:
    return request.param


@pytest.fixture(scope="class")
def place(stack, tmp_path_factory) -> Checkout:
    """One checkout for each stack, shared by its tests."""
    return make_checkout(tmp_path_factory.mktemp(stack) / "checkout")


class TestAStack:
    """From nothing to a platform, unchanged by a second run, and back to nothing."""

    def test_the_first_up_creates_the_platform(self, place, stack) -> None:
        done = place.fabrix("up", stack, "--yes", "--json").must()
        assert done.stderr.splitlines()[0].startswith("Target: local Azure (emulated"), (
            "the first line says where the command acts"
        )
        assert done.document["resources"] >= SMALLEST[stack]
        assert not done.document["errors"]
        assert (place.local / "home" / "logs").is_file(), "the engine found a folder to log every property in"

    def test_a_second_up_changes_nothing_and_every_type_is_held_against_facts(self, place, stack) -> None:
        done = place.fabrix("up", stack, "--yes", "--refresh", "--json").must()
        assert done.document["counts"] == {}, f"what stands is not what is planned: {done.document['changes'][:5]}"
        assert done.document["shapeOnly"] == [], "a type of our own program without a row of facts is not really judged"

    def test_status_and_outputs_answer(self, place, stack) -> None:
        status = place.fabrix("status", stack, "--json").must().document["stacks"][0]
        assert status["resources"] >= SMALLEST[stack]
        assert status["pending"] == [] and status["locks"] == []
        outputs = place.fabrix("outputs", stack, "--json").must().document["outputs"]
        assert outputs["vaultUri"].startswith("https://kv")

    def test_destroy_leaves_nothing_but_the_names_that_azure_keeps(self, place, stack) -> None:
        command = ["destroy", stack, "--yes", "--json", "--remove-protection", stack]
        if stack != "dev":
            refused = place.fabrix(*command)
            assert refused.code == 1, "records of a protected stack cannot be deleted with their account"
            assert "AccountProtectedFromDeletion" in refused.stdout + refused.stderr
            left = place.fabrix("azure", "list", "--json").must().document["objects"]
            kept = {o["type"] for o in left}
            assert "Microsoft.DBforPostgreSQL/flexibleServers" not in kept, "everything else goes all the same"
            for container in (o for o in left if o["type"].endswith("/containers")):
                place.fabrix("azure", "delete", container["id"], "--yes").must()
        done = place.fabrix(*command).must()
        last = place.fabrix("ledger", "show", stack, "--json").must().document["entries"][-1]
        assert last["predicate"]["how"] == "destroy", "what is deployed afterwards has not been running all the time"
        assert done.document["softDeleted"], "the vault's name stays taken, and the user is told so"
        prefix = place.fabrix("status", stack, "--json").must().document["stacks"][0]
        assert prefix["resources"] == 0
        left = place.fabrix("azure", "list", "--json").must().document
        assert left["objects"] == [], f"left in the local Azure: {[o['id'] for o in left['objects']][:5]}"


class TestAfterwards:
    """What must be true of the checkout once all that has happened."""

    def test_the_stack_files_are_as_they_were(self, small_checkout) -> None:
        checkout = small_checkout
        checkout.git("init", "-q")
        checkout.git("add", "-A")
        checkout.git("commit", "-qm", "as shipped")
        checkout.fabrix("up", "dev", "--yes").must()
        assert checkout.git("status", "--porcelain") == "", "a local run writes nothing that git sees"

    def test_a_destroyed_platform_can_be_built_again(self, small_checkout) -> None:
        checkout = small_checkout
        first = checkout.fabrix("up", "dev", "--yes", "--json").must()
        gone = checkout.fabrix("destroy", "dev", "--yes", "--json").must().document["softDeleted"]
        checkout.fabrix("up", "dev", "--yes").must()
        vaults = checkout.fabrix("azure", "list", "vaults", "--json").must().document["objects"]
        names = {v["name"] for v in vaults if v["type"] == "Microsoft.KeyVault/vaults"}
        assert len(names) == 1 and not names & {g["name"] for g in gone}, (
            "the deleted vault holds its name, so the new one has another"
        )
        again = checkout.fabrix("up", "dev", "--yes", "--json").must()
        assert again.document["counts"] == {}
        assert again.document["resources"] == first.document["resources"]

    def test_plain_pulumi_works_in_the_shell(self, small_checkout) -> None:
        done = small_checkout.fabrix("shell", "-c", "pulumi preview --stack dev --json").must()
        assert json.loads(done.stdout)["changeSummary"]["create"] >= SMALLEST["dev"]


def test_a_policy_pack_refuses_with_exit_code_three_and_nothing_is_created(small_checkout, tmp_path) -> None:
    checkout = small_checkout
    pack = tmp_path / "pack"
    pack.mkdir()
    (pack / "PulumiPolicy.yaml").write_text("runtime: python\nversion: 0.0.1\ndescription: refuses storage\n")
    (pack / "__main__.py").write_text(PACK)
    done = checkout.fabrix("up", "dev", "--yes", "--json", "--policy-pack", str(pack)).must(3)
    assert "no storage here" in done.stderr
    assert checkout.fabrix("azure", "list", "--json").must().document["objects"] == []

"""The Azure target as far as no tenant is needed: its own backend, key and stack file, with the emulated provider.

Only the provider's plugin is the local Azure's, found in the user's ``PULUMI_HOME``. Lock, ledger and promotion need a
storage account and a vault, and are not part of it.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import Checkout, Result, make_checkout, shrink

pytestmark = pytest.mark.engine

RUNS_JOBS = 'if os.environ.get("FABRIX_TARGET") != "local":  # the local Azure runs no containers'


class Tenant:
    """A checkout whose user works with ``--target azure``."""

    def __init__(self, checkout: Checkout) -> None:
        self.checkout = checkout
        self.state = checkout.root / "state"
        self.environment = {
            "PULUMI_CONFIG_PASSPHRASE": "a passphrase of the test's",
            "PULUMI_HOME": str(checkout.local / "home"),
            "FABRIX_AZURE_DB": str(checkout.root / "azure.db"),
        }

    def fabrix(self, *words: str) -> Result:
        return self.checkout.fabrix(*words, "--target", "azure", "--json", environment=self.environment)

    def stacks(self) -> list[Path]:
        return [path for path in self.state.rglob("dev.json") if "backups" not in path.parts]


@pytest.fixture(scope="module")
def tenant(tmp_path_factory: pytest.TempPathFactory) -> Tenant:
    checkout = shrink(make_checkout(tmp_path_factory.mktemp("azure") / "checkout"))
    checkout.fabrix("preview", "dev").must()  # lays the plugins down
    checkout.edit("releases/2026.11.0.yaml", ("example: true", "example: false"))
    checkout.edit("__main__.py", (RUNS_JOBS, "if False:  # nothing here runs containers"))
    tenant = Tenant(checkout)
    tenant.state.mkdir()
    # Of all the places where a user can say where state lies, the one that only the checkout knows.
    project = checkout.root / "Pulumi.yaml"
    project.write_text(f"{project.read_text().rstrip()}\nbackend: {{url: {tenant.state.as_uri()}}}\n")
    checkout.git("init", "-q")
    checkout.git("add", "-A")
    checkout.git("commit", "-qm", "before")
    return tenant


class TestAStackOnAzure:
    """Each test goes on where the one before it ended."""

    @pytest.mark.parametrize("command", [("preview", "dev"), ("up", "dev", "--yes"), ("outputs", "dev")])
    def test_of_a_stack_that_is_not_there_every_command_says_how_it_begins(self, tenant: Tenant, command) -> None:
        said = tenant.fabrix(*command).must(2).document["error"]
        assert f"dev has no state in {tenant.state.as_uri()}" in said, "where it was looked for"
        assert "FABRIX_STATE_URL" in said and "`./fabrix up dev --target azure --secrets-provider " in said
        assert tenant.checkout.git("status", "--porcelain", "--", "Pulumi.dev.yaml") == ""

    def test_status_and_drift_make_nothing_of_it(self, tenant: Tenant) -> None:
        assert tenant.fabrix("status", "dev").must().document["stacks"][0]["deployed"] is None
        assert "dev is not deployed" in tenant.fabrix("drift", "dev").must(2).document["error"]
        assert tenant.stacks() == []

    @pytest.mark.parametrize("key", ["key", "kv-one/keys/one"])
    def test_what_is_no_key_is_refused_before_anything_is_made(self, tenant: Tenant, key: str) -> None:
        said = tenant.fabrix("up", "dev", "--yes", "--secrets-provider", key).must(2).document["error"]
        assert f"--secrets-provider {key}" in said and "azurekeyvault://" in said
        local = tenant.checkout.fabrix("up", "dev", "--yes", "--json", "--secrets-provider", "passphrase").must(2)
        assert "--target azure" in local.document["error"]
        assert tenant.stacks() == []

    def test_its_first_up_makes_the_stack_and_adds_one_line_to_its_file(self, tenant: Tenant) -> None:
        done = tenant.fabrix("up", "dev", "--yes", "--secrets-provider", "passphrase").must().document
        assert len(tenant.stacks()) == 1
        assert done["target"] == "azure" and done["counts"]["create"] > 100
        assert tenant.checkout.git("diff", "--numstat").strip() == "1\t0\tPulumi.dev.yaml"
        assert re.search(r"(?m)^\+encryptionsalt: v1:", tenant.checkout.git("diff"))

    def test_then_nothing_is_left_to_do_and_nothing_has_drifted(self, tenant: Tenant) -> None:
        assert tenant.fabrix("up", "dev", "--yes").must().document["counts"] == {}
        assert tenant.fabrix("drift", "dev").must().document["drift"] == []
        assert tenant.fabrix("status", "dev").must().document["stacks"][0]["resources"] > 100

    def test_a_stack_that_has_a_key_gets_no_other_this_way(self, tenant: Tenant) -> None:
        said = tenant.fabrix("up", "dev", "--yes", "--secrets-provider", "passphrase").must(2).document["error"]
        assert "change-secrets-provider" in said

"""The bootstrap on the local Azure: it stands, it says what pipelines need, and our own rules hold for it."""

import json

import pytest

from engine.locate import ensure
from policies.evaluate import evaluate
from resources.model import Verdict
from settings.bootstrap import STACK
from stacks.bootstrap.targets import LocalBootstrap
from stacks.pulumi_cli import PulumiCli
from stacks.state import resource_graph

pytestmark = pytest.mark.engine

NOT_ITS_OWN = {
    "DG-06": "the activity log of a subscription is exported by what owns the subscription",
    "DG-07": "alerts on a subscription belong to what owns it",
    "GV-04": "it serves the stacks on both sides of production, each by itself: the table of rights is tested instead",
    "GV-08": "budgets belong to what owns the subscription",
    "GV-11": "Defender plans are switched on once a subscription, by what owns it",
    "ID-01": "a pipeline makes resource groups: Contributor on its subscription; what it may give is bounded",
}
"""Rules of the platform that speak of a whole subscription; every other rule holds without a waiver."""


@pytest.fixture(scope="module")
def made(module_checkout):
    return module_checkout.fabrix("bootstrap", "--yes", "--json").must().document


@pytest.fixture(scope="module")
def deployment(module_checkout, made):
    target = LocalBootstrap(home=module_checkout.local)
    return PulumiCli(ensure(print), target, STACK).export()["deployment"]


def test_it_stands_and_a_second_run_changes_nothing(module_checkout, made) -> None:
    assert made["counts"]["create"] > 50 and made["assumed"]
    assert module_checkout.fabrix("bootstrap", "--yes", "--json").must().document["counts"] == {}


def test_it_says_exactly_what_a_pipeline_needs(made) -> None:
    assert set(made["pipelines"]) == {name + part for name in ("dev", "test", "prod") for part in ("", "-plan")}
    ids = [pipeline["AZURE_CLIENT_ID"] for pipeline in made["pipelines"].values()]
    assert len(set(ids)) == 6, "an identity each"
    prod = made["pipelines"]["prod"]
    assert prod["AZURE_SUBSCRIPTION_ID"] == "3d813cbb-47fb-42ba-91df-831e1593ac29"
    assert prod["FABRIX_STATE_URL"] == f"azblob://state-{{stack}}?storage_account={made['stateAccount']}"
    assert prod["FABRIX_LEDGER_KEY"].startswith("azurekms://") and prod["FABRIX_LEDGER_KEY"].endswith("/ledger-{stack}")
    version = prod["secretsProvider"].rpartition("/keys/state-prod/")[2]
    assert version, "the version is named: the newest one could not open what an older one closed"


def test_no_secret_exists_anywhere_in_it(deployment) -> None:
    text = json.dumps(deployment)
    assert "4dabf18193072939515e22adb298388d" not in text, "a value marked secret is in the state"
    assert "password" not in text.lower() and "clientsecret" not in text.lower()


def test_our_own_rules_hold_for_it(deployment) -> None:
    report = evaluate(resource_graph(deployment), "prod")
    broken = {}
    for finding in report.of(Verdict.FAIL, Verdict.UNDETERMINED):
        if finding.rule not in NOT_ITS_OWN:
            broken.setdefault(finding.rule, []).append(f"{finding.urn.rpartition('::')[2]}: {finding.reason}")
    assert not broken, f"mend these, waive nothing: {broken}"
    passed = {finding.rule[:2] for finding in report.of(Verdict.PASS)}
    assert {"ST", "KV", "ID", "NW", "DG"} & passed >= {"ST", "KV", "ID"}, "rules were applied at all"


def test_another_file_is_refused_before_anything_is_made(module_checkout, tmp_path) -> None:
    told = module_checkout.fabrix("bootstrap", str(tmp_path / "Pulumi.other.yaml"), "--yes", "--json").must(2).document
    assert "Pulumi.bootstrap.yaml" in told["error"]
    broken = tmp_path / "Pulumi.bootstrap.yaml"
    broken.write_text("config:\n  aifabrix-bootstrap:bootstrap:\n    stacks: [{name: dev}]\n")
    told = module_checkout.fabrix("bootstrap", str(broken), "--yes", "--json").must(2).document
    assert len(told["problems"]) > 3, "all problems at once"
    told = module_checkout.fabrix("bootstrap", "--move", "dev", "--json").must(2).document
    assert "belong together" in told["error"]

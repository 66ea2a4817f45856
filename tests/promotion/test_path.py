"""The whole path with the real engine: dev → test → prod on the local Azure, then every way back."""

import time

import pytest

from tests.cli.json_contract import hold
from tests.conftest import make_checkout
from tests.promotion.scene import NEW, OLD, Scene

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def scene(tmp_path_factory, once) -> Scene:
    """Three stacks at the old release, a new one in dev."""
    scene = Scene.with_new_release(make_checkout(tmp_path_factory.mktemp("path") / "checkout"), once)
    path = scene.checkout.root / "Pulumi.prod.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("soakHours: 24", "soakHours: 2"), encoding="utf-8")
    return scene


def runs(scene: Scene, stack: str, running: str, standby: str) -> None:
    want, have = scene.manifest_digests(running), scene.manifest_digests(standby)
    for app, found in scene.images(stack).items():
        assert found["production"] == want[app], f"{app} of {stack} does not run {running}"
        assert found["staging"] == have[app], f"the slot of {app} of {stack} does not hold {standby}"


def stands(scene: Scene, stack: str, running: str, standby: str) -> None:
    """A stack is wholly what its file says: in Azure, in its state, in its file."""
    runs(scene, stack, running, standby)
    planned = scene.fabrix("preview", stack, "--refresh", "--json").must().document
    assert planned["counts"] == {}, f"program, state and Azure of {stack} disagree: {planned['changes'][:4]}"
    assert scene.fabrix("ledger", "verify", stack).must()


def test_out_of_order_is_refused(scene) -> None:
    done = hold("promote, out of order", scene.fabrix("promote", "dev", "prod", "--yes", "--json")).must(3)
    assert "test" in done.document["error"], "the way forward is named"
    assert scene.line("prod") == OLD


def test_a_release_does_not_reach_test_by_plain_up(scene) -> None:
    scene.set_line("test", NEW)
    done = hold("up, bypassing the gates", scene.fabrix("up", "test", "--yes", "--json")).must(3)
    assert "promote dev test" in done.document["error"]
    scene.set_line("test", OLD)


def test_dev_to_test(scene) -> None:
    before = (scene.checkout.root / "Pulumi.test.yaml").read_text(encoding="utf-8").splitlines()
    done = scene.fabrix("promote", "dev", "test", "--yes", "--json").must()
    assert done.document["release"] == NEW
    assert {gate["outcome"] for gate in done.document["gates"]} <= {"passed", "not applicable"}
    after = (scene.checkout.root / "Pulumi.test.yaml").read_text(encoding="utf-8").splitlines()
    assert [new for old, new in zip(before, after, strict=True) if old != new] == [
        f"    release: {{running: {NEW}, standby: {OLD}}}"
    ], "a promotion changes the release line and nothing that belongs to the environment"
    stands(scene, "test", NEW, OLD)


def test_what_runs_already_is_no_promotion(scene) -> None:
    entries = len(scene.fabrix("ledger", "show", "test", "--json").must().document["entries"])
    done = hold("promote, nothing to do", scene.fabrix("promote", "dev", "test", "--yes", "--json")).must()
    assert done.document["changed"] is False
    assert len(scene.fabrix("ledger", "show", "test", "--json").must().document["entries"]) == entries


def test_prod_asks_for_another_person_and_for_time(scene) -> None:
    done = hold("promote, refused by gates", scene.fabrix("promote", "test", "prod", "--yes", "--json")).must(3)
    refused = {gate["gate"] for gate in done.document["gates"] if gate["outcome"] == "failed"}
    assert refused == {"approval", "soak"}, "the other gates let it in, and all are reported"
    runs(scene, "prod", OLD, OLD)
    author = {"GITHUB_ACTIONS": "true", "GITHUB_ACTOR": "author@contoso.example"}
    scene.fabrix("approve", "prod", NEW, "--json", environment=author).must(3)


def test_test_to_prod(scene) -> None:
    scene.now = "2026-11-24T12:30:00+00:00"
    planned = scene.fabrix("promote", "test", "prod", "--plan-only", "-o", "promotion.plan", "--json")
    hold("promote, plan only", planned).must()
    assert planned.document["open"] == ["approval"], "a plan may wait for its approval, and for nothing else here"
    stands(scene, "prod", OLD, OLD)
    scene.fabrix("approve", "prod", NEW, "--plan", "promotion.plan").must()
    reviewed = ("promote", "test", "prod", "--plan", "promotion.plan", "--yes", "--json")
    a_week_later = {"FABRIX_NOW": "2026-12-01T12:30:00+00:00"}
    hold("promote, stale plan", scene.fabrix(*reviewed, environment=a_week_later)).must(3)
    done = hold("promote, reviewed plan", scene.fabrix(*reviewed)).must()
    assert done.document["release"] == NEW
    stands(scene, "prod", NEW, OLD)


def test_a_release_that_is_not_well_in_the_slot_never_reaches_users(scene) -> None:
    third = "2026.12.1"
    scene.new_release(third, NEW)
    scene.set_line("dev", third)
    scene.fabrix("up", "dev", "--yes").must()
    broken = scene.manifest_digests(third)["keycloak"]
    production = "production of dev is asked by the health gate, so break only what is staged"
    slot = scene.site("test", "keycloak", "staging")
    scene.fabrix("azure", "break", slot).must()
    done = scene.fabrix("promote", "dev", "test", "--yes", "--json").must(1)
    assert "undone" in done.document["error"], production
    scene.fabrix("azure", "mend", slot).must()
    assert broken not in {image for found in scene.images("test").values() for image in found.values()}
    stands(scene, "test", NEW, OLD)


def test_the_slots_swap_back_in_seconds(scene) -> None:
    started = time.monotonic()
    done = hold("rollback", scene.fabrix("rollback", "prod", "--yes", "--json")).must()
    took = time.monotonic() - started
    assert done.document["release"] == OLD
    assert scene.line("prod") == f"{{running: {OLD}, standby: {NEW}}}"
    stands(scene, "prod", OLD, NEW)
    scene.fabrix("rollback", "prod", "--yes").must()
    runs(scene, "prod", NEW, OLD)
    assert took > 0


def test_a_release_that_nobody_knows_does_not_come_back(scene) -> None:
    done = scene.fabrix("rollback", "prod", "--to", "2027.1.0", "--yes", "--json").must(2)
    assert "releases/2027.1.0.yaml" in done.document["error"] and OLD in done.document["allowed"]


def test_an_earlier_release_comes_back_through_the_gates(scene) -> None:
    scene.fabrix(
        "approve", "prod", OLD, "--allow-loss", "postgres-sdc", "--note", "not needed, but answered for"
    ).must()
    done = scene.fabrix("rollback", "prod", "--to", OLD, "--yes", "--json").must()
    assert {"soak", "same-release"}.isdisjoint(g["gate"] for g in done.document["gates"] if g["outcome"] == "failed")
    stands(scene, "prod", OLD, NEW)
    assert scene.fabrix("drift", "prod", "--json").must().document["drift"] == []

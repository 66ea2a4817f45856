"""Without staging slots a release is deployed in place, and the old one comes back the same way."""

import pytest

from tests.conftest import make_checkout
from tests.promotion.scene import NEW, OLD, Scene

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def scene(tmp_path_factory) -> Scene:
    """test has a plan without slots."""
    scene = Scene.of(make_checkout(tmp_path_factory.mktemp("in-place") / "checkout"))
    scene.checkout.edit(
        "Pulumi.test.yaml", ("plan: {instances: 2, maxInstances: 4}", "plan: {sku: B2, instances: 1, maxInstances: 1}")
    )
    scene.new_release()
    scene.set_line("dev", NEW)
    for stack in ("dev", "test"):
        scene.fabrix("up", stack, "--yes").must()
    return scene


def runs(scene: Scene, release: str) -> None:
    want = scene.manifest_digests(release)
    assert scene.images("test") == {app: {"production": digest} for app, digest in want.items()}
    assert scene.line("test") == release, "without slots there is one release, and nothing stands by"
    assert scene.fabrix("preview", "test", "--json").must().document["counts"] == {}


def test_it_is_promoted_and_what_is_not_well_is_taken_back(scene) -> None:
    scene.fabrix("azure", "break", scene.site("test", "keycloak")).must()
    accepted = ("--allow-loss", "target-health")
    undone = scene.fabrix("promote", "dev", "test", *accepted, "--yes", "--json").must(1)
    assert f"production is unhealthy with {NEW}" in undone.document["error"]
    assert f"UNHEALTHY with {OLD} too" in undone.document["error"], "it was broken in its place, whatever runs there"
    runs(scene, OLD)
    scene.fabrix("azure", "mend", scene.site("test", "keycloak")).must()
    scene.fabrix("promote", "dev", "test", "--yes").must()
    runs(scene, NEW)


def test_there_is_nothing_to_swap_back(scene) -> None:
    done = scene.fabrix("rollback", "test", "--yes", "--json").must(3)
    assert "no staging slots" in done.document["error"] and "--to RELEASE" in done.document["error"]
    runs(scene, NEW)

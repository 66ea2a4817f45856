"""A plan made by the real engine, and every single change after which it is refused. The tests share a deployment."""

from contextlib import closing
from pathlib import Path

import pytest

from emulator.store import Store
from tests.cli.test_secrets_stay_secret import keys_of, leaks, secrets_of
from tests.promotion.scene import INSIDE_THE_WINDOW, NEW, Scene

pytestmark = pytest.mark.engine

SCRIPT = Path(__file__).with_name("planning.py")


@pytest.fixture(scope="module")
def scene(module_checkout, once) -> Scene:
    """A small dev that is deployed, and a release that is not."""
    made = Scene.deployed(module_checkout, once)
    made.new_release()
    return made


@pytest.fixture(scope="module")
def made(scene: Scene):
    """What the plan says, and its file."""
    file = scene.checkout.root / "plan.json"
    return planned(scene, "make", file), file


def planned(scene: Scene, what: str, file: Path, **environment: str):
    """Run the script of the tests with the checkout's own program."""
    done = scene.checkout.python(
        str(SCRIPT), "dev", NEW, what, str(file), environment={"FABRIX_NOW": INSIDE_THE_WINDOW, **environment}
    )
    return done.must().document


def test_the_plan_says_what_the_release_changes_and_nothing_else(made) -> None:
    said, _ = made
    assert said["summary"][0] == "2 to change"
    assert sorted(said["summary"][1:]) == [
        "change web:WebAppSlot slot-sdc-keycloak (siteConfig.linuxFxVersion)",
        "change web:WebAppSlot slot-sdc-miso-controller (siteConfig.linuxFxVersion)",
    ], "the release goes into the slots; production keeps what it runs"
    assert said["losses"] == []


def test_the_file_holds_no_secret_of_the_stack(scene: Scene, made) -> None:
    _, file = made
    with closing(Store(scene.checkout.local / "azure.db")) as store:
        secrets = secrets_of(store) | keys_of(store)
    assert len(secrets) > 10, "few secrets would prove nothing"
    assert leaks(file.read_bytes(), secrets) == []


def test_while_nothing_changes_it_is_not_stale(scene: Scene, made) -> None:
    assert planned(scene, "stale", made[1]) == []


@pytest.mark.parametrize(
    ("file", "change", "said"),
    [
        (
            "Pulumi.dev.yaml",
            ("amount: 1500", "amount: 1600"),
            ["configuration: changed since then: aifabrix:platform.observability.budget.amount"],
        ),
        (
            "components/platform.py",
            ("from __future__", "# a comment\nfrom __future__"),
            ["program: changed since then: components/platform.py"],
        ),
        (
            "policies/waivers.yaml",
            ("waivers:", "# a comment\nwaivers:"),
            ["program: changed since then: policies/waivers.yaml"],
        ),
        (
            f"releases/{NEW}.yaml",
            ("summary: ", "summary: Not "),
            [f"it is about release {NEW} (sha256:", f"program: changed since then: releases/{NEW}.yaml"],
        ),
    ],
)
def test_a_change_of_one_file_is_named(scene: Scene, made, file, change, said) -> None:
    path = scene.checkout.root / file
    before = path.read_text(encoding="utf-8")
    scene.checkout.edit(file, change)
    try:
        found = planned(scene, "stale", made[1])
    finally:
        path.write_text(before, encoding="utf-8")
    assert len(found) == len(said), found
    assert all(one.startswith(start) for one, start in zip(found, said, strict=True)), found


def test_time_alone_makes_it_stale(scene: Scene, made) -> None:
    later = INSIDE_THE_WINDOW.replace("T10", "T11")
    assert planned(scene, "stale", made[1], FABRIX_NOW=later) == ["it expired on 2026-11-24T11:00:00Z"]
    waivers = planned(scene, "stale", made[1], FABRIX_TODAY="2029-01-01")
    assert waivers
    assert all(one.startswith("a waiver no longer holds: ") for one in waivers)


def test_another_deployment_makes_it_stale_and_only_what_it_changed_is_named(scene: Scene, made) -> None:
    path = scene.checkout.root / "Pulumi.dev.yaml"
    before = path.read_text(encoding="utf-8")
    scene.checkout.edit("Pulumi.dev.yaml", ("amount: 1500", "amount: 1600"))
    scene.fabrix("up", "dev", "--yes").must()
    path.write_text(before, encoding="utf-8")
    (found,) = planned(scene, "stale", made[1])
    assert found.startswith("state: changed since then: "), found
    assert "Budget" in found
    assert "," not in found, f"the engine writes the whole state anew, and one resource differs: {found}"

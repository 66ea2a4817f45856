"""``kill -9`` at every step of a promotion: the next command finishes or undoes it; nothing stays half-promoted.

What a kill leaves at each step is kept from one run; some tests kill, and ``FABRIX_DRILLS=3`` kills at each step three
times (docs/benchmarks.md has the figures).
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from promotion.drill import POINTS
from tests.cli.json_contract import hold
from tests.conftest import Result, make_checkout
from tests.promotion.scene import NEW, OLD, Scene, digest

pytestmark = pytest.mark.engine

PLAN = "promotion.plan"

REPETITIONS = range(int(os.environ.get("FABRIX_DRILLS", "1")))
UNDOING = POINTS[POINTS.index("returning") :]
FORWARD = POINTS[: POINTS.index("returning")]
FINISHED = FORWARD[FORWARD.index("swapping") :]
"""Interrupted from here on, it is finished."""


@pytest.fixture(scope="module")
def scene(tmp_path_factory, once) -> Scene:
    """dev runs the new release, test the old one, and a plan for test has been made."""
    scene = Scene.with_new_release(make_checkout(tmp_path_factory.mktemp("drill") / "checkout"), once)
    scene.fabrix("promote", "dev", "test", "--plan-only", "-o", PLAN).must()
    return scene


@pytest.fixture(scope="module")
def kept(scene, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("kept")
    scene.snapshot(folder)
    return folder


@pytest.fixture
def drill(scene, kept) -> Scene:
    """As it was before the first drill."""
    scene.restore(kept)
    return scene


Left = Callable[[str], Scene]
"""Brings the scene to where a kill at a crash point leaves it."""


@pytest.fixture(scope="module")
def left_at(scene, kept, tmp_path_factory) -> Left:
    folder = tmp_path_factory.mktemp("left")

    def left(point: str) -> Scene:
        if len(REPETITIONS) > 1:
            scene.restore(kept)
            killed = carry_out(scene, point)
            assert killed.code == -signal.SIGKILL, f"it did not reach {point}: {killed.stdout}{killed.stderr}"
            return scene
        if not folder.joinpath("begun").exists():
            scene.restore(kept)
            done = carry_out(scene, "", str(folder))
            assert done.code == 0, done.stderr
        scene.restore(folder / point)
        return scene

    return left


@pytest.fixture(scope="module")
def left_undoing_at(scene, kept, tmp_path_factory) -> Left:
    """As ``left_at``, for a promotion whose new release is unhealthy in a slot, which is mended after the kill."""
    folder = tmp_path_factory.mktemp("undoing")

    def left(point: str) -> Scene:
        killing = len(REPETITIONS) > 1
        if killing or not folder.joinpath("begun").exists():
            scene.restore(kept)
            scene.fabrix("azure", "break", scene.site("test", "keycloak", "staging")).must()
            done = carry_out(scene, point) if killing else carry_out(scene, "", str(folder))
            assert done.code == (-signal.SIGKILL if killing else 1), f"{point}: {done.stdout}{done.stderr}"
        if not killing:
            scene.restore(folder / point)
        scene.fabrix("azure", "mend", scene.site("test", "keycloak", "staging")).must()
        return scene

    return left


def carry_out(scene: Scene, point: str, *folder: str) -> Result:
    script = str(Path(__file__).with_name("carry_out.py"))
    environment = {"FABRIX_NOW": scene.now, "FABRIX_CRASH_AT": point}
    return scene.checkout.python(script, PLAN, *folder, environment=environment)


def whole(scene: Scene, running: str, standby: str, *, planned: bool = len(REPETITIONS) > 1) -> None:
    """File, state and Azure agree on one release in all of production, and the ledger verifies."""
    want, have = scene.manifest_digests(running), scene.manifest_digests(standby)
    expected = {app: {"production": want[app], "staging": have[app]} for app in want}
    assert scene.images("test") == expected, (
        f"Azure is half-promoted, and not all {running} with {standby} in the slots"
    )
    assert scene.known_images("test") == expected, "the state knows something else than Azure has"
    if planned:
        plan = scene.fabrix("preview", "test", "--json").must().document
        assert plan["counts"] == {}, f"state and program disagree afterwards: {plan['changes'][:4]}"
    scene.fabrix("ledger", "verify", "test").must()
    status = scene.fabrix("status", "test", "--json").must().document["stacks"][0]
    assert status["unfinished"] is None and status["locks"] == []
    assert status["deployed"]["running"]["id"] == running


@pytest.mark.parametrize("point", FORWARD)
@pytest.mark.parametrize("repetition", REPETITIONS)
def test_a_promotion_killed_at(left_at: Left, point, repetition) -> None:
    drill = left_at(point)
    status = hold("status, unfinished", drill.fabrix("status", "test", "--json")).must()
    unfinished = status.document["stacks"][0]["unfinished"]
    assert unfinished["release"] == NEW, "status says what is unfinished"
    resumed = hold("resume", drill.fabrix("resume", "test", "--json")).must()
    assert NEW in resumed.document["done"][-1], "the next command says what it was and what became of it"
    running = NEW if point in FINISHED else OLD
    whole(drill, running, OLD)
    assert drill.line("test") == (f"{{running: {NEW}, standby: {OLD}}}" if running == NEW else OLD)
    phases = [
        entry["predicate"]["phase"]
        for entry in drill.fabrix("ledger", "show", "test", "--json").must().document["entries"]
        if entry["kind"] == "promotion" and entry["predicate"]["phase"] in ("finished", "undone")
    ]
    assert phases == ["finished" if running == NEW else "undone"], "it is told once, however often it was tried"


@pytest.mark.parametrize("point", UNDOING)
@pytest.mark.parametrize("repetition", REPETITIONS)
def test_undoing_killed_at(left_undoing_at: Left, point, repetition) -> None:
    drill = left_undoing_at(point)
    drill.fabrix("resume", "test").must()
    whole(drill, OLD, OLD)
    assert drill.line("test") == OLD


def test_production_that_is_not_well_after_the_swap_gets_the_old_release_back(drill) -> None:
    carry_out(drill, "swapped")
    drill.fabrix("azure", "break", drill.manifest_digests(NEW)["keycloak"]).must()
    resumed = drill.fabrix("resume", "test", "--json").must()
    assert "was undone" in resumed.document["done"][-1] and "keycloak" in resumed.document["done"][-1]
    whole(drill, OLD, OLD)
    assert drill.line("test") == OLD


def test_production_that_is_not_well_with_either_release_is_not_held_up(drill) -> None:
    """It is what it was before, and another release, or a command, may be just what it needs."""
    for release in (OLD, NEW):
        drill.fabrix("azure", "break", drill.manifest_digests(release)["keycloak"]).must()
    done = carry_out(drill, "")
    assert f"runs {OLD} as before" in done.stderr and f"UNHEALTHY with {OLD} too: keycloak" in done.stderr
    whole(drill, OLD, OLD)
    undone = drill.fabrix("ledger", "show", "test", "--json").must().document["entries"][-1]["predicate"]
    assert undone["phase"] == "undone" and "keycloak" in undone["unwell"]
    drill.fabrix("up", "test", "--yes").must()


def test_everything_killed_while_the_engine_works_after_a_second_promotion_was_told_who_holds_the_lock(drill) -> None:
    running = drill.checkout.start(
        "promote", "dev", "test", "--plan", PLAN, "--yes", environment={"FABRIX_NOW": drill.now}
    )
    appears(running, drill.checkout.local / "records" / "locks" / "test.json")
    second = drill.fabrix("promote", "dev", "test", "--yes", "--json").must(3)
    assert "release.manager@contoso.example" in second.document["error"], "who"
    assert "since" in second.document["error"], "since when"
    # Written before anything is changed.
    appears(running, drill.checkout.local / "records" / "journal" / "test.json")
    appears(running, drill.checkout.root / ".fabrix" / "logs" / "test-promote.jsonl", '"op":"update"')
    os.killpg(running.pid, signal.SIGKILL)
    running.communicate(timeout=60)
    drill.fabrix("up", "test", "--yes").must()
    whole(drill, OLD, OLD, planned=True)


def appears(running: subprocess.Popen[str], file: Path, text: str = "") -> None:
    """Wait until a running command has written ``text`` into a file."""

    def written() -> bool:
        return file.exists() and text in file.read_text(encoding="utf-8")

    deadline = time.monotonic() + 120
    while not written() and time.monotonic() < deadline and running.poll() is None:
        time.sleep(0.05)
    assert written(), f"{file.name} was not written"


def refuse_swaps(scene: Scene, app: str) -> None:
    """Give a site a setting with which the local Azure swaps nothing."""
    site = scene.site("test", app)
    settings = scene.fabrix("azure", "show", site, "--json").must().document["object"]["inputs"]["siteConfig"]
    override = {"name": "WEBSITE_OVERRIDE_PRESERVE_DEFAULT_STICKY_SLOT_SETTINGS", "value": "0"}
    refusing = json.dumps([*settings["appSettings"], override])
    scene.fabrix("azure", "set", site, "siteConfig.appSettings", refusing).must()


def test_a_swap_that_azure_refuses_is_taken_back(left_at: Left) -> None:
    drill = left_at("swapping")
    refuse_swaps(drill, "keycloak")
    resumed = drill.fabrix("resume", "test", "--json").must()
    assert "was undone" in resumed.document["done"][-1] and "swapping keycloak" in resumed.document["done"][-1]
    whole(drill, OLD, OLD)


def test_what_can_neither_be_finished_nor_undone_can_be_abandoned(left_at: Left) -> None:
    """Somebody put an image of his own where both releases were: no swap gets any of them there."""
    drill = left_at("swapping")
    for slot in ("", "staging"):
        site = drill.site("test", "keycloak", slot)
        drill.fabrix("azure", "set", site, "siteConfig.linuxFxVersion", f'"DOCKER|own@{digest("own")}"').must()
    stuck = drill.fabrix("up", "test", "--yes", "--json").must(1)
    assert "neither production nor the staging slot of keycloak" in stuck.document["error"]
    assert "./fabrix resume test --abandon REASON" in stuck.document["error"], "there is a way on"
    left = drill.fabrix("resume", "test", "--abandon", "an image of our own", "--json").must()
    assert "abandoned: promotion of" in left.document["done"][-1]
    told = drill.fabrix("ledger", "show", "test", "--json").must().document["entries"][-1]["predicate"]
    assert (told["phase"], told["why"], told["step"]) == ("abandoned", "an image of our own", "returning")
    drill.fabrix("up", "test", "--refresh", "--yes").must()
    whole(drill, OLD, OLD)
    last = drill.fabrix("ledger", "show", "test", "--json").must().document["entries"][-1]
    assert last["kind"] == "deployment", "what runs is known again"


def test_a_swap_back_that_azure_refuses_half_way_leaves_what_was(left_at: Left) -> None:
    drill = left_at("reported")
    drill.fabrix("resume", "test").must()
    refuse_swaps(drill, "keycloak")
    refused = drill.fabrix("rollback", "test", "--yes", "--json").must(1)
    assert f"runs {NEW} as before" in refused.document["error"] and "swapping keycloak" in refused.document["error"]
    whole(drill, NEW, OLD)
    assert drill.line("test") == f"{{running: {NEW}, standby: {OLD}}}"


def test_behind_a_ledger_that_does_not_verify_nothing_is_done(drill) -> None:
    ledger = drill.checkout.local / "records" / "ledger" / "test"
    (ledger / "000002.json").unlink()
    drill.fabrix("ledger", "verify", "test").must(3)
    before, entries = drill.images("test"), sorted(path.name for path in ledger.iterdir())
    for command in (["promote", "dev", "test", "--plan", PLAN], ["rollback", "test"], ["up", "test"]):
        refused = drill.fabrix(*command, "--yes", "--json").must(3)
        said = refused.document["error"] + json.dumps(refused.document.get("gates", []))
        assert "ledger verify test" in said, f"{command[0]} names the way to see what is wrong"
    assert drill.images("test") == before and drill.known_images("test") == before
    assert sorted(path.name for path in ledger.iterdir()) == entries, "nothing is written behind it"

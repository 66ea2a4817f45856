"""The platform's own stack with its state in blobs: moved there, fought over, killed, finished, taken down."""

import os
import signal

import pytest

from tests.conftest import shrink
from tests.stacks.test_crash import engine_of, wait_for_resources, wait_until_gone

pytestmark = [pytest.mark.engine, pytest.mark.slow]


def test_a_stack_lives_in_blobs_as_it_does_in_files(azurite, module_checkout, monkeypatch) -> None:
    checkout = shrink(module_checkout)
    for name, value in azurite.environment().items():
        monkeypatch.setenv(name, value)
    for kind in ("state", "ledger", "operations"):  # as the bootstrap makes them
        azurite.container(f"{kind}-dev")
    url = "azblob://state-{stack}"

    # killed in the middle, with the state in blobs; somebody else comes while the engine still holds the lock
    monkeypatch.setenv("FABRIX_STATE_URL", url)
    running = checkout.start("up", "dev", "--yes")
    wait_for_resources(checkout, running, 30)
    engine = engine_of(checkout)
    engine.suspend()
    try:
        second = checkout.fabrix("up", "dev", "--yes", "--json").must(3)
        assert "is being changed by" in second.document["error"], "the owner is named"
        held = checkout.fabrix("status", "dev", "--json").must().document["stacks"][0]["locks"]
        assert [lock["dead"] for lock in held] == [False], "the engine's own lock lies in the container, and lives"
    finally:
        os.killpg(running.pid, signal.SIGKILL)
        engine.kill()
    running.wait(timeout=60)
    wait_until_gone(checkout)

    done = checkout.fabrix("up", "dev", "--yes", "--json").must()
    assert any("freed the lock" in line for line in done.document["recovered"]), done.document["recovered"]
    stands = checkout.fabrix("status", "dev", "--json").must().document["stacks"][0]
    assert stands["pending"] == [] and stands["locks"] == [] and stands["resources"] > 200

    # to a file
    file = (checkout.root / "kept").as_uri()
    (checkout.root / "kept").mkdir()
    out = checkout.fabrix("bootstrap", "--move", "dev", "--to", file, "--json").must().document
    assert out["entries"] > stands["resources"]
    refused = checkout.fabrix("up", "dev", "--yes", "--json").must(3).document
    assert f"FABRIX_STATE_URL={file}" in refused["error"], "who still points to the old place is told the new one"
    monkeypatch.setenv("FABRIX_STATE_URL", file)

    # and from the file into blobs, where the same state still lies: nothing to overwrite
    back = checkout.fabrix("bootstrap", "--move", "dev", "--to", url, "--json").must().document
    assert back["entries"] == out["entries"]
    monkeypatch.setenv("FABRIX_STATE_URL", url)
    assert checkout.fabrix("preview", "dev", "--json").must().document["counts"] == {}, "nothing changed on the way"
    checkout.fabrix("destroy", "dev", "--yes").must()


def test_a_container_that_is_not_there_is_told_before_anything_is_done(
    azurite,
    module_checkout,
) -> None:
    environment = {**azurite.environment(), "FABRIX_STATE_URL": "azblob://state-nobody-made"}
    told = module_checkout.fabrix("up", "dev", "--yes", "--json", environment=environment).must(2).document
    assert "does not exist" in told["error"] and "`./fabrix bootstrap` does" in told["error"]

"""Which release runs is what the state says, confirmed by images and manifest."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.store import Store
from settings import PlatformSettings
from stacks.running import running_release
from stacks.slots import STACK

from .conftest import as_of, deployment, place


def state(store: Store, settings: PlatformSettings, image: str, release: dict[str, Any] | None) -> dict[str, Any]:
    """A state with flowise at an image."""
    config = {"linuxFxVersion": f"DOCKER|cr.azurecr.io/{image}"}
    place(store, settings.names.of("web_app", "flowise"), config, config, {})
    made = deployment(store)
    stack = next(entry for entry in made["resources"] if entry["type"] == STACK)
    stack["outputs"] = {"release": release} if release else {}
    return made


@pytest.fixture
def flowise(settings: PlatformSettings) -> PlatformSettings:
    """Settings with flowise alone."""
    return as_of(settings, "flowise")


def told(settings: PlatformSettings, **changes: str) -> dict[str, Any]:
    """The output of a stack that runs the release of its settings."""
    one = {"id": settings.release.id, "hash": settings.release.hash}
    return {"running": {**one, **changes}, "standby": one}


def test_a_stack_that_runs_what_it_says_has_no_problem(store: Store, flowise: PlatformSettings) -> None:
    found = running_release(state(store, flowise, flowise.app("flowise").image_reference, told(flowise)), flowise)
    assert (found.id, found.hash, found.problems) == (flowise.release.id, flowise.release.hash, [])


def test_another_image_contradicts_the_release(store: Store, flowise: PlatformSettings) -> None:
    other = f"flowiseai/flowise@sha256:{'9' * 64}"
    (problem,) = running_release(state(store, flowise, other, told(flowise)), flowise).problems
    assert problem.startswith("flowise has ")
    assert flowise.app("flowise").image_reference in problem


def test_a_manifest_that_was_changed_is_noticed(store: Store, flowise: PlatformSettings) -> None:
    said = told(flowise, hash="sha256:" + "0" * 64)
    (problem,) = running_release(state(store, flowise, flowise.app("flowise").image_reference, said), flowise).problems
    assert "is not what was deployed" in problem


def test_a_manifest_that_is_missing_is_noticed(store: Store, flowise: PlatformSettings) -> None:
    said = told(flowise, id="2031.1.0")
    (problem,) = running_release(state(store, flowise, flowise.app("flowise").image_reference, said), flowise).problems
    assert "2031.1.0 runs, but its manifest cannot be read" in problem


def test_a_state_without_a_release_says_so(store: Store, flowise: PlatformSettings) -> None:
    found = running_release(state(store, flowise, flowise.app("flowise").image_reference, None), flowise)
    assert (found.id, found.hash) == ("", "")
    assert "names no release" in found.problems[0]

"""A state that is told of a swap says what a refresh would read after it."""

from __future__ import annotations

import copy
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator import slots as azure
from emulator.store import Store
from emulator.values import Secret
from settings import PlatformSettings, load
from stacks import slots

from .conftest import ROOT, deployment, place

SETTINGS = load.stack(ROOT, "dev")
KEYS = [app.key for app in SETTINGS.apps]
NAMES = ("LOG_LEVEL", "PASSWORD", "URL")
VALUES = st.one_of(st.text(max_size=4), st.builds(Secret, st.text(min_size=1, max_size=4)))
ENTRIES = st.dictionaries(st.sampled_from(NAMES), VALUES, min_size=1).map(
    lambda found: [{"name": name, "value": found[name]} for name in sorted(found)]
)
CONFIGS = st.fixed_dictionaries(
    {"linuxFxVersion": st.sampled_from(["DOCKER|cr.azurecr.io/a@sha256:1", "DOCKER|cr.azurecr.io/a@sha256:2"])},
    optional={
        "numberOfWorkers": st.integers(1, 3),
        "webSocketsEnabled": st.booleans(),
        "appSettings": ENTRIES,
        "connectionStrings": ENTRIES,
        "azureStorageAccounts": st.dictionaries(
            st.just("files"), st.fixed_dictionaries({"accessKey": VALUES}), min_size=1
        ),
    },
)
STICKY = st.fixed_dictionaries(
    {},
    optional={
        "appSettingNames": st.lists(st.sampled_from(NAMES), unique=True),
        "azureStorageConfigNames": st.just(["files"]),
    },
)
PLACES = st.dictionaries(st.sampled_from(KEYS), st.tuples(CONFIGS, CONFIGS, STICKY), min_size=1, max_size=2)


def build(folder: str, places: dict[str, Any]) -> tuple[Store, dict[str, str]]:
    """A local Azure with these applications; the id of each site."""
    store = Store(Path(folder) / "azure.db")
    return store, {key: place(store, SETTINGS.names.of("web_app", key), *given) for key, given in places.items()}


@settings(max_examples=40, deadline=None)
@given(PLACES, st.data())
def test_exchanging_says_what_a_refresh_reads_after_the_swap(places: dict[str, Any], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store, ids = build(folder, places)
        before = deployment(store)
        swapped = data.draw(st.lists(st.sampled_from(sorted(ids)), unique=True))
        for key in swapped:
            azure.swap(store, ids[key])
        told = slots.swap_in_state(before, [app for app in slots.deployed_apps(before, SETTINGS) if app.key in swapped])
        assert told == deployment(store), "the state must equal what Azure has, or the next preview shows a change"
        store.close()


@settings(max_examples=40, deadline=None)
@given(PLACES)
def test_exchanging_twice_changes_nothing(places: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store, _ = build(folder, places)
        before = deployment(store)
        apps = slots.deployed_apps(before, SETTINGS)
        assert slots.swap_in_state(slots.swap_in_state(before, apps), slots.deployed_apps(before, SETTINGS)) == before
        store.close()


@pytest.fixture
def state(store: Store) -> dict[str, Any]:
    """A state with one application whose setting is encrypted."""
    key = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:abc"}
    place(
        store,
        SETTINGS.names.of("web_app", "flowise"),
        {"linuxFxVersion": "DOCKER|cr.azurecr.io/flowise@sha256:1"},
        {"linuxFxVersion": "DOCKER|cr.azurecr.io/flowise@sha256:2"},
        {},
    )
    made = deployment(store)
    for entry in made["resources"]:
        if entry["type"].endswith(":WebAppSlot"):
            entry["inputs"]["siteConfig"]["appSettings"] = [{"name": "PASSWORD", "value": key}]
    return made


def test_applications_are_found_with_their_slots(state: dict[str, Any]) -> None:
    (app,) = slots.deployed_apps(state, SETTINGS)
    name = SETTINGS.names.of("web_app", "flowise")
    assert (app.key, app.host) == ("flowise", f"{name}.azurewebsites.net")
    assert app.image.endswith("@sha256:1")
    assert app.slot_image is not None
    assert app.slot_image.endswith("@sha256:2")
    assert app.slot_id == f"{app.site_id}/slots/staging"
    assert app.health_path == SETTINGS.app("flowise").health_path


def test_what_waits_to_be_deleted_is_no_application(state: dict[str, Any]) -> None:
    for entry in state["resources"]:
        if entry["type"].endswith(":WebAppSlot"):
            entry["delete"] = True
    (app,) = slots.deployed_apps(state, SETTINGS)
    assert app.slot_urn is None


def test_ciphertext_is_moved_whole(state: dict[str, Any]) -> None:
    made = slots.swap_in_state(state, slots.deployed_apps(state, SETTINGS))
    site = next(entry for entry in made["resources"] if entry["type"].endswith(":WebApp"))
    assert site["inputs"]["siteConfig"]["appSettings"][0]["value"]["ciphertext"] == "v1:abc"


def test_the_release_is_told_and_the_given_state_stays_as_it_was(state: dict[str, Any]) -> None:
    before = copy.deepcopy(state)
    release = {"running": {"id": "2026.12.0", "hash": "sha256:b"}, "standby": {"id": "2026.11.0", "hash": "sha256:a"}}
    made = slots.swap_in_state(state, slots.deployed_apps(state, SETTINGS), release)
    assert slots.release_output(made) == release
    assert slots.release_output(state) is None
    assert state == before


def test_nothing_to_swap_leaves_everything_else_alone(state: dict[str, Any]) -> None:
    assert slots.swap_in_state(state, []) == state


def test_settings_name_the_sites(settings: PlatformSettings) -> None:
    assert slots.deployed_apps({"resources": []}, settings) == [], "a stack without sites has no applications yet"

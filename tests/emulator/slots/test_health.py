"""Health is emulated: an application is healthy until something is broken on purpose."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from emulator import health, inspect, slots
from emulator.store import Store

from .conftest import NEW, OLD, SITE, SLOT


def status(store: Store, site_id: str) -> int:
    """The status that a site or slot answers."""
    return health.probe(store, site_id)[0]


def digest(image: str) -> str:
    """The digest of an image."""
    return image.rpartition("@")[2]


def test_a_site_is_healthy_and_says_that_it_is_emulated(store: Store) -> None:
    code, body = health.probe(store, SITE)
    assert code == 200
    assert json.loads(body) == {"status": "UP", "emulated": True}


def test_a_site_that_does_not_exist_is_not_healthy(store: Store) -> None:
    assert status(store, f"{SITE}-two") == 404


def test_a_stopped_site_is_not_healthy(store: Store) -> None:
    inspect.change(store, SITE, "enabled", False)
    assert status(store, SITE) == 403


def test_a_broken_image_follows_the_swap(store: Store) -> None:
    inspect.add_fault(store, digest(NEW))
    assert (status(store, SITE), status(store, SLOT)) == (200, 503)
    slots.swap(store, SITE)
    assert (status(store, SITE), status(store, SLOT)) == (503, 200)


def test_a_broken_site_stays_broken_whatever_is_swapped_into_it(store: Store) -> None:
    inspect.add_fault(store, "app-one")
    assert (status(store, SITE), status(store, SLOT)) == (503, 200)
    slots.swap(store, SITE)
    assert (status(store, SITE), status(store, SLOT)) == (503, 200)


def test_a_slot_is_broken_by_its_own_name(store: Store) -> None:
    inspect.add_fault(store, "app-one/staging")
    assert (status(store, SITE), status(store, SLOT)) == (200, 503)


@pytest.mark.parametrize("what", ["team/app", "app", digest(OLD), OLD.removeprefix("DOCKER|")])
def test_an_image_is_broken_by_any_whole_part_of_its_name(store: Store, what: str) -> None:
    inspect.add_fault(store, what)
    assert status(store, SITE) == 503


@pytest.mark.parametrize("what", ["ap", "sha256:111", "team/ap"])
def test_a_piece_of_a_name_breaks_nothing(store: Store, what: str) -> None:
    inspect.add_fault(store, what)
    assert status(store, SITE) == 200


def test_what_is_broken_is_listed_with_what_it_concerns(store: Store) -> None:
    inspect.add_fault(store, digest(NEW))
    (row,) = inspect.faults(store)
    assert (row["what"], row["hits"]) == (digest(NEW), ["app-one/staging"])


def test_what_is_repaired_is_healthy_again(store: Store) -> None:
    inspect.add_fault(store, "app-one")
    inspect.clear_fault(store, "app-one")
    assert status(store, SITE) == 200
    with pytest.raises(LookupError, match="broken is: nothing"):
        inspect.clear_fault(store, "app-one")


def test_nonsense_is_not_broken(store: Store) -> None:
    with pytest.raises(LookupError, match="neither an image nor a site"):
        inspect.add_fault(store, "app one; drop")


def test_a_store_made_before_there_were_faults_goes_on_working(store: Store) -> None:
    path: Path = store.path
    store.close()
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE faults")
    again = Store(path)
    inspect.add_fault(again, "app-one")
    assert status(again, SITE) == 503
    assert again.reset() > 0
    assert again.faults() == {}, "a reset forgets what was broken, too"
    again.close()

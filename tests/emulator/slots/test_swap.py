"""A swap does what Microsoft's table says: contents move, what belongs to the place stays."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator import inspect, slots
from emulator.control import ControlPlane
from emulator.errors import Refusal
from emulator.facts import TABLE
from emulator.laws import LAWS
from emulator.shape import shape
from emulator.slots import STAYS, Sticky, exchanged
from emulator.store import Store
from emulator.values import Secret

from .conftest import GROUP, NEW, OLD, SITE, SLOT, SUBSCRIPTION, TENANT

LOCK = "azure-native:authorization:ManagementLockByScope"


def config(store: Store, arm_id: str, part: str = "inputs") -> dict[str, Any]:
    """The configuration of a site or slot."""
    record = store.object(arm_id)
    assert record is not None
    return getattr(record, part)["siteConfig"]


def settings(store: Store, arm_id: str) -> dict[str, str]:
    """Its app settings by name."""
    return {entry["name"]: entry["value"] for entry in config(store, arm_id)["appSettings"]}


def test_images_and_general_settings_change_places(store: Store) -> None:
    slots.swap(store, SITE)
    assert (config(store, SITE)["linuxFxVersion"], config(store, SLOT)["linuxFxVersion"]) == (NEW, OLD)
    assert (config(store, SITE)["webSocketsEnabled"], config(store, SLOT)["webSocketsEnabled"]) == (True, False)


def test_app_settings_move_unless_they_are_sticky(store: Store) -> None:
    slots.swap(store, SITE)
    assert settings(store, SITE) == {"LOG_LEVEL": "debug", "URL": "https://app-one"}
    assert settings(store, SLOT) == {"LOG_LEVEL": "warn", "ONLY_OLD": "1", "URL": "https://app-one-staging"}


def test_scale_and_always_on_stay(store: Store) -> None:
    slots.swap(store, SITE)
    assert (config(store, SITE)["numberOfWorkers"], config(store, SLOT)["numberOfWorkers"]) == (3, 1)
    assert (config(store, SITE)["alwaysOn"], config(store, SLOT)["alwaysOn"]) == (True, False)


def test_what_azure_gives_back_shows_the_swap_too(store: Store) -> None:
    slots.swap(store, SITE)
    for place in (SITE, SLOT):
        assert config(store, place, "outputs") == config(store, place), "outputs echo what is configured"
    record = store.object(SITE)
    assert record is not None
    assert record.outputs["defaultHostName"] == "app-one.azurewebsites.net", "host names belong to the place"


def test_a_second_swap_takes_the_first_one_back(store: Store) -> None:
    before = [(config(store, place), config(store, place, "outputs")) for place in (SITE, SLOT)]
    ordered = [[dict(sorted_settings(one)) for one in pair] for pair in before]
    slots.swap(store, SITE)
    slots.swap(store, SITE)
    assert [[config(store, place), config(store, place, "outputs")] for place in (SITE, SLOT)] == ordered


def sorted_settings(one: dict[str, Any]) -> dict[str, Any]:
    """A configuration with its settings by name, as Azure keeps them."""
    return {**one, "appSettings": sorted(one["appSettings"], key=lambda entry: entry["name"])}


def test_both_sides_get_a_line_in_the_activity_log(store: Store) -> None:
    slots.swap(store, SITE, who="somebody")
    for place in (SITE, SLOT):
        last = store.activity(place)[-1]
        assert (last.who, last.what) == ("somebody", "swap")
        assert "siteConfig.linuxFxVersion" in last.paths, "the log says what changed"
        assert "sha256" not in str(last.paths), "never to what"


def test_a_site_without_a_slot_is_refused(store: Store) -> None:
    inspect.remove(store, SLOT)
    with pytest.raises(Refusal, match=r"slots/staging was not found.*may have no slots"):
        slots.swap(store, SITE)


def test_a_refused_swap_changes_nothing(store: Store) -> None:
    plane = ControlPlane(store, SUBSCRIPTION, TENANT, facts=TABLE, laws=LAWS)
    plane.create(LOCK, {"scope": GROUP, "lockName": "frozen", "level": "ReadOnly"})
    lines = len(store.activity())
    with pytest.raises(Refusal, match="ScopeLocked"):
        slots.swap(store, SITE)
    assert config(store, SITE)["linuxFxVersion"] == OLD
    assert len(store.activity()) == lines


def test_a_swap_is_one_transaction(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    put, calls = Store.put, []

    def second_fails(self: Store, *arguments: Any, **named: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("killed here")
        return put(self, *arguments, **named)

    monkeypatch.setattr(Store, "put", second_fails)
    with pytest.raises(RuntimeError):
        slots.swap(store, SITE)
    assert (config(store, SITE)["linuxFxVersion"], config(store, SLOT)["linuxFxVersion"]) == (OLD, NEW), (
        "a swap that breaks off half-way must not leave the same image on both sides"
    )


def test_what_stays_is_spelt_as_the_sdk_spells_it() -> None:
    known = set(shape("azure-native:web:WebApp").objects["SiteConfigArgs"])
    assert known >= STAYS, "a misspelt property would silently move"


def test_settings_of_extensions_stay_whatever_the_site_says() -> None:
    one, two = ({"appSettings": [{"name": "FUNCTIONS_EXTENSION_VERSION", "value": v}]} for v in ("~3", "~4"))
    assert exchanged(one, two, Sticky.of(None)) == (one, two)


def test_a_configuration_that_is_one_secret_is_not_guessed_at() -> None:
    sealed = {"appSettings": Secret([{"name": "A", "value": "1"}])}
    with pytest.raises(ValueError, match="encrypted as a whole"):
        exchanged(sealed, {}, Sticky.of({"appSettingNames": ["A"]}))


NAMES = ("A", "B", "C", "D_EXTENSION_VERSION")
VALUES = st.one_of(st.text(max_size=3), st.builds(Secret, st.text(max_size=3)))
ENTRIES = st.dictionaries(st.sampled_from(NAMES), VALUES, min_size=1).map(
    lambda found: [{"name": name, "value": found[name]} for name in sorted(found)]
)
MOUNTS = st.dictionaries(st.sampled_from(("files", "logs")), st.fixed_dictionaries({"shareName": VALUES}), min_size=1)
CONFIGS = st.fixed_dictionaries(
    {},
    optional={
        "linuxFxVersion": st.sampled_from((OLD, NEW)),
        "webSocketsEnabled": st.booleans(),
        "numberOfWorkers": st.integers(1, 3),
        "alwaysOn": st.booleans(),
        "appSettings": ENTRIES,
        "connectionStrings": ENTRIES,
        "azureStorageAccounts": MOUNTS,
    },
)
STICKY = st.fixed_dictionaries(
    {},
    optional={
        "appSettingNames": st.lists(st.sampled_from(NAMES)),
        "connectionStringNames": st.lists(st.sampled_from(NAMES)),
        "azureStorageConfigNames": st.lists(st.sampled_from(("files", "logs"))),
    },
).map(Sticky.of)


@given(CONFIGS, CONFIGS, STICKY)
def test_exchanging_twice_changes_nothing(one: dict[str, Any], two: dict[str, Any], sticky: Sticky) -> None:
    assert exchanged(*exchanged(one, two, sticky), sticky) == (one, two)


@given(CONFIGS, CONFIGS, STICKY)
def test_nothing_is_lost_or_made(one: dict[str, Any], two: dict[str, Any], sticky: Sticky) -> None:
    def everything(*sides: dict[str, Any]) -> list[str]:
        return sorted(
            f"{key} {entry!r}"
            for side in sides
            for key, value in side.items()
            for entry in (value if isinstance(value, list) else [value])
            if key != "azureStorageAccounts"
        )

    assert everything(*exchanged(one, two, sticky)) == everything(one, two)

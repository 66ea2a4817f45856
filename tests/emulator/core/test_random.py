"""The random plugin makes real random values of the wanted form, and keeps what must be kept secret."""

from __future__ import annotations

import base64
import string
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator import wire
from emulator.plugins.random import characters
from emulator.values import Secret, Unknown

from .plugin import Plugin, pb

PASSWORD = "random:index/randomPassword:RandomPassword"
STRING = "random:index/randomString:RandomString"


@pytest.fixture
def plugin(plugin_environment: dict[str, str]) -> Iterator[Plugin]:
    """A random plugin; it needs no store."""
    del plugin_environment["FABRIX_AZURE_DB"]
    with Plugin("random", plugin_environment) as started:
        yield started


def test_a_password_is_secret_also_in_a_preview(plugin: Plugin) -> None:
    _, foreseen = plugin.create(PASSWORD, {"length": 16}, preview=True)
    assert isinstance(foreseen["result"], Secret)
    assert isinstance(foreseen["result"].value, Unknown)
    identity, made = plugin.create(PASSWORD, {"length": 16})
    assert isinstance(made["result"], Secret)
    assert len(made["result"].value) == 16
    assert identity == "none", "the value must not become an id"


def test_two_passwords_differ(plugin: Plugin) -> None:
    first, second = (plugin.create(PASSWORD, {"length": 32})[1]["result"].value for _ in range(2))
    assert first != second


@given(
    st.fixed_dictionaries(
        {"minLower": st.integers(0, 4), "minUpper": st.integers(0, 4), "minNumeric": st.integers(0, 4)}
    )
)
@settings(max_examples=50)
def test_each_class_appears_as_often_as_asked_for(least: dict[str, int]) -> None:
    made = characters({"length": 12, "special": False, **least})
    assert len(made) == 12
    for name, letters in (
        ("minLower", string.ascii_lowercase),
        ("minUpper", string.ascii_uppercase),
        ("minNumeric", string.digits),
    ):
        assert sum(one in letters for one in made) >= least[name]
    assert set(made) <= set(string.ascii_letters + string.digits), "special characters were not wanted"


def test_only_the_special_characters_that_were_given_are_used() -> None:
    made = characters({"length": 200, "overrideSpecial": "_", "lower": False, "upper": False, "numeric": False})
    assert set(made) == {"_"}


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"length": 3, "minLower": 2, "minUpper": 2}, "the minima ask for at least 4"),
        ({"length": 0}, "at least 1"),
        ({"length": 8, "lower": False, "upper": False, "numeric": False, "special": False}, "no class of characters"),
        ({"lenght": 8}, "did you mean 'length'?"),
    ],
)
def test_wishes_that_cannot_be_met_are_refused(plugin: Plugin, inputs: dict[str, Any], said: str) -> None:
    assert said in plugin.check(PASSWORD, inputs).failures[0].reason


def test_another_keeper_makes_a_new_value(plugin: Plugin) -> None:
    olds, news = ({"length": 8, "keepers": {"year": year}} for year in ("2026", "2027"))
    answer = plugin.diff(PASSWORD, olds, news)
    assert list(answer.replaces) == ["keepers"]
    assert plugin.diff(PASSWORD, olds, olds).changes == pb.DiffResponse.DIFF_NONE


def test_bytes_are_secret_and_agree_in_both_spellings(plugin: Plugin) -> None:
    _, made = plugin.create("random:index/randomBytes:RandomBytes", {"length": 32})
    assert base64.b64decode(made["base64"].value).hex() == made["hex"].value
    assert len(made["hex"].value) == 64


def test_an_id_agrees_in_all_spellings_and_carries_its_prefix(plugin: Plugin) -> None:
    identity, made = plugin.create("random:index/randomId:RandomId", {"byteLength": 4, "prefix": "p-"})
    assert int(made["hex"].removeprefix("p-"), 16) == int(made["dec"].removeprefix("p-"))
    assert made["b64Url"] == "p-" + identity


def test_a_uuid_is_one_of_version_four(plugin: Plugin) -> None:
    identity, made = plugin.create("random:index/randomUuid:RandomUuid", {})
    assert made["result"] == identity
    assert uuid.UUID(identity).version == 4


def test_an_integer_lies_between_its_bounds(plugin: Plugin) -> None:
    _, made = plugin.create("random:index/randomInteger:RandomInteger", {"min": 3, "max": 3})
    assert made["result"] == 3
    assert plugin.check("random:index/randomInteger:RandomInteger", {"min": 4, "max": 3}).failures


def test_a_refresh_gives_back_what_the_state_holds(plugin: Plugin) -> None:
    identity, made = plugin.create(STRING, {"length": 8})
    seen = plugin.stub.Read(
        pb.ReadRequest(id=identity, urn="u", properties=_encoded(made), inputs=_encoded({"length": 8}))
    )
    assert (seen.id, seen.properties) == (identity, _encoded(made))


def test_a_type_that_is_not_made_here_is_refused_with_those_that_are(plugin: Plugin) -> None:
    answer = plugin.check("random:index/randomPet:RandomPet", {})
    assert "makes RandomPassword, RandomString" in answer.failures[0].reason


def _encoded(values: dict[str, Any]) -> Any:

    return wire.encode(values)

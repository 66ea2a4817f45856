"""A diff names each change by its path, and replaces only where Azure could not change the object."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.diff import changes, keeps_name
from emulator.values import UNKNOWN, Secret

from .conftest import FACTS, VAULT, vault_inputs

FACT = FACTS[VAULT]


def found(olds: dict[str, Any], news: dict[str, Any]) -> dict[str, tuple[str, bool]]:
    """Kind and replacement by path."""
    return {one.path: (one.kind, one.replaces) for one in changes(FACT, olds, news)}


def test_equal_inputs_do_not_differ() -> None:
    assert found(vault_inputs(), vault_inputs()) == {}


def test_a_secret_is_compared_by_what_it_holds() -> None:
    assert found({"x": Secret("a")}, {"x": "a"}) == {}
    assert found({"x": Secret("a")}, {"x": Secret("b")}) == {"x": ("UPDATE", False)}


def test_what_came_went_and_changed_is_named_by_path() -> None:
    olds = {"tags": {"a": "1", "b": "2"}, "rules": [{"v": 1}, {"v": 2}]}
    news = {"tags": {"a": "1", "c.d": "3"}, "rules": [{"v": 9}]}
    assert found(olds, news) == {
        "tags.b": ("DELETE", False),
        'tags["c.d"]': ("ADD", False),
        "rules[0].v": ("UPDATE", False),
        "rules[1]": ("DELETE", False),
    }


def test_placeholders_of_the_path_and_immutable_inputs_replace() -> None:
    news = vault_inputs(vaultName="kv-other", location="northeurope")
    assert found(vault_inputs(), news) == {"vaultName": ("UPDATE", True), "location": ("UPDATE", True)}


def test_an_immutable_input_inside_an_object_that_came_as_a_whole_replaces() -> None:
    assert found({}, {"properties": {"tenantId": "t"}}) == {"properties": ("ADD", True)}
    assert found({}, {"properties": {"sku": "s"}}) == {"properties": ("ADD", False)}


def test_an_unknown_differs_because_it_may() -> None:
    assert found(vault_inputs(), vault_inputs(location=UNKNOWN)) == {"location": ("UPDATE", True)}
    assert found({"tags": {"a": "1"}}, {"tags": UNKNOWN}) == {"tags": ("UPDATE", False)}


def test_a_region_in_another_spelling_is_the_same_region() -> None:
    assert found(vault_inputs(location="Sweden Central"), vault_inputs()) == {}


def test_true_is_not_one() -> None:
    assert found({"x": 1}, {"x": True}) == {"x": ("UPDATE", False)}


@pytest.mark.parametrize(
    ("news", "first"),
    [
        (vault_inputs(location="northeurope"), True),
        (vault_inputs(vaultName="kv-other"), False),
        (vault_inputs(resourceGroupName="rg-other"), True),
    ],
    ids=["same name", "other name", "other group, but the name is global"],
)
def test_the_old_object_goes_first_where_the_new_one_needs_its_name(news: dict[str, object], *, first: bool) -> None:
    assert keeps_name(FACT, vault_inputs(), news) is first

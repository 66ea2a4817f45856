"""Differences are named by property; what may be a secret is never shown."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from stacks.cloud.model import Activity
from stacks.drift.compare import HIDDEN, SECRET, PropertyChange, changes, compare
from stacks.drift.detect import SWAPPED, Difference, _last_entry
from stacks.events import ResourceStep

VEIL = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "[secret]"}
REFERENCE = "@Microsoft.KeyVault(SecretUri=https://kv.vault.azure.net/secrets/db)"


def step(old: dict[str, Any], new: dict[str, Any], detailed: dict[str, str] | None = None) -> ResourceStep:
    """One step of a refresh."""
    return ResourceStep(
        "update", "urn:a::b", "azure-native:web:WebApp", {"inputs": old}, {"inputs": new}, (), detailed or {}
    )


def setting(name: str, value: str) -> dict[str, Any]:
    """Inputs with one app setting."""
    return {"siteConfig": {"appSettings": [{"name": "A", "value": "1"}, {"name": name, "value": value}]}}


def test_equal_inputs_are_no_drift_whatever_the_outputs_say() -> None:
    one = ResourceStep(
        "update", "urn", "t", {"inputs": {"a": 1}, "outputs": {"etag": 1}}, {"inputs": {"a": 1}, "outputs": {}}, (), {}
    )
    assert changes(one) == []


def test_a_changed_property_is_named_with_both_values() -> None:
    assert compare({"sku": {"name": "P0v3"}}, {"sku": {"name": "P1v3"}}) == [
        PropertyChange(path="sku.name", expected="P0v3", found="P1v3")
    ]


def test_entries_of_a_list_are_told_by_their_names() -> None:
    old = {"rules": [{"name": "a", "port": 1}, {"name": "b", "port": 2}]}
    new = {"rules": [{"name": "x", "port": 9}, {"name": "a", "port": 1}, {"name": "b", "port": 3}]}
    assert [(one.path, one.expected, one.found) for one in compare(old, new)] == [
        ('rules["b"].port', 2, 3),
        ('rules["x"]', None, {"name": "x", "port": 9}),
    ], "an entry that was put in front moves no other"


@pytest.mark.parametrize(("old", "new"), [(None, []), ({}, None), ([], {})])
def test_nothing_and_an_empty_value_are_the_same(old: Any, new: Any) -> None:
    assert compare({"a": old}, {"a": new}) == []


def test_a_region_is_the_same_in_either_spelling() -> None:
    assert compare({"location": "swedencentral"}, {"location": "Sweden Central"}) == []


def test_truth_and_one_are_different() -> None:
    assert [one.path for one in compare({"a": True}, {"a": 1})] == ["a"]


def test_a_secret_that_changed_is_told_by_the_engine_alone() -> None:
    one = step({"properties": {"value": VEIL}}, {"properties": {"value": VEIL}}, {"properties.value": "update"})
    assert changes(one) == [PropertyChange(path="properties.value", expected=SECRET, found=SECRET)]
    assert changes(step({"p": VEIL}, {"p": VEIL}, {})) == []


def test_what_replaced_a_secret_is_not_shown() -> None:
    (one,) = compare({"value": VEIL}, {"value": "hunter2"})
    assert (one.expected, one.found) == (SECRET, SECRET)


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("ANY", REFERENCE, "hunter2"),
        ("DB_PASSWORD", "x", "hunter2"),
        ("DATABASE_URL", "x", "postgres://hunter2"),
        ("ANY", "x", "AccountKey=hunter2"),
    ],
)
def test_a_setting_that_may_hold_a_secret_is_not_shown(name: str, before: str, after: str) -> None:
    (one,) = compare(setting(name, before), setting(name, after))
    assert one.path == f'siteConfig.appSettings["{name}"].value'
    assert one.found == HIDDEN
    assert "hunter2" not in str(one)


def test_a_new_setting_that_may_hold_a_secret_is_not_shown() -> None:
    (one,) = compare({"siteConfig": {"appSettings": [{"name": "A", "value": "1"}]}}, setting("API_KEY", "hunter2"))
    assert one.path == 'siteConfig.appSettings["API_KEY"]'
    assert one.found == {"name": "API_KEY", "value": HIDDEN}
    (whole,) = compare(
        {"siteConfig": {}}, {"siteConfig": {"connectionStrings": [{"name": "x", "connectionString": "hunter2"}]}}
    )
    assert "hunter2" not in str(whole)


@pytest.mark.parametrize(
    ("before", "after", "path"),
    [
        (
            {"siteConfig": {"azureStorageAccounts": {"x": {"accessKey": "before", "type": "AzureFiles"}}}},
            {"siteConfig": {"azureStorageAccounts": {"x": {"accessKey": "hunter2", "type": "AzureFiles"}}}},
            "siteConfig.azureStorageAccounts.x.accessKey",
        ),
        ({"properties": {"ANY": REFERENCE}}, {"properties": {"ANY": "hunter2"}}, "properties.ANY"),
        ({"properties": {"DB_PASSWORD": "x"}}, {"properties": {"DB_PASSWORD": "hunter2"}}, "properties.DB_PASSWORD"),
        ({"properties": {"DATABASE_URL": "x"}}, {"properties": {"DATABASE_URL": "hunter2"}}, "properties.DATABASE_URL"),
        ({"properties": {"a-password": "x"}}, {"properties": {"a-password": "hunter2"}}, "properties.a-password"),
        ({"properties": {"a.password": "x"}}, {"properties": {"a.password": "hunter2"}}, 'properties["a.password"]'),
        (
            {"env": [{"name": "API_KEY", "value": "x"}]},
            {"env": [{"name": "API_KEY", "value": "hunter2"}]},
            'env["API_KEY"].value',
        ),
        ({"connectionString": "x"}, {"connectionString": "hunter2"}, "connectionString"),
        ({"passwords": ["x"]}, {"passwords": ["hunter2"]}, "passwords[0]"),
    ],
)  # fmt: skip
def test_what_may_be_a_secret_is_not_shown_wherever_it_stands(
    before: dict[str, Any], after: dict[str, Any], path: str
) -> None:
    (one,) = compare(before, after)
    assert (one.path, one.found) == (path, HIDDEN)
    assert "hunter2" not in str(one)


def test_in_what_is_new_as_a_whole_a_secret_is_not_shown_either() -> None:
    account = {"x": {"accessKey": "hunter2", "shareName": "data"}}
    (one,) = compare({"siteConfig": {}}, {"siteConfig": {"azureStorageAccounts": account}})
    assert one.found == {"x": {"accessKey": HIDDEN, "shareName": "data"}}
    (one,) = compare({"value": REFERENCE}, {"value": {"any": "hunter2"}})
    assert one.found == HIDDEN, "what replaces a reference is not shown, whatever form it has"


def test_a_setting_whose_name_the_path_does_not_tell_is_not_shown() -> None:
    old, new = ({"appSettings": [{"name": "A", "value": "1"}, {"name": "A", "value": v}]} for v in ("x", "hunter2"))
    (one,) = compare(old, new)
    assert (one.path, one.found) == ("appSettings[1].value", HIDDEN)


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("authConfig.passwordAuth", "Enabled", "Disabled"),
        ("encryption.keyName", "one", "two"),
        ("properties.secretUri", "https://kv/secrets/one", "https://kv/secrets/two"),
        ("tags.owner", "ann", "bob"),
    ],
)
def test_what_is_no_secret_is_shown_though_its_name_speaks_of_one(path: str, before: str, after: str) -> None:
    first, second = path.split(".")
    (one,) = compare({first: {second: before}}, {first: {second: after}})
    assert (one.expected, one.found) == (before, after), "a security setting that was switched off must be seen"


def test_an_ordinary_setting_is_shown() -> None:
    (one,) = compare(setting("LOG_LEVEL", "warn"), setting("LOG_LEVEL", "debug"))
    assert (one.expected, one.found) == ("warn", "debug")


def test_another_reference_is_shown() -> None:
    (one,) = compare(setting("DB_PASSWORD", REFERENCE), setting("DB_PASSWORD", REFERENCE.replace("db", "other")))
    assert one.found == REFERENCE.replace("db", "other")


def activity(who: str, what: str, *paths: str, minute: int = 0) -> Activity:
    """One line of the log."""
    return Activity(at=dt.datetime(2026, 11, 24, 9, minute, tzinfo=dt.UTC), who=who, what=what, paths=paths)


def who(path: str, *lines: Activity) -> str | None:
    """Who is said to have changed a property."""
    line = _last_entry(PropertyChange(path=path, expected=1, found=2), lines)
    return line.who if line else None


def test_the_last_one_who_touched_the_property_is_named() -> None:
    lines = (
        activity("ann", "update", "siteConfig.appSettings[3].value", minute=1),
        activity("bob", "update", "tags.owner", minute=2),
        activity("pulumi", "update", "siteConfig.appSettings[3].value", minute=3),
    )
    assert who('siteConfig.appSettings["A"].value', *lines) == "ann"
    assert who("tags.owner", *lines) == "bob"
    assert who("sku.name", *lines) is None, "nobody is blamed for what the log does not say"


def test_a_log_without_properties_names_the_last_writer() -> None:
    lines = (activity("ann", "Microsoft.Web/sites/write"), activity("bob", "Microsoft.Web/sites/delete", minute=1))
    assert who("tags.owner", *lines) == "ann"
    assert who("", *lines) == "bob", "what is gone was deleted by whoever deleted it"
    swap = activity("eve", "Microsoft.Web/sites/slots/slotsswap/action")
    assert who(SWAPPED, *lines, swap) == "eve"


def test_differences_are_told_in_words() -> None:
    one: dict[str, Any] = {"urn": "u", "type": "t", "name": "app-one", "who": "ann", "at": "2026-11-24T09:00:00+00:00"}
    by = "(by ann, 2026-11-24T09:00:00+00:00)"
    said = [
        Difference(path="sku", expected=1, found=None, **one).describe(),
        Difference(path="", expected="exists", found="gone", **one).describe(),
        Difference(path=SWAPPED, expected="a", found="b", **one).describe(),
        Difference(path="p", expected=SECRET, found=SECRET, **one).describe(),
    ]
    assert said == [
        f"app-one: sku is nothing, expected 1 {by}",
        f"app-one is gone {by}",
        f"the slots of app-one were swapped {by}",
        f"app-one: p was changed {by}; a secret, so its values are not shown",
    ]
    for nothing in (None, ""):  # the zone of a server, say, that Azure chose
        undeclared = Difference(path="availabilityZone", expected=nothing, found="2", **one).describe()
        assert undeclared == f"app-one: availabilityZone is 2, expected nothing, since no value was declared {by}"

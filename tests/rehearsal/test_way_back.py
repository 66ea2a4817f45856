"""The way back ends where it began, apart from what today's program changes at any release."""

from __future__ import annotations

from typing import Any

from rehearsal.comparison import ENTIRE_OBJECT, changed_paths, describe_paths, differences
from rehearsal.rehearsal import RehearsedDeployment
from stacks.events import ResourceStep, Run

SITE, VAULT, OTHER = "/Subscriptions/s/Sites/A", "/subscriptions/s/vaults/b", "/subscriptions/s/vaults/c"


def urn(name: str) -> str:
    return f"urn:pulumi:dev::aifabrix::t::{name}"


def stage(objects: dict[str, Any], **ids: str) -> RehearsedDeployment:
    """A deployment with these objects by id, and a state that has ids by name."""
    resources = [{"urn": urn(name), "id": identity} for name, identity in ids.items()]
    return RehearsedDeployment(
        Run(),
        {"resources": [{"urn": urn("stack")}, *resources]},
        {key.lower(): value for key, value in objects.items()},
    )


def step(operation: str, name: str, *paths: str, diffs: tuple[str, ...] = ()) -> ResourceStep:
    return ResourceStep(operation, urn(name), "t", None, None, diffs, dict.fromkeys(paths, "update"))


def test_what_the_program_changes_anyway_is_no_difference() -> None:
    start = stage({SITE: {"tags": {"a": "1"}, "kind": "app"}}, site=SITE)
    end = stage({SITE: {"tags": {"a": "1", "new": "2"}, "kind": "app"}}, site=SITE)
    assert differences(start, end) == ["/subscriptions/s/sites/a differs in tags"]
    known = changed_paths([step("update", "site", "tags.new")], start, end)
    assert known == {"/subscriptions/s/sites/a": {("tags", "new")}}
    assert differences(start, end, ignored=known) == []


def test_what_it_does_not_change_beside_it_still_is_one() -> None:
    """An image that does not come back is found though the program changes a setting of the same site."""
    start = stage(
        {SITE: {"siteConfig": {"image": "old", "appSettings": [1]}, "kind": "app"}, VAULT: {"x": 1}}, site=SITE
    )
    end = stage(
        {SITE: {"siteConfig": {"image": "new", "appSettings": [1, 2]}, "kind": "app"}, VAULT: {"x": 2}}, site=SITE
    )
    known = changed_paths([step("update", "site", "siteConfig.appSettings[1]")], start, end)
    assert differences(start, end, ignored=known) == [
        "/subscriptions/s/sites/a differs in siteConfig",
        "/subscriptions/s/vaults/b differs in x",
    ]


def test_an_input_that_is_new_as_a_whole_is_left_out_however_the_engine_names_it() -> None:
    start, end = (stage({SITE: inputs}, site=SITE) for inputs in ({}, {"tags": {"a.b": "1"}}))
    for path in ("tags", 'tags["a.b"]'):
        assert differences(start, end, ignored=changed_paths([step("update", "site", path)], start, end)) == []
    assert differences(start, end, ignored=changed_paths([step("update", "site", diffs=("tags",))], start, end)) == []
    known = changed_paths([step("update", "site")], start, end)
    assert differences(start, end, ignored=known) == [], "nobody says what"


def test_what_it_makes_deletes_or_replaces_is_left_out_wholly() -> None:
    start = stage({SITE: {"a": 1}, VAULT: {"b": 1}}, gone=SITE, moved=VAULT)
    end = stage({OTHER: {"b": 1}, f"{SITE}/more": {}}, moved=OTHER, made=f"{SITE}/more")
    steps = [step("delete", "gone"), step("replace", "moved", "name"), step("create", "made")]
    known = changed_paths(steps, start, end)
    assert differences(start, end, ignored=known) == [], "an object that was replaced has an id before and one after"
    assert set(known) == {SITE.lower(), VAULT, OTHER, f"{SITE}/more".lower()}
    assert set(known.values()) == {frozenset({ENTIRE_OBJECT})}
    without = {key: known[key] for key in known if key != VAULT}
    assert differences(start, end, ignored=without) == [f"{VAULT} is missing at the end"]


def test_what_was_left_out_is_said() -> None:
    assert describe_paths(frozenset({ENTIRE_OBJECT, ("tags",)})) == "all of it"
    assert describe_paths(frozenset({("tags", "a"), ("sku",)})) == "sku, tags.a"

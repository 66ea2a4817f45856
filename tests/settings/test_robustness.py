"""Whatever a stack file holds: settings, or problems with a path. Never a crash."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from settings import PlatformSettings, SettingsError, load
from settings.document import read_yaml
from settings.model import PlatformFile
from settings.problems import nearest, show, write_path

ROOT = Path(__file__).parents[2]
PROD: dict[str, Any] = YAML(typ="safe").load(ROOT / "Pulumi.prod.yaml")["config"][load.CONFIG_KEY]

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
junk = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)


def paths(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place of a tree."""
    if path:
        yield path
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in items:
        yield from paths(child, (*path, key))


PLACES = list(paths(PROD))


def put(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """The prod platform with another value at one place."""
    tree = copy.deepcopy(PROD)
    node: Any = tree
    for part in path[:-1]:
        node = node[part]
    node[path[-1]] = value
    return tree


def outcome(raw: Any) -> PlatformSettings | tuple[str, ...]:
    try:
        return load.config(ROOT, raw)
    except SettingsError as error:
        problems = error.problems
    assert problems, "an error without a problem helps nobody"
    for problem in problems:
        assert problem.path.startswith("config.aifabrix:platform"), "each problem says where"
        assert problem.message
        assert problem.found
    return tuple(problem.path for problem in problems)


@given(junk)
def test_anything_as_platform_gives_problems(raw: Any) -> None:
    assert isinstance(outcome(raw), tuple), "junk is no platform"


@settings(max_examples=300)
@given(st.sampled_from(PLACES), junk)
def test_anything_at_any_place_gives_settings_or_problems(path: tuple[Any, ...], value: Any) -> None:
    outcome(put(path, value))


@given(st.sampled_from([p for p in PLACES if isinstance(p[-1], str)]), st.text(min_size=1, max_size=12))
def test_an_unknown_key_at_any_mapping_is_a_problem_there(path: tuple[Any, ...], key: str) -> None:
    raw = put((*path[:-1], f"{key}?"), "x")
    found = outcome(raw)
    assert isinstance(found, tuple), "unknown keys are never ignored"
    assert any(f"{key}?" in place or "tags" in place for place in found), found


def test_every_key_of_the_model_is_refused_when_it_is_misspelt() -> None:
    for field in PlatformFile.model_fields.values():
        misspelt = f"{field.alias}x"
        found = outcome({**PROD, misspelt: {}})
        assert isinstance(found, tuple)
        assert f"config.aifabrix:platform.{misspelt}" in found, "a misspelt key is never ignored"


@given(st.text(max_size=200))
def test_any_text_as_file_is_data_or_problems(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("file")
    (folder / "x.yaml").write_text(text, encoding="utf-8", errors="surrogatepass" if "\ud800" in text else "strict")
    document = read_yaml(folder, "x.yaml")
    assert document.data is None or not any(p.message == "the file is not YAML" for p in document.problems)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("a: 1_000", {"a": 1000}),
        ("a: 0x10", {"a": 16}),
        ("a: 007", {"a": 7}),
        ("a: 1e3", {"a": 1000.0}),
        ("a: 2026.11.0", {"a": "2026.11.0"}),
        ('a: "2026-11-01"', {"a": "2026-11-01"}),
        ("a: yes", {"a": "yes"}),
        ("a: ~", {"a": None}),
        ("a: &x [1]\nb: *x", {"a": [1], "b": [1]}),
        ("", None),
    ],
)
def test_scalars_are_read_as_yaml_1_2_says(tmp_path: Path, text: str, data: object) -> None:
    (tmp_path / "x.yaml").write_text(text)
    document = read_yaml(tmp_path, "x.yaml")
    assert (document.data, document.problems) == (data, [])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &x [*x]", "contains itself"),
        ("? [1, 2]\n: 3", "a key that is not plain text"),
        ("a: !!binary aGk=", "a YAML tag that settings do not use"),
        ("a: 1\n---\nb: 2", "not YAML"),
        ("a: 1\na: 2", "written twice"),
        ("a: 2026-11-01", "a date without quotes"),
    ],
)
def test_yaml_that_settings_do_not_use_is_a_problem(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "x.yaml").write_text(text)
    (problem,) = read_yaml(tmp_path, "x.yaml").problems
    assert message in problem.message


def test_every_value_of_a_document_knows_its_line() -> None:
    document = read_yaml(ROOT, "Pulumi.prod.yaml")
    lines = (ROOT / "Pulumi.prod.yaml").read_text().splitlines()
    for path in PLACES:
        line = lines[(document.line(("config", load.CONFIG_KEY, *path)) or 0) - 1]
        assert isinstance(path[-1], int) or path[-1] in line, f"{write_path(path)} is not on {line!r}"


def test_what_is_shown_of_a_value_is_short_and_hides_secrets() -> None:
    assert len(show("x" * 500)) < 100
    assert "hunter2" not in show({"DB_PASSWORD": "hunter2"}), "secrets inside a mapping are hidden too"
    assert "hunter2" not in show("hunter2", ("settings", "DB_PASSWORD", "value"))
    assert show(None) == "nothing"


def test_the_nearest_word_ignores_case_and_gives_up_on_nonsense() -> None:
    assert nearest("ADDRESSSPACE", ["addressSpace", "subnets"]) == "addressSpace"
    assert nearest("zzz", ["addressSpace", "subnets"]) is None


def test_paths_are_written_the_way_people_do() -> None:
    assert write_path(("config", "aifabrix:platform", "custom", 2, "key")) == "config.aifabrix:platform.custom[2].key"

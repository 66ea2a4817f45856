"""Releases: a strict manifest whose content is its identity, and stack files that name one or two of them."""

from __future__ import annotations

import copy
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from settings import SettingsError, load, manifest
from settings.release import Release, order

if TYPE_CHECKING:
    from tests.settings.conftest import Project

ROOT = Path(__file__).parents[2]
PREFIX = "config.aifabrix:platform"
SHIPPED = YAML(typ="safe").load(ROOT / "releases" / "2026.11.0.yaml")
DIGEST = "sha256:" + "c" * 64


def public_key() -> str:
    private = ec.generate_private_key(ec.SECP256R1())
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return private.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


KEY = public_key()


def full() -> dict[str, Any]:
    """The shipped manifest with everything that a manifest can say."""
    data = copy.deepcopy(SHIPPED)
    data["database"] = {"level": 3, "readableFrom": 2}
    data["images"]["flowiseai/flowise"] |= {
        "signature": {"issuer": "https://issuer.example", "identity": "https://example/workflow"},
        "sbom": {"format": "spdx", "digest": DIGEST},
    }
    data["images"]["claims/portal"] |= {"signature": {"key": KEY}, "sbom": {"format": "cyclonedx", "digest": DIGEST}}
    return data


def made(data: dict[str, Any]) -> Release:
    return Release.model_validate_json(json.dumps(data))


def write(project: Project, data: dict[str, Any], name: str | None = None) -> Project:
    with (project.root / "releases" / f"{name or data['id']}.yaml").open("w") as file:
        YAML().dump(data, file)
    return project


def leaves(node: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if isinstance(node, dict | list):
        for key, child in node.items() if isinstance(node, dict) else enumerate(node):
            yield from leaves(child, (*path, key))
    else:
        yield path


def changed(data: dict[str, Any], path: tuple[str | int, ...]) -> dict[str, Any]:
    """The same with another value at one place that is still a right one."""
    data = copy.deepcopy(data)
    node: Any = data
    for key in path[:-1]:
        node = node[key]
    old, last = node[path[-1]], path[-1]
    if isinstance(old, bool):
        new: Any = not old
    elif isinstance(old, int):
        new = old + 1 if last == "level" else old - 1
    elif str(old).startswith("sha256:"):
        new = "sha256:" + ("0" if old[7] != "0" else "1") + old[8:]
    elif "PUBLIC KEY" in str(old):
        new = public_key()
    else:
        new = {"id": "2026.11.1", "spdx": "cyclonedx", "cyclonedx": "spdx"}.get(str(last if last == "id" else old))
        new = new or (f"{old}x" if last != "installer" else "0.0.9")
    node[last] = new
    return data


@pytest.mark.parametrize("path", [p for p in leaves(full()) if p[0] != "wayBack"], ids=lambda p: ".".join(map(str, p)))
def test_any_value_that_changes_makes_another_release(path: tuple[str | int, ...]) -> None:
    assert made(changed(full(), path)).hash != made(full()).hash, "the hash of a manifest is its identity"


def test_ways_back_are_part_of_the_identity() -> None:
    assert made({**full(), "wayBack": ["swap"]}).hash != made(full()).hash


@hypothesis_settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_comments_order_and_notation_do_not_change_the_hash(project: Project, data: st.DataObject) -> None:
    expected = made(full()).hash

    def shuffled(node: Any) -> Any:
        if not isinstance(node, dict):
            return node
        keys = data.draw(st.permutations(list(node)))
        return {key: shuffled(node[key]) for key in keys}

    yaml = YAML()
    yaml.default_flow_style = data.draw(st.sampled_from([None, True, False]))
    yaml.width = data.draw(st.sampled_from([40, 4096]))
    stream = io.StringIO()
    yaml.dump(shuffled(full()), stream)
    comment = data.draw(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20))
    (project.root / "releases" / "2026.11.0.yaml").write_text(f"# {comment}\n\n{stream.getvalue()}# {comment}\n")
    assert manifest.load(project.root, "2026.11.0").hash == expected


def test_a_default_that_is_written_out_changes_nothing() -> None:
    data = {key: value for key, value in full().items() if key != "example"}
    assert made({**data, "example": False}).hash == made(data).hash


def test_the_hash_covers_the_text_of_a_key_that_is_named_by_its_path(project: Project) -> None:
    data = full()
    data["images"]["claims/portal"]["signature"]["key"] = "keys/claims.pub"
    (project.root / "releases" / "keys").mkdir()
    file = project.root / "releases" / "keys" / "claims.pub"
    file.write_text(KEY)
    write(project, data)
    assert manifest.load(project.root, data["id"]).hash == made(full()).hash, "where the key stands does not matter"
    file.write_text(public_key())
    assert manifest.load(project.root, data["id"]).hash != made(full()).hash, "who may sign is part of the release"


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("authors", [], "too few entries"),
        ("authors", ["a", "a"], "named twice"),
        ("wayBack", ["swap", "undo"], "not one of the choices"),
        ("wayBack", [], "too few entries"),
        ("wayBack", ["swap", "swap"], "named twice"),
        ("database", {"level": 1, "readableFrom": 2}, "readableFrom 2 is above level 1"),
        ("database.level", 0, "greater than or equal to 1"),
        ("installer", "newest", "not in the form"),
        ("policyPack", "abc", "not in the form"),
        ("components", {}, "too few entries"),
        ("changelog", [], "too few entries"),
        ("images", {"Claims:1": {"version": "1", "digest": DIGEST}}, "not a name that is allowed"),
        ("images.claims/portal.tag", "latest", "unknown key 'tag'"),
        ("images.claims/portal.signature", {"key": "../outside.pub"}, "neither a public key"),
        ("images.claims/portal.signature", {"key": "/etc/passwd"}, "neither a public key"),
        ("images.claims/portal.signature", {"key": "keys/none.pub"}, "the key cannot be read"),
        ("images.claims/portal.signature", {"issuer": "https://x"}, "identity is missing"),
        ("images.claims/portal.signature", {"key": "keys/a.pub", "issuer": "https://x"}, "unknown key 'issuer'"),
        ("images.claims/portal.sbom", {"format": "csv", "digest": DIGEST}, "not one of the choices"),
    ],
)
def test_what_a_manifest_may_not_say(project: Project, path: str, value: Any, words: str) -> None:
    data = copy.deepcopy(SHIPPED)
    node = data
    *parents, last = path.split(".")
    for part in parents:
        node = node[part]
    node[last] = value
    problems = write(project, data).problems()
    assert {problem.file for problem in problems} == {"releases/2026.11.0.yaml"}
    assert any(words in problem.message for problem in problems), "\n".join(map(str, problems))
    assert all(problem.line for problem in problems), "each problem has its line"


@pytest.mark.parametrize("key", [key for key in SHIPPED if key != "example"])
def test_nothing_of_a_manifest_may_be_left_out(project: Project, key: str) -> None:
    problem = write(project, {k: v for k, v in SHIPPED.items() if k != key}, "2026.11.0").problem()
    assert (problem.path, problem.message) == (key, f"{key} is missing")


def test_a_private_key_in_a_manifest_is_refused_and_not_shown(project: Project) -> None:
    data = copy.deepcopy(SHIPPED)
    canary = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg"
    text = f"-----BEGIN PRIVATE KEY-----\n{canary}\n-----END PRIVATE KEY-----\n"
    data["images"]["claims/portal"]["signature"] = {"key": text}
    problem = write(project, data).problem()
    assert "private key" in problem.message
    assert canary not in str(problem), "a secret is never repeated"


def test_all_problems_of_both_manifests_are_reported_at_once(project: Project) -> None:
    write(project, {**SHIPPED, "id": "2026.12.0", "wayBack": ["undo"], "sumary": "x"})
    write(project, {**SHIPPED, "installer": "x"})
    project.replace("dev", "release: 2026.11.0", "release: {running: 2026.12.0, standby: 2026.11.0}")
    found = {(problem.file, problem.path) for problem in project.problems()}
    assert found == {
        ("releases/2026.11.0.yaml", "installer"),
        ("releases/2026.12.0.yaml", "sumary"),
        ("releases/2026.12.0.yaml", "wayBack[0]"),
    }


@pytest.fixture
def two(project: Project) -> Project:
    """A project with a second release: another flowise, no portal."""
    data = copy.deepcopy(SHIPPED)
    data["id"] = "2026.9.12"
    data["images"]["flowiseai/flowise"] = {"version": "3.0.7", "digest": DIGEST}
    del data["images"]["claims/portal"]
    return write(project, data)


def test_releases_are_listed_in_the_order_in_which_they_came(two: Project) -> None:
    assert manifest.known(two.root) == ["2026.9.12", "2026.11.0"], "months and numbers are numbers"
    assert order("2026.9.12") < order("2026.11.0") < order("2026.11.1")


def test_one_id_is_what_runs_and_what_the_slots_hold(two: Project) -> None:
    settings = two.load()
    assert settings.standby is settings.release
    assert (settings.release_id, settings.standby_id) == ("2026.11.0", "2026.11.0")
    assert all(app.standby_image_reference == app.image_reference for app in settings.apps)


def test_the_slots_can_hold_another_release(two: Project) -> None:
    two.replace("prod", "release: 2026.11.0", "release: {running: 2026.11.0, standby: 2026.9.12}")
    settings = two.load("prod")
    assert (settings.release_id, settings.standby_id) == ("2026.11.0", "2026.9.12")
    flowise, portal = settings.app("flowise"), settings.app("claims-portal")
    assert flowise.standby_image_reference == f"flowiseai/flowise@{DIGEST}" != flowise.image_reference
    assert portal.standby_image_reference == portal.image_reference, "an image that the other lacks stays as it is"
    assert settings.app("dataplane").standby_image_reference == settings.app("dataplane").image_reference


def test_two_equal_ids_mean_the_same_as_one(two: Project) -> None:
    one = two.load().apps
    both = two.replace("dev", "release: 2026.11.0", "release: {running: 2026.11.0, standby: 2026.11.0}").load()
    assert both.standby is both.release
    assert both.apps == one


@pytest.mark.parametrize(
    "line", ["2026.9.12", ("2026.11.0", "2026.9.12"), {"running": "2026.11.0", "standby": "2026.9.12"}]
)
def test_a_stack_can_be_read_at_another_release(two: Project, line: Any) -> None:
    settings = load.stack(two.root, "dev", line)
    assert settings.standby_id == "2026.9.12"
    assert two.load().release_id == "2026.11.0", "the file stays as it is"


@pytest.mark.parametrize(
    ("line", "path", "words"),
    [
        ("2026.9.13", "release", "no manifest of that release"),
        ("{running: 2026.11.0}", "release.standby", "standby is missing"),
        ("{running: 2026.11.0, standbye: 2026.9.12}", "release.standbye", "did you mean 'standby'?"),
        ("{running: 2026.11.0, standby: 2026.9.13}", "release.standby", "no manifest of that release"),
        ("{running: 2026.11, standby: 2026.9.12}", "release.running", "wrong type"),
        ("[2026.11.0, 2026.9.12]", "release", "wrong type"),
    ],
)
def test_a_release_line_that_says_nothing_right(two: Project, line: str, path: str, words: str) -> None:
    problem = two.replace("dev", "release: 2026.11.0", f"release: {line}").problem()
    assert problem.path == f"{PREFIX}.{path}"
    assert words in problem.message


def test_an_unknown_release_is_answered_with_those_that_exist_and_the_nearest(two: Project) -> None:
    problem = two.replace("dev", "release: 2026.11.0", "release: 2026.9.21").problem()
    assert problem.allowed == "2026.9.12, 2026.11.0"
    assert problem.example == "release: 2026.9.12"


def test_an_application_of_the_customers_own_takes_its_image_from_the_release(two: Project) -> None:
    app = two.load("prod").app("claims-portal")
    image = SHIPPED["images"]["claims/portal"]
    assert (app.image, app.image_tag, app.digest) == ("claims/portal", image["version"], image["digest"])


def test_an_image_that_the_release_does_not_ship_is_refused_with_those_that_it_does(two: Project) -> None:
    problem = two.replace("prod", "release: 2026.11.0", "release: 2026.9.12").problem("prod")
    assert problem.path == f"{PREFIX}.applications.custom[0].image"
    assert "release 2026.9.12 has no image of that repository" in problem.message
    assert "aifabrix/dataplane" in problem.allowed


def test_a_release_that_is_loaded_by_itself_is_judged_the_same(two: Project) -> None:
    with pytest.raises(SettingsError) as caught:
        manifest.load(two.root, "2026.9.21")
    assert caught.value.problems[0].example == "2026.9.12"
    write(two, {**SHIPPED, "id": "2026.10.0"}, "2026.10.1")
    with pytest.raises(SettingsError) as caught:
        manifest.load(two.root, "2026.10.1")
    assert "of another release than its file" in caught.value.problems[0].message

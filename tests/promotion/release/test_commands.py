"""Showing, verifying and comparing releases."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from settings import load, manifest
from stacks.release_compatibility import needs_newer_program, release_problems
from stacks.session import settings_for_target
from support.errors import OperationError
from targets.name import TargetName
from tests.promotion.release.conftest import Tree
from tests.promotion.release.oci import Oci

DIGEST = "sha256:" + "1" * 64


def verdicts(document: dict) -> dict[tuple[str, str], str]:
    return {(check["what"], check["about"]): check["verdict"] for check in document["checks"]}


def test_a_release_is_shown_with_its_hash_and_its_stacks(tree: Tree) -> None:
    made = manifest.load(tree.root, "2026.11.0")
    output = tree.run("show", "2026.11.0").stdout
    for expected in (made.hash, "dev runs it", "that of this checkout", "claims/portal", "swap, release, restore"):
        assert expected in output
    document = tree.document("show", "2026.11.0")
    assert (document["ok"], document["hash"], document["id"]) == (True, made.hash, made.id)
    assert document["policyPack"] == made.policy_pack


def test_all_releases_are_listed_newest_first(tree: Tree) -> None:
    tree.document("new", "2026.12.0")
    assert [each["id"] for each in tree.document("show")["releases"]] == ["2026.12.0", "2026.11.0"]


@pytest.mark.parametrize("command", [["show"], ["verify"], ["diff", "2026.11.0"]])
def test_an_unknown_release_is_answered_with_those_that_exist(tree: Tree, command: list[str]) -> None:
    error = tree.refused(*command, "2026.11.1")
    assert error.code == 2
    assert error.details["problems"][0]["allowed"] == "2026.11.0"


def test_a_broken_manifest_is_reported_with_its_lines(tree: Tree) -> None:
    tree.replace("releases/2026.11.0.yaml", "wayBack: [swap", "wayBack: [swop")
    (problem,) = tree.refused("verify", "2026.11.0").details["problems"]
    assert (problem["file"], problem["path"]) == ("releases/2026.11.0.yaml", "wayBack[0]")
    assert problem["line"]


def test_the_shipped_release_is_right_as_far_as_it_can_be_checked(tree: Tree) -> None:
    document = tree.document("verify", "2026.11.0")
    found = verdicts(document)
    assert document["counts"]["wrong"] == 0
    assert {found[what, ""] for what in ("policy pack", "components", "installer")} == {"right"}
    assert {found["stack", stack] for stack in ("dev", "test", "prod")} == {"right"}
    made_up = [check for check in document["checks"] if check["what"] == "image"]
    assert all(check["verdict"] == "not checked" and "made up" in check["reason"] for check in made_up)


@pytest.mark.parametrize(
    ("file", "old", "new", "what", "reason"),
    [
        ("releases/2026.11.0.yaml", "policyPack: sha256:", "policyPack: sha256:0", "policy pack", "this checkout has"),
        ("releases/2026.11.0.yaml", "pulumi: 3.", "pulumi: 4.", "components", "pulumi 4."),
        ("releases/2026.11.0.yaml", "installer: 0.1.0", "installer: 99.0.0", "installer", "asks for 99.0.0"),
        ("requirements.txt", "pulumi-random==", "pulumi-random==9", "components", "pulumi-random"),
        ("releases/2026.11.0.yaml", "claims/portal:", "claims/other:", "stack", "no image of that repository"),
    ],
)
def test_what_is_wrong_is_named_and_fails_the_command(
    tree: Tree, file: str, old: str, new: str, what: str, reason: str
) -> None:
    tree.replace(file, old, new)
    if "sha256" in new:
        text = (tree.root / file).read_text().splitlines()
        shortened = [line[:-1] if line.startswith("policyPack") else line for line in text]
        (tree.root / file).write_text("\n".join(shortened))
    error = tree.refused("verify", "2026.11.0")
    wrong = [check for check in error.details["checks"] if check["verdict"] == "wrong"]
    assert error.code == 1
    assert [check["what"] for check in wrong] == [what]
    assert reason in wrong[0]["reason"]


def test_a_stack_whose_file_is_broken_hides_nothing(tree: Tree) -> None:
    tree.replace("Pulumi.dev.yaml", "size: m", "size: huge")
    document = tree.document("verify", "2026.11.0")
    assert verdicts(document)["stack", "dev"] == "not checked", "that is no fault of the release"
    assert verdicts(document)["stack", "prod"] == "right"


def test_a_hash_that_was_recorded_can_be_held_against_the_manifest(tree: Tree) -> None:
    made = manifest.load(tree.root, "2026.11.0")
    assert verdicts(tree.document("verify", "2026.11.0", "--hash", made.hash))["hash", ""] == "right"
    assert verdicts(tree.document("verify", "2026.11.0"))["hash", ""] == "not checked"
    tree.replace("releases/2026.11.0.yaml", "summary: Example", "summary: Changed")
    error = tree.refused("verify", "2026.11.0", "--hash", made.hash)
    assert "the manifest is another one" in str([check["reason"] for check in error.details["checks"]])


def test_images_are_looked_for_in_the_registry_that_is_named(tree: Tree, registry: Callable[..., Oci]) -> None:
    oci = registry()
    names = list(manifest.load(tree.root, "2026.11.0").images)
    given = [part for name in names for part in ("--image", f"{name}=2@{oci.image(name)}")]
    tree.document("new", "2026.12.0", *given)
    document = tree.document("verify", "2026.12.0", "--registry", oci.host)
    found = verdicts(document)
    assert {found["image", f"{oci.host}/{name}"] for name in names} == {"right"}
    (digest,) = {
        image.digest for name, image in manifest.load(tree.root, "2026.12.0").images.items() if name == names[0]
    }
    del oci.content[names[0], digest]
    error = tree.refused("verify", "2026.12.0", "--registry", oci.host)
    assert error.code == 1
    assert verdicts(error.details)["image", f"{oci.host}/{names[0]}"] == "wrong"
    assert error.details["counts"]["wrong"] == 1


def test_a_registry_that_cannot_be_reached_fails_nothing(tree: Tree, registry: Callable[..., Oci]) -> None:
    registry()
    document = tree.document("verify", "2026.11.0", "--registry", "127.0.0.1:9")
    assert document["ok"]
    reasons = {check["reason"] for check in document["checks"] if "127.0.0.1:9" in check["about"]}
    assert len(reasons) == 1 and "no connection" in reasons.pop()


def test_differences_are_listed_as_text_and_as_json(tree: Tree) -> None:
    arguments = [
        "--image",
        f"aifabrix/dataplane=2.0.0@{DIGEST}",
        "--image",
        f"claims/search=1@{DIGEST}",
        "--level",
        "2",
    ]
    tree.document("new", "2026.12.0", *arguments, "--way-back", "restore", "--author", "other")
    output = tree.run("diff", "2026.11.0", "2026.12.0").stdout
    for expected in (
        "image aifabrix/dataplane: 1.9.5 (sha256:85b531afdb7a) → 2.0.0 (sha256:111111111111)",
        "image claims/search: new, 1",
        "database level: 1 → 2",
        "database readable from: 1 → 2",
        "ways back: swap, release, restore → restore",
    ):
        assert expected in output
    document = tree.document("diff", "2026.11.0", "2026.12.0")
    assert {(change["what"], change["name"]) for change in document["changes"]} == {
        ("image", "aifabrix/dataplane"),
        ("image", "claims/search"),
        ("database", "level"),
        ("database", "readable from"),
        ("wayBack", ""),
        ("authors", ""),
    }
    back = tree.document("diff", "2026.12.0", "2026.11.0")["changes"]
    assert any(change["name"] == "claims/search" and change["after"] is None for change in back)
    assert tree.document("diff", "2026.11.0", "2026.11.0")["changes"] == []


def test_a_release_for_a_newer_program_is_refused_everywhere(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stacks.settings_files.ROOT", tree.root)
    tree.document("new", "2026.12.0")
    tree.replace("releases/2026.12.0.yaml", "installer: ", "installer: 9")
    tree.replace("Pulumi.dev.yaml", "release: 2026.11.0", "release: {running: 2026.11.0, standby: 2026.12.0}")
    for target in TargetName:
        with pytest.raises(OperationError, match=r"2026\.12\.0, which asks for version 90\.1\.0"):
            settings_for_target("dev", target)


def test_an_example_in_the_slots_is_refused_on_azure_too(tree: Tree) -> None:
    tree.document("new", "2026.12.0")
    tree.replace("Pulumi.dev.yaml", "release: 2026.11.0", "release: {running: 2026.11.0, standby: 2026.12.0}")
    settings = load.stack(tree.root, "dev")
    assert release_problems(settings, TargetName.LOCAL) == []
    named = "\n".join(release_problems(settings, TargetName.AZURE))
    assert "2026.11.0" in named and "2026.12.0" in named


def test_versions_of_the_program_are_compared_as_numbers(tree: Tree) -> None:
    release = manifest.load(tree.root, "2026.11.0").model_copy(update={"installer": "0.9.0"})
    assert (
        needs_newer_program(release, "0.8.9")
        and not needs_newer_program(release, "0.10.0")
        and not needs_newer_program(release, "0.9.0")
    )

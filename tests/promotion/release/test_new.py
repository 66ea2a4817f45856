"""Making a release: complete, never over another one, and honest about digests that are made up."""

from __future__ import annotations

from pathlib import Path

import pytest

from policies.digest import digest
from promotion.release.draft import pinned_versions
from settings import load, manifest
from support.checkout import VERSION
from tests.promotion.release.conftest import Tree

ROOT = Path(__file__).parents[3]
NEW = "2026.12.0"
FIRST, SECOND = "sha256:" + "1" * 64, "sha256:" + "2" * 64


def images(tree: Tree, *, but: int = 0) -> list[str]:
    """Options that give every image a digest of its own."""
    names = list(manifest.load(tree.root, "2026.11.0").images)[but:]
    return [part for i, name in enumerate(names) for part in ("--image", f"{name}=2.{i}@sha256:{i:064x}")]


def test_a_new_release_is_complete(tree: Tree) -> None:
    done = tree.document("new", NEW, "--image", f"aifabrix/dataplane=2.0.0@{FIRST}", "--author", "me", "--author", "I")
    made = manifest.load(tree.root, NEW)
    assert (done["file"], done["hash"], done["from"]) == (f"releases/{NEW}.yaml", made.hash, "2026.11.0")
    assert (made.policy_pack, made.components, made.installer) == (digest(), pinned_versions(), VERSION)
    assert made.authors == ("me", "I")
    assert (made.images["aifabrix/dataplane"].version, made.images["aifabrix/dataplane"].digest) == ("2.0.0", FIRST)
    before = manifest.load(tree.root, "2026.11.0")
    others = [name for name in before.images if name != "aifabrix/dataplane"]
    assert all(made.images[name] == before.images[name] for name in others)
    assert "aifabrix/dataplane 1.9.5 → 2.0.0" in made.summary
    assert made.changelog == ("aifabrix/dataplane 1.9.5 → 2.0.0",)


def test_authors_without_a_login_are_noted(tree: Tree) -> None:
    by_mail = tree.document("new", NEW, "--author", "ada@contoso.example", "--author", "Ada Author")
    assert any("--author LOGIN" in note for note in by_mail["notes"]), "reviews on GitHub would not count"
    with_login = tree.document("new", "2026.12.1", "--author", "ada@contoso.example", "--author", "ada-author")
    assert not any("--author LOGIN" in note for note in with_login["notes"])


def test_stacks_can_name_it_at_once(tree: Tree) -> None:
    tree.document("new", NEW)
    tree.replace("Pulumi.dev.yaml", "release: 2026.11.0", f"release: {{running: 2026.11.0, standby: {NEW}}}")
    assert tree.document("show", NEW)["stacks"] == ["dev holds it in its staging slots"]
    assert tree.document("show", "2026.11.0")["stacks"] == ["dev runs it", "prod runs it", "test runs it"]


def test_a_release_stays_an_example_until_every_digest_is_given(tree: Tree) -> None:
    done = tree.document("new", NEW, *images(tree, but=1))
    assert done["example"]
    assert any("aifabrix/miso-controller are still made up" in note for note in done["notes"]), done["notes"]
    assert not tree.document("new", "2026.12.1", *images(tree))["example"]


def test_it_starts_from_the_newest_release_or_from_the_one_that_is_named(tree: Tree) -> None:
    tree.document("new", NEW, "--image", f"aifabrix/dataplane=2.0.0@{FIRST}")
    assert tree.document("new", "2026.12.1")["from"] == NEW
    tree.document("new", "2026.11.1", "--from", "2026.11.0")
    assert manifest.load(tree.root, "2026.11.1").images["aifabrix/dataplane"].version == "1.9.5"


def test_a_release_is_never_overwritten(tree: Tree) -> None:
    before = (tree.root / "releases" / "2026.11.0.yaml").read_bytes()
    assert "exists" in str(tree.refused("new", "2026.11.0"))
    assert (tree.root / "releases" / "2026.11.0.yaml").read_bytes() == before


def test_everything_that_is_wrong_is_reported_at_once_and_nothing_is_written(tree: Tree) -> None:
    wrong = ["--image", "portal", "--image", f"a=1@{FIRST}", "--image", f"a=2@{SECOND}", "--from", "2026.11.9"]
    error = tree.refused("new", NEW, *wrong)
    assert error.code == 2
    for text in ("--image portal", "--image a: given twice", "no manifest of that release"):
        assert text in str(error)
    assert not (tree.root / "releases" / f"{NEW}.yaml").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["new", "latest"], "id: not in the form"),
        (["new", "../2026.12.0"], "id: not in the form"),
        (["new", NEW, "--image", "Claims=1@sha256:12"], "images.Claims"),
        (["new", NEW, "--image", "a=1@sha256:12"], "images.a.digest"),
        (["new", NEW, "--level", "2", "--readable-from", "3"], "readableFrom 3 is above level 2"),
        (["new", NEW, "--way-back", "undo"], "wayBack[0]"),
        (["new", NEW, "--summary", "x" * 300], "summary"),
    ],
)
def test_what_a_manifest_may_not_say_is_not_written(tree: Tree, arguments: list[str], message: str) -> None:
    error = tree.refused(*arguments)
    assert error.code == 2 and message in str(error), str(error)
    assert sorted(file.name for file in (tree.root / "releases").iterdir()) == ["2026.11.0.yaml"]


def test_nobody_makes_a_release_namelessly(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.release.git_names", list)
    assert "--author" in str(tree.refused("new", NEW))


def test_a_new_level_is_readable_by_its_own_release_only_unless_an_option_says_otherwise(tree: Tree) -> None:
    done = tree.document("new", NEW, "--level", "2")
    assert (manifest.load(tree.root, NEW).database.level, manifest.load(tree.root, NEW).database.readable_from) == (
        2,
        2,
    )
    assert any("--readable-from 1" in note for note in done["notes"])
    tree.document("new", "2026.12.1", "--from", "2026.11.0", "--level", "2", "--readable-from", "1")
    assert manifest.load(tree.root, "2026.12.1").database.readable_from == 1


def test_a_level_never_goes_down(tree: Tree) -> None:
    tree.document("new", NEW, "--level", "3")
    assert "levels only grow" in str(tree.refused("new", "2026.12.1", "--level", "2"))


def test_the_signer_is_taken_over_and_the_list_of_contents_is_not(tree: Tree) -> None:
    extras = (
        "    signature: {issuer: https://issuer.example, identity: https://example/build}\n"
        f"    sbom: {{format: spdx, digest: {SECOND}}}\n"
    )
    tree.replace("releases/2026.11.0.yaml", "    version: 1.4.2\n", f"    version: 1.4.2\n{extras}")
    done = tree.document("new", NEW, "--image", f"claims/portal=1.5.0@{FIRST}")
    image = manifest.load(tree.root, NEW).images["claims/portal"]
    assert image.signature is not None, "who must have signed it does not change with its version"
    assert image.sbom is None
    assert any("claims/portal.sbom" in note for note in done["notes"])
    same = manifest.load(tree.root, "2026.11.0").images["claims/portal"]
    tree.document("new", "2026.12.1", "--from", "2026.11.0", "--image", f"claims/portal=1.4.2@{same.digest}")
    assert manifest.load(tree.root, "2026.12.1").images["claims/portal"] == same


def test_the_first_release_of_all_needs_its_images(tree: Tree) -> None:
    (tree.root / "releases" / "2026.11.0.yaml").unlink()
    assert "images" in str(tree.refused("new", NEW))
    tree.document("new", NEW, "--image", f"claims/portal=1@{FIRST}")
    assert manifest.known(tree.root) == [NEW]


def test_the_launcher_makes_a_release_and_verifies_it(checkout) -> None:
    done = checkout.fabrix("release", "new", NEW, "--author", "me", "--json").must().document
    verified = checkout.fabrix("release", "verify", NEW, "--hash", done["hash"], "--json").must().document
    assert verified["counts"]["wrong"] == 0
    again = checkout.fabrix("release", "new", NEW, "--author", "me").must(2)
    assert f"releases/{NEW}.yaml exists" in again.stderr
    checkout.fabrix("release", "verify", NEW, "--hash", "0" * 64).must(1)
    assert (checkout.root / "releases" / f"{NEW}.yaml").read_text().startswith("# An example")


def test_the_image_of_the_databases_job_is_pinned_and_kept(tree: Tree) -> None:
    loose = tree.document("new", NEW)
    assert any("--job-image 16@DIGEST" in note for note in loose["notes"])
    assert manifest.load(tree.root, NEW).database.job is None
    pinned = tree.document("new", "2026.12.1", "--job-image", f"16.9@{FIRST}")
    assert not any("--job-image" in note for note in pinned["notes"])
    tree.document("new", "2026.12.2")
    job = manifest.load(tree.root, "2026.12.2").database.job
    assert job is not None and (job.version, job.digest) == ("16.9", FIRST)
    changes = tree.document("diff", NEW, "2026.12.1")["changes"]
    assert [one["name"] for one in changes if one["what"] == "database"] == ["job"]
    assert f"16.9 {FIRST}" in tree.run("show", "2026.12.1").stdout
    assert "database.job.digest" in str(tree.refused("new", "2026.12.3", "--job-image", "16"))


def test_the_newer_release_decides_about_the_job_so_that_a_swap_does_not_change_it(tree: Tree) -> None:
    tree.document("new", NEW, "--job-image", f"16.9@{FIRST}")
    found = []
    for line in ("2026.11.0", f"{{running: 2026.11.0, standby: {NEW}}}", f"{{running: {NEW}, standby: 2026.11.0}}"):
        text = (ROOT / "Pulumi.dev.yaml").read_text().replace("release: 2026.11.0", f"release: {line}")
        (tree.root / "Pulumi.dev.yaml").write_text(text)
        found.append(load.stack(tree.root, "dev").sql_job_image)
    before, staged, swapped = found
    assert before is None, "the shipped example names none"
    assert staged is not None and staged.digest == FIRST and staged == swapped

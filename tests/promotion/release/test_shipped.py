"""The release that is shipped is one that this checkout would make."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from policies.digest import PRESENTING, digest, sources
from promotion.release.draft import pinned_versions
from settings import manifest

ROOT = Path(__file__).parents[3]
NEWEST = manifest.load(ROOT, manifest.known(ROOT)[-1])


def test_the_shipped_release_names_the_rules_of_this_checkout() -> None:
    assert NEWEST.policy_pack == digest(), (
        f"the rules changed: put `policyPack: {digest()}` into {manifest.file_of(NEWEST.id)} "
        '(python -c "from policies.digest import digest; print(digest())" prints it)'
    )


def test_the_shipped_release_names_the_versions_of_this_checkout() -> None:
    assert NEWEST.components == pinned_versions(), (
        f"the pins changed: write {pinned_versions()} under components in {manifest.file_of(NEWEST.id)}"
    )


def test_every_image_of_the_shipped_stacks_comes_from_the_release() -> None:
    for stack in ("dev", "test", "prod"):
        text = (ROOT / f"Pulumi.{stack}.yaml").read_text()
        assert "sha256:" not in text, "stack files name a release and nothing else about versions"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    (tmp_path / "policies" / "rules").mkdir(parents=True)
    (tmp_path / "policies" / "rules" / "storage.py").write_text("CHECK = 1\n")
    (tmp_path / "policies" / "docs.py").write_text("PAGE = 1\n")
    (tmp_path / "policies" / "waivers.yaml").write_text("waivers: []\n")
    (tmp_path / "resources").mkdir()
    (tmp_path / "resources" / "values.py").write_text("READ = 1\n")
    return tmp_path


def test_the_identity_of_the_rules_follows_the_rules_alone(rules: Path) -> None:
    before, policies = digest(rules), rules / "policies"
    (policies / "docs.py").write_text("PAGE = 2\n")
    (policies / "waivers.yaml").write_text("waivers: [x]\n")
    assert digest(rules) == before, "what an installation adds, and pages, are no rules"
    (policies / "rules" / "storage.py").write_bytes(b"CHECK = 1\r\n")
    assert digest(rules) == before, "a checkout on Windows has the same rules"
    (rules / "resources" / "values.py").write_text("READ = 2\n")
    assert digest(rules) != before, "how a value is read decides a verdict, too"
    before = digest(rules)
    (policies / "rules" / "storage.py").write_text("CHECK = 2\n")
    assert digest(rules) != before
    (policies / "rules" / "storage.py").rename(policies / "rules" / "storages.py")
    assert digest(rules) != before


def test_every_source_that_decides_takes_part() -> None:
    names = {file.relative_to(ROOT).as_posix() for file in sources()}
    rules = {
        f"policies/{name}.py" for name in ("parameters", "profiles", "evaluate", "rules/storage/access", "waivers")
    }
    assert rules | {"resources/values.py", "resources/arm.py", "resources/model.py"} <= names
    assert not any(name.removeprefix("policies/").startswith(PRESENTING) for name in names)


def test_the_identity_is_found_fast_and_without_heavy_imports() -> None:
    program = (
        "import sys, policies.digest as d; d.digest(); print({'pulumi', 'pydantic', 'settings'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
    start = time.perf_counter()
    digest()
    assert time.perf_counter() - start < 1, "a command asks for it every time"

"""What a release does to a deployment is found out on a copy of it, and the secrets stay where they are."""

from __future__ import annotations

import json
import re
import urllib.parse
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from emulator.store import Store
from rehearsal import seeding
from rehearsal.comparison import differences
from rehearsal.rehearsal import Rehearsal
from stacks.pulumi_cli import PulumiCli
from targets.local import LocalTarget
from tests.cli.json_contract import hold
from tests.cli.test_secrets_stay_secret import ENOUGH, keys_of, leaks, secrets_of
from tests.conftest import Checkout

pytestmark = pytest.mark.engine

NEXT = "2030.1.0"
SITES = {"azure-native:web:WebApp", "azure-native:web:WebAppSlot"}


@pytest.fixture(scope="module")
def deployed(module_checkout: Checkout, dev_deployed) -> Checkout:
    """The development stack, and a release that could come next: the same with other images."""
    dev_deployed(module_checkout)
    manifest = (module_checkout.root / "releases" / "2026.11.0.yaml").read_text(encoding="utf-8")
    other = re.sub(r"digest: sha256:(\w)", lambda found: f"digest: sha256:{'1' if found[1] == '0' else '0'}", manifest)
    text = other.replace("id: 2026.11.0", f"id: {NEXT}")
    (module_checkout.root / "releases" / f"{NEXT}.yaml").write_text(text, encoding="utf-8")
    return module_checkout


@pytest.fixture(scope="module")
def secrets(deployed: Checkout) -> set[str]:
    """What must appear nowhere else; an address without a password is called secret but tells none."""
    with closing(Store(deployed.local / "azure.db")) as store:
        found = secrets_of(store) | keys_of(store)
    kept = {text for text in found if "://" not in text or urllib.parse.urlsplit(text).password}
    assert len(kept) >= ENOUGH
    return kept


def exported(checkout: Checkout, path: Path, *options: str) -> Path:
    done = checkout.fabrix("shell", "-c", f"pulumi stack export --stack dev --file {path} {' '.join(options)}")
    done.must()
    return path


def test_an_unchanged_program_at_the_same_release_changes_nothing(deployed: Checkout, secrets: set[str]) -> None:
    before = (deployed.local / "azure.db").stat().st_mtime_ns
    done = deployed.fabrix("rehearse", "dev", "--json").must()
    assert done.stderr.splitlines()[0].startswith("Target: throwaway local Azure")
    found = done.document
    assert (found["counts"], found["anyway"], found["changes"]) == ({}, {}, [])
    assert found["replacedOrDeleted"] == [] and found["notComparable"] == []
    assert found["objects"] > 300 and found["verdicts"]["pass"] > 1000 and found["refused"] == 0
    assert (deployed.local / "azure.db").stat().st_mtime_ns == before, "the deployment itself is not touched"
    assert not leaks((done.stdout + done.stderr).encode(), secrets)


def test_another_release_changes_the_sites_and_their_slots_and_nothing_else(
    deployed: Checkout, secrets: set[str], tmp_path: Path
) -> None:
    """From a file with secrets in clear, there and back."""
    file = exported(deployed, tmp_path / "state.json", "--show-secrets")
    done = deployed.fabrix("rehearse", "dev", "--from-state", str(file), "--release", NEXT, "--and-back", "--json")
    found = hold("rehearse", done).must().document
    assert {(one["operation"], *one["properties"]) for one in found["changes"]} == {
        ("update", "siteConfig.linuxFxVersion")
    }
    assert {one["type"] for one in found["changes"]} == SITES
    assert found["counts"] == {"update": 10} and found["anyway"] == {}, "five applications, each with a slot"
    assert found["runs"] == "2026.11.0" and found["wayBack"] == {
        "endsWhereItBegan": True,
        "differences": [],
        "leftOut": [],
    }
    assert "holds secrets in clear" in done.stderr
    assert not leaks((done.stdout + done.stderr).encode(), secrets)


def test_what_a_newer_program_changes_anyway_does_not_spoil_the_way_back(deployed: Checkout, tmp_path: Path) -> None:
    """A deployment by a program that did not set one tag yet: neither release nor way back set it, the program does."""
    file = exported(deployed, tmp_path / "state.json", "--show-secrets")
    state = json.loads(file.read_text(encoding="utf-8"))
    vault = next(one for one in state["deployment"]["resources"] if one["type"].endswith(":keyvault:Vault"))
    name = min(vault["inputs"]["tags"])
    for part in ("inputs", "outputs"):
        del vault[part]["tags"][name]
    file.write_text(json.dumps(state), encoding="utf-8")
    done = deployed.fabrix(
        "rehearse", "dev", "--from-state", str(file), "--release", NEXT, "--and-back", "--json"
    ).must()  # fmt: skip
    found = done.document
    assert found["anyway"] == {"update": 1} and found["counts"] == {"update": 10}
    left = [f"{vault['id'].lower()}: tags.{name}"]
    assert found["wayBack"] == {"endsWhereItBegan": True, "differences": [], "leftOut": left}
    assert (
        f"every object is as it was (left out, since the program changes it at any release: {left[0]})" in done.stderr
    )


def test_a_change_that_replaces_the_database_server_is_named_as_a_loss(deployed: Checkout) -> None:
    deployed.edit("Pulumi.dev.yaml", ("        backupDays: 7\n", "        backupDays: 7\n        geoBackup: true\n"))
    try:
        done = deployed.fabrix("rehearse", "dev", "--json").must()
    finally:
        deployed.edit("Pulumi.dev.yaml", ("        geoBackup: true\n", ""))
    lost = {one["name"]: one for one in done.document["replacedOrDeleted"] if one["stateful"]}
    assert lost["postgres-sdc"]["properties"] == ["backup.geoRedundantBackup"]
    assert done.document["counts"]["replace"] == len(done.document["changes"]), "each resource is told once"
    assert (
        "postgres-sdc (dbforpostgresql:Server) is replaced because of backup.geoRedundantBackup; IT HOLDS DATA"
        in done.stderr
    )
    assert {one["app"] for one in done.document["withoutDependency"]} >= {"app-sdc-keycloak", "app-sdc-flowise"}


def test_of_encrypted_secrets_no_change_is_made_up(deployed: Checkout, tmp_path: Path) -> None:
    file = exported(deployed, tmp_path / "state.json")
    done = deployed.fabrix("rehearse", "dev", "--from-state", str(file), "--and-back").must()
    assert "not comparable: the file's secrets are encrypted: postgres-sdc, " in done.stdout
    assert "dev, with the stack file: no changes" in done.stdout and "every object is as it was" in done.stdout
    assert "undetermined" not in done.stdout, "what seems to change in secrets alone counts as unchanged for the rules"


def test_a_state_of_another_stack_is_refused_before_anything_starts(deployed: Checkout, tmp_path: Path) -> None:
    file = exported(deployed, tmp_path / "state.json")
    done = deployed.fabrix("rehearse", "test", "--from-state", str(file), "--json").must(2)
    assert "stack dev of project aifabrix; expected stack test" in done.document["error"]
    done = deployed.fabrix("rehearse", "dev", "--from-state", str(file), "--release", "2031.1.0").must(2)
    assert "2031.1.0" in done.stderr
    nowhere = {"FABRIX_LOCAL_HOME": str(tmp_path / "nowhere")}
    done = deployed.fabrix("rehearse", "prod", "--json", environment=nowhere).must(1)
    assert "`./fabrix up prod` deploys it" in done.document["error"]
    assert not (tmp_path / "nowhere").exists(), "looking makes no stack"


def test_no_secret_comes_along(
    deployed: Checkout, secrets: set[str], engine: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything that a rehearsal writes, its local Azure's database included, which holds secrets in clear."""
    monkeypatch.setenv("FABRIX_TODAY", "2026-11-24")
    state = seeding.export_state(PulumiCli(engine, LocalTarget(deployed.local).for_stack("dev"), "dev"))
    assert leaks(json.dumps(state).encode(), secrets), "the secrets are in what is read, or this test proves nothing"
    rehearsal = Rehearsal(engine, "dev", tmp_path / "rehearsal")
    start = rehearsal.seed(seeding.make_seed(state, "dev"))
    end = rehearsal.deploy()
    assert end.errors == [] and end.run.counts() == {} and differences(start, end) == []
    files = [path for path in (tmp_path / "rehearsal").rglob("*") if path.is_file() and not path.is_symlink()]
    assert {"azure.db", "dev.json", "1.jsonl"} <= {path.name for path in files}
    assert {path.name: held for path in files if (held := leaks(path.read_bytes(), secrets))} == {}

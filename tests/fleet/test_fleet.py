"""Real checkouts side by side: deployed, never deployed, broken, hanging; asked without changing a byte of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import make_checkout

from .fakes import fake, listing, run

WORKING = (Path(".fabrix/logs"), Path(".fabrix/local/home/logs"), Path(".fabrix/local/project"))
"""What every command of a checkout writes anew, in the folder that git ignores: how it went, and the project that is
generated from the stack file. State, records and the local Azure lie beside them and count."""


@dataclass
class Fleet:
    """Folders of four installations, and the file that lists them."""

    folder: Path
    deployed: Any

    def hashes(self) -> dict[str, str]:
        """Hash of every file of every installation, working files left out."""
        found = {}
        for name in ("deployed", "fresh", "broken", "hanging"):
            root = self.folder / name
            for path in sorted(root.rglob("*")):
                inside = path.relative_to(root)
                if path.is_file() and not path.is_symlink() and not any(map(inside.is_relative_to, WORKING)):
                    found[f"{name}/{inside}"] = hashlib.sha256(path.read_bytes()).hexdigest()
        return found

    def unchanged(self, before: dict[str, str]) -> None:
        after = self.hashes()
        assert any(name.endswith("azure.db") for name in after) and any("/stacks/" in name for name in after)
        different = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
        assert not different, f"asking changes nothing, but these differ: {different}"


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory, dev_deployed) -> Fleet:
    folder = tmp_path_factory.mktemp("fleet")
    deployed = make_checkout(folder / "deployed")
    dev_deployed(deployed)
    deployed.fabrix("outputs", "dev").must()  # what every command of a checkout writes anew is written once before
    make_checkout(folder / "fresh")
    make_checkout(folder / "broken").edit("Pulumi.dev.yaml", ("region: swedencentral", "region: atlantis"))
    fake(folder / "hanging", "sleep 600")
    listing(folder, "hanging", "deployed", "fresh", "broken", stacks=["dev"])
    return Fleet(folder, deployed)


@pytest.mark.engine
class TestAFleet:
    """On one deployment."""

    def test_status_says_where_each_stands_and_changes_nothing(self, fleet: Fleet) -> None:
        before = fleet.hashes()
        ran = run("status", fleet.folder / "fleet.yaml", timeout=30)
        assert ran.code == 1 and ran.healthy == {"deployed"}, ran.words
        assert "release " in ran.said("deployed") and "resources" in ran.said("deployed")
        assert ran.said("fresh") == "not deployed"
        assert "exit 2" in ran.said("broken") and "did not answer within 30 s" in ran.said("hanging")
        fleet.unchanged(before)

    def test_check_judges_what_is_deployed_and_changes_nothing(self, fleet: Fleet) -> None:
        before = fleet.hashes()
        ran = run("check", fleet.folder / "fleet.yaml", "deployed", "fresh", timeout=200)
        assert [one["question"] for one in ran.answers("deployed")] == ["status", "drift", "ledger", "evidence"]
        assert ran.healthy == {"deployed"}, ran.words
        assert [one["question"] for one in ran.answers("fresh")] == ["status"], "nothing more to ask"
        fleet.unchanged(before)

    def test_a_change_by_hand_is_found(self, fleet: Fleet) -> None:
        rows = fleet.deployed.fabrix("azure", "list", "--json").must().document["objects"]
        alert = next(row for row in rows if row["type"].lower() == "microsoft.insights/metricalerts")
        fleet.deployed.fabrix("azure", "delete", alert["id"], "--yes").must()
        ran = run("check", fleet.folder / "fleet.yaml", "deployed", timeout=200)
        drift = next(one for one in ran.answers("deployed") if one["question"] == "drift")
        assert ran.code == 1 and drift["state"] == "bad" and drift["said"].startswith("drift: ")

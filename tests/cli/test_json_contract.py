"""Exit codes and the keys of ``--json`` are a contract, of every command that prints a document.

What other tests run anyway they hold against the table themselves (:func:`json_contract.hold`).
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cli.app import COMMANDS, load
from tests.cli import json_contract
from tests.conftest import make_checkout
from tests.promotion.scene import NEW, OLD, Scene, digest

Step = tuple[str, str] | Callable[[Scene], object]
"""Name and command line, or what prepares the next ones."""

DISK = ("storageGib: 256", "storageGib: 128")
"""A disk cannot shrink, so Azure refuses the change."""


def write_fleet(scene: Scene) -> None:
    one = {"name": "here", "path": ".", "stacks": ["dev"], "target": "local"}
    (scene.checkout.root / "fleet.yaml").write_text(json.dumps({"installations": [one]}), encoding="utf-8")


def write_declaration(scene: Scene) -> None:
    group = "/subscriptions/22222222-2222-4333-8444-555555555555/resourceGroups/rg-hub"
    zone = {"id": f"{group}/providers/Microsoft.Network/privateDnsZones/contoso.example"}
    (scene.checkout.root / "there.json").write_text(json.dumps([zone]), encoding="utf-8")


def lose_a_ledger_entry(scene: Scene) -> None:
    min((scene.checkout.local / "records" / "ledger" / "dev").glob("*.json")).unlink()


BAD_INPUT: tuple[Step, ...] = (
    ("up, not confirmed", "up dev"),
    ("up, unknown stack", "up nowhere --yes"),
    ("preview, example release on Azure", "preview dev --target azure"),
    ("destroy, another stack unprotected", "destroy dev --yes --remove-protection test"),
    ("check, way back without a way there", "check dev --and-back"),
    ("promote, contradictions", "promote dev test --plan-only --plan nowhere.plan"),
    ("rollback, unknown release", "rollback test --to 2099.1.0 --yes"),
    ("restore, wrong confirmation", "rollback dev --restore-data 2026-11-24T08:00:00Z --confirm yes"),
    ("release show, unknown", "release show 1999.1.0"),
    ("rotate, unknown secret", "rotate dev nothing --yes"),
    ("bootstrap, move without a destination", "bootstrap --move dev"),
    ("fleet, unknown file", "fleet status nowhere.yaml"),
    ("ledger show, unknown kind", "ledger show dev --kind nonsense"),
    ("reach, unknown name", "reach nobody postgres"),
    ("access, unknown name", "access nobody-at-all"),
    ("azure show, unknown name", "azure show nothing-at-all"),
)

READING: tuple[Step, ...] = (
    ("doctor", "doctor"),
    ("status", "status dev"),
    ("outputs", "outputs dev"),
    ("preflight", "preflight dev"),
    ("preflight, role", "preflight dev --role role.json"),
    ("images list", "images list dev"),
    ("images import", "images import dev --yes"),
    ("images verify", "images verify dev"),
    ("preview, no changes", "preview dev"),
    ("drift, none", "drift dev"),
    ("evidence", "evidence dev -o evidence"),
    ("data sql", "data sql dev"),
    ("data status", "data status dev"),
    ("rotate, all secrets", "rotate dev"),
    ("reach", "reach miso-controller postgres"),
    ("reach, blocked", "reach internet postgres 5432"),
    ("reach, as expected", "reach internet postgres 5432 --expect blocked"),
    ("reach, not as expected", "reach internet postgres 5432 --expect reachable"),
    ("access of a principal", "access miso-controller"),
    ("access to a secret", "access keycloak-databases-0-passwordKeyVault"),
    ("ledger show", "ledger show dev"),
    ("ledger verify", "ledger verify dev"),
    ("up, no changes", "up dev --yes"),
    ("up, judged", "up dev --yes --policy-pack policies"),
    write_fleet,
    ("fleet status", "fleet status fleet.yaml"),
)

BY_HAND: tuple[Step, ...] = (
    ("azure list", "azure list"),
    ("azure show", "azure show vnet-aifabrix-dev-sdc-001"),
    ("azure set", "azure set vnet-aifabrix-dev-sdc-001 tags.owner nobody"),
    ("azure delete", "azure delete ALERT --yes"),
    ("drift", "drift dev"),
    ("fleet check", "fleet check fleet.yaml"),
    ("up, refreshed", "up dev --yes --refresh"),
    ("azure break", "azure break SITE"),
    ("azure list, broken", "azure list keyvault"),
    ("azure quota", "azure quota test P1v3 30"),
    ("azure mend", "azure mend SITE"),
    write_declaration,
    ("azure declare", "azure declare dev there.json"),
    lambda scene: scene.checkout.edit("Pulumi.dev.yaml", DISK),
    ("up, refused by Azure", "up dev --yes"),
    lambda scene: scene.checkout.edit("Pulumi.dev.yaml", DISK[::-1]),
)

PROMOTING: tuple[Step, ...] = (
    ("release new", f"release new {NEW} --from {OLD} --image IMAGE --author a@contoso.example"),
    ("release show", f"release show {NEW}"),
    ("release show, all", "release show"),
    ("release diff", f"release diff {OLD} {NEW}"),
    ("release verify", f"release verify {NEW} --registry localhost:1"),
    ("release verify, wrong", f"release verify {NEW} --registry localhost:1 --hash HASH"),
    ("approve", f"approve test {NEW} --note fine"),
    ("approve, unknown plan", f"approve test {NEW} --plan nowhere.plan"),
    ("resume, nothing to do", "resume test"),
    ("rollback, running already", f"rollback test --to {OLD} --yes"),
    ("rollback, never ran", f"rollback prod --to {NEW} --yes"),
)

LEAVING: tuple[Step, ...] = (
    ("destroy, protected", "destroy prod --yes"),
    ("destroy", "destroy dev --yes"),
    ("preflight, refused", "preflight dev"),
    ("status, not deployed", "status dev"),
    ("evidence, not deployed", "evidence dev -o evidence"),
    lose_a_ledger_entry,
    ("ledger show, broken", "ledger show dev"),
    ("ledger verify, broken", "ledger verify dev"),
    ("bootstrap", "bootstrap --yes"),
    lambda scene: (scene.checkout.root.parent / "moved").mkdir(),
    ("bootstrap, move", "bootstrap --move test --to FOLDER"),
    ("azure reset", "azure reset --yes"),
)

PARTS = {
    "bad input": BAD_INPUT,
    "reading": READING,
    "changes by hand": BY_HAND,
    "promoting": PROMOTING,
    "leaving": LEAVING,
}
"""In an order in which they work."""


def alert(scene: Scene) -> str:
    rows = scene.fabrix("azure", "list", "metricAlerts", "--json").must().document["objects"]
    return next(row["id"] for row in rows if "-dev-" in row["id"])


VALUES: dict[str, Callable[[Scene], str]] = {
    "IMAGE": lambda _: f"aifabrix/keycloak=9.9.9@{digest('keycloak')}",
    "HASH": lambda _: digest("another"),
    "SITE": lambda scene: scene.site("dev", "keycloak"),
    "ALERT": alert,
    "FOLDER": lambda scene: (scene.checkout.root.parent / "moved").as_uri(),
}
"""Words of the command lines that are known only when they run."""


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory, once: Any) -> Scene:
    """Three small stacks at the same release."""
    return Scene.deployed(make_checkout(tmp_path_factory.mktemp("contract") / "checkout"), once)


@pytest.mark.engine
@pytest.mark.parametrize("part", PARTS)
def test_every_document_has_the_keys_and_the_exit_code_of_the_table(scene: Scene, part: str) -> None:
    different = []
    for step in PARTS[part]:
        if callable(step):
            step(scene)
            continue
        name, command = step
        line = command
        for word, value in VALUES.items():
            if word in line:
                line = line.replace(word, value(scene))
        different += json_contract.differences(name, scene.fabrix(*shlex.split(line), "--json"))
    assert not different, "scripts rely on these:\n" + "\n".join(different)


def commands_with_json(command: Any, path: str) -> Iterator[str]:
    if commands := getattr(command, "commands", None):
        for name, each in commands.items():
            yield from commands_with_json(each, f"{path} {name}")
    elif any("--json" in each.opts for each in command.params):
        yield path


def test_the_table_has_every_command_and_nothing_else() -> None:
    steps = dict(step for part in PARTS.values() for step in part if not callable(step))
    table = json_contract.load()
    assert set(table) == set(steps) | json_contract.held_elsewhere(), json_contract.HEAD
    known = {*steps.values(), *(row["command"] for row in table.values())}
    every = {path for name in COMMANDS for path in commands_with_json(load(name), name)}
    assert len(every) > 25
    missing = {path for path in every if not any(f"{line} ".startswith(f"{path} ") for line in known)}
    assert not missing, f"add a step for these: {sorted(missing)}"

"""A restore from confirmation to deletion, on the local Azure: refused by default, beside the stack, in the ledger."""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from typing import Any

import psutil
import pytest

from records.file_documents import FileDocuments
from records.identity import Identity
from records.lock import StackLock
from tests.cli.json_contract import hold
from tests.conftest import Result


def run(checkout: Any, stack: str, time: str, confirm: str = "") -> Result:
    arguments = ["--confirm", confirm] if confirm else []
    done = checkout.fabrix("rollback", stack, "--restore-data", time, *arguments, "--json")
    assert done.stdout, f"no document:\n{done.stderr}"
    return done


def restore(checkout: Any, stack: str, time: str, confirm: str = "") -> tuple[int, dict[str, Any], str]:
    done = run(checkout, stack, time, confirm)
    return done.code, done.document, done.stderr


def servers(checkout: Any) -> dict[str, dict[str, Any]]:
    rows = checkout.fabrix("azure", "list", "--json").must().document["objects"]
    return {row["name"]: row for row in rows if row["type"].endswith("/flexibleServers")}


def restore_stacks(checkout: Any) -> list[str]:
    folder = checkout.local / "state" / ".pulumi" / "stacks" / "aifabrix-restore"
    return sorted(path.stem for path in folder.glob("*.json")) if folder.exists() else []


def state(checkout: Any) -> bytes:
    return (checkout.local / "state" / ".pulumi" / "stacks" / "aifabrix" / "dev.json").read_bytes()


def test_a_stack_that_was_never_deployed_has_nothing_to_restore(checkout: Any) -> None:
    code, document, _ = restore(checkout, "dev", "2026-11-24T09:15:00Z")
    assert code == 1 and "is not deployed" in document["error"]
    assert not (checkout.local / "state").exists(), "looking makes no stack"


@pytest.mark.parametrize("time", ["yesterday", "2026-11-24T09:15:00"])
def test_a_bad_moment_ends_before_anything_is_looked_at(checkout: Any, time: str) -> None:
    assert restore(checkout, "dev", time)[0] == 2


@pytest.mark.parametrize("given", ["yes", "restore dev", "restore prod 2026-11-24T09:15:00Z"])
def test_a_wrong_confirmation_is_bad_input(checkout: Any, given: str) -> None:
    code, document, _ = restore(checkout, "dev", "2026-11-24T09:15:00Z", given)
    assert code == 2 and "restore dev 2026-11-24T09:15:00Z" in document["error"], "it says what it would have to be"


@pytest.fixture(scope="module")
def moment(module_checkout: Any, dev_deployed: Any) -> str:
    dev_deployed(module_checkout)
    time.sleep(1.1)  # a whole second after the server was made
    return f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"


@pytest.mark.engine
class TestARestore:
    """In order, on one deployment."""

    @pytest.mark.usefixtures("moment")
    def test_a_moment_before_the_server_is_refused_with_the_range(self, module_checkout: Any) -> None:
        done = hold("restore, too early", run(module_checkout, "dev", "2020-01-01T00:00:00Z")).must(2)
        assert "Allowed: " in done.document["error"]

    def test_without_confirmation_the_plan_is_shown_and_nothing_is_left(
        self, module_checkout: Any, moment: str
    ) -> None:
        done = hold("restore, not confirmed", run(module_checkout, "dev", moment)).must(3)
        document, output = done.document, done.stderr
        assert "Nothing was changed" in document["error"] and "--confirm" in document["error"]
        assert "to a new server beside it" in output and "dbforpostgresql:Server" in output
        assert len(servers(module_checkout)) == 1 and restore_stacks(module_checkout) == []

    def test_while_another_changes_the_stack_nothing_is_restored_and_nothing_is_left(
        self, module_checkout: Any, moment: str
    ) -> None:
        lock = StackLock(FileDocuments(module_checkout.local / "records"), "dev")
        with lock.hold("./fabrix promote dev", Identity("ann@example.invalid", "git")):
            code, document, _ = restore(module_checkout, "dev", moment, f"restore dev {moment}")
        assert code == 3 and "is being changed by ann@example.invalid" in document["error"]
        assert len(servers(module_checkout)) == 1 and restore_stacks(module_checkout) == []

    def test_behind_a_ledger_that_does_not_verify_nothing_is_begun(self, module_checkout: Any, moment: str) -> None:
        entry = module_checkout.local / "records" / "ledger" / "dev" / "000001.json"
        good = entry.read_bytes()
        entry.write_bytes(good.replace(b'"payload"', b'"payl0ad"'))
        try:
            code, document, output = restore(module_checkout, "dev", moment, f"restore dev {moment}")
        finally:
            entry.write_bytes(good)
        assert code == 3 and "does not verify" in document["error"]
        assert "to a new server beside it" not in output, "it is refused before anything is planned"
        assert len(servers(module_checkout)) == 1 and restore_stacks(module_checkout) == []

    def test_killed_in_the_middle_it_leaves_the_stack_alone(self, module_checkout: Any, moment: str) -> None:
        before = state(module_checkout)
        confirm = f"restore dev {moment}"
        running = module_checkout.start("rollback", "dev", "--restore-data", moment, "--confirm", confirm, "--json")
        log, deadline = module_checkout.root / ".fabrix" / "logs" / "dev-restore.jsonl", time.monotonic() + 120
        while not log.exists() or log.read_text(encoding="utf-8").count('"resOutputsEvent"') < 6:
            assert running.poll() is None, f"ended before it could be killed: {running.communicate()[0]}"
            assert time.monotonic() < deadline, "it never got far enough to be killed"
            time.sleep(0.02)
        children = psutil.Process(running.pid).children(recursive=True)
        for process in (*children, running):
            process.kill()
        running.wait(timeout=60)
        psutil.wait_procs(children, timeout=15)
        assert state(module_checkout) == before

    def test_confirmed_it_makes_a_private_server_beside_an_untouched_stack(
        self, module_checkout: Any, moment: str
    ) -> None:
        before, (old, *_) = state(module_checkout), sorted(servers(module_checkout), key=len)
        document = hold("restore", run(module_checkout, "dev", moment, f"restore dev {moment}")).must().document
        assert any("freed the lock" in line for line in document["recovered"]), "it finishes what was interrupted"
        assert state(module_checkout) == before, "the stack's own state is not touched"
        found = servers(module_checkout)
        assert set(found) == {old, document["server"]}
        shown = module_checkout.fabrix("azure", "show", found[document["server"]]["id"], "--json").must().document
        inputs = shown.get("object", shown)["inputs"]
        assert inputs["createMode"] == "PointInTimeRestore" and inputs["pointInTimeUTC"] == moment
        assert inputs["sourceServerResourceId"] == found[old]["id"]
        assert inputs["network"] == {"publicNetworkAccess": "Disabled"}
        assert inputs["highAvailability"]["mode"] == "Disabled"
        assert inputs["tags"]["restored-from"] == old
        assert "administratorLoginPassword" not in inputs, "logins come with the data"
        assert document["next"], "how the data gets into use"

    def test_what_azure_does_not_carry_over_is_made_again(self, module_checkout: Any, moment: str) -> None:
        rows = module_checkout.fabrix("azure", "list", "--json").must().document["objects"]
        mark = f"r{dt.datetime.fromisoformat(moment):%Y%m%d%H%M}"
        made = Counter(row["type"].rsplit("/", 1)[-1] for row in rows if mark in row["id"])
        parameters = sum(row["type"].endswith("/configurations") and mark not in row["id"] for row in rows)
        assert made == {
            "flexibleServers": 1, "administrators": 1, "configurations": parameters,
            "privateEndpoints": 1, "privateDnsZoneGroups": 1, "diagnosticSettings": 1,
        }  # fmt: skip

    def test_it_is_in_the_ledger_which_verifies(self, module_checkout: Any, moment: str) -> None:
        (entry,) = (
            module_checkout.fabrix("ledger", "show", "dev", "--kind", "restore", "--json").must().document["entries"]
        )
        assert entry["predicate"]["moment"] == moment and entry["predicate"]["succeeded"] is True
        assert entry["predicate"]["confirmed"] == f"restore dev {moment}"
        module_checkout.fabrix("ledger", "verify", "dev", "--json").must()

    def test_a_second_time_changes_nothing(self, module_checkout: Any, moment: str) -> None:
        code, document, _ = restore(module_checkout, "dev", moment)
        assert code == 0 and not document["counts"], "the same restore is there already: there is nothing to confirm"

    @pytest.mark.usefixtures("moment")
    def test_the_steps_command_takes_it_away_again(self, module_checkout: Any) -> None:
        name = restore_stacks(module_checkout)[0]
        command = f"pulumi -C ../restore destroy --yes --stack {name} && pulumi -C ../restore stack rm --yes {name}"
        module_checkout.fabrix("shell", "-c", command).must()
        assert len(servers(module_checkout)) == 1 and restore_stacks(module_checkout) == []

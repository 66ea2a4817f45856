"""How recovery decides: which locks are dead, what becomes of pending operations."""

import datetime as dt
import gzip
import json
import os
import shlex
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from stacks.cloud.model import CreatedObject, LookupUnsupportedError
from stacks.events import Run
from stacks.recovery import break_dead_locks, import_command, read_locks, recover_from_crash, resolve_pending
from stacks.session import Session
from support.errors import OperationError
from targets import backend
from targets.name import TargetName
from tests.conftest import Checkout

URN = "urn:pulumi:dev::aifabrix::azure-native:keyvault:Vault::vault-sdc"


def write_lock(state: Path, *, pid: int, host: str, since: str = "2026-11-24T10:00:00.123456789+01:00") -> None:
    folder = state / ".pulumi" / "locks" / "organization" / "aifabrix" / "dev"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{pid}.json").write_text(
        json.dumps({"pid": pid, "username": "ann", "hostname": host, "timestamp": since})
    )


def held(state: Path) -> list:
    return read_locks(backend.require_backend(state.as_uri(), "aifabrix"), "dev")


def freed(state: Path) -> list[str]:
    return break_dead_locks(backend.require_backend(state.as_uri(), "aifabrix"), held(state), "dev")


def dead_pid() -> int:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return child


def test_a_lock_whose_process_is_gone_is_freed_and_named(tmp_path: Path) -> None:
    write_lock(tmp_path, pid=dead_pid(), host=socket.gethostname())
    said = freed(tmp_path)
    assert said and "ann@" in said[0] and "2026-11-24 09:00:00 UTC" in said[0]
    assert held(tmp_path) == []


def test_a_lock_of_a_living_process_is_refused(tmp_path: Path) -> None:
    write_lock(tmp_path, pid=os.getpid(), host=socket.gethostname(), since="2999-01-01T00:00:00Z")
    with pytest.raises(OperationError, match="being changed by process"):
        freed(tmp_path)
    assert len(held(tmp_path)) == 1


def test_the_lock_of_a_process_that_has_just_begun_is_never_judged_dead(tmp_path: Path) -> None:
    for _ in range(10):
        owner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        try:
            time.sleep(0.3)
            now = dt.datetime.now(dt.UTC)
            write_lock(tmp_path, pid=owner.pid, host=socket.gethostname(), since=f"{now:%Y-%m-%dT%H:%M:%S.%f}789Z")
            (lock,) = held(tmp_path)
            assert abs(lock.since - now) < dt.timedelta(milliseconds=1), "fractions of a second count"
            assert not lock.dead, f"a living engine, 0.3 s old, would be robbed: {lock.owner}"
        finally:
            owner.kill()
            owner.wait()
        assert held(tmp_path)[0].dead
        (tmp_path / ".pulumi/locks/organization/aifabrix/dev" / f"{owner.pid}.json").unlink()
        time.sleep(0.13)  # another fraction of the second each time


def test_a_reused_process_number_does_not_keep_a_lock_alive(tmp_path: Path) -> None:
    write_lock(tmp_path, pid=os.getpid(), host=socket.gethostname(), since="2001-01-01T00:00:00Z")
    assert freed(tmp_path)


def test_a_lock_of_another_machine_is_never_judged_from_here(tmp_path: Path) -> None:
    write_lock(tmp_path, pid=1, host="elsewhere")
    with pytest.raises(OperationError, match="pulumi cancel dev"):
        freed(tmp_path)


def deployment(kind: str = "creating", resources: list | None = None) -> dict:
    resource = {"urn": URN, "type": "azure-native:keyvault:Vault", "custom": True, "inputs": {"vaultName": "kv"}}
    return {
        "version": 3,
        "deployment": {"resources": resources or [], "pending_operations": [{"resource": resource, "type": kind}]},
    }


def test_what_azure_has_is_taken_into_the_state() -> None:
    after, said, adopted = resolve_pending(
        deployment(), lambda _kind, _inputs: CreatedObject("/subscriptions/s/vaults/kv")
    )
    assert [r["id"] for r in after["deployment"]["resources"]] == ["/subscriptions/s/vaults/kv"]
    assert after["deployment"]["pending_operations"] == []
    assert adopted == [URN] and "taken into the state" in said[0]


def test_what_azure_does_not_have_is_forgotten_and_created_again() -> None:
    after, said, adopted = resolve_pending(deployment(), lambda _kind, _inputs: None)
    assert after["deployment"]["resources"] == [] and adopted == []
    assert "had not been created" in said[0]


def test_what_is_in_the_state_already_is_not_added_twice() -> None:
    known = [{"urn": URN, "type": "azure-native:keyvault:Vault", "id": "x"}]
    after, _, adopted = resolve_pending(deployment(resources=known), lambda _kind, _inputs: CreatedObject("x"))
    assert len(after["deployment"]["resources"]) == 1 and adopted == []


def test_what_azure_failed_to_make_is_taken_in_and_told() -> None:
    made = CreatedObject("/subscriptions/s/vaults/kv", "provisioningState is Failed")
    _, said, adopted = resolve_pending(deployment(), lambda _kind, _inputs: made)
    assert adopted == [URN] and "provisioningState is Failed" in said[0] and "delete it there" in said[0]


def test_what_cannot_be_looked_up_is_told_with_the_way_to_take_it_in() -> None:
    def unknown(_kind: str, _inputs: dict) -> None:
        raise LookupUnsupportedError("nothing leads to it")

    after, said, adopted = resolve_pending(deployment(), unknown)
    assert after["deployment"]["pending_operations"] == [] and adopted == []
    assert "nothing leads to it" in said[0] and "pulumi import azure-native:keyvault:Vault vault-sdc ID" in said[0]


def test_the_way_to_take_it_in_leads_to_its_place_in_the_program() -> None:
    parent = "urn:pulumi:dev::aifabrix::aifabrix:region:Region$aifabrix:security:Vault::vault"
    provider = "urn:pulumi:dev::aifabrix::pulumi:providers:azure-native::azure"
    command = import_command(
        {"urn": URN, "type": "azure-native:keyvault:Vault", "parent": parent, "provider": f"{provider}::0a1b"}
    )
    words = shlex.split(command)
    assert words[:7] == ["pulumi", "import", "azure-native:keyvault:Vault", "vault-sdc", "ID", "--stack", "dev"]
    assert words[7:11] == ["--parent", f"parent={parent}", "--provider", f"provider={provider}"]
    assert words[11:] == ["--generate-code=false", "--protect=false"]


@pytest.mark.engine
def test_a_slot_taken_in_as_told_is_what_the_program_has(module_checkout: Checkout, dev_deployed: Any) -> None:
    dev_deployed(module_checkout)
    exported = json.loads(module_checkout.fabrix("shell", "-c", "pulumi stack export --stack dev").must().stdout)
    slot = next(each for each in exported["deployment"]["resources"] if each["type"] == "azure-native:web:WebAppSlot")
    forget = f"pulumi state delete {shlex.quote(slot['urn'])} --target-dependents --stack dev --yes"
    module_checkout.fabrix("shell", "-c", forget).must()
    advised = import_command(slot).replace(" ID ", f" {slot['id']} ")
    module_checkout.fabrix("shell", "-c", f"{advised} --yes").must()
    again = json.loads(module_checkout.fabrix("shell", "-c", "pulumi stack export --stack dev").must().stdout)
    (taken,) = (each for each in again["deployment"]["resources"] if each["urn"] == slot["urn"])
    assert (taken["id"], taken["parent"], taken["provider"]) == (slot["id"], slot["parent"], slot["provider"])
    assert not taken.get("protect")


def test_an_interrupted_update_needs_no_look_up() -> None:
    def never(_kind: str, _inputs: dict) -> None:
        raise AssertionError("only creates are looked up")

    after, said, _ = resolve_pending(deployment("updating"), never)
    assert after["deployment"]["pending_operations"] == [] and "compared again" in said[0]


class Azure:
    """Stands in for a cloud that has whatever is asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple] = []

    def find_created(self, *asked: object) -> CreatedObject:
        self.asked.append(asked)
        return CreatedObject("/subscriptions/s/vaults/kv")


class Engine:
    """Stands in for the engine on a target that is not here: has a state, and remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, ...]] = []
        self.imported: dict = {}

    def export(self) -> dict:
        return deployment()

    def query(self, *words: str, stdin: str) -> None:
        self.told.append(words)
        self.imported = json.loads(stdin)

    def run(self, *words: str, **_: object) -> tuple[Run, int]:
        self.told.append(words)
        return Run(), 0


def checkpoint(folder: Path, pending: list, *, packed: bool = False) -> None:
    path = folder / ".pulumi/stacks/aifabrix/dev.json"
    path.parent.mkdir(parents=True)
    content = json.dumps({"version": 3, "checkpoint": {"latest": {"resources": [], "pending_operations": pending}}})
    if packed:
        path.with_name("dev.json.gz").write_bytes(gzip.compress(content.encode()))
    else:
        path.write_text(content)


@pytest.mark.parametrize("packed", [False, True])
def test_on_azure_too_what_an_interrupted_create_made_is_taken_in_and_read(tmp_path, monkeypatch, packed) -> None:
    azure, engine, words = Azure(), Engine(), []
    stored = backend.require_backend(tmp_path.as_uri(), "aifabrix")
    home = SimpleNamespace(subscription_id="s", tenant_id="t")
    session = SimpleNamespace(
        stack="dev",
        target=SimpleNamespace(name=TargetName.AZURE, backend=lambda _: stored),
        settings=SimpleNamespace(installation=home),
        pulumi=engine,
        console=SimpleNamespace(info=lambda text, **_: words.append(text)),
        log=tmp_path.joinpath,
    )
    monkeypatch.setattr("stacks.recovery.open_cloud", lambda *_: azure)
    checkpoint(tmp_path, deployment()["deployment"]["pending_operations"], packed=packed)
    said = recover_from_crash(cast("Session", session))
    assert azure.asked == [("azure-native:keyvault:Vault", {"vaultName": "kv"}, "s", "t")]
    assert engine.told == [("stack", "import"), ("refresh", "--yes", "--skip-preview", "--target", URN)]
    assert [one["id"] for one in engine.imported["deployment"]["resources"]] == ["/subscriptions/s/vaults/kv"]
    assert "waiting" in words[0], "it may take minutes"
    assert "taken into the state" in said[0] and said[0] in words[1]


def test_where_nothing_is_pending_neither_engine_nor_azure_is_asked(tmp_path) -> None:
    stored = backend.require_backend(tmp_path.as_uri(), "aifabrix")
    target = SimpleNamespace(backend=lambda _: stored)
    session = cast("Session", SimpleNamespace(stack="dev", target=target))
    assert recover_from_crash(session) == [], "there is no state yet"
    checkpoint(tmp_path, [])
    assert recover_from_crash(session) == []

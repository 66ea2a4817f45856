"""How recovery decides: which locks are dead, what becomes of pending operations."""

import datetime as dt
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from operations import backend
from operations.exits import OperationError
from operations.recovery import break_dead_locks, locks, settle

URN = "urn:pulumi:dev::aifabrix::azure-native:keyvault:Vault::vault-weu"


def write_lock(state: Path, *, pid: int, host: str, since: str = "2026-11-24T10:00:00.123456789+01:00") -> None:
    folder = state / ".pulumi" / "locks" / "organization" / "aifabrix" / "dev"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{pid}.json").write_text(
        json.dumps({"pid": pid, "username": "ann", "hostname": host, "timestamp": since})
    )


def held(state: Path) -> list:
    return locks(backend.must(state.as_uri(), "aifabrix"), "dev")


def freed(state: Path) -> list[str]:
    return break_dead_locks(backend.must(state.as_uri(), "aifabrix"), held(state), "dev")


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
    after, said, adopted = settle(deployment(), lambda _kind, _inputs: ("/subscriptions/s/vaults/kv", {}))
    assert [r["id"] for r in after["deployment"]["resources"]] == ["/subscriptions/s/vaults/kv"]
    assert after["deployment"]["pending_operations"] == []
    assert adopted == [URN] and "taken into the state" in said[0]


def test_what_azure_does_not_have_is_forgotten_and_created_again() -> None:
    after, said, adopted = settle(deployment(), lambda _kind, _inputs: None)
    assert after["deployment"]["resources"] == [] and adopted == []
    assert "had not been created" in said[0]


def test_what_is_in_the_state_already_is_not_added_twice() -> None:
    known = [{"urn": URN, "type": "azure-native:keyvault:Vault", "id": "x"}]
    after, _, adopted = settle(deployment(resources=known), lambda _kind, _inputs: ("x", {}))
    assert len(after["deployment"]["resources"]) == 1 and adopted == []


def test_an_interrupted_update_needs_no_look_up() -> None:
    def never(_kind: str, _inputs: dict) -> None:
        raise AssertionError("only creates are looked up")

    after, said, _ = settle(deployment("updating"), never)
    assert after["deployment"]["pending_operations"] == [] and "compared again" in said[0]

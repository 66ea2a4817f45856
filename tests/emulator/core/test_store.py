"""The store keeps what was written, whole, whoever else writes and whatever is killed."""

from __future__ import annotations

import collections
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from emulator.store import Store, StoreError
from emulator.stored_object import StoredObject
from emulator.values import Secret

from .conftest import GROUP, GROUP_ID, VAULT, VAULT_ID

WRITER = """
import os, sys
from pathlib import Path
from emulator.stored_object import StoredObject
from emulator.store import Store
store = Store(Path(sys.argv[1]))
print("ready", flush=True)
n = 0
while True:
    n += 1
    with store.change():
        for part in range(4):
            arm_id = f"/{os.getpid()}/{n}/{part}"
            store.put(StoredObject(id=arm_id, token="t", arm_type="T", inputs={"n": n}, outputs={}))
"""


def record(arm_id: str = VAULT_ID, **more: object) -> StoredObject:
    """A vault as it is kept."""
    fields = {"token": VAULT, "arm_type": "Microsoft.KeyVault/vaults", "inputs": {}, "outputs": {}, **more}
    return StoredObject(id=arm_id, **fields)  # ty: ignore[invalid-argument-type]


def test_an_object_is_found_by_its_id_in_any_spelling(store: Store) -> None:
    store.put(record())
    found = store.object(VAULT_ID.upper())
    assert found is not None
    assert found.id == VAULT_ID, "and comes back as it was spelt at creation"


def test_secrets_stay_marked_in_records_and_are_open_for_laws(store: Store) -> None:
    store.put(record(inputs={"properties": Secret({"value": "x"})}))
    kept, seen = store.object(VAULT_ID), store.get(VAULT_ID)
    assert kept is not None
    assert kept.inputs == {"properties": Secret({"value": "x"})}
    assert seen is not None
    assert seen.inputs == {"properties": {"value": "x"}}


def test_what_is_below_an_id_is_found_at_any_depth_and_nothing_beside_it(store: Store) -> None:
    for arm_id in (VAULT_ID, f"{VAULT_ID}/secrets/a", f"{VAULT_ID}2", f"{VAULT_ID}-x/secrets/a"):
        store.put(record(arm_id))
    assert [item.id for item in store.children(VAULT_ID)] == [f"{VAULT_ID}/secrets/a"]


def test_a_change_is_seen_by_laws_although_items_are_remembered(store: Store) -> None:
    store.put(record(inputs={"a": 1}))
    store.get(VAULT_ID)
    store.put(record(inputs={"a": 2}))
    item = store.get(VAULT_ID)
    assert item is not None
    assert item.inputs == {"a": 2}


def test_a_transaction_that_fails_leaves_nothing(store: Store) -> None:
    def half_way() -> None:
        with store.change():
            store.put(record())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half_way()
    assert store.objects() == []
    assert list(store.activity()) == []


def test_a_soft_deleted_object_holds_its_name_until_it_is_purged(store: Store) -> None:
    kept = store.put(record())
    store.remove(kept, keep_name=True)
    assert store.get(VAULT_ID) is None
    assert store.tombstone("microsoft.keyvault/VAULTS", "KV-TEST") is not None
    store.purge(kept)
    assert store.tombstone("Microsoft.KeyVault/vaults", "kv-test") is None


def test_the_activity_log_says_who_did_what_and_never_a_value(store: Store) -> None:
    store.put(record(inputs={"x": "topsecret"}))
    store.put(record(inputs={"x": "othersecret"}), who="by hand", what="update", paths=["x"])
    lines = [(line.who, line.what, line.paths) for line in store.activity(VAULT_ID)]
    assert lines == [("pulumi", "create", ()), ("by hand", "update", ("x",))]


def test_the_file_is_readable_by_its_owner_only(store: Store) -> None:
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600


def test_a_file_that_is_no_store_is_refused_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "azure.db").write_text("not a database, but long enough to look like one" * 100)
    with pytest.raises(StoreError, match="delete the file"):
        Store(tmp_path / "azure.db")


def test_a_store_of_another_version_is_refused(tmp_path: Path) -> None:
    Store(tmp_path / "azure.db").close()
    with sqlite3.connect(tmp_path / "azure.db") as raw:
        raw.execute("PRAGMA user_version = 999")
    with pytest.raises(StoreError, match="another version"):
        Store(tmp_path / "azure.db")


def test_a_writer_that_is_killed_leaves_nothing_half_made(tmp_path: Path) -> None:
    path = tmp_path / "azure.db"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    for _ in range(4):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)], env=environment, stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
            time.sleep(0.05)
            writer.send_signal(signal.SIGKILL)
    store = Store(path)
    counts = collections.Counter(one.id.rsplit("/", 1)[0] for one in store.objects())
    assert counts, "the writer wrote something before it was killed"
    assert set(counts.values()) == {4}, "each transaction of four objects is there whole, or not at all"
    assert store._connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_many_threads_and_stores_write_the_same_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "azure.db"
    wrong: list[BaseException] = []

    def work(number: int) -> None:
        try:
            mine = Store(path)
            for one in range(10):
                mine.put(
                    StoredObject(id=f"{GROUP_ID}/{number}/{one}", token=GROUP, arm_type="T", inputs={}, outputs={})
                )
            mine.close()
        except BaseException as error:
            wrong.append(error)
            raise

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(Store(path).objects()) == 80


def test_reset_forgets_objects_deleted_names_and_activity(store: Store) -> None:
    store.remove(store.put(record()), keep_name=True)
    store.put(record())
    assert store.reset() == 1
    assert (store.objects(), store.tombstones(), list(store.activity())) == ([], [], [])

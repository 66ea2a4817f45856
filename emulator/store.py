"""The local Azure's memory: one SQLite file that all plugin processes share.

Every change is one transaction in write-ahead-log mode, so a process that is killed leaves nothing half-made; a change
that needs several rows (a resource group and all that is inside) is one transaction too.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import sqlite3
import threading
import time
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TypeAlias

from emulator.record import COLUMNS, Activity, Record, from_row, to_row
from emulator.world import Item

_VERSION = 1
_PATIENCE = 30.0  # seconds to wait for another process's transaction; a transaction takes about a millisecond
_OBJECTS = """
CREATE TABLE {name} (
  key TEXT PRIMARY KEY, id TEXT NOT NULL, token TEXT NOT NULL, arm_type TEXT NOT NULL, type_key TEXT NOT NULL,
  name_key TEXT NOT NULL, shape_only INTEGER NOT NULL, inputs TEXT NOT NULL, outputs TEXT NOT NULL,
  created INTEGER NOT NULL, changed INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX {name}_by_name ON {name} (type_key, name_key);
"""
_ACTIVITY = """
CREATE TABLE activity (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL,
  id TEXT NOT NULL, token TEXT NOT NULL, paths TEXT NOT NULL);
CREATE INDEX activity_by_id ON activity (lower(id));
CREATE TABLE subscriptions (id TEXT PRIMARY KEY, tenant TEXT NOT NULL);
"""
_FAULTS = "CREATE TABLE IF NOT EXISTS faults (what TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID"
"""Newer than version 1 of the schema and no part of it, so that stores that exist go on working."""
_SCHEMA = _OBJECTS.format(name="objects") + _OBJECTS.format(name="deleted") + _ACTIVITY


Records: TypeAlias = "list[Record]"
Items: TypeAlias = "list[Item]"


def _below(arm_id: str) -> tuple[str, str, str]:
    """Return a condition on keys, with its two parameters, that everything below an id fulfils."""
    prefix = arm_id.lower().rstrip("/")
    return "key > ? AND key < ?", prefix + "/", prefix + "0"  # "0" follows "/" in ASCII


class StoreError(Exception):
    """The store's file cannot be used; the text says what to do."""


class Store:
    """Reads and changes the file; safe for many threads and many processes. It is a :class:`~emulator.world.World`."""

    def __init__(self, path: Path) -> None:
        """Open ``path``, making it (readable by its owner only: it holds secrets) where it does not exist.

        Raises:
            StoreError: the file is no store, or one of another version.
        """
        self.path = path
        self._lock = threading.RLock()
        self._depth = 0
        self._items: dict[str, tuple[int, Item]] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        # Never a file that is there: closing it would drop the locks of this process's other stores on it, and whoever
        # else is the last to close would then throw the log away that those write into.
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        self._connection = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
        try:
            self._prepare()
        except sqlite3.DatabaseError as error:
            raise StoreError(f"{path}: not usable as the local Azure's store ({error}); delete the file") from error

    def _prepare(self) -> None:
        """Switch the log on and make the tables, once for all processes that open a new file at the same time."""
        deadline = time.monotonic() + _PATIENCE
        while not self._logs_ahead():
            if time.monotonic() > deadline:
                raise StoreError(f"{self.path}: this file system cannot hold SQLite's write-ahead log")
            time.sleep(0.01)
        # Survives a killed process; only a power cut may lose the last changes (never tear one).
        self._connection.execute("PRAGMA synchronous = NORMAL")
        with self.change():
            (version,) = self._connection.execute("PRAGMA user_version").fetchone()
            if version == 0:
                for statement in _SCHEMA.split(";\n"):
                    self._connection.execute(statement)
                self._connection.execute(f"PRAGMA user_version = {_VERSION}")
            self._connection.execute(_FAULTS)
        if version not in {0, _VERSION}:
            raise StoreError(f"{self.path}: made by another version of the local Azure; delete the file")

    def _logs_ahead(self) -> bool:
        """Switch the write-ahead log on; False while another process is about to do the same."""
        try:
            return self._connection.execute("PRAGMA journal_mode = WAL").fetchone()[0] == "wal"
        except sqlite3.OperationalError:
            return False

    def close(self) -> None:
        """Close the file; the store cannot be used afterwards."""
        with self._lock:
            self._connection.close()

    @contextlib.contextmanager
    def change(self) -> Generator[Store]:
        """Make one transaction of everything inside; of nested ones the outermost counts."""
        with self._lock:
            if self._depth == 0:
                self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield self
            except BaseException:
                if self._depth == 1:
                    self._connection.execute("ROLLBACK")
                raise
            else:
                if self._depth == 1:
                    self._connection.execute("COMMIT")
            finally:
                self._depth -= 1

    # Writing

    def put(
        self, record: Record, *, who: str = "pulumi", what: str | None = "create", paths: Sequence[str] = ()
    ) -> Record:
        """Write an object, new or changed, and a line of the activity log (none if ``what`` is); return it as kept."""
        with self.change():
            now = time.time_ns()
            before = self.record(record.id)
            kept = dataclasses.replace(record, created=before.created if before else record.created or now, changed=now)
            self._connection.execute("INSERT OR REPLACE INTO objects VALUES (?,?,?,?,?,?,?,?,?,?,?)", to_row(kept))
            self._connection.execute("DELETE FROM deleted WHERE key = ?", (kept.key,))
            if what is not None:
                self.log(who, what, kept, paths)
            return kept

    def recover(self, held: Record, *, who: str = "pulumi") -> None:
        """Bring a soft-deleted object back as it was, and what was deleted with it."""
        with self.change():
            for one in (held, *self._rows("deleted", *_below(held.id))):
                self.put(one, who=who, what="recover")

    def remove(self, record: Record, *, keep_name: bool, who: str = "pulumi") -> None:
        """Delete one object (nothing below it) and log it; ``keep_name`` makes it a soft-deleted one."""
        with self.change():
            self._connection.execute("DELETE FROM objects WHERE key = ?", (record.key,))
            if keep_name:
                gone = dataclasses.replace(record, changed=time.time_ns())
                self._connection.execute("INSERT OR REPLACE INTO deleted VALUES (?,?,?,?,?,?,?,?,?,?,?)", to_row(gone))
            self.log(who, "delete", record, ())

    def purge(self, record: Record, *, who: str = "pulumi") -> None:
        """Forget a soft-deleted object and what was deleted with it, so that its name is free."""
        with self.change():
            self._connection.execute("DELETE FROM deleted WHERE key = ?", (record.key,))
            where, *bounds = _below(record.id)
            self._connection.execute(f"DELETE FROM deleted WHERE {where}", bounds)  # noqa: S608 - a constant
            self.log(who, "purge", record, ())

    def log(self, who: str, what: str, record: Record, paths: Sequence[str]) -> None:
        """Add a line to the activity log."""
        row = (time.time_ns(), who, what, record.id, record.token, json.dumps(list(paths)))
        self._connection.execute("INSERT INTO activity (at, who, what, id, token, paths) VALUES (?,?,?,?,?,?)", row)

    def register(self, subscription_id: str, tenant_id: str) -> None:
        """Note which tenant a subscription belongs to."""
        if self.tenant_of(subscription_id) != tenant_id:
            with self.change():
                row = (subscription_id, tenant_id)
                self._connection.execute("INSERT OR REPLACE INTO subscriptions VALUES (?,?)", row)

    def tenant_of(self, subscription_id: str) -> str | None:
        """Return the tenant that a subscription belongs to."""
        query = "SELECT tenant FROM subscriptions WHERE id = ?"
        with self._lock:
            row = self._connection.execute(query, (subscription_id,)).fetchone()
        return row[0] if row else None

    # What is broken on purpose

    def break_down(self, what: str) -> None:
        """Note that ``what`` (see :mod:`emulator.health`) does not work; breaking it twice is once."""
        with self.change():
            self._connection.execute("INSERT OR IGNORE INTO faults VALUES (?,?)", (what, time.time_ns()))

    def mend(self, what: str) -> bool:
        """Let ``what`` work again; False if it was not broken."""
        with self.change():
            return self._connection.execute("DELETE FROM faults WHERE what = ?", (what,)).rowcount > 0

    def faults(self) -> dict[str, int]:
        """Return what is broken, by name, with nanoseconds since 1970 since when."""
        with self._lock:
            return dict(self._connection.execute("SELECT what, at FROM faults ORDER BY what"))

    def reset(self) -> int:
        """Forget everything; return how many objects there were."""
        with self.change():
            count = self._connection.execute("SELECT count(*) FROM objects").fetchone()[0]
            for table in ("objects", "deleted", "activity", "faults"):
                self._connection.execute(f"DELETE FROM {table}")  # noqa: S608 - names from the line above
            return count

    # Reading whole records

    def record(self, arm_id: str) -> Record | None:
        """Return the object with this id, secrets marked."""
        found = self._rows("objects", "key = ?", arm_id.lower())
        return found[0] if found else None

    def records(self, arm_type: str | None = None) -> Records:
        """Return all objects, or those of one ARM type, by id."""
        return (
            self._rows("objects", "1") if arm_type is None else self._rows("objects", "type_key = ?", arm_type.lower())
        )

    def below(self, arm_id: str) -> Records:
        """Return everything below ``arm_id`` at any depth, extension resources included, by id."""
        return self._rows("objects", *_below(arm_id))

    def tombstones(self) -> Records:
        """Return soft-deleted objects, by id, without what was deleted with one of them; ``changed`` says when."""
        within = "deleted.key > holder.key || '/' AND deleted.key < holder.key || '0'"
        return self._rows("deleted", f"NOT EXISTS (SELECT 1 FROM deleted AS holder WHERE {within})")  # noqa: S608

    def tombstone(self, arm_type: str, name: str) -> Record | None:
        """Return the soft-deleted object that holds this name."""
        found = self._rows("deleted", "type_key = ? AND name_key = ?", arm_type.lower(), name.lower())
        return found[0] if found else None

    def activity(self, arm_id: str | None = None) -> Sequence[Activity]:
        """Return the activity log, oldest first, of one object or of all."""
        where, parameters = ("1", ()) if arm_id is None else ("lower(id) = ?", (arm_id.lower(),))
        query = f"SELECT at, who, what, id, token, paths FROM activity WHERE {where} ORDER BY seq"  # noqa: S608 - constants
        with self._lock:
            rows = self._connection.execute(query, parameters).fetchall()
        return [
            Activity(at=r[0], who=r[1], what=r[2], id=r[3], token=r[4], paths=tuple(json.loads(r[5]))) for r in rows
        ]

    def lives(self, arm_id: str) -> int:
        """Return how many objects of this id were made and deleted; one that was recovered lives on."""
        query = "SELECT sum((what = 'delete') - (what = 'recover')) FROM activity WHERE lower(id) = ?"
        with self._lock:
            (count,) = self._connection.execute(query, (arm_id.lower(),)).fetchone()
        return count or 0

    def makers(self) -> dict[str, str]:
        """Return who made the objects: lower-cased id → who."""
        query = "SELECT lower(id), who, max(seq) FROM activity WHERE what = 'create' GROUP BY lower(id)"
        with self._lock:
            return {row[0]: row[1] for row in self._connection.execute(query)}

    def _rows(self, table: str, where: str, *parameters: str) -> Records:
        """Return records of a table; ``table`` and ``where`` are constants of this class."""
        with self._lock:
            query = f"SELECT {COLUMNS} FROM {table} WHERE {where} ORDER BY key"  # noqa: S608 - constants of this class
            return [from_row(row) for row in self._connection.execute(query, parameters)]

    # Reading as a World

    def get(self, arm_id: str) -> Item | None:
        """Return the object with this ARM id."""
        return next(iter(self._seen("key = ?", arm_id.lower())), None)

    def children(self, arm_id: str) -> Sequence[Item]:
        """Return everything below ``arm_id`` at any depth, extension resources on it included."""
        return self._seen(*_below(arm_id))

    def list(self, arm_type: str) -> Sequence[Item]:
        """Return all objects of an ARM type, in every subscription and group."""
        return self._seen("type_key = ?", arm_type.lower())

    def by_global_name(self, arm_type: str, name: str) -> Item | None:
        """Return the object of that type with that name, wherever it is."""
        found = self._seen("type_key = ? AND name_key = ?", arm_type.lower(), name.lower())
        return found[0] if found else None

    def soft_deleted(self, arm_type: str, name: str) -> Item | None:
        """Return the deleted object that still holds that name."""
        found = self.tombstone(arm_type, name)
        return found.item() if found else None

    def _seen(self, where: str, *parameters: str) -> Sequence[Item]:
        """Items found by a condition; one that did not change since it was last seen is not decoded again."""
        found: Items = []
        with self._lock:
            query = f"SELECT key, changed FROM objects WHERE {where} ORDER BY key"  # noqa: S608 - constants of this class
            for key, changed in self._connection.execute(query, parameters).fetchall():
                seen = self._items.get(key)
                if seen is None or seen[0] != changed:
                    (record,) = self._rows("objects", "key = ?", key)
                    seen = self._items[key] = (changed, record.item())
                found.append(seen[1])
        return found

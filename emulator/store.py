"""The local Azure's storage: one SQLite file that all plugin processes share.

Every change is one transaction in write-ahead-log mode, so a killed process leaves nothing incomplete; a change of
several rows (a resource group and all that it contains) is one transaction too.
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

from emulator.stored_object import COLUMNS, Activity, StoredObject, from_row, to_row
from emulator.world import ObjectView

_VERSION = 1
_TIMEOUT = 30.0  # seconds to wait for another process's transaction; a transaction takes about a millisecond
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
_IMAGES = """
CREATE TABLE IF NOT EXISTS images (
  registry TEXT NOT NULL, repository TEXT NOT NULL, tag TEXT NOT NULL, digest TEXT NOT NULL,
  PRIMARY KEY (registry, repository, tag)) WITHOUT ROWID
"""
"""Both are newer than version 1 of the schema and not part of it, so that existing stores still work."""
_SCHEMA = _OBJECTS.format(name="objects") + _OBJECTS.format(name="deleted") + _ACTIVITY


StoredObjects: TypeAlias = "list[StoredObject]"
Views: TypeAlias = "list[ObjectView]"


def _below(arm_id: str) -> tuple[str, str, str]:
    """Return a condition on keys for everything below an id, with its two parameters."""
    prefix = arm_id.lower().rstrip("/")
    return "key > ? AND key < ?", prefix + "/", prefix + "0"  # "0" follows "/" in ASCII


class StoreError(Exception):
    """The store's file cannot be used; the message says what to do."""


class Store:
    """Reads and changes the file; safe for many threads and processes. It is a :class:`~emulator.world.World`."""

    def __init__(self, path: Path) -> None:
        """Open ``path``; create it, readable by its owner only as it holds secrets, where it does not exist.

        Raises:
            StoreError: the file is not a store, or one of another version.
        """
        self.path = path
        self._lock = threading.RLock()
        self._depth = 0
        self._views: dict[str, tuple[int, ObjectView]] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        # Never open an existing file here: closing it would drop the locks of this process's other stores on it, and
        # the last other process to close it would then delete the log that those write into.
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        self._connection = sqlite3.connect(path, timeout=_TIMEOUT, isolation_level=None, check_same_thread=False)
        try:
            self._prepare()
        except sqlite3.DatabaseError as error:
            raise StoreError(f"{path}: not usable as the local Azure's store ({error}); delete the file") from error

    def _prepare(self) -> None:
        """Enable the write-ahead log and create the tables, once for all processes that open a new file together."""
        deadline = time.monotonic() + _TIMEOUT
        while not self._enable_wal():
            if time.monotonic() > deadline:
                raise StoreError(f"{self.path}: this file system cannot hold SQLite's write-ahead log")
            time.sleep(0.01)
        # Survives a killed process; only a power failure may lose the last changes, never a part of one.
        self._connection.execute("PRAGMA synchronous = NORMAL")
        with self.change():
            (version,) = self._connection.execute("PRAGMA user_version").fetchone()
            if version == 0:
                for statement in _SCHEMA.split(";\n"):
                    self._connection.execute(statement)
                self._connection.execute(f"PRAGMA user_version = {_VERSION}")
            self._connection.execute(_FAULTS)
            self._connection.execute(_IMAGES)
        if version not in {0, _VERSION}:
            raise StoreError(f"{self.path}: written by another version of the local Azure; delete the file")

    def _enable_wal(self) -> bool:
        """Enable the write-ahead log; return False while another process is doing so."""
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
        """Run everything inside as one transaction; of nested ones the outermost counts."""
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
        self, new: StoredObject, *, who: str = "pulumi", what: str | None = "create", paths: Sequence[str] = ()
    ) -> StoredObject:
        """Write a new or changed object and, unless ``what`` is None, an activity log entry; return it as stored."""
        with self.change():
            now = time.time_ns()
            before = self._connection.execute("SELECT created FROM objects WHERE key = ?", (new.key,)).fetchone()
            stored = dataclasses.replace(new, created=before[0] if before else new.created or now, changed=now)
            self._connection.execute("INSERT OR REPLACE INTO objects VALUES (?,?,?,?,?,?,?,?,?,?,?)", to_row(stored))
            self._connection.execute("DELETE FROM deleted WHERE key = ?", (stored.key,))
            if what is not None:
                self.log(who, what, stored, paths)
            return stored

    def recover(self, deleted: StoredObject, *, who: str = "pulumi") -> None:
        """Restore a soft-deleted object as it was, with what was deleted with it; not what had been deleted before."""
        with self.change():
            below = self._rows("deleted", *_below(deleted.id))
            for one in (deleted, *(each for each in below if each.changed >= deleted.changed)):
                self.put(one, who=who, what="recover")

    def remove(self, stored: StoredObject, *, keep_name: bool, who: str = "pulumi") -> None:
        """Delete one object (nothing below it) and log it; ``keep_name`` soft-deletes it."""
        with self.change():
            self._connection.execute("DELETE FROM objects WHERE key = ?", (stored.key,))
            self._connection.execute("DELETE FROM images WHERE registry = ?", (stored.key,))
            if keep_name:
                deleted = dataclasses.replace(stored, changed=time.time_ns())
                self._connection.execute(
                    "INSERT OR REPLACE INTO deleted VALUES (?,?,?,?,?,?,?,?,?,?,?)", to_row(deleted)
                )
            self.log(who, "delete", stored, ())

    def purge(self, deleted: StoredObject, *, who: str = "pulumi") -> None:
        """Remove a soft-deleted object, with what was deleted with it, so that its name is free."""
        with self.change():
            self._connection.execute("DELETE FROM deleted WHERE key = ?", (deleted.key,))
            where, *bounds = _below(deleted.id)
            self._connection.execute(f"DELETE FROM deleted WHERE {where}", bounds)  # noqa: S608 - a constant
            self.log(who, "purge", deleted, ())

    def log(self, who: str, what: str, stored: StoredObject, paths: Sequence[str]) -> None:
        """Add an entry to the activity log."""
        row = (time.time_ns(), who, what, stored.id, stored.token, json.dumps(list(paths)))
        self._connection.execute("INSERT INTO activity (at, who, what, id, token, paths) VALUES (?,?,?,?,?,?)", row)

    def register(self, subscription_id: str, tenant_id: str) -> None:
        """Record which tenant a subscription belongs to."""
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

    # Faults: what is broken on purpose

    def add_fault(self, what: str) -> None:
        """Record that ``what`` (see :mod:`emulator.health`) is broken; a second time changes nothing."""
        with self.change():
            self._connection.execute("INSERT OR IGNORE INTO faults VALUES (?,?)", (what, time.time_ns()))

    def clear_fault(self, what: str) -> bool:
        """Record that ``what`` works again; return whether it was broken."""
        with self.change():
            return self._connection.execute("DELETE FROM faults WHERE what = ?", (what,)).rowcount > 0

    def faults(self) -> dict[str, int]:
        """Return what is broken, by name, and since when in nanoseconds since 1970."""
        with self._lock:
            return dict(self._connection.execute("SELECT what, at FROM faults ORDER BY what"))

    # Images: what registries hold

    def add_image(self, registry_id: str, repository: str, tag: str, digest: str) -> None:
        """Put an image into a registry; a tag moves to it."""
        with self.change():
            row = (registry_id.lower(), repository, tag, digest)
            self._connection.execute("INSERT OR REPLACE INTO images VALUES (?,?,?,?)", row)

    def images(self, registry_id: str) -> dict[str, str]:
        """Return the images of a registry: ``repository:tag`` → digest."""
        query = "SELECT repository || ':' || tag, digest FROM images WHERE registry = ? ORDER BY 1"
        with self._lock:
            return dict(self._connection.execute(query, (registry_id.lower(),)))

    def reset(self) -> int:
        """Remove everything; return how many objects there were."""
        with self.change():
            count = self._connection.execute("SELECT count(*) FROM objects").fetchone()[0]
            for table in ("objects", "deleted", "activity", "faults", "images"):
                self._connection.execute(f"DELETE FROM {table}")  # noqa: S608 - names from the line above
            return count

    # Reading stored objects

    def object(self, arm_id: str) -> StoredObject | None:
        """Return the object with this id, with its secrets marked."""
        return next(iter(self._rows("objects", "key = ?", arm_id.lower())), None)

    def objects(self, arm_type: str | None = None) -> StoredObjects:
        """Return all objects, or those of one ARM type, ordered by id."""
        return (
            self._rows("objects", "1") if arm_type is None else self._rows("objects", "type_key = ?", arm_type.lower())
        )

    def below(self, arm_id: str) -> StoredObjects:
        """Return everything below ``arm_id`` at any depth, extension resources included, ordered by id."""
        return self._rows("objects", *_below(arm_id))

    def tombstones(self) -> StoredObjects:
        """Return soft-deleted objects, by id, without what was deleted with one of them; ``changed`` is when."""
        within = "deleted.key > holder.key || '/' AND deleted.key < holder.key || '0'"
        return self._rows("deleted", f"NOT EXISTS (SELECT 1 FROM deleted AS holder WHERE {within})")  # noqa: S608

    def tombstone(self, arm_type: str, name: str) -> StoredObject | None:
        """Return the soft-deleted object that reserves this name."""
        rows = self._rows("deleted", "type_key = ? AND name_key = ?", arm_type.lower(), name.lower())
        return next(iter(rows), None)

    def tombstone_of(self, arm_id: str) -> StoredObject | None:
        """Return the soft-deleted object with this id."""
        return next(iter(self._rows("deleted", "key = ?", arm_id.lower())), None)

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
        """Return how many objects with this id were created and deleted; a recovered one still lives."""
        query = "SELECT sum((what = 'delete') - (what = 'recover')) FROM activity WHERE lower(id) = ?"
        with self._lock:
            (count,) = self._connection.execute(query, (arm_id.lower(),)).fetchone()
        return count or 0

    def creators(self) -> dict[str, str]:
        """Return who created the objects: lower-case id → who."""
        query = "SELECT lower(id), who, max(seq) FROM activity WHERE what = 'create' GROUP BY lower(id)"
        with self._lock:
            return {row[0]: row[1] for row in self._connection.execute(query)}

    def _rows(self, table: str, where: str, *parameters: str) -> StoredObjects:
        """Return the objects in a table; ``table`` and ``where`` are constants of this class."""
        with self._lock:
            query = f"SELECT {COLUMNS} FROM {table} WHERE {where} ORDER BY key"  # noqa: S608 - constants of this class
            return [from_row(row) for row in self._connection.execute(query, parameters)]

    # Reading as a World

    def get(self, arm_id: str) -> ObjectView | None:
        """Return the object with this ARM id."""
        return next(iter(self._views_where("key = ?", arm_id.lower())), None)

    def children(self, arm_id: str) -> Sequence[ObjectView]:
        """Return everything below ``arm_id`` at any depth, extension resources on it included."""
        return self._views_where(*_below(arm_id))

    def list(self, arm_type: str) -> Sequence[ObjectView]:
        """Return all objects of an ARM type, in every subscription and group."""
        return self._views_where("type_key = ?", arm_type.lower())

    def by_global_name(self, arm_type: str, name: str) -> ObjectView | None:
        """Return the object of that type with that name, in any subscription."""
        views = self._views_where("type_key = ? AND name_key = ?", arm_type.lower(), name.lower())
        return next(iter(views), None)

    def _views_where(self, where: str, *parameters: str) -> Sequence[ObjectView]:
        """Return the objects that meet a condition; an unchanged one is not decoded again."""
        views: Views = []
        with self._lock:
            query = f"SELECT key, changed FROM objects WHERE {where} ORDER BY key"  # noqa: S608 - constants of this class
            for key, changed in self._connection.execute(query, parameters).fetchall():
                cached = self._views.get(key)
                if cached is None or cached[0] != changed:
                    (stored,) = self._rows("objects", "key = ?", key)
                    cached = self._views[key] = (changed, stored.view())
                views.append(cached[1])
        return views

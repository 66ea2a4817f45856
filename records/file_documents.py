"""Documents in a folder, for the local Azure and for tests.

Each is written to a file of its own, forced to the disk and only then given its name: by a hard link, which fails if
the name is taken, or by a rename under a lock of the folder. A process killed at any moment leaves the old document or
the new one, and at most a file in ``.unfinished``, which a later writer deletes.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import filelock

from records.documents import Changed, Document, Exists, checked
from support.digest import sha256
from support.files import sync_folder, temporary_file

_UNFINISHED = ".unfinished"
_LOCK = ".lock"
_ABANDONED_SECONDS = 3600.0
"""Age from which an unfinished file belongs to nobody."""


class FileDocuments:
    """Documents below ``folder``, which the first write creates."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __eq__(self, other: object) -> bool:
        """Return whether it is the same folder."""
        return isinstance(other, FileDocuments) and self.folder.resolve() == other.folder.resolve()

    def __hash__(self) -> int:
        """Fit :meth:`__eq__`."""
        return hash(self.folder.resolve())

    def names(self, prefix: str) -> list[str]:
        """Return the names that begin with ``prefix``, sorted."""
        start = self.folder / prefix.rpartition("/")[0]
        names = [
            path.relative_to(self.folder).as_posix()
            for path in start.rglob("*")
            if path.is_file() and not any(part.startswith(".") for part in path.relative_to(self.folder).parts)
        ]
        return sorted(name for name in names if name.startswith(prefix))

    def read(self, name: str) -> Document | None:
        """Return the document; None if there is none."""
        try:
            with self._path(name).open("rb") as file:
                content = file.read()
                written = os.fstat(file.fileno()).st_mtime
        except FileNotFoundError:
            return None
        return Document(content, sha256(content), max(0.0, time.time() - written))

    def create(self, name: str, content: bytes) -> str:
        """Write a new document; raises :class:`Exists`."""
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._unfinished(content) as file:
            try:
                os.link(file, path)
            except FileExistsError:
                raise Exists(name) from None
        sync_folder(path.parent)
        return sha256(content)

    def replace(self, name: str, content: bytes, etag: str) -> str:
        """Overwrite the document that was read; raises :class:`Changed`."""
        path = self._path(name)
        with self._locked():
            present = self.read(name)
            if present is None or present.etag != etag:
                raise Changed(name)
            with self._unfinished(content) as file:
                file.replace(path)
            sync_folder(path.parent)
        return sha256(content)

    def delete(self, name: str, etag: str | None = None) -> None:
        """Delete the document; raises :class:`Changed`."""
        if not self.folder.exists():
            return
        with self._locked():
            present = self.read(name)
            if present is None:
                return
            if etag is not None and present.etag != etag:
                raise Changed(name)
            self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self.folder / checked(name)

    def _locked(self) -> filelock.FileLock:
        self.folder.mkdir(parents=True, exist_ok=True)
        return filelock.FileLock(self.folder / _LOCK, mode=0o600)

    @contextmanager
    def _unfinished(self, content: bytes) -> Generator[Path]:
        """Write ``content`` to a private temporary file; delete those that killed writers left."""
        folder = self.folder / _UNFINISHED
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            if time.time() - _written(old) > _ABANDONED_SECONDS:
                old.unlink(missing_ok=True)
        path = folder / f"{os.getpid()}-{secrets.token_hex(8)}"
        with temporary_file(path, content, private=True):
            yield path


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # its owner has just finished
        return time.time()

"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path


def replace_file(path: Path, content: str | bytes, *, private: bool = False) -> None:
    """Write ``content`` to ``path``, whole or not at all, replacing any file; missing folders are created.

    Args:
        path: the file.
        content: text is written as UTF-8, with its line ends.
        private: only its owner can read it.

    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with temporary_file(beside, content.encode() if isinstance(content, str) else content, private=private):
        beside.replace(path)


@contextmanager
def temporary_file(path: Path, content: bytes, *, private: bool) -> Generator[None]:
    """Write ``content`` to a new file and force it to the disk; the block can rename or link it.

    Raises:
        FileExistsError: the file exists already.

    """
    mode = 0o600 if private else 0o666  # minus the umask
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield
    finally:
        path.unlink(missing_ok=True)


def create_once(path: Path, content: bytes) -> bytes:
    """Return the content of ``path``; without such a file, create it with ``content``. For keys and passphrases.

    The file gets its name only once it is complete, and only its owner can read it. If several processes create it at
    once, all get the content of the first.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        with temporary_file(beside, content, private=True), suppress(FileExistsError):
            os.link(beside, path)
        sync_folder(path.parent)
    return path.read_bytes()


def sync_folder(folder: Path) -> None:
    """Force the list of names in ``folder`` to the disk, where a folder can be opened (not on Windows)."""
    if os.name != "nt":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def write_if_changed(path: Path, text: str) -> None:
    """Write ``text`` to ``path``, whole or not at all; do not touch a file with equal content."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        replace_file(path, text)

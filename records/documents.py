"""Small documents with two guarantees: a name is created only once, and nobody replaces what they have not seen.

The storage itself keeps both, so they hold between processes and between machines. Locks, journals, approvals and the
ledger rely on nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

_SEGMENT = re.compile(r"[A-Za-z0-9_+@=,~-][A-Za-z0-9._+@=,~-]*")
_LONGEST = 255
"""Characters of one segment; what file systems allow."""


@dataclass(frozen=True)
class Document:
    """One document as it was read."""

    content: bytes
    etag: str
    """Identifies this content; changes whenever the document is written with another one."""

    age: float
    """Seconds since the last write, by the clock of the storage: clocks of readers and writers do not matter."""


class Exists(Exception):  # noqa: N818 - not an error: somebody was first
    """A document of that name exists already, and nothing was written."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} exists already")


class Changed(Exception):  # noqa: N818 - not an error: somebody was first
    """The document is no longer the one that was read, and nothing was written."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} was changed or deleted by another")


class Documents(Protocol):
    """A store of documents. Every method is safe to call from several threads, processes and machines at once."""

    def names(self, prefix: str) -> list[str]:
        """Return the names that begin with ``prefix``, sorted. A folder's prefix ends with a slash."""
        ...

    def read(self, name: str) -> Document | None:
        """Return the document, never half-written; None if there is none."""
        ...

    def create(self, name: str, content: bytes) -> str:
        """Write a new document and return its etag.

        Raises:
            Exists: there is one of that name.

        """
        ...

    def replace(self, name: str, content: bytes, etag: str) -> str:
        """Overwrite the document that was read with ``etag`` and return the new etag.

        Raises:
            Changed: it was changed or deleted meanwhile.

        """
        ...

    def delete(self, name: str, etag: str | None = None) -> None:
        """Delete a document if it exists; with ``etag`` only the one that was read.

        Raises:
            Changed: it was changed meanwhile.

        """
        ...


def checked(name: str) -> str:
    """Return ``name`` if every storage accepts it: ``folder/name.json``, without colons, spaces or leading dots.

    Raises:
        ValueError: it is not accepted.

    """
    segments = name.split("/")
    if not all(_SEGMENT.fullmatch(segment) and len(segment) <= _LONGEST for segment in segments):
        raise ValueError(
            f"{name!r} names no document: segments of letters, digits and ._+@=,~- joined by slashes, without a dot "
            "in front (write sha256-… for sha256:…)"
        )
    return name

"""Entries of a ledger, their text for people, and the rule that no secret gets into one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from records.identity import Identity
from settings.literal_secrets import looks_secret
from support.errors import Exit, OperationError

KINDS = ("gate", "approval", "deployment", "rollback", "promotion", "restore")
"""Kinds of entries. A promotion has one for each phase: begun, finished, undone, abandoned, refused."""

GENESIS = "0" * 64
"""Digest of the previous entry in the first one."""

_LONGEST = 60
"""Characters of a value in :meth:`Entry.summary`; ``--json`` has all of it."""


@dataclass(frozen=True)
class Entry:
    """An entry as it was read."""

    sequence: int
    kind: str
    at: str
    """UTC, ISO 8601."""

    by: Identity
    predicate: dict[str, Any]
    """What the caller recorded."""

    subjects: dict[str, str]
    """Name → SHA-256 digest, lower-case hexadecimal."""

    digest: str
    """SHA-256 of the envelope's bytes."""

    previous: str

    def document(self) -> dict[str, Any]:
        """Return it for ``--json``."""
        return {
            "sequence": self.sequence,
            "kind": self.kind,
            "at": self.at,
            "by": self.by.document(),
            "predicate": self.predicate,
            "subjects": self.subjects,
            "digest": self.digest,
            "previous": self.previous,
        }

    def line(self) -> str:
        """Return number, time, author, kind and summary in one line."""
        return f"{self.sequence:>4}  {self.at}  {self.by}  {self.kind}: {self.summary()}"

    def summary(self) -> str:
        """Return the sentence in ``words``, else the plain values of the predicate."""
        if isinstance(words := self.predicate.get("words"), str):
            return words
        plain = [
            f"{key} {_short(value)}" for key, value in self.predicate.items() if not isinstance(value, dict | list)
        ]
        return ", ".join(plain) or ", ".join(sorted(self.predicate)) or "nothing further"


def _short(value: Any) -> str:  # noqa: ANN401 - whatever JSON holds
    text = {True: "yes", False: "no", None: "none"}.get(value) if value in (True, False, None) else str(value)
    text = " ".join(str(text).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def refuse_secrets(data: Any, path: str = "") -> None:  # noqa: ANN401 - any JSON
    """Refuse data that looks like a credential: many read the ledger, and nothing is ever deleted from it.

    Raises:
        OperationError: exit code 2, naming the path and never the value.

    """
    if isinstance(data, Mapping):
        for key, value in data.items():
            refuse_secrets(str(key), f"{path}, a name")
            refuse_secrets(value, f"{path}.{key}" if path else str(key))
    elif isinstance(data, list | tuple):
        for number, value in enumerate(data):
            refuse_secrets(value, f"{path}[{number}]")
    elif isinstance(data, str) and (kind := looks_secret(data)):
        raise OperationError(
            f"{path or 'the text'} looks like {kind}, and what is written to the ledger stays there for all to read. "
            "Nothing was written. Leave it out, or name where it is kept.",
            Exit.BAD_INPUT,
        )


def without_secrets(data: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return ``data`` with everything that looks like a credential replaced by what it looks like.

    For the output of tools (error messages, names from Azure): an entry about something that has happened has to be
    written even then. What people typed is refused instead, by :func:`refuse_secrets`, so that they learn of it.
    """
    if isinstance(data, Mapping):
        return {without_secrets(str(key)): without_secrets(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [without_secrets(value) for value in data]
    kind = looks_secret(data) if isinstance(data, str) else None
    return f"(left out: it looks like {kind})" if kind else data

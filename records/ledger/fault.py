"""What is wrong with a ledger, in words that say what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal[
    "changed", "removed", "reordered", "duplicated", "foreign", "unsigned", "unknown key", "rewritten", "head", "anchor"
]

WAY: Mapping[Kind, str] = {
    "changed": "Restore this file from a copy (on Azure: an earlier version of the blob) and find out who wrote it.",
    "removed": "Restore the missing file from a copy (on Azure: undelete the blob) and find out who deleted it.",
    "reordered": "Give the files back the numbers that are signed in them, from a copy, and find out who moved them.",
    "duplicated": "Delete the copy, after finding out who made it; the original stays.",
    "foreign": "Move it out of the ledger's folder, after finding out who put it there.",
    "unsigned": "Nothing of ours writes such an entry: restore the file from a copy and find out who wrote it.",
    "unknown key": "If the key was changed on purpose, name the earlier public key too: --key FILE. Otherwise somebody "
    "without our key wrote this entry.",
    "rewritten": "Somebody who has the key replaced an entry: compare with a copy, and change the key.",
    "head": "Compare with a copy or with a digest noted elsewhere (--head). Only if the entries are complete, delete "
    "the head: with one entry the next write makes it anew; with more, restore it from a copy.",
    "anchor": "The ledger that this digest was noted from was longer, or another: restore it from a copy.",
}


@dataclass(frozen=True)
class Fault:
    """One thing that does not hold."""

    entry: int | None
    """Number of the entry; None where it concerns the ledger as a whole."""

    kind: Kind
    what: str
    """What was found, for people."""

    @property
    def way(self) -> str:
        """What to do."""
        return WAY[self.kind]

    def __str__(self) -> str:
        where = f"entry {self.entry}" if self.entry is not None else "the ledger"
        return f"{where}: {self.kind}: {self.what}. {self.way}"

    def document(self) -> dict[str, Any]:
        """Return it for ``--json``."""
        return {"entry": self.entry, "kind": self.kind, "what": self.what, "way": self.way}

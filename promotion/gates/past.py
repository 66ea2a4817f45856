"""What a stack's ledger says about the past: which manifest an id meant, and what has been running since when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from promotion.entries import abandoned

if TYPE_CHECKING:
    from records.ledger import Entry

BROUGHT = ("deployment", "promotion", "rollback")
"""Kinds of entries after which another release may run; each names it by ``release`` and ``hash``."""


def hashes(entries: Iterable[Entry], release: str) -> dict[str, int]:
    """Return the hashes that a release has had, each with the number of the first entry that says so.

    Only what ran or was approved counts. That a gate once refused a manifest says nothing about the right one.
    """
    found: dict[str, int] = {}
    for entry in entries:
        said = entry.predicate
        counts = entry.kind == "approval" or (entry.kind in BROUGHT and said.get("phase") in (None, "finished"))
        if counts and said.get("release") == release and isinstance(said.get("hash"), str):
            found.setdefault(said["hash"], entry.sequence)
    return found


@dataclass(frozen=True)
class Since:
    """Since when a release has been running without a break."""

    at: datetime
    entry: int
    why: str
    """What the clock counts from."""


def running_since(entries: Iterable[Entry], release_hash: str) -> Since | None:
    """Return since when the release with that hash has been running; nothing if it does not, by the ledger.

    Deploying the same release again does not start the clock anew. A rollback, another release and a verification that
    failed do: after a failed attempt to let in another one, the old one is the same but its calm was disturbed.
    """
    since: Since | None = None
    for entry in entries:
        said, when = entry.predicate, datetime.fromisoformat(entry.at)
        ours = said.get("hash") == release_hash
        if entry.kind not in BROUGHT:
            continue
        if said.get("phase") == "undone":
            since = None if ours or since is None else Since(when, entry.sequence, "another release was undone then")
        elif abandoned(entry):
            since = None
        elif said.get("phase") in (None, "finished"):
            # A rollback says why when production was not well after it.
            if not ours or (entry.kind == "rollback" and said.get("why")):
                since = None
            elif since is None or entry.kind == "rollback":
                since = Since(when, entry.sequence, f"it was brought there by {entry.kind}")
    return since

"""What promotions write into a stack's ledger, and what the ledger then says about the past of a release."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from records.journal import Journal
from records.ledger import Entry, Ledger, without_secrets

DEPLOYING = ("deployment", "promotion", "rollback")
"""Kinds of entries after which another release may run; each names it by ``release`` and ``hash``."""

# Writing


def append_entry(ledger: Ledger, kind: str, journal: Journal, data: dict[str, Any]) -> None:
    """Append an entry about the operation in ``journal``: its release, its plan, ``data``, and a sentence for people.

    Raises:
        OperationError: something in it looks like a secret, or the end of the ledger does not verify.

    """
    sentence = _sentence(kind, journal, data)
    predicate = {
        **({"words": sentence} if sentence else {}),
        "id": journal.id,
        "operation": journal.kind,
        "release": journal.release,
        "hash": journal.release_hash,
        "before": journal.running,
        "plan": journal.plan,
        **data,
    }
    ledger.append(kind, without_secrets(predicate), {f"release/{journal.release}": journal.release_hash})


def _sentence(kind: str, journal: Journal, data: dict[str, Any]) -> str:
    """Describe an entry in one sentence; empty for kinds that need none."""
    onto = f"{journal.release} onto {journal.stack}"
    if kind == "gate":
        return f"{data['gate']} {data['outcome']} for {onto}: {data['reason']}"
    if kind == "promotion":
        refused = f" by {', '.join(data['refusedBy'])}" if data.get("refusedBy") else ""
        why = f": {data['why']}" if data.get("why") else ""
        unhealthy = f"; {journal.running} is unhealthy too: {data['unwell']}" if data.get("unwell") else ""
        return f"{journal.kind} of {onto} {data['phase']}{refused}{why}{unhealthy}"
    if kind == "rollback":
        return f"{journal.stack} was rolled back from {journal.running} to {journal.release} ({data['how']})"
    if kind == "deployment":
        return f"{journal.stack} runs {journal.release} ({data['how']}), before it {journal.running}"
    return ""


# Reading


def is_abandoned(entry: Entry) -> bool:
    """Whether the entry abandons a promotion or rollback half-way: what ran afterwards is unknown."""
    return entry.kind == "promotion" and entry.predicate.get("phase") == "abandoned"


def release_hashes(entries: Iterable[Entry], release: str) -> dict[str, int]:
    """Return every hash recorded for a release id, each with the number of the first entry that has it.

    Only what ran or was approved counts: that a gate once refused a manifest says nothing about the right one.
    """
    hashes: dict[str, int] = {}
    for entry in entries:
        predicate = entry.predicate
        counts = entry.kind == "approval" or (entry.kind in DEPLOYING and predicate.get("phase") in (None, "finished"))
        if counts and predicate.get("release") == release and isinstance(predicate.get("hash"), str):
            hashes.setdefault(predicate["hash"], entry.sequence)
    return hashes


@dataclass(frozen=True)
class RunningSince:
    """Since when a release has been running without interruption."""

    at: datetime
    entry: int
    """Number of the ledger entry from which the time counts."""
    why: str
    """What that entry is about."""


def running_since(entries: Iterable[Entry], release_hash: str) -> RunningSince | None:
    """Return since when the release with that hash has been running; None if, by the ledger, it does not run.

    Deploying the same release again does not restart the clock. A rollback, another release and a failed verification
    do: after a failed attempt to deploy another release the old one is unchanged, but its run was disturbed.
    """
    since: RunningSince | None = None
    for entry in entries:
        if entry.kind not in DEPLOYING:
            continue
        predicate, at = entry.predicate, datetime.fromisoformat(entry.at)
        phase, same = predicate.get("phase"), predicate.get("hash") == release_hash
        if phase == "undone":
            disturbed = RunningSince(at, entry.sequence, "another release was undone then")
            since = None if same or since is None else disturbed
        elif is_abandoned(entry):
            since = None
        elif phase in (None, "finished"):
            # A rollback entry has a `why` if production was unhealthy after it.
            if not same or (entry.kind == "rollback" and predicate.get("why")):
                since = None
            elif since is None or entry.kind == "rollback":
                since = RunningSince(at, entry.sequence, f"it was deployed there by {entry.kind}")
    return since

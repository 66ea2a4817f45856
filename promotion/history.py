"""What promotions write into a stack's ledger, and what the ledger then says about the past of a release."""

from __future__ import annotations

from collections.abc import Iterable
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

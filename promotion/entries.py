"""What a promotion or rollback writes into the ledger: facts for machines, a sentence for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from records.ledger import veiled

if TYPE_CHECKING:
    from records.journal import Journal
    from records.ledger import Entry, Ledger


def append(ledger: Ledger, kind: str, journal: Journal, data: dict[str, Any]) -> None:
    """Append an entry about a journal: which release, which plan, and ``data``."""
    predicate = {
        **({"words": words} if (words := _sentence(kind, journal, data)) else {}),
        "id": journal.id,
        "operation": journal.kind,
        "release": journal.release,
        "hash": journal.release_hash,
        "before": journal.running,
        "plan": journal.plan,
        **data,
    }
    ledger.append(kind, veiled(predicate), {f"release/{journal.release}": journal.release_hash})


def abandoned(entry: Entry) -> bool:
    """Whether a promotion or rollback was left as it stood: nobody knows what ran then."""
    return entry.kind == "promotion" and entry.predicate.get("phase") == "abandoned"


def _sentence(kind: str, journal: Journal, data: dict[str, Any]) -> str:
    """Tell an entry in a sentence, for those who read the ledger."""
    onto = f"{journal.release} onto {journal.stack}"
    if kind == "gate":
        return f"{data['gate']} {data['outcome']} for {onto}: {data['reason']}"
    if kind == "promotion":
        refused = f" by {', '.join(data['refusedBy'])}" if data.get("refusedBy") else ""
        why = f": {data['why']}" if data.get("why") else ""
        unwell = f"; {journal.running} is not well either: {data['unwell']}" if data.get("unwell") else ""
        return f"{journal.kind} of {onto} {data['phase']}{refused}{why}{unwell}"
    if kind == "rollback":
        return f"{journal.stack} went back from {journal.running} to {journal.release} ({data['how']})"
    if kind == "deployment":
        return f"{journal.stack} runs {journal.release} ({data['how']}), before it {journal.running}"
    return ""

"""The file of a reviewed plan: what will be done, what that is bound to, and what the gates said of it.

The file is for the people who decide and for the command that carries it out. Its digest covers all of it, and the
stack's ledger records the digest of every plan that was made here. So a file that was changed is refused, even if it
was given a matching digest.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from promotion.binding import bind, current_state_hashes, differences
from promotion.candidate import Candidate
from promotion.model import GateVerdict, ReviewedPlan, canonical_hash
from records.clock import timestamp
from records.ledger import Entry, Ledger
from support.errors import Exit, OperationError
from support.files import replace_file

FORMAT = "fabrix-plan/1"
HOURS = 72.0
"""How long a plan can be carried out by default; as long as an approval holds by default."""
RECORD = "plan"
"""Stands in place of a gate's id in the ledger entry about a plan."""


def make(candidate: Candidate, verdicts: Iterable[GateVerdict] = (), hours: float = HOURS) -> ReviewedPlan:
    """Plan the candidate and bind the plan to everything it depends on; ``verdicts`` are kept in it.

    The state is read before and after the engine's preview: a change in between would be in neither.

    Raises:
        OperationError: exit code 1, the engine cannot plan it; 3, somebody changed the stack meanwhile.

    """
    binding = bind(candidate)
    preview = candidate.preview
    # The engine encrypts every secret of a plan; nobody should have to take its word for it.
    if '"plaintext"' in preview.engine_plan:
        raise OperationError("the engine's plan holds a secret in clear text; it was discarded. Please report this.")
    if current_state_hashes(candidate.target) != binding.state:
        raise OperationError(f"{candidate.target.stack} was changed while it was planned; plan it again.", Exit.REFUSED)
    return ReviewedPlan(
        binding=binding,
        engine_plan=preview.engine_plan,
        summary=preview.summary,
        losses=candidate.losses,
        verdicts=tuple(verdicts),
        created=timestamp(candidate.now),
        expires=timestamp(candidate.now + timedelta(hours=hours)),
        by=candidate.actor.document(),
    )


def reasons_against(plan: ReviewedPlan, candidate: Candidate) -> list[str]:
    """Return why the plan must not be carried out for the candidate; empty if it still says what will happen.

    Raises:
        OperationError: something that it is bound to cannot be read.

    """
    reasons = []
    if not is_recorded(candidate.entries, plan.digest):
        reasons.append(
            f"the ledger of {candidate.target.stack} does not know it: it was made elsewhere, or changed since"
        )
    if candidate.now >= datetime.fromisoformat(plan.expires):
        reasons.append(f"it expired on {plan.expires}")
    return reasons + differences(plan.binding, bind(candidate))


# The ledger


def record(ledger: Ledger, plan: ReviewedPlan) -> Entry:
    """Record in the stack's ledger that this plan was made: only then can it be approved and carried out."""
    about = plan.binding
    predicate = {
        "words": f"a plan to deploy {about.release} to {about.stack} was made: {plan.summary[0]}",
        "gate": RECORD,
        "plan": plan.digest,
        "release": about.release,
        "hash": about.release_hash,
        "from": about.source,
        "expires": plan.expires,
    }
    return ledger.append("gate", predicate, {f"release/{about.release}": about.release_hash, "plan": plan.digest})


def is_recorded(entries: Iterable[Entry], digest: str) -> bool:
    """Whether a ledger says that the plan with this digest was made."""
    return any(
        entry.kind == "gate" and entry.predicate.get("gate") == RECORD and entry.predicate.get("plan") == digest
        for entry in entries
    )


# The file


def save(plan: ReviewedPlan, path: Path) -> None:
    """Write the file, readable only by its owner, whole or not at all.

    Raises:
        OperationError: exit code 2, it cannot be written there.

    """
    document = {"format": FORMAT, "digest": plan.digest, "content": plan.document()}
    try:
        replace_file(path, json.dumps(document, indent=2) + "\n", private=True)
    except OSError as error:
        raise OperationError(f"{path} cannot be written: {error.strerror}", Exit.BAD_INPUT) from None


def load(path: Path) -> ReviewedPlan:
    """Read a plan's file.

    Raises:
        OperationError: exit code 2, it is not a plan of this version; 3, it was changed.

    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise OperationError(f"{path} cannot be read: {error.strerror}", Exit.BAD_INPUT) from None
    except ValueError as error:
        raise OperationError(f"{path} is not a plan: it is not JSON ({error})", Exit.BAD_INPUT) from None
    version = document.get("format") if isinstance(document, dict) else None
    if version != FORMAT:
        raise OperationError(
            f"{path} is not a plan of this version: format is {version!r}, {FORMAT!r} is understood. "
            "`./fabrix promote A B --plan-only -o FILE` makes one.",
            Exit.BAD_INPUT,
        )
    try:
        plan = ReviewedPlan.from_document(document["content"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise OperationError(f"{path} is not a complete plan: {type(error).__name__} {error}", Exit.BAD_INPUT) from None
    if document.get("digest") != canonical_hash(document["content"]) or plan.digest != document["digest"]:
        raise OperationError(
            f"{path} was changed after it was made: its content does not have the digest that it states. "
            "Make the plan again.",
            Exit.REFUSED,
        )
    return plan

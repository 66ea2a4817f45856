"""The reviewed plan: one file with what will be done, what that is bound to, and what the gates said of it.

The file is for people who decide and for the command that carries it out. Its digest covers all of it; that the digest
is that of a plan which was really made here says the stack's ledger. So a file that was changed, and given a digest
that fits, is refused as well.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from judging.transition import Loss
from promotion import binding
from promotion.binding import Binding
from promotion.model import GateVerdict
from records.clock import timestamp
from support.errors import Exit, OperationError
from support.files import replace_file

if TYPE_CHECKING:
    from collections.abc import Iterable

    from promotion.candidate import Candidate
    from records.ledger import Entry, Ledger

FORMAT = "fabrix-plan/1"
HOURS = 72.0
"""For which a plan can be carried out, unless it is said otherwise; as long as an approval holds by default."""
RECORD = "plan"
"""What the ledger's entry about a plan says in place of a gate's id."""


@dataclass(frozen=True)
class ReviewedPlan:
    """One reviewed plan."""

    binding: Binding
    engine_plan: str = field(repr=False)
    """The engine's plan, JSON; its secrets are encrypted with the stack's own key."""
    words: tuple[str, ...]
    """What will be done."""
    losses: tuple[Loss, ...]
    """What is replaced or deleted, in the plan or in the rehearsal."""
    verdicts: tuple[GateVerdict, ...]
    """What the gates said that look at plan and rehearsal."""
    created: str
    expires: str
    by: dict[str, Any]

    @property
    def digest(self) -> str:
        """Identity of the plan: SHA-256 over all of its content."""
        return binding.canonical_hash(self.content())

    def content(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "binding": self.binding.document(),
            "summary": list(self.words),
            "losses": [asdict(loss) for loss in self.losses],
            "verdicts": [verdict.document() for verdict in self.verdicts],
            "created": self.created,
            "expires": self.expires,
            "by": self.by,
            "enginePlan": self.engine_plan,
        }

    def save(self, path: Path) -> None:
        """Write the file, whole or not at all, for its owner's eyes alone.

        Raises:
            OperationError: exit code 2, it cannot be written there.

        """
        text = json.dumps({"format": FORMAT, "digest": self.digest, "content": self.content()}, indent=2) + "\n"
        try:
            replace_file(path, text, private=True)
        except OSError as error:
            raise OperationError(f"{path} cannot be written: {error.strerror}", Exit.BAD_INPUT) from None

    def stale(self, candidate: Candidate) -> list[str]:
        """Say why it must not be carried out; empty if it still says what will happen.

        Raises:
            OperationError: something that it is bound to cannot be read.

        """
        said = []
        if not recorded(candidate.entries, self.digest):
            said.append(
                f"the ledger of {candidate.target.stack} does not know it: it was made elsewhere, or changed since"
            )
        if candidate.now >= datetime.fromisoformat(self.expires):
            said.append(f"it expired on {self.expires}")
        return said + binding.changes(self.binding, binding.bind(candidate))


def make(candidate: Candidate, verdicts: Iterable[GateVerdict] = (), hours: float = HOURS) -> ReviewedPlan:
    """Plan it and bind the plan to everything that it depends on; ``verdicts`` are those of the gates that are kept.

    The state is looked at before and after the engine planned: what changed in between is in neither.

    Raises:
        OperationError: exit code 1, the engine cannot plan it; 3, somebody changed the stack meanwhile.

    """
    from rehearsal import seeding

    bound_to = binding.bind(candidate)
    planned = candidate.planned
    # The engine encrypts every secret of a plan; nobody should have to take its word for it.
    if '"plaintext"' in planned.text:
        raise OperationError("the engine's plan holds a secret in clear; it was thrown away. Please report this.")
    if binding.resources(seeding.export_state(candidate.target.pulumi)["deployment"]) != bound_to.state:
        raise OperationError(f"{candidate.target.stack} was changed while it was planned; plan it again.", Exit.REFUSED)
    return ReviewedPlan(
        binding=bound_to,
        engine_plan=planned.text,
        words=planned.words,
        losses=candidate.losses,
        verdicts=tuple(verdicts),
        created=timestamp(candidate.now),
        expires=timestamp(candidate.now + timedelta(hours=hours)),
        by=candidate.actor.document(),
    )


def record(ledger: Ledger, bound: ReviewedPlan) -> Entry:
    """Write into the stack's ledger that this plan was made: only then can it be approved and carried out."""
    about = bound.binding
    predicate = {
        "words": f"a plan to bring {about.release} onto {about.stack} was made: {bound.words[0]}",
        "gate": RECORD,
        "plan": bound.digest,
        "release": about.release,
        "hash": about.release_hash,
        "from": about.source,
        "expires": bound.expires,
    }
    return ledger.append("gate", predicate, {f"release/{about.release}": about.release_hash, "plan": bound.digest})


def recorded(entries: Iterable[Entry], digest: str) -> bool:
    """Whether a ledger says that the plan with this digest was made."""
    return any(
        entry.kind == "gate" and entry.predicate.get("gate") == RECORD and entry.predicate.get("plan") == digest
        for entry in entries
    )


def load(path: Path) -> ReviewedPlan:
    """Read a plan's file.

    Raises:
        OperationError: exit code 2, it is no plan of this program; 3, it was changed.

    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise OperationError(f"{path} cannot be read: {error.strerror}", Exit.BAD_INPUT) from None
    except ValueError as error:
        raise OperationError(f"{path} is no plan: it is not JSON ({error})", Exit.BAD_INPUT) from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        found = document.get("format") if isinstance(document, dict) else None
        raise OperationError(
            f"{path} is no plan of this version: format is {found!r}, {FORMAT!r} is understood. "
            "`./fabrix promote A B --plan-only -o FILE` makes one.",
            Exit.BAD_INPUT,
        )
    try:
        bound = _read(document["content"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise OperationError(f"{path} is no whole plan: {type(error).__name__} {error}", Exit.BAD_INPUT) from None
    if document.get("digest") != binding.canonical_hash(document["content"]) or bound.digest != document["digest"]:
        raise OperationError(
            f"{path} was changed after it was made: its content has not the digest that it states. "
            "Make the plan again.",
            Exit.REFUSED,
        )
    return bound


def _read(content: dict[str, Any]) -> ReviewedPlan:
    return ReviewedPlan(
        binding=Binding.read(content["binding"]),
        engine_plan=content["enginePlan"],
        words=tuple(content["summary"]),
        losses=tuple(_loss(loss) for loss in content["losses"]),
        verdicts=tuple(GateVerdict.of(verdict) for verdict in content["verdicts"]),
        created=content["created"],
        expires=content["expires"],
        by=content["by"],
    )


def _loss(document: dict[str, Any]) -> Loss:
    return Loss(
        urn=document["urn"],
        type=document["type"],
        name=document["name"],
        operation=document["operation"],
        properties=tuple(document["properties"]),
        stateful=document["stateful"],
    )

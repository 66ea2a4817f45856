"""Gate ``blast-radius``: nothing that holds data is deleted or replaced unless somebody answers for it by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from promotion.model import GateVerdict

if TYPE_CHECKING:
    from judging.transition import Loss
    from promotion.candidate import Candidate


def judge(candidate: Candidate) -> GateVerdict:
    """Hold what the rehearsal and the plan delete or replace against what approvals name."""
    losses = [loss for loss in candidate.losses if loss.stateful]
    named = accepted(candidate)
    facts = {
        "stateful": [document(loss) for loss in losses],
        "other": [document(loss) for loss in candidate.losses if not loss.stateful],
        "accepted": sorted({loss.name for loss in losses if _named(loss, named)}),
    }
    open_ = [loss for loss in losses if not _named(loss, named)]
    if open_:
        said = "; ".join(
            f"{loss.name} ({loss.type.removeprefix('azure-native:')}) would be {_verb(loss)}" for loss in open_
        )
        names = " ".join(f"--allow-loss {loss.name}" for loss in open_)
        return GateVerdict.failed(
            f"{said}, with the data in it",
            "Change the release or the stack file so that it stays. If the data may go, somebody has to answer for it: "
            f"`./fabrix approve {candidate.target.stack} {candidate.release.id} {names}`.",
            **facts,
        )
    if losses:
        names = ", ".join(loss.name for loss in losses)
        return GateVerdict.passed(f"{names} will be lost with their data, which was accepted by name", **facts)
    number = len(candidate.losses)
    rest = f"; {number} other resources are replaced or deleted" if number else ""
    return GateVerdict.passed(f"nothing that holds data is replaced or deleted{rest}", **facts)


def document(loss: Loss) -> dict[str, object]:
    """JSON form."""
    return {
        "urn": loss.urn,
        "type": loss.type,
        "name": loss.name,
        "operation": loss.operation,
        "properties": list(loss.properties),
        "stateful": loss.stateful,
    }


def accepted(candidate: Candidate) -> frozenset[str]:
    """Names in approvals that count; those of the actor where nobody is asked and they could approve themselves."""
    asked = candidate.settings.promotion
    by_actor = asked.approvals == 0 and not (
        asked.another_person and candidate.actor.is_one_of(candidate.release.authors)
    )
    own = frozenset(candidate.allow_loss) if by_actor else frozenset()
    return candidate.approvals.losses() | own


def _named(loss: Loss, accepted: frozenset[str]) -> bool:
    return loss.name in accepted or loss.urn in accepted


def _verb(loss: Loss) -> str:
    cause = f" (because of {', '.join(loss.properties)})" if loss.properties else ""
    return ("replaced" if loss.operation == "replace" else "deleted") + cause

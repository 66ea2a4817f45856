"""The approval of the person who runs a command: refused where it would not count, made otherwise."""

from datetime import timedelta
from pathlib import Path

from promotion import approval, history, plan
from promotion.approval import Approval
from promotion.candidate import Candidate
from promotion.model import ReviewedPlan
from records.clock import timestamp
from support.errors import Exit, OperationError


def require_valid_ledger_and_manifest(candidate: Candidate) -> None:
    """Refuse a ledger that does not verify, and a manifest that is not the one that the ledger knows.

    Raises:
        OperationError: exit code 3.

    """
    stack, release = candidate.target.stack, candidate.release
    if faults := [str(fault) for fault in candidate.ledger.verify()]:
        raise OperationError(
            f"the ledger of {stack} does not verify, so nothing is added to it: {'; '.join(faults)}\n"
            f"`./fabrix ledger verify {stack}` names each entry.",
            Exit.REFUSED,
            {"faults": faults},
        )
    for other, number in history.release_hashes(candidate.entries, release.id).items():
        if other != release.hash:
            raise OperationError(
                f"entry {number} of the ledger of {stack} has {release.id} with the hash {other}, and its manifest now "
                f"has {release.hash}. A release never changes: bring the manifest back to what it was, or make a new "
                "release (`./fabrix release new`).",
                Exit.REFUSED,
            )


def own_approval(candidate: Candidate, plan_file: Path | None, allow_loss: tuple[str, ...], note: str) -> Approval:
    """Make the approval of whoever runs this command, of one plan where there is a ``plan_file``.

    Raises:
        OperationError: exit code 2, there is no such plan, or it does not lose what is accepted; 3, an author approves,
            or the plan is not of this stack.

    """
    session, release, required = candidate.target, candidate.release, candidate.settings.promotion
    if required.another_person and candidate.actor.is_one_of(release.authors):
        raise OperationError(
            f"{candidate.actor} is an author of {release.id} (authors: {', '.join(release.authors)}), and "
            f"{session.stack} requires another person's approval. Ask somebody who did not make it to run "
            f"`./fabrix approve {session.stack} {release.id}`, or to approve the pipeline's environment "
            f"{session.stack}.",
            Exit.REFUSED,
            {"authors": list(release.authors)},
        )
    if required.another_person and candidate.actor.source == "service":
        raise OperationError(
            f"{candidate.actor} is no person, and {session.stack} requires another person's approval: "
            f"{approval.APPROVE_YOURSELF}.",
            Exit.REFUSED,
        )
    if required.another_person and not approval.can_rule_out_author(candidate.actor, release.authors):
        raise OperationError(
            f"{release.id} names no GitHub login among its authors ({', '.join(release.authors)}), so it cannot be "
            f"ruled out that {candidate.actor} is one: {approval.NAME_A_LOGIN}.",
            Exit.REFUSED,
            {"authors": list(release.authors)},
        )
    if problem := approval.unknown_checks(allow_loss):
        raise OperationError(problem, Exit.BAD_INPUT)
    reviewed = _load_plan(candidate, plan_file, allow_loss) if plan_file else None
    return Approval(
        release=release.id,
        hash=release.hash,
        who=candidate.actor,
        at=candidate.now,
        expires=candidate.now + timedelta(hours=required.approval_hours),
        plan=reviewed.digest if reviewed else None,
        allow_loss=allow_loss,
        note=note,
    )


def _load_plan(candidate: Candidate, file: Path, allow_loss: tuple[str, ...]) -> ReviewedPlan:
    """Read the plan; refuse one that was made elsewhere, is of another stack or release, or does not lose that."""
    reviewed = plan.load(file)
    stack, release, binding = candidate.target.stack, candidate.release, reviewed.binding
    problems = []
    if (binding.stack, binding.target) != (stack, candidate.target.target.name.value):
        problems.append(f"it is a plan for {binding.stack} on the {binding.target} target")
    if (binding.release, binding.release_hash) != (release.id, release.hash):
        problems.append(f"it deploys {binding.release} ({binding.release_hash}), not {release.id} ({release.hash})")
    if not plan.is_recorded(candidate.ledger.entries("gate"), reviewed.digest):
        problems.append(f"the ledger of {stack} does not know it: it was made elsewhere, or changed since")
    if timestamp(candidate.now) >= reviewed.expires:
        problems.append(f"it expired on {reviewed.expires}")
    if problems:
        raise OperationError(f"{file} cannot be approved: {'; '.join(problems)}. Make the plan again.", Exit.REFUSED)
    lost = [loss for loss in reviewed.losses if loss.stateful]
    known = {name for loss in lost for name in (loss.name, loss.urn)}
    if unknown := [name for name in allow_loss if approval.is_data(name) and name not in known]:
        raise OperationError(
            f"--allow-loss {', '.join(unknown)}: the plan does not lose that; with data it loses "
            f"{', '.join(loss.name for loss in lost) or 'nothing'}.",
            Exit.BAD_INPUT,
        )
    return reviewed

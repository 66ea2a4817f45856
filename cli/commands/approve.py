"""``fabrix approve``: a person lets a release onto a stack, and the stack's ledger says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from promotion import approval, history, plan
from promotion.approval import WAY_BACK, Approval
from promotion.candidate import Candidate
from promotion.ci import from_ci
from records.clock import timestamp
from stacks.session import Session
from stacks.settings_files import read_release
from support.errors import Exit, OperationError
from targets.name import TargetName


@dataclass(frozen=True)
class ApproveOptions:
    """What the command line says besides stack and release."""

    plan: Path | None = None
    allow_loss: tuple[str, ...] = ()
    note: str = ""
    ci_approval: Path | None = None


def run(stack: str, release_id: str, target: TargetName, wishes: ApproveOptions, *, as_json: bool) -> None:
    """Judge, record, say what it is worth.

    Raises:
        OperationError: exit code 2, there is no such stack, release or plan; 3, it would not count: an author approves,
            the manifest was changed, the plan is not of this stack, or the ledger does not verify. Nothing is recorded.

    """
    if wishes.ci_approval and (wishes.plan or wishes.allow_loss or wishes.note):
        raise OperationError(
            "--ci-approval records what people said in the pipeline; --plan, --allow-loss and --note say it for "
            "yourself: one or the other.",
            Exit.BAD_INPUT,
        )
    session = Session.open(stack, target, as_json=as_json)
    candidate = Candidate.open(session, read_release(release_id))
    _refuse_unsound(candidate)
    if wishes.ci_approval:
        asked = session.settings.promotion
        given = from_ci(wishes.ci_approval, stack, candidate.release, asked, candidate.now)
        if not given:
            session.console.result(f"nobody approved the environment {stack} in {wishes.ci_approval}", style="yellow")
    else:
        given = (_approval(candidate, wishes),)
    approval.record_new(candidate.ledger, given)
    _tell(candidate, given)


def _refuse_unsound(candidate: Candidate) -> None:
    """Refuse a ledger that does not verify, and a manifest that is not the one that the ledger knows."""
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


def _approval(candidate: Candidate, wishes: ApproveOptions) -> Approval:
    """Make the approval of whoever runs this command."""
    session, release, asked = candidate.target, candidate.release, candidate.settings.promotion
    if asked.another_person and candidate.actor.is_one_of(release.authors):
        raise OperationError(
            f"{candidate.actor} is an author of {release.id} (authors: {', '.join(release.authors)}), and "
            f"{session.stack} asks for another person's approval. Ask somebody who did not make it to run "
            f"`./fabrix approve {session.stack} {release.id}`, or to approve the pipeline's environment "
            f"{session.stack}.",
            Exit.REFUSED,
            {"authors": list(release.authors)},
        )
    if asked.another_person and not approval.distinguishable(candidate.actor, release.authors):
        raise OperationError(
            f"{release.id} names no GitHub login among its authors ({', '.join(release.authors)}), so it cannot be "
            f"told that {candidate.actor} is none: {approval.NAME_A_LOGIN}.",
            Exit.REFUSED,
            {"authors": list(release.authors)},
        )
    bound = plan.load(wishes.plan) if wishes.plan else None
    if bound:
        _refuse_other_plan(candidate, bound, wishes)
    return Approval(
        release=release.id,
        hash=release.hash,
        who=candidate.actor,
        at=candidate.now,
        expires=candidate.now + timedelta(hours=asked.approval_hours),
        plan=bound.digest if bound else None,
        allow_loss=wishes.allow_loss,
        note=wishes.note,
    )


def _refuse_other_plan(candidate: Candidate, bound: plan.ReviewedPlan, wishes: ApproveOptions) -> None:
    """Approve only a plan that was made here, is of this stack and release, and loses what is named."""
    stack, release, about = candidate.target.stack, candidate.release, bound.binding
    problems = []
    if (about.stack, about.target) != (stack, candidate.target.target.name.value):
        problems.append(f"it is a plan for {about.stack} on the {about.target} target")
    if (about.release, about.release_hash) != (release.id, release.hash):
        problems.append(f"it brings {about.release} ({about.release_hash}), not {release.id} ({release.hash})")
    if not plan.is_recorded(candidate.ledger.entries("gate"), bound.digest):
        problems.append(f"the ledger of {stack} does not know it: it was made elsewhere, or changed since")
    if timestamp(candidate.now) >= bound.expires:
        problems.append(f"it expired on {bound.expires}")
    if problems:
        raise OperationError(
            f"{wishes.plan} cannot be approved: {'; '.join(problems)}. Make the plan again.", Exit.REFUSED
        )
    lost = [loss for loss in bound.losses if loss.stateful]
    known = {WAY_BACK} | {name for loss in lost for name in (loss.name, loss.urn)}
    if unknown := [name for name in wishes.allow_loss if name not in known]:
        raise OperationError(
            f"--allow-loss {', '.join(unknown)}: the plan does not lose that; with data it loses "
            f"{', '.join(loss.name for loss in lost) or 'nothing'}.",
            Exit.BAD_INPUT,
        )


def _tell(candidate: Candidate, recorded: tuple[Approval, ...]) -> None:
    """Say what is recorded and how many are missing still."""
    session, asked = candidate.target, candidate.settings.promotion
    console, release = session.console, candidate.release
    entries = candidate.ledger.entries()
    about = recorded[-1].plan if recorded else None
    counted = approval.count(
        approval.recorded(entries), release, asked, candidate.now, plan=about, since=approval.last_rollback(entries)
    )
    for one in recorded:
        losses = f", and answers for the loss of {', '.join(one.allow_loss)}" if one.allow_loss else ""
        plan_ = " with this plan" if one.plan else ""
        console.result(
            f"{one.who} lets {release.id} onto {session.stack}{plan_} until {timestamp(one.expires)}{losses}",
            style="green",
        )
    for one in recorded:
        if why := next(
            (why for other, why in counted.not_counted if other.who == one.who and other.at == one.at), None
        ):
            console.result(f"that of {one.who.name} does not count: {why}", style="yellow")
    have, want = len(counted.people), asked.approvals
    rest = f"{want - have} more needed" if have < want else "enough"
    console.result(f"{session.stack} asks for {want}; {have} count: {rest}")
    console.emit(
        {
            "ok": True,
            "command": "approve",
            "stack": session.stack,
            "release": release.id,
            "hash": release.hash,
            "recorded": [one.predicate() for one in recorded],
            "asked": want,
            "counted": have,
        }
    )

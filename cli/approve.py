"""``fabrix approve``: a person's consent to a release, recorded in the ledger of the stack."""

from pathlib import Path
from typing import Annotated

import typer

from cli.options import Json, Stack, TargetOption, new_app
from promotion import approval
from promotion.approval import Approval
from promotion.candidate import Candidate
from promotion.ci import from_ci
from promotion.own_approval import own_approval, require_valid_ledger_and_manifest
from records.clock import timestamp
from stacks.session import Session
from stacks.settings_files import read_release
from support.errors import Exit, OperationError
from targets.name import TargetName

File = Path | None

app = new_app()


@app.command()
def approve(
    stack: Stack,
    release: Annotated[str, typer.Argument(metavar="RELEASE", help="Id of the release.")],
    plan: Annotated[File, typer.Option("--plan", metavar="FILE", help="Approve this plan and no other.")] = None,
    allow_loss: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-loss",
            metavar="NAME",
            help="Accept by name: a resource whose data is lost, way-back, target-health, or preflight-CHECK.",
        ),
    ] = None,
    note: Annotated[str, typer.Option("--note", help="A sentence for the record.")] = "",
    ci_approval: Annotated[
        File,
        typer.Option("--ci-approval", metavar="FILE", help="Record approvals from the pipeline's API instead."),
    ] = None,
    target: TargetOption = TargetName.LOCAL,
    as_json: Json = False,
) -> None:
    """Record that you approve RELEASE for STACK.

    Nothing is recorded that would not count: an author's approval, a changed manifest, a plan of another stack.
    """
    if ci_approval and (plan or allow_loss or note):
        raise OperationError(
            "--ci-approval records what people approved in the pipeline; --plan, --allow-loss and --note are for your "
            "own approval: one or the other.",
            Exit.BAD_INPUT,
        )
    session = Session.open(stack, target, as_json=as_json)
    candidate = Candidate.open(session, read_release(release))
    require_valid_ledger_and_manifest(candidate)
    if ci_approval:
        recorded = from_ci(ci_approval, stack, candidate.release, session.settings.promotion, candidate.now)
        if not recorded:
            session.console.result(f"nobody approved the environment {stack} in {ci_approval}", style="yellow")
    else:
        recorded = (own_approval(candidate, plan, tuple(allow_loss or ()), note),)
    approval.record_new(candidate.ledger, recorded)
    _show(candidate, recorded)


def _show(candidate: Candidate, recorded: tuple[Approval, ...]) -> None:
    """Print what was recorded and how many approvals are still missing."""
    session, required, release = candidate.target, candidate.settings.promotion, candidate.release
    console = session.console
    entries = candidate.ledger.entries()
    counted = approval.count(
        approval.recorded(entries),
        release,
        required,
        candidate.now,
        plan=recorded[-1].plan if recorded else None,
        since=approval.last_rollback(entries),
    )
    for one in recorded:
        losses = f", and accepts: {', '.join(one.allow_loss)}" if one.allow_loss else ""
        plan = " with this plan" if one.plan else ""
        console.result(
            f"{one.who} approves {release.id} for {session.stack}{plan} until {timestamp(one.expires)}{losses}",
            style="green",
        )
    for one in recorded:
        if why := next(
            (why for other, why in counted.not_counted if other.who == one.who and other.at == one.at), None
        ):
            console.result(f"that of {one.who.name} does not count: {why}", style="yellow")
    have, want = len(counted.people), required.approvals
    rest = f"{want - have} more needed" if have < want else "enough"
    console.result(f"{session.stack} requires {want}; {have} count: {rest}")
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

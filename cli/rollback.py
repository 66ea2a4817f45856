"""``fabrix rollback``: three ways back. Swap the slots, bring an earlier release, restore data to a point in time."""

from typing import Annotated

import typer

from cli.options import CiApproval, Json, Loss, Plan, PlanFile, PlanOnly, Stack, TargetOption, Yes, confirm, new_app
from promotion.candidate import Candidate
from promotion.locked_stack import LockedStack
from promotion.restore.run import restore
from promotion.rollback import prepare_swap
from promotion.run import (
    PromoteOptions,
    PromotionRun,
    already_runs,
    recover_or_refuse,
    refuse_contradictions,
)
from settings import manifest
from stacks.installation_identity import refuse_replacement
from stacks.session import Session
from stacks.state import require_state
from support.checkout import ROOT
from support.errors import Exit, OperationError
from targets.name import TargetName

app = new_app()


@app.command()
def rollback(
    stack: Stack,
    to: Annotated[str, typer.Option("--to", metavar="RELEASE", help="An earlier release, through the gates.")] = "",
    restore_data: Annotated[
        str, typer.Option("--restore-data", metavar="TIME", help="Restore the databases to a new server as of TIME.")
    ] = "",
    target: TargetOption = TargetName.LOCAL,
    yes: Yes = False,
    as_json: Json = False,
    plan_only: PlanOnly = False,
    output: PlanFile = None,
    plan: Plan = None,
    ci_approval: CiApproval = None,
    allow_loss: Loss = None,
    confirmed: Annotated[
        str, typer.Option("--confirm", metavar="TEXT", help="With --restore-data: the text that it asks you to type.")
    ] = "",
) -> None:
    """Go back: swap the slots (seconds), an earlier release, or data."""
    if to and restore_data:
        raise OperationError(
            "--to brings a release back and --restore-data brings data back: one at a time.", Exit.BAD_INPUT
        )
    options = PromoteOptions(yes, plan_only, output, plan, ci_approval, tuple(allow_loss or ()))
    if restore_data:
        restore(stack, restore_data, target, confirmed, as_json=as_json)
    elif to:
        _to_release(stack, to, target, options, as_json=as_json)
    elif options != PromoteOptions(yes) or confirmed:
        raise OperationError("a swap has no plan: these options go with --to or --restore-data.", Exit.BAD_INPUT)
    else:
        _swap(stack, target, options, as_json=as_json)


def _swap(stack: str, target: TargetName, options: PromoteOptions, *, as_json: bool) -> None:
    """Swap back the release that the staging slots hold. Takes seconds; the engine plans nothing.

    Raises:
        OperationError: exit code 3, the slots hold no earlier release, or it may not come back: nothing was changed;
            1, the stack is not deployed, or it was swapped and production is not healthy.

    """
    refuse_contradictions(options)
    session = Session.open(stack, target, as_json=as_json)
    _require_deployed(session)
    with LockedStack.on(session, f"rollback {stack}") as locked:
        locked.recover()
        deployment = prepare_swap(locked)
        release, left = deployment.journal.release, deployment.journal.running
        confirm(f"Swap {stack} from {left} back to {release}?", yes=options.yes)
        locked.journals.write(deployment.journal)
        deployment.swap()
    session.console.result(
        f"{stack} runs {release} again; {left} waits in the staging slots. `./fabrix rollback {stack}` swaps again.",
        style="green",
    )
    session.console.emit({"ok": True, "stack": stack, "release": release, "from": left, "how": "swap"})


def _to_release(stack: str, release: str, target: TargetName, options: PromoteOptions, *, as_json: bool) -> None:
    """Bring an earlier release back through the gates.

    Raises:
        OperationError: as a promotion; exit code 2 for an unknown release; 1, the stack is not deployed.

    """
    refuse_contradictions(options)
    session = Session.open(stack, target, as_json=as_json)
    if release not in (known := manifest.known(ROOT)):
        raise OperationError(
            f"--to {release}: there is no manifest releases/{release}.yaml; there are {', '.join(known)}.",
            Exit.BAD_INPUT,
            {"found": release, "allowed": list(known)},
        )
    _require_deployed(session)
    refuse_replacement(session)
    with LockedStack.on(session, f"rollback {stack} --to {release}") as locked:
        recover_or_refuse(locked, options)
        earlier = locked.deployed.settings(release).release
        if already_runs(locked, earlier):
            return
        _refuse_forward(locked, release)
        candidate = Candidate.open(session, earlier, allow_loss=options.allow_loss)
        PromotionRun(locked, candidate, options, "rollback").run()


def _require_deployed(session: Session) -> None:
    """Refuse a rollback of nothing, before anything is locked; a wrong stack file is reported first.

    Raises:
        OperationError: exit code 2, the stack file is wrong; 1, the stack is not deployed.

    """
    session.require_settings()
    require_state(session, "so there is nothing to roll back")


def _refuse_forward(locked: LockedStack, release: str) -> None:
    """Refuse a release that never ran here: that would be a promotion that bypasses the gates.

    Raises:
        OperationError: exit code 3.

    """
    named = (entry.predicate.get("release") for entry in locked.ledger.entries("deployment"))
    ran = {str(name) for name in named if name}
    if release not in ran:
        stack = locked.session.stack
        raise OperationError(
            f"{release} never ran on {stack} by its ledger ({', '.join(sorted(ran)) or 'nothing did'}), so bringing it "
            f"there is a promotion: `./fabrix promote … {stack}`.",
            Exit.REFUSED,
        )

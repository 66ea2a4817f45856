"""``fabrix rollback``: three ways back. Swap the slots, bring an earlier release, restore data to a point in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from promotion.run import PromoteOptions, PromotionRun
from stacks.session import Session
from support.checkout import ROOT
from support.errors import Exit, OperationError
from targets.name import TargetName

if TYPE_CHECKING:
    from promotion.locked_stack import LockedStack


def swap(stack: str, target: TargetName, *, yes: bool, as_json: bool) -> None:
    """Give users what the staging slots hold: the release that ran before. Seconds; the engine plans nothing.

    Raises:
        OperationError: exit code 3, the slots hold no earlier release, or it may not come back: nothing was changed;
            1, it was swapped and production is not well.

    """
    from cli.commands.promote import refuse_contradictions
    from promotion.locked_stack import LockedStack
    from promotion.rollback import prepare_swap

    refuse_contradictions(PromoteOptions(yes=yes))
    session = Session.open(stack, target, as_json=as_json)
    with LockedStack.on(session, f"rollback {stack}") as start:
        start.recover()
        deployment = prepare_swap(start)
        release, left = deployment.journal.release, deployment.journal.running
        if not yes:
            typer.confirm(f"Swap {stack} from {left} back to {release}?", abort=True, err=True)
        start.journals.write(deployment.journal)
        deployment.swap()
    session.console.result(
        f"{stack} runs {release} again; {left} waits in the staging slots. `./fabrix rollback {stack}` swaps again.",
        style="green",
    )
    session.console.emit({"ok": True, "stack": stack, "release": release, "from": left, "how": "swap"})


def to(stack: str, release: str, target: TargetName, wishes: PromoteOptions, *, as_json: bool) -> None:
    """Bring an earlier release back through the gates.

    Raises:
        OperationError: as a promotion; exit code 2 for an unknown release.

    """
    from cli.commands.promote import refuse_contradictions

    refuse_contradictions(wishes)
    session = Session.open(stack, target, as_json=as_json)
    from promotion.candidate import Candidate
    from promotion.locked_stack import LockedStack
    from settings import manifest as manifests

    if release not in (known := manifests.known(ROOT)):
        raise OperationError(
            f"--to {release}: there is no manifest releases/{release}.yaml; there are {', '.join(known)}.",
            Exit.BAD_INPUT,
            {"found": release, "allowed": list(known)},
        )

    with LockedStack.on(session, f"rollback {stack} --to {release}") as start:
        if wishes.plan_only:
            start.refuse_unfinished()
        else:
            start.recover()
        manifest = start.deployed.settings(release).release
        if start.runs(manifest):
            session.console.result(f"{stack} runs {release} already: nothing to do", style="green")
            session.console.emit({"ok": True, "stack": stack, "release": release, "changed": False})
            return
        _refuse_forward(start, release)
        candidate = Candidate.open(session, manifest, allow_loss=wishes.allow_loss)
        PromotionRun(start, candidate, wishes, "rollback").run()


def _refuse_forward(start: LockedStack, release: str) -> None:
    """Refuse a release that never ran here: that would be a promotion without its gates.

    Raises:
        OperationError: exit code 3.

    """
    named = (entry.predicate.get("release") for entry in start.ledger.entries("deployment"))
    ran = {str(name) for name in named if name}
    if release not in ran:
        stack = start.session.stack
        raise OperationError(
            f"{release} never ran on {stack} by its ledger ({', '.join(sorted(ran)) or 'nothing did'}), so bringing it "
            f"there is a promotion: `./fabrix promote … {stack}`.",
            Exit.REFUSED,
        )

"""``fabrix promote A B``: lets the release that A runs into B, if every gate says so; and ``fabrix resume``."""

from __future__ import annotations

import sys

from promotion.run import PromoteOptions, PromotionRun
from stacks.session import Session
from support.errors import Exit, OperationError
from targets.name import TargetName


def run(source: str, stack: str, target: TargetName, wishes: PromoteOptions, *, as_json: bool) -> None:
    """Judge, plan, ask, do, report.

    Raises:
        OperationError: exit code 2 on bad input, 3 if the order, a gate, the lock or a stale plan refuses, all before
            anything is changed; 1 if the release did not prove itself and was undone.

    """
    refuse_contradictions(wishes)
    ahead = Session.open(source, target, as_json=as_json)
    session = Session(stack, ahead.target, ahead.console)
    from promotion import order
    from promotion.candidate import Candidate
    from promotion.locked_stack import LockedStack

    in_order = order.require_order(ahead, session)
    release = ahead.settings.release
    with LockedStack.on(session, f"promote {source} {stack}") as start:
        if wishes.plan_only:
            start.refuse_unfinished()
        else:
            start.recover()
        if start.runs(release):
            session.console.result(f"{stack} runs {release.id} already: nothing to do", style="green")
            session.console.emit({"ok": True, "stack": stack, "release": release.id, "changed": False})
            return
        candidate = Candidate.open(session, release, ahead, allow_loss=wishes.allow_loss, order=in_order)
        PromotionRun(start, candidate, wishes, "promotion").run()


def resume(stack: str, target: TargetName, *, abandon: str = "", as_json: bool) -> None:
    """Finish or undo what was interrupted, or, with a reason to ``abandon`` it, leave everything as it is.

    Raises:
        OperationError: exit code 3, it is still under way; 1, it could not be finished or undone.

    """
    session = Session.open(stack, target, as_json=as_json)
    from promotion.locked_stack import LockedStack

    with LockedStack.on(session, f"resume {stack}") as start:
        said = start.abandon(abandon) if abandon else start.recover()
    if not said:
        session.console.result(f"nothing on {stack} is unfinished", style="green")
    session.console.emit({"ok": True, "stack": stack, "done": said})


def refuse_contradictions(wishes: PromoteOptions) -> None:
    """Refuse options that do not go together.

    Raises:
        OperationError: exit code 2, all of them at once.

    """
    said = []
    if wishes.plan_only and wishes.plan:
        said.append("--plan-only makes a plan and --plan applies one: give one of them")
    if wishes.plan_only and wishes.output is None:
        said.append("--plan-only needs --output FILE for the plan")
    if wishes.output and not wishes.plan_only:
        said.append("--output goes with --plan-only")
    if wishes.plan and not wishes.plan.is_file():
        said.append(f"--plan: there is no file {wishes.plan}")
    if wishes.ci_approval and not wishes.ci_approval.is_file():
        said.append(f"--ci-approval: there is no file {wishes.ci_approval}")
    if not wishes.yes and not wishes.plan_only and not sys.stdin.isatty():
        said.append("it asks before it changes anything, and there is no terminal to ask on; pass --yes")
    if said:
        raise OperationError("\n".join(said), Exit.BAD_INPUT, {"problems": said})

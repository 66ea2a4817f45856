"""``fabrix promote``: bring the release of one stack to the next, if every gate passes."""

import sys
from typing import Annotated

import typer

from cli.options import CiApproval, Json, Loss, Plan, PlanFile, PlanOnly, Stack, Where, Yes, new_app
from promotion import order
from promotion.candidate import Candidate
from promotion.locked_stack import LockedStack
from promotion.run import PromoteOptions, PromotionRun
from settings.release import Release
from stacks.session import Session
from support.errors import Exit, OperationError
from targets.name import TargetName

app = new_app()


@app.command()
def promote(
    source: Annotated[str, typer.Argument(metavar="FROM", help="Stack that runs the release.")],
    stack: Stack,
    target: Where = TargetName.LOCAL,
    yes: Yes = False,
    as_json: Json = False,
    plan_only: PlanOnly = False,
    output: PlanFile = None,
    plan: Plan = None,
    ci_approval: CiApproval = None,
    allow_loss: Loss = None,
) -> None:
    """Bring the release of FROM to STACK, if every gate passes."""
    options = PromoteOptions(yes, plan_only, output, plan, ci_approval, tuple(allow_loss or ()))
    refuse_contradictions(options)
    before = Session.open(source, target, as_json=as_json)
    session = Session(stack, before.target, before.console)
    in_order = order.require_order(before, session)
    release = before.settings.release
    with LockedStack.on(session, f"promote {source} {stack}") as locked:
        finish_interrupted(locked, options)
        if already_runs(locked, release):
            return
        candidate = Candidate.open(session, release, before, allow_loss=options.allow_loss, order=in_order)
        PromotionRun(locked, candidate, options, "promotion").run()


def finish_interrupted(locked: LockedStack, options: PromoteOptions) -> None:
    """Finish or undo what an interrupted run left; refuse it where nothing may be changed."""
    if options.plan_only:
        locked.refuse_unfinished()
    else:
        locked.recover()


def already_runs(locked: LockedStack, release: Release) -> bool:
    """Return whether the release runs on the stack, and report it."""
    if not locked.runs(release):
        return False
    session = locked.session
    session.console.result(f"{session.stack} runs {release.id} already: nothing to do", style="green")
    session.console.emit({"ok": True, "stack": session.stack, "release": release.id, "changed": False})
    return True


def refuse_contradictions(options: PromoteOptions) -> None:
    """Refuse options that do not go together.

    Raises:
        OperationError: exit code 2, all of them at once.

    """
    problems = []
    if options.plan_only and options.plan:
        problems.append("--plan-only makes a plan and --plan applies one: pass one of them")
    if options.plan_only and options.output is None:
        problems.append("--plan-only needs --output FILE for the plan")
    if options.output and not options.plan_only:
        problems.append("--output goes with --plan-only")
    if options.plan and not options.plan.is_file():
        problems.append(f"--plan: there is no file {options.plan}")
    if options.ci_approval and not options.ci_approval.is_file():
        problems.append(f"--ci-approval: there is no file {options.ci_approval}")
    if not options.yes and not options.plan_only and not sys.stdin.isatty():
        problems.append("confirmation is required but stdin is not a terminal; pass --yes")
    if problems:
        raise OperationError("\n".join(problems), Exit.BAD_INPUT, {"problems": problems})

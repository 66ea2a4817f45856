"""``fabrix promote``: bring the release of one stack to the next, if every gate passes."""

from typing import Annotated

import typer

from cli.options import CiApproval, Json, Loss, Plan, PlanFile, PlanOnly, Stack, TargetOption, Yes, new_app
from promotion import order
from promotion.candidate import Candidate
from promotion.locked_stack import LockedStack
from promotion.run import (
    PromoteOptions,
    PromotionRun,
    already_runs,
    recover_or_refuse,
    refuse_contradictions,
)
from stacks.installation_identity import refuse_replacement
from stacks.session import Session
from targets.name import TargetName

app = new_app()


@app.command()
def promote(
    source: Annotated[str, typer.Argument(metavar="FROM", help="Stack that runs the release.")],
    stack: Stack,
    target: TargetOption = TargetName.LOCAL,
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
    refuse_replacement(session)
    release = before.settings.release
    with LockedStack.on(session, f"promote {source} {stack}") as locked:
        recover_or_refuse(locked, options)
        if already_runs(locked, release):
            return
        candidate = Candidate.open(session, release, before, allow_loss=options.allow_loss, order=in_order)
        PromotionRun(locked, candidate, options, "promotion").run()

"""``fabrix promote``, ``resume`` and ``rollback``: onto a stack, and back."""

from pathlib import Path
from typing import Annotated, Optional

import typer

from cli.options import Json, Stack, Where, Yes
from support.errors import Exit, OperationError
from targets.name import TargetName

promotion = typer.Typer()

File = Optional[Path]  # noqa: UP045 - typer reads Optional at run time
Names = Optional[list[str]]  # noqa: UP045
PlanOnly = Annotated[bool, typer.Option("--plan-only", help="Judge and plan, change nothing; the plan goes to -o.")]
PlanFile = Annotated[File, typer.Option("--output", "-o", help="File for the plan of --plan-only.")]
Plan = Annotated[File, typer.Option("--plan", help="Apply exactly this reviewed plan.")]
Approval = Annotated[
    File, typer.Option("--ci-approval", help="Approvals of the pipeline's environment, as its API gives them.")
]
Loss = Annotated[Names, typer.Option("--allow-loss", metavar="NAME", help="Answer for the loss of this data, by name.")]


@promotion.command()
def promote(
    source: Annotated[str, typer.Argument(metavar="FROM", help="Stack that runs the release.")],
    stack: Stack,
    target: Where = TargetName.LOCAL,
    yes: Yes = False,
    as_json: Json = False,
    plan_only: PlanOnly = False,
    output: PlanFile = None,
    plan: Plan = None,
    ci_approval: Approval = None,
    allow_loss: Loss = None,
) -> None:
    """Let the release of FROM into STACK, if every gate says so."""
    from cli.commands import promote as command
    from promotion.run import PromoteOptions

    wishes = PromoteOptions(yes, plan_only, output, plan, ci_approval, tuple(allow_loss or ()))
    command.run(source, stack, target, wishes, as_json=as_json)


@promotion.command()
def resume(
    stack: Stack,
    target: Where = TargetName.LOCAL,
    as_json: Json = False,
    abandon: Annotated[
        str,
        typer.Option(
            "--abandon",
            metavar="REASON",
            help="Where it can neither be finished nor undone: leave all as it is; recorded.",
        ),
    ] = "",
) -> None:
    """Finish or undo an interrupted promotion or rollback."""
    from cli.commands import promote as command

    command.resume(stack, target, abandon=abandon, as_json=as_json)


@promotion.command()
def rollback(
    stack: Stack,
    to: Annotated[str, typer.Option("--to", metavar="RELEASE", help="An earlier release, through the gates.")] = "",
    restore_data: Annotated[
        str, typer.Option("--restore-data", metavar="TIME", help="Restore the databases to a new server as of TIME.")
    ] = "",
    target: Where = TargetName.LOCAL,
    yes: Yes = False,
    as_json: Json = False,
    plan_only: PlanOnly = False,
    output: PlanFile = None,
    plan: Plan = None,
    ci_approval: Approval = None,
    allow_loss: Loss = None,
    confirm: Annotated[
        str, typer.Option("--confirm", metavar="TEXT", help="With --restore-data: the words that it asks you to type.")
    ] = "",
) -> None:
    """Go back: swap the slots (seconds), an earlier release, or data."""
    if to and restore_data:
        raise OperationError(
            "--to brings a release back and --restore-data brings data back: one at a time.", Exit.BAD_INPUT
        )
    if restore_data:
        from cli.commands import restore

        restore.run(stack, restore_data, target, confirm, as_json=as_json)
        return
    from cli.commands import rollback as command
    from promotion.run import PromoteOptions

    if to:
        wishes = PromoteOptions(yes, plan_only, output, plan, ci_approval, tuple(allow_loss or ()))
        command.to(stack, to, target, wishes, as_json=as_json)
        return
    if plan_only or plan or output or ci_approval or allow_loss or confirm:
        raise OperationError("a swap has no plan: these options go with --to or --restore-data.", Exit.BAD_INPUT)
    command.swap(stack, target, yes=yes, as_json=as_json)

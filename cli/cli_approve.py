"""``fabrix approve``: let a release onto a stack."""

from pathlib import Path
from typing import Annotated, Optional

import typer

from cli.options import Json, Stack, Where
from targets.name import TargetName

approval = typer.Typer()

File = Optional[Path]  # noqa: UP045 - typer reads Optional at run time


@approval.command()
def approve(
    stack: Stack,
    release: Annotated[str, typer.Argument(metavar="RELEASE", help="Id of the release.")],
    plan: Annotated[File, typer.Option("--plan", metavar="FILE", help="Approve this plan and no other.")] = None,
    allow_loss: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option("--allow-loss", metavar="NAME", help="Answer for the loss of this resource's data; repeatable."),
    ] = None,
    note: Annotated[str, typer.Option("--note", help="A sentence for the record.")] = "",
    ci_approval: Annotated[
        File, typer.Option("--ci-approval", metavar="FILE", help="Record what the pipeline's API gives instead.")
    ] = None,
    target: Where = TargetName.LOCAL,
    as_json: Json = False,
) -> None:
    """Record that you let RELEASE onto STACK."""
    from cli.commands import approve as command

    wishes = command.ApproveOptions(plan=plan, allow_loss=tuple(allow_loss or ()), note=note, ci_approval=ci_approval)
    command.run(stack, release, target, wishes, as_json=as_json)

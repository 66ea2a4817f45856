"""``fabrix rehearse``: what a release would do to a deployment."""

from pathlib import Path
from typing import Annotated, Optional

import typer

from cli.options import Json, Stack, Where
from targets.name import TargetName

rehearsal = typer.Typer()


@rehearsal.command()
def rehearse(
    stack: Stack,
    from_state: Annotated[
        Optional[Path],  # noqa: UP045 - typer reads Optional at run time
        typer.Option("--from-state", metavar="FILE", help="Exported state; the stack's own if left out.", exists=True),
    ] = None,
    release: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--release", metavar="ID", help="Release to install; that of the stack file if left out."),
    ] = None,
    and_back: Annotated[bool, typer.Option("--and-back", help="Go back afterwards, and compare.")] = False,
    target: Where = TargetName.LOCAL,
    as_json: Json = False,
) -> None:
    """Try on a throwaway copy of a deployment what a release does to it."""
    from cli.commands import rehearse as command

    command.run(stack, target, from_state=from_state, release=release, and_back=and_back, as_json=as_json)

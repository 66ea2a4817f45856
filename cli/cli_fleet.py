"""Commands about many installations at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from cli.options import Json

fleet = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Many installations at once, read-only: each is asked by the command line of its own checkout.",
)

File = Annotated[Path, typer.Argument(metavar="FILE", help="YAML file that lists the installations.")]
Parallel = Annotated[int, typer.Option("--parallel", metavar="N", help="Installations asked at once.")]
Timeout = Annotated[float, typer.Option("--timeout", metavar="SECONDS", help="Longest time for one question.")]
Only = Annotated[
    Optional[list[str]],  # noqa: UP045 - typer reads Optional at run time
    typer.Option("--only", metavar="NAME", help="Ask this installation alone; may be repeated."),
]


@fleet.command()
def status(
    file: File, parallel: Parallel = 4, timeout: Timeout = 120.0, only: Only = None, as_json: Json = False
) -> None:
    """Say where the stacks of every installation stand; exit code 1 if one is not healthy."""
    from cli.commands import fleet as command

    command.run("status", file, parallel, timeout, only or [], as_json=as_json)


@fleet.command()
def check(
    file: File, parallel: Parallel = 4, timeout: Timeout = 900.0, only: Only = None, as_json: Json = False
) -> None:
    """Check state, drift, ledger and policies of every installation; exit code 1 if one is not healthy."""
    from cli.commands import fleet as command

    command.run("check", file, parallel, timeout, only or [], as_json=as_json)

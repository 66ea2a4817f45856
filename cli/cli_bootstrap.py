"""``fabrix bootstrap``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from cli.options import Json, Where, Yes
from support.errors import Exit, OperationError
from targets.name import TargetName

setup = typer.Typer()


@setup.command()
def bootstrap(
    file: Annotated[
        Optional[Path],  # noqa: UP045 - typer reads Optional at run time
        typer.Argument(help="Settings; bootstrap/Pulumi.bootstrap.yaml if left out."),
    ] = None,
    target: Where = TargetName.LOCAL,
    yes: Yes = False,
    as_json: Json = False,
    move: Annotated[str, typer.Option("--move", metavar="STACK", help="Move the state of STACK instead.")] = "",
    to: Annotated[str, typer.Option("--to", metavar="URL", help="With --move: azblob://CONTAINER?… or file://…")] = "",
    secrets_provider: Annotated[
        str, typer.Option("--secrets-provider", metavar="URL", help="With --move: azurekeyvault://VAULT/keys/KEY")
    ] = "",
) -> None:
    """Make what all stacks need first: places for state, keys and ledgers, and identities for pipelines."""
    if bool(move) != bool(to) or (secrets_provider and not move):
        raise OperationError("--move STACK and --to URL belong together, --secrets-provider to both.", Exit.BAD_INPUT)
    from cli.commands import bootstrap as command

    if move:
        command.move_state(move, to, file, target, provider=secrets_provider, as_json=as_json)
    else:
        command.run(file, target, yes=yes, as_json=as_json)

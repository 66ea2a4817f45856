"""``fabrix ledger``: what was decided and done to a stack."""

from pathlib import Path
from typing import Annotated, Optional

import typer

from cli.options import Json, Stack, Where
from targets.name import TargetName

ledger = typer.Typer(no_args_is_help=True, help="The signed record of approvals, promotions and rollbacks.")

Keys = Annotated[
    Optional[list[Path]],  # noqa: UP045 - typer reads Optional at run time
    typer.Option("--key", help="Public key (PEM) to trust instead of this place's own; may be repeated."),
]


@ledger.command()
def show(
    stack: Stack,
    kind: Annotated[str, typer.Option("--kind", help="Only entries of this kind, e.g. promotion.")] = "",
    key: Keys = None,
    target: Where = TargetName.LOCAL,
    as_json: Json = False,
) -> None:
    """Print the entries of STACK's ledger."""
    from cli.commands import ledger as command

    command.show(stack, target, kind=kind, files=key or [], as_json=as_json)


@ledger.command()
def verify(
    stack: Stack,
    key: Keys = None,
    head: Annotated[str, typer.Option("--head", metavar="DIGEST", help="Digest of an entry, noted elsewhere.")] = "",
    target: Where = TargetName.LOCAL,
    as_json: Json = False,
) -> None:
    """Check that nobody changed STACK's ledger; exit 3 if so."""
    from cli.commands import ledger as command

    command.verify(stack, target, anchor=head, files=key or [], as_json=as_json)

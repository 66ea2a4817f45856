"""``fabrix drift``: whether Azure is still what was deployed."""

import typer

from cli.options import Json, Stack, Where
from targets.name import TargetName

drift = typer.Typer()


@drift.command("drift")
def drift_command(stack: Stack, target: Where = TargetName.LOCAL, as_json: Json = False) -> None:
    """Name what changed in Azure since the last deployment, and who may have done it."""
    from cli.commands import drift as command

    command.run(stack, target, as_json=as_json)

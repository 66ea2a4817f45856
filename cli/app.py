"""The command line: every command with its options. What a command does is imported only when it runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Optional

import typer

from cli.cli_approve import approval
from cli.cli_azure import azure
from cli.cli_bench import bench
from cli.cli_bootstrap import setup
from cli.cli_drift import drift
from cli.cli_fleet import fleet
from cli.cli_judge import judge
from cli.cli_ledger import ledger
from cli.cli_promote import promotion
from cli.cli_rehearse import rehearsal
from cli.cli_release import release
from cli.options import Json, Output, Packs, Refresh, Stack, Where, Yes
from support.errors import MEANING, Exit, OperationError
from targets.name import TargetName

CODES = "  ".join(f"{code.value} {MEANING[code]}." for code in Exit)

app = typer.Typer(
    name="fabrix",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Installs the AI Fabrix platform: on the embedded local Azure, or in a customer's Azure tenant.",
    epilog=f"Exit codes: {CODES}",
)
app.add_typer(judge)
app.add_typer(setup)
app.add_typer(rehearsal)
app.add_typer(release, name="release")
app.add_typer(promotion)
app.add_typer(approval)
app.add_typer(drift)
app.add_typer(ledger, name="ledger")
app.add_typer(fleet, name="fleet")
app.add_typer(azure, name="azure")
app.add_typer(bench, name="bench")


@app.command()
def up(
    stack: Stack,
    target: Where = TargetName.LOCAL,
    yes: Yes = False,
    as_json: Json = False,
    policy_pack: Packs = None,
    refresh: Refresh = False,
    without_promotion: Annotated[
        str,
        typer.Option(
            "--without-promotion", metavar="REASON", help="In an emergency: another release past the gates; recorded."
        ),
    ] = "",
    secrets_provider: Annotated[
        str,
        typer.Option(
            "--secrets-provider", metavar="URL", help="On Azure, for a new stack: the key that closes its secrets."
        ),
    ] = "",
) -> None:
    """Make the platform of STACK what its stack file says."""
    from cli.commands import up as command

    command.run(
        stack,
        target,
        yes=yes,
        as_json=as_json,
        packs=policy_pack or [],
        refresh=refresh,
        without_promotion=without_promotion,
        secrets_provider=secrets_provider,
    )


@app.command()
def preview(
    stack: Stack,
    target: Where = TargetName.LOCAL,
    as_json: Json = False,
    policy_pack: Packs = None,
    refresh: Refresh = False,
    arm: Annotated[Optional[Path], typer.Option("--arm", help="Write what is planned as an ARM template.")] = None,  # noqa: UP045
) -> None:
    """Show what `up` would change, without changing anything."""
    from cli.commands import preview as command

    command.run(stack, target, as_json=as_json, packs=policy_pack or [], refresh=refresh, arm=arm)


@app.command()
def destroy(
    stack: Stack,
    target: Where = TargetName.LOCAL,
    yes: Yes = False,
    as_json: Json = False,
    remove_protection: Annotated[
        str,
        typer.Option(
            "--remove-protection", metavar="STACK", help="Name the stack once more to delete protected data too."
        ),
    ] = "",
) -> None:
    """Delete everything that STACK created."""
    from cli.commands import destroy as command

    command.run(stack, target, yes=yes, as_json=as_json, remove_protection=remove_protection)


@app.command()
def status(
    stack: Annotated[Optional[str], typer.Argument(help="One stack; all of them if left out.")] = None,  # noqa: UP045
    target: Where = TargetName.LOCAL,
    as_json: Json = False,
) -> None:
    """Say where each stack stands, and what is unfinished."""
    from cli.commands import status as command

    command.run(stack, target, as_json=as_json)


@app.command()
def outputs(
    stack: Stack,
    target: Where = TargetName.LOCAL,
    as_json: Json = False,
    show_secrets: Annotated[bool, typer.Option("--show-secrets", help="Print secret outputs in clear.")] = False,
) -> None:
    """Print the outputs of STACK."""
    from cli.commands import outputs as command

    command.run(stack, target, as_json=as_json, show_secrets=show_secrets)


@app.command(context_settings={"ignore_unknown_options": True})
def shell(
    target: Where = TargetName.LOCAL,
    command: Annotated[str, typer.Option("--command", "-c", help="Run this instead of an interactive shell.")] = "",
) -> None:
    """Open a shell where plain pulumi works against the target."""
    from cli.commands import shell as implementation

    implementation.run(target, command)


@app.command()
def doctor(as_json: Json = False) -> None:
    """Check this machine, and say how to mend what is missing."""
    from cli.commands import doctor as command

    command.run(as_json=as_json)


@app.command()
def schema(
    output: Output = None,
) -> None:
    """Write the JSON Schema of stack files, for editors."""
    from cli.commands import schema as command

    command.run(output)


@app.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
def test(
    context: typer.Context,
    fast: Annotated[bool, typer.Option("--fast", help="Only tests that start no engine and no server.")] = False,
) -> None:
    """Run the tests; further arguments go to pytest."""
    from cli.commands import test as command

    command.run(context.args, fast=fast)


def main() -> None:
    """Run the command line; every foreseen failure becomes its message and its exit code."""
    try:
        app(prog_name="fabrix")
    except OperationError as error:
        from support.console import Console

        console = Console(as_json="--json" in sys.argv)
        console.stderr.print(f"error: {error}", style="red", markup=False)
        console.emit({"ok": False, "exit": error.code.value, "error": str(error), **error.details})
        sys.exit(error.code.value)
    except KeyboardInterrupt:
        sys.exit(130)

"""The command line: every command with its options. What a command does is imported only when it runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Optional

import typer

from operations.exits import MEANING, Exit, OperationError
from operations.target_name import TargetName

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
azure = typer.Typer(no_args_is_help=True, help="Look into the local Azure, and change it behind the program's back.")
bench = typer.Typer(no_args_is_help=True, help="Measurements; each prints ratios taken in one run.")
app.add_typer(azure, name="azure")
app.add_typer(bench, name="bench")

Stack = Annotated[str, typer.Argument(help="Stack, e.g. dev: the file Pulumi.dev.yaml.")]
Where = Annotated[TargetName, typer.Option("--target", help="Where to act.", show_default=True)]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before changing anything.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout; words go to stderr.")]
Packs = Annotated[
    Optional[list[Path]],  # noqa: UP045 - typer reads Optional at run time
    typer.Option("--policy-pack", help="Policy pack to hold the change against; may be repeated.", exists=True),
]


@app.command()
def up(
    stack: Stack, target: Where = TargetName.LOCAL, yes: Yes = False, as_json: Json = False, policy_pack: Packs = None
) -> None:
    """Create or change the platform of STACK until it is what its stack file says."""
    from operations.commands import up as command

    command.run(stack, target, yes=yes, as_json=as_json, packs=policy_pack or [])


@app.command()
def preview(
    stack: Stack,
    target: Where = TargetName.LOCAL,
    as_json: Json = False,
    policy_pack: Packs = None,
    arm: Annotated[Optional[Path], typer.Option("--arm", help="Write what is planned as an ARM template.")] = None,  # noqa: UP045
) -> None:
    """Show what `up` would change, without changing anything."""
    from operations.commands import preview as command

    command.run(stack, target, as_json=as_json, packs=policy_pack or [], arm=arm)


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
    from operations.commands import destroy as command

    command.run(stack, target, yes=yes, as_json=as_json, remove_protection=remove_protection)


@app.command()
def status(
    stack: Annotated[Optional[str], typer.Argument(help="One stack; all of them if left out.")] = None,  # noqa: UP045
    target: Where = TargetName.LOCAL,
    as_json: Json = False,
) -> None:
    """Say where each stack stands: settings, resources, last change, locks, unfinished work."""
    from operations.commands import status as command

    command.run(stack, target, as_json=as_json)


@app.command()
def outputs(
    stack: Stack,
    target: Where = TargetName.LOCAL,
    as_json: Json = False,
    show_secrets: Annotated[bool, typer.Option("--show-secrets", help="Print secret outputs in clear.")] = False,
) -> None:
    """Print the outputs of STACK."""
    from operations.commands import outputs as command

    command.run(stack, target, as_json=as_json, show_secrets=show_secrets)


@app.command(context_settings={"ignore_unknown_options": True})
def shell(
    target: Where = TargetName.LOCAL,
    command: Annotated[str, typer.Option("--command", "-c", help="Run this instead of an interactive shell.")] = "",
) -> None:
    """Open a shell in which plain `pulumi preview --stack dev` works against the target."""
    from operations.commands import shell as implementation

    implementation.run(target, command)


@app.command()
def doctor(as_json: Json = False) -> None:
    """Check this machine; each thing that is missing comes with the command that mends it."""
    from operations.commands import doctor as command

    command.run(as_json=as_json)


@app.command()
def schema(
    output: Annotated[Optional[Path], typer.Option("--output", "-o", help="File to write; stdout if left out.")] = None,  # noqa: UP045
) -> None:
    """Write the JSON Schema that editors complete stack files with."""
    from operations.commands import schema as command

    command.run(output)


@app.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
def test(
    context: typer.Context,
    fast: Annotated[bool, typer.Option("--fast", help="Only tests that start no engine and no server.")] = False,
) -> None:
    """Install the test tools and run the tests; further arguments go to pytest."""
    from operations.commands import test as command

    command.run(context.args, fast=fast)


@azure.command("list")
def azure_list(
    kind: Annotated[str, typer.Argument(help="Part of a type, e.g. vaults; everything if left out.")] = "",
    group: Annotated[str, typer.Option("--group", "-g", help="Only this resource group.")] = "",
    as_json: Json = False,
) -> None:
    """List what exists in the local Azure, and the names that soft-deleted objects still hold."""
    from operations.commands import azure as command

    command.list_objects(kind, group, as_json=as_json)


@azure.command("show")
def azure_show(
    identity: Annotated[str, typer.Argument(metavar="ID", help="ARM id, or a name if only one object has it.")],
    as_json: Json = False,
) -> None:
    """Show one object; secret values stay hidden."""
    from operations.commands import azure as command

    command.show(identity, as_json=as_json)


@azure.command("set")
def azure_set(
    identity: Annotated[str, typer.Argument(metavar="ID", help="ARM id, or a name if only one object has it.")],
    path: Annotated[str, typer.Argument(help="Property path, e.g. properties.publicNetworkAccess.")],
    value: Annotated[str, typer.Argument(help="New value; JSON, or else taken as text.")],
    as_json: Json = False,
) -> None:
    """Change a property behind the program's back; the next refresh sees it."""
    from operations.commands import azure as command

    command.set_property(identity, path, value, as_json=as_json)


@azure.command("delete")
def azure_delete(
    identity: Annotated[str, typer.Argument(metavar="ID", help="ARM id, or a name if only one object has it.")],
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Delete an object, and what it contains, behind the program's back."""
    from operations.commands import azure as command

    command.delete(identity, yes=yes, as_json=as_json)


@azure.command("reset")
def azure_reset(yes: Yes = False, as_json: Json = False) -> None:
    """Forget the whole local Azure and the local stacks' state."""
    from operations.commands import azure as command

    command.reset(yes=yes, as_json=as_json)


@azure.command("export")
def azure_export(
    stack: Stack,
    output: Annotated[Optional[Path], typer.Option("--output", "-o", help="File to write; stdout if left out.")] = None,  # noqa: UP045
) -> None:
    """Write what STACK deployed as an ARM template, for other judges of ARM templates."""
    from operations.commands import azure as command

    command.export(stack, output)


@bench.command("preview")
def bench_preview(
    stack: Annotated[str, typer.Option("--stack", help="Stack to preview.")] = "prod",
    runs: Annotated[int, typer.Option("--runs", min=1, max=20, help="Pairs of runs; the median ratio is printed.")] = 3,
    as_json: Json = False,
) -> None:
    """Time `preview` against a flat program that registers the same resources with the plain SDK."""
    from bench import preview as measurement

    measurement.run(stack, runs, as_json=as_json)


@bench.command("up")
def bench_up(
    stack: Annotated[str, typer.Option("--stack", help="Stack to deploy.")] = "dev", as_json: Json = False
) -> None:
    """Time `up`, a second `up` and `destroy` on a local Azure of its own."""
    from bench import up as measurement

    measurement.run(stack, as_json=as_json)


def main() -> None:
    """Run the command line; every foreseen failure becomes its message and its exit code."""
    try:
        app(prog_name="fabrix")
    except OperationError as error:
        from operations.console import Speaker

        speaker = Speaker(as_json="--json" in sys.argv)
        speaker.notes.print(f"error: {error}", style="red", markup=False)
        speaker.emit({"ok": False, "exit": error.code.value, "error": str(error), **error.details})
        sys.exit(error.code.value)
    except KeyboardInterrupt:
        sys.exit(130)

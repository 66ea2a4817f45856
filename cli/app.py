"""The command line: a table of commands, loaded by name.

Command X is the Typer ``app`` of ``cli/X.py``. Only the file of the command that was called is imported, so ``--help``
stays fast although each of these files imports what it needs at its top.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from support.errors import MEANING, Exit, OperationError

COMMANDS = {
    "up": "Make the platform of STACK what its stack file says.",
    "preview": "Show what `up` would change, without changing anything.",
    "preflight": "Ask what would stop the deployment of STACK, changing nothing.",
    "destroy": "Delete everything that STACK created.",
    "status": "Report what each stack runs, and what is unfinished.",
    "outputs": "Print the outputs of STACK.",
    "shell": "Open a shell where plain pulumi works against the target.",
    "doctor": "Check this machine, and name the fix for what is missing.",
    "schema": "Write the JSON Schema of stack files, for editors.",
    "test": "Run the tests; further arguments go to pytest.",
    "check": "Rehearse stacks on a throwaway local Azure and judge them.",
    "evidence": "Write what an auditor asks for, from what is deployed.",
    "reach": "Prove that FROM can reach TO, or name what blocks it.",
    "access": "List what a principal may do, or who may use a resource.",
    "data": "What is inside the databases.",
    "bootstrap": "Create state backends, keys and pipeline identities.",
    "images": "List, import and verify the images that a stack needs.",
    "rehearse": "Try a release on a throwaway copy of a deployment.",
    "release": "Make, show, verify and compare the manifests of releases.",
    "promote": "Bring the release of FROM to STACK, if every gate passes.",
    "rotate": "Give a secret a new value without an outage, or list them.",
    "resume": "Finish or undo an interrupted promotion or rollback.",
    "rollback": "Go back: swap the slots (seconds), an earlier release, or data.",
    "approve": "Record that you approve RELEASE for STACK.",
    "drift": "Name what changed in Azure since the last deployment.",
    "ledger": "The signed record of approvals, promotions and rollbacks.",
    "fleet": "Many installations at once, read-only.",
    "azure": "Inspect the local Azure, and change it outside Pulumi.",
    "bench": "Measurements; each prints ratios taken in one run.",
}
"""Command or group of commands → its line in ``--help``, which is also the first of its own."""

WITHOUT_TARGET = frozenset(("azure", "bench", "check", "doctor", "fleet", "release", "schema", "test"))
"""Commands that act on no target, or on the local Azure only."""
AZURE = "--target azure"
_ADVICE = re.compile(r"\./fabrix ([a-z]+)([^`]*)")
"""A command in a message, up to the end of its quotation."""

CODES = "  ".join(f"{code.value} {MEANING[code]}." for code in Exit)


def load(name: str) -> Any:  # noqa: ANN401 - Typer keeps its copy of click's types to itself
    """Import the file of a command and return the command."""
    return typer.main.get_command(import_module(f"cli.{name}").app)


class Commands(TyperGroup):
    """Lists the table; loads the command that is called."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:  # noqa: ANN401
        """Return the called command instead of its line in the table."""
        name, line, rest = super().resolve_command(ctx, args)
        return name, line and load(str(name)), rest


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Installs the AI Fabrix platform: on the embedded local Azure, or in a customer's Azure tenant.",
    epilog=f"Exit codes: {CODES}",
)
for _name, _line in COMMANDS.items():
    app.command(_name, help=_line)(lambda: None)


def lacks_target(arguments: Sequence[str], message: str) -> bool:
    """Return whether a command that failed on Azure advises one that, as it stands, would act on the local Azure."""
    options = " ".join(arguments).replace("--target=", "--target ")
    about_itself = message.startswith(AZURE)  # the option was refused, so no command is advised with it
    return (
        AZURE in options
        and not about_itself
        and any(name not in WITHOUT_TARGET and AZURE not in rest for name, rest in _ADVICE.findall(message))
    )


def main() -> None:
    """Run the command line; every expected failure becomes its message and its exit code."""
    try:
        app(prog_name="fabrix")
    except OperationError as error:
        from support.console import Console  # rich, which the help does not need

        console = Console(as_json="--json" in sys.argv)
        console.stderr.print(f"error: {error}", style="red", markup=False)
        if lacks_target(sys.argv, str(error)):
            console.stderr.print("Here these commands need --target azure, too.", style="yellow", markup=False)
        console.emit({"ok": False, "exit": error.code.value, "error": str(error), **error.details})
        sys.exit(error.code.value)
    except KeyboardInterrupt:
        sys.exit(130)

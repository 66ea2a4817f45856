"""What several commands share: arguments, options, and how a command asks before it changes anything."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from support.errors import Exit, OperationError
from targets.name import TargetName

Stack = Annotated[str, typer.Argument(help="Stack, e.g. dev: the file Pulumi.dev.yaml.")]
StackOption = Annotated[str, typer.Option("--stack", "-s", help="Stack whose state answers.")]
TargetOption = Annotated[TargetName, typer.Option("--target", help="Where to act.", show_default=True)]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before changing anything.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout; text goes to stderr.")]
Refresh = Annotated[bool, typer.Option("--refresh", help="Read from Azure first what is deployed, so drift is fixed.")]
Packs = Annotated[
    list[Path] | None,
    typer.Option("--policy-pack", help="Policy pack to judge the change by; may be repeated.", exists=True),
]
ReplaceInstallation = Annotated[
    str,
    typer.Option(
        "--replace-installation",
        metavar="NAME",
        help="Give up what is deployed under this service name, data included.",
    ),
]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="File to write; stdout if left out.")]

PlanOnly = Annotated[
    bool, typer.Option("--plan-only", help="Evaluate the gates, write the plan to -o, change nothing.")
]
PlanFile = Annotated[Path | None, typer.Option("--output", "-o", help="File for the plan of --plan-only.")]
Plan = Annotated[Path | None, typer.Option("--plan", help="Apply exactly this reviewed plan.")]
CiApproval = Annotated[
    Path | None,
    typer.Option("--ci-approval", help="Approvals of the pipeline's environment, as its API returns them."),
]
Loss = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-loss",
        metavar="NAME",
        help="Accept by name: a resource whose data is lost, way-back, target-health, or preflight-CHECK.",
    ),
]


AnswerFor = Annotated[
    list[str] | None,
    typer.Option("--answer-for", metavar="ID", help="Let a failure of this check of the preflight warn; repeatable."),
]


def refuse_answers_on_local(target: TargetName, answer_for: list[str] | None) -> None:
    """Refuse ``--answer-for`` where it would do nothing but look like an answer.

    Raises:
        OperationError: exit code 2.

    """
    if answer_for and target is TargetName.LOCAL:
        raise OperationError(
            f"--answer-for {' '.join(answer_for)}: on the local Azure nothing has to be answered for. `up` asks the "
            "preflight on Azure only, and what the preflight finds here can be mended here. Leave the option out, or "
            "add --target azure.",
            Exit.BAD_INPUT,
        )


def new_app(description: str = "") -> typer.Typer:
    """Return the Typer app of one file: of one command, or of a described group of commands."""
    return typer.Typer(
        help=description or None, no_args_is_help=bool(description), add_completion=False, rich_markup_mode=None
    )


def require_yes_or_terminal(command: str, *, yes: bool) -> None:
    """Refuse to start where nobody can be asked.

    Raises:
        OperationError: exit code 2.

    """
    if not yes and not sys.stdin.isatty():
        raise OperationError(
            f"{command} asks before it changes anything, and stdin is not a terminal; pass --yes.", Exit.BAD_INPUT
        )


def confirm(question: str, *, yes: bool) -> None:
    """Ask, unless ``--yes`` answered already; anything but yes ends the command."""
    if not yes:
        typer.confirm(question, abort=True, err=True)

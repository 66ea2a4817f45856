"""``fabrix bootstrap``: where stacks keep state, keys and ledgers, and how a state gets there."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import typer

from settings.bootstrap import PLAN, STACK
from stacks import report
from stacks.bootstrap.move_records import lock_records
from stacks.bootstrap.move_state import move_to_backend
from stacks.bootstrap.session import BootstrapSession, create_existing_network
from stacks.bootstrap.stack_in_backend import StackInBackend
from stacks.bootstrap.targets import DEFAULT_FILE, bootstrap_target
from stacks.progress import Progress
from stacks.recovery import recover_from_crash
from stacks.session import get_engine, target_named
from support.console import Console
from support.errors import Exit, OperationError
from targets.local import LocalTarget
from targets.name import TargetName
from targets.target import Target


def run(file: Path | None, target: TargetName, *, yes: bool, as_json: bool) -> None:
    """Judge, plan, ask, do, and say what to put into the pipelines.

    Raises:
        OperationError: with the exit code that fits; nothing was changed unless the code is 1.

    """
    if not yes and not sys.stdin.isatty():
        raise OperationError(
            "bootstrap asks before it changes anything, and there is no terminal to ask on; pass --yes.", Exit.BAD_INPUT
        )
    session = BootstrapSession.of(file or DEFAULT_FILE, target, as_json=as_json)
    settings, console = session.settings, session.console
    stacks = ", ".join(stack.name for stack in settings.stacks)
    console.info(f"state, keys and identities for {stacks} in {settings.installation.region}")
    cli = session.pulumi
    said, assumed = recover_from_crash(session), create_existing_network(session)
    if not yes:
        with Progress(console, "planning") as progress:
            plan, code = cli.run("preview", log=session.log("preview"), on_event=progress.update)
        report.raise_if_failed(
            "planning", plan, code, console, report.to_json("bootstrap", STACK, target.value, plan, code)
        )
        report.print_changes(plan, console, planned=True)
        if plan.counts():
            typer.confirm(f"{report.summary(plan, planned=True)}. Do it?", abort=True, err=True)
    with Progress(console, "deploying") as progress:
        done, code = cli.run("up", "--yes", "--skip-preview", log=session.log("up"), on_event=progress.update)
    details: dict[str, Any] = {
        **report.to_json("bootstrap", STACK, target.value, done, code),
        "recovered": said,
        "assumed": assumed,
    }
    report.raise_if_failed("bootstrap", done, code, console, details)
    console.result(f"bootstrap: {report.summary(done, planned=False)} in {done.seconds:.0f} s", style="green")
    outputs = json.loads(cli.query("stack", "output", "--json").stdout or "{}")
    _tell(console, outputs, emulated=target is TargetName.LOCAL)
    console.emit({**details, **outputs})


def move_state(stack: str, url: str, file: Path | None, target: TargetName, *, provider: str, as_json: bool) -> None:
    """Bring the state of ``stack`` to the backend at ``url``.

    Raises:
        OperationError: with the exit code that fits; nothing is lost in any case.

    """
    where: Target = (
        bootstrap_target(target, (file or DEFAULT_FILE).resolve()) if stack == STACK else target_named(target)
    )
    where = where.for_stack(stack)
    console = Console(as_json=as_json)
    console.info(where.headline, style="bold cyan" if target is TargetName.LOCAL else "bold yellow")
    engine = get_engine(console)
    if isinstance(where, LocalTarget):
        where.write_project(stack)
    old = StackInBackend(engine, where, stack, where.backend_url())
    new = StackInBackend(engine, where, stack, where.resolve_url(url))
    with lock_records(where, stack, old.url, new.url, say=console.info) as records:
        moved = move_to_backend(old, new, provider=provider, say=console.info, beside=records)
    done = "was there already" if moved.already else "moved"
    console.result(f"{stack}: {moved.resources} entries {done}; its state is now {moved.to}", style="green")
    console.result(f"From now on: FABRIX_STATE_URL={url}. The old state stays in {old.url} and is no longer used.")
    console.emit(
        {
            "ok": True,
            "command": "bootstrap",
            "moved": stack,
            "from": old.url,
            "to": moved.to,
            "entries": moved.resources,
            "already": moved.already,
        }
    )


def _tell(console: Console, outputs: dict[str, Any], *, emulated: bool) -> None:
    """Say what goes where; nothing of it is a secret."""
    console.result(f"state account {outputs['stateAccount']}, vault {outputs['vaultUri']}")
    for holder, variables in outputs["pipelines"].items():
        console.result(
            f"environment {holder}{' (plans, changes nothing)' if holder.endswith(PLAN) else ''}:", style="bold"
        )
        for name, value in variables.items():
            if name != "secretsProvider":
                console.result(f"  {name}={value}")
    console.result(
        "Then move the state that a stack has to where its pipeline finds it, or begin one there: with this "
        "FABRIX_STATE_URL, ./fabrix up STACK --target azure --secrets-provider KEY"
    )
    for holder, variables in outputs["pipelines"].items():
        if not holder.endswith(PLAN):
            console.result(
                f"  ./fabrix bootstrap --target azure --move {holder} --to '{variables['FABRIX_STATE_URL']}' "
                f"--secrets-provider {variables['secretsProvider']}"
            )
    console.result(
        f"  ./fabrix bootstrap --target azure --move {STACK} --to '{outputs['stateUrl']}' "
        f"--secrets-provider {outputs['secretsProvider']}"
    )
    if emulated:
        console.result("These exist in the local Azure only: a rehearsal of what the same file does on Azure.")

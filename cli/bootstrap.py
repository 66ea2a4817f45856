"""``fabrix bootstrap``: where stacks keep state, keys and ledgers, and how a state is moved there."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.options import Json, TargetOption, Yes, confirm, new_app, require_yes_or_terminal
from settings.bootstrap import PLAN, STACK
from stacks import report
from stacks.bootstrap.move_records import lock_records
from stacks.bootstrap.move_state import move_to_backend
from stacks.bootstrap.session import BootstrapSession, create_existing_network
from stacks.bootstrap.stack_in_backend import StackInBackend
from stacks.bootstrap.targets import DEFAULT_FILE, bootstrap_target
from stacks.progress import Progress
from stacks.recovery import recover_from_crash
from stacks.session import get_engine, print_headline, target_named
from support.console import Console
from support.errors import Exit, OperationError
from targets.local import LocalTarget
from targets.name import TargetName
from targets.target import Target

app = new_app()


@app.command()
def bootstrap(
    file: Annotated[
        Path | None,
        typer.Argument(help="Settings; bootstrap/Pulumi.bootstrap.yaml if left out."),
    ] = None,
    target: TargetOption = TargetName.LOCAL,
    yes: Yes = False,
    as_json: Json = False,
    move: Annotated[str, typer.Option("--move", metavar="STACK", help="Move the state of STACK instead.")] = "",
    to: Annotated[str, typer.Option("--to", metavar="URL", help="With --move: azblob://CONTAINER?… or file://…")] = "",
    secrets_provider: Annotated[
        str, typer.Option("--secrets-provider", metavar="URL", help="With --move: azurekeyvault://VAULT/keys/KEY")
    ] = "",
) -> None:
    """Create state backends, keys and pipeline identities.

    All stacks need them first: where their state, keys and ledgers are kept, and who their pipelines act as.
    """
    if bool(move) != bool(to) or (secrets_provider and not move):
        raise OperationError("--move STACK and --to URL belong together, --secrets-provider to both.", Exit.BAD_INPUT)
    if move:
        _move(move, to, file or DEFAULT_FILE, target, provider=secrets_provider, as_json=as_json)
        return
    require_yes_or_terminal("bootstrap", yes=yes)
    _deploy(BootstrapSession.of(file or DEFAULT_FILE, target, as_json=as_json), yes=yes)


def _deploy(session: BootstrapSession, *, yes: bool) -> None:
    settings, console = session.settings, session.console
    stacks = ", ".join(stack.name for stack in settings.stacks)
    console.info(f"state, keys and identities for {stacks} in {settings.installation.region}")
    pulumi, target = session.pulumi, session.target.name
    recovered, assumed = recover_from_crash(session), create_existing_network(session)
    if not yes:
        with Progress(console, "planning") as progress:
            plan, code = pulumi.run("preview", log=session.log("preview"), on_event=progress.update)
        report.raise_if_failed(
            "planning", plan, code, console, report.to_json("bootstrap", STACK, target.value, plan, code)
        )
        report.print_changes(plan, console, planned=True)
        if plan.counts():
            confirm(f"{report.summary(plan, planned=True)}. Do it?", yes=yes)
    with Progress(console, "deploying") as progress:
        done, code = pulumi.run("up", "--yes", "--skip-preview", log=session.log("up"), on_event=progress.update)
    details: dict[str, Any] = {
        **report.to_json("bootstrap", STACK, target.value, done, code),
        "recovered": recovered,
        "assumed": assumed,
    }
    report.raise_if_failed("bootstrap", done, code, console, details)
    console.result(f"bootstrap: {report.summary(done, planned=False)} in {done.seconds:.0f} s", style="green")
    outputs = json.loads(pulumi.query("stack", "output", "--json").stdout or "{}")
    _show(console, outputs, emulated=target is TargetName.LOCAL)
    console.emit({**details, **outputs})


def _move(stack: str, url: str, file: Path, target: TargetName, *, provider: str, as_json: bool) -> None:
    """Bring the state of ``stack`` to the backend at ``url``; nothing is lost if that fails."""
    where: Target = bootstrap_target(target, file.resolve()) if stack == STACK else target_named(target)
    where = where.for_stack(stack)
    console = Console(as_json=as_json)
    print_headline(console, where)
    engine = get_engine(console)
    if isinstance(where, LocalTarget):
        where.write_project(stack)
    old = StackInBackend(engine, where, stack, where.backend_url())
    new = StackInBackend(engine, where, stack, where.resolve_url(url))
    with lock_records(where, stack, old.url, new.url, report=console.info) as records:
        moved = move_to_backend(old, new, provider=provider, report=console.info, records=records)
    done = "had been moved already" if moved.already else "moved"
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


def _show(console: Console, outputs: dict[str, Any], *, emulated: bool) -> None:
    """Print which variables each pipeline needs; none is a secret."""
    console.result(f"state account {outputs['stateAccount']}, vault {outputs['vaultUri']}")
    for holder, variables in outputs["pipelines"].items():
        console.result(
            f"environment {holder}{' (plans, changes nothing)' if holder.endswith(PLAN) else ''}:", style="bold"
        )
        for name, value in variables.items():
            if name != "secretsProvider":
                console.result(f"  {name}={value}")
    console.result(
        "Then move the state that a stack has to where its pipeline finds it, or start one there: with this "
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

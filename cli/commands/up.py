"""``fabrix up``: the main job."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import typer

from emulator import inspect
from judging.judgement import pack_arguments
from promotion.locked_stack import DirectRun, direct_run
from stacks import report
from stacks.bootstrap import new_stack
from stacks.existing import create_existing_objects
from stacks.progress import Progress
from stacks.session import Session
from support.errors import Exit, OperationError
from targets.local import LocalTarget
from targets.name import TargetName


def run(
    stack: str,
    target: TargetName,
    *,
    yes: bool,
    as_json: bool,
    packs: list[Path],
    refresh: bool = False,
    without_promotion: str = "",
    secrets_provider: str = "",
) -> None:
    """Judge, plan, ask, do, report.

    With ``refresh`` the engine asks Azure first what is there: what was changed past the program is drift to it, and
    what the stack file says is put back. ``secrets_provider`` closes the secrets of a stack that begins on Azure.

    ``without_promotion`` is the reason why another release comes past the gates; empty where none does.

    Raises:
        OperationError: with the exit code that fits; nothing was changed unless the code is 1.

    """
    if not yes and not sys.stdin.isatty():
        raise OperationError(
            "up asks before it changes anything, and there is no terminal to ask on; pass --yes.", Exit.BAD_INPUT
        )
    session = Session.open(stack, target, as_json=as_json)
    session.require_settings()
    arguments = pack_arguments(packs) + ["--refresh"] * refresh
    if secrets_provider:
        new_stack.check_secrets_provider(session, secrets_provider)
    with direct_run(session, without_promotion) as way:
        if secrets_provider:
            new_stack.create_stack(session, secrets_provider)
        _up(session, way, arguments, yes=yes, judged=bool(packs))


def _up(session: Session, way: DirectRun, arguments: list[str], *, yes: bool, judged: bool) -> None:
    stack, target = session.stack, session.target.name
    settings = session.settings
    console = session.console
    console.info(
        f"{stack}: {settings.edition} {settings.size}, {len(settings.apps)} apps, release {settings.release.id}"
    )
    cli = session.pulumi
    said, assumed = way.recovered, create_existing_objects(session)

    expected = None
    if judged or not yes:
        # Policies are asked on the plan, since during `up` the engine stops at the first refusal with half the work
        # done.
        with Progress(console, "planning") as progress:
            plan, code = cli.run("preview", *arguments, log=session.log("preview"), on_event=progress.update)
        details = {**report.to_json("up", stack, target.value, plan, code), "recovered": said, "assumed": assumed}
        report.raise_if_failed("planning", plan, code, console, details)
        expected = len(plan.steps)
        if not yes:
            report.print_changes(plan, console, planned=True)
            if not plan.counts():
                console.result(f"{stack}: no changes")
                console.emit(details)
                return
            typer.confirm(f"{report.summary(plan, planned=True)}. Do it?", abort=True, err=True)

    with Progress(console, "deploying", expected) as progress:
        done, code = cli.run(
            "up", "--yes", "--skip-preview", *arguments, log=session.log("up"), on_event=progress.update
        )
    details = {**report.to_json("up", stack, target.value, done, code), "recovered": said, "assumed": assumed}
    report.raise_if_failed("up", done, code, console, details)
    if any(step.operation not in ("create", "same") for step in done.finished):
        report.print_changes(done, console, planned=False)
    console.result(
        f"{stack}: {report.summary(done, planned=False)}; {done.resources()} resources in {done.seconds:.0f} s",
        style="green",
    )
    way.record(done)
    details |= _afterwards(session)
    console.emit(details)


def _afterwards(session: Session) -> dict[str, Any]:
    """Report what the operator has to know once it stands."""
    import json

    found: dict[str, Any] = {}
    outputs = json.loads(session.pulumi.query("stack", "output", "--json").stdout or "{}")
    if supply := outputs.get("secretsToSupply"):
        session.console.result(
            f"secrets for you to put into the vault (the program cannot make them): {', '.join(supply)}"
        )
        found["secretsToSupply"] = supply
    if isinstance(session.target, LocalTarget):
        with session.target.store() as store:
            shapes = inspect.shape_only(store)
        if shapes:
            session.console.result(
                f"accepted on their shape alone, no law of Azure is known for them here: {', '.join(shapes)}"
            )
        found["shapeOnly"] = shapes
    if portal := outputs.get("urls"):
        for app, url in sorted(portal.items()):
            session.console.result(f"  {app:<18} {url}")
        found["urls"] = portal
    return found

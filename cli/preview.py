"""``fabrix preview``: what `up` would change."""

import json
from pathlib import Path
from typing import Annotated

import typer

from cli.options import Json, Packs, Refresh, ReplaceInstallation, Stack, TargetOption, new_app
from emulator.arm_template import template
from judging.packs import pack_arguments
from stacks import report
from stacks.arm_template import planned_resources
from stacks.existing import create_existing_objects
from stacks.forbidden_steps import refuse_forbidden_steps
from stacks.installation_identity import refuse_replacement
from stacks.progress import Progress
from stacks.session import Session
from targets.name import TargetName

app = new_app()


@app.command()
def preview(
    stack: Stack,
    target: TargetOption = TargetName.LOCAL,
    as_json: Json = False,
    policy_pack: Packs = None,
    refresh: Refresh = False,
    replace_installation: ReplaceInstallation = "",
    arm: Annotated[Path | None, typer.Option("--arm", help="Write what is planned as an ARM template.")] = None,
) -> None:
    """Show what `up` would change, without changing anything."""
    session = Session.open(stack, target, as_json=as_json)
    settings, console = session.settings, session.console
    arguments = pack_arguments(policy_pack or [], session) + ["--refresh"] * refresh
    refuse_replacement(session, replace_installation)
    refuse_forbidden_steps(session)
    assumed = create_existing_objects(session)
    with Progress(console, "planning") as progress:
        plan, code = session.pulumi.run("preview", *arguments, log=session.log("preview"), on_event=progress.update)
    details = {**report.to_json("preview", stack, target.value, plan, code), "assumed": assumed}
    report.raise_if_failed("preview", plan, code, console, details)
    report.print_changes(plan, console, planned=True)
    console.result(f"{stack}: {report.summary(plan, planned=True)} ({plan.seconds:.0f} s)", style="green")
    if arm:
        resources = planned_resources(plan, settings.installation.subscription_id)
        arm.write_text(json.dumps(template(resources), indent=2) + "\n", encoding="utf-8")
        console.result(f"ARM template of {len(resources)} planned resources: {arm}")
        details["arm"] = str(arm)
    console.emit(details)

"""``fabrix preview``: what `up` would change."""

from __future__ import annotations

import json
from pathlib import Path

from judging.judgement import pack_arguments
from stacks import report
from stacks.existing import create_existing_objects
from stacks.progress import Progress
from stacks.session import Session
from targets.name import TargetName


def run(
    stack: str, target: TargetName, *, as_json: bool, packs: list[Path], refresh: bool = False, arm: Path | None = None
) -> None:
    """Plan and report; nothing is changed.

    Raises:
        OperationError: with the exit code that fits.

    """
    session = Session.open(stack, target, as_json=as_json)
    session.require_settings()
    assumed = create_existing_objects(session)
    arguments = pack_arguments(packs) + ["--refresh"] * refresh
    with Progress(session.console, "planning") as progress:
        plan, code = session.pulumi.run("preview", *arguments, log=session.log("preview"), on_event=progress.update)
    details = {**report.to_json("preview", stack, target.value, plan, code), "assumed": assumed}
    report.raise_if_failed("preview", plan, code, session.console, details)
    report.print_changes(plan, session.console, planned=True)
    session.console.result(f"{stack}: {report.summary(plan, planned=True)} ({plan.seconds:.0f} s)", style="green")
    if arm:
        from emulator.arm_template import template
        from stacks.arm_template import planned_resources

        exported = planned_resources(plan, session.settings.installation.subscription_id)
        arm.write_text(json.dumps(template(exported), indent=2) + "\n", encoding="utf-8")
        session.console.result(f"ARM template of {len(exported)} planned resources: {arm}")
        details["arm"] = str(arm)
    session.console.emit(details)

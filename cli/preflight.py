"""``fabrix preflight``: ask Azure what would stop a deployment, before anything is created."""

import json
from pathlib import Path
from typing import Annotated

import typer

from cli.options import AnswerFor, Json, Stack, TargetOption, new_app, refuse_answers_on_local
from stacks.preflight.model import Level
from stacks.preflight.rights import custom_role
from stacks.preflight.run import document, preflight, refuse_failed, show
from stacks.session import Session
from targets.name import TargetName

app = new_app()


@app.command()
def preflight_command(
    stack: Stack,
    target: TargetOption = TargetName.LOCAL,
    role: Annotated[
        Path | None,
        typer.Option("--role", metavar="FILE", help="Ask nothing; write the role with the rights that STACK needs."),
    ] = None,
    answer_for: AnswerFor = None,
    as_json: Json = False,
) -> None:
    """Ask what would stop the deployment of STACK, changing nothing."""
    refuse_answers_on_local(target, answer_for)
    session = Session.open(stack, target, as_json=as_json)
    session.require_settings()
    if role is not None:
        definition = custom_role(session.settings, stack)
        role.write_text(json.dumps(definition, indent=2) + "\n", encoding="utf-8")
        session.console.result(f"{stack}: role of {len(definition['Actions'])} operations: {role}")
        session.console.emit({"ok": True, "command": "preflight", "stack": stack, "role": definition})
        return
    verdicts = preflight(stack, session.target, session.settings, answer_for or ())
    show(verdicts, session.console)
    refuse_failed(stack, session.target, verdicts)
    warned = sum(verdict.level is Level.WARN for verdict in verdicts)
    session.console.result(f"{stack}: nothing stands in the way; {warned} checks warn", style="green")
    session.console.emit({"ok": True, **document(stack, session.target, verdicts)})

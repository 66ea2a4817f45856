"""``fabrix outputs``."""

import json
from typing import Annotated

import typer

from cli.options import Json, Stack, TargetOption, new_app
from stacks.session import Session
from targets.name import TargetName

app = new_app()


@app.command()
def outputs(
    stack: Stack,
    target: TargetOption = TargetName.LOCAL,
    as_json: Json = False,
    show_secrets: Annotated[bool, typer.Option("--show-secrets", help="Print secret outputs in clear.")] = False,
) -> None:
    """Print the outputs of STACK."""
    session = Session.open(stack, target, as_json=as_json)
    session.require_settings()
    reveal = ("--show-secrets",) if show_secrets else ()  # the engine masks them otherwise
    values = json.loads(session.pulumi.query("stack", "output", "--json", *reveal).stdout or "{}")
    if not values:
        session.console.result(f"{stack} has no outputs yet; `./fabrix up {stack}` makes them.")
    for name, value in sorted(values.items()):
        text = value if isinstance(value, str) else json.dumps(value, indent=2)
        session.console.result(f"{name}: {text}")
    session.console.emit({"ok": True, "stack": stack, "target": target.value, "outputs": values})

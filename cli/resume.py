"""``fabrix resume``: finish or undo what was interrupted."""

from typing import Annotated

import typer

from cli.options import Json, Stack, TargetOption, new_app
from promotion.locked_stack import LockedStack
from stacks.session import Session
from targets.name import TargetName

app = new_app()


@app.command()
def resume(
    stack: Stack,
    target: TargetOption = TargetName.LOCAL,
    as_json: Json = False,
    abandon: Annotated[
        str,
        typer.Option(
            "--abandon",
            metavar="REASON",
            help="Where it can be neither finished nor undone: leave everything as it is; recorded.",
        ),
    ] = "",
) -> None:
    """Finish or undo an interrupted promotion or rollback."""
    session = Session.open(stack, target, as_json=as_json)
    with LockedStack.on(session, f"resume {stack}") as locked:
        done = locked.abandon(abandon) if abandon else locked.recover()
    if not done:
        session.console.result(f"nothing on {stack} is unfinished", style="green")
    session.console.emit({"ok": True, "stack": stack, "done": done})

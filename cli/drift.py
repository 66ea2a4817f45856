"""``fabrix drift``: differences between Azure and the state."""

import sys

from cli.options import Json, Stack, TargetOption, new_app
from stacks.drift.detect import find_drift
from stacks.session import Session
from support.errors import Exit
from targets.name import TargetName

app = new_app()


@app.command()
def drift(stack: Stack, target: TargetOption = TargetName.LOCAL, as_json: Json = False) -> None:
    """Name what changed in Azure since the last deployment.

    Each change with who may have made it. Exit code 1 if there is any. What Azure changes by itself is named, too, and
    does not count.
    """
    session = Session.open(stack, target, as_json=as_json)
    session.require_settings()
    console = session.console
    result = find_drift(session)
    for difference in result.differences:
        console.result(difference.describe(), style="yellow")
    for difference in result.moved:
        console.result(difference.describe())
    number = len(result.differences)
    if number:
        console.result(
            f"{stack}: {number} {'difference' if number == 1 else 'differences'} between Azure and what was declared; "
            f"`./fabrix up {stack} --refresh` reverts them; first put what should stay into the stack file",
            style="red",
        )
    else:
        console.result(f"{stack}: no drift, in {result.seconds:.0f} s", style="green")
    console.emit(
        {
            "ok": not number,
            "stack": stack,
            "target": target.value,
            **result.document(),
            "seconds": round(result.seconds, 1),
        }
    )
    if number:
        sys.exit(Exit.FAILED.value)

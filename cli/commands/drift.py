"""``fabrix drift``: what is not as the last deployment left it."""

from __future__ import annotations

import sys

from stacks.drift.detect import find_drift
from stacks.session import Session
from support.errors import Exit
from targets.name import TargetName


def run(stack: str, target: TargetName, *, as_json: bool) -> None:
    """Compare, and report; ends with exit code 1 where something drifted.

    Raises:
        OperationError: the stack cannot be compared.

    """
    session = Session.open(stack, target, as_json=as_json)
    session.require_settings()
    console = session.console
    found = find_drift(session)
    for one in found.differences:
        console.result(one.describe(), style="yellow")
    number = len(found.differences)
    if number:
        console.result(
            f"{stack}: {number} {'difference' if number == 1 else 'differences'} between Azure and what was declared; "
            f"`./fabrix up {stack} --refresh` puts it right; what should stay as it is now, write into "
            "the stack file first",
            style="red",
        )
    else:
        console.result(f"{stack}: no drift, in {found.seconds:.0f} s", style="green")
    console.emit(
        {
            "ok": not number,
            "stack": stack,
            "target": target.value,
            "drift": found.document(),
            "seconds": round(found.seconds, 1),
        }
    )
    if number:
        sys.exit(Exit.FAILED.value)

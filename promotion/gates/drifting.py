"""What drift means to a gate; and the gate ``target-drift``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from promotion.model import GateVerdict
from support.text import some

if TYPE_CHECKING:
    from promotion.candidate import Candidate
    from stacks.drift.detect import Drift


def target(candidate: Candidate) -> GateVerdict:
    """Gate ``target-drift``: nobody's change by hand is overwritten without being looked at."""
    return drifting(candidate.target.stack, candidate.target_drift)


def drifting(stack: str, found: Drift) -> GateVerdict:
    """Let no difference pass between what the program made and what stands."""
    # Names and paths only: the values are for `drift`, which knows which of them are secrets.
    listed = [
        {"resource": one.name, "type": one.type, "path": one.path, "who": one.who, "at": one.at}
        for one in found.differences
    ]
    if not listed:
        return GateVerdict.passed(f"{stack} is what the program made it", stack=stack)
    named = some([f"{each['resource']}{'.' if each['path'] else ''}{each['path']}" for each in listed], 4)
    return GateVerdict.failed(
        f"{stack} was changed past the program: {named}",
        f"`./fabrix drift {stack}` says what and who; `./fabrix up {stack} --refresh` puts it right.",
        stack=stack,
        differences=listed,
    )

"""Which stack a release comes from: dev → test → prod, by the environments of their stack files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from support.checkout import ROOT
from support.errors import Exit, OperationError

if TYPE_CHECKING:
    from settings import PlatformSettings

ENVIRONMENTS = ("dev", "tst", "pro")
"""Codes of ``installation.environment``, in the order in which a release passes them."""


@dataclass(frozen=True)
class OrderProblem:
    """One stack on the way of a release."""

    stack: str
    service: str
    """``installation.serviceName``: stacks of one installation share it."""
    environment: str


def stops(root: Path = ROOT) -> tuple[OrderProblem, ...]:
    """Return every stack whose file says which environment of which installation it is, in order.

    Only these two lines are read: a file that is wrong elsewhere still has its place on the way.
    """
    from settings import document, load

    found = []
    for stack in load.stacks(root):
        data = document.read(root, f"Pulumi.{stack}.yaml").data
        for key in ("config", load.CONFIG_KEY, "installation"):
            data = data.get(key) if isinstance(data, dict) else None
        if isinstance(data, dict) and data.get("environment") in ENVIRONMENTS:
            found.append(OrderProblem(stack, str(data.get("serviceName")), data["environment"]))
    return tuple(sorted(found, key=lambda stop: (ENVIRONMENTS.index(stop.environment), stop.stack)))


def predecessors(stack: str, root: Path = ROOT) -> tuple[str, ...]:
    """Return the stacks that ``stack`` takes releases from: those of the environment before its own.

    An installation without a test environment goes from dev to prod. Empty for the first environment.
    """
    way = stops(root)
    own = next((stop for stop in way if stop.stack == stack), None)
    if own is None:
        return ()
    place = ENVIRONMENTS.index(own.environment)
    earlier = [s for s in way if s.service == own.service and ENVIRONMENTS.index(s.environment) < place]
    return tuple(stop.stack for stop in earlier if stop.environment == earlier[-1].environment)


def predecessor(stack: str, root: Path = ROOT) -> str | None:
    """Return the stack that ``stack`` takes releases from, the first by name if there are several."""
    return next(iter(predecessors(stack, root)), None)


def problem(source: PlatformSettings, target: PlatformSettings, source_stack: str, stack: str) -> str | None:
    """Say why nothing is promoted from one to the other, and what to do instead; nothing if it is in order."""
    if source_stack == stack:
        return f"{stack} cannot be promoted onto itself: name the stack that runs the release, then the one to get it"
    ours, theirs = source.installation.service_name, target.installation.service_name
    if ours != theirs:
        return f"{source_stack} and {stack} are different installations (serviceName {ours} and {theirs})"
    allowed = predecessors(stack)
    if not allowed:
        return (
            f"{stack} ({target.installation.environment}) is where releases begin, so none is promoted onto it: write "
            f"the release into Pulumi.{stack}.yaml and run `./fabrix up {stack}`"
        )
    if source_stack in allowed:
        return None
    first = allowed[0]
    instead = [f"`./fabrix promote {first} {stack}`"]
    if before := predecessor(first):
        instead.insert(0, f"`./fabrix promote {before} {first}`")
    return (
        f"releases come to {stack} from {' or '.join(allowed)}, not from {source_stack}: "
        f"dev → test → prod, one after the other: {', then '.join(instead)}"
    )


def refuse_wrong(source: PlatformSettings, target: PlatformSettings, source_stack: str, stack: str) -> None:
    """Stop a promotion that is out of order, before anything else is asked.

    Raises:
        OperationError: exit code 3, with the order that is right.

    """
    if said := problem(source, target, source_stack, stack):
        raise OperationError(said, Exit.REFUSED, {"from": source_stack, "stack": stack})

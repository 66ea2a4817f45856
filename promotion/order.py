"""The order of promotion: dev → test → prod, by the environments in the stack files; and the gate ``order``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from promotion.model import GateVerdict
from settings import load
from settings.base import ENVIRONMENTS
from stacks.session import Session
from support.checkout import ROOT
from support.errors import Exit, OperationError

NO_SOURCE = "there is no source stack"
"""Why a gate about the source stack does not apply, as in a rollback to a named release."""


@dataclass(frozen=True)
class StackOnPath:
    """One stack on the path of a release."""

    stack: str
    service: str
    """``installation.serviceName``, which the stacks of one installation share."""
    environment: str


def path(root: Path = ROOT) -> tuple[StackOnPath, ...]:
    """Return every stack whose file names its installation and environment, in the order of promotion."""
    stops = [
        StackOnPath(stack, str(installation.get("serviceName")), installation["environment"])
        for stack, installation in load.installations(root).items()
        if installation.get("environment") in ENVIRONMENTS
    ]
    return tuple(sorted(stops, key=lambda stop: (ENVIRONMENTS.index(stop.environment), stop.stack)))


def predecessors(stack: str, root: Path = ROOT) -> tuple[str, ...]:
    """Return the stacks that ``stack`` takes releases from: those of the previous environment of its installation.

    An installation without a test environment goes from dev to prod. Empty for the first environment.
    """
    stops = path(root)
    own = next((stop for stop in stops if stop.stack == stack), None)
    if own is None:
        return ()
    rank = ENVIRONMENTS.index(own.environment)
    earlier = [s for s in stops if s.service == own.service and ENVIRONMENTS.index(s.environment) < rank]
    return tuple(stop.stack for stop in earlier if stop.environment == earlier[-1].environment)


def predecessor(stack: str, root: Path = ROOT) -> str | None:
    """Return the stack that ``stack`` takes releases from, the first by name if there are several."""
    return next(iter(predecessors(stack, root)), None)


def order_verdict(source: Session | None, target: Session) -> GateVerdict:
    """Gate ``order``: a release comes from the previous environment of the same installation."""
    if source is None:
        return GateVerdict.not_applicable(NO_SOURCE)
    facts = {"from": source.stack, "to": target.stack}
    if source.stack == target.stack:
        return GateVerdict.failed(
            f"{target.stack} cannot be promoted onto itself",
            "name the stack that runs the release, then the one to get it",
            **facts,
        )
    ours, theirs = (session.settings.installation.service_name for session in (source, target))
    if ours != theirs:
        return GateVerdict.failed(
            f"{source.stack} and {target.stack} are different installations (serviceName {ours} and {theirs})", **facts
        )
    allowed = predecessors(target.stack)
    if source.stack in allowed:
        return GateVerdict.passed(f"{target.stack} takes its releases from {source.stack}", **facts)
    if not allowed:
        return GateVerdict.failed(
            f"{target.stack} ({target.settings.installation.environment}) is where releases begin, so none is promoted "
            "onto it",
            f"write the release into Pulumi.{target.stack}.yaml and run `./fabrix up {target.stack}`",
            **facts,
        )
    first = allowed[0]
    commands = [f"`./fabrix promote {first} {target.stack}`"]
    if before := predecessor(first):
        commands.insert(0, f"`./fabrix promote {before} {first}`")
    return GateVerdict.failed(
        f"releases come to {target.stack} from {' or '.join(allowed)}, not from {source.stack}",
        f"dev → test → prod, one after the other: {', then '.join(commands)}",
        **facts,
    )


def require_order(source: Session, target: Session) -> GateVerdict:
    """Refuse a promotion out of order before anything is locked or asked; return the verdict for the gate to report.

    Raises:
        OperationError: exit code 3, with the right order.

    """
    verdict = order_verdict(source, target)
    if verdict.stops:
        message = ": ".join(filter(None, (verdict.reason, verdict.way_forward)))
        raise OperationError(message, Exit.REFUSED, {"from": source.stack, "stack": target.stack})
    return verdict

"""``fabrix reach``: can packets from A reach B, and if not, what exactly stops them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from stacks.session import Session
from stacks.state import deployed_state, resource_graph
from support.errors import Exit, OperationError
from targets.name import TargetName

if TYPE_CHECKING:
    from topology import Topology
    from topology.model import Answer

HIGHEST_PORT = 65535


def run(source: str, destination: str, port: int | None, stack: str, target: TargetName, *, as_json: bool) -> None:
    """Follow a connection through what STACK deployed.

    Raises:
        OperationError: exit code 2 for a stack without state, a name that means nothing or several things, a port that
            does not exist.

    """
    from topology.find import NotFoundError, find_node
    from topology.reach import reach

    if port is not None and not 0 < port <= HIGHEST_PORT:
        raise OperationError(f"{port} is no port: 1 to {HIGHEST_PORT}", Exit.BAD_INPUT)
    session = Session.open(stack, target, as_json=as_json)
    topology = deployed(session)
    try:
        answer = reach(topology, find_node(topology, source), find_node(topology, destination), port)
    except NotFoundError as error:
        raise OperationError(str(error), Exit.BAD_INPUT) from None
    _say(session, answer)
    session.console.emit(
        {
            "ok": True,
            "stack": stack,
            "target": target.value,
            "outcome": outcome(answer),
            "from": answer.source,
            "to": answer.target,
            **{key: value for key, value in asdict(answer).items() if key not in {"source", "target"}},
        }
    )


def deployed(session: Session) -> Topology:
    """Topology of what the stack's state says exists.

    Raises:
        OperationError: exit code 2, when there is none.

    """
    from topology import build

    subscription = session.settings.installation.subscription_id
    state = deployed_state(session)
    if state is None:
        raise OperationError(
            f"{session.stack} has no state on this target: nothing is deployed. `./fabrix up {session.stack}` does it.",
            Exit.BAD_INPUT,
        )
    return build(resource_graph(state["deployment"]).resources, subscription)


def outcome(answer: Answer) -> str:
    """``reachable``, ``blocked`` or ``undetermined``."""
    return {"Path": "reachable", "Blocked": "blocked"}.get(type(answer).__name__, "undetermined")


def _say(session: Session, answer: Answer) -> None:
    from topology.model import Blocked, Path

    console = session.console
    words, style = {"reachable": ("reaches", "green"), "blocked": ("does not reach", "red")}.get(
        outcome(answer), ("may or may not reach", "yellow")
    )
    by = "" if not isinstance(answer, Path) else (", by private address" if answer.private else ", by public address")
    console.result(f"{answer.source} {words} {answer.target} on port {answer.port}{by}", style=style)
    for hop in answer.hops:
        console.result(f"  {hop.at}: {hop.text}")
    if isinstance(answer, Blocked):
        console.result(f"  stopped ({answer.reason}): {answer.text}", style="red")
    elif not isinstance(answer, Path):
        console.result(f"  not decidable here: {answer.text}", style="yellow")

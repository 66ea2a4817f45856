"""``fabrix reach``: whether packets from A reach B, and if not, what exactly stops them."""

import sys
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer

from cli.options import Json, StackOption, TargetOption, new_app
from judging.access import deployed_topology
from stacks.session import Session
from support.console import Console
from support.errors import Exit, OperationError
from targets.name import TargetName
from topology.find import NotFoundError, find_node
from topology.model import Answer, Blocked, Path
from topology.reach import reach as find_route

HIGHEST_PORT = 65535

app = new_app()


class Expected(StrEnum):
    """What a script asks to be true."""

    REACHABLE = "reachable"
    BLOCKED = "blocked"


@app.command()
def reach(
    source: Annotated[str, typer.Argument(metavar="FROM", help="An app, a subnet, internet.")],
    destination: Annotated[str, typer.Argument(metavar="TO", help="An app, a service, an address, internet.")],
    port: Annotated[int | None, typer.Argument(help="TCP port; the service's own if left out.")] = None,
    expect: Annotated[
        Expected | None,
        typer.Option(help="Exit with 1 unless this is proven; without it the exit code is 0 either way."),
    ] = None,
    stack: StackOption = "dev",
    target: TargetOption = TargetName.LOCAL,
    as_json: Json = False,
) -> None:
    """Prove that FROM can reach TO, or name what blocks it."""
    if port is not None and not 0 < port <= HIGHEST_PORT:
        raise OperationError(f"{port} is no port: 1 to {HIGHEST_PORT}", Exit.BAD_INPUT)
    session = Session.open(stack, target, as_json=as_json)
    topology = deployed_topology(session)
    try:
        answer = find_route(topology, find_node(topology, source), find_node(topology, destination), port)
    except NotFoundError as error:
        raise OperationError(str(error), Exit.BAD_INPUT) from None
    _show(answer, session.console)
    outcome = _outcome(answer)
    as_expected = expect is None or outcome == expect
    if not as_expected:
        session.console.result(f"expected: {expect}, found: {outcome}", style="red")
    session.console.emit(
        {
            "ok": as_expected,
            "stack": stack,
            "target": target.value,
            "outcome": outcome,
            **({"expected": expect.value} if expect else {}),
            "from": answer.source,
            "to": answer.target,
            **{key: value for key, value in asdict(answer).items() if key not in {"source", "target"}},
        }
    )
    if not as_expected:
        sys.exit(Exit.FAILED.value)


def _outcome(answer: Answer) -> str:
    return {Path: "reachable", Blocked: "blocked"}.get(type(answer), "undetermined")


def _show(answer: Answer, console: Console) -> None:
    verb, style = {Path: ("reaches", "green"), Blocked: ("does not reach", "red")}.get(
        type(answer), ("may or may not reach", "yellow")
    )
    by = "" if not isinstance(answer, Path) else (", by private address" if answer.private else ", by public address")
    console.result(f"{answer.source} {verb} {answer.target} on port {answer.port}{by}", style=style)
    for hop in answer.hops:
        console.result(f"  {hop.at}: {hop.text}")
    if isinstance(answer, Blocked):
        console.result(f"  stopped ({answer.reason}): {answer.text}", style="red")
    elif not isinstance(answer, Path):
        console.result(f"  cannot be decided here: {answer.text}", style="yellow")

"""``fabrix rollback STACK --restore-data TIME``: the data of a moment, on a new server beside the stack's own."""

from __future__ import annotations

import datetime as dt
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import typer

from promotion.restore import messages, project, source, times
from promotion.restore.plan import RestorePlan, make
from stacks import report
from stacks.progress import Progress
from stacks.recovery import recover_from_crash
from stacks.session import Session
from support.errors import Exit, OperationError
from targets.name import TargetName

if TYPE_CHECKING:
    from records.ledger import Ledger
    from stacks.pulumi_cli import PulumiCli


def run(stack: str, time: str, target: TargetName, confirm: str | None, *, as_json: bool) -> None:
    """Judge the moment, show the plan, have it typed, restore, and say how the data gets into use.

    ``confirm`` is what a pipeline gives instead of typing: ``restore STACK TIME``. There is no other way around it.

    Raises:
        OperationError: exit code 2, the moment is none or not possible; 3, it was not confirmed; 1, it failed.

    """
    moment = times.parse(time)
    wanted = f"restore {stack} {time}"
    if confirm and confirm != wanted:
        raise OperationError(
            f"--confirm says {confirm!r}; to restore, it has to say exactly {wanted!r}.",
            Exit.BAD_INPUT,
            {"found": confirm, "allowed": wanted},
        )
    session = Session.open(stack, target, as_json=as_json)
    plan, window = _plan(session, time, moment)
    book = _book(session)
    for line in messages.planned(plan, window):
        session.console.result(line)
    inner = _inner(session, plan)
    cli = inner.pulumi
    try:
        said = recover_from_crash(inner)
        details, expected = _preview(session, cli, plan)
        if details["counts"]:
            _have_it_typed(plan, confirm, details)
            details |= _restore(session, cli, plan, expected, book)
        else:
            session.console.result(f"{plan.server} is there already, as planned: nothing to do", style="green")
            details |= {"server": plan.server, "host": plan.host}
    except BaseException:
        _forget(cli)
        raise
    steps = messages.afterwards(plan, session.settings, target)
    session.console.result("How the data gets into use:")
    for line in steps:
        session.console.result(f"  {line}")
    session.console.emit({**details, "recovered": said, "next": steps})


def _plan(session: Session, typed: str, moment: dt.datetime) -> tuple[RestorePlan, times.Window]:
    from records.clock import now

    settings = session.settings
    server = source.only(_state(session), session.stack)
    window = times.Window.of(
        now=now(session.target), days=server.backup_days, created=server.created, oldest=server.oldest_backup
    )
    window.check(moment, typed, server.name)
    return make(session.stack, typed, moment, server, settings), window


def _state(session: Session) -> dict[str, Any]:
    """State of the stack; reading it makes no stack where there is none."""
    from stacks.state import deployed_state

    state = deployed_state(session)
    if state is None:
        where = session.target.name.value
        raise OperationError(f"{session.stack} is not deployed on the {where} target, so there is nothing to restore.")
    return state["deployment"]


def _inner(session: Session, plan: RestorePlan) -> Session:
    """Return the session of the small stack: same settings, engine and console; another project."""
    inner = Session(plan.restore_stack, project.target_of(session.target, plan), session.console)
    inner.settings, inner.engine = session.settings, session.engine
    _ = inner.pulumi  # makes the stack where it is new
    return inner


def _preview(session: Session, cli: PulumiCli, plan: RestorePlan) -> tuple[dict[str, Any], int]:
    """Have the engine plan it; return the JSON document so far, and how many resources there will be."""
    _no_other(cli, plan)
    with Progress(session.console, "planning") as progress:
        planned, code = cli.run("preview", log=session.log("restore-preview"), on_event=progress.update)
    details = report.to_json("restore", plan.stack, session.target.name.value, planned, code)
    details["plan"] = {**plan.config(), "stack": plan.restore_stack, "digest": plan.digest}
    report.raise_if_failed("planning", planned, code, session.console, details)
    report.print_changes(planned, session.console, planned=True)
    return details, len(planned.steps)


def _forget(cli: PulumiCli) -> None:
    """Leave no empty stack behind where nothing was restored; one that may hold something stays."""
    with suppress(OperationError):  # it would hide why nothing was restored
        deployment = cli.export()["deployment"]
        if not deployment.get("resources") and not deployment.get("pending_operations"):
            cli.query("stack", "rm", "--yes", check=False)


def _no_other(cli: PulumiCli, plan: RestorePlan) -> None:
    """Refuse where the stack of this minute holds a restore to another second: the engine would replace its server."""
    for entry in cli.export()["deployment"].get("resources") or ():
        held = (entry.get("inputs") or {}).get("pointInTimeUTC")
        if entry["type"] == source.SERVER and held and held != times.write(plan.moment):
            raise OperationError(
                f"{plan.restore_stack} holds a server restored to {held}. Take it away first, or restore to a moment "
                "of another minute.",
                Exit.REFUSED,
            )


def _have_it_typed(plan: RestorePlan, confirm: str | None, details: dict[str, Any]) -> None:
    """Go on only if the user typed what will be done; ``--yes`` would be typed from habit."""
    if confirm == plan.confirmation:
        return
    hint = f"To restore, pass --confirm {plan.confirmation!r}."
    if not sys.stdin.isatty():
        raise OperationError(
            f"Nothing was changed: a restore has to be confirmed by typing, and there is no terminal. {hint}",
            Exit.REFUSED,
            details,
        )
    given = typer.prompt(f"Type '{plan.confirmation}' to restore", default="", show_default=False, err=True)
    if given.strip() != plan.confirmation:
        said = f"Nothing was changed: what was typed is not '{plan.confirmation}'."
        raise OperationError(said, Exit.REFUSED, details)


def _book(session: Session) -> Ledger:
    """Return the stack's ledger, if it verifies: what cannot be recorded is not done.

    Raises:
        OperationError: exit code 3, with every fault.

    """
    from records import ledger

    book = ledger.open_ledger(session.target, session.stack, session.console)
    book.require_valid()
    return book


def _restore(session: Session, cli: PulumiCli, plan: RestorePlan, expected: int, book: Ledger) -> dict[str, Any]:
    from records.identity import current
    from records.locations import documents_of
    from records.lock import StackLock

    who = current(session.target)
    command = f"./fabrix rollback {plan.stack} --restore-data {plan.typed}"
    with StackLock(documents_of(session.target), plan.stack).hold(command, who) as held:
        book.require_valid()  # another may have written since
        held.check()
        with Progress(session.console, "restoring", expected) as progress:
            done, code = cli.run("up", "--yes", "--skip-preview", log=session.log("restore"), on_event=progress.update)
        book.append("restore", _entry(plan, ok=code == 0), {f"restore-plan/{plan.restore_stack}": plan.digest})
    details = report.to_json("restore", plan.stack, session.target.name.value, done, code)
    report.raise_if_failed("restore", done, code, session.console, details)
    session.console.result(
        f"{plan.server}: the data of {times.write(plan.moment)}, in {done.seconds:.0f} s", style="green"
    )
    if session.target.name is TargetName.LOCAL:
        session.console.result("  emulated: the local Azure keeps no data, so there is none in it")
    return {**details, "server": plan.server, "host": plan.host}


def _entry(plan: RestorePlan, *, ok: bool) -> dict[str, Any]:
    """Return what the ledger keeps."""
    return {
        "succeeded": ok,
        "source": plan.source.id,
        "moment": times.write(plan.moment),
        "server": plan.server,
        "stack": plan.restore_stack,
        "confirmed": plan.confirmation,
    }

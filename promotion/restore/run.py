"""A restore: check the moment, show the plan, have it confirmed, restore to a new server, explain the next steps."""

from __future__ import annotations

import datetime as dt
import sys
from contextlib import suppress
from typing import Any

import typer

from promotion.restore.messages import describe_plan, next_steps
from promotion.restore.plan import RestorePlan, make_plan
from promotion.restore.project import restore_target
from promotion.restore.source import SERVER, find_source
from promotion.restore.times import RestoreWindow, azure_time, parse_restore_time
from records import ledger
from records.clock import now
from records.identity import current
from records.ledger import Ledger
from records.locations import documents_of
from records.lock import StackLock
from stacks import report
from stacks.progress import Progress
from stacks.pulumi_cli import PulumiCli
from stacks.recovery import recover_from_crash
from stacks.session import Session
from stacks.state import require_state
from support.errors import Exit, OperationError
from targets.name import TargetName


def restore(stack: str, time: str, target: TargetName, confirmed: str, *, as_json: bool) -> None:
    """Restore the databases of ``stack`` as of ``time`` to a new server beside the stack's own.

    A pipeline passes ``confirmed`` instead of typing: ``restore STACK TIME``. Nothing else replaces typing it.

    Raises:
        OperationError: exit code 2, the moment is malformed or out of range; 3, not confirmed; 1, it failed.

    """
    moment = parse_restore_time(time)
    required = f"restore {stack} {time}"
    if confirmed and confirmed != required:
        raise OperationError(
            f"--confirm is {confirmed!r}; to restore, it must be exactly {required!r}.",
            Exit.BAD_INPUT,
            {"found": confirmed, "allowed": required},
        )
    session = Session.open(stack, target, as_json=as_json)
    plan, window = _plan(session, time, moment)
    book = ledger.open_ledger(session.target, stack, session.console)
    book.require_valid()  # a restore that cannot be recorded is not made
    for line in describe_plan(plan, window):
        session.console.result(line)
    inner = _restore_session(session, plan)
    cli = inner.pulumi  # creates the stack if it does not exist
    try:
        recovered = recover_from_crash(inner)
        details, expected = _preview(session, cli, plan)
        if details["counts"]:
            _require_confirmation(plan, confirmed, details)
            details |= _restore(session, cli, plan, expected, book)
        else:
            session.console.result(f"{plan.server} already exists as planned: nothing to do", style="green")
            details |= {"server": plan.server, "host": plan.host}
    except BaseException:
        _remove_if_empty(cli)
        raise
    steps = next_steps(plan, session.settings, target)
    session.console.result("How to use the restored data:")
    for line in steps:
        session.console.result(f"  {line}")
    session.console.emit({**details, "recovered": recovered, "next": steps})


def _plan(session: Session, typed_time: str, moment: dt.datetime) -> tuple[RestorePlan, RestoreWindow]:
    settings = session.settings
    server = find_source(_deployment(session), session.stack)
    window = RestoreWindow.of_backups(
        now=now(session.target), days=server.backup_days, created=server.created, oldest=server.oldest_backup
    )
    window.check(moment, typed_time, server.name)
    return make_plan(session.stack, typed_time, moment, server, settings), window


def _deployment(session: Session) -> dict[str, Any]:
    """Return the stack's state, without creating the stack."""
    return require_state(session, "so there is nothing to restore")["deployment"]


def _restore_session(session: Session, plan: RestorePlan) -> Session:
    """Return the session of the restore's own stack: same settings, engine and console; another project."""
    inner = Session(plan.restore_stack, restore_target(session.target, plan), session.console)
    inner.settings, inner.engine = session.settings, session.engine
    return inner


def _preview(session: Session, cli: PulumiCli, plan: RestorePlan) -> tuple[dict[str, Any], int]:
    """Plan it; return the JSON document so far, and the number of planned steps."""
    _refuse_other_restore(cli, plan)
    with Progress(session.console, "planning") as progress:
        planned, code = cli.run("preview", log=session.log("restore-preview"), on_event=progress.update)
    details = report.to_json("restore", plan.stack, session.target.name.value, planned, code)
    details["plan"] = {**plan.config(), "stack": plan.restore_stack, "digest": plan.digest}
    report.raise_if_failed("planning", planned, code, session.console, details)
    report.print_changes(planned, session.console, planned=True)
    return details, len(planned.steps)


def _remove_if_empty(cli: PulumiCli) -> None:
    """Remove the stack if nothing was restored; one that may hold resources stays."""
    with suppress(OperationError):  # would hide the error that is being raised
        deployment = cli.export()["deployment"]
        if not deployment.get("resources") and not deployment.get("pending_operations"):
            cli.query("stack", "rm", "--yes", check=False)


def _refuse_other_restore(cli: PulumiCli, plan: RestorePlan) -> None:
    """Refuse if the stack of this minute holds a restore to another second: the engine would replace its server."""
    for entry in cli.export()["deployment"].get("resources") or ():
        restored = (entry.get("inputs") or {}).get("pointInTimeUTC")
        if entry["type"] == SERVER and restored and restored != azure_time(plan.moment):
            raise OperationError(
                f"{plan.restore_stack} holds a server restored to {restored}. Delete it first, or restore to a moment "
                "of another minute.",
                Exit.REFUSED,
            )


def _require_confirmation(plan: RestorePlan, confirmed: str, details: dict[str, Any]) -> None:
    """Refuse unless the user typed what will be done; ``--yes`` would be passed from habit."""
    if confirmed == plan.confirmation:
        return
    hint = f"To restore, pass --confirm {plan.confirmation!r}."
    if not sys.stdin.isatty():
        raise OperationError(
            f"Nothing was changed: a restore must be confirmed by typing, and there is no terminal. {hint}",
            Exit.REFUSED,
            details,
        )
    typed = typer.prompt(f"Type '{plan.confirmation}' to restore", default="", show_default=False, err=True)
    if typed.strip() != plan.confirmation:
        raise OperationError(
            f"Nothing was changed: what was typed is not '{plan.confirmation}'.", Exit.REFUSED, details
        )


def _restore(session: Session, cli: PulumiCli, plan: RestorePlan, expected: int, book: Ledger) -> dict[str, Any]:
    who = current(session.target)
    command = f"./fabrix rollback {plan.stack} --restore-data {plan.typed_time}"
    with StackLock(documents_of(session.target), plan.stack).hold(command, who) as held:
        book.require_valid()  # another command may have written since
        held.check()
        with Progress(session.console, "restoring", expected) as progress:
            done, code = cli.run("up", "--yes", "--skip-preview", log=session.log("restore"), on_event=progress.update)
        book.append("restore", _entry(plan, ok=code == 0), {f"restore-plan/{plan.restore_stack}": plan.digest})
    details = report.to_json("restore", plan.stack, session.target.name.value, done, code)
    report.raise_if_failed("restore", done, code, session.console, details)
    session.console.result(
        f"{plan.server}: the data of {azure_time(plan.moment)}, in {done.seconds:.0f} s", style="green"
    )
    if session.target.name is TargetName.LOCAL:
        session.console.result("  emulated: the local Azure keeps no data, so there is none in it")
    return {**details, "server": plan.server, "host": plan.host}


def _entry(plan: RestorePlan, *, ok: bool) -> dict[str, Any]:
    """Return the ledger entry of a restore."""
    return {
        "succeeded": ok,
        "source": plan.source.id,
        "moment": azure_time(plan.moment),
        "server": plan.server,
        "stack": plan.restore_stack,
        "confirmed": plan.confirmation,
    }

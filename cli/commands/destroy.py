"""``fabrix destroy``: delete what a stack created, and say which names stay taken."""

from __future__ import annotations

import sys
from typing import Any

import typer

from promotion.locked_stack import direct_destroy
from stacks import report
from stacks.progress import Progress
from stacks.session import Session
from support.console import Console
from support.errors import Exit, OperationError
from targets.local import LocalTarget
from targets.name import TargetName


def run(stack: str, target: TargetName, *, yes: bool, as_json: bool, remove_protection: str) -> None:
    """Delete everything; protected data only when its stack is named a second time.

    Raises:
        OperationError: with the exit code that fits.

    """
    if not yes and not sys.stdin.isatty():
        raise OperationError(
            "destroy asks before it deletes, and there is no terminal to ask on; pass --yes.", Exit.BAD_INPUT
        )
    if remove_protection and remove_protection != stack:
        raise OperationError(
            f"--remove-protection names {remove_protection}, but the stack is {stack}.", Exit.BAD_INPUT
        )
    session = Session.open(stack, target, as_json=as_json)
    with direct_destroy(session) as said:
        _destroy(session, said, yes=yes, remove_protection=remove_protection)


def _destroy(session: Session, said: list[str], *, yes: bool, remove_protection: str) -> None:
    stack, target = session.stack, session.target.name
    resources = session.pulumi.export()["deployment"].get("resources") or []
    protected = [r["urn"].rsplit("::", 1)[-1] for r in resources if r.get("protect")]
    if protected and not remove_protection:
        raise OperationError(
            f"{stack} holds protected data ({', '.join(protected)}). To delete it as well: "
            f"./fabrix destroy {stack} --remove-protection {stack}",
            Exit.REFUSED,
            {"protected": protected},
        )
    owned = sum(r.get("custom", False) and not r["type"].startswith("pulumi:") for r in resources)
    if not yes:
        typer.confirm(f"Delete {owned} resources of {stack}?", abort=True, err=True)
    if protected:
        session.pulumi.query("state", "unprotect", "--all", "--yes")
    with Progress(session.console, "deleting", owned) as progress:
        done, code = session.pulumi.run(
            "destroy", "--yes", "--skip-preview", log=session.log("destroy"), on_event=progress.update
        )
    details: dict[str, Any] = {**report.to_json("destroy", stack, target.value, done, code), "recovered": said}
    report.raise_if_failed("destroy", done, code, session.console, details)
    session.console.result(f"{stack}: {report.summary(done, planned=False)} in {done.seconds:.0f} s", style="green")
    if isinstance(session.target, LocalTarget):
        details |= _left(session.console, session.target)
    session.console.emit(details)


def _left(console: Console, target: LocalTarget) -> dict[str, Any]:
    """Report what a destroy leaves behind by Azure's own rules."""
    with target.store() as store:
        held = target.reserved_names(store)
    for row in held:
        console.result(
            f"soft-deleted, its name stays taken until {row['until']}: {row['name']} ({row['type']}). "
            "The next `up` takes another name."
        )
    return {"softDeleted": held}

"""``fabrix ledger``: read what was decided and done, and check that nobody changed it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from records.ledger import open_for_reading
from records.ledger.entry import KINDS
from records.ledger.verification import Verification
from stacks.session import Session
from support.errors import Exit, OperationError
from targets.name import TargetName


def show(stack: str, target: TargetName, *, kind: str, files: Sequence[Path], as_json: bool) -> None:
    """Print the entries, one a line, and say plainly if they cannot be relied on.

    Raises:
        OperationError: exit code 2, there is no such stack file or kind of entry.

    """
    if kind and kind not in KINDS:
        raise OperationError(f"--kind {kind}: there is no such kind of entry; there are {', '.join(KINDS)}", _BAD)
    session, judged = _read(stack, target, files, as_json=as_json)
    for entry in (chosen := [entry for entry in judged.entries if kind in ("", entry.kind)]):
        session.console.result(entry.line())
    if not judged.entries and not judged.faults:
        session.console.result(f"the ledger of {stack} is empty: nothing was promoted, approved or rolled back yet")
    elif judged.faults:
        session.console.result(
            f"NOT TO BE RELIED ON: {_faults(judged)}; `./fabrix ledger verify {stack}` names them", style="bold red"
        )
    else:
        session.console.result(f"head {judged.entries[-1].digest}; note it elsewhere, `verify --head` then anchors it")
    session.console.emit(
        {**_document(stack, target, judged), "entries": [entry.document() for entry in chosen], "ok": not judged.faults}
    )


def verify(stack: str, target: TargetName, *, anchor: str, files: Sequence[Path], as_json: bool) -> None:
    """Check the whole ledger.

    Raises:
        OperationError: exit code 3, it does not verify; every fault is named, with what to do.

    """
    session, judged = _read(stack, target, files, as_json=as_json, anchor=anchor or None)
    for note in judged.notes:
        session.console.info(f"note: {note}", style="yellow")
    if judged.faults:
        listed = "\n".join(f"  {fault}" for fault in judged.faults)
        raise OperationError(
            f"the ledger of {stack} does not verify: {_faults(judged)}\n{listed}",
            Exit.REFUSED,
            {key: value for key, value in _document(stack, target, judged).items() if key != "ok"},
        )
    count = len(judged.entries)
    session.console.result(
        f"the ledger of {stack} verifies: {count} {'entry' if count == 1 else 'entries'}, complete, in order, signed"
        if count
        else f"the ledger of {stack} is empty, and nothing says that it ever was not",
        style="green" if count else "yellow",
    )
    session.console.emit(_document(stack, target, judged))


_BAD = Exit.BAD_INPUT


def _read(
    stack: str, target: TargetName, files: Sequence[Path], *, as_json: bool, anchor: str | None = None
) -> tuple[Session, Verification]:
    session = Session.open(stack, target, as_json=as_json)
    session.require_settings()  # a stack that does not exist is told apart from an empty ledger
    return session, open_for_reading(session.target, stack, files).verification(anchor)


def _faults(judged: Verification) -> str:
    count = len(judged.faults)
    return f"{count} {'fault' if count == 1 else 'faults'}"


def _document(stack: str, target: TargetName, judged: Verification) -> dict[str, Any]:
    return {
        "ok": not judged.faults,
        "stack": stack,
        "target": target.value,
        "count": len(judged.entries),
        "head": judged.entries[-1].digest if judged.entries and not judged.faults else None,
        "faults": [fault.document() for fault in judged.faults],
        "notes": judged.notes,
    }

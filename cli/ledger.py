"""``fabrix ledger``: read what was decided and done, and check that nobody changed it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.options import Json, Stack, TargetOption, new_app
from records.ledger import open_for_reading
from records.ledger.entry import KINDS
from records.ledger.verification import Verification
from stacks.session import Session
from support.errors import Exit, OperationError
from targets.name import TargetName

Keys = Annotated[
    list[Path] | None,
    typer.Option("--key", help="Public key (PEM) to trust instead of the target's own; may be repeated."),
]

app = new_app("The signed record of approvals, promotions and rollbacks.")


@app.command()
def show(
    stack: Stack,
    kind: Annotated[str, typer.Option("--kind", help="Only entries of this kind, e.g. promotion.")] = "",
    key: Keys = None,
    target: TargetOption = TargetName.LOCAL,
    as_json: Json = False,
) -> None:
    """Print the entries of STACK's ledger."""
    if kind and kind not in KINDS:
        raise OperationError(
            f"--kind {kind}: there is no such kind of entry; there are {', '.join(KINDS)}", Exit.BAD_INPUT
        )
    session, judged = _read(stack, target, key or [], as_json=as_json)
    for entry in (chosen := [entry for entry in judged.entries if kind in ("", entry.kind)]):
        session.console.result(entry.line())
    if not judged.entries and not judged.faults:
        session.console.result(f"the ledger of {stack} is empty: nothing was promoted, approved or rolled back yet")
    elif judged.faults:
        session.console.result(
            f"NOT RELIABLE: {_faults(judged)}; `./fabrix ledger verify {stack}` names them", style="bold red"
        )
    else:
        session.console.result(f"head {judged.entries[-1].digest}; store it elsewhere; `verify --head DIGEST` compares")
    session.console.emit(
        {**_document(stack, target, judged), "entries": [entry.document() for entry in chosen], "ok": not judged.faults}
    )


@app.command()
def verify(
    stack: Stack,
    key: Keys = None,
    head: Annotated[str, typer.Option("--head", metavar="DIGEST", help="Digest of an entry, noted elsewhere.")] = "",
    target: TargetOption = TargetName.LOCAL,
    as_json: Json = False,
) -> None:
    """Check that nobody changed STACK's ledger; exit 3 if so."""
    session, judged = _read(stack, target, key or [], as_json=as_json, anchor=head or None)
    document = _document(stack, target, judged)
    for note in judged.notes:
        session.console.info(f"note: {note}", style="yellow")
    if judged.faults:
        listed = "\n".join(f"  {fault}" for fault in judged.faults)
        del document["ok"]
        raise OperationError(
            f"the ledger of {stack} does not verify: {_faults(judged)}\n{listed}", Exit.REFUSED, document
        )
    count = len(judged.entries)
    session.console.result(
        f"the ledger of {stack} verifies: {count} {'entry' if count == 1 else 'entries'}, complete, in order, signed"
        if count
        else f"the ledger of {stack} is empty, and there is no trace of earlier entries",
        style="green" if count else "yellow",
    )
    session.console.emit(document)


def _read(
    stack: str, target: TargetName, keys: Sequence[Path], *, as_json: bool, anchor: str | None = None
) -> tuple[Session, Verification]:
    session = Session.open(stack, target, as_json=as_json)
    session.require_settings()  # distinguishes a stack that does not exist from an empty ledger
    return session, open_for_reading(session.target, stack, keys).verification(anchor)


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

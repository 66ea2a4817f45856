"""Opening the ledger of a stack where a command acts."""

from __future__ import annotations

from pathlib import Path

from records import clock, identity, locations
from records.ledger import keys
from records.ledger.book import Ledger
from support.console import Console
from targets.target import Target


def open_ledger(target: Target, stack: str, console: Console | None = None) -> Ledger:
    """Return the ledger of ``stack`` on ``target``, ready to be read and continued.

    Raises:
        OperationError: exit code 2, the place or the key is not named or cannot be; 4, the Azure packages are missing.

    """
    found = keys.signing_keys(target, stack)
    ledger = Ledger(
        locations.documents(target.bound(stack)),
        stack,
        found.signer,
        trusted=found.trusted,
        identity=lambda: identity.current(target),
        clock=lambda: clock.now(target),
    )
    if console is not None:
        for note in ledger.judge().notes:
            console.info(f"ledger of {stack}: {note}", style="yellow")
    return ledger


def for_reading(target: Target, stack: str, files: list[Path]) -> Ledger:
    """Return the ledger for somebody who only reads; public keys in ``files``, if there are any, replace the place's.

    Raises:
        OperationError: as :func:`open_ledger`; and exit code 2, a file holds no public key.

    """
    trusted = (
        tuple(keys.read_public(file) for file in files)
        if files
        else keys.signing_keys(target, stack, make=False).trusted
    )
    return Ledger(locations.documents(target.bound(stack)), stack, None, trusted=trusted)

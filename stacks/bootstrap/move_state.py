"""Moves the state of one stack to another backend, so that nothing is lost whenever it is interrupted.

The old state stays unchanged until the new one has been read back and is equal; then a marker beside it records where
the state went, and every later command refuses to use the old one. Each step first checks what is done already, so the
same command may be repeated after an interruption.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stacks.bootstrap.move_records import RecordsMove
from stacks.bootstrap.stack_in_backend import StackInBackend
from stacks.recovery import read_locks
from support.errors import Exit, OperationError

Report = Callable[[str], None]


@dataclass(frozen=True)
class Moved:
    """Result of a move."""

    to: str
    resources: int
    already: bool
    """There was nothing left to do."""


def move_to_backend(
    old: StackInBackend,
    new: StackInBackend,
    *,
    provider: str = "",
    report: Report = lambda _: None,
    records: RecordsMove | None = None,
) -> Moved:
    """Move the state from ``old`` to ``new``, and the ``records`` beside it before the old state is given up.

    With ``provider``, that key encrypts its secrets from now on.

    Raises:
        OperationError: exit code 2, there is nothing to move or the URL cannot be used; 3, the stack is locked, has
            unfinished operations, or ``new`` has other content; 1, the engine failed. Nothing is lost in any case.

    """
    if provider and "://" not in provider:
        raise OperationError(
            f"--secrets-provider {provider}: a key given by its URL, such as "
            "azurekeyvault://VAULT.vault.azure.net/keys/KEY/VERSION. A passphrase is moved with the state.",
            Exit.BAD_INPUT,
        )
    if old.url == new.url:
        raise OperationError(
            f"{old.stack} has its state in {new.url} already. If it is elsewhere, unset FABRIX_STATE_URL for this "
            "command.",
            Exit.BAD_INPUT,
        )
    if (moved_to := old.backend.moved_to(old.stack)) and moved_to != new.url:
        raise OperationError(
            f"the state of {old.stack} has moved to {moved_to} already; continue with FABRIX_STATE_URL={moved_to}.",
            Exit.REFUSED,
        )
    if not old.backend.has_stack(old.stack):
        raise OperationError(f"there is no stack {old.stack} in {old.url}: nothing to move.", Exit.BAD_INPUT)
    if moved_to and new.backend.has_stack(new.stack):
        before = new.fingerprint() if provider else ""
        changed = _change_provider(new, provider, before, report)
        return Moved(new.url, _count(new.export()), already=not changed)
    if records:
        records.check()
    state, before = _export_idle(old), old.fingerprint()
    _import(old, new, state, report)
    if new.fingerprint() != before or old.fingerprint() != before:
        raise OperationError(
            f"the state read back from {new.url} differs from the one in {old.url}; somebody changed one of them "
            "meanwhile. The old state is unchanged and remains in use. Compare both, then remove the new one: "
            f"`pulumi stack rm {new.stack} --force` there."
        )
    report("read back: equal, secrets included")
    _change_provider(new, provider, before, report)
    if records:
        records.move()
    if old.fingerprint() != before:
        raise OperationError(
            f"somebody changed the state in {old.url} while it was being moved. It remains in use; the copy in "
            f"{new.url} lacks that change. Remove the copy there (`pulumi stack rm {new.stack} --force`) and repeat "
            "the command."
        )
    new.backend.record_move(new.stack, None)
    old.backend.record_move(old.stack, new.url)
    return Moved(new.url, _count(state), already=False)


def _change_provider(new: StackInBackend, provider: str, before: str, report: Report) -> bool:
    """Encrypt the secrets with ``provider``; return whether there was something to do.

    Raises:
        OperationError: the engine failed, or the state differs afterwards.

    """
    used = _deployment(new.export()).get("secrets_providers") or {}
    if not provider or (used.get("state") or {}).get("url") == provider:
        return False
    new.pulumi("stack", "change-secrets-provider", provider, "--stack", new.stack)
    if new.fingerprint() != before:
        raise OperationError(f"the state in {new.url} differs since its secrets are encrypted with {provider}.")
    report(f"its secrets are encrypted with {provider} now")
    return True


def _export_idle(old: StackInBackend) -> str:
    """Return the state of a stack that nobody is changing.

    Raises:
        OperationError: exit code 3, it is locked or has unfinished operations.

    """
    if locks := read_locks(old.backend, old.stack):
        owners = "; ".join(lock.owner for lock in locks)
        raise OperationError(
            f"stack {old.stack} is locked by {owners}. Wait for it to end; if it is dead, `./fabrix up {old.stack}` "
            "frees the lock and finishes the work. Then move.",
            Exit.REFUSED,
            {"locks": [lock.owner for lock in locks]},
        )
    state = old.export()
    if pending := _deployment(state).get("pending_operations"):
        names = ", ".join(str(entry["resource"]["urn"]).rpartition("::")[2] for entry in pending)
        raise OperationError(
            f"stack {old.stack} has unfinished operations ({names}). `./fabrix up {old.stack}` resolves them.",
            Exit.REFUSED,
        )
    return state


def _import(old: StackInBackend, new: StackInBackend, state: str, report: Report) -> None:
    """Create the stack in its new backend and import the state, each only if that is still to do.

    Raises:
        OperationError: exit code 3, the new backend has other content.

    """
    if not new.backend.has_stack(new.stack):
        new.init()
        report(f"created the stack {new.stack} in {new.url}")
    elif count := _count(new.export()):
        if old.fingerprint() == new.fingerprint():
            report(f"{new.url} has the same state already, from an earlier move")
            return
        raise OperationError(
            f"{new.url} has a stack {new.stack} with other content ({count} resources); moving would lose it. Remove "
            "it there if it is not needed, or choose another container.",
            Exit.REFUSED,
        )
    new.pulumi("stack", "import", "--stack", new.stack, stdin=state)
    report(f"imported {_count(state)} entries there")


def _deployment(state: str) -> dict[str, Any]:
    return json.loads(state).get("deployment") or {}


def _count(state: str) -> int:
    return len(_deployment(state).get("resources") or [])

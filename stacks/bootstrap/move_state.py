"""Moves the state of one stack to another backend, so that nothing is lost whenever it is interrupted.

The old state stays, untouched, until the new one was read back and is equal; then a note beside it says where the state
went, and every later command refuses to go on with the old one. Each step looks at what is there first, so the same
command may be given again after an interruption.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from stacks import recovery
from stacks.bootstrap.stack_in_backend import StackInBackend
from support.errors import Exit, OperationError

Say = Callable[[str], None]


@dataclass(frozen=True)
class Moved:
    """What a move did."""

    to: str
    resources: int
    already: bool
    """There was nothing left to do."""


class Beside(Protocol):
    """What lies beside a state and has to come along."""

    def check(self) -> None:
        """Refuse what could not be brought; nothing is changed."""

    def bring(self) -> None:
        """Bring it, each part only where that is still to do."""


def move_to_backend(
    old: StackInBackend,
    new: StackInBackend,
    *,
    provider: str = "",
    say: Say = lambda _: None,
    beside: Beside | None = None,
) -> Moved:
    """Bring the state from ``old`` to ``new``; with ``provider``, its secrets are closed by that one from now on.

    What lies ``beside`` the state comes along before anybody is sent to the new place.

    Raises:
        OperationError: exit code 2, there is nothing to move or the address cannot be used; 3, the stack is locked, has
            unfinished operations, or ``new`` holds other content; 1, the engine failed. Nothing is lost in any case.

    """
    if provider and "://" not in provider:
        raise OperationError(
            f"--secrets-provider {provider}: a key that the engine reaches by an address, such as "
            "azurekeyvault://VAULT.vault.azure.net/keys/KEY/VERSION. A passphrase comes along by itself.",
            Exit.BAD_INPUT,
        )
    if old.url == new.url:
        raise OperationError(
            f"{old.stack} has its state in {new.url} already. If it lies elsewhere, unset FABRIX_STATE_URL for this "
            "command.",
            Exit.BAD_INPUT,
        )
    if (noted := old.place.moved_to(old.stack)) and noted != new.url:
        raise OperationError(
            f"the state of {old.stack} has moved to {noted} already; go on with FABRIX_STATE_URL={noted}.",
            Exit.REFUSED,
        )
    if not old.place.has_stack(old.stack):
        raise OperationError(f"there is no stack {old.stack} in {old.url}: nothing to move.", Exit.BAD_INPUT)
    if noted and new.place.has_stack(new.stack):
        before = new.fingerprint() if provider else ""
        closed = _close(new, provider, before, say)
        return Moved(new.url, _count(new.exported()), already=not closed)
    if beside:
        beside.check()
    state, before = _quiet(old), old.fingerprint()
    _bring(old, new, state, say)
    if new.fingerprint() != before or old.fingerprint() != before:
        raise OperationError(
            f"what was read back from {new.url} is not what lies in {old.url}; somebody changed one of them meanwhile. "
            f"The old state is untouched and still the one that counts. Look at both, then remove the new one: "
            f"`pulumi stack rm {new.stack} --force` there."
        )
    say("read back: equal, secrets included")
    _close(new, provider, before, say)
    if beside:
        beside.bring()
    if old.fingerprint() != before:
        raise OperationError(
            f"somebody changed the state in {old.url} while it was being moved. It is still the one that counts; what "
            f"lies in {new.url} is older by that change. Remove it there (`pulumi stack rm {new.stack} --force`) and "
            "give the command again."
        )
    new.place.record_move(new.stack, None)
    old.place.record_move(old.stack, new.url)
    return Moved(new.url, _count(state), already=False)


def _close(new: StackInBackend, provider: str, before: str, say: Say) -> bool:
    """Close the secrets with ``provider`` from now on; say whether there was something to do.

    Raises:
        OperationError: the engine failed, or the state is another one afterwards.

    """
    used = _body(new.exported()).get("secrets_providers") or {}
    if not provider or (used.get("state") or {}).get("url") == provider:
        return False
    new.pulumi("stack", "change-secrets-provider", provider, "--stack", new.stack)
    if new.fingerprint() != before:
        raise OperationError(f"the state in {new.url} is another one since its secrets are closed with {provider}.")
    say(f"its secrets are closed with {provider} now")
    return True


def _quiet(old: StackInBackend) -> str:
    """Return the state of a stack that nobody is changing.

    Raises:
        OperationError: exit code 3, it is locked or has unfinished operations.

    """
    if held := recovery.read_locks(old.place, old.stack):
        owners = "; ".join(lock.owner for lock in held)
        raise OperationError(
            f"stack {old.stack} is locked by {owners}. Wait for it to end; if it is dead, `./fabrix up {old.stack}` "
            "frees the lock and finishes the work. Then move.",
            Exit.REFUSED,
            {"locks": [lock.owner for lock in held]},
        )
    state = old.exported()
    if pending := _body(state).get("pending_operations"):
        names = ", ".join(str(entry["resource"]["urn"]).rpartition("::")[2] for entry in pending)
        raise OperationError(
            f"stack {old.stack} has unfinished operations ({names}). `./fabrix up {old.stack}` settles them.",
            Exit.REFUSED,
        )
    return state


def _bring(old: StackInBackend, new: StackInBackend, state: str, say: Say) -> None:
    """Make the stack at its new place and fill it, each only where that is still to do.

    Raises:
        OperationError: exit code 3, the new place holds other content.

    """
    if not new.place.has_stack(new.stack):
        new.make()
        say(f"made the stack {new.stack} in {new.url}")
    elif there := _count(new.exported()):
        if old.fingerprint() == new.fingerprint():
            say(f"{new.url} holds the same state already: an earlier move came so far")
            return
        raise OperationError(
            f"{new.url} holds a stack {new.stack} with other content ({there} resources); moving would lose it. Remove "
            "it there if it is not needed, or choose another container.",
            Exit.REFUSED,
        )
    new.pulumi("stack", "import", "--stack", new.stack, stdin=state)
    say(f"brought {_count(state)} entries there")


def _body(state: str) -> dict[str, Any]:
    return json.loads(state).get("deployment") or {}


def _count(state: str) -> int:
    return len(_body(state).get("resources") or [])

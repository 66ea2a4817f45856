"""What lies beside a state when it moves: nobody may be at work there, and the ledger comes along.

Locks and journals stay, since there are none while a state moves; what is under way is refused. The key that signs is
no part of it: it belongs to the machine, or lies in a vault.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass

from records import identity, locations
from records.documents import Documents, Exists
from records.ledger.verification import NUMBERED
from records.lock import HeldLock, StackLock
from settings.bootstrap import STACK
from support.errors import Exit, OperationError
from targets.target import Target

Say = Callable[[str], None]


@dataclass(frozen=True)
class RecordsMove:
    """The records of a stack whose state moves, kept to ourselves."""

    target: Target
    stack: str
    held: HeldLock
    here: Documents
    url: str
    """Address of the state's new place."""
    say: Say

    def check(self) -> None:
        """Make sure that the ledger finds its place.

        Raises:
            OperationError: exit code 3, another ledger lies there; 2, no ledger can lie there.

        """
        if there := self._there():
            _refuse_other(self.here, there, self.stack)

    def bring(self) -> None:
        """Bring the ledger; raises as :meth:`check`, and exit code 3 if the lock was lost."""
        self.held.check()
        if (there := self._there()) and (count := copy_ledger(self.here, there, self.stack)):
            self.say(f"brought the ledger: {count} documents")

    def _there(self) -> Documents | None:
        """Return where the ledger has to go; nothing if there is none, or if it lies there already."""
        if not self.here.names(f"ledger/{self.stack}/"):
            return None
        there = locations.documents_beside(self.target, self.url)
        return None if there == self.here else there


@contextmanager
def lock_records(target: Target, stack: str, old: str, new: str, *, say: Say) -> Generator[RecordsMove | None]:
    """Keep everybody off the records of ``stack`` inside the block. ``old``, ``new``: addresses of the state.

    A state without records beside it is moved alone; the bootstrap's own never has any.

    Raises:
        OperationError: exit code 3, somebody is changing the stack, or a promotion of it is unfinished.

    """
    here = None if stack == STACK else locations.find_documents(target, old)
    if here is None:
        yield None
        return
    with StackLock(here, stack).hold(f"bootstrap --move {stack}", identity.current(target)) as held:
        _refuse_unfinished(here, stack)
        yield RecordsMove(target, stack, held, here, new, say)


def _refuse_unfinished(documents: Documents, stack: str) -> None:
    from records.journal import Journals

    if journal := Journals(documents).read(stack):
        raise OperationError(
            f"{journal.description}. It is unfinished, and could not be finished once the state has moved. "
            f"`./fabrix resume {stack}` finishes or undoes it. Then move.",
            Exit.REFUSED,
        )


def copy_ledger(here: Documents, there: Documents, stack: str) -> int:
    """Bring the ledger of ``stack``, byte for byte, the head last; return how many documents had to be written.

    Raises:
        OperationError: exit code 3, there is another ledger at the new place.

    """
    _refuse_other(here, there, stack)
    written = sum(_copy(here, there, name) for name in here.names(f"ledger/{stack}/"))
    head = f"heads/{stack}.json"
    ours, theirs = here.read(head), there.read(head)
    if ours is None or (theirs and theirs.content == ours.content):
        return written
    if theirs is None:
        there.create(head, ours.content)
    else:  # older: all that it stands for has been compared
        there.replace(head, ours.content, theirs.etag)
    return written + 1


def _refuse_other(here: Documents, there: Documents, stack: str) -> None:
    """Refuse a ledger that is not the beginning of ours: one that is lies where the state has been before."""
    folder = f"ledger/{stack}/"
    known = set(here.names(folder))
    for name in there.names(folder):
        own = here.read(name) if name in known else None
        other = there.read(name)
        entry = NUMBERED.fullmatch(name.removeprefix(folder))
        if (own is None and entry) or (own and other and own.content != other.content):
            raise _other(name)


def _copy(here: Documents, there: Documents, name: str) -> bool:
    document = here.read(name)
    if document is None:
        raise OperationError(f"{name} vanished while it was read; nothing of the old place was changed.")
    if there.read(name) is None:
        try:
            there.create(name, document.content)
        except Exists:
            pass
        else:
            return True
    found = there.read(name)
    if found is None or found.content != document.content:
        raise _other(name)
    return False


def _other(name: str) -> OperationError:
    return OperationError(
        f"{name} at the new place is not the one of the old place: another ledger lies there, and a ledger is never "
        "written over. The old state and its ledger are untouched and still the ones that count. Find out whose it is, "
        "or choose another container.",
        Exit.REFUSED,
    )

"""Moves the records beside a state: the ledger is copied, and nobody else may change the stack meanwhile.

Locks and journals are not copied: a stack with an unfinished promotion is refused. The signing key is no record either:
it belongs to the machine, or is in a vault.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass

from records import identity, locations
from records.documents import Documents, Exists
from records.journal import Journals
from records.ledger.verification import NUMBERED
from records.lock import HeldLock, StackLock
from settings.bootstrap import STACK
from support.errors import Exit, OperationError
from targets.target import Target


@dataclass(frozen=True)
class RecordsMove:
    """The locked records of a stack whose state is moved."""

    target: Target
    stack: str
    lock: HeldLock
    old: Documents
    new_url: str
    """URL of the state's new backend."""
    report: Callable[[str], None]

    def check(self) -> None:
        """Check that the ledger can be moved; nothing is changed.

        Raises:
            OperationError: exit code 3, the new backend has another ledger; 2, it cannot have one.

        """
        if new := self._new():
            _refuse_other_ledger(self.old, new, self.stack)

    def move(self) -> None:
        """Copy the ledger, each part only if missing; raises as :meth:`check`, and exit code 3 if the lock was lost."""
        self.lock.check()
        if (new := self._new()) and (count := copy_ledger(self.old, new, self.stack)):
            self.report(f"copied the ledger: {count} documents")

    def _new(self) -> Documents | None:
        """Return the documents to copy the ledger to; None if there is no ledger, or it is there already."""
        if not self.old.names(f"ledger/{self.stack}/"):
            return None
        new = locations.documents_beside(self.target, self.new_url)
        return None if new == self.old else new


@contextmanager
def lock_records(
    target: Target, stack: str, old_url: str, new_url: str, *, report: Callable[[str], None]
) -> Generator[RecordsMove | None]:
    """Lock the records of ``stack`` inside the block; the URLs are those of its state, before and after.

    None if there are no records beside the state: the bootstrap's own never has any.

    Raises:
        OperationError: exit code 3, somebody is changing the stack, or a promotion of it is unfinished.

    """
    old = None if stack == STACK else locations.find_documents(target, old_url)
    if old is None:
        yield None
        return
    with StackLock(old, stack).hold(f"bootstrap --move {stack}", identity.current(target)) as lock:
        if journal := Journals(old).read(stack):
            raise OperationError(
                f"{journal.description}. It is unfinished, and could not be finished once the state has moved. "
                f"`./fabrix resume {stack}` finishes or undoes it. Then move.",
                Exit.REFUSED,
            )
        yield RecordsMove(target, stack, lock, old, new_url, report)


def copy_ledger(old: Documents, new: Documents, stack: str) -> int:
    """Copy the ledger of ``stack``, byte for byte, the head last; return how many documents had to be written.

    Raises:
        OperationError: exit code 3, the new backend has another ledger.

    """
    _refuse_other_ledger(old, new, stack)
    written = sum(_copy(old, new, name) for name in old.names(f"ledger/{stack}/"))
    head = f"heads/{stack}.json"
    ours, theirs = old.read(head), new.read(head)
    if ours is None or (theirs and theirs.content == ours.content):
        return written
    if theirs is None:
        new.create(head, ours.content)
    else:  # an older head: all entries that it covers have been compared
        new.replace(head, ours.content, theirs.etag)
    return written + 1


def _refuse_other_ledger(old: Documents, new: Documents, stack: str) -> None:
    """Refuse unless the new ledger is a beginning of ours, as it is where the state has been before."""
    folder = f"ledger/{stack}/"
    known = set(old.names(folder))
    for name in new.names(folder):
        ours = old.read(name) if name in known else None
        theirs = new.read(name)
        entry = NUMBERED.fullmatch(name.removeprefix(folder))
        if (ours is None and entry) or (ours and theirs and ours.content != theirs.content):
            raise _other_ledger(name)


def _copy(old: Documents, new: Documents, name: str) -> bool:
    """Copy a document if it is missing; return whether it was."""
    document = old.read(name)
    if document is None:
        raise OperationError(f"{name} vanished while it was read; nothing in the old backend was changed.")
    if new.read(name) is None:
        try:
            new.create(name, document.content)
        except Exists:
            pass
        else:
            return True
    copy = new.read(name)
    if copy is None or copy.content != document.content:
        raise _other_ledger(name)
    return False


def _other_ledger(name: str) -> OperationError:
    return OperationError(
        f"{name} in the new backend differs from the old one: it belongs to another ledger, and a ledger is never "
        "overwritten. The old state and its ledger are unchanged and remain in use. Find out whose the other "
        "ledger is, or choose another container.",
        Exit.REFUSED,
    )

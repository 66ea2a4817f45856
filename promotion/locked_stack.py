"""What every change of a stack begins with: its lock, its ledger, and whatever an interrupted run left behind."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from promotion.deploy import recover
from promotion.deployed_stack import DeployedStack
from records.journal import Journals
from stacks.aftermath import after_crash
from stacks.session import Session
from support.errors import Exit, OperationError

if TYPE_CHECKING:
    from records.identity import Identity
    from records.ledger import Ledger
    from records.lock import Held
    from settings.release import Release


@dataclass
class LockedStack:
    """A stack that nobody else changes meanwhile."""

    session: Session
    ledger: Ledger
    journals: Journals
    place: DeployedStack
    who: Identity
    held: Held

    @classmethod
    @contextmanager
    def on(cls, session: Session, purpose: str) -> Generator[LockedStack]:
        """Take the stack's lock for as long as the block runs.

        Raises:
            OperationError: exit code 3, somebody else holds it: who, for what, since when, until when.

        """
        from records import identity, ledger, locations
        from records.lock import StackLock

        _ = session.settings
        documents, who = locations.documents(session.target), identity.current(session.target)
        with StackLock(documents, session.stack).hold(purpose, who) as held:
            if held.taken_over:
                session.console.info(f"took over the lock of {held.taken_over}", style="yellow")
            yield cls(
                session=session,
                ledger=ledger.open_ledger(session.target, session.stack, session.console),
                journals=Journals(documents),
                place=DeployedStack(session),
                who=who,
                held=held,
            )

    def settle(self) -> list[str]:
        """Finish or undo what an interrupted run left, the engine's part first; return in words what was done."""
        said = after_crash(self.session)
        if done := recover(self.place, self.journals, self.ledger, self.held.check):
            self.session.console.info(done, style="yellow")
            self.session.__dict__.pop("settings", None)  # the stack file may have another release line now
            self.place = DeployedStack(self.session)
            said.append(done)
        return said

    def abandon(self, reason: str) -> list[str]:
        """Forget what an interrupted run left, for the reason given, and say what has to be looked at now.

        Raises:
            OperationError: exit code 3, the ledger does not verify, and would have to keep the reason.

        """
        from promotion.entries import append

        said, stack = after_crash(self.session), self.session.stack
        if journal := self.journals.read(stack):
            self.ledger.require_valid()
            append(self.ledger, "promotion", journal, {"phase": "abandoned", "why": reason, "step": journal.step.value})
            self.journals.close(journal)
            said.append(
                f"abandoned: {journal.words}. Nothing was changed: `./fabrix drift {stack}` says how Azure differs "
                f"from what the state knows, `./fabrix up {stack} --refresh` makes it what Pulumi.{stack}.yaml says"
            )
            self.session.console.info(said[-1], style="yellow")
        return said

    def runs(self, release: Release) -> bool:
        """Whether exactly this release runs: by the stack file, the state, and the images in it."""
        from promotion.candidate import exported
        from stacks import running

        if self.session.settings.release.id != release.id:
            return False
        found = running.running(exported(self.session)["deployment"], self.session.settings)
        return found.id == release.id and found.hash == release.hash and not found.problems

    def refuse_unfinished(self) -> None:
        """Refuse where something is unfinished and nothing may be changed.

        Raises:
            OperationError: exit code 3.

        """
        if journal := self.journals.read(self.session.stack):
            raise OperationError(
                f"unfinished: {journal.words}. `./fabrix resume {self.session.stack}` finishes or undoes it.",
                Exit.REFUSED,
            )

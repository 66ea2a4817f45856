"""What every change of a stack begins with: its lock, its ledger, and whatever an interrupted run left behind."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from operations.aftermath import after_crash
from operations.exits import Exit, OperationError
from operations.promotion.deploy import recover
from operations.promotion.journal import Journals
from operations.promotion.place import Place
from operations.session import Session

if TYPE_CHECKING:
    from operations.ledger import Ledger
    from operations.records.identity import Identity
    from operations.records.lock import Held
    from settings.release import Release


@dataclass
class Start:
    """A stack that nobody else changes meanwhile."""

    session: Session
    ledger: Ledger
    journals: Journals
    place: Place
    who: Identity
    held: Held

    @classmethod
    @contextmanager
    def on(cls, session: Session, purpose: str) -> Generator[Start]:
        """Take the stack's lock for as long as the block runs.

        Raises:
            OperationError: exit code 3, somebody else holds it: who, for what, since when, until when.

        """
        from operations import ledger
        from operations.records import identity, place
        from operations.records.lock import StackLock

        _ = session.settings
        documents, who = place.documents(session.target), identity.current(session.target)
        with StackLock(documents, session.stack).hold(purpose, who) as held:
            if held.taken_over:
                session.speaker.say(f"took over the lock of {held.taken_over}", style="yellow")
            yield cls(
                session=session,
                ledger=ledger.open(session.target, session.stack, session.speaker),
                journals=Journals(documents),
                place=Place(session),
                who=who,
                held=held,
            )

    def settle(self) -> list[str]:
        """Finish or undo what an interrupted run left, the engine's part first; return in words what was done."""
        said = after_crash(self.session)
        if done := recover(self.place, self.journals, self.ledger, self.held.check):
            self.session.speaker.say(done, style="yellow")
            self.session.__dict__.pop("settings", None)  # the stack file may have another release line now
            self.place = Place(self.session)
            said.append(done)
        return said

    def abandon(self, reason: str) -> list[str]:
        """Forget what an interrupted run left, for the reason given, and say what has to be looked at now.

        Raises:
            OperationError: exit code 3, the ledger does not verify, and would have to keep the reason.

        """
        from operations.promotion.entries import append

        said, stack = after_crash(self.session), self.session.stack
        if journal := self.journals.read(stack):
            self.ledger.require_valid()
            append(self.ledger, "promotion", journal, {"phase": "abandoned", "why": reason, "step": journal.step.value})
            self.journals.close(journal)
            said.append(
                f"abandoned: {journal.words}. Nothing was changed: `./fabrix drift {stack}` says how Azure differs "
                f"from what the state knows, `./fabrix up {stack} --refresh` makes it what Pulumi.{stack}.yaml says"
            )
            self.session.speaker.say(said[-1], style="yellow")
        return said

    def runs(self, release: Release) -> bool:
        """Whether exactly this release runs: by the stack file, the state, and the images in it."""
        from operations import running
        from operations.promotion.candidate import exported

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

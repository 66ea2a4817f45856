"""A stack under its lock: what every change begins with, whether a promotion, `up` or `destroy`.

Whoever changes a stack first takes its lock and finishes or undoes whatever an interrupted run left behind.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from promotion.deploy import finish_interrupted
from promotion.deployed_stack import DeployedStack
from promotion.history import append_entry
from records import identity, locations
from records.identity import Identity
from records.journal import Journals
from records.ledger import Ledger, open_ledger
from records.lock import HeldLock, StackLock
from settings.release import Release
from stacks import running
from stacks.recovery import recover_from_crash
from stacks.session import Session
from support.errors import Exit, OperationError


@dataclass
class LockedStack:
    """A stack whose lock this process holds, with its ledger and journal."""

    session: Session
    ledger: Ledger
    journals: Journals
    deployed: DeployedStack
    actor: Identity
    """Who runs this command."""
    lock: HeldLock

    @classmethod
    @contextmanager
    def on(cls, session: Session, purpose: str) -> Generator[LockedStack]:
        """Hold the stack's lock for as long as the block runs.

        Raises:
            OperationError: exit code 2, the stack file is wrong; 3, somebody else holds the lock: the message says
                who, for what, since when and until when.

        """
        session.require_settings()  # a wrong stack file is reported before anything is locked
        documents, actor = locations.documents_of(session.target), identity.current(session.target)
        with StackLock(documents, session.stack).hold(purpose, actor) as lock:
            if lock.taken_over:
                session.console.info(f"took over the lock of {lock.taken_over}", style="yellow")
            yield cls(
                session=session,
                ledger=open_ledger(session.target, session.stack, session.console),
                journals=Journals(documents),
                deployed=DeployedStack(session),
                actor=actor,
                lock=lock,
            )

    def recover(self) -> list[str]:
        """Finish or undo what an interrupted run left, the engine's part first; return a sentence for each thing done.

        Raises:
            OperationError: it can be neither finished nor undone; the message says how to go on.

        """
        done = recover_from_crash(self.session)
        if outcome := finish_interrupted(self.deployed, self.journals, self.ledger, self.lock.check):
            self.session.console.info(outcome, style="yellow")
            self.session.reload_settings()  # the stack file may have another release line now
            self.deployed = DeployedStack(self.session)
            done.append(outcome)
        return done

    def abandon(self, reason: str) -> list[str]:
        """Forget an interrupted promotion and leave everything as it is; return a sentence for each thing done.

        Raises:
            OperationError: exit code 3, the ledger, which has to record the reason, does not verify.

        """
        done, stack = recover_from_crash(self.session), self.session.stack
        if journal := self.journals.read(stack):
            self.ledger.require_valid()
            data = {"phase": "abandoned", "why": reason, "step": journal.step.value}
            append_entry(self.ledger, "promotion", journal, data)
            self.journals.close(journal)
            done.append(
                f"abandoned: {journal.description}. Nothing was changed: `./fabrix drift {stack}` shows how Azure "
                f"differs from the state, `./fabrix up {stack} --refresh` deploys what Pulumi.{stack}.yaml says"
            )
            self.session.console.info(done[-1], style="yellow")
        return done

    def runs(self, release: Release) -> bool:
        """Whether exactly this release runs: by the stack file, the state, and the images in it.

        Raises:
            OperationError: the stack file names it, but the stack is not deployed.

        """
        if self.session.settings.release.id != release.id:
            return False
        runs = running.running_release(self.deployed.state()["deployment"], self.session.settings)
        return runs.id == release.id and runs.hash == release.hash and not runs.problems

    def refuse_unfinished(self) -> None:
        """Refuse to go on while a promotion is unfinished, for commands that may not change anything themselves.

        Raises:
            OperationError: exit code 3.

        """
        if journal := self.journals.read(self.session.stack):
            raise OperationError(
                f"unfinished: {journal.description}. `./fabrix resume {self.session.stack}` finishes or undoes it.",
                Exit.REFUSED,
            )

"""A stack under its lock: what every change begins with, whether a promotion, `up` or `destroy`.

Whoever changes a stack first takes its lock and finishes or undoes whatever an interrupted run left behind.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType

from promotion import order
from promotion.deploy import finish_interrupted
from promotion.deployed_stack import DeployedStack
from promotion.history import append_entry, is_abandoned
from records import identity, locations
from records.identity import Identity
from records.journal import Journals
from records.ledger import Ledger, open_ledger
from records.lock import HeldLock, StackLock
from settings.release import Release
from stacks import running, slots
from stacks.events import Run
from stacks.recovery import recover_from_crash
from stacks.session import Session
from stacks.state import deployed_state
from support.errors import Exit, OperationError
from targets.name import TargetName


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


# Runs of the engine without a promotion, `up` and `destroy`: they take the stack lock, enforce the promotion order and
# write a ledger entry.


EXCEPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "answeredFor": "answering for failed checks:",
        "replacedInstallation": "giving up the installation",
        "rotated": "rotating",
    }
)
"""Key of a ledger entry → how its sentence begins."""


@dataclass
class DirectRun:
    """A run of the engine on a stack, outside of any promotion."""

    session: Session
    locked: LockedStack | None
    """None where the target cannot keep lock, journal and ledger."""
    reason: str = ""
    """Reason given for bypassing the gates; empty where they are not bypassed."""
    recovered: list[str] = field(default_factory=list)
    """What was done about an interrupted run, a sentence each."""
    exceptions: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    """Other safeguards that the operator set aside, and the secret rotated, by the keys of :data:`EXCEPTIONS`."""

    def record(self, run: Run) -> None:
        """Record in the ledger which release was deployed, unless the last entry says so and nothing changed."""
        if self.locked is None:
            return
        settings, ledger = self.session.settings, self.locked.ledger
        release, standby = settings.release, settings.standby
        known = (one for one in reversed(ledger.entries()) if one.kind == "deployment" or is_abandoned(one))
        last = next(known, None)
        same = last is not None and not is_abandoned(last) and last.predicate.get("hash") == release.hash
        if same and not run.counts():
            return
        bypassed = f", bypassing the gates: {self.reason}" if self.reason else ""
        set_aside = "".join(f"; {EXCEPTIONS[key]} {_listed(value)}" for key, value in self.exceptions.items())
        predicate = {
            "words": f"{self.session.stack} runs {release.id} (up){bypassed}{set_aside}",
            "how": "up",
            "release": release.id,
            "hash": release.hash,
            "standby": standby.id,
            "counts": dict(run.counts()),
            **({"withoutPromotion": self.reason} if self.reason else {}),
            **self.exceptions,
        }
        ledger.append("deployment", predicate, {f"release/{release.id}": release.hash})


def _listed(value: str | Sequence[str]) -> str:
    return value if isinstance(value, str) else ", ".join(value)


@contextmanager
def direct_run(
    session: Session, without_promotion: str = "", exceptions: Mapping[str, str | Sequence[str]] | None = None
) -> Generator[DirectRun]:
    """Lock the stack for `up`, recover from an interrupted run, and enforce the promotion order.

    Args:
        session: the stack.
        without_promotion: the reason for deploying another release than runs without its gates.
        exceptions: other safeguards that the operator set aside, by the keys of :data:`EXCEPTIONS`; recorded.

    Raises:
        OperationError: exit code 3, somebody else holds the lock, or the stack file names another release than runs
            and this stack receives its releases by promotion.

    """
    session.require_settings()
    if missing := _missing_records(session):
        session.console.info(f"no lock and no record of this run: {missing}", style="yellow")
        yield DirectRun(session, None, recovered=recover_from_crash(session))
        return
    with LockedStack.on(session, f"up {session.stack}") as locked:
        locked.ledger.require_valid()  # what cannot be recorded is not done
        run = DirectRun(session, locked, without_promotion, locked.recover(), exceptions or {})
        if not without_promotion:
            _refuse_another_release(session)
        yield run


@contextmanager
def direct_destroy(session: Session) -> Generator[list[str]]:
    """Lock the stack for `destroy`; yields what was done about an interrupted run, and records the end afterwards.

    Raises:
        OperationError: exit code 3, somebody else holds the lock.

    """
    session.require_settings()
    if _missing_records(session):
        yield recover_from_crash(session)
        return
    with LockedStack.on(session, f"destroy {session.stack}") as locked:
        locked.ledger.require_valid()  # what cannot be recorded is not done
        yield locked.recover()
        last = next(reversed(locked.ledger.entries("deployment")), None)
        if last is not None and last.predicate.get("release"):
            # So that what is deployed later is not taken for what ran before.
            words = f"{session.stack} was destroyed"
            locked.ledger.append("deployment", {"words": words, "how": "destroy", "release": None, "hash": None})


def _missing_records(session: Session) -> str:
    """Return why this target cannot keep lock and ledger; empty if it can, as the local target always can."""
    if session.target.name is not TargetName.AZURE:
        return ""
    try:
        open_ledger(session.target, session.stack)
    except OperationError as error:
        return str(error)
    return ""


def _refuse_another_release(session: Session) -> None:
    """Refuse to deploy another release than runs on a stack that receives its releases by promotion.

    Raises:
        OperationError: exit code 3, with the command to use instead.

    """
    source = order.predecessor(session.stack)
    if source is None or (state := deployed_state(session)) is None:
        return
    outputs = slots.release_output(state["deployment"])
    runs = ((outputs or {}).get("running") or {}).get("id")
    wanted = session.settings.release.id
    if runs and runs != wanted:
        raise OperationError(
            f"{session.stack} runs {runs} and Pulumi.{session.stack}.yaml names {wanted}. A release comes to "
            f"{session.stack} by `./fabrix promote {source} {session.stack}`, with the stack file as it was, or back "
            f"by `./fabrix rollback {session.stack} --to {wanted}`. In an emergency: --without-promotion REASON, which "
            "the ledger keeps.",
            Exit.REFUSED,
            {"running": runs, "wanted": wanted},
        )

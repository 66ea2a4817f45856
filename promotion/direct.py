"""What `up` and `destroy` have to do with promotions: they wait their turn, keep to the order, and leave a record."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from promotion.entries import abandoned
from stacks.aftermath import after_crash
from support.errors import Exit, OperationError
from targets.name import TargetName

if TYPE_CHECKING:
    from promotion.locked_stack import LockedStack
    from stacks.events import Run
    from stacks.session import Session


@dataclass
class DirectRun:
    """A run of the engine on a stack, outside of any promotion."""

    session: Session
    start: LockedStack | None
    """Lock, journal and ledger; nothing where this target has no place for them."""
    reason: str = ""
    """Why another release comes past the gates."""
    said: list[str] = field(default_factory=list)
    """What was done about an interrupted run, in words."""

    def record(self, run: Run) -> None:
        """Write into the ledger which release was deployed, unless it says so already and nothing changed."""
        if self.start is None:
            return
        settings, ledger = self.session.settings, self.start.ledger
        release, standby = settings.release, settings.standby
        last = next((one for one in reversed(ledger.entries()) if one.kind == "deployment" or abandoned(one)), None)
        same = last is not None and not abandoned(last) and last.predicate.get("hash") == release.hash
        if same and not run.counts():
            return
        past = f", past the gates: {self.reason}" if self.reason else ""
        predicate = {
            "words": f"{self.session.stack} runs {release.id} (up){past}",
            "how": "up",
            "release": release.id,
            "hash": release.hash,
            "standby": standby.id,
            "counts": dict(run.counts()),
            **({"withoutPromotion": self.reason} if self.reason else {}),
        }
        ledger.append("deployment", predicate, {f"release/{release.id}": release.hash})


@contextmanager
def direct_run(session: Session, without_promotion: str = "") -> Generator[DirectRun]:
    """Take the stack's lock, settle what was interrupted, and hold the release against the order of promotions.

    Raises:
        OperationError: exit code 3, somebody else is at work, or the stack file names another release than runs and
            releases come here by promotion.

    """
    _ = session.settings
    if session.target.name is TargetName.AZURE and (missing := _no_records(session)):
        session.console.info(f"no lock and no record of this run: {missing}", style="yellow")
        yield DirectRun(session, None, said=after_crash(session))
        return
    from promotion.locked_stack import LockedStack

    with LockedStack.on(session, f"up {session.stack}") as start:
        start.ledger.require_valid()  # what cannot be recorded is not done
        way = DirectRun(session, start, without_promotion, start.settle())
        if not without_promotion:
            refuse_another_release(session)
        yield way


@contextmanager
def alone(session: Session, purpose: str) -> Generator[list[str]]:
    """Take the stack's lock where there is one, settle what was interrupted, and give in words what was done.

    Raises:
        OperationError: exit code 3, somebody else is at work.

    """
    _ = session.settings
    if session.target.name is TargetName.AZURE and _no_records(session):
        yield after_crash(session)
        return
    from promotion.locked_stack import LockedStack

    with LockedStack.on(session, purpose) as start:
        start.ledger.require_valid()  # what cannot be recorded is not done
        yield start.settle()
        last = next(reversed(start.ledger.entries("deployment")), None)
        if last is not None and last.predicate.get("release"):
            # So that nobody takes what is deployed afterwards for what ran before.
            words = f"{session.stack} was destroyed"
            start.ledger.append("deployment", {"words": words, "how": "destroy", "release": None, "hash": None})


def _no_records(session: Session) -> str:
    """Why this target has no place for lock and ledger; empty if it has."""
    from records import ledger

    try:
        ledger.open_ledger(session.target, session.stack)
    except OperationError as error:
        return str(error)
    return ""


def refuse_another_release(session: Session) -> None:
    """Refuse to deploy another release than runs, where releases come by promotion.

    Raises:
        OperationError: exit code 3, with the command that does it.

    """
    from promotion import order
    from stacks.state import state_of

    source = order.predecessor(session.stack)
    if source is None or (state := state_of(session)) is None:
        return
    from stacks import slots

    outputs = slots.release_of(state["deployment"])
    running = ((outputs or {}).get("running") or {}).get("id")
    wanted = session.settings.release.id
    if running and running != wanted:
        raise OperationError(
            f"{session.stack} runs {running} and Pulumi.{session.stack}.yaml names {wanted}. A release comes to "
            f"{session.stack} by `./fabrix promote {source} {session.stack}`, with the stack file as it was, or back "
            f"by `./fabrix rollback {session.stack} --to {wanted}`. In an emergency: --without-promotion REASON, which "
            "the ledger keeps.",
            Exit.REFUSED,
            {"running": running, "wanted": wanted},
        )

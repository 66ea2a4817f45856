"""Runs of the engine without a promotion: `up` and `destroy`.

They take the stack lock, finish what an interrupted run left, enforce the promotion order and write a ledger entry.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType

from promotion import order
from promotion.history import is_abandoned
from promotion.locked_stack import LockedStack
from records.ledger import open_ledger
from stacks import slots
from stacks.events import Run
from stacks.recovery import recover_from_crash
from stacks.session import Session
from stacks.state import deployed_state
from support.errors import Exit, OperationError
from targets.name import TargetName

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
        if not without_promotion:
            _refuse_another_release(session)
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

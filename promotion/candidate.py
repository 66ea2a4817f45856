"""A release that wants onto a stack, and everything that the gates ask about it. Nothing is found out twice.

A fact that cannot be found out raises for each gate that asks for it: whatever is unknown lets nothing pass.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, overload

from promotion.deployed_stack import DeployedStack
from settings.release_line import ReleaseLine, promoted, staged
from stacks.session import Session
from stacks.settings_files import read_settings

if TYPE_CHECKING:
    from judging.transition import Loss
    from promotion.approval import Approval, CountedApprovals
    from promotion.model import GateVerdict
    from promotion.plan import ReviewedPlan
    from promotion.preview import Planned
    from records.identity import Identity
    from records.ledger import Entry, Ledger
    from rehearsal.release_rehearsal import RehearsalResult
    from settings import PlatformSettings
    from settings.release import Release
    from stacks.cloud.model import Health
    from stacks.drift.detect import Drift
    from stacks.running import RunningRelease

T = TypeVar("T")


class Fact(Generic[T]):
    """Something that is found out when a gate first asks; what went wrong then is remembered as well."""

    def __init__(self, find: Callable[[Candidate], T]) -> None:
        self._find = find
        self._name = ""
        self.__doc__ = find.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: Candidate, owner: type) -> T: ...
    def __get__(self, instance: Candidate | None, owner: type) -> T | Self:
        """Return the fact, or raise what finding it raised."""
        if instance is None:
            return self
        known = instance.known
        if self._name not in known:
            try:
                known[self._name] = self._find(instance)
            except Exception as error:  # noqa: BLE001 - whatever it is, the gate that asks reports it
                known[self._name] = Unknown(error)
        value = known[self._name]
        if isinstance(value, Unknown):
            raise value.error
        return value


@dataclass(frozen=True)
class Unknown:
    """What was raised instead of a fact."""

    error: Exception


@dataclass
class Candidate:
    """One release on its way onto one stack."""

    target: Session
    """The stack that it wants onto."""
    release: Release
    now: datetime
    """UTC; one moment for all gates."""
    actor: Identity
    """Who asks for it."""
    ledger: Ledger
    """Of the stack that it wants onto."""
    source: Session | None = None
    """The stack that it comes from; nothing for a rollback to a named release."""
    source_ledger: Ledger | None = None
    ci: tuple[Approval, ...] = ()
    """Approvals that the pipeline brings along and the ledger does not hold yet."""
    allow_loss: tuple[str, ...] = ()
    """Resources with data whose loss the actor takes responsibility for: names or URNs. It counts where the stack asks
    for nobody else's approval; elsewhere only what an approval names counts."""
    order: GateVerdict | None = None
    """Verdict of the gate ``order``, where it was reached before the stack was locked."""
    reviewed_plan: ReviewedPlan | None = None
    """The reviewed plan that is to be applied, if it is one."""
    known: dict[str, Any] = field(default_factory=dict, repr=False)
    """Facts by name, once they are known."""

    @classmethod
    def open(
        cls,
        target: Session,
        release: Release,
        source: Session | None = None,
        *,
        allow_loss: tuple[str, ...] = (),
        order: GateVerdict | None = None,
    ) -> Self:
        """Open the ledgers, look at the clock and at who asks.

        Raises:
            OperationError: a ledger cannot be opened, nobody is signed in, ``FABRIX_NOW`` is no time.

        """
        from records import clock, identity, ledger

        return cls(
            target=target,
            release=release,
            now=clock.now(target.target),
            actor=identity.current(target.target),
            ledger=ledger.open_ledger(target.target, target.stack, target.console),
            source=source,
            source_ledger=ledger.open_ledger(source.target, source.stack, source.console) if source else None,
            allow_loss=allow_loss,
            order=order,
        )

    # What follows from the files

    @property
    def settings(self) -> PlatformSettings:
        """Settings of the stack as its file is."""
        return self.target.settings

    @property
    def running(self) -> Release:
        """The release that the stack's file says runs there now."""
        return self.settings.release

    @property
    def slots(self) -> bool:
        """Whether the stack's applications have staging slots."""
        return self.settings.sizing.plan.slots

    @property
    def before(self) -> ReleaseLine:
        """Release line of the stack file as it is."""
        return self.settings.line

    @property
    def staged(self) -> ReleaseLine:
        """Release line that the engine deploys: the release in the slots, or in place where there are none."""
        return staged(self.running.id, self.release.id, slots=self.slots)

    @property
    def after(self) -> ReleaseLine:
        """Release line once it runs."""
        return promoted(self.running.id, self.release.id, slots=self.slots)

    @Fact
    def settings_after(self) -> PlatformSettings:
        """Return the settings of the stack with the release running; raise every problem that it would have then."""
        read_settings(self.target.stack, self.staged)
        return read_settings(self.target.stack, self.after)

    # What the ledgers say

    @Fact
    def entries(self) -> list[Entry]:
        """Read the ledger of the stack itself."""
        return self.ledger.entries()

    @Fact
    def source_entries(self) -> list[Entry]:
        """Read the ledger of the stack that it comes from."""
        return self.source_ledger.entries() if self.source_ledger else []

    @Fact
    def approvals(self) -> CountedApprovals:
        """Sort the approvals into those that count and those that do not."""
        from promotion import approval

        held = approval.recorded(self.entries)
        given = (*held, *approval.unrecorded(held, self.ci))
        return approval.count(
            given,
            self.release,
            self.settings.promotion,
            self.now,
            plan=self.reviewed_plan.digest if self.reviewed_plan else None,
            since=approval.last_rollback(self.entries),
        )

    # What is deployed

    @Fact
    def state(self) -> dict[str, Any]:
        """Export the state of the stack; its secrets are encrypted."""
        return DeployedStack(self.target).state()

    @Fact
    def clear(self) -> dict[str, Any]:
        """Export the state with its secrets in clear, for what compares them; it never leaves this process."""
        from rehearsal import seeding

        _ = self.state
        return seeding.export_state(self.target.pulumi)

    @Fact
    def source_state(self) -> dict[str, Any]:
        """Export the state of the stack that it comes from."""
        return DeployedStack(self._source()).state()

    @Fact
    def source_running(self) -> RunningRelease:
        """Say what really runs where it comes from."""
        from stacks import running

        return running.running_release(self.source_state["deployment"], self._source().settings)

    @Fact
    def source_health(self) -> list[Health]:
        """Ask every application where it comes from."""
        return DeployedStack(self._source()).health()

    @Fact
    def source_drift(self) -> Drift:
        """Compare Azure with the state where it comes from."""
        from stacks.drift.detect import find_drift

        _ = self.source_state
        return find_drift(self._source())

    @Fact
    def target_drift(self) -> Drift:
        """Compare Azure with the state of the stack itself."""
        from stacks.drift.detect import find_drift

        _ = self.state
        return find_drift(self.target)

    # What would happen

    @Fact
    def rehearsed(self) -> RehearsalResult:
        """Bring the release onto a local Azure made from the stack's own state, and take it back."""
        from rehearsal import release_rehearsal

        session = self.target
        return release_rehearsal.rehearse_release(
            session.engine, session.stack, self.clear, self.after, and_back=True, console=session.console
        )

    @Fact
    def planned(self) -> Planned:
        """Let the engine plan it on the stack itself, and keep the plan to apply."""
        from promotion import preview

        _ = self.state
        return preview.plan(self.target, self.staged)

    @Fact
    def losses(self) -> tuple[Loss, ...]:
        """Return what is replaced or deleted, in the rehearsal or in the plan; of a reviewed plan, what it says."""
        if self.reviewed_plan is not None:
            return self.reviewed_plan.losses
        found = {(loss.urn, loss.operation): loss for loss in (*self.rehearsed.losses, *self.planned.losses)}
        return tuple(sorted(found.values(), key=lambda loss: (not loss.stateful, loss.operation, loss.urn)))

    def _source(self) -> Session:
        if self.source is None:
            raise LookupError("no stack was named that the release comes from")
        return self.source

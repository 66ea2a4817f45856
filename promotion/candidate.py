"""A release being considered for a stack, with the facts the gates need, each computed once.

A fact that cannot be determined raises in every gate that uses it; unknown never passes.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self, TypeVar

from judging.transition import Loss
from promotion import approval
from promotion.approval import PREFLIGHT, Approval, CountedApprovals
from promotion.deployed_stack import DeployedStack
from promotion.model import GateVerdict, Preview, ReviewedPlan
from records import clock, identity
from records.identity import Identity
from records.ledger import Entry, Ledger, open_ledger
from rehearsal import release_rehearsal, seeding
from rehearsal.release_rehearsal import RehearsalResult
from settings import PlatformSettings, Problem
from settings.release import Release
from settings.release_line import ReleaseLine, promoted, staged
from stacks import running
from stacks.cloud.model import Health
from stacks.drift.detect import Drift, find_drift
from stacks.forbidden_steps import refused_steps
from stacks.preflight.checks import CHECKS
from stacks.preflight.run import Verdict, preflight
from stacks.running import RunningRelease
from stacks.session import Session
from stacks.settings_files import read_settings
from support.errors import OperationError

T = TypeVar("T")


def cached_fact(determine: Callable[[Candidate], T]) -> Callable[[Candidate], T]:
    """Determine a fact at its first use and keep it; an error is kept too, and raised at every use."""

    @functools.wraps(determine)
    def fact(candidate: Candidate) -> T:
        name = fact.__name__
        if name not in candidate.known:
            try:
                candidate.known[name] = determine(candidate)
            except Exception as error:  # noqa: BLE001 - whatever it is, each gate that uses the fact reports it
                candidate.known[name] = error
        if isinstance(candidate.known[name], Exception):
            raise candidate.known[name]
        return candidate.known[name]

    return fact


@dataclass
class Candidate:
    """A release being considered for a stack."""

    target: Session
    """The stack to deploy it to."""
    release: Release
    now: datetime
    """UTC; one moment for all gates."""
    actor: Identity
    """Who runs the command."""
    ledger: Ledger
    """Of the target stack."""
    source: Session | None = None
    """The stack that it is promoted from; None for a rollback to a named release."""
    source_ledger: Ledger | None = None
    ci: tuple[Approval, ...] = ()
    """Approvals from the pipeline that the ledger does not hold yet."""
    allow_loss: tuple[str, ...] = ()
    """Stateful resources, by name or URN, whose loss the actor accepts; only honoured when the stack requires no
    approval. Elsewhere only what an approval names is accepted."""
    order: GateVerdict | None = None
    """Verdict of the gate ``order``, where it was reached before the stack was locked."""
    reviewed_plan: ReviewedPlan | None = None
    """The plan to apply, if it was reviewed before."""
    known: dict[str, Any] = field(default_factory=dict, repr=False)
    """Facts by name, or the error instead, once they were used."""

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
        """Open the ledgers, read the clock, and determine who runs the command.

        Raises:
            OperationError: a ledger cannot be opened, nobody is signed in, ``FABRIX_NOW`` is not a time.

        """
        return cls(
            target=target,
            release=release,
            now=clock.now(target.target),
            actor=identity.current(target.target),
            ledger=open_ledger(target.target, target.stack, target.console),
            source=source,
            source_ledger=open_ledger(source.target, source.stack, source.console) if source else None,
            allow_loss=allow_loss,
            order=order,
        )

    # From the files

    @property
    def settings(self) -> PlatformSettings:
        """Settings of the target stack as its file is."""
        return self.target.settings

    @property
    def running(self) -> Release:
        """The release that runs on the target stack, by its file."""
        return self.settings.release

    @property
    def slots(self) -> bool:
        """Whether the target's applications have staging slots."""
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
        """Release line once the release runs."""
        return promoted(self.running.id, self.release.id, slots=self.slots)

    @property
    @cached_fact
    def settings_problems(self) -> str:
        """Every problem that the target's settings would have with the release staged or running; empty if none."""
        try:
            read_settings(self.target.stack, self.staged)
            read_settings(self.target.stack, self.after)
        except OperationError as error:
            return str(error)
        return ""

    # From the ledgers

    @property
    @cached_fact
    def entries(self) -> list[Entry]:
        """Entries of the target's ledger."""
        return self.ledger.entries()

    @property
    @cached_fact
    def source_entries(self) -> list[Entry]:
        """Entries of the source's ledger."""
        return self.source_ledger.entries() if self.source_ledger else []

    @property
    @cached_fact
    def approvals(self) -> CountedApprovals:
        """Approvals in the ledger and from the pipeline, sorted into those that count and those that do not."""
        recorded = approval.recorded(self.entries)
        return approval.count(
            (*recorded, *approval.unrecorded(recorded, self.ci)),
            self.release,
            self.settings.promotion,
            self.now,
            plan=self.reviewed_plan.digest if self.reviewed_plan else None,
            since=approval.last_rollback(self.entries),
        )

    @property
    def accepted_losses(self) -> frozenset[str]:
        """Names and URNs that approvals accept the loss of; and those the actor accepts, where that is enough.

        It is enough where the stack requires no approval and the actor could approve.
        """
        rules = self.settings.promotion
        excluded = rules.another_person and self.actor.is_one_of(self.release.authors)
        by_actor = self.allow_loss if rules.approvals == 0 and not excluded else ()
        return self.approvals.accepted_losses | frozenset(by_actor)

    # From what is deployed

    @property
    @cached_fact
    def state(self) -> dict[str, Any]:
        """State of the target, its secrets encrypted; raises if it is not deployed."""
        return DeployedStack(self.target).state()

    @property
    @cached_fact
    def clear_state(self) -> dict[str, Any]:
        """State of the target with its secrets in clear text, for comparisons; it never leaves this process."""
        self._require_deployed()
        return seeding.export_state(self.target.pulumi)

    @property
    @cached_fact
    def target_drift(self) -> Drift:
        """Differences between Azure and the target's state."""
        self._require_deployed()
        return find_drift(self.target)

    @property
    @cached_fact
    def target_health(self) -> list[Health]:
        """Health of every application of the target, before anything is changed there; raises if it is not deployed."""
        _ = self.state
        return DeployedStack(self.target).health()

    @property
    @cached_fact
    def refused_steps(self) -> list[Problem]:
        """Steps from what is deployed on the target to its stack file that are refused, as `up` refuses them."""
        target = self.target
        return refused_steps(target.stack, self.settings, target.target.name, lambda: self.state["deployment"])

    @property
    @cached_fact
    def preflight(self) -> list[Verdict]:
        """What Azure answers to the checks of the preflight, the release staged; an accepted failure only warns."""
        target, names = self.target, self.accepted_losses
        answered = [check.id for check in CHECKS if f"{PREFLIGHT}{check.id}" in names]
        return preflight(target.stack, target.target, read_settings(target.stack, self.staged), answered)

    @property
    @cached_fact
    def source_state(self) -> dict[str, Any]:
        """State of the source; raises if it is not deployed."""
        return DeployedStack(self._source()).state()

    @property
    @cached_fact
    def source_running(self) -> RunningRelease:
        """What really runs on the source."""
        return running.running_release(self.source_state["deployment"], self._source().settings)

    @property
    @cached_fact
    def source_health(self) -> list[Health]:
        """Health of every application of the source."""
        return DeployedStack(self._source()).health()

    @property
    @cached_fact
    def source_drift(self) -> Drift:
        """Differences between Azure and the source's state."""
        _ = self.source_state  # raises unless it is deployed
        return find_drift(self._source())

    # What would happen

    @property
    @cached_fact
    def rehearsal(self) -> RehearsalResult:
        """Result of deploying the release to a local Azure made from the target's state, and of reverting it."""
        target = self.target
        return release_rehearsal.rehearse_release(
            target.engine,
            target.stack,
            target.target.name,
            self.clear_state,
            self.after,
            and_back=True,
            console=target.console,
        )

    @property
    @cached_fact
    def preview(self) -> Preview:
        """The engine's preview on the target itself, with the plan to apply."""
        self._require_deployed()
        return DeployedStack(self.target).preview(self.staged)

    @property
    @cached_fact
    def losses(self) -> tuple[Loss, ...]:
        """What is replaced or deleted, in the rehearsal or the preview; for a reviewed plan, what it says."""
        if self.reviewed_plan is not None:
            return self.reviewed_plan.losses
        losses = {(loss.urn, loss.operation): loss for loss in (*self.rehearsal.losses, *self.preview.losses)}
        return tuple(sorted(losses.values(), key=lambda loss: (not loss.stateful, loss.operation, loss.urn)))

    def _require_deployed(self) -> None:
        """Raise unless the target is deployed; other ways of looking would create the stack."""
        _ = self.state

    def _source(self) -> Session:
        if self.source is None:
            raise LookupError("no stack was named that the release comes from")
        return self.source

"""Takes a candidate through its gates and, if they let it, onto its stack: judge, plan, ask, do, report."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from promotion.deploy import Deployment
from promotion.history import append_entry
from records.journal import IN_PLACE, STAGED, Journal, PromotionStep, begun, new_id
from support.checkout import ROOT
from support.errors import Exit, OperationError
from support.files import replace_file

if TYPE_CHECKING:
    from promotion.candidate import Candidate
    from promotion.locked_stack import LockedStack
    from promotion.model import GateVerdict
    from promotion.plan import ReviewedPlan


@dataclass(frozen=True)
class PromoteOptions:
    """What the command line says."""

    yes: bool
    plan_only: bool = False
    output: Path | None = None
    plan: Path | None = None
    ci_approval: Path | None = None
    allow_loss: tuple[str, ...] = ()


@dataclass
class PromotionRun:
    """One release on its way onto one stack."""

    locked: LockedStack
    candidate: Candidate
    options: PromoteOptions
    kind: str
    """``promotion`` or ``rollback``."""
    reviewed_plan: ReviewedPlan | None = None

    def __post_init__(self) -> None:
        """Give it an id, which all its ledger entries carry, and the approvals that the pipeline brings along."""
        if self.options.ci_approval:
            from promotion.ci import from_ci

            candidate = self.candidate
            asked = candidate.settings.promotion
            candidate.ci = from_ci(
                self.options.ci_approval, candidate.target.stack, candidate.release, asked, candidate.now
            )
        self.journal = self._journal()

    def run(self) -> None:
        """Do it.

        Raises:
            OperationError: exit code 3, a gate or a stale plan refuses and nothing was changed; 1, it was undone.

        """
        from promotion.gates import WAITING

        candidate, console = self.candidate, self.locked.session.console
        verdicts = self._judge()
        gates = [verdict.document() for verdict in verdicts]
        stopping = [v for v in verdicts if v.stops and not (self.options.plan_only and v.gate in WAITING)]
        if stopping:
            self._record(verdicts, "refused")
            raise OperationError(
                f"{self.kind} of {candidate.release.id} onto {candidate.target.stack} is refused by "
                f"{', '.join(verdict.gate for verdict in stopping)}; nothing was changed.",
                Exit.REFUSED,
                {"release": candidate.release.id, "gates": gates},
            )
        bound = self.reviewed_plan or self._plan(verdicts)
        self.journal = self._journal(bound.digest)
        document: dict[str, Any] = {
            "ok": True,
            "stack": candidate.target.stack,
            "release": candidate.release.id,
            "from": candidate.source.stack if candidate.source else None,
            "gates": gates,
            "plan": {"digest": bound.digest, "words": list(bound.words), "expires": bound.expires},
        }
        for line in bound.words:
            console.result(f"  {line}")
        if self.options.plan_only:
            self._keep(bound, verdicts)
            open_ = [verdict.gate for verdict in verdicts if verdict.stops]
            waits = f"; still open: {', '.join(open_)}" if open_ else ""
            console.result(f"plan {bound.digest[:19]}… written to {self.options.output}{waits}", style="green")
            console.emit({**document, "changed": False, "open": open_, "output": str(self.options.output)})
            return
        if not self.options.yes:
            typer.confirm(f"Bring {candidate.release.id} onto {candidate.target.stack}?", abort=True, err=True)
        self._record(verdicts, "begun")
        self.deploy(bound)
        console.result(f"{candidate.target.stack} runs {candidate.release.id}", style="green")
        console.emit({**document, "changed": True, "line": self.journal.after})

    # Parts

    def _judge(self) -> tuple[GateVerdict, ...]:
        from promotion import gates, plan

        console = self.locked.session.console
        self.locked.deployed.rewritten(self.journal.after)  # so that a problem of the stack file is reported first
        if self.options.plan:
            self.reviewed_plan = self.candidate.reviewed_plan = plan.load(self.options.plan)
            # Who let the run in was shown this plan and no other.
            digest = self.reviewed_plan.digest
            self.candidate.ci = tuple(dataclasses.replace(one, plan=digest) for one in self.candidate.ci)
            if changed := self.reviewed_plan.stale(self.candidate):
                listed = "\n".join(f"  {each}" for each in changed)
                raise OperationError(
                    f"{self.options.plan} is not what would be done now:\n{listed}\nMake a new plan and have it "
                    f"reviewed: `./fabrix promote … --plan-only -o FILE`.",
                    Exit.REFUSED,
                    {"stale": changed},
                )
        return gates.judge_all(self.candidate, console)

    def _plan(self, verdicts: Sequence[GateVerdict]) -> ReviewedPlan:
        from promotion import gates, plan

        return plan.make(self.candidate, [verdict for verdict in verdicts if verdict.gate in gates.PLAN_GATES])

    def _keep(self, bound: ReviewedPlan, verdicts: Sequence[GateVerdict]) -> None:
        """Write the plan for review; the ledger vouches for its digest."""
        from promotion import plan

        if self.options.output is None:
            raise AssertionError
        self._record(verdicts, "planned")
        bound.save(self.options.output)
        plan.record(self.locked.ledger, bound)

    def _record(self, verdicts: Sequence[GateVerdict], phase: str) -> None:
        """Write each verdict and what follows into the ledger."""
        from promotion import approval

        stopping = [verdict.gate for verdict in verdicts if verdict.stops]
        ledger = self.locked.ledger
        if "ledger" in stopping and ledger.verify():
            return  # it says so itself, and nothing is written behind what cannot be relied on
        approval.record_new(ledger, self.candidate.ci)
        for verdict in verdicts:
            append_entry(ledger, "gate", self.journal, verdict.document())
        append_entry(ledger, "promotion", self.journal, {"phase": phase, "refusedBy": stopping})

    def deploy(self, bound: ReviewedPlan) -> None:
        """Carry out a plan whose gates have been asked.

        Raises:
            OperationError: exit code 1, it was undone.

        """
        from promotion import binding
        from rehearsal import seeding

        start = self.locked
        if binding.resources(seeding.export_state(start.session.pulumi)["deployment"]) != bound.binding.state:
            raise OperationError(
                f"{start.session.stack} was changed since it was planned, past its lock; nothing was changed here. Run "
                "the command again.",
                Exit.REFUSED,
            )
        journal = start.journals.write(self.journal)
        # In the checkout, so that a run that is killed here leaves no file that nobody overwrites.
        plan = ROOT / ".fabrix" / "plans" / f"{self.candidate.target.stack}.json"
        try:
            replace_file(plan, bound.engine_plan, private=True)
            Deployment(start.deployed, start.journals, start.ledger, journal, start.lock.check).deploy(plan)
        finally:
            plan.unlink(missing_ok=True)

    def _journal(self, plan: str | None = None) -> Journal:
        candidate = self.candidate
        return Journal(
            id=self.journal.id if plan else new_id(),
            stack=candidate.target.stack,
            kind=self.kind,
            source=candidate.source.stack if candidate.source else None,
            release=candidate.release.id,
            release_hash=candidate.release.hash,
            running=candidate.running.id,
            running_hash=candidate.running.hash,
            before=candidate.before,
            how=STAGED if candidate.slots else IN_PLACE,
            step=PromotionStep.STAGING if candidate.slots else PromotionStep.DEPLOYING,
            plan=plan,
            **begun(candidate.now, candidate.actor),
        )

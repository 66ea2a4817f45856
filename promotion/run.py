"""Runs one promotion or rollback of a candidate: judge, plan, confirm, deploy, report."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from promotion import approval, gates, plan
from promotion.binding import current_state_hashes
from promotion.candidate import Candidate
from promotion.ci import from_ci
from promotion.deploy import Deployment
from promotion.history import append_entry
from promotion.locked_stack import LockedStack
from promotion.model import GateVerdict, ReviewedPlan
from records.journal import IN_PLACE, STAGED, Journal, PromotionStep
from settings.release import Release
from support.checkout import ROOT
from support.errors import Exit, OperationError
from support.files import replace_file


@dataclass(frozen=True)
class PromoteOptions:
    """Command-line options of `promote` and `rollback --to`."""

    yes: bool
    plan_only: bool = False
    output: Path | None = None
    """Required with ``plan_only``."""
    plan: Path | None = None
    ci_approval: Path | None = None
    allow_loss: tuple[str, ...] = ()


@dataclass
class PromotionRun:
    """Runs one promotion or rollback of a candidate on a locked stack."""

    locked: LockedStack
    candidate: Candidate
    options: PromoteOptions
    kind: str
    """``promotion`` or ``rollback``."""

    def __post_init__(self) -> None:
        """Take the pipeline's approvals, and start the journal, whose id all ledger entries carry."""
        candidate = self.candidate
        if self.options.ci_approval:
            rules = candidate.settings.promotion
            candidate.ci = from_ci(
                self.options.ci_approval, candidate.target.stack, candidate.release, rules, candidate.now
            )
        self.journal = Journal.start(
            stack=candidate.target.stack,
            kind=self.kind,
            source=candidate.source.stack if candidate.source else None,
            release=candidate.release,
            running=candidate.running,
            before=candidate.before,
            how=STAGED if candidate.slots else IN_PLACE,
            step=PromotionStep.STAGING if candidate.slots else PromotionStep.DEPLOYING,
            actor=candidate.actor,
            now=candidate.now,
        )

    def run(self) -> None:
        """Judge, plan, confirm, deploy, report; with ``plan_only`` write the plan instead of the last three.

        Raises:
            OperationError: exit code 3, a gate or a stale plan refuses and nothing was changed; 1, it was undone.

        """
        candidate, console = self.candidate, self.locked.session.console
        self.locked.deployed.rewritten_file(self.journal.after)  # reports first what is wrong with the stack file
        if self.options.plan:
            self._load_plan(self.options.plan)
        verdicts = gates.evaluate_gates(candidate, console)
        self._refuse_failed(verdicts)
        kept = [verdict for verdict in verdicts if verdict.gate in gates.KEPT_IN_PLAN]
        reviewed = candidate.reviewed_plan or plan.make(candidate, kept)
        self.journal = dataclasses.replace(self.journal, plan=reviewed.digest)
        for line in reviewed.summary:
            console.result(f"  {line}")
        document: dict[str, Any] = {
            "ok": True,
            "stack": candidate.target.stack,
            "release": candidate.release.id,
            "from": candidate.source.stack if candidate.source else None,
            "gates": [verdict.document() for verdict in verdicts],
            "plan": {"digest": reviewed.digest, "words": list(reviewed.summary), "expires": reviewed.expires},
        }
        if self.options.plan_only:
            console.emit({**document, "changed": False, **self._write_plan(reviewed, verdicts)})
            return
        if not self.options.yes:
            typer.confirm(f"Deploy {candidate.release.id} to {candidate.target.stack}?", abort=True, err=True)
        self._record(verdicts, "begun")
        self.deploy(reviewed)
        console.result(f"{candidate.target.stack} runs {candidate.release.id}", style="green")
        console.emit({**document, "changed": True, "line": self.journal.after})

    def _load_plan(self, path: Path) -> None:
        """Take a reviewed plan; approvals from the pipeline are for this plan, since it is what people were shown.

        Raises:
            OperationError: exit code 2, it is not a plan; 3, it was changed, or something that it is bound to.

        """
        candidate = self.candidate
        reviewed = candidate.reviewed_plan = plan.load(path)
        candidate.ci = tuple(dataclasses.replace(one, plan=reviewed.digest) for one in candidate.ci)
        if reasons := plan.reasons_against(reviewed, candidate):
            listed = "\n".join(f"  {reason}" for reason in reasons)
            raise OperationError(
                f"{path} is not what would be done now:\n{listed}\nMake a new plan and have it reviewed: "
                "`./fabrix promote … --plan-only -o FILE`.",
                Exit.REFUSED,
                {"stale": reasons},
            )

    def _refuse_failed(self, verdicts: Sequence[GateVerdict]) -> None:
        """Record and refuse a promotion that gates stop; a plan may be made while some are still to open.

        Raises:
            OperationError: exit code 3, with all verdicts.

        """
        waiting = gates.MAY_WAIT if self.options.plan_only else frozenset()
        stopping = [verdict.gate for verdict in verdicts if verdict.stops and verdict.gate not in waiting]
        if stopping:
            self._record(verdicts, "refused")
            release = self.candidate.release.id
            raise OperationError(
                f"{self.kind} of {release} onto {self.candidate.target.stack} is refused by {', '.join(stopping)}; "
                "nothing was changed.",
                Exit.REFUSED,
                {"release": release, "gates": [verdict.document() for verdict in verdicts]},
            )

    def _write_plan(self, reviewed: ReviewedPlan, verdicts: Sequence[GateVerdict]) -> dict[str, Any]:
        """Write the plan for review, record its digest in the ledger, and return both for ``--json``."""
        output = self.options.output
        if output is None:
            raise ValueError("plan_only needs an output")
        self._record(verdicts, "planned")
        plan.save(reviewed, output)
        plan.record(self.locked.ledger, reviewed)
        still_open = [verdict.gate for verdict in verdicts if verdict.stops]
        waits = f"; still open: {', '.join(still_open)}" if still_open else ""
        console = self.locked.session.console
        console.result(f"plan {reviewed.digest[:19]}… written to {output}{waits}", style="green")
        return {"open": still_open, "output": str(output)}

    def _record(self, verdicts: Sequence[GateVerdict], phase: str) -> None:
        """Record in the ledger the pipeline's approvals, each verdict, and what follows from them."""
        stopping = [verdict.gate for verdict in verdicts if verdict.stops]
        ledger = self.locked.ledger
        if "ledger" in stopping and ledger.verify():
            return  # nothing is written behind what cannot be trusted; the verdict says so
        approval.record_new(ledger, self.candidate.ci)
        for verdict in verdicts:
            append_entry(ledger, "gate", self.journal, verdict.document())
        append_entry(ledger, "promotion", self.journal, {"phase": phase, "refusedBy": stopping})

    def deploy(self, reviewed: ReviewedPlan) -> None:
        """Carry out a plan whose gates have been asked.

        Raises:
            OperationError: exit code 3, the stack was changed since; 1, it was undone, or an image cannot be imported
                and nothing was changed.

        """
        locked = self.locked
        if current_state_hashes(locked.session) != reviewed.binding.state:
            raise OperationError(
                f"{locked.session.stack} was changed since it was planned, without its lock; nothing was changed here. "
                "Run the command again.",
                Exit.REFUSED,
            )
        locked.deployed.import_images(self.journal.staged)
        journal = locked.journals.write(self.journal)
        # In the checkout, so that a run that is killed here leaves no file that nobody overwrites.
        file = ROOT / ".fabrix" / "plans" / f"{locked.session.stack}.json"
        try:
            replace_file(file, reviewed.engine_plan, private=True)
            Deployment(locked.deployed, locked.journals, locked.ledger, journal, locked.lock.check).deploy(file)
        finally:
            file.unlink(missing_ok=True)


def recover_or_refuse(locked: LockedStack, options: PromoteOptions) -> None:
    """Finish or undo what an interrupted run left; refuse it where nothing may be changed."""
    if options.plan_only:
        locked.refuse_unfinished()
    else:
        locked.recover()


def already_runs(locked: LockedStack, release: Release) -> bool:
    """Return whether the release runs on the stack, and report it."""
    if not locked.runs(release):
        return False
    session = locked.session
    session.console.result(f"{session.stack} runs {release.id} already: nothing to do", style="green")
    session.console.emit({"ok": True, "stack": session.stack, "release": release.id, "changed": False})
    return True


def refuse_contradictions(options: PromoteOptions) -> None:
    """Refuse options that do not go together.

    Raises:
        OperationError: exit code 2, all of them at once.

    """
    problems = []
    if options.plan_only and options.plan:
        problems.append("--plan-only makes a plan and --plan applies one: pass one of them")
    if options.plan_only and options.output is None:
        problems.append("--plan-only needs --output FILE for the plan")
    if options.output and not options.plan_only:
        problems.append("--output goes with --plan-only")
    if options.plan and not options.plan.is_file():
        problems.append(f"--plan: there is no file {options.plan}")
    if problem := approval.unknown_checks(options.allow_loss):
        problems.append(problem)
    if options.ci_approval and not options.ci_approval.is_file():
        problems.append(f"--ci-approval: there is no file {options.ci_approval}")
    if not options.yes and not options.plan_only and not sys.stdin.isatty():
        problems.append("confirmation is required but stdin is not a terminal; pass --yes")
    if problems:
        raise OperationError("\n".join(problems), Exit.BAD_INPUT, {"problems": problems})

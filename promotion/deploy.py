"""Deploys a release to a stack: into the staging slots, verified, swapped, recorded, confirmed; or undoes all of it.

Every step is written into the journal before it begins and asks Azure, not the journal, how far it got. So after an
interruption the same steps run again, and what was done already is not repeated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from promotion.deployed_stack import DeployedStack
from promotion.drill import crash_point
from promotion.history import append_entry
from records.journal import SWAP, UNDONE, Journal, Journals, PromotionStep
from records.ledger import Ledger
from stacks import report
from stacks.cloud.model import Health, OutcomeUnknownError
from stacks.events import Run
from stacks.progress import Progress
from support.errors import OperationError


class Undone(OperationError):  # noqa: N818 - an outcome
    """The release failed and was undone; the stack is what it was before."""


class _StepFailed(Exception):  # noqa: N818 - caught here alone
    """A step failed, so the stack has to be brought back."""


@dataclass
class Deployment:
    """The steps of one promotion or rollback, by its journal."""

    deployed: DeployedStack
    journals: Journals
    ledger: Ledger
    journal: Journal
    check_lock: Callable[[], None]
    """Called before every step; raises if the stack's lock is no longer ours."""

    def deploy(self, plan: Path) -> None:
        """Run all steps; the engine applies ``plan``.

        Raises:
            Undone: a step failed and everything was undone; the message says why.
            OperationError: a step failed and so did undoing it: the journal stays, and the next command continues.

        """
        self._crash_point("begun")
        try:
            if self.journal.slots:
                self._run_engine(PromotionStep.STAGING, plan)
                self._verify_slots()
            else:
                self._run_engine(PromotionStep.DEPLOYING, plan)
            self.finish()
        except _StepFailed as failure:
            self.undo(str(failure))

    def swap(self) -> None:
        """Exchange slots and production, and nothing else.

        Raises:
            OperationError: exit code 1, production is unhealthy after the swap; or Azure refused, and all is as before.

        """
        self._crash_point("begun")
        try:
            self.finish()
        except _StepFailed as failure:
            journal = self.journal
            if journal.step is PromotionStep.SWAPPING:
                self._revert_swap(str(failure))
            self._append_once("rollback", {"how": journal.how, "from": journal.running, "why": str(failure)})
            self.journals.close(journal)
            raise OperationError(
                f"{journal.stack} was swapped from {journal.running} to {journal.release}, but {failure}\n"
                f"`./fabrix rollback {journal.stack}` swaps again; `./fabrix rollback {journal.stack} --to RELEASE` "
                "deploys another release."
            ) from None

    def _revert_swap(self, why: str) -> None:
        """Swap back the applications that were swapped before Azure refused one.

        Raises:
            OperationError: always; it says whether the stack is what it was.

        """
        journal = self.journal
        try:
            self._swap_to(journal.running, journal.release)
            self._stop_slots()
        except _StepFailed as failure:
            raise OperationError(
                f"swapping {journal.stack} back to {journal.release} failed ({why}), and so did reverting it: "
                f"{failure}\n{_how_to_continue(journal.stack)}"
            ) from None
        self.deployed.record_state(journal.before)
        self.journals.close(journal)
        raise OperationError(f"{journal.stack} runs {journal.running} as before: it was not swapped, since {why}")

    def resume(self) -> str:
        """Continue after an interruption; return what became of it in a sentence.

        Raises:
            OperationError: undoing it failed; the journal stays.

        """
        operation = f"{self.journal.kind} of {self.journal.release} onto {self.journal.stack}"
        if self.journal.how == SWAP:
            self.swap()
            return f"{operation} was finished"
        if self.journal.step in UNDONE:
            try:
                self.undo("it was interrupted before any user saw the new release")
            except Undone:
                return f"{operation} was undone"
        try:
            self.finish()
        except _StepFailed as failure:
            try:
                self.undo(str(failure))
            except Undone as undone:
                return str(undone)
        return f"{operation} was finished"

    def finish(self) -> None:
        """Run the steps from the swap to the end; what an interrupted run did already is not repeated."""
        if self.journal.slots:
            self._begin(PromotionStep.SWAPPING)
            self._crash_point("swapping")
            self._swap_to(self.journal.release, self.journal.running)
            self._stop_slots()
            self._crash_point("swapped")
        self._begin(PromotionStep.RECORDING)
        self.deployed.record_state(self.journal.after)
        self._crash_point("recorded-state")
        self.deployed.record_file(self.journal.after)
        self._crash_point("recorded")
        self._begin(PromotionStep.CONFIRMING)
        self._confirm()
        self._crash_point("confirmed")
        self._append_entries()
        self._crash_point("reported")
        self.journals.close(self.journal)

    def undo(self, why: str) -> None:
        """Bring the stack back to what it was.

        Raises:
            Undone: always, once that has succeeded.
            OperationError: it did not succeed; the journal stays.

        """
        self.deployed.console.info(f"undoing: {why}", style="yellow")
        try:
            if self.journal.slots:
                self._begin(PromotionStep.RETURNING)
                self._crash_point("returning")
                self._swap_to(self.journal.running, self.journal.release)
                self._stop_slots()
                self.deployed.record_state(self.journal.staged)
                self._crash_point("returned")
            self.deployed.record_file(self.journal.before)
            self._run_engine(PromotionStep.RESTORING)
            if wrong := self.deployed.wrong_images(self.journal.running):
                raise _StepFailed(f"production does not run {self.journal.running}: {'; '.join(wrong)}")
        except _StepFailed as failure:
            raise OperationError(
                f"{self.journal.kind} of {self.journal.release} onto {self.journal.stack} failed ({why}), and so did "
                f"undoing it: {failure}\n{_how_to_continue(self.journal.stack)}"
            ) from None
        unhealthy = self._unhealthy()
        self._append_once("promotion", {"phase": "undone", "why": why, "unwell": unhealthy})
        self._crash_point("reported-undone")
        # Healthy or not: the stack is what it was, and another release may be just what it needs.
        self.journals.close(self.journal)
        running = self.journal.running
        raise Undone(
            f"{self.journal.stack} runs {running} as before: {self.journal.release} was undone, since {why}"
            + (f"\nProduction is UNHEALTHY with {running} too: {unhealthy}" if unhealthy else "")
        )

    # Steps

    def _run_engine(self, step: PromotionStep, plan: Path | None = None) -> None:
        """Run the engine for the new release or, when restoring, with the stack file's own release line."""
        self._begin(step)
        restoring = step is PromotionStep.RESTORING
        self._crash_point("restoring" if restoring else "staging")
        verb = f"{step.value} {self.journal.running if restoring else self.journal.release}"
        with Progress(self.deployed.console, verb) as progress:
            run, code = self.deployed.up(None if restoring else self.journal.staged, plan, progress.update)
        if code != 0 or run.violations:
            raise _StepFailed(_engine_failure(run))
        self.deployed.console.info(f"{verb}: {report.summary(run, planned=False)} in {run.seconds:.0f} s")
        self._crash_point("restored" if restoring else "staged")

    def _verify_slots(self) -> None:
        self._begin(PromotionStep.VERIFYING)
        self._start_slots()
        if unhealthy := self._unhealthy(staging=True):
            raise _StepFailed(f"{self.journal.release} is unhealthy in the staging slots: {unhealthy}")
        self._crash_point("verified")

    def _swap_to(self, wanted: str, other: str) -> None:
        """Swap every application whose production does not run the release ``wanted`` yet."""
        try:
            apps = self.deployed.apps_to_swap(wanted, other)
        except OperationError as error:
            raise _StepFailed(str(error)) from None
        if apps:
            self._start_slots()  # what is swapped is warmed up first
        for app in apps:
            self.check_lock()
            try:
                self.deployed.swap(app)
            except OutcomeUnknownError:
                raise  # Azure may do it yet: the journal stays, and the next command checks Azure again
            except OperationError as error:
                raise _StepFailed(str(error)) from None
            self.deployed.console.info(f"swapped {app.key}: production runs {wanted}")
            self._crash_point("swapped-one")

    def _start_slots(self) -> None:
        try:
            self.deployed.run_slots(start=True)
        except OperationError as error:
            raise _StepFailed(f"a staging slot cannot be started: {error}") from None

    def _stop_slots(self) -> None:
        """Stop what was started; a slot that goes on running is no reason to undo a release, but to say so."""
        try:
            self.deployed.run_slots(start=False)
        except OperationError as error:
            stack = self.journal.stack
            self.deployed.console.info(
                f"a staging slot goes on running: {error}\n`./fabrix up {stack} --refresh` stops it", style="yellow"
            )

    def _confirm(self) -> None:
        wrong = self.deployed.wrong_images(self.journal.release)
        if unhealthy := self._unhealthy():
            raise _StepFailed(f"production is unhealthy with {self.journal.release}: {unhealthy}")
        if wrong:
            raise _StepFailed(f"production does not run {self.journal.release}: {'; '.join(wrong)}")

    def _append_entries(self) -> None:
        journal = self.journal
        if journal.kind == "rollback":
            self._append_once("rollback", {"how": journal.how, "from": journal.running})
        self._append_once("deployment", {"how": journal.how, "source": journal.source, "line": journal.after})
        self._append_once("promotion", {"phase": "finished"})

    # Parts of steps

    def _begin(self, step: PromotionStep) -> None:
        self.check_lock()
        self.journal = self.journals.begin_step(self.journal, step)

    def _append_once(self, kind: str, data: dict[str, Any]) -> None:
        """Append to the ledger, unless an interrupted run has appended it already."""
        phase = data.get("phase")
        for entry in self.ledger.entries(kind):
            if entry.predicate.get("id") == self.journal.id and entry.predicate.get("phase") == phase:
                return
        append_entry(self.ledger, kind, self.journal, data)

    def _unhealthy(self, *, staging: bool = False) -> str:
        """Report the health of production, or of the staging slots; return what is unhealthy, empty if nothing is."""
        health = self.deployed.health(staging=staging)
        for one in health:
            sign = "healthy" if one.ok else "UNHEALTHY"
            self.deployed.console.info(f"  {_where(one)}: {sign}, {one.detail}", style=None if one.ok else "red")
        return "; ".join(f"{_where(one)}: {one.detail}" for one in health if not one.ok)

    def _crash_point(self, name: str) -> None:
        crash_point(name, self.deployed.session.target.name)


def finish_interrupted(
    deployed: DeployedStack, journals: Journals, ledger: Ledger, check_lock: Callable[[], None]
) -> str | None:
    """Finish or undo what an interrupted run left; return what was done in a sentence, None if nothing was open."""
    journal = journals.read(deployed.session.stack)
    if journal is None:
        return None
    deployed.console.info(f"unfinished: {journal.description}", style="yellow")
    ledger.require_valid()  # what cannot be recorded is not done
    return Deployment(deployed, journals, ledger, journal, check_lock).resume()


def _how_to_continue(stack: str) -> str:
    return (
        f"Nothing is lost: the next command on {stack} continues from here. Where that can never succeed, "
        f"`./fabrix resume {stack} --abandon REASON` leaves everything as it is."
    )


def _where(health: Health) -> str:
    return f"{health.app} ({health.slot})" if health.slot else health.app


def _engine_failure(run: Run) -> str:
    if run.violations:
        return "policies refuse it: " + "; ".join(one["message"].splitlines()[0] for one in run.violations)
    errors = [message for _, message in run.errors if message not in ("update failed", "preview failed")]
    return "the engine failed: " + "; ".join(errors or ["without saying why"])

"""Brings a release onto a stack: into the staging slots, verified, swapped, recorded, verified again; or all back.

Every step is written into the journal before it begins and asks Azure, not the journal, how far it got: whoever comes
after an interruption runs the same steps again and finds done what was done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from promotion.deployed_stack import DeployedStack
from promotion.drill import point
from promotion.history import append_entry
from records.journal import SWAP, UNDONE, Journal, Journals, PromotionStep
from stacks import report
from stacks.cloud.model import OutcomeUnknownError
from stacks.progress import Progress
from support.errors import OperationError

if TYPE_CHECKING:
    from records.ledger import Ledger
    from stacks.cloud.model import Health


class Undone(OperationError):  # noqa: N818 - what became of it
    """The release did not prove itself; the stack is what it was before."""


@dataclass
class Deployment:
    """One journal, acted upon."""

    deployed: DeployedStack
    journals: Journals
    ledger: Ledger
    journal: Journal
    check_lock: Callable[[], None]
    """Asked before every step whether the stack's lock is still ours; raises if it is not."""

    def deploy(self, plan: Path | None) -> None:
        """Do all of it.

        Raises:
            Undone: it failed on the way, and was taken back; the message says why.
            OperationError: it failed, and so did taking it back: the journal stays, the next command goes on.

        """
        self._point("begun")
        try:
            if self.journal.slots:
                self._engine(PromotionStep.STAGING, plan)
                self._verify_slots()
            else:
                self._engine(PromotionStep.DEPLOYING, plan)
            self.finish()
        except _Failure as failure:
            self.undo(str(failure))

    def swap(self) -> None:
        """Exchange what the slots hold with what production runs, and nothing else.

        Raises:
            OperationError: exit code 1, it was done and production is not well; or Azure refused, and all is as before.

        """
        self._point("begun")
        try:
            self.finish()
        except _Failure as failure:
            journal = self.journal
            if journal.step is PromotionStep.SWAPPING:
                self._take_back(str(failure))
            self._append_once("rollback", {"how": journal.how, "from": journal.running, "why": str(failure)})
            self.journals.close(journal)
            raise OperationError(
                f"{journal.stack} was swapped from {journal.running} to {journal.release}, but {failure}\n"
                f"`./fabrix rollback {journal.stack}` swaps again; `./fabrix rollback {journal.stack} --to RELEASE` "
                "deploys another release."
            ) from None

    def _take_back(self, why: str) -> None:
        """Undo a swap of slots that Azure refused half-way.

        Raises:
            OperationError: always; it says whether the stack is what it was.

        """
        journal = self.journal
        try:
            self._swap_to(journal.running, journal.release)
        except _Failure as failure:
            raise OperationError(
                f"swapping {journal.stack} back to {journal.release} failed ({why}), and so did taking it back: "
                f"{failure}\n{_goes_on(journal.stack)}"
            ) from None
        self.deployed.record_state(journal.before)
        self.journals.close(journal)
        raise OperationError(f"{journal.stack} runs {journal.running} as before: it was not swapped, since {why}")

    def resume(self) -> str:
        """Go on where an interruption left it; return in words what became of it.

        Raises:
            OperationError: taking it back failed; the journal stays.

        """
        done = f"{self.journal.kind} of {self.journal.release} onto {self.journal.stack} was finished"
        if self.journal.how == SWAP:
            self.swap()
            return done
        if self.journal.step in UNDONE:
            try:
                self.undo("it was interrupted before any user saw the new release")
            except Undone:
                return f"{self.journal.kind} of {self.journal.release} onto {self.journal.stack} was undone"
        try:
            self.finish()
        except _Failure as failure:
            try:
                self.undo(str(failure))
            except Undone as undone:
                return str(undone)
        return done

    def finish(self) -> None:
        """From the swap to the end; everything that was done already is found done."""
        if self.journal.slots:
            self._at(PromotionStep.SWAPPING)
            self._point("swapping")
            self._swap_to(self.journal.release, self.journal.running)
            self._point("swapped")
        self._at(PromotionStep.RECORDING)
        self.deployed.record_state(self.journal.after)
        self._point("recorded-state")
        self.deployed.record_file(self.journal.after)
        self._point("recorded")
        self._at(PromotionStep.CONFIRMING)
        self._confirm()
        self._point("confirmed")
        self._report()
        self._point("reported")
        self.journals.close(self.journal)

    def undo(self, why: str) -> None:
        """Bring the stack back to what it was.

        Raises:
            Undone: always, once that has succeeded.
            OperationError: it did not succeed; the journal stays.

        """
        console = self.deployed.console
        console.info(f"undoing: {why}", style="yellow")
        try:
            if self.journal.slots:
                self._at(PromotionStep.RETURNING)
                self._point("returning")
                self._swap_to(self.journal.running, self.journal.release)
                self.deployed.record_state(self.journal.staged)
                self._point("returned")
            self.deployed.record_file(self.journal.before)
            self._engine(PromotionStep.RESTORING, None)
            if wrong := self.deployed.not_running(self.journal.running):
                raise _Failure(f"production does not run {self.journal.running}: {'; '.join(wrong)}")
        except _Failure as failure:
            raise OperationError(
                f"{self.journal.kind} of {self.journal.release} onto {self.journal.stack} failed ({why}), and so did "
                f"undoing it: {failure}\n{_goes_on(self.journal.stack)}"
            ) from None
        found = self.deployed.health()
        self._say(found)
        unwell = _said([one for one in found if not one.ok])
        self._append_once("promotion", {"phase": "undone", "why": why, "unwell": unwell})
        self._point("reported-undone")
        self.journals.close(self.journal)  # well or not: it is what it was, and another release may be what it needs
        running = self.journal.running
        raise Undone(
            f"{self.journal.stack} runs {running} as before: {self.journal.release} was undone, since {why}"
            + (f"\nProduction is NOT WELL with {running} either: {unwell}" if unwell else "")
        )

    # Steps

    def _engine(self, step: PromotionStep, plan: Path | None) -> None:
        """Run the engine with the release line of the step, or with the stack file's own when restoring."""
        self._at(step)
        line, name = (None, "restor") if step is PromotionStep.RESTORING else (self.journal.staged, "stag")
        self._point(f"{name}ing")
        verb = {
            PromotionStep.STAGING: f"staging {self.journal.release}",
            PromotionStep.DEPLOYING: f"deploying {self.journal.release}",
            PromotionStep.RESTORING: f"restoring {self.journal.running}",
        }[step]
        with Progress(self.deployed.console, verb) as progress:
            run, code = self.deployed.up(line, plan, progress.update)
        if code != 0 or run.violations:
            raise _Failure(_words(run))
        self.deployed.console.info(f"{verb}: {report.summary(run, planned=False)} in {run.seconds:.0f} s")
        self._point(f"{name}ed")

    def _verify_slots(self) -> None:
        self._at(PromotionStep.VERIFYING)
        found = self.deployed.health(slots=True)
        self._say(found)
        if bad := [one for one in found if not one.ok]:
            raise _Failure(f"{self.journal.release} is not well in the staging slots: {_said(bad)}")
        self._point("verified")

    def _swap_to(self, wanted: str, other: str) -> None:
        """Swap every application whose production does not run ``wanted`` yet."""
        try:
            apps = self.deployed.to_swap(wanted, other)
        except OperationError as error:
            raise _Failure(str(error)) from None
        for app in apps:
            self.check_lock()
            try:
                self.deployed.swap(app)
            except OutcomeUnknownError:
                raise  # Azure may do it yet: the journal stays, and the next command looks at what is there by then
            except OperationError as error:
                raise _Failure(str(error)) from None
            self.deployed.console.info(f"swapped {app.key}: production runs {wanted}")
            self._point("swapped-one")

    def _confirm(self) -> None:
        wrong = self.deployed.not_running(self.journal.release)
        found = self.deployed.health()
        self._say(found)
        if bad := [one for one in found if not one.ok]:
            raise _Failure(f"production is not well with {self.journal.release}: {_said(bad)}")
        if wrong:
            raise _Failure(f"production does not run {self.journal.release}: {'; '.join(wrong)}")

    def _report(self) -> None:
        journal = self.journal
        if journal.kind == "rollback":
            self._append_once("rollback", {"how": journal.how, "from": journal.running})
        self._append_once("deployment", {"how": journal.how, "source": journal.source, "line": journal.after})
        self._append_once("promotion", {"phase": "finished"})

    def _append_once(self, kind: str, data: dict[str, Any]) -> None:
        """Append to the ledger what an interrupted run may have appended already."""
        phase = data.get("phase")
        for entry in self.ledger.entries(kind):
            if entry.predicate.get("id") == self.journal.id and entry.predicate.get("phase") == phase:
                return
        append_entry(self.ledger, kind, self.journal, data)

    def _say(self, found: list[Health]) -> None:
        for one in found:
            where = f"{one.app} ({one.slot})" if one.slot else one.app
            sign = "well" if one.ok else "NOT WELL"
            self.deployed.console.info(f"  {where}: {sign}, {one.detail}", style=None if one.ok else "red")

    def _at(self, step: PromotionStep) -> None:
        self.check_lock()
        self.journal = self.journals.at(self.journal, step)

    def _point(self, name: str) -> None:
        point(name, self.deployed.session.target.name)


class _Failure(Exception):  # noqa: N818 - of a step, taken back by the caller
    """A step did not succeed; the stack has to be brought back."""


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


def _goes_on(stack: str) -> str:
    return (
        f"Nothing is lost: the next command on {stack} goes on from here. Where that can never succeed, "
        f"`./fabrix resume {stack} --abandon REASON` leaves everything as it is."
    )


def _said(bad: list[Health]) -> str:
    return "; ".join(f"{one.app}{f' ({one.slot})' if one.slot else ''}: {one.detail}" for one in bad)


def _words(run: Any) -> str:  # noqa: ANN401 - a Run; imported for its type only where it is made
    if run.violations:
        return "policies refuse it: " + "; ".join(one["message"].splitlines()[0] for one in run.violations)
    errors = [message for _, message in run.errors if message not in ("update failed", "preview failed")]
    return "the engine failed: " + "; ".join(errors or ["without saying why"])

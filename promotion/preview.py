"""What the engine plans for a stack at another release line, and the plan itself, to be applied as it was reviewed."""

from __future__ import annotations

import dataclasses
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from judging import transition
from stacks import report
from stacks.events import CHANGES, Run
from stacks.progress import Progress

if TYPE_CHECKING:
    from judging.transition import Loss
    from settings.release_line import ReleaseLine
    from stacks.session import Session


@dataclass(frozen=True)
class Planned:
    """A preview with its plan."""

    run: Run
    text: str = field(repr=False)
    """The engine's plan, JSON; its secrets are encrypted with the stack's own key."""

    @property
    def losses(self) -> tuple[Loss, ...]:
        """What it would replace or delete."""
        return transition.losses(dataclasses.replace(self.run, finished=self.run.steps))

    @property
    def words(self) -> tuple[str, ...]:
        """Say what it would do, a line each: types, names and properties, never a value."""
        steps = [step for step in self.run.steps if step.operation in CHANGES and step.real]
        lines = [
            f"{report.OPERATIONS[step.operation][1]} {report.short_type(step.type)} {step.name}"
            + (f" ({', '.join(sorted(step.detailed) or step.diffs)})" if step.detailed or step.diffs else "")
            for step in steps
        ]
        return (report.summary(self.run, planned=True), *lines)


def plan(session: Session, line: ReleaseLine) -> Planned:
    """Preview the stack with the release line, and keep the engine's plan.

    Raises:
        OperationError: exit code 1, the engine cannot plan it; its words are in the message.

    """
    cli = session.pulumi
    arguments = session.target.config_arguments(session.stack, line)
    with tempfile.TemporaryDirectory(prefix="fabrix-plan-") as folder:
        file = Path(folder) / "plan.json"
        with Progress(session.console, f"planning {session.stack}") as progress:
            run, code = cli.run(
                "preview", "--save-plan", str(file), *arguments, log=session.log("plan"), on_event=progress.update
            )
        details = report.to_json("preview", session.stack, session.target.name.value, run, code)
        report.raise_if_failed("planning", run, code, session.console, details)
        return Planned(run, file.read_text(encoding="utf-8"))

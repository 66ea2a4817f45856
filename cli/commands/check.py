"""``fabrix check``: rehearse stacks in a throwaway local Azure and judge the result and the way there."""

from __future__ import annotations

import json
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from engine.locate import Engine
from judging import scope, transition
from judging.judgement import JudgedStack, judge_stack
from judging.origins import Origins
from judging.reports import comment as comment_report
from judging.reports import junit as junit_report
from judging.reports import sarif as sarif_report
from judging.reports import table
from judging.reports.findings import FindingOutcome, Judgement
from rehearsal.comparison import differences
from rehearsal.rehearsal import Rehearsal, RehearsedDeployment
from stacks.events import Run
from stacks.progress import Progress
from stacks.session import get_engine
from stacks.settings_files import read_settings
from support.checkout import ROOT, VERSION
from support.console import Console
from support.errors import Exit, OperationError
from support.git import extract

HEADLINE = "Target: throwaway local Azure (emulated, in a temporary folder; nothing leaves this machine, nothing stays)"
PACKAGES = "requirements.txt"
OPEN = (FindingOutcome.FAIL, FindingOutcome.UNDETERMINED, FindingOutcome.WAIVED)


@dataclass
class Checked:
    """What came out for one stack."""

    stack: str
    judgement: Judgement | None = None
    errors: list[str] = field(default_factory=list)
    """Why the stack could not be deployed."""
    notes: list[str] = field(default_factory=list)
    compared: bool = False
    """Whether the earlier revision was deployed, so that the way there could be judged."""
    changes: dict[str, str] = field(default_factory=dict)
    """URN → what the change does with that resource: ``create``, ``update``, ``replace``, ``delete``."""
    losses: tuple[transition.Loss, ...] = ()
    gaps: tuple[transition.Gap, ...] = ()
    back: list[str] | None = None
    """How the end of the way back differs from the start; nothing if it was not asked for."""
    seconds: float = 0.0

    @property
    def failed(self) -> bool:
        """Whether something did not work, whatever the rules say."""
        return bool(self.errors or self.back)

    def document(self) -> dict[str, Any]:
        """JSON form; passing findings are only counted."""
        judged = self.judgement
        return {
            "stack": self.stack,
            "profile": judged.profile if judged else None,
            "seconds": round(self.seconds, 1),
            "counts": judged.counts() if judged else None,
            "refused": len(judged.refusals) if judged else 0,
            "findings": [line.document() for line in judged.of(*OPEN)] if judged else [],
            "errors": self.errors,
            "notes": self.notes,
            "changes": dict(Counter(self.changes.values())),
            "replacedOrDeleted": [asdict(loss) for loss in self.losses],
            "withoutDependency": [asdict(gap) for gap in self.gaps],
            "wayBack": None if self.back is None else {"endsWhereItBegan": not self.back, "differences": self.back},
        }


def run(
    stacks: Sequence[str],
    *,
    from_rev: str | None,
    and_back: bool,
    changed_since: str | None,
    sarif: Path | None,
    junit: Path | None,
    comment: Path | None = None,
    as_json: bool,
) -> None:
    """Rehearse, judge, report.

    Raises:
        OperationError: exit code 3 on a mandatory violation; 1 if a stack does not deploy or the way back does not end
            where it began; 2 on bad input, before anything is deployed.

    """
    console = Console(as_json=as_json)
    console.info(HEADLINE, style="bold cyan")
    if and_back and not from_rev:
        raise OperationError(
            "--and-back needs --from REV: the revision to come from and to go back to.", Exit.BAD_INPUT
        )
    plan = _plan(stacks, from_rev, changed_since, and_back=and_back, comment=comment)
    if not plan.stacks:
        console.result(f"no stack is affected by what changed since {changed_since}")
    checked: list[Checked] = []
    if plan.stacks:
        engine = get_engine(console)
        with tempfile.TemporaryDirectory(prefix="fabrix-check-") as folder:
            source = extract(plan.commit, Path(folder) / ".earlier") if plan.commit else None
            for stack in plan.stacks:
                checked.append(_check(plan, stack, engine, Path(folder) / stack, source, console))
                _show(checked[-1], plan, console)
    _write(sarif, junit, checked, console)
    if comment:
        _save(comment, comment_report.pull_request_comment(checked, from_rev, changed_since), console)
    _end(checked, console)


def _plan(
    stacks: Sequence[str], from_rev: str | None, changed_since: str | None, *, and_back: bool, comment: Path | None
) -> scope.CheckPlan:
    """Read what is to be checked; where that cannot be read, the pull request hears why, too."""
    try:
        return scope.plan_check(stacks, from_rev, changed_since, and_back=and_back)
    except OperationError as error:
        if comment:
            comment.parent.mkdir(parents=True, exist_ok=True)
            comment.write_text(comment_report.refusal_comment(str(error)), encoding="utf-8")
        raise


def _check(
    plan: scope.CheckPlan, stack: str, engine: Engine, folder: Path, source: Path | None, console: Console
) -> Checked:
    checked, started = Checked(stack), time.monotonic()
    rehearsal = Rehearsal(engine, stack, folder / "change")
    start = _start(plan, checked, rehearsal, source, console) if source else None
    if start is None:
        rehearsal = Rehearsal(engine, stack, folder / "new")
    end = _deploy(rehearsal, ROOT, f"{stack}: rehearsing", console)
    checked.errors = end.errors
    checked.compared = start is not None and not end.errors
    if start:
        checked.losses = transition.losses(end.run)
        checked.gaps = transition.gaps(start.deployment, end.run)
        checked.changes = _changes(end.run)
    if not end.errors:
        origins = Origins(end.deployment, rehearsal.project, ROOT, stack)
        operations = transition.operations(end.run)
        case = JudgedStack(stack, plan.stacks[stack], end.deployment, origins, operations)
        checked.judgement = judge_stack(case, plan.files)
        if start and plan.and_back and source:
            back = _deploy(rehearsal, source, f"{stack}: going back to {plan.revision}", console)
            checked.back = back.errors or differences(start, back)
    checked.seconds = time.monotonic() - started
    return checked


def _changes(run: Run) -> dict[str, str]:
    real = {step.urn for step in run.finished if step.real}
    return {urn: said for urn, said in transition.operations(run).items() if urn in real and said != "same"}


def _start(
    plan: scope.CheckPlan, checked: Checked, rehearsal: Rehearsal, source: Path, console: Console
) -> RehearsedDeployment | None:
    """Deploy the earlier revision; nothing, and a note, if it has no such stack or does not deploy today."""
    stack = checked.stack
    if not (source / f"Pulumi.{stack}.yaml").is_file():
        checked.notes.append(f"the stack is new: {plan.revision} has no Pulumi.{stack}.yaml")
        return None
    try:
        read_settings(stack, root=source)
    except OperationError as error:
        checked.notes.append(f"{plan.revision} cannot be rehearsed, only the new state is judged: {error}")
        return None
    earlier = source / PACKAGES
    if not earlier.is_file() or earlier.read_bytes() != (ROOT / PACKAGES).read_bytes():
        checked.notes.append(f"{PACKAGES} changed; both programs run with the packages that are installed now")
    start = _deploy(rehearsal, source, f"{stack}: rehearsing {plan.revision}", console)
    if start.errors:
        said = "; ".join(start.errors)
        checked.notes.append(f"{plan.revision} does not deploy here, only the new state is judged: {said}")
        return None
    return start


def _deploy(rehearsal: Rehearsal, source: Path, words: str, console: Console) -> RehearsedDeployment:
    with Progress(console, words) as progress:
        stage = rehearsal.deploy(source, progress.update)
    if stage.assumed:
        console.info(f"assumed to exist, as the stack file says: {'; '.join(stage.assumed)}")
    return stage


def _show(checked: Checked, plan: scope.CheckPlan, console: Console) -> None:
    for note in checked.notes:
        console.result(f"{checked.stack}: {note}", style="yellow")
    for error in checked.errors:
        console.result(f"{checked.stack} does not deploy: {error}", style="red")
    if checked.compared:
        said = list(transition.describe(checked.losses, checked.gaps))
        for line in said:
            console.result(f"{checked.stack}, from {plan.revision}: {line}", style="magenta")
        if not said:
            console.result(f"{checked.stack}, from {plan.revision}: nothing is replaced or deleted")
    if checked.judgement:
        table.print_findings(checked.judgement, console)
    if checked.back is not None:
        said = "; ".join(checked.back) or "every object is as it was"
        style = "red" if checked.back else "green"
        console.result(f"{checked.stack}, back to {plan.revision}: {said}", style=style)


def _write(sarif: Path | None, junit: Path | None, checked: list[Checked], console: Console) -> None:
    judged = [each.judgement for each in checked if each.judgement]
    failed = {each.stack: "; ".join(each.errors) for each in checked if each.errors}
    texts: list[tuple[Path, str]] = []
    if sarif:
        texts.append((sarif, json.dumps(sarif_report.sarif_document(judged, VERSION), indent=2) + "\n"))
    if junit:
        texts.append((junit, junit_report.junit_xml(judged, failed)))
    for path, text in texts:
        _save(path, text, console)


def _save(path: Path, text: str, console: Console) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OperationError(f"{path} cannot be written: {error.strerror}", Exit.BAD_INPUT) from None
    console.info(f"written: {path}")


def _end(checked: list[Checked], console: Console) -> None:
    details = {"command": "check", "stacks": [each.document() for each in checked]}
    refused = {each.stack: len(each.judgement.refusals) for each in checked if each.judgement}
    if any(refused.values()):
        said = ", ".join(f"{number} in {stack}" for stack, number in refused.items() if number)
        raise OperationError(f"mandatory violations: {said}", Exit.REFUSED, details)
    if failed := [each.stack for each in checked if each.failed]:
        raise OperationError(f"the rehearsal failed: {', '.join(failed)}", Exit.FAILED, details)
    console.emit({"ok": True, **details})

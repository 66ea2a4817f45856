"""Checks stacks: each is deployed into a throwaway local Azure, and the result and the way there are judged."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from engine.locate import Engine
from judging import transition
from judging.judgement import JudgedStack, PolicyFiles, judge_stack
from judging.origins import Origins
from judging.reports.findings import NOTABLE, Judgement
from rehearsal.comparison import differences
from rehearsal.rehearsal import Rehearsal, RehearsedDeployment
from settings import PlatformSettings, SettingsError, load
from stacks.events import Run
from stacks.progress import Progress
from stacks.settings_files import read_settings
from support.checkout import ROOT
from support.console import Console
from support.errors import Exit, OperationError
from support.git import changed_files, commit_of, extract
from targets.azure import AzureTarget
from targets.local import LocalTarget
from targets.name import TargetName

HEADLINE = "Target: throwaway local Azure (emulated, in a temporary folder; nothing leaves this machine, nothing stays)"
REQUIREMENTS = "requirements.txt"
PROGRAM_FILES = (
    "__main__.py", "Pulumi.yaml", "requirements.txt", "components/", "settings/", "policies/", "topology/",
    "resources/", "judging/proofs.py",
)  # fmt: skip
"""What every stack depends on besides its own files: the program, and the rules that judge it."""


@dataclass(frozen=True)
class CheckPlan:
    """What to rehearse; complete and valid before the engine is looked for."""

    stacks: dict[str, PlatformSettings]
    files: PolicyFiles
    revision: str | None
    """As the command line names it."""
    commit: str | None
    and_back: bool


def affected_stacks(stacks: Iterable[str], changed: Sequence[str]) -> list[str]:
    """Return the stacks whose stack file, release, program or rules are among the ``changed`` files."""
    affected = []
    for stack in stacks:
        own = {f"Pulumi.{stack}.yaml"}
        with contextlib.suppress(SettingsError):  # reported if the stack is among those to check
            settings = load.stack(ROOT, stack)
            own |= {f"releases/{release.id}.yaml" for release in (settings.release, settings.standby)}
        if any(name in own or name.startswith(PROGRAM_FILES) for name in changed):
            affected.append(stack)
    return affected


def plan_check(stacks: Sequence[str], revision: str | None, changed_since: str | None, *, and_back: bool) -> CheckPlan:
    """Read and validate everything that the check needs.

    Raises:
        OperationError: exit code 2; the problems of every stack file are reported, not only the first one's.

    """
    chosen = list(dict.fromkeys(stacks)) or load.stacks(ROOT)
    if changed_since:
        chosen = affected_stacks(chosen, changed_files(commit_of(changed_since)))
    settings, problems = {}, []
    for stack in chosen:
        try:
            settings[stack] = load.stack(ROOT, stack)
        except SettingsError as error:
            problems.append(error)
    if problems:
        listed = [asdict(problem) for error in problems for problem in error.problems]
        raise OperationError("\n\n".join(map(str, problems)), Exit.BAD_INPUT, {"problems": listed})
    files = PolicyFiles.read(TargetName.LOCAL)
    return CheckPlan(settings, files, revision, commit_of(revision) if revision else None, and_back)


@dataclass
class CheckedStack:
    """The result of checking one stack."""

    stack: str
    judgement: Judgement | None = None
    errors: list[str] = field(default_factory=list)
    """Why the stack could not be deployed."""
    notes: list[str] = field(default_factory=list)
    compared: bool = False
    """Whether the earlier revision was deployed as well, so that the change itself could be judged."""
    changes: dict[str, str] = field(default_factory=dict)
    """URN → what the change does to that resource: ``create``, ``update``, ``replace``, ``delete``."""
    losses: tuple[transition.Loss, ...] = ()
    gaps: tuple[transition.Gap, ...] = ()
    way_back: list[str] | None = None
    """How going back ended differently from the start; None if it was not requested."""
    seconds: float = 0.0

    @property
    def failed(self) -> bool:
        """Whether deploying or going back failed, whatever the rules say."""
        return bool(self.errors or self.way_back)

    def document(self) -> dict[str, Any]:
        """JSON form; passing findings are only counted."""
        judged = self.judgement
        return {
            "stack": self.stack,
            "profile": judged.profile if judged else None,
            "seconds": round(self.seconds, 1),
            "counts": judged.counts() if judged else None,
            "refused": len(judged.refusals) if judged else 0,
            "findings": [finding.document() for finding in judged.of(*NOTABLE)] if judged else [],
            "errors": self.errors,
            "notes": self.notes,
            "changes": dict(Counter(self.changes.values())),
            "replacedOrDeleted": [asdict(loss) for loss in self.losses],
            "withoutDependency": [asdict(gap) for gap in self.gaps],
            "wayBack": None
            if self.way_back is None
            else {"endsWhereItBegan": not self.way_back, "differences": self.way_back},
        }


def check_stacks(plan: CheckPlan, engine: Engine, console: Console) -> Iterator[CheckedStack]:
    """Check each stack of the plan in turn; what was deployed is thrown away at the end."""
    with tempfile.TemporaryDirectory(prefix="fabrix-check-") as folder:
        source = extract(plan.commit, Path(folder) / ".earlier") if plan.commit else None
        for stack in plan.stacks:
            yield _check(plan, stack, engine, Path(folder) / stack, source, console)


def _check(
    plan: CheckPlan, stack: str, engine: Engine, folder: Path, source: Path | None, console: Console
) -> CheckedStack:
    checked, started = CheckedStack(stack), time.monotonic()
    only_kept = [problem.message for problem in load.refused_when_new(ROOT, stack, plan.stacks[stack])]
    refused: list[str] = []
    if only_kept and has_it_already(stack, source):
        checked.notes += [
            f"{one}: this one is taken for deployed; `up` refuses it where it is not" for one in only_kept
        ]
    else:
        refused = [
            f"{one}. No state on this machine{_and_revision(plan)} shows that {stack} has it already; if it has, write "
            f"`installation.regionFeatures: [zoneRedundantHa]` into Pulumi.{stack}.yaml"
            for one in only_kept
        ]
    rehearsal = Rehearsal(engine, stack, folder / "change")
    start = _start(plan, checked, rehearsal, source, console) if source else None
    if start is None:
        rehearsal = Rehearsal(engine, stack, folder / "new")
    end = _deploy(rehearsal, ROOT, f"{stack}: rehearsing", console)
    checked.errors = [*refused, *end.errors]
    checked.compared = start is not None and not end.errors
    if start:
        checked.losses = transition.losses(end.run)
        checked.gaps = transition.gaps(start.deployment, end.run)
        checked.changes = _changes(end.run)
    if not end.errors:
        origins = Origins(end.deployment, rehearsal.project, ROOT, stack)
        operations = transition.operations(end.run)
        judged = JudgedStack(stack, plan.stacks[stack], end.deployment, origins, operations)
        checked.judgement = judge_stack(judged, plan.files)
        if start and plan.and_back and source:
            back = _deploy(rehearsal, source, f"{stack}: going back to {plan.revision}", console)
            checked.way_back = back.errors or differences(start, back)
    checked.seconds = time.monotonic() - started
    return checked


def has_it_already(stack: str, earlier: Path | None) -> bool:
    """Return whether a stack that asks for what its region gives to nothing new may be taken for one that has it.

    It may where its file at the earlier revision asks for the same, and where the local target or the configured
    backend has a state of it; also where that backend cannot be asked. No server is looked at.
    """
    if earlier is not None:
        try:
            before = load.stack(earlier, stack)
        except SettingsError:
            return False
        return bool(load.refused_when_new(earlier, stack, before))
    azure = AzureTarget().for_stack(stack)
    try:
        return LocalTarget().has_stack(stack) or (bool(azure.backend_url()) and azure.has_stack(stack))
    except OperationError:
        return True


def _and_revision(plan: CheckPlan) -> str:
    return f", nor {plan.revision}," if plan.revision else ""


def _changes(run: Run) -> dict[str, str]:
    real = {step.urn for step in run.finished if step.real}
    return {urn: does for urn, does in transition.operations(run).items() if urn in real and does != "same"}


def _start(
    plan: CheckPlan, checked: CheckedStack, rehearsal: Rehearsal, source: Path, console: Console
) -> RehearsedDeployment | None:
    """Deploy the earlier revision; return None and leave a note if it has no such stack or does not deploy today."""
    stack = checked.stack
    if not (source / f"Pulumi.{stack}.yaml").is_file():
        checked.notes.append(f"the stack is new: {plan.revision} has no Pulumi.{stack}.yaml")
        return None
    try:
        read_settings(stack, root=source)
    except OperationError as error:
        checked.notes.append(f"{plan.revision} cannot be rehearsed, only the new state is judged: {error}")
        return None
    earlier = source / REQUIREMENTS
    if not earlier.is_file() or earlier.read_bytes() != (ROOT / REQUIREMENTS).read_bytes():
        checked.notes.append(f"{REQUIREMENTS} changed; both programs run with the packages that are installed now")
    start = _deploy(rehearsal, source, f"{stack}: rehearsing {plan.revision}", console)
    if start.errors:
        why = "; ".join(start.errors)
        checked.notes.append(f"{plan.revision} does not deploy here, only the new state is judged: {why}")
        return None
    return start


def _deploy(rehearsal: Rehearsal, source: Path, activity: str, console: Console) -> RehearsedDeployment:
    with Progress(console, activity) as progress:
        deployment = rehearsal.deploy(source, progress.update)
    if deployment.assumed:
        console.info(f"assumed to exist, as the stack file says: {'; '.join(deployment.assumed)}")
    return deployment

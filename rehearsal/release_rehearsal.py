"""What a release would do to a deployment: tried on a copy, rebuilt from the deployment's state in a local Azure.

The question has three parts, and each has an answer of its own: what the program would change even if the release
stayed (the program is newer than the deployment); what the release changes; whether going back ends where it began.
"""

from __future__ import annotations

import dataclasses
import re
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from judging import transition
from judging.judgement import JudgedStack, PolicyFiles, judge_stack
from judging.origins import Origins
from rehearsal import seeding
from rehearsal.comparison import NOTHING, changed_paths, describe_paths, differences
from rehearsal.rehearsal import OnEvent, Rehearsal, RehearsedDeployment
from resources.tokens import normalise
from settings.release_line import ReleaseLine, pair, told
from stacks.events import CHANGES, ResourceStep, Run
from stacks.progress import Progress
from stacks.settings_files import read_settings
from stacks.slots import release_output
from support.checkout import ROOT
from support.errors import Exit, OperationError

if TYPE_CHECKING:
    from engine.locate import Engine
    from judging.reports.findings import Judgement
    from support.console import Console

_PROTECTED = re.compile(r"unable to (replace|delete) resource .*marked for protection", re.DOTALL)
"""The engine's words (Pulumi 3.259.0, ``pkg/resource/deploy``)."""


@dataclass(frozen=True)
class RehearsalResult:
    """What came out."""

    start: RehearsedDeployment
    """The deployment as its state says; nothing was run yet."""
    end: RehearsedDeployment
    """After the release was installed, or tried to."""
    changes: Run
    """What was done on the way, without what cannot be compared."""
    program_changes: Mapping[str, ResourceStep]
    """URN → what the program would do there at the release that runs, too."""
    way_back: list[str] | None
    """How the end of the way back differs from the start, or why it failed; nothing if it was not asked for.

    What the program changes at any release is no difference: the way back is walked with today's program, too.
    """
    losses: tuple[transition.Loss, ...]
    """What was replaced or deleted, and what would have been if it were not protected (which is an error, too)."""
    gaps: tuple[transition.Gap, ...]
    judgement: Judgement | None
    """Of the end; nothing if it was not reached."""
    errors: list[str]
    """Why the release cannot be installed; empty if it can."""
    uncomparable: tuple[str, ...]
    """Resources that seem to change in nothing but secrets, of which the state does not tell the values."""
    secrets_in_clear: bool
    """Whether the state held secrets in clear."""
    seed_seconds: float
    """Seconds until the local Azure held what the state says."""
    seconds: float
    """Of everything."""
    ignored: tuple[str, ...] = ()
    """What the comparison after the way back leaves out, since the program changes it at any release."""
    running: str = field(default="")
    """Release that the deployment runs, as its state says; empty if it does not."""

    @property
    def failed(self) -> bool:
        """Whether something did not work, whatever the rules say."""
        return bool(self.errors or self.way_back)

    @property
    def by_release(self) -> Run:
        """What the release changes beyond what the program changes anyway; one step for each resource."""
        steps = (_beyond(step, self.program_changes.get(step.urn)) for step in _once(self.changes.finished).values())
        return _with_steps(self.changes, [step for step in steps if step])

    @property
    def by_program(self) -> Run:
        """What the program changes at the release that runs, too; one step for each resource."""
        return _with_steps(self.changes, list(self.program_changes.values()))


def rehearse_release(
    engine: Engine,
    stack: str,
    state: Mapping[str, Any],
    release_line: ReleaseLine | None,
    *,
    and_back: bool,
    console: Console,
    where: str = "the state",
) -> RehearsalResult:
    """Install a release on a copy of a deployment.

    Args:
        engine: Pulumi.
        stack: whose deployment it is.
        state: as ``pulumi stack export`` gives it; best with ``--show-secrets``
            (:func:`rehearsal.seeding.export_state`), since what depends on secrets cannot be compared
            otherwise. They are replaced before anything is written.
        release_line: what the stack file is to say under ``release``; None leaves it as it is.
        and_back: whether to go back to the release that runs, and compare.
        console: hears about the progress.
        where: name of the state in messages.

    Raises:
        OperationError: exit code 2, the state or the stack file is wrong; nothing was started then. A release that does
            not deploy, and rules that are broken, are results.

    """
    started = time.monotonic()
    seed = seeding.make_seed(state, stack, where)
    running = running_line(state)
    settings = read_settings(stack, release_line)
    other = running is None or (settings.release_id, settings.standby_id) != pair(running)
    asked = other and (running is not None or release_line is not None)
    if asked or and_back:
        _readable(stack, running, where)
    files = PolicyFiles.read()
    with tempfile.TemporaryDirectory(prefix="fabrix-rehearse-") as folder:
        rehearsal = Rehearsal(engine, stack, Path(folder))
        start = rehearsal.seed(seed)
        seeded = time.monotonic() - started
        anyway: dict[str, ResourceStep] = {}
        if asked:
            run = _watched(f"{stack}: what changes anyway", console, lambda on: rehearsal.preview(on, release=running))
            anyway = _once(_comparable(run.steps, seed.hidden))
        end = _watched(f"{stack}: rehearsing", console, lambda on: rehearsal.deploy(on_event=on, release=release_line))
        untold = {step.urn: step.name for step in end.run.finished if _untold(step, seed.hidden)}
        changes = _with_steps(end.run, _comparable(end.run.finished, seed.hidden))
        judgement = None
        if not end.errors:
            origins = Origins(end.deployment, rehearsal.project, ROOT, stack)
            operations = dict.fromkeys(untold, "same") | transition.operations(changes)
            case = JudgedStack(stack, settings, end.deployment, origins, operations)
            judgement = judge_stack(case, files)
        back, left_out = None, NOTHING
        if and_back and not end.errors:
            last = _watched(f"{stack}: going back", console, lambda on: rehearsal.deploy(on_event=on, release=running))
            # Where no other release was asked for, what was done is what the program changes anyway.
            left_out = changed_paths((anyway if asked else _once(changes.finished)).values(), start, last)
            back = last.errors or differences(start, last, secrets=not seed.hidden, but=left_out)
    return RehearsalResult(
        start=start,
        end=end,
        changes=changes,
        program_changes=anyway,
        way_back=back,
        losses=(*_protected(end), *transition.losses(changes)),
        gaps=transition.gaps(start.deployment, changes),
        judgement=judgement,
        errors=end.errors,
        uncomparable=tuple(sorted(set(untold.values()))),
        secrets_in_clear=seed.secrets_in_clear,
        seed_seconds=seeded,
        seconds=time.monotonic() - started,
        ignored=tuple(f"{key}: {describe_paths(left_out[key])}" for key in sorted(left_out)),
        running=told(running) if running else "",
    )


def running_line(state: Mapping[str, Any]) -> ReleaseLine | None:
    """Return the release line that a state's output ``release`` tells; nothing where it is older than that output."""
    said = release_output(state.get("deployment") or {}) or {}
    running, standby = ((said.get(role) or {}).get("id") for role in ("running", "standby"))
    if not isinstance(running, str) or not isinstance(standby, str):
        return None
    return running if running == standby else (running, standby)


def _readable(stack: str, running: ReleaseLine | None, where: str) -> None:
    """Refuse a deployment whose own release is not known here any more."""
    if running is None:
        return
    try:
        read_settings(stack, running)
    except OperationError as error:
        raise OperationError(
            f"{where} runs release {told(running)}, which cannot be rehearsed here, so there is no way back to "
            f"compare with: {error}",
            Exit.BAD_INPUT,
        ) from None


def _with_steps(run: Run, steps: list[ResourceStep]) -> Run:
    return dataclasses.replace(run, steps=steps, finished=steps)


def _once(steps: Iterable[ResourceStep]) -> dict[str, ResourceStep]:
    """Return one step for each resource that changes: of a replacement, the one that says why."""
    found: dict[str, ResourceStep] = {}
    for step in steps:
        known = step.urn in found and step.operation != "replace"
        if step.real and step.operation in CHANGES and not known:
            found[step.urn] = step
    return found


def _beyond(step: ResourceStep, anyway: ResourceStep | None) -> ResourceStep | None:
    """Return what of a step the program would not have done anyway."""
    if anyway is None or anyway.operation != step.operation:
        return step
    more = {path: kind for path, kind in step.detailed.items() if path not in anyway.detailed}
    return dataclasses.replace(step, detailed=more) if more else None


def _protected(stage: RehearsedDeployment) -> tuple[transition.Loss, ...]:
    """Return what the engine refused to replace or delete; it stops at the first such resource or some after it."""
    found = []
    for urn, message in stage.run.errors:
        match = _PROTECTED.search(message)
        if match and urn:
            *_, kinds, name = urn.split("::")
            kind = kinds.rsplit("$", 1)[-1]
            found.append(transition.Loss(urn, kind, name, match[1], (), normalise(kind) in transition.STATEFUL_TYPES))
    return tuple(found)


def _comparable(steps: list[ResourceStep], hidden: Mapping[str, frozenset[str]]) -> list[ResourceStep]:
    return [step for step in steps if not _untold(step, hidden)]


def _untold(step: ResourceStep, hidden: Mapping[str, frozenset[str]]) -> bool:
    """Whether a step changes nothing but secrets whose values before are not known."""
    secrets = hidden.get(step.urn, frozenset())
    if step.operation not in CHANGES or not step.detailed or not secrets:
        return False
    return all(any(path == one or path.startswith((f"{one}.", f"{one}[")) for one in secrets) for path in step.detailed)


def _watched(words: str, console: Console, work: Callable[[OnEvent], Any]) -> Any:  # noqa: ANN401 - what the work gives
    with Progress(console, words) as progress:
        return work(progress.update)

"""Rehearses a release on a copy of a deployment, rebuilt from the deployment's state in a local Azure.

The result tells three things apart: what the program would change even at the running release (it may be newer than
the deployment); what the release changes; whether the way back restores the start.
"""

from __future__ import annotations

import dataclasses
import re
import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.locate import Engine
from judging import transition
from judging.judgement import JudgedStack, PolicyFiles, judge_stack
from judging.origins import Origins
from judging.reports.findings import Judgement
from rehearsal import seeding
from rehearsal.comparison import NOTHING, changed_paths, describe_paths, differences
from rehearsal.rehearsal import Rehearsal, RehearsedDeployment
from resources.tokens import normalise, split_urn
from settings.release_line import ReleaseLine, describe, pair
from stacks.events import CHANGES, ResourceStep, Run
from stacks.progress import Progress
from stacks.settings_files import read_settings
from stacks.slots import release_output
from support.checkout import ROOT
from support.console import Console
from support.errors import Exit, OperationError
from targets.name import TargetName

_PROTECTED = re.compile(r"unable to (replace|delete) resource .*marked for protection", re.DOTALL)
"""The engine's message (Pulumi 3.259.0, ``pkg/resource/deploy``)."""


@dataclass(frozen=True)
class RehearsalResult:
    """The result of rehearsing a release."""

    start: RehearsedDeployment
    """The deployment as its state describes it, before anything was run."""
    end: RehearsedDeployment
    """The deployment after the release was installed, or the attempt failed."""
    changes: Run
    """What installing the release did, without what cannot be compared."""
    program_changes: Mapping[str, ResourceStep]
    """URN → what the program changes even at the running release."""
    way_back: list[str] | None
    """How the end of the way back differs from the start, or why it failed; None if it was not requested.

    What the program changes at any release does not count, since the way back uses today's program, too.
    """
    losses: tuple[transition.Loss, ...]
    """What was replaced or deleted, or would have been without its protection (which is an error as well)."""
    gaps: tuple[transition.Gap, ...]
    judgement: Judgement | None
    """Of the end; None if the release does not deploy."""
    errors: list[str]
    """Why the release cannot be installed; empty if it can."""
    uncomparable: tuple[str, ...]
    """Resources that seem to change in nothing but secrets whose values the state does not reveal."""
    secrets_in_clear: bool
    """Whether the state contained secrets in clear text."""
    seed_seconds: float
    """Seconds until the local Azure held the objects of the state."""
    seconds: float
    """Seconds of the whole rehearsal."""
    ignored: tuple[str, ...] = ()
    """What the comparison after the way back ignores, since the program changes it at any release."""
    running: str = field(default="")
    """Release line of the deployment according to its state; empty if the state has none."""

    @property
    def failed(self) -> bool:
        """Whether a deployment or the way back failed, whatever the rules say."""
        return bool(self.errors or self.way_back)

    @property
    def by_release(self) -> Run:
        """What the release changes in addition to the program; one step for each resource."""
        steps = (
            _in_addition(step, self.program_changes.get(step.urn)) for step in _by_urn(self.changes.finished).values()
        )
        return _with_steps(self.changes, [step for step in steps if step])

    @property
    def by_program(self) -> Run:
        """What the program changes even at the running release; one step for each resource."""
        return _with_steps(self.changes, list(self.program_changes.values()))


def rehearse_release(
    engine: Engine,
    stack: str,
    target: TargetName,
    state: Mapping[str, Any],
    release_line: ReleaseLine | None,
    *,
    and_back: bool,
    console: Console,
    where: str = "the state",
) -> RehearsalResult:
    """Install a release on a copy of a deployment.

    Args:
        engine: the Pulumi engine.
        stack: name of the deployed stack.
        target: where it is deployed.
        state: as ``pulumi stack export`` writes it, best with ``--show-secrets``
            (:func:`rehearsal.seeding.export_state`): otherwise what depends on secrets cannot be compared. Secrets are
            replaced before anything is written.
        release_line: replaces the stack file's release line; None keeps it.
        and_back: whether to return to the running release afterwards, and compare.
        console: shows the progress.
        where: name of the state in messages.

    Raises:
        OperationError: exit code 2, the state or the stack file is wrong; nothing was started. A release that does not
            deploy and rules that are broken are results, not errors.

    """
    started = time.monotonic()
    seed = seeding.make_seed(state, stack, where)
    running = running_line(state)
    settings = read_settings(stack, release_line)
    another = running is None or (settings.release_id, settings.standby_id) != pair(running)
    preview_program = another and (running is not None or release_line is not None)
    if preview_program or and_back:
        _refuse_unknown_release(stack, running, where)
    files = PolicyFiles.read(target)
    with tempfile.TemporaryDirectory(prefix="fabrix-rehearse-") as folder:
        rehearsal = Rehearsal(engine, stack, Path(folder))
        start = rehearsal.seed(seed)
        seeded = time.monotonic() - started
        program_changes: dict[str, ResourceStep] = {}
        if preview_program:
            with Progress(console, f"{stack}: what the program changes") as progress:
                run = rehearsal.preview(progress.update, release=running)
            program_changes = _by_urn(_comparable(run.steps, seed.unknown_secrets))
        with Progress(console, f"{stack}: rehearsing") as progress:
            end = rehearsal.deploy(on_event=progress.update, release=release_line)
        uncomparable = {step.urn: step.name for step in end.run.finished if _uncomparable(step, seed.unknown_secrets)}
        changes = _with_steps(end.run, _comparable(end.run.finished, seed.unknown_secrets))
        judgement = None
        if not end.errors:
            origins = Origins(end.deployment, rehearsal.project, ROOT, stack)
            operations = dict.fromkeys(uncomparable, "same") | transition.operations(changes)
            judgement = judge_stack(JudgedStack(stack, settings, end.deployment, origins, operations), files)
        way_back, ignored = None, NOTHING
        if and_back and not end.errors:
            with Progress(console, f"{stack}: going back") as progress:
                last = rehearsal.deploy(on_event=progress.update, release=running)
            # Without another release, everything that was done is the program's.
            by_program = program_changes if preview_program else _by_urn(changes.finished)
            ignored = changed_paths(by_program.values(), start, last)
            way_back = last.errors or differences(start, last, secrets=not seed.unknown_secrets, ignored=ignored)
    return RehearsalResult(
        start=start,
        end=end,
        changes=changes,
        program_changes=program_changes,
        way_back=way_back,
        losses=(*_protected(end), *transition.losses(changes)),
        gaps=transition.gaps(start.deployment, changes),
        judgement=judgement,
        errors=end.errors,
        uncomparable=tuple(sorted(set(uncomparable.values()))),
        secrets_in_clear=seed.secrets_in_clear,
        seed_seconds=seeded,
        seconds=time.monotonic() - started,
        ignored=tuple(f"{key}: {describe_paths(paths)}" for key, paths in sorted(ignored.items())),
        running=describe(running) if running else "",
    )


def running_line(state: Mapping[str, Any]) -> ReleaseLine | None:
    """Return the release line in a state's output ``release``; None if the state is older than that output."""
    output = release_output(state.get("deployment") or {}) or {}
    running, standby = ((output.get(role) or {}).get("id") for role in ("running", "standby"))
    if not isinstance(running, str) or not isinstance(standby, str):
        return None
    return running if running == standby else (running, standby)


def _refuse_unknown_release(stack: str, running: ReleaseLine | None, where: str) -> None:
    """Refuse a deployment whose own release is not known here any more."""
    if running is None:
        return
    try:
        read_settings(stack, running)
    except OperationError as error:
        raise OperationError(
            f"{where} runs release {describe(running)}, which cannot be rehearsed here, so there is no way back to "
            f"compare with: {error}",
            Exit.BAD_INPUT,
        ) from None


def _with_steps(run: Run, steps: list[ResourceStep]) -> Run:
    return dataclasses.replace(run, steps=steps, finished=steps)


def _by_urn(steps: Iterable[ResourceStep]) -> dict[str, ResourceStep]:
    """Return one step for each resource that changes; of a replacement, the one with the causes."""
    chosen: dict[str, ResourceStep] = {}
    for step in steps:
        known = step.urn in chosen and step.operation != "replace"
        if step.real and step.operation in CHANGES and not known:
            chosen[step.urn] = step
    return chosen


def _in_addition(step: ResourceStep, by_program: ResourceStep | None) -> ResourceStep | None:
    """Return what a step changes in addition to what the program does at any release."""
    if by_program is None or by_program.operation != step.operation:
        return step
    more = {path: kind for path, kind in step.detailed.items() if path not in by_program.detailed}
    return dataclasses.replace(step, detailed=more) if more else None


def _protected(deployment: RehearsedDeployment) -> tuple[transition.Loss, ...]:
    """Return what the engine refused to replace or delete; it stops at the first such resource or soon after."""
    losses = []
    for urn, message in deployment.run.errors:
        match = _PROTECTED.search(message)
        if match and urn:
            kind, name = split_urn(urn)
            losses.append(transition.Loss(urn, kind, name, match[1], (), normalise(kind) in transition.STATEFUL_TYPES))
    return tuple(losses)


def _comparable(steps: list[ResourceStep], unknown_secrets: Mapping[str, frozenset[str]]) -> list[ResourceStep]:
    # By resource: of a replacement, the step that deletes the old one does not say which properties asked for it.
    hidden = {step.urn for step in steps if _uncomparable(step, unknown_secrets)}
    return [step for step in steps if step.urn not in hidden]


def _uncomparable(step: ResourceStep, unknown_secrets: Mapping[str, frozenset[str]]) -> bool:
    """Whether a step changes nothing but secrets whose values before are not known."""
    secrets = unknown_secrets.get(step.urn, frozenset())
    if step.operation not in CHANGES or not step.detailed or not secrets:
        return False
    return all(any(path == one or path.startswith((f"{one}.", f"{one}[")) for one in secrets) for path in step.detailed)

"""What a check covers: stacks, their settings and the policy files, all validated before anything is deployed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from judging.judgement import PolicyFiles
from settings import PlatformSettings, SettingsError, load
from support.checkout import ROOT
from support.errors import Exit, OperationError
from support.git import changed_files, commit_of

PROGRAM = (
    "__main__.py", "Pulumi.yaml", "requirements.txt", "components/", "settings/", "policies/", "topology/",
    "resources/",
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
        if any(name in own or name.startswith(PROGRAM) for name in changed):
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
    files = PolicyFiles.read()
    return CheckPlan(settings, files, revision, commit_of(revision) if revision else None, and_back)

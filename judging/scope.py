"""What a check is about: which stacks, their settings, the waivers; everything that can be wrong before it begins."""

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
"""What every stack depends on besides its own files: the program, and the rules that it is judged by."""


@dataclass(frozen=True)
class CheckPlan:
    """What is to be rehearsed, judged before the engine is looked for."""

    stacks: dict[str, PlatformSettings]
    files: PolicyFiles
    revision: str | None
    """As it was asked for."""
    commit: str | None
    and_back: bool


def affected_stacks(stacks: Iterable[str], changed: Sequence[str]) -> list[str]:
    """Return the stacks whose stack file, release, program or rules are among the ``changed`` files."""
    found = []
    for stack in stacks:
        own = {f"Pulumi.{stack}.yaml"}
        with contextlib.suppress(SettingsError):  # its problems are reported when it is judged, if it is
            settings = load.stack(ROOT, stack)
            own |= {f"releases/{release.id}.yaml" for release in (settings.release, settings.standby)}
        if any(name in own or name.startswith(PROGRAM) for name in changed):
            found.append(stack)
    return found


def plan_check(stacks: Sequence[str], revision: str | None, changed_since: str | None, *, and_back: bool) -> CheckPlan:
    """Read everything that can be wrong.

    Raises:
        OperationError: exit code 2; every wrong stack file is reported, not only the first.

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

"""Runs every check of a stack and gathers what they found."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from settings import PlatformSettings
from stacks.preflight.checks import CHECKS
from stacks.preflight.model import Check, Finding, Level, Scene
from stacks.preflight.questions import questions_for
from support.console import Console
from support.errors import Exit, OperationError
from targets.name import TargetName
from targets.target import Target

STYLES = {Level.PASS: "green", Level.WARN: "yellow", Level.FAIL: "red"}


@dataclass(frozen=True)
class Verdict:
    """A check and everything that it found."""

    check: Check
    findings: tuple[Finding, ...]
    answered_for: bool = False
    """Whether it failed, and somebody answers for that."""

    @property
    def level(self) -> Level:
        """The worst of its findings."""
        return max(finding.level for finding in self.findings)


def run(scene: Scene, checks: Sequence[Check] = CHECKS) -> list[Verdict]:
    """Run all checks, whatever one of them meets; one that does not apply to the stack is left out."""
    return [Verdict(check, found) for check in checks if (found := tuple(_findings(check, scene)))]


def preflight(
    stack: str, target: Target, settings: PlatformSettings, answered_for: Collection[str] = ()
) -> list[Verdict]:
    """Run all checks of a stack on its target.

    Args:
        stack: its name.
        target: where to ask.
        settings: of the stack.
        answered_for: ids of checks whose failures somebody answers for: they become warnings.

    Raises:
        OperationError: exit code 2, there is no check of such an id; 4, a package that real Azure needs is missing.
    """
    known = [check.id for check in CHECKS]
    if unknown := [one for one in answered_for if one not in known]:
        raise OperationError(f"no check is called {', '.join(unknown)}; there are {', '.join(known)}", Exit.BAD_INPUT)
    verdicts = run(Scene(stack, settings, questions_for(target, settings)))
    return [_lenient(verdict) if verdict.check.id in answered_for else verdict for verdict in verdicts]


def _lenient(verdict: Verdict) -> Verdict:
    findings = tuple(replace(one, level=min(one.level, Level.WARN)) for one in verdict.findings)
    return replace(verdict, findings=findings, answered_for=verdict.level is Level.FAIL)


def _findings(check: Check, scene: Scene) -> Iterator[Finding]:
    """Yield what a check finds; what cannot be asked is never taken for good."""
    try:
        yield from check.run(scene)
    except OperationError as error:
        yield Finding(Level.WARN, f"not asked to the end: {error}")
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        yield Finding(Level.WARN, f"Azure's answer is not understood ({type(error).__name__}: {error})")


def show(verdicts: Sequence[Verdict], console: Console, at_least: Level = Level.PASS) -> None:
    """Print one line a finding from a level on, with the fix of what did not pass."""
    for verdict in verdicts:
        for finding in verdict.findings:
            if finding.level >= at_least:
                line = f"{finding.level.name:<4}  {verdict.check.title}: {finding.found}"
                console.result(line, style=STYLES[finding.level])
                if finding.level is not Level.PASS:
                    console.result(f"      {finding.fix or verdict.check.fix}")


def document(stack: str, target: Target, verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Return the verdicts for ``--json``."""
    rows = [
        {
            "id": verdict.check.id,
            "title": verdict.check.title,
            "asks": verdict.check.asks,
            "level": verdict.level.name,
            "findings": [
                {
                    "level": finding.level.name,
                    "found": finding.found,
                    "fix": "" if finding.level is Level.PASS else finding.fix or verdict.check.fix,
                }
                for finding in verdict.findings
            ],
        }
        for verdict in verdicts
    ]
    counts = {level.name: sum(verdict.level is level for verdict in verdicts) for level in Level}
    return {"command": "preflight", "stack": stack, "target": target.name.value, "checks": rows, "counts": counts}


def refuse_failed(stack: str, target: Target, verdicts: Sequence[Verdict]) -> None:
    """Refuse to go on where a check failed; the message says how to fix each, and only then how to override it.

    Raises:
        OperationError: exit code 3, with the checks that failed.
    """
    failed = [verdict for verdict in verdicts if verdict.level is Level.FAIL]
    if not failed:
        return
    ids = [verdict.check.id for verdict in failed]
    fixes = "\n".join(f"  {verdict.check.id}: {' '.join(_fixes(verdict))}" for verdict in failed)
    options = " ".join(f"--answer-for {one}" for one in ids)
    override = f" If a check is wrong about your tenant, override it, which is recorded: {options}."
    raise OperationError(
        f"{stack}: {len(ids)} of {len(verdicts)} checks failed: {', '.join(ids)}. Nothing was changed. How to fix it:\n"
        f"{fixes}\nThen run the command again.{override if target.name is TargetName.AZURE else ''}",
        Exit.REFUSED,
        document(stack, target, verdicts),
    )


def _fixes(verdict: Verdict) -> list[str]:
    """Return what to do about each failure of a check, each once."""
    failures = (one for one in verdict.findings if one.level is Level.FAIL)
    return list(dict.fromkeys(one.fix or verdict.check.fix for one in failures))

"""What a run did, in words and as JSON: counts, changes, errors grouped by resource."""

from __future__ import annotations

from typing import Any

from stacks.events import CHANGES, ResourceStep, Run
from support.console import Console
from support.errors import Exit, OperationError

WORDS = {
    "create": ("+", "create", "created", "green"),
    "update": ("~", "change", "changed", "yellow"),
    "delete": ("-", "delete", "deleted", "red"),
    "replace": ("±", "replace", "replaced", "magenta"),
    "create-replacement": ("±", "create as replacement", "created as replacement", "magenta"),
    "delete-replaced": ("-", "delete after replacement", "deleted after replacement", "magenta"),
    "import": ("=", "import", "imported", "cyan"),
    "read": (">", "read", "read", "cyan"),
}
"""Operation → sign, what will be done, what was done, colour."""

NAMED = 4
"""Properties that are named for a change."""

SHOWN = 40
"""Changes that are listed one by one; the rest is counted."""


def print_changes(run: Run, console: Console, *, planned: bool) -> None:
    """List what is changed; updates and replacements with the properties that cause them."""
    steps = [s for s in (run.steps if planned else run.finished) if s.operation in CHANGES and s.real]
    interesting = [s for s in steps if s.operation != "create"] or steps
    for step in interesting[:SHOWN]:
        sign, plan, done, colour = WORDS[step.operation]
        word = plan if planned else done
        console.result(f"  {sign} {word:<8} {short_type(step.type):<48} {step.name}{_why(step)}", style=colour)
    if len(interesting) > SHOWN:
        console.result(f"  … and {len(interesting) - SHOWN} more")


def short_type(token: str) -> str:
    """``azure-native:keyvault:Vault`` as ``keyvault:Vault``."""
    return token.removeprefix("azure-native:")


def _why(step: ResourceStep) -> str:
    if step.operation in ("create", "delete"):
        return ""
    paths = sorted(step.detailed) or sorted(step.diffs)
    return f"  ({', '.join(paths[:NAMED])}{', …' if len(paths) > NAMED else ''})" if paths else ""


def summary(run: Run, *, planned: bool) -> str:
    """Say how much is (``12 to create, 1 to change``) or was (``12 created, 1 changed``) done."""
    counts = sorted(run.counts().items())
    said = [f"{number} to {WORDS[op][1]}" if planned else f"{number} {WORDS[op][2]}" for op, number in counts]
    return ", ".join(said) or "no changes"


def to_json(command: str, stack: str, target: str, run: Run, code: int) -> dict[str, Any]:
    """JSON counterpart of the words. Property values are left out: names and types only, so no secret can be in it."""
    return {
        "ok": code == 0,
        "command": command,
        "stack": stack,
        "target": target,
        "seconds": round(run.seconds, 2),
        "resources": run.resources(),
        "counts": dict(run.counts()),
        "changes": [
            {
                "operation": s.operation,
                "type": s.type,
                "name": s.name,
                "urn": s.urn,
                "properties": sorted(s.detailed) or list(s.diffs),
            }
            for s in (run.finished or run.steps)
            if s.operation in CHANGES and s.real
        ],
        "errors": [{"urn": urn, "message": message} for urn, message in run.errors],
        "warnings": [{"urn": urn, "message": message} for urn, message in run.warnings],
        "policy": run.policy,
    }


def raise_if_failed(command: str, run: Run, code: int, console: Console, details: dict[str, Any]) -> None:
    """End the command when the engine did not succeed.

    Raises:
        OperationError: exit code 3 when mandatory policies refused, 1 otherwise.

    """
    for urn, message in run.warnings:
        console.info(f"warning: {_where(urn)}{message}", style="yellow")
    if run.violations:
        lines = [
            f"  {v['policyName']} [{v['policyPackName']}] {_where(v.get('resourceUrn', ''))}{v['message']}"
            for v in run.violations
        ]
        raise OperationError("policies refuse this:\n" + "\n".join(lines), Exit.REFUSED, details)
    if code != 0:
        lines = [f"  {_where(urn)}{message}" for urn, message in run.errors if not _follows(urn, message)]
        raise OperationError(f"{command} failed:\n" + "\n".join(lines), Exit.FAILED, details)


def _where(urn: str) -> str:
    if not urn or "pulumi:pulumi:Stack" in urn:
        return ""
    *_, kind, name = urn.split("::")
    return f"{name} ({short_type(kind.rsplit('$', 1)[-1])}): "


def _follows(urn: str, message: str) -> bool:
    """Whether an error only repeats that something else failed."""
    return "pulumi:pulumi:Stack" in urn and message in ("update failed", "preview failed", "destroy failed")

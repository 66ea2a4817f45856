"""Reports a run as text and as JSON: counts, changes, warnings and errors."""

from __future__ import annotations

from typing import Any

from stacks.events import CHANGES, ResourceStep, Run
from support.console import Console
from support.errors import Exit, OperationError

OPERATIONS = {
    "create": ("+", "create", "created", "green"),
    "update": ("~", "change", "changed", "yellow"),
    "delete": ("-", "delete", "deleted", "red"),
    "replace": ("±", "replace", "replaced", "magenta"),
    "create-replacement": ("±", "create as replacement", "created as replacement", "magenta"),
    "delete-replaced": ("-", "delete after replacement", "deleted after replacement", "magenta"),
    "import": ("=", "import", "imported", "cyan"),
    "read": (">", "read", "read", "cyan"),
}
"""Operation → sign, verb, past participle, colour."""

NAMED = 4
"""Properties that are named for a change."""

RAISED = "failed to run policy: Exception calling application: "
"""How the engine begins its message about a policy that raised."""

LOCKED = "ScopeLocked"
UNLOCK = (
    "Under a lock nothing is deleted. Where it is the stack's own, run once with security.locks: false in the stack "
    "file, then again with true."
)
"""Azure's code of what a lock forbids, and the way on."""

SHOWN = 40
"""Changes that are listed one by one; the rest is counted."""


def print_changes(run: Run, console: Console, *, planned: bool) -> None:
    """List the changes; updates and replacements with the properties that cause them."""
    steps = [s for s in (run.steps if planned else run.finished) if s.operation in CHANGES and s.real]
    interesting = [s for s in steps if s.operation != "create"] or steps
    for step in interesting[:SHOWN]:
        sign, plan, done, colour = OPERATIONS[step.operation]
        word = plan if planned else done
        console.result(f"  {sign} {word:<8} {short_type(step.type):<48} {step.name}{_why(step)}", style=colour)
    if len(interesting) > SHOWN:
        console.result(f"  … and {len(interesting) - SHOWN} more")


def short_type(token: str) -> str:
    """Return ``keyvault:Vault`` of ``azure-native:keyvault:Vault``."""
    return token.removeprefix("azure-native:")


def _why(step: ResourceStep) -> str:
    if step.operation in ("create", "delete"):
        return ""
    paths = sorted(step.detailed) or sorted(step.diffs)
    return f"  ({', '.join(paths[:NAMED])}{', …' if len(paths) > NAMED else ''})" if paths else ""


def summary(run: Run, *, planned: bool) -> str:
    """Return the counts of a plan (``12 to create, 1 to change``) or of a deployment (``12 created, 1 changed``)."""
    counts = sorted(run.counts().items())
    parts = [f"{n} to {OPERATIONS[op][1]}" if planned else f"{n} {OPERATIONS[op][2]}" for op, n in counts]
    return ", ".join(parts) or "no changes"


def to_json(command: str, stack: str, target: str, run: Run, code: int) -> dict[str, Any]:
    """Return the report as JSON. It holds property names and types but no values, so no secret can be in it."""
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
        OperationError: exit code 3 if mandatory policies refused, 1 otherwise.

    """
    for urn, message in run.warnings:
        console.info(f"warning: {_where(urn)}{message}", style="yellow")
    if run.violations:
        lines = [
            f"  {v['policyName']} [{v['policyPackName']}] {_where(v.get('resourceUrn', ''))}{v['message']}"
            for v in run.violations
        ]
        raise OperationError("policies refuse this:\n" + "\n".join(lines), Exit.REFUSED, details)
    raised = [message.partition(RAISED)[2] for _, message in run.errors if RAISED in message]
    if raised and command != "up":
        listed = "\n".join(f"  {message}" for message in dict.fromkeys(raised))
        raise OperationError(
            f"a policy pack cannot judge this; nothing was changed:\n{listed}", Exit.BAD_INPUT, details
        )
    if code != 0:
        lines = [f"  {_where(urn)}{message}" for urn, message in run.errors if not _is_consequence(urn, message)]
        if any(LOCKED in message for _, message in run.errors):
            lines.append(UNLOCK)
        raise OperationError(f"{command} failed:\n" + "\n".join(lines), Exit.FAILED, details)


def _where(urn: str) -> str:
    if not urn or "pulumi:pulumi:Stack" in urn:
        return ""
    *_, kind, name = urn.split("::")
    return f"{name} ({short_type(kind.rsplit('$', 1)[-1])}): "


def _is_consequence(urn: str, message: str) -> bool:
    """Return whether an error only repeats that something else failed."""
    return "pulumi:pulumi:Stack" in urn and message in ("update failed", "preview failed", "destroy failed")

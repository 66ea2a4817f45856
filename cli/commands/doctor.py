"""``fabrix doctor``: is everything there, and if not, which command mends it."""

from __future__ import annotations

from engine.doctor import inspect
from support.console import Console
from support.errors import Exit, OperationError


def run(*, as_json: bool) -> None:
    """Check and report.

    Raises:
        OperationError: exit code 4 when something needed is missing and `up` could not fetch it by itself.

    """
    console = Console(as_json=as_json)
    findings = inspect()
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        mark, style = ("✓", "green") if finding.ok else ("✗", "red")
        console.result(f"{mark} {finding.name:<{width}}  {finding.found}", style=style)
        if not finding.ok:
            console.result(f"  {'':<{width}}  needed: {finding.needed}")
            console.result(f"  {'':<{width}}  mend:   {finding.remedy}")
    document = {"ok": all(f.ok for f in findings), "findings": [finding.as_dict() for finding in findings]}
    if document["ok"]:
        console.emit(document)
        return
    missing = ", ".join(f.name for f in findings if not f.ok)
    raise OperationError(f"missing: {missing}; the lines above say how to mend each", Exit.ENGINE_MISSING, document)

"""``fabrix doctor``: whether this machine has what the commands need, and how to fix what is missing."""

from cli.options import Json, new_app
from engine.doctor import inspect
from support.console import Console
from support.errors import Exit, OperationError

app = new_app()


@app.command()
def doctor(as_json: Json = False) -> None:
    """Check this machine, and name the fix for what is missing."""
    console = Console(as_json=as_json)
    findings = inspect()
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        mark, style = ("✓", "green") if finding.ok else ("✗", "red")
        console.result(f"{mark} {finding.name:<{width}}  {finding.found}", style=style)
        if not finding.ok:
            console.result(f"  {'':<{width}}  needed: {finding.needed}")
            console.result(f"  {'':<{width}}  fix:    {finding.remedy}")
    missing = ", ".join(finding.name for finding in findings if not finding.ok)
    document = {"ok": not missing, "findings": [finding.as_dict() for finding in findings]}
    if missing:
        raise OperationError(f"missing: {missing}; the lines above show how to fix each", Exit.ENGINE_MISSING, document)
    console.emit(document)

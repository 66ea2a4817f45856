"""``fabrix evidence``: what auditors get, computed from the state of a deployed stack."""

from pathlib import Path
from typing import Annotated

import typer

from cli.options import Json, Stack, TargetOption, new_app
from judging.evidence import Evidence
from judging.reports.findings import FindingOutcome
from stacks.session import Session
from targets.name import TargetName

app = new_app()


@app.command()
def evidence(
    stack: Stack,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to write the evidence into.")],
    target: TargetOption = TargetName.LOCAL,
    as_json: Json = False,
) -> None:
    """Write what an auditor asks for, from what is deployed."""
    session = Session.open(stack, target, as_json=as_json)
    collected = Evidence.of(session)
    judgement, ledger, console = collected.judgement, collected.ledger, session.console
    files = collected.write(output)
    counts = ", ".join(f"{number} {name}" for name, number in judgement.counts().items() if number)
    refused = len(judgement.refusals)  # violations do not make it fail: evidence reports what is
    console.result(f"{stack} (profile {judgement.profile}): {counts}; {refused} mandatory violations")
    if ledger:
        faults = len(ledger["faults"])
        valid = f"{faults} FAULTS" if faults else "it verifies"
        console.result(f"ledger: {len(ledger['entries'])} gates, approvals and deployments, {valid}")
    console.result(f"evidence: {', '.join(str(path) for path in files)}", style="green")
    console.emit(
        {
            "ok": True,
            "command": "evidence",
            "provenance": collected.about.document(),
            "counts": judgement.counts(),
            "refused": refused,
            "waived": [line.document() for line in judgement.of(FindingOutcome.WAIVED)],
            "ledger": {"entries": len(ledger["entries"]), "faults": ledger["faults"]} if ledger else None,
            "files": [str(path) for path in files],
        }
    )

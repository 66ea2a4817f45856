"""``fabrix check``: rehearse stacks in a throwaway local Azure, judge them, report."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from cli.options import Json, new_app
from judging import transition
from judging.reports import junit as junit_report
from judging.reports import sarif as sarif_report
from judging.reports import table
from policies.start import TODAY
from rehearsal.check import HEADLINE, CheckedStack, CheckPlan, check_stacks, plan_check
from rehearsal.comment import pull_request_comment, refusal_comment
from stacks.installation_identity import refuse_disagreement
from stacks.session import get_engine
from support.checkout import VERSION
from support.console import Console
from support.errors import Exit, OperationError

File = Path | None
Revision = str | None

app = new_app()


@app.command()
def check(
    stacks: Annotated[list[str] | None, typer.Argument(help="Stacks; all of them if left out.")] = None,
    from_rev: Annotated[Revision, typer.Option("--from", metavar="REV", help="Deploy REV first, then update.")] = None,
    and_back: Annotated[bool, typer.Option("--and-back", help="With --from: go back, and compare.")] = False,
    changed_since: Annotated[
        Revision, typer.Option("--changed-since", metavar="REV", help="Only stacks that changed since REV.")
    ] = None,
    sarif: Annotated[File, typer.Option("--sarif", help="Write SARIF 2.1.0 for code scanning.")] = None,
    junit: Annotated[File, typer.Option("--junit", help="Write JUnit XML for pipelines.")] = None,
    comment: Annotated[File, typer.Option("--comment", help="Write Markdown for a pull request.")] = None,
    as_json: Json = False,
) -> None:
    """Rehearse stacks on a throwaway local Azure and judge them."""
    console = Console(as_json=as_json)
    console.info(HEADLINE, style="bold cyan")
    if pretended := os.environ.get(TODAY):
        console.info(f"waivers are judged as of {pretended} ({TODAY}), not of today", style="yellow")
    if and_back and not from_rev:
        raise OperationError("--and-back needs --from REV: the revision to start from and return to.", Exit.BAD_INPUT)
    refuse_disagreement()
    plan = _plan(stacks or [], from_rev, changed_since, and_back=and_back, comment=comment)
    checked: list[CheckedStack] = []
    if plan.stacks:
        for one in check_stacks(plan, get_engine(console), console):
            checked.append(one)
            _show(one, plan, console)
    else:
        console.result(f"no stack is affected by what changed since {changed_since}")
    _write(sarif, junit, checked, console)
    if comment:
        _save(comment, pull_request_comment(checked, from_rev, changed_since), console)
    _end(checked, console)


def _plan(
    stacks: Sequence[str], from_rev: str | None, changed_since: str | None, *, and_back: bool, comment: Path | None
) -> CheckPlan:
    """Read what is to be checked; where that fails, the comment on the pull request says why, too."""
    try:
        return plan_check(stacks, from_rev, changed_since, and_back=and_back)
    except OperationError as error:
        if comment:
            comment.parent.mkdir(parents=True, exist_ok=True)
            comment.write_text(refusal_comment(str(error)), encoding="utf-8")
        raise


def _show(checked: CheckedStack, plan: CheckPlan, console: Console) -> None:
    for note in checked.notes:
        console.result(f"{checked.stack}: {note}", style="yellow")
    for error in checked.errors:
        console.result(f"{checked.stack} does not deploy: {error}", style="red")
    if checked.compared:
        lines = list(transition.describe(checked.losses, checked.gaps))
        for line in lines:
            console.result(f"{checked.stack}, from {plan.revision}: {line}", style="magenta")
        if not lines:
            console.result(f"{checked.stack}, from {plan.revision}: nothing is replaced or deleted")
    if checked.judgement:
        table.print_findings(checked.judgement, console)
    if checked.way_back is not None:
        result = "; ".join(checked.way_back) or "every object is as it was"
        style = "red" if checked.way_back else "green"
        console.result(f"{checked.stack}, back to {plan.revision}: {result}", style=style)


def _write(sarif: Path | None, junit: Path | None, checked: list[CheckedStack], console: Console) -> None:
    judged = [each.judgement for each in checked if each.judgement]
    if sarif:
        _save(sarif, json.dumps(sarif_report.sarif_document(judged, VERSION), indent=2) + "\n", console)
    if junit:
        failed = {each.stack: "; ".join(each.errors) for each in checked if each.errors}
        _save(junit, junit_report.junit_xml(judged, failed), console)


def _save(path: Path, text: str, console: Console) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OperationError(f"{path} cannot be written: {error.strerror}", Exit.BAD_INPUT) from None
    console.info(f"written: {path}")


def _end(checked: list[CheckedStack], console: Console) -> None:
    """Emit the document.

    Raises:
        OperationError: exit code 3 on a mandatory violation; 1 if a stack does not deploy or going back does not end
            where it began.

    """
    details = {"command": "check", "stacks": [each.document() for each in checked]}
    refused = {each.stack: len(each.judgement.refusals) for each in checked if each.judgement}
    if any(refused.values()):
        where = ", ".join(f"{number} in {stack}" for stack, number in refused.items() if number)
        raise OperationError(f"mandatory violations: {where}", Exit.REFUSED, details)
    if failed := [each.stack for each in checked if each.failed]:
        raise OperationError(f"the rehearsal failed: {', '.join(failed)}", Exit.FAILED, details)
    console.emit({"ok": True, **details})

"""``fabrix rehearse``: what a release would do to a deployment, tried on a copy of it in a throwaway local Azure."""

import dataclasses
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.options import Json, Stack, TargetOption, new_app
from judging import transition
from judging.reports import table
from judging.reports.findings import NOTABLE
from rehearsal import release_rehearsal, seeding
from rehearsal.check import HEADLINE
from rehearsal.release_rehearsal import RehearsalResult
from stacks import report
from stacks.session import Session, get_engine, target_named
from stacks.settings_files import read_settings
from stacks.state import require_state
from support.console import Console, shortened
from support.errors import Exit, OperationError
from targets.name import TargetName

NAMED = 6
"""Resources that are named in one line; the rest is counted."""

app = new_app()


@app.command()
def rehearse(
    stack: Stack,
    from_state: Annotated[
        Path | None,
        typer.Option("--from-state", metavar="FILE", help="Exported state; the stack's own if left out.", exists=True),
    ] = None,
    release: Annotated[
        str | None,
        typer.Option("--release", metavar="ID", help="Release to install; that of the stack file if left out."),
    ] = None,
    and_back: Annotated[bool, typer.Option("--and-back", help="Go back afterwards, and compare.")] = False,
    target: TargetOption = TargetName.LOCAL,
    as_json: Json = False,
) -> None:
    """Try a release on a throwaway copy of a deployment."""
    console = Console(as_json=as_json)
    console.info(HEADLINE, style="bold cyan")
    read_settings(stack, release)
    state = None
    if from_state:
        state = seeding.read_exported_state(from_state)
        # Judged before the engine is looked for, which may take minutes to get.
        seeding.make_seed(state, stack, str(from_state))
    engine = get_engine(console)
    where = str(from_state) if from_state else f"the state of {stack} on the {target.value} target"
    result = release_rehearsal.rehearse_release(
        engine,
        stack,
        target,
        state if state is not None else _exported(stack, target, console),
        release,
        and_back=and_back,
        console=console,
        where=where,
    )
    if from_state and result.secrets_in_clear:
        console.info(
            f"{from_state} holds secrets in clear text; anyone who can read the file can "
            "use them. They were replaced before anything was "
            "written; delete the file when it is no longer needed.",
            style="yellow",
        )
    _show(stack, release, result, where, console)
    _end(stack, release, result, where, console)


def _exported(stack: str, name: TargetName, console: Console) -> dict[str, Any]:
    """Export the stack's state; looking creates no stack.

    Raises:
        OperationError: the stack is not deployed there.

    """
    session = Session(stack, target_named(name), console)
    require_state(
        session,
        f"so there is nothing that a release could change: `./fabrix check {stack}` rehearses a new installation, "
        "--from-state FILE a deployment elsewhere from its exported state",
    )
    return seeding.export_state(session.pulumi)


def _show(stack: str, release: str | None, result: RehearsalResult, where: str, console: Console) -> None:
    runs = f", which runs {result.running}" if result.running else ""
    console.info(f"{len(result.start.objects)} objects of {where}{runs}, rebuilt in {result.seed_seconds:.1f} s")
    if result.start.assumed:
        console.info(f"assumed to exist, as the stack file says: {'; '.join(result.start.assumed)}")
    for error in result.errors:
        console.result(f"{stack} does not deploy: {error}", style="red")
    what = f"release {release}" if release else "the stack file"
    if result.by_program.counts():
        counted = report.summary(result.by_program, planned=True)
        console.result(
            f"{stack}: the program is newer than the deployment, and changes at any release: {counted}", style="cyan"
        )
        report.print_changes(result.by_program, console, planned=True)
    if not result.errors or result.by_release.counts():
        console.result(f"{stack}, with {what}: {report.summary(result.by_release, planned=True)}", style="bold")
    report.print_changes(result.by_release, console, planned=True)
    data = tuple(loss for loss in result.losses if loss.stateful)
    for line in transition.describe(data, result.gaps):
        console.result(f"{stack}: {line}", style="magenta")
    if not data and not result.errors:
        console.result(f"{stack}: nothing that holds data is replaced or deleted")
    if result.uncomparable:
        console.result(
            f"not comparable: the file's secrets are encrypted: {shortened(result.uncomparable, NAMED)}",
            style="yellow",
        )
    if result.judgement:
        table.print_findings(result.judgement, console)
    if result.way_back is not None:
        _show_way_back(stack, result, result.way_back, console)


def _show_way_back(stack: str, result: RehearsalResult, differences: list[str], console: Console) -> None:
    text = "; ".join(differences) or "every object is as it was"
    if result.ignored:
        text += f" (left out, since the program changes it at any release: {shortened(result.ignored, NAMED)})"
    console.result(
        f"{stack}, back to {result.running or 'the stack file'}: {text}", style="red" if differences else "green"
    )


def _end(stack: str, release: str | None, result: RehearsalResult, where: str, console: Console) -> None:
    """Emit the document.

    Raises:
        OperationError: exit code 3 on a mandatory violation; 1 if the release cannot be installed or going back does
            not end where it began.

    """
    details = {"command": "rehearse", "stack": stack, "release": release, "state": where, **_document(result)}
    if result.judgement and result.judgement.refusals:
        raise OperationError(
            f"mandatory violations: {len(result.judgement.refusals)} in {stack}", Exit.REFUSED, details
        )
    if result.errors:
        raise OperationError(f"the rehearsal failed: {stack} does not deploy", Exit.FAILED, details)
    if result.way_back:
        raise OperationError(
            f"the rehearsal failed: the way back of {stack} does not end where it began", Exit.FAILED, details
        )
    console.result(f"rehearsed in {result.seconds:.0f} s; nothing was changed in {where}", style="green")
    console.emit({"ok": True, **details})


def _document(result: RehearsalResult) -> dict[str, Any]:
    """Return the JSON form of the result: names, types and counts, no value of a property."""
    judged = result.judgement
    return {
        "runs": result.running or None,
        "objects": len(result.start.objects),
        "seconds": {"seeding": round(result.seed_seconds, 2), "all": round(result.seconds, 1)},
        "counts": dict(result.by_release.counts()),
        "changes": report.to_json("", "", "", result.by_release, 0)["changes"],
        "anyway": dict(result.by_program.counts()),
        "replacedOrDeleted": [dataclasses.asdict(loss) for loss in result.losses],
        "withoutDependency": [dataclasses.asdict(gap) for gap in result.gaps],
        "notComparable": list(result.uncomparable),
        "profile": judged.profile if judged else None,
        "verdicts": judged.counts() if judged else None,
        "refused": len(judged.refusals) if judged else 0,
        "findings": [line.document() for line in judged.of(*NOTABLE)] if judged else [],
        "errors": result.errors,
        "wayBack": None
        if result.way_back is None
        else {"endsWhereItBegan": not result.way_back, "differences": result.way_back, "leftOut": list(result.ignored)},
    }

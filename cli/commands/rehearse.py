"""``fabrix rehearse``: what a release would do to a deployment, tried on a copy of it in a throwaway local Azure."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.commands.check import HEADLINE, OPEN
from judging import transition
from judging.reports import table
from rehearsal import release_rehearsal, seeding
from stacks import report
from stacks.session import Session, get_engine, target_named
from stacks.settings_files import read_settings
from support.console import Console
from support.errors import Exit, OperationError
from support.text import some
from targets.name import TargetName

if TYPE_CHECKING:
    from rehearsal.release_rehearsal import RehearsalResult
UNTOLD = "not comparable: the file's secrets are encrypted"


def run(
    stack: str, target: TargetName, *, from_state: Path | None, release: str | None, and_back: bool, as_json: bool
) -> None:
    """Rebuild the deployment, install the release, judge, report.

    Raises:
        OperationError: exit code 3 on a mandatory violation; 1 if the release cannot be installed or the way back does
            not end where it began; 2 on bad input, before anything is started.

    """
    console = Console(as_json=as_json)
    console.info(HEADLINE, style="bold cyan")
    read_settings(stack, release)
    state = seeding.read_exported_state(from_state) if from_state else None
    if state is not None and from_state is not None:
        # Judged before the engine is looked for, which may take minutes to get.
        seeding.make_seed(state, stack, str(from_state))
    engine = get_engine(console)
    where = str(from_state) if from_state else f"the state of {stack} on the {target.value} target"
    found = release_rehearsal.rehearse_release(
        engine,
        stack,
        state if state is not None else _own(stack, target, console),
        release,
        and_back=and_back,
        console=console,
        where=where,
    )
    if from_state and found.secrets_in_clear:
        console.info(
            f"{from_state} holds secrets in clear: whoever reads it has them. They were replaced before anything was "
            "written; delete the file when it has served.",
            style="yellow",
        )
    _show(stack, release, found, where, console)
    _end(stack, release, found, where, console)


def _own(stack: str, name: TargetName, console: Console) -> dict[str, Any]:
    """Export the stack's state; looking makes no stack where there is none.

    Raises:
        OperationError: the stack is not deployed there.

    """
    from stacks.state import deployed_state

    session = Session(stack, target_named(name), console)
    if deployed_state(session) is None:
        raise OperationError(
            f"{stack} is not deployed on the {name.value} target, so there is nothing that a release could change. "
            f"`./fabrix up {stack}` deploys it; `./fabrix check {stack}` rehearses a new installation; --from-state "
            "FILE rehearses a deployment elsewhere from its exported state.",
        )
    return seeding.export_state(session.pulumi)


def _show(stack: str, release: str | None, found: RehearsalResult, where: str, console: Console) -> None:
    runs = f", which runs {found.running}" if found.running else ""
    console.info(f"{len(found.start.objects)} objects of {where}{runs}, rebuilt in {found.seed_seconds:.1f} s")
    if found.start.assumed:
        console.info(f"assumed to exist, as the stack file says: {'; '.join(found.start.assumed)}")
    for error in found.errors:
        console.result(f"{stack} does not deploy: {error}", style="red")
    what = f"release {release}" if release else "the stack file"
    if found.by_program.counts():
        counted = report.summary(found.by_program, planned=True)
        console.result(
            f"{stack}: the program is newer than the deployment, and changes anyway: {counted}", style="cyan"
        )
        report.print_changes(found.by_program, console, planned=True)
    if not found.errors or found.by_release.counts():
        console.result(f"{stack}, with {what}: {report.summary(found.by_release, planned=True)}", style="bold")
    report.print_changes(found.by_release, console, planned=True)
    data = tuple(loss for loss in found.losses if loss.stateful)
    for line in transition.describe(data, found.gaps):
        console.result(f"{stack}: {line}", style="magenta")
    if not data and not found.errors:
        console.result(f"{stack}: nothing that holds data is replaced or deleted")
    if found.uncomparable:
        console.result(f"{UNTOLD}: {some(found.uncomparable, 6)}", style="yellow")
    if found.judgement:
        table.print_findings(found.judgement, console)
    if found.way_back is not None:
        _show_way_back(stack, found, found.way_back, console)


def _show_way_back(stack: str, found: RehearsalResult, differences: list[str], console: Console) -> None:
    said = "; ".join(differences) or "every object is as it was"
    if found.ignored:
        said += f" (left out, since the program changes it at any release: {some(found.ignored, 6)})"
    console.result(
        f"{stack}, back to {found.running or 'the stack file'}: {said}", style="red" if differences else "green"
    )


def _end(stack: str, release: str | None, found: RehearsalResult, where: str, console: Console) -> None:
    details = {"command": "rehearse", "stack": stack, "release": release, "state": where, **document(found)}
    if found.judgement and found.judgement.refusals:
        raise OperationError(f"mandatory violations: {len(found.judgement.refusals)} in {stack}", Exit.REFUSED, details)
    if found.errors:
        raise OperationError(f"the rehearsal failed: {stack} does not deploy", Exit.FAILED, details)
    if found.way_back:
        raise OperationError(
            f"the rehearsal failed: the way back of {stack} does not end where it began", Exit.FAILED, details
        )
    console.result(f"rehearsed in {found.seconds:.0f} s; nothing was changed in {where}", style="green")
    console.emit({"ok": True, **details})


def document(found: RehearsalResult) -> dict[str, Any]:
    """JSON form of what came out: names, types and counts, no value of a property."""
    judged = found.judgement
    return {
        "runs": found.running or None,
        "objects": len(found.start.objects),
        "seconds": {"seeding": round(found.seed_seconds, 2), "all": round(found.seconds, 1)},
        "counts": dict(found.by_release.counts()),
        "changes": report.to_json("", "", "", found.by_release, 0)["changes"],
        "anyway": dict(found.by_program.counts()),
        "replacedOrDeleted": [dataclasses.asdict(loss) for loss in found.losses],
        "withoutDependency": [dataclasses.asdict(gap) for gap in found.gaps],
        "notComparable": list(found.uncomparable),
        "profile": judged.profile if judged else None,
        "verdicts": judged.counts() if judged else None,
        "refused": len(judged.refusals) if judged else 0,
        "findings": [line.document() for line in judged.of(*OPEN)] if judged else [],
        "errors": found.errors,
        "wayBack": None
        if found.way_back is None
        else {"endsWhereItBegan": not found.way_back, "differences": found.way_back, "leftOut": list(found.ignored)},
    }

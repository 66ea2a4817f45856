"""``fabrix status``: what each stack runs, and what is unfinished."""

from collections import Counter
from typing import Annotated, Any

import typer

from cli.options import Json, TargetOption, new_app
from emulator.tokens import sdk_token
from records import locations
from records.journal import Journals
from stacks import slots
from stacks.recovery import engine_locks
from stacks.session import Session
from support.checkout import ROOT
from support.errors import OperationError
from targets.name import TargetName

app = new_app()


@app.command()
def status(
    stack: Annotated[str | None, typer.Argument(help="One stack; all of them if left out.")] = None,
    target: TargetOption = TargetName.LOCAL,
    as_json: Json = False,
) -> None:
    """Report what each stack runs, and what is unfinished."""
    stacks = [stack] if stack else sorted(file.name.split(".")[1] for file in ROOT.glob("Pulumi.*.yaml"))
    first = Session.open(stacks[0], target, as_json=as_json)
    documents = [_report(Session(name, first.target, first.console)) for name in stacks]
    first.console.emit({"ok": True, "target": target.value, "stacks": documents})


def _report(session: Session) -> dict[str, Any]:
    """Print and return the report of one stack."""
    settings, console = session.settings, session.console
    deployment = _deployment(session)
    resources = [
        r for r in deployment.get("resources") or [] if r.get("custom") and not r["type"].startswith("pulumi:")
    ]
    pending = deployment.get("pending_operations") or []
    modules = Counter(
        token.split(":")[1 if token.startswith("azure-native:") else 0]
        for token in (sdk_token(r["type"]) for r in resources)
    )
    held = engine_locks(session)
    unfinished = _unfinished(session)
    document: dict[str, Any] = {
        "stack": session.stack,
        "environment": settings.installation.environment,
        "edition": settings.edition,
        "size": settings.size,
        "release": settings.release.id,
        "deployed": (slots.release_output(deployment) or {}) if resources else None,
        "unfinished": unfinished,
        "region": settings.installation.region,
        "resources": len(resources),
        "byModule": dict(modules.most_common()),
        "changed": (deployment.get("manifest") or {}).get("time") if resources else None,
        "pending": [entry["resource"]["urn"] for entry in pending],
        "locks": [{"owner": lock.owner, "dead": lock.dead} for lock in held],
    }
    console.result(
        f"{session.stack}: {settings.edition} {settings.size} in {settings.installation.region}, "
        f"{_releases(settings.release.id, settings.standby.id)}",
        style="bold",
    )
    if not resources:
        console.result(f"  not deployed; `./fabrix up {session.stack}` deploys it")
    else:
        console.result(f"  {len(resources)} resources, last change {document['changed']}")
        console.result(f"  {', '.join(f'{count} {module}' for module, count in modules.most_common())}")
    if unfinished:
        console.result(
            f"  unfinished: {unfinished['words']}; `./fabrix resume {session.stack}` finishes or undoes it",
            style="yellow",
        )
    for entry in pending:
        console.result(
            f"  unfinished: {entry['type']} {entry['resource']['urn']}; the next `up` resolves it", style="yellow"
        )
    for lock in held:
        console.result(
            f"  locked by {lock.owner}{' (dead; the next `up` frees it)' if lock.dead else ''}", style="yellow"
        )
    return document


def _releases(running: str, standby: str) -> str:
    """Name the running release, and the one in the staging slots if that is another."""
    return f"release {running}" if running == standby else f"release {running}, {standby} in the staging slots"


def _unfinished(session: Session) -> dict[str, Any] | None:
    """Return what an interrupted promotion or rollback left; nothing where this target keeps no records."""
    try:
        documents = locations.documents_of(session.target)
    except OperationError:
        return None
    journal = Journals(documents).read(session.stack)
    if journal is None:
        return None
    return {"kind": journal.kind, "release": journal.release, "step": journal.step.value, "words": journal.description}


def _deployment(session: Session) -> dict[str, Any]:
    """Return the stack's state; looking creates no stack."""
    return session.pulumi.export()["deployment"] if session.target.has_stack(session.stack) else {}

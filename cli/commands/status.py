"""``fabrix status``: where each stack stands."""

from __future__ import annotations

from collections import Counter
from typing import Any

from stacks.recovery import engine_locks
from stacks.session import Session
from support.checkout import ROOT
from support.errors import OperationError
from targets.name import TargetName


def run(stack: str | None, target: TargetName, *, as_json: bool) -> None:
    """Report one stack, or every stack file of the checkout."""
    stacks = [stack] if stack else sorted(file.name.split(".")[1] for file in ROOT.glob("Pulumi.*.yaml"))
    first = Session.open(stacks[0], target, as_json=as_json)
    documents = []
    for name in stacks:
        session = Session(name, first.target, first.console)
        documents.append(_one(session))
    first.console.emit({"ok": True, "target": target.value, "stacks": documents})


def _one(session: Session) -> dict[str, Any]:
    settings, console = session.settings, session.console
    deployment = _state(session)
    resources = [
        r for r in deployment.get("resources") or [] if r.get("custom") and not r["type"].startswith("pulumi:")
    ]
    pending = deployment.get("pending_operations") or []
    modules = Counter(
        r["type"].split(":")[1] if r["type"].startswith("azure-native:") else r["type"].split(":")[0] for r in resources
    )
    held = engine_locks(session)
    unfinished = _unfinished(session)
    document: dict[str, Any] = {
        "stack": session.stack,
        "environment": settings.installation.environment,
        "edition": settings.edition,
        "size": settings.size,
        "release": settings.release.id,
        "deployed": (_release(deployment) or {}) if resources else None,
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
        console.result(f"  not deployed; `./fabrix up {session.stack}` does it")
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
            f"  unfinished: {entry['type']} {entry['resource']['urn']}; the next `up` settles it", style="yellow"
        )
    for lock in held:
        console.result(
            f"  locked by {lock.owner}{' (dead; the next `up` frees it)' if lock.dead else ''}", style="yellow"
        )
    return document


def _releases(running: str, standby: str) -> str:
    """Say what runs, and what the staging slots hold if that is another release."""
    return f"release {running}" if running == standby else f"release {running}, {standby} in the staging slots"


def _release(deployment: dict[str, Any]) -> dict[str, Any] | None:
    """Return what the last deployment said that it installed: id and hash of both releases."""
    from stacks import slots

    return slots.release_output(deployment)


def _unfinished(session: Session) -> dict[str, Any] | None:
    """Return what an interrupted promotion or rollback left; nothing where this target keeps no records."""
    from records import locations
    from records.journal import Journals

    try:
        documents = locations.documents_of(session.target)
    except OperationError:
        return None
    journal = Journals(documents).read(session.stack)
    if journal is None:
        return None
    return {"kind": journal.kind, "release": journal.release, "step": journal.step.value, "words": journal.description}


def _state(session: Session) -> dict[str, Any]:
    """State of the stack; reading it makes no stack where there is none."""
    return session.pulumi.export()["deployment"] if session.target.has_stack(session.stack) else {}

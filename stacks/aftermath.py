"""After a crash: whose lock is freed, and what becomes of creates that nobody saw the end of; on any target."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from stacks import recovery
from support.errors import OperationError
from targets import backend
from targets.name import TargetName

if TYPE_CHECKING:
    from stacks.cloud import CreatedObject
    from stacks.session import Session


def locks_of(session: Session) -> list[recovery.Lock]:
    """Who holds the stack's lock; empty too where the backend is none that can be looked into.

    Raises:
        OperationError: the backend cannot be reached, or refuses.

    """
    place = backend.open_backend(session.target.backend_url(), session.target.project_name)
    return recovery.locks(place, session.stack) if place else []


def after_crash(session: Session) -> list[str]:
    """Free dead locks, settle pending creates, and say what was done.

    Where there is nothing to do, that costs one look at a folder and two at files; with blobs, as many requests.

    Raises:
        OperationError: exit code 3, somebody else holds the lock or the state has moved; or the backend cannot be
            reached, or refuses; or Azure cannot be asked, or is still making something.

    """
    place = backend.open_backend(session.target.backend_url(), session.target.project_name)
    if place is None:  # Pulumi Cloud keeps locks of its own, and its state is not looked into
        return []
    place.refuse_if_moved(session.stack)
    found = recovery.locks(place, session.stack)
    said = recovery.break_dead_locks(place, found, session.stack) if found else []
    if place.has_pending(session.stack):
        said += _settle(session)
    for line in said:
        session.console.info(f"after the interrupted run: {line}", style="yellow")
    return said


def _settle(session: Session) -> list[str]:
    """Resolve pending operations of the stack's checkpoint by a look into Azure, real or local."""
    from stacks import cloud

    installation, cli = session.settings.installation, session.pulumi
    if session.target.name is TargetName.AZURE:
        session.console.info(
            "a run was interrupted: asking Azure what became of its creates, and waiting for those going on"
        )
    place = cloud.open_cloud(session.target, session.settings)

    def look(kind: str, inputs: dict[str, Any]) -> CreatedObject | None:
        return place.made(kind, inputs, installation.subscription_id, installation.tenant_id)

    deployment, said, adopted = recovery.settle(cli.export(), look)
    cli.query("stack", "import", stdin=json.dumps(deployment))
    if adopted:
        targets = [argument for urn in adopted for argument in ("--target", urn)]
        run, code = cli.run("refresh", "--yes", "--skip-preview", *targets, log=session.log("refresh"))
        if code != 0:
            raise OperationError(f"reading the adopted resources failed: {run.errors}")
    return said

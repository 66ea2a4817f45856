"""Around the engine's work: what to do after a crash, and what only a local run can do by a look into its Azure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from operations import backend, recovery
from operations.exits import OperationError
from operations.session import Session
from operations.workspace import LocalTarget


@dataclass(frozen=True)
class LocalSession:
    """A session whose target is the local Azure."""

    session: Session
    target: LocalTarget

    @classmethod
    def of(cls, session: Session) -> LocalSession | None:
        """Return the local side of ``session``; nothing for another target."""
        return cls(session, session.target) if isinstance(session.target, LocalTarget) else None

    def accepted_on_shape_alone(self) -> list[str]:
        """Types that exist in the local Azure without a row of facts: only their shape was checked."""
        from emulator import inspect

        with self.target.store() as store:
            return inspect.shape_only(store)


def assume_existing(session: Session) -> list[str]:
    """Put what the stack file says exists already into the local Azure, and say so in one line.

    Raises:
        OperationError: it cannot exist as the stack file says.

    """
    local = LocalSession.of(session)
    if local is None:
        return []
    from operations import existing

    if not existing.named(session.settings):
        return []
    with local.target.store() as store:
        assumed = existing.assume(store, session.settings)
    session.speaker.say(f"assumed to exist, as the stack file says: {'; '.join(assumed)}")
    return assumed


def locks_of(session: Session) -> list[recovery.Lock]:
    """Who holds the stack's lock; empty too where the backend is none that can be looked into.

    Raises:
        OperationError: the backend cannot be reached, or refuses.

    """
    place = backend.of(session.target.backend_url(), session.target.project_name)
    return recovery.locks(place, session.stack) if place else []


def after_crash(session: Session) -> list[str]:
    """Free dead locks, settle pending creates, and say what was done.

    Where there is nothing to do, that costs one look at a folder and one at a file; with blobs, a request and an
    export.

    Raises:
        OperationError: exit code 3, somebody else holds the lock or the state has moved; or the backend cannot be
            reached, or refuses.

    """
    place = backend.of(session.target.backend_url(), session.target.project_name)
    if place:
        place.refuse_if_moved(session.stack)
    found = recovery.locks(place, session.stack) if place else []
    said = recovery.break_dead_locks(place, found, session.stack) if place and found else []
    if local := LocalSession.of(session):
        said += _settle(local)
    for line in said:
        session.speaker.say(f"after the interrupted run: {line}", style="yellow")
    return said


def _has_pending(local: LocalSession) -> bool:
    """Whether the state has pending operations; the engine is asked only where the state is no file to look into."""
    target, stack = local.target, local.session.stack
    if target.state_url:
        return bool(local.session.cli.export()["deployment"].get("pending_operations"))
    state = target.state_file(stack)
    if not state.exists():
        return False
    return bool(json.loads(state.read_text(encoding="utf-8"))["checkpoint"]["latest"].get("pending_operations"))


def _settle(local: LocalSession) -> list[str]:
    """Resolve pending operations of the stack's checkpoint against the local Azure."""
    if not _has_pending(local):
        return []
    from emulator import lookup
    from emulator.wire import load

    installation = local.session.settings.installation
    cli = local.session.cli

    with local.target.store() as store:

        def find(kind: str, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
            return lookup.find(store, kind, load(inputs), installation.subscription_id, installation.tenant_id)

        deployment, said, adopted = recovery.settle(cli.export(), find)
    cli.query("stack", "import", stdin=json.dumps(deployment))
    if adopted:
        targets = [argument for urn in adopted for argument in ("--target", urn)]
        run, code = cli.run("refresh", "--yes", "--skip-preview", *targets, log=local.session.log("refresh"))
        if code != 0:
            raise OperationError(f"reading the adopted resources failed: {run.errors}")
    return said

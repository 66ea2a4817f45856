"""What only a local run can do: look into the local Azure before and after the engine works."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from operations import recovery
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


def after_crash(session: Session) -> list[str]:
    """Free dead locks, settle pending creates, and say what was done.

    Where there is nothing to do, that costs one look at a folder and one at a file.
    """
    local = LocalSession.of(session)
    if local is None:
        return []
    found = recovery.locks(local.target.base / "state", "aifabrix", session.stack)
    said = recovery.break_dead_locks(found, session.stack) if found else []
    said += _settle(local)
    for line in said:
        session.speaker.say(f"after the interrupted run: {line}", style="yellow")
    return said


def _settle(local: LocalSession) -> list[str]:
    """Resolve pending operations of the stack's checkpoint against the local Azure."""
    state = local.target.state_file(local.session.stack)
    if not state.exists() or not json.loads(state.read_text(encoding="utf-8"))["checkpoint"]["latest"].get(
        "pending_operations"
    ):
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

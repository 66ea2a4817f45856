"""What only a local run can do, by a look into its Azure."""

from __future__ import annotations

from dataclasses import dataclass

from stacks.session import Session
from targets.local import LocalTarget


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


def create_existing_objects(session: Session) -> list[str]:
    """Put what the stack file says exists already into the local Azure, and say so in one line.

    Raises:
        OperationError: it cannot exist as the stack file says.

    """
    local = LocalSession.of(session)
    if local is None:
        return []
    from stacks import existing

    if not existing.has_existing(session.settings):
        return []
    with local.target.store() as store:
        assumed = existing.create_existing(store, session.settings)
    session.console.info(f"assumed to exist, as the stack file says: {'; '.join(assumed)}")
    return assumed

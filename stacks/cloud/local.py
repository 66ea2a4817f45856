"""The local Azure, outside the engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from stacks.cloud.health import judge_answer
from stacks.cloud.model import STAGING, Activity, CreatedObject, Health, site_or_slot_id
from support.errors import OperationError

if TYPE_CHECKING:
    from emulator.record import Activity as Line
    from targets.local import LocalTarget


@dataclass(frozen=True)
class LocalCloud:
    """Looks into the store of the embedded Azure. Emulated: no application runs, so health is what the store says."""

    target: LocalTarget

    def swap(self, app: str, site_id: str, slot: str = STAGING) -> None:
        """Exchange the contents of a slot and production.

        Raises:
            OperationError: the local Azure refuses.

        """
        from emulator import slots
        from emulator.refusal import Refusal

        with self.target.store() as store:
            try:
                slots.swap(store, site_id, slot)
            except (Refusal, ValueError) as error:
                raise OperationError(f"swapping {app}: the local Azure refuses: {error}") from None

    def health(self, host: str, path: str, site_id: str, app: str, *, slot: str | None = None) -> Health:  # noqa: ARG002 - the protocol's
        """Return what the emulation says of a site or slot; a starting time is not emulated."""
        from emulator import health

        with self.target.store() as store:
            status, body = health.probe(store, site_or_slot_id(site_id, slot))
        ok, said = judge_answer(status, body)
        return Health(app=app, slot=slot, ok=ok, detail=f"{said} (emulated)")

    def image(self, site_id: str, slot: str | None = None) -> str:
        """Return what a site or slot would run."""
        from emulator.world import dig

        with self.target.store() as store:
            item = store.get(site_or_slot_id(site_id, slot))
        return str(dig(item.inputs, "siteConfig.linuxFxVersion") or "") if item else ""

    def find_created(
        self, token: str, inputs: Mapping[str, Any], subscription_id: str, tenant_id: str
    ) -> CreatedObject | None:
        """Look into the store: there, everything is made at once."""
        from emulator import lookup
        from emulator.wire import load

        with self.target.store() as store:
            found = lookup.find(store, token, load(dict(inputs)), subscription_id, tenant_id)
        return CreatedObject(found) if found else None

    def activity(self, ids: Iterable[str]) -> Mapping[str, Sequence[Activity]]:
        """Return the store's log."""
        with self.target.store() as store:
            return {one: [_line(each) for each in store.activity(one)] for one in ids}


def _line(line: Line) -> Activity:
    at = datetime.fromtimestamp(line.at / 1e9, UTC)
    return Activity(at=at, who=line.who, what=line.what, paths=line.paths)

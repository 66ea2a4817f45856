"""The local Azure, outside the engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from emulator import health, images, lookup, pulls, references, slots
from emulator.errors import Refusal
from emulator.stored_object import Activity as StoredActivity
from emulator.wire import load
from emulator.world import dig
from stacks.cloud.health import judge_answer
from stacks.cloud.model import (
    STAGING,
    THERE,
    Activity,
    CreatedObject,
    Health,
    ImageImport,
    SecretReference,
    site_or_slot_id,
)
from support.errors import OperationError
from targets.local import LocalTarget


@dataclass(frozen=True)
class LocalCloud:
    """Reads and changes the store of the local Azure. No application runs there, so health is what the store says."""

    target: LocalTarget

    def swap(self, app: str, site_id: str, slot: str = STAGING) -> None:
        """Exchange the contents of a slot and production.

        Raises:
            OperationError: the local Azure refuses.

        """
        with self.target.store() as store:
            try:
                slots.swap(store, site_id, slot)
            except (Refusal, ValueError) as error:
                raise OperationError(f"swapping {app}: the local Azure refuses: {error}") from None

    def run_slot(self, site_id: str, slot: str = STAGING, *, start: bool) -> None:
        """Start or stop a slot.

        Raises:
            OperationError: there is no such slot.

        """
        with self.target.store() as store:
            try:
                slots.run(store, site_or_slot_id(site_id, slot), start=start)
            except Refusal as error:
                raise OperationError(f"the local Azure refuses: {error}") from None

    def health(self, host: str, path: str, site_id: str, app: str, *, slot: str | None = None) -> Health:  # noqa: ARG002 - the protocol's
        """Return the emulated health of a site or slot; the time of a start is not emulated."""
        with self.target.store() as store:
            status, body = health.probe(store, site_or_slot_id(site_id, slot))
        ok, detail = judge_answer(status, body)
        if body.startswith(pulls.FAILURE):  # on Azure it is in the log of the site
            detail = f"{detail}, {body}"
        return Health(app=app, slot=slot, ok=ok, detail=f"{detail} (emulated)")

    def image(self, site_id: str, slot: str | None = None) -> str:
        """Return ``linuxFxVersion`` of a site or slot."""
        with self.target.store() as store:
            item = store.get(site_or_slot_id(site_id, slot))
        return str(dig(item.inputs, "siteConfig.linuxFxVersion") or "") if item else ""

    def registry_created(self, registry_id: str) -> str:
        """Return when it was created; empty if it does not exist."""
        with self.target.store() as store:
            registry = store.object(registry_id)
        return str(registry.created) if registry else ""

    def image_digests(self, registry_id: str) -> frozenset[str] | None:
        """Return what the store says that it has."""
        with self.target.store() as store:
            return pulls.digests(store, registry_id)

    def import_image(self, registry_id: str, wanted: ImageImport) -> bool:
        """Import an image; a source that is not in the local Azure is taken to have everything.

        Raises:
            OperationError: the local Azure refuses.

        """
        with self.target.store() as store:
            try:
                images.import_image(
                    store,
                    registry_id,
                    source=wanted.source,
                    image=wanted.image,
                    repository=wanted.repository,
                    tag=wanted.tag,
                )
            except Refusal as error:
                if THERE in str(error):
                    return False
                raise OperationError(str(error)) from None
        return True

    def references(self, site_id: str, slot: str | None = None) -> list[SecretReference]:
        """Return the references, resolved against the vaults and rights of the store."""
        with self.target.store() as store:
            found = references.references(store, site_or_slot_id(site_id, slot))
        return [SecretReference(setting=one.setting, secret=one.secret, status=one.status) for one in found]

    def refresh_references(self, site_id: str, slot: str | None = None) -> None:
        """Do nothing: the store is asked anew each time."""

    def find_created(
        self, token: str, inputs: Mapping[str, Any], subscription_id: str, tenant_id: str
    ) -> CreatedObject | None:
        """Look it up in the store, where every create is finished at once."""
        with self.target.store() as store:
            arm_id = lookup.find(store, token, load(dict(inputs)), subscription_id, tenant_id)
        return CreatedObject(arm_id) if arm_id else None

    def activity(self, ids: Iterable[str]) -> Mapping[str, Sequence[Activity]]:
        """Return the store's log."""
        with self.target.store() as store:
            return {arm_id: [_activity(stored) for stored in store.activity(arm_id)] for arm_id in ids}


def _activity(stored: StoredActivity) -> Activity:
    at = datetime.fromtimestamp(stored.at / 1e9, UTC)
    return Activity(at=at, who=stored.who, what=stored.what, paths=stored.paths)

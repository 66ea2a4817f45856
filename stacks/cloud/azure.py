"""Real Azure, outside the engine.

Never run against real Azure: in tests a local server plays it, after Microsoft's REST reference.
"""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from emulator import lookup
from emulator.wire import load
from settings import PlatformSettings
from stacks.cloud.arm import Arm
from stacks.cloud.health import HealthProbe
from stacks.cloud.model import (
    STAGING,
    THERE,
    Activity,
    CreatedObject,
    Health,
    ImageImport,
    LookupUnsupportedError,
    SecretReference,
    site_or_slot_id,
)
from support.errors import Exit, OperationError

WEB = "2025-05-01"
"""API version of Microsoft.Web; that of the program's own provider."""
REGISTRY = "2023-07-01"
"""API version of Microsoft.ContainerRegistry."""
LOG = "2015-04-01"
"""API version of the activity log ("Activity Logs - List")."""
SUCCEEDED = "succeeded"
ENDED = frozenset((SUCCEEDED, "failed", "canceled"))
"""Final values of ``provisioningState``."""
KEPT_DAYS = 89
"""The activity log goes back 90 days."""
_REFERENCES = "config/configreferences/appsettings"
_SUBSCRIPTION = re.compile(r"^/subscriptions/([^/]+)", re.IGNORECASE)


@dataclass(frozen=True)
class AzureCloud:
    """Real Azure over ARM's REST API."""

    arm: Arm
    probe: HealthProbe = field(default_factory=HealthProbe)

    @classmethod
    def of(cls, settings: PlatformSettings) -> AzureCloud:
        """Sign in to the tenant of ``settings``.

        Raises:
            OperationError: exit code 4, a package is missing.
        """
        return cls(Arm.signed_in(settings.installation.tenant_id))

    def swap(self, app: str, site_id: str, slot: str = STAGING) -> None:  # noqa: ARG002 - the protocol's signature
        """Exchange the contents of a slot and production ("Web Apps - Swap Slot").

        Requested of the slot with production as the target, so that production keeps serving while the slot is prepared
        (Microsoft Learn: "Set up staging environments", swap operation steps). ``preserveVnet`` keeps each side's
        network integration where it is.

        Raises:
            OutcomeUnknownError: it may still be going on, or may be done.
            OperationError: Azure refused, or reports that it failed.
        """
        body = {"targetSlot": "production", "preserveVnet": True}
        self.arm.act(f"{site_or_slot_id(site_id, slot)}/slotsswap", WEB, body)

    def run_slot(self, site_id: str, slot: str = STAGING, *, start: bool) -> None:
        """Enable or disable a slot ("Web Apps - Update Slot").

        The program declares ``enabled``, and a slot that is disabled is not started by the action ``start``: it keeps
        ``enabled`` apart from whether it runs (hashicorp/terraform-provider-azurerm#8073).

        Raises:
            OperationError: Azure refuses, or does not answer.
        """
        self.arm.act(site_or_slot_id(site_id, slot), WEB, {"properties": {"enabled": start}}, method="PATCH")

    def health(self, host: str, path: str, site_id: str, app: str, *, slot: str | None = None) -> Health:  # noqa: ARG002 - the protocol's
        """Check over HTTPS from this machine, which must be able to reach the private endpoints."""
        ok, detail = self.probe.check(host, path)
        return Health(app=app, slot=slot, ok=ok, detail=detail)

    def image(self, site_id: str, slot: str | None = None) -> str:
        """Return ``linuxFxVersion`` ("Web Apps - Get Configuration").

        Raises:
            OperationError: Azure refuses, or does not answer.
        """
        config = self.arm.get(f"{site_or_slot_id(site_id, slot)}/config/web", WEB) or {}
        return str((config.get("properties") or {}).get("linuxFxVersion") or "")

    def registry_created(self, registry_id: str) -> str:
        """Return ``creationDate`` ("Registries - Get")."""
        registry = self.arm.get(registry_id, REGISTRY)
        return str((registry.get("properties") or {}).get("creationDate") or "unknown") if registry else ""

    def image_digests(self, registry_id: str) -> None:
        """Return nothing: a registry lists its images to its own network only, and the control plane never does."""

    def import_image(self, registry_id: str, wanted: ImageImport) -> bool:
        """Import an image ("Registries - Import Image"); works while public access to both registries is off.

        Without force: a tag that exists is what an earlier import left, since each tag is of one digest.

        Raises:
            OutcomeUnknownError: it may still be going on.
            OperationError: Azure refuses, or reports that it failed.
        """
        place = "resourceId" if wanted.source.startswith("/") else "registryUri"
        source: dict[str, Any] = {place: wanted.source, "sourceImage": wanted.image}
        if wanted.username:
            source["credentials"] = {"username": wanted.username, "password": wanted.password}
        body = {"source": source, "targetTags": [f"{wanted.repository}:{wanted.tag}"], "mode": "NoForce"}
        try:
            self.arm.act(f"{registry_id}/importImage", REGISTRY, body)
        except OperationError as error:
            if THERE in str(error):
                return False
            raise
        return True

    def references(self, site_id: str, slot: str | None = None) -> list[SecretReference]:
        """Return the references and their status ("Web Apps - Get App Settings Key Vault References").

        Raises:
            OperationError: Azure refuses, or does not answer.
        """
        path = f"{site_or_slot_id(site_id, slot)}/{_REFERENCES}"
        return [_reference(entry) for entry in self.arm.pages(path, WEB)]

    def refresh_references(self, site_id: str, slot: str | None = None) -> None:
        """Fetch the secrets again (the portal's "Fetch latest values"; azure-docs, pull request 126435).

        Raises:
            OperationError: Azure refuses, or does not answer.
        """
        self.arm.act(f"{site_or_slot_id(site_id, slot)}/{_REFERENCES}/refresh", WEB, {})

    def find_created(
        self, token: str, inputs: Mapping[str, Any], subscription_id: str, tenant_id: str
    ) -> CreatedObject | None:
        """Get the object by its id, which follows from the inputs; wait while Azure is still creating it.

        ``provisioningState`` ends with Succeeded, Failed or Canceled; anything else means in progress (ARM's RPC,
        "Asynchronous operations"). Directory objects have a random id, so they cannot be looked up.

        Raises:
            LookupUnsupportedError: it is no object of ARM.
            OperationError: Azure refuses or does not answer; or (exit code 3) it is still being created.
        """
        known = lookup.address(token, load(dict(inputs)), subscription_id, tenant_id)
        if known is None or not known.api_version:
            if token.startswith("random:"):
                return None  # created in the engine's process; nothing is left of it
            raise LookupUnsupportedError("its id does not follow from its inputs")
        return self._wait_until_final(known.id, known.api_version)

    def _wait_until_final(self, arm_id: str, version: str) -> CreatedObject | None:
        deadline = time.monotonic() + self.arm.timeout
        while document := self.arm.get(arm_id, version):
            state = str((document.get("properties") or {}).get("provisioningState") or SUCCEEDED)
            if state.lower() in ENDED:
                return CreatedObject(arm_id, "" if state.lower() == SUCCEEDED else f"provisioningState is {state}")
            if time.monotonic() > deadline:
                raise OperationError(
                    f"Azure is still creating {arm_id} after {self.arm.timeout:.0f} s (provisioningState {state}). Run "
                    "the command again once it is done.",
                    Exit.REFUSED,
                )
            time.sleep(self.arm.every)
        return None

    def activity(self, ids: Iterable[str]) -> Mapping[str, Sequence[Activity]]:
        """Return the activity log of each resource as far back as Azure keeps it; successful operations only.

        Raises:
            OperationError: Azure refuses, or does not answer.
        """
        return {resource_id: self._log(resource_id) for resource_id in ids}

    def _log(self, resource_id: str) -> list[Activity]:
        match = _SUBSCRIPTION.match(resource_id)
        if match is None:  # a directory object: it is in Entra's audit log, which is not read
            return []
        until = dt.datetime.now(dt.UTC)
        since = until - dt.timedelta(days=KEPT_DAYS)
        times = f"eventTimestamp ge '{_timestamp(since)}' and eventTimestamp le '{_timestamp(until)}'"
        entries = self.arm.pages(
            f"/subscriptions/{match.group(1)}/providers/Microsoft.Insights/eventtypes/management/values",
            LOG,
            # No ``$select``: the reference's list of names for it does not have ``caller``.
            **{"$filter": f"{times} and resourceUri eq '{resource_id}'"},
        )
        return sorted((_activity(entry) for entry in entries if _succeeded(entry)), key=lambda activity: activity.at)


def _reference(entry: Mapping[str, Any]) -> SecretReference:
    properties = entry.get("properties") or {}
    return SecretReference(
        setting=str(entry.get("name") or ""),
        secret=str(properties.get("secretName") or ""),
        status=str(properties.get("status") or "unknown"),
    )


def _succeeded(entry: Mapping[str, Any]) -> bool:
    status = (entry.get("status") or {}).get("value")
    return status in {"Succeeded", "Accepted"} and bool(entry.get("caller"))


def _activity(entry: Mapping[str, Any]) -> Activity:
    operation = entry.get("operationName") or {}
    return Activity(
        at=dt.datetime.fromisoformat(entry["eventTimestamp"]).astimezone(dt.UTC),
        who=str(entry["caller"]),
        what=str(operation.get("value") or operation.get("localizedValue") or ""),
    )


def _timestamp(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

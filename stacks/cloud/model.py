"""What is done in Azure outside the engine: swaps, health checks, the deployed image, who changed what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from support.errors import OperationError

STAGING = "staging"
"""Name of the slot that releases are staged in."""
THERE = "already exists in target registry"
"""Azure's words for a tag that an import would overwrite."""


class OutcomeUnknownError(OperationError):
    """The outcome of an operation is unknown: Azure may still be working on it, or may have completed it.

    So it is neither repeated nor reverted before somebody has checked what Azure has. A refusal, and a failure that
    Azure reports, are a plain :class:`OperationError`.
    """


class LookupUnsupportedError(LookupError):
    """An object cannot be looked up by the inputs of its create."""


@dataclass(frozen=True)
class CreatedObject:
    """An object left by an interrupted create."""

    id: str
    fault: str = ""
    """Azure's error where the create did not succeed."""

    @property
    def advice(self) -> str:
        """The fault and what to do, to append to a sentence; empty where there is none."""
        return f". Azure reports: {self.fault}; if the next run does not fix it, delete it there" if self.fault else ""


@dataclass(frozen=True, kw_only=True)
class Health:
    """Result of one health check of a site or slot."""

    app: str
    """Key of the application."""
    slot: str | None
    """Name of the slot; None for production."""
    ok: bool
    detail: str
    """The answer described; never its body, which may hold anything."""


@dataclass(frozen=True, kw_only=True)
class Activity:
    """One entry of the activity log."""

    at: datetime
    """UTC."""
    who: str
    """The caller as the log names it; ``pulumi`` for the engine on the local Azure."""
    what: str
    """``update``, ``delete``, ``swap`` …; on Azure the name of the operation."""
    paths: tuple[str, ...] = ()
    """Property paths that changed, where the log knows them; Azure's does not."""


@dataclass(frozen=True, kw_only=True)
class ImageImport:
    """One image: its source, and its repository and tag in the target registry."""

    source: str
    """Host name of a registry, or ARM id of an Azure one."""
    image: str
    """``repository@sha256:…`` there: the digest is the content, so nothing else can come in under it."""
    repository: str
    tag: str
    username: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True)
class SecretReference:
    """One app setting that refers to a secret in a vault."""

    setting: str
    secret: str
    """Name of the secret; empty if the reference cannot be read."""
    status: str
    """As Azure says it: ``Resolved``, ``SecretNotFound``, ``AccessToKeyVaultDenied`` …"""

    @property
    def resolved(self) -> bool:
        """Whether the application has the secret's value."""
        return self.status == "Resolved"


class Cloud(Protocol):
    """Azure, real or local. Sites are given by ARM id, a slot by name beside the id of its site, or by its own id."""

    def swap(self, app: str, site_id: str, slot: str = STAGING) -> None:
        """Exchange the contents of a slot and production; returns when it is done.

        Raises:
            Unfinished: it took too long, or Azure's answer was lost.
            OperationError: it was refused or failed; nothing was exchanged.

        """
        ...

    def run_slot(self, site_id: str, slot: str = STAGING, *, start: bool) -> None:
        """Start a slot, or stop it; one that is in that state already stays in it.

        Raises:
            OperationError: Azure refuses, or does not answer.

        """
        ...

    def health(self, host: str, path: str, site_id: str, app: str, *, slot: str | None = None) -> Health:
        """Check the health of a site or slot, waiting for one that is still starting."""
        ...

    def image(self, site_id: str, slot: str | None = None) -> str:
        """Return ``linuxFxVersion`` of a deployed site or slot; empty if there is no such site.

        Raises:
            OperationError: Azure refuses, or does not answer.

        """
        ...

    def registry_created(self, registry_id: str) -> str:
        """Return when a container registry was created; empty if it does not exist.

        Raises:
            OperationError: Azure refuses, or does not answer.

        """
        ...

    def image_digests(self, registry_id: str) -> frozenset[str] | None:
        """Return what a registry has, ``repository@digest`` and ``repository:tag``; None where that cannot be asked."""
        ...

    def import_image(self, registry_id: str, wanted: ImageImport) -> bool:
        """Import an image into a registry, through the control plane; return False if it was there.

        Raises:
            OperationError: the source does not have it or does not let it out, or Azure refuses.

        """
        ...

    def references(self, site_id: str, slot: str | None = None) -> Sequence[SecretReference]:
        """Return the references to secrets in the app settings of a site or slot, with their status.

        Raises:
            OperationError: Azure refuses, or does not answer.

        """
        ...

    def refresh_references(self, site_id: str, slot: str | None = None) -> None:
        """Have the secrets of a site or slot fetched again, which restarts it.

        Raises:
            OperationError: Azure refuses, or does not answer.

        """
        ...

    def find_created(
        self, token: str, inputs: Mapping[str, Any], subscription_id: str, tenant_id: str
    ) -> CreatedObject | None:
        """Find the object that an interrupted create of ``token`` with ``inputs`` left; None if there is none.

        Waits while Azure is still creating it.

        Args:
            token: type token of the engine.
            inputs: as the engine's state holds them.
            subscription_id: of the provider that the resource used.
            tenant_id: likewise.

        Raises:
            LookupUnsupportedError: the id of the object does not follow from its inputs.
            OperationError: Azure refuses or does not answer, or is still creating it.

        """
        ...

    def activity(self, ids: Iterable[str]) -> Mapping[str, Sequence[Activity]]:
        """Return the activity log by id, oldest first; an id without entries has an empty list.

        Raises:
            OperationError: Azure refuses, or does not answer.

        """
        ...


def site_or_slot_id(site_id: str, slot: str | None) -> str:
    """Return the id of a site, or of its slot; the id of a slot is returned unchanged."""
    return site_id if slot is None or "/slots/" in site_id.lower() else f"{site_id}/slots/{slot}"

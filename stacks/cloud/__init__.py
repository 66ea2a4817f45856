"""What Azure is asked and told outside the engine: swaps, health, what really runs, who changed what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from support.errors import OperationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from settings import PlatformSettings
    from targets.target import Target

STAGING = "staging"
"""Name of the slot that releases prove themselves in."""


class Unfinished(OperationError):  # noqa: N818 - what is known of it
    """It is not known how an operation ended: Azure may still be doing it, or may have done it.

    So it is neither repeated nor taken back before somebody has looked at what Azure has. A refusal, and a failure that
    Azure reports, are a plain :class:`OperationError`.
    """


class Unaskable(LookupError):  # noqa: N818 - what can be said of it
    """There is no way to look an object up by what it was to be made of."""


@dataclass(frozen=True)
class CreatedObject:
    """An object that a create made whose end nobody saw."""

    id: str
    fault: str = ""
    """What Azure says of it where making it did not succeed."""

    @property
    def words(self) -> str:
        """The fault, to go behind a sentence."""
        return (
            f". Azure says of it: {self.fault}; where the next run does not mend it, delete it there"
            if self.fault
            else ""
        )


@dataclass(frozen=True, kw_only=True)
class Health:
    """What one site or slot said when it was asked whether it is well."""

    app: str
    """Key of the application."""
    slot: str | None
    """Name of the slot; None for production."""
    ok: bool
    detail: str
    """In words, never a body that may hold anything else."""


@dataclass(frozen=True, kw_only=True)
class Activity:
    """One line of the activity log."""

    at: datetime
    """UTC."""
    who: str
    """The caller as the log names it; ``pulumi`` for the engine on the local Azure."""
    what: str
    """``update``, ``delete``, ``swap`` …; on Azure the name of the operation."""
    paths: tuple[str, ...] = ()
    """Property paths that changed, where the log knows them; Azure's does not."""


class Cloud(Protocol):
    """Azure, real or local. Ids are ARM ids of sites; a slot is named beside its site, or by its own id."""

    def swap(self, app: str, site_id: str, slot: str = STAGING) -> None:
        """Exchange the contents of a slot and production; returns when it is done.

        Raises:
            Unfinished: it is not known how it ended: it took too long, or Azure could not be heard.
            OperationError: it was refused or failed; nothing was exchanged.

        """
        ...

    def health(self, host: str, path: str, site_id: str, app: str, *, slot: str | None = None) -> Health:
        """Ask a site or slot whether it is well, waiting for one that is only starting."""
        ...

    def image(self, site_id: str, slot: str | None = None) -> str:
        """Return ``linuxFxVersion`` of a site or slot as it is there now; empty if there is no such site.

        Raises:
            OperationError: it could not be asked.

        """
        ...

    def made(self, token: str, inputs: Mapping[str, Any], subscription_id: str, tenant_id: str) -> CreatedObject | None:
        """Return the object that creating ``token`` with ``inputs`` makes, once it is made; None if there is none.

        Args:
            token: type token of the engine.
            inputs: as the engine's state holds them.
            subscription_id: of the provider that the resource used.
            tenant_id: likewise.

        Raises:
            Unaskable: nothing leads from the inputs to the object.
            OperationError: it could not be asked, or it is still being made.

        """
        ...

    def activity(self, ids: Iterable[str]) -> Mapping[str, Sequence[Activity]]:
        """Return the activity log by id, oldest first; an id that the log does not know has no lines.

        Raises:
            OperationError: it could not be asked.

        """
        ...


def open_cloud(target: Target, settings: PlatformSettings) -> Cloud:
    """Return the cloud that a target acts on; nothing is asked yet.

    Raises:
        OperationError: exit code 4, a package that only real Azure needs is missing.

    """
    from targets.name import TargetName

    if target.name is TargetName.AZURE:
        from stacks.cloud.azure import AzureCloud

        return AzureCloud.of(settings)
    from stacks.cloud.local import LocalCloud
    from targets.local import LocalTarget

    if not isinstance(target, LocalTarget):  # a Throwaway is one; nothing else claims the local target's name
        raise TypeError(f"no cloud for {type(target).__name__}")
    return LocalCloud(target)


def place_id(site_id: str, slot: str | None) -> str:
    """Return the id of a site, or of its slot; an id that is a slot's already stays as it is."""
    return site_id if slot is None or "/slots/" in site_id.lower() else f"{site_id}/slots/{slot}"

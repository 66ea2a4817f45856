"""Laws of restoring a PostgreSQL server to a moment: of what, to when, and what the new one has from the old one.

Source: Microsoft Learn, "Restore to custom restore point" and "Backup and restore in Azure Database for PostgreSQL"
(2025), which say the rules. Of Azure's error codes they give one, ``InternalServerError`` for a moment that no backup
reaches (and a provider's issue tells the same of a misspelt moment: hashicorp/terraform-provider-azurerm#18082); the
other codes here are the service's general ones.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator

from emulator.laws.access import known, location_of, number, refuse, request_location, same, text, type_of
from emulator.world import Item, Request, World, arm_name

MODE = "PointInTimeRestore"
SERVERS = "Microsoft.DBforPostgreSQL/flexibleServers"
DAYS = 7
"""Days of backups where a server does not say."""

_NOW = "FABRIX_NOW"
_INHERITED = ("version", "sku.name", "sku.tier", "storage.autoGrow", "backup.backupRetentionDays")
"""What the new server has as the old one has it; the portal offers no choice, and the version may not differ."""


def now() -> dt.datetime:
    """Return the time in UTC, or the one that whoever rehearses days pretends to the local Azure."""
    pretended = _moment(os.environ.get(_NOW, ""))
    return pretended or dt.datetime.now(dt.UTC)


def moment(request: Request, _: World) -> Iterator[str]:
    """Refuse a moment that is none. A later one than now passes: the service takes it as now."""
    given = text(request, "pointInTimeUTC") if _restores(request) else ""
    if given and _moment(given) is None:
        allowed = "ISO 8601 with a zone, e.g. 2026-11-24T09:15:00Z"
        yield refuse("InternalServerError", f"pointInTimeUTC {given}", allowed, "Write the moment like that.")


def single(request: Request, _: World) -> Iterator[str]:
    """Refuse a restore with high availability: a restored server is a single one."""
    mode = text(request, "highAvailability.mode") if _restores(request) else ""
    if mode not in {"", "Disabled"}:
        fix = "Restore first, then switch it on."
        yield refuse("InvalidParameterValue", f"highAvailability {mode} in a restore", "Disabled", fix)


def origin(request: Request, world: World) -> Iterator[str]:
    """Refuse a source that is no server, does not exist, or lies in another region."""
    source = text(request, "sourceServerResourceId") if _restores(request) else ""
    if not source:
        return
    if not same(type_of(source), SERVERS):
        yield refuse("InvalidParameterValue", f"source {source}", f"the ARM id of a {SERVERS}", "Name a server.")
        return
    there = world.get(source)
    if there is None:
        fix = "Name the server whose backups there are; a deleted one is brought back by ReviveDropped."
        yield refuse("ResourceNotFound", f"source server {arm_name(source)}", "a server that exists", fix)
        return
    home, wanted = location_of(there, world), request_location(request, world)
    if home != wanted:
        found = f"a restore in {wanted} of {there.name}, which is in {home}"
        fix = "Another region is restored to by GeoRestore."
        yield refuse("InvalidParameterValue", found, f"the same region, {home}", fix)


def reach(request: Request, world: World) -> Iterator[str]:
    """Refuse a moment before the oldest backup that the source keeps."""
    there, when = _source(request, world), _moment(text(request, "pointInTimeUTC"))
    if there is None or when is None:
        return
    days = there.value("backup.backupRetentionDays")
    oldest = now() - dt.timedelta(days=int(days) if days else DAYS)
    if when < oldest:
        found = f"{when:%Y-%m-%dT%H:%M:%SZ} for {there.name}, which keeps {days or DAYS} days of backups"
        yield refuse("InternalServerError", found, f"{oldest:%Y-%m-%dT%H:%M:%SZ} or later", "Choose a later moment.")


def inherited(request: Request, world: World) -> Iterator[str]:
    """Refuse what would differ from the source: version, size, retention; less storage; the other kind of network."""
    there = _source(request, world)
    if there is None:
        return
    for path in _INHERITED:
        given, own = request.get(path), there.value(path)
        if known(given) and own is not None and str(given) != str(own):
            found = f"{path} {given} in a restore of {there.name}"
            yield refuse("InvalidParameterValue", found, f"the source's, {own}", "Change it after the restore.")
    given, own = number(request, "storage.storageSizeGB"), there.value("storage.storageSizeGB")
    if given is not None and own is not None and given < int(own):
        found = f"{given} GiB in a restore of {there.name}, which has {own}"
        yield refuse("InvalidParameterValue", found, f"{own} GiB", "A restore needs the source's storage.")
    injected, was = bool(request.get("network.delegatedSubnetResourceId")), _injected(there)
    if injected != was:
        found = f"a restore {'into a network' if injected else 'outside the network'} of {there.name}"
        allowed = "network injection as the source has it"
        yield refuse("InvalidParameterValue", found, allowed, "Restore it the same way; move the data afterwards.")


def _restores(request: Request) -> bool:
    """Whether a new server is to be restored to a moment."""
    return request.operation == "create" and text(request, "createMode") == MODE


def _source(request: Request, world: World) -> Item | None:
    return world.get(text(request, "sourceServerResourceId")) if _restores(request) else None


def _injected(server: Item) -> bool:
    return bool(server.value("network.delegatedSubnetResourceId"))


def _moment(written: str) -> dt.datetime | None:
    try:
        found = dt.datetime.fromisoformat(written)
    except ValueError:
        return None
    return found.astimezone(dt.UTC) if found.tzinfo else None


CHECK = {"dbforpostgresql:Server": (moment, single)}
STATE = {"dbforpostgresql:Server": (origin, reach, inherited)}

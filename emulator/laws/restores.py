"""Laws of PostgreSQL servers made of another one: restores to a point in time, and read replicas.

Source: Microsoft Learn, "Restore to custom restore point", "Backup and restore in Azure Database for PostgreSQL" (2025)
and "Read replicas in Azure Database for PostgreSQL". Of Azure's error codes they name one, ``InternalServerError`` for
a time that no backup covers (a provider's issue reports the same for a malformed time:
hashicorp/terraform-provider-azurerm#18082); the other codes here are the service's general ones.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from emulator.clock import now, parse_time
from emulator.ids import arm_name, type_of
from emulator.laws.helpers import is_known, location_of, number_at, refuse, request_location, same, string_at
from emulator.world import ObjectView, Request, World

POINT_IN_TIME, REPLICA = "PointInTimeRestore", "Replica"
SERVERS = "Microsoft.DBforPostgreSQL/flexibleServers"
DEFAULT_DAYS = 7
"""Days of backups that a server keeps unless configured."""

_SUBNET = "network.delegatedSubnetResourceId"
_INHERITED = ("version", "sku.name", "sku.tier", "storage.autoGrow", "backup.backupRetentionDays")
"""What the new server inherits; the portal offers no choice, and the version may not differ."""


def valid_time(request: Request, _: World) -> Iterator[str]:
    """Refuse a malformed time. One in the future passes: the service takes it as now."""
    time = string_at(request, "pointInTimeUTC") if _restores(request) else ""
    if time and parse_time(time) is None:
        allowed = "ISO 8601 with a zone, e.g. 2026-11-24T09:15:00Z"
        yield refuse("InternalServerError", f"pointInTimeUTC {time}", allowed, "Write the time like that.")


def single(request: Request, _: World) -> Iterator[str]:
    """Refuse a restore with high availability: a restored server has no standby."""
    mode = string_at(request, "highAvailability.mode") if _restores(request) else ""
    if mode not in {"", "Disabled"}:
        fix = "Restore first, then switch it on."
        yield refuse("InvalidParameterValue", f"highAvailability {mode} in a restore", "Disabled", fix)


def replica(request: Request, _: World) -> Iterator[str]:
    """Refuse a read replica with backups in the paired region or a standby, which only a primary server can have."""
    if request.operation != "create" or string_at(request, "createMode") != REPLICA:
        return
    for path in ("backup.geoRedundantBackup", "highAvailability.mode"):
        if (value := string_at(request, path)) not in {"", "Disabled"}:
            fix = "Leave it to the primary server; a promoted replica can have a standby."
            yield refuse("InvalidParameterValue", f"{path} {value} of a read replica", "Disabled", fix)


def origin(request: Request, world: World) -> Iterator[str]:
    """Refuse a source that is not a server, does not exist, or is in another region."""
    source = string_at(request, "sourceServerResourceId") if _restores(request) else ""
    if not source:
        return
    if not same(type_of(source), SERVERS):
        yield refuse("InvalidParameterValue", f"source {source}", f"the ARM id of a {SERVERS}", "Use a server's id.")
        return
    server = world.get(source)
    if server is None:
        fix = "Use a server that has backups; ReviveDropped restores a deleted one."
        yield refuse("ResourceNotFound", f"source server {arm_name(source)}", "a server that exists", fix)
        return
    here, there = request_location(request, world), location_of(server, world)
    if here != there:
        problem = f"a restore in {here} of {server.name}, which is in {there}"
        fix = "Use GeoRestore for another region."
        yield refuse("InvalidParameterValue", problem, f"the same region, {there}", fix)


def within_backups(request: Request, world: World) -> Iterator[str]:
    """Refuse a time before the oldest backup that the source keeps."""
    source, when = _source(request, world), parse_time(string_at(request, "pointInTimeUTC"))
    if source is None or when is None:
        return
    days = source.value("backup.backupRetentionDays")
    oldest = now() - dt.timedelta(days=int(days) if days else DEFAULT_DAYS)
    if when < oldest:
        problem = f"{when:%Y-%m-%dT%H:%M:%SZ} for {source.name}, which keeps {days or DEFAULT_DAYS} days of backups"
        yield refuse("InternalServerError", problem, f"{oldest:%Y-%m-%dT%H:%M:%SZ} or later", "Choose a later time.")


def inherited(request: Request, world: World) -> Iterator[str]:
    """Refuse a version, size, retention or kind of network that differs from the source's, and less storage."""
    source = _source(request, world)
    if source is None:
        return
    for path in _INHERITED:
        wanted, own = request.get(path), source.value(path)
        if is_known(wanted) and own is not None and str(wanted) != str(own):
            problem = f"{path} {wanted} in a restore of {source.name}"
            yield refuse("InvalidParameterValue", problem, f"the source's, {own}", "Change it after the restore.")
    wanted, own = number_at(request, "storage.storageSizeGB"), source.value("storage.storageSizeGB")
    if wanted is not None and own is not None and wanted < int(own):
        problem = f"{wanted} GiB in a restore of {source.name}, which has {own}"
        yield refuse("InvalidParameterValue", problem, f"{own} GiB", "A restore needs the source's storage.")
    injected, was = bool(request.get(_SUBNET)), bool(source.value(_SUBNET))
    if injected != was:
        problem = f"a restore {'into a network' if injected else 'outside the network'} of {source.name}"
        allowed = "network injection as the source has it"
        yield refuse("InvalidParameterValue", problem, allowed, "Restore it the same way; move the data afterwards.")


def _restores(request: Request) -> bool:
    """Return whether the request creates a server by a point-in-time restore."""
    return request.operation == "create" and string_at(request, "createMode") == POINT_IN_TIME


def _source(request: Request, world: World) -> ObjectView | None:
    return world.get(string_at(request, "sourceServerResourceId")) if _restores(request) else None


CHECK = {"dbforpostgresql:Server": (valid_time, single, replica)}
STATE = {"dbforpostgresql:Server": (origin, within_backups, inherited)}

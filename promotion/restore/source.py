"""The server to restore, as the state of its stack describes it: settings, network, dependent resources."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from promotion.restore.times import read_azure_time
from support.errors import Exit, OperationError

_MODULE = "azure-native:dbforpostgresql"
SERVER = f"{_MODULE}:Server"
DATABASE = f"{_MODULE}:Database"
PARAMETER = f"{_MODULE}:Configuration"
ADMINISTRATOR = f"{_MODULE}:AdministratorsMicrosoftEntra"
ENDPOINT = "azure-native:network:PrivateEndpoint"
ZONE_GROUP = "azure-native:network:PrivateDnsZoneGroup"
LOGS = "azure-native:monitor:DiagnosticSetting"
LOCK = "azure-native:authorization:ManagementLockByScope"

COPIED = ("version", "sku", "storage", "authConfig", "backup", "maintenanceWindow")
"""Properties that the restored server takes over from the source. Azure gives it the same compute, storage and
retention whatever the request says, and refuses another major version (Microsoft Learn, "Restore to
custom restore point")."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """One PostgreSQL server of a deployed stack. Holds no secret: the restored server keeps the old one's logins."""

    id: str
    name: str
    location: str
    resource_group: str
    created: dt.datetime | None
    oldest_backup: dt.datetime | None
    properties: Mapping[str, Any]
    """Those of :data:`COPIED` that are set, by SDK input name."""
    high_availability: str
    tags: Mapping[str, str]
    databases: tuple[str, ...]
    parameters: Mapping[str, str]
    """Server parameters that the stack sets; Azure does not restore them."""
    administrators: tuple[Mapping[str, str], ...]
    """Entra administrators: ``name``, ``objectId``, ``kind``."""
    subnet_id: str
    zone_ids: Mapping[str, str]
    """Private DNS zone → ARM id; empty where the hub's policies write the records."""
    workspace_id: str
    locked: bool

    @property
    def backup_days(self) -> int:
        """Days for which backups are kept."""
        return int(self.properties["backup"]["backupRetentionDays"])


def _servers(deployment: Mapping[str, Any]) -> list[Source]:
    """Return the servers of a deployment, sorted by name."""
    entries = [entry for entry in deployment.get("resources") or () if not entry.get("delete")]
    return sorted(
        (_source(entry, entries) for entry in entries if entry["type"] == SERVER and entry.get("id")),
        key=lambda source: source.name,
    )


def find_source(deployment: Mapping[str, Any], stack: str) -> Source:
    """Return the one server of a stack.

    Raises:
        OperationError: there is none or several, or it lacks the endpoint or log that a restored server gets.

    """
    servers = _servers(deployment)
    if not servers:
        raise OperationError(f"{stack} has no PostgreSQL server in its state, so there is nothing to restore.")
    if len(servers) > 1:
        names = ", ".join(source.name for source in servers)
        raise OperationError(f"{stack} has several PostgreSQL servers ({names}); this program makes one.")
    source = servers[0]
    parts = (("private endpoint", source.subnet_id), ("log", source.workspace_id))
    lacking = [what for what, value in parts if not value]
    if lacking:
        raise OperationError(
            f"{source.name} has no {' and no '.join(lacking)} in the state of {stack}, so a restored server could not "
            f"be reached or monitored like it. Run `./fabrix up {stack}` to fix the stack, then restore.",
            Exit.BAD_INPUT,
        )
    return source


def _source(server: Mapping[str, Any], entries: list[Mapping[str, Any]]) -> Source:
    inputs, outputs, arm = server.get("inputs") or {}, server.get("outputs") or {}, str(server["id"])
    present = {**inputs, **{key: outputs[key] for key in COPIED if outputs.get(key)}}
    name, reported = arm.rsplit("/", 1)[-1], outputs.get("systemData") or {}
    own = [entry for entry in entries if _belongs_to(entry, name)]
    logs = next((e for e in entries if e["type"] == LOGS and _refers_to(e, "resourceUri", arm)), {})
    endpoint = next((e for e in entries if e["type"] == ENDPOINT and arm.lower() in _linked_ids(e)), {})
    return Source(
        id=arm,
        name=name,
        location=str(present.get("location")),
        resource_group=arm.split("/")[4],
        created=read_azure_time(server.get("created")) or read_azure_time(reported.get("createdAt")),
        oldest_backup=read_azure_time((outputs.get("backup") or {}).get("earliestRestoreDate")),
        properties={key: _settable(key, present[key], inputs) for key in COPIED if present.get(key)},
        high_availability=str((inputs.get("highAvailability") or {}).get("mode") or "Disabled"),
        tags=dict(inputs.get("tags") or {}),
        databases=tuple(sorted(str(e["inputs"]["databaseName"]) for e in own if e["type"] == DATABASE)),
        parameters={
            str(e["inputs"]["configurationName"]): str(e["inputs"]["value"]) for e in own if e["type"] == PARAMETER
        },
        administrators=tuple(_administrator(e["inputs"]) for e in own if e["type"] == ADMINISTRATOR),
        subnet_id=str(((endpoint.get("inputs") or {}).get("subnet") or {}).get("id") or ""),
        zone_ids=dict(_zones(endpoint, entries)),
        workspace_id=str((logs.get("inputs") or {}).get("workspaceId") or ""),
        locked=any(e["type"] == LOCK and _refers_to(e, "scope", arm) for e in entries),
    )


def _settable(key: str, value: Any, inputs: Mapping[str, Any]) -> Any:  # noqa: ANN401 - whatever the state holds
    """Return ``value`` without what Azure only reports: the keys that the program has set, with present values."""
    configured = inputs.get(key)
    if not isinstance(value, dict) or not isinstance(configured, dict):
        return value
    return {name: value.get(name, configured[name]) for name in configured}


def _belongs_to(entry: Mapping[str, Any], server: str) -> bool:
    return str((entry.get("inputs") or {}).get("serverName", "")).lower() == server.lower()


def _refers_to(entry: Mapping[str, Any], key: str, arm: str) -> bool:
    return str((entry.get("inputs") or {}).get(key, "")).lower() == arm.lower()


def _linked_ids(endpoint: Mapping[str, Any]) -> set[str]:
    connections = (endpoint.get("inputs") or {}).get("privateLinkServiceConnections") or ()
    return {str(connection.get("privateLinkServiceId", "")).lower() for connection in connections}


def _zones(endpoint: Mapping[str, Any], entries: list[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    name = (endpoint.get("inputs") or {}).get("privateEndpointName")
    for entry in entries:
        if name and entry["type"] == ZONE_GROUP and entry["inputs"].get("privateEndpointName") == name:
            for config in entry["inputs"].get("privateDnsZoneConfigs") or ():
                arm = str(config["privateDnsZoneId"])
                yield arm.rsplit("/", 1)[-1], arm


def _administrator(inputs: Mapping[str, Any]) -> Mapping[str, str]:
    return {
        "name": str(inputs["principalName"]),
        "objectId": str(inputs["objectId"]),
        "kind": str(inputs.get("principalType") or "Group"),
    }

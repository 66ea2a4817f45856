"""The plan of a restore: the new server's name, its stack, and every input of the program in folder ``restore``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from promotion.restore.source import Source
from promotion.restore.times import azure_time
from settings import PlatformSettings
from support.digest import canonical_json, sha256

MAX_NAME = 63
"""Most characters of a server's name; it is a DNS label too (Microsoft Learn, "Naming rules for Azure resources")."""
_DIGEST = 6

RESTORED_FROM, RESTORED_TO = "restored-from", "restored-to"
"""Tags of the new server: the server it was restored from, and the moment of its data."""


@dataclass(frozen=True, kw_only=True)
class RestorePlan:
    """A restore of one server to one moment."""

    stack: str
    """The stack whose server is restored."""
    typed_time: str
    """The moment as the user wrote it."""
    moment: dt.datetime
    source: Source
    names: Mapping[str, Any]
    """Parts of physical names: service name, environment, region, instance."""
    subscription_id: str
    tenant_id: str

    @property
    def mark(self) -> str:
        """Suffix that distinguishes the restored servers of one source: ``r`` and the minute in UTC."""
        return f"r{self.moment:%Y%m%d%H%M}"

    @property
    def restore_stack(self) -> str:
        """Name of the stack that will hold the restored server and nothing else."""
        return f"{self.stack}-restore-{self.mark[1:]}"

    @property
    def server(self) -> str:
        """Name of the new server."""
        return server_name(self.source.name, self.mark)

    @property
    def host(self) -> str:
        """Host name of the new server; the private zone resolves it to the new endpoint."""
        return f"{self.server}.postgres.database.azure.com"

    @property
    def tags(self) -> dict[str, str]:
        """The source's tags, and the origin of the data."""
        return {**self.source.tags, RESTORED_FROM: self.source.name, RESTORED_TO: azure_time(self.moment)}

    @property
    def confirmation(self) -> str:
        """The text that the user has to type."""
        return f"restore {self.stack} {self.typed_time}"

    def config(self) -> dict[str, Any]:
        """Return the configuration value ``aifabrix-restore:plan``, which the program reads; it holds no secret."""
        source = self.source
        return {
            "sourceStack": self.stack,
            "sourceId": source.id,
            "moment": azure_time(self.moment),
            "mark": self.mark,
            "server": self.server,
            "names": dict(self.names),
            "subscriptionId": self.subscription_id,
            "tenantId": self.tenant_id,
            "resourceGroup": source.resource_group,
            "location": source.location,
            "properties": dict(source.properties),
            # A list, since their order matters: a library is loaded before its own parameters are set.
            "parameters": [{"name": name, "value": value} for name, value in source.parameters.items()],
            "administrators": [dict(administrator) for administrator in source.administrators],
            "tags": self.tags,
            "subnetId": source.subnet_id,
            "zoneIds": dict(source.zone_ids),
            "workspaceId": source.workspace_id,
            "lock": source.locked,
        }

    @property
    def digest(self) -> str:
        """SHA-256 of the plan's canonical JSON: the ledger entry names it."""
        return sha256(canonical_json(self.config(), ensure_ascii=True))


def server_name(source: str, mark: str) -> str:
    """Return ``<source>-<mark>``, shortened with a digest of the source's name where it would be too long."""
    name = f"{source}-{mark}"
    if len(name) <= MAX_NAME:
        return name
    digest = sha256(source.encode())[:_DIGEST]
    room = MAX_NAME - len(mark) - _DIGEST - 2
    return f"{source[:room].rstrip('-')}-{digest}-{mark}"


def make_plan(
    stack: str, typed_time: str, moment: dt.datetime, source: Source, settings: PlatformSettings
) -> RestorePlan:
    """Assemble a plan; ``moment`` has already been checked."""
    installation = settings.installation
    return RestorePlan(
        stack=stack,
        typed_time=typed_time,
        moment=moment,
        source=source,
        names={
            "serviceName": installation.service_name,
            "environment": installation.environment,
            "region": installation.region,
            "instance": installation.instance,
        },
        subscription_id=source.id.split("/")[2],
        tenant_id=installation.tenant_id,
    )

"""What a restore will make: the new server's name, its stack, and everything that the small program needs to know."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from promotion.restore.source import Source
from promotion.restore.times import write
from support.digest import canonical_json, sha256

if TYPE_CHECKING:
    from settings import PlatformSettings

LONGEST = 63
"""Characters of a server's name; it is a DNS label too (Microsoft Learn, "Naming rules for Azure resources")."""
_DIGEST = 6

RESTORED_FROM, RESTORED_TO = "restored-from", "restored-to"
"""Tags of the new server: the server that it was made from, and the moment that its data is of."""


@dataclass(frozen=True, kw_only=True)
class RestorePlan:
    """A restore of one server to one moment."""

    stack: str
    """The stack whose server is restored."""
    typed: str
    """The moment as the user wrote it."""
    moment: dt.datetime
    source: Source
    names: Mapping[str, Any]
    """What physical names are made of: service name, environment, region, instance."""
    subscription_id: str
    tenant_id: str

    @property
    def mark(self) -> str:
        """What tells restored servers of one source apart: ``r`` and the minute in UTC."""
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
        """The source's tags, and where the data is from."""
        return {**self.source.tags, RESTORED_FROM: self.source.name, RESTORED_TO: write(self.moment)}

    @property
    def confirmation(self) -> str:
        """What has to be typed."""
        return f"restore {self.stack} {self.typed}"

    def config(self) -> dict[str, Any]:
        """Return what the program reads as ``aifabrix-restore:plan``; no secret is in it."""
        source = self.source
        return {
            "sourceStack": self.stack,
            "sourceId": source.id,
            "moment": write(self.moment),
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
            "administrators": [dict(one) for one in source.administrators],
            "tags": self.tags,
            "subnetId": source.subnet_id,
            "zoneIds": dict(source.zone_ids),
            "workspaceId": source.workspace_id,
            "lock": source.locked,
        }

    @property
    def digest(self) -> str:
        """SHA-256 of the plan's canonical JSON: what a ledger entry is about."""
        return sha256(canonical_json(self.config(), ensure_ascii=True))


def server_name(source: str, mark: str) -> str:
    """Return ``<source>-<mark>``, shortened where it would be too long; a digest then keeps it as unique as before."""
    name = f"{source}-{mark}"
    if len(name) <= LONGEST:
        return name
    digest = sha256(source.encode())[:_DIGEST]
    room = LONGEST - len(mark) - _DIGEST - 2
    return f"{source[:room].rstrip('-')}-{digest}-{mark}"


def make(stack: str, typed: str, moment: dt.datetime, source: Source, settings: PlatformSettings) -> RestorePlan:
    """Put a plan together; ``moment`` has been judged before."""
    installation = settings.installation
    return RestorePlan(
        stack=stack,
        typed=typed,
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

"""A PostgreSQL Flexible Server restored from another one's backups, with what Azure does not carry over created again.

Source: Microsoft Learn, "Backup and restore in Azure Database for PostgreSQL" and "Restore to custom restore point"
(2025): the new server has the source's tier, compute, storage size, retention, databases and roles. Not carried over:
server parameters, private endpoints, firewall rules, alerts, replicas and high availability.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_azure_native as azure
from pulumi_azure_native import dbforpostgresql

from components import pace
from components.base import FabrixComponent, install_transforms
from components.context import Context, Protection
from components.data.postgres import HOST_SUFFIX
from components.shared.diagnostics import Sink, diagnostics
from components.shared.endpoints import PrivateAccess, private_endpoint
from components.shared.ids import after, arm_id
from components.shared.locks import lock
from components.shared.order import Writers
from settings.azure_moves import ignored
from settings.names import Names


@dataclass(frozen=True, kw_only=True)
class RestorationArgs:
    """Inputs of :class:`Restoration`."""

    context: Context
    resource_group_name: str
    server_name: str
    mark: str
    """Distinguishes the parts of this restore from those of the stack, e.g. ``r202611240915``."""
    source_id: str
    """ARM id of the server that the data is of; in the same region."""
    moment: str
    """ISO 8601 in UTC, e.g. ``2026-11-24T09:15:00Z``; another spelling ends in ``InternalServerError``."""
    properties: Mapping[str, Any]
    """``version``, ``sku``, ``storage``, ``authConfig``, ``backup``, ``maintenanceWindow``, as the source has them."""
    parameters: Sequence[Mapping[str, str]]
    """Server parameters in the order of setting, ``name`` and ``value``; the new server starts with Azure's own."""
    administrators: Sequence[Mapping[str, str]]
    """Entra administrators: ``name``, ``objectId``, ``kind``."""
    access: PrivateAccess
    sink: Sink


class Restoration(FabrixComponent[RestorationArgs]):
    """A restored server that is reached, logged and administered as its source is.

    No high availability: Azure restores a single server, and a standby is paid for from the first hour. No deletion
    protection by Pulumi: it is created to be examined, and removed by a destroy of its own small stack.
    """

    server_id: pulumi.Output[str]
    server_name: pulumi.Output[str]
    host_name: pulumi.Output[str]

    @classmethod
    def of(cls, plan: Mapping[str, Any]) -> Restoration:
        """Restore what the configuration describes, with a provider bound to the source's tenant and subscription."""
        pace.install()
        install_transforms()
        provider = azure.Provider("azure", subscription_id=plan["subscriptionId"], tenant_id=plan["tenantId"])
        context = _context(plan)
        args = RestorationArgs(
            context=context,
            resource_group_name=plan["resourceGroup"],
            server_name=plan["server"],
            mark=plan["mark"],
            source_id=plan["sourceId"],
            moment=plan["moment"],
            properties=plan["properties"],
            parameters=plan["parameters"],
            administrators=plan["administrators"],
            access=PrivateAccess(subnet_id=plan["subnetId"], zone_ids=plan["zoneIds"]),
            sink=Sink(workspace_id=plan["workspaceId"]),
        )
        return cls(context.logical("postgres", plan["mark"]), args, pulumi.ResourceOptions(providers=[provider]))

    def export(self) -> None:
        """Export where the restored data is."""
        pulumi.export("serverId", self.server_id)
        pulumi.export("host", self.host_name)

    def build(self, name: str, args: RestorationArgs) -> None:
        """Restore the server; then, one after another because it takes one writer at a time, what was not restored."""
        context = args.context
        server = self._restore(name, args)
        self._server, self._writers = server, Writers("dbforpostgresql:Server", server)
        known_name = after(args.server_name, server)
        self._administrators(name, args, known_name)
        self._parameters(name, args, known_name)
        server_id = arm_id(
            context, args.resource_group_name, f"Microsoft.DBforPostgreSQL/flexibleServers/{args.server_name}", server
        )
        private_endpoint(
            self,
            name,
            service="postgres",
            target_id=server_id,
            context=context,
            resource_group_name=args.resource_group_name,
            access=args.access,
            writers=self._writers,
        )
        logs = diagnostics(self, name, kind="dbforpostgresql:Server", resource_id=server_id, sink=args.sink)
        if context.protection.lock:
            scope = after(server_id, *self._writers.last, logs)
            lock(self, name, target=server, scope=scope, reason="Holds restored data.", context=context)
        self.server_id = server_id
        self.server_name = pulumi.Output.from_input(args.server_name)
        self.host_name = pulumi.Output.from_input(args.server_name + HOST_SUFFIX)

    def _restore(self, name: str, args: RestorationArgs) -> dbforpostgresql.Server:
        own = args.properties
        auth, backup, window = own["authConfig"], own["backup"], own.get("maintenanceWindow")
        return dbforpostgresql.Server(
            name,
            server_name=args.server_name,
            resource_group_name=args.resource_group_name,
            location=args.context.location,
            create_mode="PointInTimeRestore",
            source_server_resource_id=args.source_id,
            point_in_time_utc=args.moment,
            version=own["version"],
            sku=dbforpostgresql.SkuArgs(name=own["sku"]["name"], tier=own["sku"]["tier"]),
            storage=dbforpostgresql.StorageArgs(
                storage_size_gb=int(own["storage"]["storageSizeGB"]), auto_grow=own["storage"].get("autoGrow")
            ),
            network=dbforpostgresql.NetworkArgs(public_network_access="Disabled"),
            # The administrator's login and password are the source's: they are restored with the data.
            auth_config=dbforpostgresql.AuthConfigArgs(
                active_directory_auth=auth["activeDirectoryAuth"],
                password_auth=auth["passwordAuth"],
                tenant_id=auth.get("tenantId"),
            ),
            high_availability=dbforpostgresql.HighAvailabilityArgs(mode="Disabled"),
            backup=dbforpostgresql.BackupArgs(
                backup_retention_days=int(backup["backupRetentionDays"]),
                geo_redundant_backup=backup.get("geoRedundantBackup"),
            ),
            maintenance_window=_window(window) if window else None,
            tags=dict(args.context.tags),
            opts=self.child(ignore_changes=ignored("dbforpostgresql:Server")),
        )

    def _turn(self, kind: str) -> pulumi.ResourceOptions:
        """Options of the next writer to the server, which goes with the server when that is deleted."""
        return self.child(depends_on=self._writers.next(kind), deleted_with=self._server)

    def _administrators(self, name: str, args: RestorationArgs, server_name: pulumi.Input[str]) -> None:
        for administrator in args.administrators:
            self._writers.add(
                dbforpostgresql.AdministratorsMicrosoftEntra(
                    f"{name}-admin-{administrator['name']}",
                    object_id=administrator["objectId"],
                    principal_name=administrator["name"],
                    principal_type=administrator["kind"],
                    tenant_id=args.context.tenant_id,
                    server_name=server_name,
                    resource_group_name=args.resource_group_name,
                    opts=self._turn("dbforpostgresql:AdministratorsMicrosoftEntra"),
                )
            )

    def _parameters(self, name: str, args: RestorationArgs, server_name: pulumi.Input[str]) -> None:
        for parameter in args.parameters:
            self._writers.add(
                dbforpostgresql.Configuration(
                    f"{name}-{parameter['name']}",
                    configuration_name=parameter["name"],
                    value=parameter["value"],
                    source="user-override",
                    server_name=server_name,
                    resource_group_name=args.resource_group_name,
                    opts=self._turn("dbforpostgresql:Configuration"),
                )
            )


def _window(window: Mapping[str, Any]) -> dbforpostgresql.MaintenanceWindowArgs:
    return dbforpostgresql.MaintenanceWindowArgs(
        custom_window=window.get("customWindow"),
        day_of_week=int(window.get("dayOfWeek", 0)),
        start_hour=int(window.get("startHour", 0)),
        start_minute=int(window.get("startMinute", 0)),
    )


def _context(plan: Mapping[str, Any]) -> Context:
    own = plan["names"]
    names = Names(
        service_name=own["serviceName"],
        environment=own["environment"],
        region=own["region"],
        subscription_id=plan["subscriptionId"],
        instance=int(own["instance"]),
    )
    return Context(
        names=names,
        location=plan["location"],
        region_key=names.region_code,
        subscription_id=plan["subscriptionId"],
        tenant_id=plan["tenantId"],
        tags=plan["tags"],
        protection=Protection(protect=False, lock=bool(plan["lock"])),
    )

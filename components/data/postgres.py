"""PostgreSQL Flexible Server behind a private endpoint: server, databases, Entra administrators, parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi
from pulumi_azure_native import dbforpostgresql

from components.base import FabrixComponent
from components.context import Context
from components.data.postgres_parameters import parameters
from components.shared.diagnostics import Sink, diagnostics
from components.shared.endpoints import PrivateAccess, private_endpoint
from components.shared.ids import after, arm_id
from components.shared.locks import lock
from components.shared.order import Writers
from database.wanted import extensions_of
from settings.azure_moves import ignored

PORT = 5432
HOST_SUFFIX = ".postgres.database.azure.com"


@dataclass(frozen=True, kw_only=True)
class Database:
    """One database of one application."""

    name: str
    """1-63 characters, a letter or underscore first; hyphens are allowed and need quoting in SQL."""
    role: str
    """Login role that owns it, by convention ``<name>_user``. ARM cannot create roles: the job of
    :mod:`components.data.sqljob` does, from this name."""
    extensions: tuple[str, ...] = ()
    """PostgreSQL names, e.g. ``pgcrypto``; ``vector`` is added for a database whose name ends in ``vector``."""


@dataclass(frozen=True, kw_only=True)
class MaintenanceWindow:
    """The hour of the week in which Azure may restart the server, in UTC."""

    day_of_week: int
    """0 (Sunday) to 6."""
    start_hour: int
    """0 to 23."""


@dataclass(frozen=True, kw_only=True)
class PostgresArgs:
    """Inputs of :class:`Postgres`."""

    context: Context
    resource_group_name: pulumi.Input[str]
    sku_name: str
    """Compute size, e.g. ``Standard_B1ms``, ``Standard_D4ds_v5``. Changing it restarts the server."""
    sku_tier: Literal["Burstable", "GeneralPurpose", "MemoryOptimized"]
    storage_gib: int
    """32, 64, 128 … 32768; grows by itself and never shrinks."""
    version: str = "17"
    """Major version. A higher one upgrades in place with downtime; Azure refuses a lower one."""
    high_availability: Literal["Disabled", "SameZone", "ZoneRedundant"] = "Disabled"
    """Needs a tier above Burstable."""
    zone: str | None = None
    """Availability zone of the primary at creation; Azure chooses when None."""
    standby_zone: str | None = None
    """Zone of the standby at creation; only with ``ZoneRedundant``."""
    backup_days: int = 7
    """7 to 35 days of point-in-time restore."""
    geo_backup: bool = False
    """A copy of the backups in the paired region. Fixed at creation."""
    databases: Sequence[Database] = ()
    administrators: Mapping[str, pulumi.Input[str]]
    """Display name of an Entra group → its object id."""
    password_auth: bool = False
    """Passwords beside Entra tokens, for applications that cannot fetch tokens. Choose once: it brings the
    administrator's login, which Azure fixes at creation."""
    administrator_login: str = "fabrixadmin"
    """Used with ``password_auth`` only. Azure refuses ``admin``, ``postgres``, ``azure_superuser``, ``root``,
    ``guest``, ``public``, ``pg_*``."""
    administrator_password: pulumi.Input[str] | None = None
    """Required with ``password_auth``; from a RandomPassword; marked secret here in any case."""
    audit_classes: Sequence[str] = ("ddl", "role")
    """Statement classes that pgaudit logs. ``read`` and ``write`` would copy personal data into the logs."""
    maintenance: MaintenanceWindow = MaintenanceWindow(day_of_week=0, start_hour=2)
    access: PrivateAccess
    sink: Sink


class Postgres(FabrixComponent[PostgresArgs]):
    """A server that only its private endpoint reaches: no public address, no firewall rule, no delegated subnet.

    The server takes one management operation at a time and answers ``ServerIsBusy`` to a second one, so everything
    that writes to it waits for the previous writer: databases, then administrators, parameters and the endpoint. A
    deletion of the server takes them along: parameters would be reset one by one first, each with a request of minutes.
    """

    server_id: pulumi.Output[str]
    server_name: pulumi.Output[str]
    host_name: pulumi.Output[str]
    """Known in a preview. Resolves to the private address through the zone
    ``privatelink.postgres.database.azure.com``."""
    roles: pulumi.Output[dict[str, str]]
    """Database → role that the job inside the VNet creates and makes its owner."""
    extensions: pulumi.Output[dict[str, list[str]]]
    """Database → extensions that the same job creates; all of them are on the server's allow-list."""

    def build(self, name: str, args: PostgresArgs) -> None:
        """Create the server, then what is on it, one after another, the endpoint last; diagnostics; lock."""
        if args.password_auth and args.administrator_password is None:
            raise ValueError(f"PostgreSQL server {name}: password_auth needs an administrator_password")
        self._args = args
        self._server_name = args.context.names.of("postgres")
        self._server = server = self._create_server(name)
        self._known_name = after(self._server_name, server)
        self._writers = Writers("dbforpostgresql:Server", server)
        self._create_databases(name)
        self._create_administrators(name)
        self._create_parameters(name)
        server_id = arm_id(
            args.context,
            args.resource_group_name,
            f"Microsoft.DBforPostgreSQL/flexibleServers/{self._server_name}",
            server,
        )
        private_endpoint(
            self,
            name,
            service="postgres",
            target_id=server_id,
            context=args.context,
            resource_group_name=args.resource_group_name,
            access=args.access,
            writers=self._writers,
        )
        logs = diagnostics(self, name, kind="dbforpostgresql:Server", resource_id=server_id, sink=args.sink)
        if args.context.protection.lock:
            # After everything below the server, so that a destroy lifts the lock before it touches any of it.
            scope = after(server_id, *self._writers.last, logs)
            lock(
                self,
                name,
                target=server,
                scope=scope,
                reason="Holds the data of every application.",
                context=args.context,
            )
        self.server_id = server_id
        self.server_name = pulumi.Output.from_input(self._server_name)
        self.host_name = pulumi.Output.from_input(self._server_name + HOST_SUFFIX)
        self.roles = pulumi.Output.from_input({d.name: d.role for d in args.databases})
        self.extensions = pulumi.Output.from_input(
            {d.name: list(extensions_of(d.name, d.extensions)) for d in args.databases}
        )

    def _create_server(self, name: str) -> dbforpostgresql.Server:
        """Create the server. What a failover exchanges is left alone, or the next update would move the primary back.

        The storage size is not, although it grows by itself: ignoring it would make its setting dead.
        """
        args, context = self._args, self._args.context
        login = args.administrator_login if args.password_auth else None
        password = pulumi.Output.secret(args.administrator_password) if args.password_auth else None
        return dbforpostgresql.Server(
            name,
            server_name=self._server_name,
            resource_group_name=args.resource_group_name,
            location=context.location,
            version=args.version,
            sku=dbforpostgresql.SkuArgs(name=args.sku_name, tier=args.sku_tier),
            storage=dbforpostgresql.StorageArgs(storage_size_gb=args.storage_gib, auto_grow="Enabled"),
            network=dbforpostgresql.NetworkArgs(public_network_access="Disabled"),
            auth_config=dbforpostgresql.AuthConfigArgs(
                active_directory_auth="Enabled",
                password_auth="Enabled" if args.password_auth else "Disabled",
                tenant_id=context.tenant_id,
            ),
            administrator_login=login,
            administrator_login_password=password,
            availability_zone=args.zone,
            high_availability=dbforpostgresql.HighAvailabilityArgs(
                mode=args.high_availability, standby_availability_zone=args.standby_zone
            ),
            backup=dbforpostgresql.BackupArgs(
                backup_retention_days=args.backup_days,
                geo_redundant_backup="Enabled" if args.geo_backup else "Disabled",
            ),
            maintenance_window=dbforpostgresql.MaintenanceWindowArgs(
                custom_window="Enabled",
                day_of_week=args.maintenance.day_of_week,
                start_hour=args.maintenance.start_hour,
                start_minute=0,
            ),
            tags=dict(context.tags),
            opts=self.child(protect=context.protection.protect, ignore_changes=ignored("dbforpostgresql:Server")),
        )

    def _turn(self, kind: str, **options: bool) -> pulumi.ResourceOptions:
        """Options of the next writer to the server, which goes with the server when that is deleted."""
        return self.child(depends_on=self._writers.next(kind), deleted_with=self._server, **options)

    def _create_databases(self, name: str) -> None:
        for database in self._args.databases:
            self._writers.add(
                dbforpostgresql.Database(
                    f"{name}-{database.name}",
                    database_name=database.name,
                    server_name=self._known_name,
                    resource_group_name=self._args.resource_group_name,
                    charset="UTF8",
                    collation="en_US.utf8",
                    opts=self._turn("dbforpostgresql:Database", protect=self._args.context.protection.protect),
                )
            )

    def _create_administrators(self, name: str) -> None:
        for group, object_id in self._args.administrators.items():
            self._writers.add(
                dbforpostgresql.AdministratorsMicrosoftEntra(
                    f"{name}-admin-{group}",
                    object_id=object_id,
                    principal_name=group,
                    principal_type="Group",  # a person's account would keep its rights when the person leaves the team
                    tenant_id=self._args.context.tenant_id,
                    server_name=self._known_name,
                    resource_group_name=self._args.resource_group_name,
                    opts=self._turn("dbforpostgresql:AdministratorsMicrosoftEntra"),
                )
            )

    def _create_parameters(self, name: str) -> None:
        allowed = sorted(
            {e for database in self._args.databases for e in extensions_of(database.name, database.extensions)}
        )
        for parameter, value in parameters(extensions=allowed, audit_classes=self._args.audit_classes).items():
            self._writers.add(
                dbforpostgresql.Configuration(
                    f"{name}-{parameter}",
                    configuration_name=parameter,
                    value=value,
                    source="user-override",
                    server_name=self._known_name,
                    resource_group_name=self._args.resource_group_name,
                    opts=self._turn("dbforpostgresql:Configuration"),
                )
            )

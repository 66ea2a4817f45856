"""A small state with a database server and what lives around it, as the engine exports it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from promotion.restore.source import Source, find_source

GROUP = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg-data"
SERVER = f"{GROUP}/providers/Microsoft.DBforPostgreSQL/flexibleServers/psql-one"
ZONE = f"{GROUP}/providers/Microsoft.Network/privateDnsZones/privatelink.postgres.database.azure.com"
SUBNET = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/vnet/subnets/endpoints"
NOW = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)
CREATED = "2026-10-01T08:00:00.123456789Z"


def entry(kind: str, name: str, **inputs: Any) -> dict[str, Any]:
    return {
        "urn": f"urn:pulumi:prod::aifabrix::azure-native:{kind}::{name}",
        "type": f"azure-native:{kind}",
        "custom": True,
        "id": f"{GROUP}/{name}",
        "inputs": inputs,
        "outputs": {},
    }


def server(**changes: Any) -> dict[str, Any]:
    found = entry(
        "dbforpostgresql:Server",
        "postgres",
        location="swedencentral",
        version="17",
        sku={"name": "Standard_D2ds_v5", "tier": "GeneralPurpose"},
        storage={"storageSizeGB": 256, "autoGrow": "Enabled"},
        authConfig={"activeDirectoryAuth": "Enabled", "passwordAuth": "Enabled", "tenantId": "t"},
        administratorLogin="fabrixadmin",
        administratorLoginPassword={"4dabf18193072939515e22adb298388d": "…", "ciphertext": "v1:hidden"},
        backup={"backupRetentionDays": 14, "geoRedundantBackup": "Disabled"},
        highAvailability={"mode": "ZoneRedundant"},
        tags={"environment": "pro"},
    )
    return {**found, "id": SERVER, "created": CREATED, **changes}


def resources() -> list[dict[str, Any]]:
    inside = {"serverName": "psql-one", "resourceGroupName": "rg-data"}
    connection = [{"privateLinkServiceId": SERVER.upper(), "groupIds": ["postgresqlServer"]}]
    return [
        server(),
        entry("dbforpostgresql:Database", "db-one", databaseName="miso", **inside),
        entry("dbforpostgresql:Database", "db-other", databaseName="elsewhere", serverName="psql-two"),
        entry("dbforpostgresql:Configuration", "p1", configurationName="shared_preload_libraries", value="x", **inside),
        entry("dbforpostgresql:Configuration", "p2", configurationName="pgaudit.log", value="ddl", **inside),
        entry(
            "dbforpostgresql:AdministratorsMicrosoftEntra", "admin",
            objectId="o", principalName="Admins", principalType="Group", **inside,
        ),
        entry(
            "network:PrivateEndpoint", "endpoint",
            privateEndpointName="pep-one", subnet={"id": SUBNET}, privateLinkServiceConnections=connection,
        ),
        entry(
            "network:PrivateDnsZoneGroup", "group",
            privateEndpointName="pep-one", privateDnsZoneConfigs=[{"name": "z", "privateDnsZoneId": ZONE}],
        ),
        entry("monitor:DiagnosticSetting", "logs", resourceUri=SERVER, workspaceId="/workspace"),
        entry("authorization:ManagementLockByScope", "lock", scope=SERVER, level="CanNotDelete"),
    ]  # fmt: skip


def source() -> Source:
    return find_source({"resources": resources()}, "prod")

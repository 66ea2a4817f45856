"""Facts about Microsoft.DBforPostgreSQL, flexible server."""

from __future__ import annotations

from typing import Any

from emulator.facts import names
from emulator.facts.build import fact, outputs
from emulator.facts.model import Fact, Placement
from emulator.facts.names import name_rule
from emulator.facts.parameters import PARAMETERS

_API = "2025-08-01"
_SERVER = "Microsoft.DBforPostgreSQL/flexibleServers"
_MINOR = {"15": "14", "16": "10", "17": "6", "18": "1"}
"""Minor version that a new server of a major version gets; nothing depends on it."""


def _server(inputs: dict[str, Any], placement: Placement) -> dict[str, Any]:
    """Return host name and state; a private endpoint's zone group resolves the same name to the private address."""
    version = str(inputs.get("version") or "17")
    return {
        "fullyQualifiedDomainName": f"{placement.name}.postgres.database.azure.com",
        "state": "Ready",
        "minorVersion": _MINOR.get(version, "0"),
        "replicaCapacity": 5,
    }


def _configuration(_: dict[str, Any], placement: Placement) -> dict[str, Any]:
    """Return what the server reports about a parameter."""
    parameter = PARAMETERS.get(placement.name)
    if parameter is None:
        return {}
    return {
        "dataType": parameter.kind,
        "allowedValues": parameter.allowed,
        "isDynamicConfig": not parameter.static,
        "isReadOnly": parameter.read_only,
        "isConfigPendingRestart": False,
    }


_POSTGRES_NAME = name_rule(
    names.LOWER_HYPHENS, 3, 63, "lower-case letters, digits and single hyphens, no hyphen at the ends"
)

FACTS: tuple[Fact, ...] = (
    fact(
        "dbforpostgresql:Server",
        _SERVER,
        "serverName",
        api=_API,
        name=_POSTGRES_NAME,
        unique="global",
        immutable=(
            "location",
            "createMode",
            "administratorLogin",
            "availabilityZone",
            "sourceServerResourceId",
            "pointInTimeUTC",
            "network.delegatedSubnetResourceId",
            "network.privateDnsZoneArmResourceId",
            "backup.geoRedundantBackup",
            "storage.type",
            "dataEncryption.type",
        ),
        outputs=outputs(_server),
        logs=(
            "PostgreSQLLogs",
            "PostgreSQLFlexSessions",
            "PostgreSQLFlexQueryStoreRuntime",
            "PostgreSQLFlexQueryStoreWaitStats",
            "PostgreSQLQueryStoreSqlText",
            "PostgreSQLFlexTableStats",
            "PostgreSQLFlexDatabaseXacts",
            "PostgreSQLFlexPGBouncer",
        ),
    ),
    fact(
        "dbforpostgresql:Database",
        f"{_SERVER}/databases",
        "serverName",
        "databaseName",
        api=_API,
        name=name_rule(
            r"[A-Za-z_][A-Za-z0-9_-]*", 1, 63, "letters, digits, hyphens and underscores, a letter or underscore first"
        ),
        immutable=("charset", "collation"),
    ),
    fact(
        "dbforpostgresql:Configuration",
        f"{_SERVER}/configurations",
        "serverName",
        "configurationName",
        api=_API,
        name=name_rule(r"[-\w.]+", 1, 256, "letters, digits, . _ and -"),
        outputs=outputs(_configuration),
    ),
    fact(
        "dbforpostgresql:Administrator",
        f"{_SERVER}/administrators",
        "serverName",
        "objectId",
        api="2025-01-01-preview",
        name=names.GUID,
        immutable=("principalName", "principalType", "tenantId"),
    ),
    fact(
        "dbforpostgresql:AdministratorsMicrosoftEntra",
        f"{_SERVER}/administrators",
        "serverName",
        "objectId",
        api=_API,
        name=names.GUID,
        immutable=("principalName", "principalType", "tenantId"),
    ),
    fact(
        "dbforpostgresql:FirewallRule",
        f"{_SERVER}/firewallRules",
        "serverName",
        "firewallRuleName",
        api=_API,
        name=name_rule(r"[A-Za-z0-9_-]+", 1, 128, "letters, digits, - and _"),
    ),
    fact(
        "dbforpostgresql:VirtualEndpoint",
        f"{_SERVER}/virtualEndpoints",
        "serverName",
        "virtualEndpointName",
        api=_API,
        name=_POSTGRES_NAME,
        immutable=("endpointType",),
        outputs=outputs(
            lambda _, p: {
                "virtualEndpoints": [
                    f"{p.name}.writer.postgres.database.azure.com",
                    f"{p.name}.reader.postgres.database.azure.com",
                ]
            }
        ),
    ),
)

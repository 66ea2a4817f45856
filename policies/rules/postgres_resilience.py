"""PostgreSQL flexible server: keys, backups, standby, maintenance, versions."""

from __future__ import annotations

from policies.model import Context, Outcome, ok, skip
from policies.rule import Rule, direct, supporting
from policies.rules.data_shared import classified, given
from resources.model import Resource
from resources.values import at_least, equals, get, present

SERVER = ("dbforpostgresql:Server",)

AZURE_DAYS = 7
"""Backups where nothing is said."""

OLDEST_MAJOR = 15
"""The oldest major version with at least a year of Azure's standard support left at the end of 2026 (Microsoft Learn,
"Azure Database for PostgreSQL version policy": 14 ends in December 2026, 15 in November 2027)."""


def customer_key(resource: Resource, context: Context) -> list[Outcome] | Outcome:
    """PG-07."""
    restricted = classified(resource, context.parameters.restricted_classifications)
    if restricted is False:
        return skip("not classified as restricted or health data")
    copied = equals(get(resource, "backup.geoRedundantBackup"), "Enabled")
    return [
        ok(
            given(restricted, equals(get(resource, "dataEncryption.type"), "AzureKeyVault")),
            "restricted data is encrypted with Microsoft's key only",
            "dataEncryption.type",
        ),
        ok(
            given(restricted, present(get(resource, "dataEncryption.primaryKeyURI"))),
            "no key of a vault is named",
            "dataEncryption.primaryKeyURI",
        ),
        ok(
            given(restricted, given(copied, present(get(resource, "dataEncryption.geoBackupKeyURI")))),
            "no key is named for the backups in the paired region",
            "dataEncryption.geoBackupKeyURI",
        ),
    ]


def backup_days(resource: Resource, context: Context) -> Outcome:
    """PG-08."""
    days, path = context.parameters.backup_days, "backup.backupRetentionDays"
    return ok(at_least(get(resource, path, AZURE_DAYS), days), f"backups reach back fewer than {days} days", path)


def geo_backup(resource: Resource, _context: Context) -> Outcome:
    """PG-09."""
    path = "backup.geoRedundantBackup"
    return ok(equals(get(resource, path), "Enabled"), "all backups lie in the server's own region", path)


def standby(resource: Resource, _context: Context) -> Outcome:
    """PG-10."""
    path = "highAvailability.mode"
    return ok(equals(get(resource, path), "ZoneRedundant"), "there is no standby in another zone", path)


def maintenance(resource: Resource, _context: Context) -> Outcome:
    """PG-13."""
    path = "maintenanceWindow.customWindow"
    return ok(equals(get(resource, path), "Enabled"), "Azure chooses when the server restarts", path)


def current(resource: Resource, _context: Context) -> list[Outcome]:
    """PG-14."""
    return [
        ok(
            at_least(get(resource, "version"), OLDEST_MAJOR),
            "the major version is at its end, or not chosen",
            "version",
        ),
        ok(equals(get(resource, "storage.autoGrow"), "Enabled"), "a full disk stops the server", "storage.autoGrow"),
    ]


RULES: tuple[Rule, ...] = (
    Rule(
        id="PG-07",
        title="CMK, plus geo key when geo-backup is on",
        types=SERVER,
        property="dataEncryption.{type,primaryKeyURI,geoBackupKeyURI}",
        severity="M",
        scope="R",
        profile="P3",
        iso=(direct("A.8.24", "The owner of the data manages the key and can withdraw it."),),
        hipaa=(direct("164.312(a)(2)(iv)", "The covered entity controls the key that encrypts health data."),),
        gdpr=(direct("Art. 32(1)(a)", "Encryption under the controller's own key, backups included."),),
        what="A server tagged `data-classification: restricted` or `phi` is encrypted with a key of our Key Vault, and "
        "its backups in the paired region with a key there.",
        why="Only with an own key can access be cut off at once; a backup under Microsoft's key would be a way in.",
        remediation='Set `data_encryption` with `type="AzureKeyVault"`, `primary_key_uri` and, with geo-redundant '
        "backup, `geo_backup_key_uri`. All are fixed when the server is made.",
        azure_default="Microsoft's key.",
        bad='dbforpostgresql.DataEncryptionArgs(type="SystemAssigned")',
        good='dbforpostgresql.DataEncryptionArgs(type="AzureKeyVault", primary_key_uri=key, geo_backup_key_uri=other)',
        check=customer_key,
    ),
    Rule(
        id="PG-08",
        title="Backup retention: 7 dev, 35 prod",
        types=SERVER,
        property="backup.backupRetentionDays",
        severity="H",
        scope="R",
        profile="P2",
        iso=(direct("A.8.13", "Backups are kept for the time that the policy names."),),
        hipaa=(direct("164.308(a)(7)(ii)(A)", "Exact copies of health data can be retrieved."),),
        gdpr=(direct("Art. 32(1)(c)", "Personal data can be restored to any moment of the period."),),
        what="The server can be restored to any moment of the last 7 days in dev, 14 in test, 35 in prod.",
        why="Damage that is found after the backups have ended cannot be undone.",
        remediation="Set `backup.backup_retention_days`.",
        azure_default="7 days.",
        bad="dbforpostgresql.BackupArgs(backup_retention_days=7)",
        good="dbforpostgresql.BackupArgs(backup_retention_days=35)",
        check=backup_days,
    ),
    Rule(
        id="PG-09",
        title="Geo-redundant backup",
        types=SERVER,
        property="backup.geoRedundantBackup",
        severity="M",
        scope="R",
        profile="P3",
        iso=(
            direct("A.8.13", "A copy of the backups lies where the disaster is not."),
            supporting("A.8.14", "The database can be built again in another region."),
        ),
        hipaa=(direct("164.308(a)(7)(ii)(B)", "Lost data can be restored after the loss of a region."),),
        gdpr=(direct("Art. 32(1)(c)", "Availability is restored after an incident that takes a region."),),
        what="Backups are copied to the paired region.",
        why="A region-wide failure would take the server and its backups together.",
        remediation='Set `backup.geo_redundant_backup="Enabled"` when the server is made; it cannot be added later.',
        azure_default="Disabled; fixed when the server is made.",
        bad='dbforpostgresql.BackupArgs(backup_retention_days=35, geo_redundant_backup="Disabled")',
        good='dbforpostgresql.BackupArgs(backup_retention_days=35, geo_redundant_backup="Enabled")',
        check=geo_backup,
    ),
    Rule(
        id="PG-10",
        title="Zone-redundant HA",
        types=SERVER,
        property="highAvailability.mode",
        severity="H",
        scope="R",
        profile="P3",
        iso=(direct("A.8.14", "A standby in another zone takes over by itself."),),
        hipaa=(supporting("164.308(a)(7)(ii)(C)", "Work with health data goes on while a data centre is down."),),
        gdpr=(direct("Art. 32(1)(b)", "Availability and resilience of the database."),),
        what="A standby server in another availability zone takes over without losing a committed transaction.",
        why="Every application of the platform stops with the database.",
        remediation='Set `high_availability.mode="ZoneRedundant"`; needs a tier above Burstable, and zones.',
        azure_default="Disabled.",
        bad='dbforpostgresql.HighAvailabilityArgs(mode="SameZone")',
        good='dbforpostgresql.HighAvailabilityArgs(mode="ZoneRedundant")',
        check=standby,
    ),
    Rule(
        id="PG-13",
        title="Custom maintenance window",
        types=SERVER,
        property="maintenanceWindow.customWindow",
        severity="L",
        scope="R",
        profile="P3",
        iso=(supporting("A.8.32", "Changes by the provider happen at a time that was agreed."),),
        what="The hour of the week in which Azure may restart the server is chosen.",
        why="Otherwise Azure chooses, and a restart falls into working hours sooner or later.",
        remediation='Set `maintenance_window` with `custom_window="Enabled"`, day and hour.',
        azure_default="Chosen by Azure.",
        bad='dbforpostgresql.MaintenanceWindowArgs(custom_window="Disabled")',
        good='dbforpostgresql.MaintenanceWindowArgs(custom_window="Enabled", day_of_week=0, start_hour=2)',
        check=maintenance,
    ),
    Rule(
        id="PG-14",
        title="Supported major version, storage auto-grow",
        types=SERVER,
        property="version, storage.autoGrow",
        severity="M",
        scope="R",
        profile="P2",
        iso=(
            direct("A.8.8", "Only versions that still get fixes of vulnerabilities."),
            direct("A.8.6", "The storage grows before it is full."),
        ),
        hipaa=(supporting("164.308(a)(5)(ii)(B)", "Malicious software finds no holes that nobody mends any more."),),
        gdpr=(supporting("Art. 32(1)(d)", "Keeps the measures effective over time."),),
        what=f"The major version is {OLDEST_MAJOR} or newer, and the storage grows by itself.",
        why="A version past its end gets no fixes; a server with a full disk refuses every write.",
        remediation='Set `version="17"` and `storage.auto_grow="Enabled"`.',
        azure_default="Version: chosen by Azure at creation. Storage: does not grow.",
        bad='dbforpostgresql.Server("db", version="13", storage=dbforpostgresql.StorageArgs(auto_grow="Disabled"))',
        good='dbforpostgresql.Server("db", version="17", storage=dbforpostgresql.StorageArgs(auto_grow="Enabled"))',
        check=current,
    ),
)

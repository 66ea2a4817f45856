"""PostgreSQL flexible server: encryption keys, backups, standby, maintenance, versions."""

from __future__ import annotations

from policies.model import Context, Outcome, ok, skip
from policies.rule import Rule, direct, supporting
from policies.rules.shared import expect, implies, restricted
from resources.model import Resource, Verdict
from resources.values import Trilean, all_of, any_of, at_least, equals, get, negate, one_of, present

SERVER = ("dbforpostgresql:Server",)

AZURE_DAYS = 7
"""Retention of backups, where it is not set."""

OLDEST_MAJOR = 15
"""The oldest major version with at least a year of Azure's standard support left at the end of 2026 (Microsoft Learn,
"Azure Database for PostgreSQL version policy": 14 ends in December 2026, 15 in November 2027)."""

REPLICA = ("Replica",)
RESTORED = ("PointInTimeRestore", "GeoRestore", "ReviveDropped")
"""Values of ``createMode`` for a server that is made of another one."""

OF_SOURCE = "decided by the server that it is made of"


def made_by(resource: Resource, modes: tuple[str, ...]) -> Trilean:
    """Return whether the server is created in one of these modes; without a mode it is a server of its own."""
    return one_of(get(resource, "createMode", "Default"), modes)


def inherits(resource: Resource, path: str, modes: tuple[str, ...]) -> Trilean:
    """Return whether a server made of another one has its source's value at ``path``, since it sets none."""
    return all_of(made_by(resource, modes), negate(present(get(resource, path))))


def unless(exempt: Trilean, reason: str, outcome: Outcome) -> Outcome:
    """Return ``outcome``, unless the server is exempt from it; while that is not known, it fails nothing."""
    if exempt:
        return skip(reason)
    if exempt is None and outcome.verdict is Verdict.FAIL:
        return ok(None, outcome.reason, outcome.path)
    return outcome


def customer_key(resource: Resource, context: Context) -> list[Outcome] | Outcome:
    """PG-07: restricted data and its backups are encrypted with keys of our Key Vault."""
    sensitive = restricted(resource, context)
    if sensitive is False:
        return skip("not classified as restricted or health data")
    kind, key, geo = (f"dataEncryption.{name}" for name in ("type", "primaryKeyURI", "geoBackupKeyURI"))
    keyed = equals(get(resource, kind), "AzureKeyVault")
    copied = equals(get(resource, "backup.geoRedundantBackup"), "Enabled")
    geo_keyed = implies(copied, present(get(resource, geo)))
    return [
        ok(implies(sensitive, keyed), "restricted data is encrypted with Microsoft's key only", kind),
        ok(implies(sensitive, present(get(resource, key))), "no key is named", key),
        ok(implies(sensitive, geo_keyed), "no key is named for the backups in the paired region", geo),
    ]


def backup_days(resource: Resource, context: Context) -> Outcome:
    """PG-08: backups reach back far enough.

    A replica has none, and a restored server keeps them as long as its source (Microsoft Learn, "Read replicas in Azure
    Database for PostgreSQL"; "Backup and restore in Azure Database for PostgreSQL").
    """
    days, path = context.parameters.backup_days, "backup.backupRetentionDays"
    exempt = any_of(made_by(resource, REPLICA), inherits(resource, path, RESTORED))
    enough = at_least(get(resource, path, AZURE_DAYS), days)
    return unless(exempt, OF_SOURCE, ok(enough, f"backups reach back fewer than {days} days", path))


def geo_backup(resource: Resource, _context: Context) -> Outcome:
    """PG-09: backups are copied to the paired region. Azure refuses that for a replica."""
    path = "backup.geoRedundantBackup"
    copied = expect(resource, path, "all backups are in the server's own region", to_be="Enabled")
    return unless(made_by(resource, REPLICA), OF_SOURCE, copied)


def standby(resource: Resource, _context: Context) -> Outcome:
    """PG-10: there is a standby in another zone.

    Azure refuses one for a replica, and for a server while it is being restored: whether one follows is not decided.
    """
    path, reason = "highAvailability.mode", "there is no standby in another zone"
    redundant = expect(resource, path, reason, to_be="ZoneRedundant")
    if made_by(resource, RESTORED) and redundant.verdict is Verdict.FAIL:
        return ok(None, "a restore begins without a standby: add it once the server is restored", path)
    return unless(made_by(resource, REPLICA), "a replica has no standby", redundant)


def maintenance(resource: Resource, _context: Context) -> Outcome:
    """PG-13: the maintenance window is ours, or our primary's."""
    path = "maintenanceWindow.customWindow"
    ours = expect(resource, path, "Azure chooses when the server restarts", to_be="Enabled")
    return unless(inherits(resource, path, REPLICA), OF_SOURCE, ours)


def current(resource: Resource, _context: Context) -> list[Outcome]:
    """PG-14: the major version is supported, and the storage grows; a server made of another one has both from it."""
    supported = at_least(get(resource, "version"), OLDEST_MAJOR)
    judged = (
        ok(supported, "the major version is near its end of support, or not chosen", "version"),
        expect(resource, "storage.autoGrow", "a full disk stops the server", to_be="Enabled"),
    )
    return [unless(inherits(resource, each.path, (*REPLICA, *RESTORED)), OF_SOURCE, each) for each in judged]


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
        why="Only with a customer-managed key can access be cut off at once; a backup under Microsoft's key would "
        "still be readable.",
        remediation='Set `data_encryption` with `type="AzureKeyVault"`, `primary_key_uri` and, with geo-redundant '
        "backup, `geo_backup_key_uri`. All are fixed when the server is created.",
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
        iso=(direct("A.8.13", "Backups are kept for as long as the policy says."),),
        hipaa=(direct("164.308(a)(7)(ii)(A)", "Exact copies of health data can be retrieved."),),
        gdpr=(direct("Art. 32(1)(c)", "Personal data can be restored to any moment of the period."),),
        what="The server can be restored to any moment of the last 7 days in dev, 14 in test, 35 in prod.",
        why="Damage that is found after the last backup expired cannot be undone.",
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
            direct("A.8.13", "A copy of the backups is away from the disaster."),
            supporting("A.8.14", "The database can be rebuilt in another region."),
        ),
        hipaa=(direct("164.308(a)(7)(ii)(B)", "Lost data can be restored after the loss of a region."),),
        gdpr=(direct("Art. 32(1)(c)", "Availability is restored after an incident that takes a region."),),
        what="Backups are copied to the paired region.",
        why="A region-wide failure would take the server and its backups together.",
        remediation='Set `backup.geo_redundant_backup="Enabled"` when the server is created; it cannot be added later.',
        azure_default="Disabled; fixed when the server is created.",
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
        hipaa=(supporting("164.308(a)(7)(ii)(C)", "Work with health data continues while a data centre is down."),),
        gdpr=(direct("Art. 32(1)(b)", "Availability and resilience of the database."),),
        what="A standby server in another availability zone takes over without losing a committed transaction.",
        why="Every application of the platform stops with the database.",
        remediation='Set `high_availability.mode="ZoneRedundant"`; this needs a tier above Burstable, and zones.',
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
        iso=(supporting("A.8.32", "The provider makes its changes at an agreed time."),),
        what="We choose the hour of the week in which Azure may restart the server.",
        why="Otherwise Azure chooses, and sooner or later a restart falls into working hours.",
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
            direct("A.8.8", "Only versions that still get security fixes."),
            direct("A.8.6", "The storage grows before it is full."),
        ),
        hipaa=(
            supporting("164.308(a)(5)(ii)(B)", "Malicious software finds no vulnerabilities that are no longer fixed."),
        ),
        gdpr=(supporting("Art. 32(1)(d)", "Keeps the measures effective over time."),),
        what=f"The major version is {OLDEST_MAJOR} or newer, and the storage grows by itself.",
        why="A version past its end of support gets no fixes; a server with a full disk refuses every write.",
        remediation='Set `version="17"` and `storage.auto_grow="Enabled"`.',
        azure_default="Version: chosen by Azure at creation. Storage: does not grow.",
        bad='dbforpostgresql.Server("db", version="13", storage=dbforpostgresql.StorageArgs(auto_grow="Disabled"))',
        good='dbforpostgresql.Server("db", version="17", storage=dbforpostgresql.StorageArgs(auto_grow="Enabled"))',
        check=current,
    ),
)

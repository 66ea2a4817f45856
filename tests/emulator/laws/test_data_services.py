"""PostgreSQL, Managed Redis and storage: sizes, versions, sign-in, retention, redundancy."""

from __future__ import annotations

import pytest

from emulator.facts.regions import LIFT, LIFTED_TYPE, lift_id
from emulator.laws import servers
from emulator.world import ObjectView

from .cases import Case, answer, decide
from .memory import GONE, SUBSCRIPTION, ask, changed, codes
from .valid import CHILD, VALID, world

PG, PARAMETER, FIREWALL = "dbforpostgresql:Server", "dbforpostgresql:Configuration", "dbforpostgresql:FirewallRule"
REDIS, CACHE, USER = (
    "redisenterprise:RedisEnterprise",
    "redisenterprise:Database",
    "redisenterprise:AccessPolicyAssignment",
)
ACCOUNT, BLOBS, SHARE = "storage:StorageAccount", "storage:BlobServiceProperties", "storage:FileShare"


def parameter(name: str, value: str) -> dict[str, object]:
    return {"configurationName": name, "value": value}


POSTGRES = {
    "a tier of another family": Case(PG, {"sku.tier": "MemoryOptimized"}, "InvalidSkuTier"),
    "a memory-optimised server": Case(PG, {"sku": {"name": "Standard_E4ds_v5", "tier": "MemoryOptimized"}}),
    "a SKU that does not exist": Case(PG, {"sku.name": "Standard_D3ds_v5"}, "InvalidSkuName"),
    "a server without a SKU": Case(PG, {"sku": GONE}, "MissingRequiredParameter"),
    "high availability on Burstable": Case(
        PG, {"sku": {"name": "Standard_B2ms", "tier": "Burstable"}}, "HighAvailabilityNotSupported"
    ),
    "Burstable without high availability": Case(
        PG, {"sku": {"name": "Standard_B2ms", "tier": "Burstable"}, "highAvailability.mode": "Disabled"}
    ),
    "zone redundancy where there are no zones": Case(PG, {"location": "westus"}, "HADisabledForRegion"),
    "a standby in another zone where new ones are blocked": Case(PG, {"location": "westeurope"}, "HADisabledForRegion"),
    "a standby in the same zone there": Case(PG, {"location": "westeurope", "highAvailability.mode": "SameZone"}),
    "a standby that was there before the block": Case(
        PG, {"location": "westeurope", "storage.storageSizeGB": 128}, olds={"location": "westeurope"}
    ),
    "a standby switched on where new ones are blocked": Case(
        PG,
        {"location": "westeurope"},
        "HADisabledForRegion",
        olds={"location": "westeurope", "highAvailability.mode": "Disabled"},
    ),
    "v5 compute where there is v4 only": Case(PG, {"location": "polandcentral"}, "ParameterOutOfRange"),
    "v4 compute there": Case(PG, {"location": "polandcentral", "sku.name": "Standard_D2ds_v4"}),
    "AMD compute where there is none": Case(PG, {"sku.name": "Standard_D2ads_v5"}, "ParameterOutOfRange"),
    "a region without PostgreSQL": Case(
        PG, {"location": "westindia", "highAvailability.mode": "Disabled"}, "LocationNotAvailableForResourceType"
    ),
    "backups in a pair that there is not": Case(
        PG,
        {"location": "italynorth", "backup.geoRedundantBackup": "Enabled"},
        "GeoZoneRedundantStorageAccountSkusNotFound",
    ),
    "the same without a standby": Case(
        PG,
        {"location": "italynorth", "backup.geoRedundantBackup": "Enabled", "highAvailability.mode": "SameZone"},
        "InvalidParameterValue",
    ),
    "backups in the paired region": Case(PG, {"backup.geoRedundantBackup": "Enabled"}),
    "a standby moved to another zone at once": Case(
        PG, {}, "InvalidParameterValue", olds={"highAvailability.mode": "SameZone"}
    ),
    "a standby moved back at once": Case(PG, {"highAvailability.mode": "SameZone"}, "InvalidParameterValue", olds={}),
    "a standby removed": Case(PG, {"highAvailability.mode": "Disabled"}, olds={}),
    "a standby made": Case(PG, {}, olds={"highAvailability.mode": "Disabled"}),
    "off Burstable and a standby at once": Case(
        PG,
        {},
        "InvalidParameterValue",
        olds={"sku": {"name": "Standard_B2s", "tier": "Burstable"}, "highAvailability.mode": "Disabled"},
    ),
    "off Burstable alone": Case(
        PG,
        {"highAvailability.mode": "Disabled"},
        olds={"sku": {"name": "Standard_B2s", "tier": "Burstable"}, "highAvailability.mode": "Disabled"},
    ),
    "to Burstable and without a standby at once": Case(
        PG,
        {"sku": {"name": "Standard_B2s", "tier": "Burstable"}, "highAvailability.mode": "Disabled"},
        "InvalidParameterValue",
        olds={},
    ),
    "same-zone availability where there are no zones": Case(
        PG, {"location": "westus", "highAvailability.mode": "SameZone"}
    ),
    "server and standby of ZoneRedundant in one zone": Case(
        PG, {"availabilityZone": "1", "highAvailability.standbyAvailabilityZone": "1"}, "InvalidStandbyZone"
    ),
    "50 GiB": Case(PG, {"storage.storageSizeGB": 50}, "InvalidStorageSize"),
    "512 GiB": Case(PG, {"storage.storageSizeGB": 512}),
    "50 GiB of Premium SSD v2": Case(
        PG, {"storage": {"storageSizeGB": 50, "type": "PremiumV2_LRS", "autoGrow": "Disabled"}}
    ),
    "a smaller disk": Case(
        PG, {"storage.storageSizeGB": 64}, "StorageSizeDecreaseNotAllowed", olds={"storage.storageSizeGB": 128}
    ),
    "a larger disk": Case(PG, {"storage.storageSizeGB": 256}, olds={"storage.storageSizeGB": 128}),
    "backups for 6 days": Case(PG, {"backup.backupRetentionDays": 6}, "InvalidBackupRetentionDays"),
    "backups for 35 days": Case(PG, {"backup.backupRetentionDays": 35}),
    "version 14": Case(PG, {"version": "14"}, "VersionNotSupported"),
    "version 15": Case(PG, {"version": "15"}),
    "version 99": Case(PG, {"version": "99"}, "InvalidVersion"),
    "an old server kept on its ended version": Case(PG, {"version": "14"}, olds={"version": "14"}),
    "a step back of the version": Case(PG, {"version": "16"}, "VersionDowngradeNotAllowed", olds={"version": "17"}),
    "a major upgrade": Case(PG, {"version": "17"}, olds={"version": "16"}),
    "password sign-in without a login": Case(PG, {"administratorLogin": GONE}, "MissingRequiredParameter"),
    "Entra sign-in only, without a login": Case(
        PG,
        {"authConfig.passwordAuth": "Disabled", "administratorLogin": GONE, "administratorLoginPassword": GONE},
    ),
    "no way to sign in": Case(
        PG,
        {
            "authConfig": {"passwordAuth": "Disabled", "activeDirectoryAuth": "Disabled"},
            "administratorLogin": GONE,
            "administratorLoginPassword": GONE,
        },
        "InvalidAuthConfig",
    ),
    "the login name admin": Case(PG, {"administratorLogin": "admin"}, "InvalidAdministratorLogin"),
    "a login name that starts with pg_": Case(PG, {"administratorLogin": "pg_one"}, "InvalidAdministratorLogin"),
    "a password of letters only": Case(PG, {"administratorLoginPassword": "abcdefghijkl"}, "PasswordTooWeak"),
    "a password with the login name": Case(PG, {"administratorLoginPassword": "Fabrix-12345678"}, "PasswordTooWeak"),
    "a point-in-time restore of nothing": Case(
        PG,
        {"createMode": "PointInTimeRestore", "highAvailability": None, "pointInTimeUTC": "2026-11-24T08:00:00Z"},
        "MissingRequiredParameter",
    ),
    "a maintenance window at 24 o'clock": Case(
        PG, {"maintenanceWindow": {"startHour": 24}}, "InvalidMaintenanceWindow"
    ),
    "the database postgres": Case("dbforpostgresql:Database", {"databaseName": "postgres"}, "DatabaseAlreadyExists"),
    "pgvector by its own name": Case(
        PARAMETER, parameter("azure.extensions", "pgvector"), "ServerParameterInvalidValue"
    ),
    "no extensions at all": Case(PARAMETER, parameter("azure.extensions", "")),
    "TLS 1.1": Case(PARAMETER, parameter("ssl_min_protocol_version", "TLSv1.1"), "ServerParameterInvalidValue"),
    "TLS 1.3": Case(PARAMETER, parameter("ssl_min_protocol_version", "TLSv1.3")),
    "secure transport switched on": Case(PARAMETER, parameter("require_secure_transport", "on")),
    "log files for 8 days": Case(PARAMETER, parameter("logfiles.retention_days", "8"), "ServerParameterInvalidValue"),
    "log files for a week": Case(PARAMETER, parameter("logfiles.retention_days", "7")),
    "audit of writes and roles": Case(PARAMETER, parameter("pgaudit.log", "write, role, ddl")),
    "audit of everything but reads": Case(PARAMETER, parameter("pgaudit.log", "all,-read")),
    "pooling switched on like other parameters": Case(
        PARAMETER, parameter("pgbouncer.enabled", "on"), "ServerParameterInvalidValue"
    ),
    "pooling switched off": Case(PARAMETER, parameter("pgbouncer.enabled", "False")),
    "a pool of 4951": Case(PARAMETER, parameter("pgbouncer.default_pool_size", "4951"), "ServerParameterInvalidValue"),
    "a class that pgaudit has and Azure does not": Case(
        PARAMETER, parameter("pgaudit.log", "misc_set"), "ServerParameterInvalidValue"
    ),
    "an extension that Azure took off the list": Case(
        PARAMETER, parameter("azure.extensions", "PG_DUCKDB"), "ServerParameterInvalidValue"
    ),
    "an audit role with a digit": Case(PARAMETER, parameter("pgaudit.role", "auditor1"), "ServerParameterInvalidValue"),
    "audit of a class that there is not": Case(
        PARAMETER, parameter("pgaudit.log", "writes"), "ServerParameterInvalidValue"
    ),
    "a library that cannot be preloaded": Case(
        PARAMETER, parameter("shared_preload_libraries", "pg_stat_statements,plpython"), "ServerParameterInvalidValue"
    ),
    "a parameter that is read-only": Case(PARAMETER, parameter("log_directory", "log"), "ServerParameterReadOnly"),
    "a misspelt parameter": Case(PARAMETER, parameter("log_conections", "on"), "ResourceNotFound"),
    "a parameter that the table lacks": Case(PARAMETER, parameter("geqo_effort", "5")),
}
REDISES = {
    "a retired Enterprise SKU": Case(REDIS, {"sku.name": "Enterprise_E10"}, "SkuRetired"),
    "a SKU that does not exist": Case(REDIS, {"sku.name": "Balanced_B2"}, "InvalidSku"),
    "a capacity": Case(REDIS, {"sku.capacity": 2}, "InvalidSku"),
    "a cache that does not say whether it is public": Case(
        REDIS, {"publicNetworkAccess": GONE}, "MissingRequiredParameter"
    ),
    "TLS 1.1": Case(REDIS, {"minimumTlsVersion": "1.1"}, "InvalidTlsVersion"),
    "scaling up": Case(REDIS, {"sku.name": "Balanced_B50"}, olds={}),
    "scaling down to as many shards": Case(REDIS, {"sku.name": "Balanced_B5"}, olds={"sku.name": "Balanced_B10"}),
    "scaling down to fewer shards": Case(
        REDIS, {"sku.name": "Balanced_B5"}, "InvalidScaling", olds={"sku.name": "Balanced_B20"}
    ),
    "scaling to flash": Case(REDIS, {"sku.name": "FlashOptimized_A250"}, "InvalidScaling", olds={}),
    "a replica added": Case(REDIS, {}, olds={"highAvailability": "Disabled"}),
    "a replica taken away": Case(REDIS, {"highAvailability": "Disabled"}, "HighAvailabilityCannotBeDisabled", olds={}),
    "zones": Case(REDIS, {"zones": ["1", "2"]}, "ZonesNotSupported"),
    "a database of another name": Case(CACHE, {"databaseName": "main"}, "InvalidDatabaseName"),
    "port 6380": Case(CACHE, {"port": 6380}, "InvalidPort"),
    "RediSearch with OSS clustering": Case(
        CACHE, {"modules": [{"name": "RediSearch"}], "evictionPolicy": "NoEviction"}, "InvalidModuleConfiguration"
    ),
    "RediSearch with eviction": Case(
        CACHE,
        {"modules": [{"name": "RediSearch"}], "clusteringPolicy": "EnterpriseCluster"},
        "InvalidModuleConfiguration",
    ),
    "RediSearch as it must be": Case(
        CACHE,
        {
            "modules": [{"name": "RediSearch"}],
            "clusteringPolicy": "EnterpriseCluster",
            "evictionPolicy": "NoEviction",
        },
    ),
    "a module that does not exist": Case(CACHE, {"modules": [{"name": "RedisSearch"}]}, "InvalidModule"),
    "two kinds of persistence": Case(
        CACHE,
        {"persistence": {"aofEnabled": True, "aofFrequency": "1s", "rdbEnabled": True, "rdbFrequency": "1h"}},
        "InvalidPersistence",
    ),
    "no clustering on 6 GB": Case(CACHE, {"clusteringPolicy": "NoCluster"}),
    "clustering where there was none": Case(CACHE, {}, olds={"clusteringPolicy": "NoCluster"}),
    "another clustering": Case(
        CACHE, {"clusteringPolicy": "EnterpriseCluster"}, "ClusteringPolicyCannotBeChanged", olds={}
    ),
    "no clustering any more": Case(
        CACHE, {"clusteringPolicy": "NoCluster"}, "ClusteringPolicyCannotBeChanged", olds={}
    ),
    "a user that is a name": Case(USER, {"user.objectId": "miso"}, "InvalidAccessPolicyAssignment"),
    "a policy of one's own": Case(USER, {"accessPolicyName": "reader"}, "InvalidAccessPolicyName"),
}
STORAGES = {
    "a SKU of another kind": Case(ACCOUNT, {"kind": "BlobStorage"}, "InvalidAccountType"),
    "zone redundancy where there are no zones": Case(
        ACCOUNT, {"location": "westus"}, "RedundancyConfigurationNotAvailableInRegion"
    ),
    "local redundancy where there are no zones": Case(ACCOUNT, {"location": "westus", "sku.name": "Standard_LRS"}),
    "copies in zones and in a pair where there is no pair": Case(
        ACCOUNT, {"location": "italynorth", "sku.name": "Standard_GZRS"}, "RedundancyConfigurationNotAvailableInRegion"
    ),
    "copies in a pair where there is none": Case(
        ACCOUNT,
        {"location": "polandcentral", "sku.name": "Standard_RAGRS"},
        "RedundancyConfigurationNotAvailableInRegion",
    ),
    "copies in a pair where there are no zones": Case(ACCOUNT, {"location": "westus", "sku.name": "Standard_GRS"}),
    "LRS turned into ZRS": Case(ACCOUNT, {}, "AccountSkuConversionRequired", olds={"sku.name": "Standard_LRS"}),
    "LRS turned into GRS": Case(ACCOUNT, {"sku.name": "Standard_GRS"}, olds={"sku.name": "Standard_LRS"}),
    "ZRS turned into GZRS": Case(ACCOUNT, {"sku.name": "Standard_GZRS"}, olds={}),
    "TLS 1.0": Case(ACCOUNT, {"minimumTlsVersion": "TLS1_0"}, "TlsVersionNotSupported"),
    "a private address rule": Case(
        ACCOUNT, {"networkRuleSet": {"ipRules": [{"iPAddressOrRange": "10.0.0.4"}]}}, "InvalidIpRule"
    ),
    "SFTP without the hierarchical namespace": Case(ACCOUNT, {"isSftpEnabled": True}, "FeatureRequiresHns"),
    "restore without versioning": Case(BLOBS, {"isVersioningEnabled": False}, "InvalidRestorePolicy"),
    "restore as far back as blobs are kept": Case(BLOBS, {"restorePolicy.days": 14}, "InvalidRestorePolicy"),
    "deleted blobs kept 366 days": Case(BLOBS, {"deleteRetentionPolicy.days": 366}, "InvalidRetentionDays"),
    "deleted shares kept no days": Case(
        "storage:FileServiceProperties", {"shareDeleteRetentionPolicy.days": GONE}, "InvalidRetentionDays"
    ),
    "a public container in an account that forbids it": Case(
        "storage:BlobContainer", {"publicAccess": "Blob"}, "PublicAccessNotPermitted"
    ),
    "immutability of no days": Case(
        "storage:BlobContainerImmutabilityPolicy",
        {"immutabilityPeriodSinceCreationInDays": 0},
        "InvalidImmutabilityPeriod",
    ),
    "both kinds of protected appends": Case(
        "storage:BlobContainerImmutabilityPolicy", {"allowProtectedAppendWritesAll": True}, "InvalidImmutabilityPolicy"
    ),
    "a share of 102400 GiB": Case(SHARE, {"shareQuota": 102400}),
    "a share of 102401 GiB": Case(SHARE, {"shareQuota": 102401}, "InvalidShareQuota"),
    "an NFS share in a general-purpose account": Case(SHARE, {"enabledProtocols": "NFS"}, "NfsNotSupported"),
    "a lifecycle rule that does nothing": Case(
        "storage:ManagementPolicy", {"policy.rules.0.definition.actions": {"baseBlob": {}}}, "InvalidManagementPolicy"
    ),
}


@pytest.mark.parametrize("case", POSTGRES.values(), ids=POSTGRES)
def test_postgresql_decides_on(case: Case) -> None:
    decide(case)


@pytest.mark.parametrize("case", REDISES.values(), ids=REDISES)
def test_managed_redis_decides_on(case: Case) -> None:
    decide(case)


@pytest.mark.parametrize("case", STORAGES.values(), ids=STORAGES)
def test_storage_decides_on(case: Case) -> None:
    decide(case)


def test_a_standby_is_given_where_azure_lifted_the_block_for_the_subscription() -> None:
    there, inputs = world(PG), changed(VALID[PG], {"location": "westeurope"})
    assert codes(ask(there, PG, inputs)) == {"HADisabledForRegion"}
    arm_id = lift_id(SUBSCRIPTION, "westeurope")
    there.items.append(ObjectView(id=arm_id, token=LIFT, arm_type=LIFTED_TYPE, inputs={}, outputs={}))
    assert not ask(there, PG, inputs)


def test_a_weak_password_is_never_repeated() -> None:
    texts = ask(world(PG), PG, changed(VALID[PG], {"administratorLoginPassword": "hunter2"}))
    assert codes(texts) == {"PasswordTooWeak"}
    assert "hunter2" not in "".join(texts), "messages end up in logs"


def test_entra_administrators_need_entra_sign_in() -> None:
    there, kind = world(), "dbforpostgresql:AdministratorsMicrosoftEntra"
    for server in there.list("Microsoft.DBforPostgreSQL/flexibleServers"):
        server.outputs["authConfig"] = {"activeDirectoryAuth": "Disabled"}
    decide(Case(kind, {}, "AadAuthNotEnabled"), there)


def test_a_private_server_has_no_firewall_rules() -> None:
    rule = {
        **CHILD,
        "serverName": "psql-one",
        "firewallRuleName": "office",
        "startIpAddress": "203.0.113.1",
        "endIpAddress": "203.0.113.9",
    }
    there = world()
    assert codes(ask(there, FIREWALL, rule)) == {"FirewallRuleNotAllowed"}
    for server in there.list("Microsoft.DBforPostgreSQL/flexibleServers"):
        server.outputs["network"] = {"publicNetworkAccess": "Enabled"}
    assert not ask(there, FIREWALL, rule)
    assert codes(ask(there, FIREWALL, {**rule, "endIpAddress": "203.0.113.0"})) == {"InvalidFirewallRule"}


def test_a_burstable_server_pools_nothing() -> None:
    there = world(PARAMETER)
    pooled = parameter("pgbouncer.enabled", "true")
    decide(Case(PARAMETER, pooled), there)
    for server in there.list("Microsoft.DBforPostgreSQL/flexibleServers"):
        server.outputs["sku"] = {"name": "Standard_B2ms", "tier": "Burstable"}
    decide(Case(PARAMETER, pooled, "PgBouncerNotSupported"), there)


def test_a_large_cache_is_clustered() -> None:
    there = world(CACHE)
    for cluster in there.list("Microsoft.Cache/redisEnterprise"):
        cluster.outputs["sku"] = {"name": "Balanced_B50"}
    decide(Case(CACHE, {"clusteringPolicy": "NoCluster"}, "InvalidClusteringPolicy"), there)


def test_a_cache_does_not_outgrow_its_unclustered_database() -> None:
    there = world()
    larger = Case(REDIS, {"sku.name": "Balanced_B50"}, olds={})
    decide(larger, there)
    for database in there.list("Microsoft.Cache/redisEnterprise/databases"):
        database.outputs["clusteringPolicy"] = "NoCluster"
    decide(larger._replace(code="InvalidClusteringPolicy"), there)
    decide(Case(REDIS, {"sku.name": "Balanced_B20"}, olds={}), there)


def test_storage_that_grew_by_itself_is_answered_with_the_value_to_write() -> None:
    (text,) = answer(Case(PG, {"storage.storageSizeGB": 256}, olds={"storage.storageSizeGB": 512}))
    assert "grown by itself" in text
    assert "data.postgres.storageGib: 512" in text


def test_a_user_connects_by_one_assignment() -> None:
    decide(Case(USER, {"accessPolicyAssignmentName": "again"}, "AccessPolicyAssignmentExists"), world())


def test_what_has_ended_stays_ended_whatever_the_clock_says() -> None:
    assert servers.today() >= servers.AS_OF
    assert servers.has_ended("14"), "version 14 ended on 12 November 2026"
    assert not servers.has_ended("18")

"""Facts about services that an installation may add: container jobs, event hubs, backup vaults, the WAF policy."""

from __future__ import annotations

from typing import Any

from emulator.facts import names
from emulator.facts.build import SUCCEEDED, fact, outputs
from emulator.facts.model import Fact, Placement
from emulator.facts.names import name_rule

_BACKUP = "Microsoft.DataProtection/backupVaults"


def _environment(_: dict[str, Any], placement: Placement) -> dict[str, Any]:
    """Return domain and address of a Container Apps environment."""
    label = f"{placement.name}-{placement.guid('domain')[:8]}"
    return {"defaultDomain": f"{label}.{placement.location}.azurecontainerapps.io", "staticIp": "203.0.113.10"}


FACTS: tuple[Fact, ...] = (
    fact(
        "containerinstance:ContainerGroup",
        "Microsoft.ContainerInstance/containerGroups",
        "containerGroupName",
        api="2024-05-01-preview",
        name=name_rule(
            names.LOWER_HYPHENS, 1, 63, "lower-case letters, digits and single hyphens, no hyphen at the ends"
        ),
        immutable=("location", "osType", "subnetIds", "zones", "priority", "restartPolicy"),
        outputs=outputs(SUCCEEDED),
    ),
    fact(
        "app:ManagedEnvironment",
        "Microsoft.App/managedEnvironments",
        "environmentName",
        api="2025-02-02-preview",
        name=name_rule(names.SINGLE_HYPHENS, 1, 60, "letters, digits and single hyphens, no hyphen at the ends"),
        immutable=("location", "vnetConfiguration", "zoneRedundant"),
        outputs=outputs(SUCCEEDED, _environment),
        late=("defaultDomain", "staticIp"),
        logs=("ContainerAppConsoleLogs", "ContainerAppSystemLogs"),
    ),
    fact(
        "app:Job",
        "Microsoft.App/jobs",
        "jobName",
        api="2025-02-02-preview",
        name=name_rule(
            r"[a-z](?:[a-z0-9]|-(?=[a-z0-9]))*", 2, 32, "lower-case letters, digits and single hyphens, a letter first"
        ),
        immutable=("location", "environmentId"),
        outputs=outputs(SUCCEEDED),
    ),
    fact(
        "eventhub:Namespace",
        "Microsoft.EventHub/namespaces",
        "namespaceName",
        api="2024-01-01",
        name=name_rule(
            r"[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]", 6, 50, "letters, digits and hyphens, a letter first, no hyphen last"
        ),
        unique="global",
        immutable=("location", "zoneRedundant", "clusterArmId"),
        outputs=outputs(
            SUCCEEDED,
            lambda _, p: {"serviceBusEndpoint": f"https://{p.name}.servicebus.windows.net:443/", "status": "Active"},
        ),
        logs=(
            "ArchiveLogs",
            "OperationalLogs",
            "AutoScaleLogs",
            "KafkaCoordinatorLogs",
            "KafkaUserErrorLogs",
            "EventHubVNetConnectionEvent",
            "CustomerManagedKeyUserLogs",
            "RuntimeAuditLogs",
            "ApplicationMetricsLogs",
            "DataDRLogs",
            "DiagnosticErrorLogs",
        ),
    ),
    fact(
        "eventhub:EventHub",
        "Microsoft.EventHub/namespaces/eventhubs",
        "namespaceName",
        "eventHubName",
        api="2024-01-01",
        name=names.WORDS,
        outputs=outputs(lambda i, _: {"partitionIds": [str(n) for n in range(i.get("partitionCount") or 1)]}),
    ),
    fact(
        "dataprotection:BackupVault",
        _BACKUP,
        "vaultName",
        api="2025-01-01",
        name=name_rule(r"[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]", 2, 50, "letters, digits and hyphens, a letter first"),
        immutable=("location", "properties.storageSettings"),
        outputs=outputs(),
        logs=(
            "CoreAzureBackup",
            "AddonAzureBackupJobs",
            "AddonAzureBackupPolicy",
            "AddonAzureBackupProtectedInstance",
            "AzureBackupOperations",
        ),
    ),
    fact(
        "dataprotection:BackupPolicy",
        f"{_BACKUP}/backupPolicies",
        "vaultName",
        "backupPolicyName",
        api="2025-01-01",
        name=names.WORDS,
        immutable=("properties",),
    ),
    fact(
        "dataprotection:BackupInstance",
        f"{_BACKUP}/backupInstances",
        "vaultName",
        "backupInstanceName",
        api="2025-01-01",
        name=names.WORDS,
        immutable=("properties.dataSourceInfo",),
    ),
    fact(
        "frontdoor:Policy",
        "Microsoft.Network/FrontDoorWebApplicationFirewallPolicies",
        "policyName",
        api="2025-11-01",
        name=name_rule(r"[A-Za-z][A-Za-z0-9]*", 1, 128, "letters and digits only, a letter first"),
        immutable=("location", "sku.name"),
        outputs=outputs(SUCCEEDED, {"resourceState": "Enabled"}),
    ),
)

"""Facts about services that an installation may add: container jobs, event hubs, backup vaults, the WAF policy."""

from __future__ import annotations

from typing import Any

from emulator.facts import names
from emulator.facts.build import SUCCEEDED, fact, outputs
from emulator.facts.model import Fact, Placement

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
        name=names.CONTAINER_GROUP,
        immutable=("location", "osType", "subnetIds", "zones", "priority", "restartPolicy"),
        outputs=outputs(SUCCEEDED),
    ),
    fact(
        "app:ManagedEnvironment",
        "Microsoft.App/managedEnvironments",
        "environmentName",
        api="2025-02-02-preview",
        name=names.MANAGED_ENVIRONMENT,
        immutable=("location", "vnetConfiguration", "zoneRedundant"),
        outputs=outputs(SUCCEEDED, _environment),
        late=("defaultDomain", "staticIp"),
    ),
    fact(
        "app:Job",
        "Microsoft.App/jobs",
        "jobName",
        api="2025-02-02-preview",
        name=names.JOB,
        immutable=("location", "environmentId"),
        outputs=outputs(SUCCEEDED),
    ),
    fact(
        "eventhub:Namespace",
        "Microsoft.EventHub/namespaces",
        "namespaceName",
        api="2024-01-01",
        name=names.EVENT_HUB_NAMESPACE,
        unique="global",
        immutable=("location", "zoneRedundant", "clusterArmId"),
        outputs=outputs(
            SUCCEEDED,
            lambda _, p: {"serviceBusEndpoint": f"https://{p.name}.servicebus.windows.net:443/", "status": "Active"},
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
        name=names.BACKUP_VAULT,
        immutable=("location", "properties.storageSettings"),
        outputs=outputs(),
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
        name=names.WAF_POLICY,
        immutable=("location", "sku.name"),
        outputs=outputs(SUCCEEDED, {"resourceState": "Enabled"}),
    ),
)

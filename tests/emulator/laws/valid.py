"""One valid set of inputs for each kind, in the order in which they can be made."""

from __future__ import annotations

from typing import Any

from .memory import GROUP, SUBSCRIPTION, TENANT, Memory

IN: dict[str, Any] = {"resourceGroupName": "rg-one", "location": "swedencentral"}
CHILD: dict[str, Any] = {"resourceGroupName": "rg-one"}
NETWORK = f"{GROUP}/providers/Microsoft.Network"
VNET = f"{NETWORK}/virtualNetworks/vnet-one"
VAULT = f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv-one"
SERVER = f"{GROUP}/providers/Microsoft.DBforPostgreSQL/flexibleServers/psql-one"
ACCOUNT = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/stone"
PLAN = f"{GROUP}/providers/Microsoft.Web/serverfarms/asp-one"
APP = f"{GROUP}/providers/Microsoft.Web/sites/app-one"
IDENTITY = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-one"
WORKSPACE = f"{GROUP}/providers/Microsoft.OperationalInsights/workspaces/log-one"
REGISTRY = f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/crone1"
ACTIONS = f"{GROUP}/providers/Microsoft.Insights/actionGroups/ag-one"
ZONE = f"{NETWORK}/privateDnsZones/privatelink.vaultcore.azure.net"
SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"
PRINCIPAL = "33333333-3333-4333-8333-333333333333"
DIGEST = "sha256:" + "0123456789abcdef" * 4


def rule(name: str, **changes: Any) -> dict[str, Any]:
    """A security rule, allowed as it is."""
    return {
        "name": name,
        "priority": 100,
        "direction": "Inbound",
        "access": "Allow",
        "protocol": "Tcp",
        "sourceAddressPrefix": "10.20.1.0/24",
        "sourcePortRange": "*",
        "destinationAddressPrefix": "10.20.0.0/24",
        "destinationPortRange": "443",
        **changes,
    }


VALID: dict[str, dict[str, Any]] = {
    "resources:ResourceGroup": {"resourceGroupName": "rg-one", "location": "swedencentral"},
    "network:VirtualNetwork": {
        **IN,
        "virtualNetworkName": "vnet-one",
        "addressSpace": {"addressPrefixes": ["10.20.0.0/16"]},
    },
    "network:NetworkSecurityGroup": {**IN, "networkSecurityGroupName": "nsg-one", "securityRules": [rule("a")]},
    "network:PublicIPAddress": {
        **IN,
        "publicIpAddressName": "pip-one",
        "sku": {"name": "Standard"},
        "publicIPAllocationMethod": "Static",
    },
    "network:NatGateway": {
        **IN,
        "natGatewayName": "ng-one",
        "sku": {"name": "Standard"},
        "publicIpAddresses": [{"id": f"{NETWORK}/publicIPAddresses/pip-one"}],
    },
    "network:Subnet": {
        **CHILD,
        "virtualNetworkName": "vnet-one",
        "subnetName": "endpoints",
        "addressPrefix": "10.20.0.0/24",
        "networkSecurityGroup": {"id": f"{NETWORK}/networkSecurityGroups/nsg-one"},
        "natGateway": {"id": f"{NETWORK}/natGateways/ng-one"},
    },
    "network:SecurityRule": {
        **CHILD,
        "networkSecurityGroupName": "nsg-one",
        "securityRuleName": "b",
        **{key: value for key, value in rule("b", priority=110).items() if key != "name"},
    },
    "privatedns:PrivateZone": {
        **CHILD,
        "privateZoneName": "privatelink.vaultcore.azure.net",
        "location": "global",
    },
    "privatedns:VirtualNetworkLink": {
        **CHILD,
        "privateZoneName": "privatelink.vaultcore.azure.net",
        "virtualNetworkLinkName": "link-one",
        "location": "global",
        "virtualNetwork": {"id": VNET},
        "registrationEnabled": False,
    },
    "operationalinsights:Workspace": {
        **IN,
        "workspaceName": "log-one",
        "sku": {"name": "PerGB2018"},
        "retentionInDays": 90,
    },
    "applicationinsights:Component": {
        **IN,
        "resourceName": "appi-one",
        "kind": "web",
        "applicationType": "web",
        "workspaceResourceId": WORKSPACE,
    },
    "managedidentity:UserAssignedIdentity": {**IN, "resourceName": "id-one"},
    "managedidentity:FederatedIdentityCredential": {
        **CHILD,
        "resourceName": "id-one",
        "federatedIdentityCredentialResourceName": "main",
        "issuer": "https://token.actions.githubusercontent.com",
        "subject": "repo:one/two:ref:refs/heads/main",
        "audiences": ["api://AzureADTokenExchange"],
    },
    "keyvault:Vault": {
        **IN,
        "vaultName": "kv-one",
        "properties": {
            "tenantId": TENANT,
            "sku": {"family": "A", "name": "standard"},
            "enableRbacAuthorization": True,
            "enablePurgeProtection": True,
            "softDeleteRetentionInDays": 90,
        },
    },
    "keyvault:Secret": {**CHILD, "vaultName": "kv-one", "secretName": "one", "properties": {"value": "s3cret"}},
    "keyvault:Key": {
        **CHILD,
        "vaultName": "kv-one",
        "keyName": "one",
        "properties": {
            "kty": "RSA",
            "keySize": 3072,
            "rotationPolicy": {
                "attributes": {"expiryTime": "P365D"},
                "lifetimeActions": [{"action": {"type": "rotate"}, "trigger": {"timeBeforeExpiry": "P30D"}}],
            },
        },
    },
    "network:PrivateEndpoint": {
        **IN,
        "privateEndpointName": "pep-one",
        "subnet": {"id": f"{VNET}/subnets/endpoints"},
        "privateLinkServiceConnections": [{"name": "one", "privateLinkServiceId": VAULT, "groupIds": ["vault"]}],
    },
    "network:PrivateDnsZoneGroup": {
        **CHILD,
        "privateEndpointName": "pep-one",
        "privateDnsZoneGroupName": "default",
        "privateDnsZoneConfigs": [{"name": "vault", "privateDnsZoneId": ZONE}],
    },
    "authorization:RoleAssignment": {
        "scope": VAULT,
        "roleAssignmentName": "44444444-4444-4444-8444-444444444444",
        "roleDefinitionId": (
            f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{SECRETS_USER}"
        ),
        "principalId": PRINCIPAL,
        "principalType": "ServicePrincipal",
    },
    "dbforpostgresql:Server": {
        **IN,
        "serverName": "psql-one",
        "version": "17",
        "createMode": "Default",
        "sku": {"name": "Standard_D2ds_v5", "tier": "GeneralPurpose"},
        "storage": {"storageSizeGB": 64, "autoGrow": "Enabled"},
        "backup": {"backupRetentionDays": 14, "geoRedundantBackup": "Disabled"},
        "highAvailability": {"mode": "ZoneRedundant"},
        "authConfig": {"activeDirectoryAuth": "Enabled", "passwordAuth": "Enabled", "tenantId": TENANT},
        "administratorLogin": "fabrix",
        "administratorLoginPassword": "Aa1!aaaaaaaaaaaa",
        "network": {"publicNetworkAccess": "Disabled"},
    },
    "dbforpostgresql:Database": {**CHILD, "serverName": "psql-one", "databaseName": "miso"},
    "dbforpostgresql:Configuration": {
        **CHILD,
        "serverName": "psql-one",
        "configurationName": "azure.extensions",
        "value": "vector,pgcrypto,uuid-ossp",
        "source": "user-override",
    },
    "dbforpostgresql:AdministratorsMicrosoftEntra": {
        **CHILD,
        "serverName": "psql-one",
        "objectId": PRINCIPAL,
        "principalName": "database administrators",
        "principalType": "Group",
        "tenantId": TENANT,
    },
    "redisenterprise:RedisEnterprise": {
        **IN,
        "clusterName": "amr-one",
        "sku": {"name": "Balanced_B5"},
        "highAvailability": "Enabled",
        "minimumTlsVersion": "1.2",
        "publicNetworkAccess": "Disabled",
    },
    "redisenterprise:Database": {
        **CHILD,
        "clusterName": "amr-one",
        "databaseName": "default",
        "port": 10000,
        "clientProtocol": "Encrypted",
        "clusteringPolicy": "OSSCluster",
        "evictionPolicy": "VolatileLRU",
    },
    "redisenterprise:AccessPolicyAssignment": {
        **CHILD,
        "clusterName": "amr-one",
        "databaseName": "default",
        "accessPolicyAssignmentName": "miso",
        "accessPolicyName": "default",
        "user": {"objectId": PRINCIPAL},
    },
    "storage:StorageAccount": {
        **IN,
        "accountName": "stone",
        "kind": "StorageV2",
        "sku": {"name": "Standard_ZRS"},
        "minimumTlsVersion": "TLS1_2",
        "allowSharedKeyAccess": True,
        "allowBlobPublicAccess": False,
    },
    "storage:BlobServiceProperties": {
        **CHILD,
        "accountName": "stone",
        "isVersioningEnabled": True,
        "changeFeed": {"enabled": True},
        "deleteRetentionPolicy": {"enabled": True, "days": 14},
        "restorePolicy": {"enabled": True, "days": 7},
    },
    "storage:FileServiceProperties": {
        **CHILD,
        "accountName": "stone",
        "shareDeleteRetentionPolicy": {"enabled": True, "days": 14},
    },
    "storage:BlobContainer": {**CHILD, "accountName": "stone", "containerName": "audit", "publicAccess": "None"},
    "storage:BlobContainerImmutabilityPolicy": {
        **CHILD,
        "accountName": "stone",
        "containerName": "audit",
        "immutabilityPeriodSinceCreationInDays": 365,
        "allowProtectedAppendWrites": True,
    },
    "storage:FileShare": {**CHILD, "accountName": "stone", "shareName": "files", "shareQuota": 100},
    "storage:ManagementPolicy": {
        **CHILD,
        "accountName": "stone",
        "policy": {
            "rules": [
                {
                    "name": "old",
                    "type": "Lifecycle",
                    "definition": {"actions": {"baseBlob": {"delete": {"daysAfterModificationGreaterThan": 400}}}},
                }
            ]
        },
    },
    "containerregistry:Registry": {
        **IN,
        "registryName": "crone1",
        "sku": {"name": "Premium"},
        "publicNetworkAccess": "Disabled",
        "zoneRedundancy": "Enabled",
        "policies": {"exportPolicy": {"status": "disabled"}},
    },
    "web:AppServicePlan": {
        **IN,
        "name": "asp-one",
        "kind": "linux",
        "reserved": True,
        "sku": {"name": "P1v3", "tier": "PremiumV3", "capacity": 2},
        "zoneRedundant": True,
    },
    "web:WebApp": {
        **IN,
        "name": "app-one",
        "kind": "app,linux,container",
        "serverFarmId": PLAN,
        "identity": {"type": "UserAssigned", "userAssignedIdentities": [IDENTITY]},
        "keyVaultReferenceIdentity": IDENTITY,
        "siteConfig": {
            "alwaysOn": True,
            "linuxFxVersion": f"DOCKER|crone1.azurecr.io/aifabrix/miso-controller@{DIGEST}",
            "appSettings": [
                {"name": "PORT", "value": "3000"},
                {
                    "name": "DATABASE_URL",
                    "value": "@Microsoft.KeyVault(SecretUri=https://kv-one.vault.azure.net/secrets/one)",
                },
            ],
        },
    },
    "web:WebAppSlot": {
        **IN,
        "name": "app-one",
        "slot": "staging",
        "serverFarmId": PLAN,
        "siteConfig": {"linuxFxVersion": "DOCKER|crone1.azurecr.io/aifabrix/miso-controller:1.2.3"},
    },
    "web:WebAppSlotConfigurationNames": {**CHILD, "name": "app-one", "appSettingNames": ["PORT"]},
    "monitor:AutoscaleSetting": {
        **IN,
        "autoscaleSettingName": "autoscale-one",
        "targetResourceUri": PLAN,
        "profiles": [
            {"name": "load", "capacity": {"minimum": "2", "default": "2", "maximum": "6"}, "rules": []},
        ],
    },
    "monitor:ActionGroup": {
        **CHILD,
        "location": "global",
        "actionGroupName": "ag-one",
        "groupShortName": "fabrix",
        "emailReceivers": [{"name": "ops", "emailAddress": "ops@example.com"}],
    },
    "monitor:MetricAlert": {
        **CHILD,
        "location": "global",
        "ruleName": "alert-cpu",
        "enabled": True,
        "severity": 2,
        "windowSize": "PT15M",
        "evaluationFrequency": "PT5M",
        "scopes": [PLAN],
        "criteria": {"odataType": "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria", "allOf": []},
        "actions": [{"actionGroupId": ACTIONS}],
    },
    "operationalinsights:DataExport": {
        **CHILD,
        "workspaceName": "log-one",
        "dataExportName": "audit",
        "resourceId": ACCOUNT,
        "tableNames": ["AZKVAuditLogs", "PGSQLServerLogs"],
        "enable": True,
    },
    "monitor:DiagnosticSetting": {
        "resourceUri": VAULT,
        "name": "diag-one",
        "workspaceId": WORKSPACE,
        "logs": [{"categoryGroup": "allLogs", "enabled": True}],
        "metrics": [{"category": "AllMetrics", "enabled": True}],
    },
    "consumption:Budget": {
        "scope": GROUP,
        "budgetName": "budget-one",
        "amount": 500,
        "category": "Cost",
        "timeGrain": "Monthly",
        "timePeriod": {"startDate": "2026-11-01T00:00:00Z"},
        "notifications": {
            "half": {"enabled": True, "operator": "GreaterThan", "threshold": 50, "contactEmails": ["ops@example.com"]}
        },
    },
    "app:ManagedEnvironment": {
        **IN,
        "environmentName": "cae-one",
        "workloadProfiles": [{"name": "Consumption", "workloadProfileType": "Consumption"}],
    },
    "app:Job": {
        **IN,
        "jobName": "caj-one",
        "environmentId": f"{GROUP}/providers/Microsoft.App/managedEnvironments/cae-one",
        "configuration": {"triggerType": "Manual", "replicaTimeout": 900, "secrets": [{"name": "one", "value": "1"}]},
        "template": {
            "containers": [
                {
                    "name": "psql",
                    "image": "mcr.microsoft.com/one:1",
                    "env": [{"name": "ONE", "secretRef": "one"}],
                    "resources": {"cpu": 0.25, "memory": "0.5Gi"},
                }
            ]
        },
    },
    "security:Pricing": {
        "scopeId": f"subscriptions/{SUBSCRIPTION}",
        "pricingName": "KeyVaults",
        "pricingTier": "Standard",
    },
    "authorization:ManagementLockByScope": {"scope": VAULT, "lockName": "lock-one", "level": "CanNotDelete"},
}
"""Kind → inputs that Azure accepts once everything above them exists."""


def world(*without: str) -> Memory:
    """A world with everything valid in it, except the kinds ``without`` (locks are in no case's way by default)."""
    found = Memory()
    for kind, inputs in VALID.items():
        if kind not in without and kind != "authorization:ManagementLockByScope":
            found.add(kind, inputs)
    return found

"""The bad twin of the platform: the same kinds of resources, each as wrong as a hurried week makes it.

Everything is of production, holds restricted data, is open to the Internet, and nobody watches it.
"""

from __future__ import annotations

from typing import Any

from tests.policies.cases import Raw, res

OURS = "33333333-3333-3333-3333-333333333333"
"""A subscription that is not the stack's."""
GROUP = f"/subscriptions/{OURS}/resourceGroups/rg-twin"
PROVIDERS = f"{GROUP}/providers"
ROLES = f"/subscriptions/{OURS}/providers/Microsoft.Authorization/roleDefinitions"
TAGS = {"owner": "", "environment": "pro", "data-classification": "restricted"}
CONFIDENTIAL = {"environment": "pro", "data-classification": "confidential"}
HERE = {"resourceGroupName": "rg-twin", "location": "eastus"}
OPEN_RULE = {
    "name": "all", "access": "Allow", "direction": "Inbound", "protocol": "*", "priority": 100,
    "sourceAddressPrefix": "*", "sourcePortRange": "*", "destinationAddressPrefix": "*", "destinationPortRange": "*",
}  # fmt: skip

STORES = [
    res("storage:StorageAccount", "store", {
        **HERE, "accountName": "sttwin", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}, "tags": TAGS,
        "enableHttpsTrafficOnly": False, "minimumTlsVersion": "TLS1_0", "allowBlobPublicAccess": True,
        "publicNetworkAccess": "Enabled", "allowSharedKeyAccess": True, "isLocalUserEnabled": True,
        "isSftpEnabled": True, "allowCrossTenantReplication": True, "encryption": {"keySource": "Microsoft.Storage"},
        "networkRuleSet": {"defaultAction": "Allow", "ipRules": [{"iPAddressOrRange": "0.0.0.0/0"}]},
    }, ignore_changes=("publicNetworkAccess",)),
    res("storage:BlobContainer", "public", {**HERE, "accountName": "sttwin", "publicAccess": "Blob"}),
    res("storage:FileServiceProperties", "files", {**HERE, "accountName": "sttwin", "protocolSettings": {
        "smb": {"versions": "SMB2.1;SMB3.0", "channelEncryption": "AES-128-CCM"}},
        "shareDeleteRetentionPolicy": {"enabled": False}}),
    res("keyvault:Vault", "vault", {**HERE, "vaultName": "kv-twin", "tags": TAGS, "properties": {
        "enablePurgeProtection": False, "enableSoftDelete": False, "softDeleteRetentionInDays": 7,
        "enableRbacAuthorization": False, "accessPolicies": [{"objectId": "everybody"}], "enabledForDeployment": True,
        "publicNetworkAccess": "Enabled", "networkAcls": {"defaultAction": "Allow"}, "sku": {"name": "standard"},
    }}),
    res("keyvault:Key", "key", {**HERE, "vaultName": "kv-twin", "keyName": "cmk", "properties": {
        "kty": "RSA", "keySize": 1024}}),
    res("keyvault:Secret", "secret", {**HERE, "vaultName": "kv-twin", "secretName": "db", "properties": {},
                                      "tags": {"data-classification": "public"}}),
    res("dbforpostgresql:Server", "postgres", {
        **HERE, "serverName": "psql-twin", "version": "11", "sku": {"name": "Standard_B1ms", "tier": "Burstable"},
        "network": {"publicNetworkAccess": "Enabled"}, "tags": TAGS, "storage": {"autoGrow": "Disabled"},
        "authConfig": {"activeDirectoryAuth": "Disabled", "passwordAuth": "Enabled"},
        "backup": {"backupRetentionDays": 7, "geoRedundantBackup": "Disabled"},
        "highAvailability": {"mode": "Disabled"}, "maintenanceWindow": {"customWindow": "Disabled"},
    }),
    res("dbforpostgresql:FirewallRule", "everybody", {
        **HERE, "serverName": "psql-twin",
        "startIpAddress": "0.0.0.0", "endIpAddress": "255.255.255.255"}),  # noqa: S104 - the point of it
    res("dbforpostgresql:AdministratorsMicrosoftEntra", "anna", {
        **HERE, "serverName": "psql-twin", "principalType": "User", "objectId": "anna"}),
    *[
        res("dbforpostgresql:Configuration", f"config-{name}", {
            **HERE, "serverName": "psql-twin", "configurationName": name, "value": value, "source": "user-override"})
        for name, value in (
            ("require_secure_transport", "off"), ("ssl_min_protocol_version", "TLSv1"), ("log_checkpoints", "off"),
            ("log_connections", "off"), ("log_disconnections", "off"), ("connection_throttle.enable", "off"),
            ("pgaudit.log", "none"),
        )
    ],
    res("redis:Redis", "old-cache", {
        **HERE, "name": "redis-twin", "tags": TAGS, "sku": {"name": "Basic", "family": "C", "capacity": 0},
        "enableNonSslPort": True, "minimumTlsVersion": "1.0", "publicNetworkAccess": "Enabled",
        "disableAccessKeyAuthentication": False,
        "redisConfiguration": {"aadEnabled": "false", "preferredDataPersistenceAuthMethod": "SAS",
                               "rdbBackupEnabled": "true", "rdbStorageConnectionString": "x"},
    }),
]  # fmt: skip

APPS = [
    res("web:AppServicePlan", "plan", {**HERE, "name": "asp-twin", "sku": {"name": "F1", "tier": "Free", "capacity": 1},
                                       "zoneRedundant": False}),
    res("web:WebApp", "app", {
        **HERE, "name": "app-twin", "httpsOnly": False, "publicNetworkAccess": "Enabled", "sshEnabled": True,
        "serverFarmId": f"{PROVIDERS}/Microsoft.Web/serverfarms/asp-dev", "clientCertEnabled": False,
        "endToEndEncryptionEnabled": False,
        "siteConfig": {
            "minTlsVersion": "1.0", "scmMinTlsVersion": "1.0", "ftpsState": "AllAllowed",
            "remoteDebuggingEnabled": True, "cors": {"allowedOrigins": ["*"]}, "http20Enabled": False,
            "alwaysOn": False, "linuxFxVersion": "PYTHON|3.7",
            "appSettings": [{"name": "DATABASE_PASSWORD", "value": "hunter2"}],
        },
    }),
    res("web:WebApp", "container", {**HERE, "name": "app-box", "siteConfig": {
        "linuxFxVersion": "DOCKER|docker.io/contoso/app:latest", "acrUseManagedIdentityCreds": False}}),
    res("web:WebAppSiteContainer", "side", {
        "name": "app-box", "containerName": "side", "resourceGroupName": "rg-twin", "isMain": False,
        "image": "crtwin.azurecr.io/side:latest", "authType": "UserAssigned"}),
    res("containerregistry:Registry", "registry", {
        **HERE, "registryName": "crtwin", "sku": {"name": "Basic"}, "adminUserEnabled": True, "tags": TAGS,
        "anonymousPullEnabled": True, "publicNetworkAccess": "Enabled", "networkRuleBypassOptions": "AzureServices",
        "policies": {"exportPolicy": {"status": "enabled"}, "azureADAuthenticationAsArmPolicy": {"status": "disabled"}},
        "zoneRedundancy": "Disabled",
    }),
    res("containerservice:ManagedCluster", "aks", {
        **HERE, "resourceName": "aks-twin", "dnsPrefix": "twin", "kubernetesVersion": "1.27",
        "sku": {"name": "Base", "tier": "Free"}, "networkProfile": {"networkPlugin": "kubenet"},
        "agentPoolProfiles": [{"name": "system", "count": 1, "enableNodePublicIP": True}],
    }),
    res("containerservice:AgentPool", "pool", {
        "resourceGroupName": "rg-twin", "resourceName": "aks-twin", "agentPoolName": "user", "vmSize": "Standard_B2s",
        "enableNodePublicIP": True}),
]  # fmt: skip

EDGE = [
    res("cdn:Profile", "edge", {"resourceGroupName": "rg-twin", "profileName": "afd", "sku": {
        "name": "Standard_AzureFrontDoor"}}),
    res("cdn:AFDEndpoint", "endpoint", {"resourceGroupName": "rg-twin", "profileName": "afd", "endpointName": "web"}),
    res("cdn:AFDCustomDomain", "domain", {
        "resourceGroupName": "rg-twin", "profileName": "afd", "customDomainName": "www", "hostName": "twin.example",
        "tlsSettings": {"certificateType": "ManagedCertificate", "minimumTlsVersion": "TLS10"}}),
    res("cdn:Route", "route", {
        "resourceGroupName": "rg-twin", "profileName": "afd", "endpointName": "web", "httpsRedirect": "Disabled",
        "forwardingProtocol": "HttpOnly"}),
    res("cdn:AFDOriginGroup", "origins", {"resourceGroupName": "rg-twin", "profileName": "afd"}),
    res("cdn:AFDOrigin", "origin", {
        "resourceGroupName": "rg-twin", "profileName": "afd", "originGroupName": "origins",
        "hostName": "app-twin.azurewebsites.net", "enforceCertificateNameCheck": False}),
    res("frontdoor:Policy", "waf", {
        "resourceGroupName": "rg-twin", "policyName": "waf",
        "policySettings": {"enabledState": "Disabled", "mode": "Detection", "requestBodyCheck": "Disabled"},
        "managedRules": {"managedRuleSets": [{
            "ruleSetType": "DefaultRuleSet", "ruleSetVersion": "1.0",
            "exclusions": [{"matchVariable": "RequestCookieNames", "selectorMatchOperator": "EqualsAny",
                            "selector": "*"}],
        }]},
    }),
]  # fmt: skip

NETWORK = [
    res("network:NetworkSecurityGroup", "nsg", {
        **HERE, "networkSecurityGroupName": "nsg", "securityRules": [OPEN_RULE]}),
    res("network:VirtualNetwork", "vnet", {**HERE, "virtualNetworkName": "vnet", "addressSpace": {
        "addressPrefixes": ["10.0.0.0/16"]}}),
    res("network:VirtualNetwork", "vnet-again", {**HERE, "virtualNetworkName": "vnet-2", "addressSpace": {
        "addressPrefixes": ["10.0.0.0/24"]}}),
    res("network:VirtualNetworkPeering", "peering", {
        "resourceGroupName": "rg-twin", "virtualNetworkName": "vnet", "virtualNetworkPeeringName": "unknown",
        "remoteVirtualNetwork": {"id": "/subscriptions/44444444-4444-4444-4444-444444444444/resourceGroups/x/providers/"
                                       "Microsoft.Network/virtualNetworks/theirs"}}),
    res("network:Subnet", "subnet", {
        "resourceGroupName": "rg-twin", "virtualNetworkName": "vnet", "subnetName": "apps",
        "addressPrefix": "10.0.1.0/24"}),
    res("network:Subnet", "endpoints", {
        "resourceGroupName": "rg-twin", "virtualNetworkName": "vnet", "subnetName": "endpoints",
        "addressPrefix": "10.0.2.0/24", "privateEndpointNetworkPolicies": "Disabled"}),
    res("network:PublicIPAddress", "ip", {**HERE, "publicIpAddressName": "pip", "sku": {"name": "Basic"}}),
    res("network:NetworkInterface", "nic", {**HERE, "networkInterfaceName": "nic", "enableIPForwarding": True,
                                            "ipConfigurations": [{"name": "a", "publicIPAddress": {"id": "x"}}]}),
    res("network:PrivateEndpoint", "endpoint-vault", {
        **HERE, "privateEndpointName": "pep", "subnet": {
            "id": f"{PROVIDERS}/Microsoft.Network/virtualNetworks/vnet/subnets/apps"},
        "manualPrivateLinkServiceConnections": [{
            "name": "a", "groupIds": ["vault"],
            "privateLinkServiceId": f"{PROVIDERS}/Microsoft.KeyVault/vaults/kv-twin",
        }],
    }),
    res("network:PrivateEndpoint", "endpoint-store", {
        **HERE, "privateEndpointName": "pep-2", "subnet": {
            "id": f"{PROVIDERS}/Microsoft.Network/virtualNetworks/vnet/subnets/endpoints"},
        "privateLinkServiceConnections": [{
            "name": "a", "groupIds": ["blob"],
            "privateLinkServiceId": f"{PROVIDERS}/Microsoft.Storage/storageAccounts/sttwin",
        }],
    }),
    res("privatedns:PrivateZone", "zone", {"resourceGroupName": "rg-twin", "location": "global",
                                           "privateZoneName": "privatelink.blob.core.windows.net"}),
]  # fmt: skip

WATCH = [
    res("operationalinsights:Workspace", "workspace", {
        **HERE, "workspaceName": "log", "retentionInDays": 30, "publicNetworkAccessForIngestion": "Enabled",
        "publicNetworkAccessForQuery": "Enabled", "features": {"disableLocalAuth": False}}),
    res("applicationinsights:Component", "insights", {
        **HERE, "resourceName": "appi", "kind": "web", "disableLocalAuth": False, "disableIpMasking": True}),
    res("monitor:DiagnosticSetting", "diagnostics", {
        "name": "diag", "resourceUri": f"{PROVIDERS}/Microsoft.KeyVault/vaults/kv-twin",
        "workspaceId": f"{PROVIDERS}/Microsoft.OperationalInsights/workspaces/log",
        "logs": [{"category": "AuditEvent", "enabled": False}]}),
    res("monitor:SubscriptionDiagnosticSetting", "activity", {"name": "activity", "logs": [
        {"category": "Alert", "enabled": True}]}),
    res("security:Pricing", "defender", {"pricingName": "KeyVaults", "pricingTier": "Free", "scopeId": "x"}),
]  # fmt: skip

ACCESS = [
    res("authorization:RoleAssignment", "owner", {
        "scope": f"/subscriptions/{OURS}", "principalType": "User", "principalId": "anna",
        "roleDefinitionId": f"{ROLES}/8e3af657-a8ff-443c-a75c-2fe8c4bcb635"}),
    res("authorization:RoleAssignment", "vault-admin", {
        "scope": GROUP, "principalType": "User", "principalId": "anna",
        "roleDefinitionId": f"{ROLES}/00482a5a-887f-4fb3-b363-3b7fe8e74483"}),
    res("authorization:RoleDefinition", "god", {"scope": GROUP, "permissions": [{"actions": ["*"]}]}),
    res("managedidentity:FederatedIdentityCredential", "ci", {
        "resourceGroupName": "rg-twin", "resourceName": "id", "issuer": "https://issuer.example",
        "subject": "*", "audiences": ["anyone"]}),
    res("azuread:index/applicationPassword:ApplicationPassword", "password", {"applicationId": "/applications/1"}),
    res("authorization:PolicyExemption", "exemption", {
        "scope": GROUP, "exemptionCategory": "Waiver", "policyAssignmentId": "x"}),
]  # fmt: skip

AI = [
    res("cognitiveservices:Account", "openai", {
        **HERE, "accountName": "oai", "kind": "OpenAI", "tags": TAGS,
        "properties": {"publicNetworkAccess": "Enabled", "disableLocalAuth": False}}),
    res("cognitiveservices:Deployment", "chat", {
        "resourceGroupName": "rg-twin", "accountName": "oai", "deploymentName": "chat",
        "sku": {"name": "GlobalStandard"}, "properties": {"model": {"format": "OpenAI", "name": "gpt-35-turbo"}}}),
    res("search:Service", "search", {**HERE, "searchServiceName": "srch", "sku": {"name": "basic"}}),
]  # fmt: skip

ESTATE = [
    res("pulumi:pulumi:Stack", "aifabrix-prod"),
    res("pulumi:pulumi:StackReference", "dev", {"name": "contoso/aifabrix/dev"}),
    res("resources:ResourceGroup", "group", {**HERE, "tags": CONFIDENTIAL}),
    res("azure-native:storage/v20250801preview:StorageAccount", "preview", {
        **HERE, "accountName": "stpreview", "tags": {"data-classification": "public"}}),
]  # fmt: skip

RESOURCES: list[Raw] = [*STORES, *APPS, *EDGE, *NETWORK, *WATCH, *ACCESS, *AI, *ESTATE]
"""The whole stack."""
OPERATIONS: dict[str, Any] = {"postgres": "replace"}
"""What its plan does, by logical name."""
WAIVER_PROBLEMS = ("policies/waivers.yaml:1: the waiver of ST-01 expired; renew it, or fix what it waives",)

"""Facts that the governance rules use: regions and their pairs, types with tags, stateful types, sizes, plans.

Sources: Microsoft Learn, "Azure regions list" and "Cross-region replication"; the azure-native schema, version 3.29.0;
Microsoft Learn, "Microsoft Defender for Cloud plans". Review every quarter.
"""

from __future__ import annotations

from collections.abc import Mapping

PAIRS: Mapping[str, str] = {
    "westeurope": "northeurope", "northeurope": "westeurope", "germanywestcentral": "germanynorth",
    "francecentral": "francesouth", "swedencentral": "swedensouth", "norwayeast": "norwaywest",
    "switzerlandnorth": "switzerlandwest", "uksouth": "ukwest", "ukwest": "uksouth", "eastus": "westus",
    "westus": "eastus", "eastus2": "centralus", "centralus": "eastus2", "northcentralus": "southcentralus",
    "southcentralus": "northcentralus", "westus2": "westcentralus", "westcentralus": "westus2", "westus3": "eastus",
    "brazilsouth": "southcentralus", "canadacentral": "canadaeast", "canadaeast": "canadacentral",
    "eastasia": "southeastasia", "southeastasia": "eastasia", "japaneast": "japanwest", "japanwest": "japaneast",
    "koreacentral": "koreasouth", "australiaeast": "australiasoutheast", "australiasoutheast": "australiaeast",
    "centralindia": "southindia", "southindia": "centralindia", "southafricanorth": "southafricawest",
    "uaenorth": "uaecentral", "australiacentral": "australiacentral2", "koreasouth": "koreacentral",
    "switzerlandwest": "switzerlandnorth", "westindia": "southindia",
}  # fmt: skip
"""Region -> region of the second copy of geo-redundant data. A region that is not listed has no pair."""

RESERVED: Mapping[str, str] = {
    "germanynorth": "germanywestcentral", "francesouth": "francecentral", "swedensouth": "swedencentral",
    "norwaywest": "norwayeast", "switzerlandwest": "switzerlandnorth", "australiacentral2": "australiacentral",
}  # fmt: skip
"""Region reserved for recovery within a country -> the region that it belongs to."""

TAGGED = frozenset({
    "apimanagement:ApiManagementService", "app:ContainerApp", "app:ManagedEnvironment", "applicationinsights:Component",
    "automation:AutomationAccount", "cdn:AFDEndpoint", "cdn:Profile", "cognitiveservices:Account",
    "cognitiveservices:Deployment", "compute:Disk", "compute:DiskEncryptionSet", "compute:VirtualMachine",
    "compute:VirtualMachineScaleSet", "containerinstance:ContainerGroup", "containerregistry:Registry",
    "containerregistry:Replication", "containerservice:AgentPool", "containerservice:ManagedCluster",
    "dashboard:Grafana", "dataprotection:BackupVault", "dbforpostgresql:Server", "dns:Zone", "eventhub:Namespace",
    "frontdoor:Policy", "keyvault:Key", "keyvault:ManagedHsm", "keyvault:Secret", "keyvault:Vault",
    "machinelearningservices:Workspace", "managedidentity:UserAssignedIdentity", "monitor:ActionGroup",
    "monitor:ActivityLogAlert", "monitor:AutoscaleSetting", "monitor:AzureMonitorWorkspace",
    "monitor:DataCollectionEndpoint", "monitor:DataCollectionRule", "monitor:MetricAlert", "monitor:PrivateLinkScope",
    "monitor:ScheduledQueryRule", "network:ApplicationGateway", "network:ApplicationSecurityGroup",
    "network:AzureFirewall", "network:BastionHost", "network:DdosProtectionPlan", "network:FirewallPolicy",
    "network:FlowLog", "network:LoadBalancer", "network:NatGateway", "network:NetworkInterface",
    "network:NetworkSecurityGroup", "network:NetworkWatcher", "network:PrivateEndpoint", "network:PublicIPAddress",
    "network:PublicIPPrefix", "network:RouteTable", "network:VirtualNetwork", "operationalinsights:Workspace",
    "privatedns:PrivateZone", "privatedns:VirtualNetworkLink", "recoveryservices:Vault", "redis:Redis",
    "redisenterprise:RedisEnterprise", "resources:ResourceGroup", "search:Service", "servicebus:Namespace",
    "signalrservice:SignalR", "sql:Server", "storage:StorageAccount", "web:AppServicePlan", "web:Certificate",
    "web:StaticSite", "web:WebApp", "web:WebAppSlot",
})  # fmt: skip
"""Types that can have tags. A type that is not listed is judged where it has some."""

STATEFUL = (
    "storage:StorageAccount", "storage:BlobContainer", "storage:FileShare", "keyvault:Vault", "keyvault:Key",
    "dbforpostgresql:Server", "dbforpostgresql:Database", "redis:Redis", "redisenterprise:RedisEnterprise",
    "redisenterprise:Database", "containerregistry:Registry", "operationalinsights:Workspace", "search:Service",
    "cognitiveservices:Account", "containerservice:ManagedCluster",
)  # fmt: skip
"""Types whose deletion loses something that no deployment restores."""

_SMALL = ("B*", "S*", "P[01]v[34]", "P2v[34]", "P1mv[34]")
SIZES: Mapping[str, tuple[str, Mapping[str, tuple[str, ...]]]] = {
    "web:AppServicePlan": ("sku.name", {"dev": _SMALL, "test": _SMALL, "prod": ("S*", "P*v[34]", "I*v2")}),
    "dbforpostgresql:Server": ("sku.name", {
        "dev": ("Standard_B*", "Standard_D[24][a-z]*"), "test": ("Standard_B*", "Standard_D[24][a-z]*"),
        "prod": ("Standard_D*", "Standard_E*"),
    }),
    "redis:Redis": ("sku.name", {"dev": ("Basic", "Standard"), "test": ("Standard", "Premium"), "prod": ("Premium",)}),
    "redisenterprise:RedisEnterprise": ("sku.name", {
        "dev": ("Balanced_B0", "Balanced_B1", "Balanced_B3"), "test": ("Balanced_B?", "Balanced_B10"),
        "prod": ("Balanced_B*", "MemoryOptimized_*", "ComputeOptimized_*"),
    }),
    "containerregistry:Registry": ("sku.name", {"dev": ("*",), "test": ("Premium",), "prod": ("Premium",)}),
    "storage:StorageAccount": ("sku.name", {"dev": ("Standard_*",), "test": ("Standard_*",), "prod": (
        "Standard_ZRS", "Standard_GRS", "Standard_GZRS", "Standard_RAGRS", "Standard_RAGZRS", "Premium_ZRS",
    )}),
    "containerservice:AgentPool": ("vmSize", {
        "dev": ("Standard_B*", "Standard_D[24][a-z]*"), "test": ("Standard_D[248][a-z]*",), "prod": ("Standard_[DE]*",),
    }),
    "search:Service": ("sku.name", {
        "dev": ("free", "basic", "standard"), "test": ("basic", "standard"), "prod": ("standard", "standard[23]"),
    }),
}  # fmt: skip
"""Type -> property of its size, and patterns of sizes by profile: none too expensive for dev or too small for prod."""

PLANS: Mapping[str, str] = {
    "storage:StorageAccount": "StorageAccounts",
    "keyvault:Vault": "KeyVaults",
    "dbforpostgresql:Server": "OpenSourceRelationalDatabases",
    "web:AppServicePlan": "AppServices",
    "containerregistry:Registry": "Containers",
    "containerservice:ManagedCluster": "Containers",
    "cognitiveservices:Account": "AI",
}
"""Type in use -> name of the Defender plan that covers it."""

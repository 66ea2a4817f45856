"""Log categories that Azure Monitor can collect, by ARM type.

Sources: Microsoft Learn, "Supported log categories" (one page a type) and the category groups page. Types that
emit metrics only have an empty tuple. The group ``allLogs`` exists where there is any category.
"""

from __future__ import annotations

LOGS: dict[str, tuple[str, ...]] = {
    "Microsoft.KeyVault/vaults": ("AuditEvent", "AzurePolicyEvaluationDetails"),
    "Microsoft.DBforPostgreSQL/flexibleServers": (
        "PostgreSQLLogs",
        "PostgreSQLFlexSessions",
        "PostgreSQLFlexQueryStoreRuntime",
        "PostgreSQLFlexQueryStoreWaitStats",
        "PostgreSQLQueryStoreSqlText",
        "PostgreSQLFlexTableStats",
        "PostgreSQLFlexDatabaseXacts",
        "PostgreSQLFlexPGBouncer",
    ),
    "Microsoft.Cache/redisEnterprise": (),
    "Microsoft.Cache/redisEnterprise/databases": ("ConnectionEvents",),
    "Microsoft.Storage/storageAccounts": (),
    "Microsoft.Storage/storageAccounts/blobServices": ("StorageRead", "StorageWrite", "StorageDelete"),
    "Microsoft.Storage/storageAccounts/fileServices": ("StorageRead", "StorageWrite", "StorageDelete"),
    "Microsoft.Storage/storageAccounts/queueServices": ("StorageRead", "StorageWrite", "StorageDelete"),
    "Microsoft.Storage/storageAccounts/tableServices": ("StorageRead", "StorageWrite", "StorageDelete"),
    "Microsoft.ContainerRegistry/registries": ("ContainerRegistryRepositoryEvents", "ContainerRegistryLoginEvents"),
    "Microsoft.Web/serverfarms": (),
    "Microsoft.Web/sites": (
        "AppServiceHTTPLogs",
        "AppServiceConsoleLogs",
        "AppServiceAppLogs",
        "AppServiceAuditLogs",
        "AppServiceIPSecAuditLogs",
        "AppServicePlatformLogs",
        "AppServiceAntivirusScanAuditLogs",
        "AppServiceFileAuditLogs",
        "AppServiceAuthenticationLogs",
        "FunctionAppLogs",
        "WorkflowRuntime",
    ),
    "Microsoft.Web/sites/slots": (
        "AppServiceHTTPLogs",
        "AppServiceConsoleLogs",
        "AppServiceAppLogs",
        "AppServiceAuditLogs",
        "AppServiceIPSecAuditLogs",
        "AppServicePlatformLogs",
        "AppServiceAntivirusScanAuditLogs",
        "AppServiceFileAuditLogs",
        "AppServiceAuthenticationLogs",
        "FunctionAppLogs",
    ),
    "Microsoft.Network/networkSecurityGroups": ("NetworkSecurityGroupEvent", "NetworkSecurityGroupRuleCounter"),
    "Microsoft.Network/publicIPAddresses": (
        "DDoSProtectionNotifications",
        "DDoSMitigationFlowLogs",
        "DDoSMitigationReports",
    ),
    "Microsoft.Network/publicIPPrefixes": (),
    "Microsoft.Network/virtualNetworks": ("VMProtectionAlerts",),
    "Microsoft.Network/natGateways": ("NatGatewayFlowlogsV1",),
    "Microsoft.Network/privateEndpoints": (),
    "Microsoft.Network/bastionHosts": ("BastionAuditLogs",),
    "Microsoft.Network/azureFirewalls": (
        "AzureFirewallApplicationRule",
        "AzureFirewallNetworkRule",
        "AzureFirewallDnsProxy",
        "AZFWApplicationRule",
        "AZFWApplicationRuleAggregation",
        "AZFWDnsQuery",
        "AZFWFatFlow",
        "AZFWFlowTrace",
        "AZFWFqdnResolveFailure",
        "AZFWIdpsSignature",
        "AZFWNatRule",
        "AZFWNatRuleAggregation",
        "AZFWNetworkRule",
        "AZFWNetworkRuleAggregation",
        "AZFWThreatIntel",
    ),
    "Microsoft.OperationalInsights/workspaces": ("Audit", "SummaryLogs", "Jobs"),
    "Microsoft.Insights/components": (
        "AppAvailabilityResults",
        "AppBrowserTimings",
        "AppEvents",
        "AppMetrics",
        "AppDependencies",
        "AppExceptions",
        "AppPageViews",
        "AppPerformanceCounters",
        "AppRequests",
        "AppSystemEvents",
        "AppTraces",
    ),
    "Microsoft.Insights/autoscaleSettings": ("AutoscaleEvaluations", "AutoscaleScaleActions"),
    "Microsoft.App/managedEnvironments": (
        "ContainerAppConsoleLogs",
        "ContainerAppSystemLogs",
    ),
    "Microsoft.EventHub/namespaces": (
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
    "Microsoft.DataProtection/backupVaults": (
        "CoreAzureBackup",
        "AddonAzureBackupJobs",
        "AddonAzureBackupPolicy",
        "AddonAzureBackupProtectedInstance",
        "AzureBackupOperations",
    ),
}

WITHOUT_METRICS = frozenset(
    ("Microsoft.Network/networkSecurityGroups", "Microsoft.Insights/components/favorites", "Microsoft.App/jobs")
)
"""Types that refuse a metrics entry."""

WITHOUT_SETTINGS = frozenset(
    (
        "Microsoft.Resources/resourceGroups",
        "Microsoft.ManagedIdentity/userAssignedIdentities",
        "Microsoft.Network/privateDnsZones",
        "Microsoft.Network/routeTables",
        "Microsoft.Authorization/locks",
        "Microsoft.Authorization/roleAssignments",
        "Microsoft.Insights/actionGroups",
        "Microsoft.Insights/metricAlerts",
    )
)
"""Types that take no diagnostic setting at all."""

SUBSCRIPTION = (
    "Administrative",
    "Security",
    "ServiceHealth",
    "Alert",
    "Recommendation",
    "Policy",
    "Autoscale",
    "ResourceHealth",
)
"""Categories of the activity log, for a setting on a subscription."""

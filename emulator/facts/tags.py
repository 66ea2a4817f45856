"""Service tags that network security rules may use instead of addresses.

Source: Microsoft Learn, "Virtual network service tags". Most may carry a region: ``Storage.WestEurope``.
"""

from __future__ import annotations

from emulator.facts.regions import REGIONS

_NAMES = (
    "ActionGroup ApiManagement AppConfiguration AppService AppServiceManagement ApplicationInsightsAvailability"
    " AutonomousDevelopmentPlatform AzureActiveDirectory AzureActiveDirectoryDomainServices"
    " AzureAdvancedThreatProtection AzureArcInfrastructure AzureAttestation AzureBackup AzureBotService AzureCloud"
    " AzureCognitiveSearch AzureConnectors AzureContainerAppsService AzureContainerRegistry AzureCosmosDB"
    " AzureDataExplorerManagement AzureDatabricks AzureDevOps AzureDeviceUpdate AzureDigitalTwins AzureEventGrid"
    " AzureFrontDoor.Backend AzureFrontDoor.FirstParty AzureFrontDoor.Frontend AzureFrontDoor.MicrosoftSecurity"
    " AzureHealthcareAPIs AzureInformationProtection AzureIoTHub AzureKeyVault AzureLoadBalancer"
    " AzureLoadTestingInstanceManagement AzureMachineLearning AzureMachineLearningInference AzureManagedGrafana"
    " AzureMonitor AzureOpenDatasets AzurePlatformDNS AzurePlatformIMDS AzurePlatformLKM AzureResourceManager"
    " AzureSecurityCenter AzureSentinel AzureSignalR AzureSiteRecovery AzureSphere AzureSpringCloud AzureStack"
    " AzureTrafficManager AzureUpdateDelivery AzureWebPubSub BatchNodeManagement ChaosStudio"
    " CognitiveServicesFrontend CognitiveServicesManagement ContainerAppsManagement DataFactory"
    " DataFactoryManagement Dynamics365BusinessCentral Dynamics365ForMarketingEmail EOPExternalPublishedIPs EventHub"
    " GatewayManager GuestAndHybridManagement HDInsight Internet KustoAnalytics LogicApps LogicAppsManagement"
    " M365ManagementActivityApi M365ManagementActivityApiWebhook Marketplace MicrosoftAzureFluidRelay"
    " MicrosoftCloudAppSecurity MicrosoftContainerRegistry MicrosoftDefenderForEndpoint"
    " MicrosoftPurviewPolicyDistribution OneDsCollector PowerBI PowerPlatformInfra PowerPlatformPlex"
    " PowerQueryOnline PrivateLink Scuba SerialConsole ServiceBus ServiceFabric Sql SqlManagement Storage"
    " StorageMover StorageSyncService TrafficManager VideoIndexer VirtualNetwork WindowsAdminCenter"
    " WindowsVirtualDesktop"
)
TAGS = frozenset(_NAMES.lower().split())
"""In lower case, since Azure ignores case."""
PLACES = REGIONS | frozenset(
    ["centralfrance", "southfrance", "germanywc", "germanyn", "norwaye", "norwayw", "switzerlandn", "switzerlandw"]
)
"""Regions that a tag may carry, with the spellings that ``AzureCloud`` has for some."""

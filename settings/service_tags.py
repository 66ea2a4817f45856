"""Service tags that rules of the network may name instead of addresses.

Source: Microsoft Learn, "Virtual network service tags" (January 2023, with the tags added until autumn 2026). Azure
publishes new tags now and then; ``az network list-service-tags`` says what a region has.
"""

from __future__ import annotations

from settings.problems import nearest
from settings.regions import REGIONS

_REGIONAL = (
    "ApiManagement AppService AutonomousDevelopmentPlatform AzureCloud AzureConnectors AzureContainerAppsService"
    " AzureContainerRegistry AzureCosmosDB AzureDevOps AzureFrontDoor.Backend AzureFrontDoor.FirstParty"
    " AzureFrontDoor.Frontend AzureIoTHub AzureKeyVault AzureWebPubSub BatchNodeManagement DataFactory"
    " Dynamics365ForMarketingEmail EventHub HDInsight M365ManagementActivityApi M365ManagementActivityApiWebhook"
    " MicrosoftContainerRegistry PowerPlatformInfra PowerPlatformPlex ServiceBus Sql Storage"
)
_GLOBAL = (
    "ActionGroup AppConfiguration AppServiceManagement ApplicationInsightsAvailability AzureActiveDirectory"
    " AzureActiveDirectoryDomainServices AzureAdvancedThreatProtection AzureArcInfrastructure AzureAttestation"
    " AzureBackup AzureBotService AzureCognitiveSearch AzureDataExplorerManagement AzureDatabricks AzureDeviceUpdate"
    " AzureDigitalTwins AzureEventGrid AzureHealthcareAPIs AzureInformationProtection AzureLoadBalancer"
    " AzureLoadTestingInstanceManagement AzureMachineLearning AzureMachineLearningInference AzureManagedGrafana"
    " AzureMonitor AzureOpenDatasets AzurePlatformDNS AzurePlatformIMDS AzurePlatformLKM AzureResourceManager"
    " AzureSecurityCenter AzureSentinel AzureSignalR AzureSiteRecovery AzureSphere AzureSpringCloud AzureStack"
    " AzureTrafficManager AzureUpdateDelivery ChaosStudio CognitiveServicesFrontend CognitiveServicesManagement"
    " ContainerAppsManagement DataFactoryManagement Dynamics365BusinessCentral EOPExternalPublishedIPs GatewayManager"
    " GuestAndHybridManagement KustoAnalytics LogicApps LogicAppsManagement Marketplace MicrosoftAzureFluidRelay"
    " MicrosoftCloudAppSecurity MicrosoftDefenderForEndpoint MicrosoftPurviewPolicyDistribution OneDsCollector PowerBI"
    " PowerQueryOnline PrivateLink Scuba SerialConsole ServiceFabric SqlManagement StorageMover StorageSyncService"
    " TrafficManager VideoIndexer VirtualNetwork WindowsAdminCenter WindowsVirtualDesktop"
)
REGIONAL = tuple(_REGIONAL.split())
"""Tags that may carry a region: ``Storage.WestEurope``."""
TAGS = (*REGIONAL, *_GLOBAL.split())
_ODD_REGIONS = "centralfrance southfrance germanywc germanyn norwaye norwayw switzerlandn switzerlandw"
"""Regions as ``AzureCloud`` spells some of them."""
_LOWER = frozenset(tag.lower() for tag in TAGS)
_LOWER_REGIONAL = frozenset(tag.lower() for tag in REGIONAL)
_REGION_NAMES = frozenset(REGIONS) | frozenset(_ODD_REGIONS.split())


def known(tag: str) -> bool:
    """Return whether Azure has the tag, whatever its case, with or without a region."""
    lower = tag.lower()
    name, _, region = lower.rpartition(".")
    return lower in _LOWER or (name in _LOWER_REGIONAL and region in _REGION_NAMES)


def suggestion(tag: str) -> str:
    """Return the tag most like one that Azure does not have; ``Storage`` where nothing is near."""
    name, dot, region = tag.rpartition(".")
    if dot and name.lower() in _LOWER_REGIONAL:
        near = nearest(region, sorted(_REGION_NAMES))
        return f"{nearest(name, TAGS)}.{near}" if near else name
    return nearest(name if dot and name.lower() in _LOWER else tag, TAGS) or "Storage"

"""Service tags that rules of the network may name instead of addresses.

Source: Microsoft Learn, "Virtual network service tags" (January 2023, with the tags added until autumn 2026). Azure
publishes new tags now and then; ``az network list-service-tags`` says what a region has.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

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
WIDE: Mapping[str, str] = MappingProxyType(
    {
        "Internet": "every public address",
        "VirtualNetwork": "every peered network, and all that their gateways lead to",
        "AzureCloud": "every machine in Azure's data centres, whoever rents it",
    }
)
"""Tags that no row may let out to, with a region or without → what they stand for."""
_NARROW = tuple(tag for tag in TAGS if tag not in WIDE)
_WORDS = (
    "Africa Asia Australia Austria Belgium Brazil Canada Central Chile East Europe France Germany India Indonesia"
    " Israel Italy Japan Korea Malaysia Mexico NewZealand North Norway Poland Qatar South Southeast Spain Sweden"
    " Switzerland UAE UK US West"
)
_SPELLED_WORDS: dict[str, str] = {word.lower(): word for word in sorted(_WORDS.split(), key=len, reverse=True)}
_WORD = re.compile("|".join(_SPELLED_WORDS))
_ODD_REGIONS = "centralfrance southfrance germanywc germanyn norwaye norwayw switzerlandn switzerlandw"
"""Regions as ``AzureCloud`` spells some of them."""
_SPELLED: dict[str, str] = {tag.lower(): tag for tag in (*TAGS, *WIDE)}
_SPELLED_REGIONAL: dict[str, str] = {tag.lower(): tag for tag in REGIONAL}
_SPELLED_REGIONS: dict[str, str] = {name: name for name in _ODD_REGIONS.split()} | {
    name: _WORD.sub(lambda word: _SPELLED_WORDS[word[0]], name) for name in REGIONS
}


def spelled(tag: str) -> str | None:
    """Return a tag, with or without a region, as Azure spells it; None for one that Azure does not have.

    Azure takes any case, but gives back its own; what compares a rule with the stack file takes only one.
    """
    if found := _SPELLED.get(tag.lower()):
        return found
    name, _, region = tag.lower().rpartition(".")
    if name in _SPELLED_REGIONAL and region in _SPELLED_REGIONS:
        return f"{_SPELLED_REGIONAL[name]}.{_SPELLED_REGIONS[region]}"
    return None


def width(tag: str) -> str:
    """Return what a tag of :data:`WIDE` stands for, spelled as Azure does; empty for any other one."""
    return WIDE.get(tag) or WIDE.get(tag.rpartition(".")[0], "")


def suggestion(tag: str) -> str:
    """Return the tag most like one that Azure does not have; ``Storage`` where nothing is near."""
    name, dot, region = tag.rpartition(".")
    if dot and (regional := _SPELLED_REGIONAL.get(name.lower())) in _NARROW:
        near = nearest(region, tuple(_SPELLED_REGIONS.values()))
        return f"{regional}.{near}" if near else str(regional)
    return nearest(name if dot and name.lower() in _SPELLED else tag, _NARROW) or "Storage"

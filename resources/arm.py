"""ARM ids: parsing, comparing, and composing them from names before Azure has assigned them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from resources.values import ABSENT, get

_GROUP = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}"
_STORAGE = f"{_GROUP}/providers/Microsoft.Storage/storageAccounts/{{accountName}}"
_VAULT = f"{_GROUP}/providers/Microsoft.KeyVault/vaults/{{vaultName}}"
_POSTGRES = f"{_GROUP}/providers/Microsoft.DBforPostgreSQL/flexibleServers/{{serverName}}"
_REDIS = f"{_GROUP}/providers/Microsoft.Cache/redisEnterprise/{{clusterName}}"
_NETWORK = f"{_GROUP}/providers/Microsoft.Network"
_VNET = f"{_NETWORK}/virtualNetworks/{{virtualNetworkName}}"
_CDN = f"{_GROUP}/providers/Microsoft.Cdn/profiles/{{profileName}}"
_SITE = f"{_GROUP}/providers/Microsoft.Web/sites/{{name}}"
_INSIGHTS = f"{_GROUP}/providers/Microsoft.Insights"

PATHS: Mapping[str, str] = {
    "resources:ResourceGroup": _GROUP,
    "storage:StorageAccount": _STORAGE,
    "storage:BlobServiceProperties": f"{_STORAGE}/blobServices/{{blobServicesName}}",
    "storage:FileServiceProperties": f"{_STORAGE}/fileServices/{{FileServicesName}}",
    "storage:BlobContainer": f"{_STORAGE}/blobServices/default/containers/{{containerName}}",
    "storage:FileShare": f"{_STORAGE}/fileServices/default/shares/{{shareName}}",
    "keyvault:Vault": _VAULT,
    "keyvault:Secret": f"{_VAULT}/secrets/{{secretName}}",
    "keyvault:Key": f"{_VAULT}/keys/{{keyName}}",
    "dbforpostgresql:Server": _POSTGRES,
    "dbforpostgresql:Database": f"{_POSTGRES}/databases/{{databaseName}}",
    "dbforpostgresql:Configuration": f"{_POSTGRES}/configurations/{{configurationName}}",
    "redis:Redis": f"{_GROUP}/providers/Microsoft.Cache/redis/{{name}}",
    "redisenterprise:RedisEnterprise": _REDIS,
    "redisenterprise:Database": f"{_REDIS}/databases/{{databaseName}}",
    "web:AppServicePlan": f"{_GROUP}/providers/Microsoft.Web/serverfarms/{{name}}",
    "web:WebApp": _SITE,
    "web:WebAppSlot": f"{_SITE}/slots/{{slot}}",
    "containerservice:ManagedCluster": (
        f"{_GROUP}/providers/Microsoft.ContainerService/managedClusters/{{resourceName}}"
    ),
    "app:ManagedEnvironment": f"{_GROUP}/providers/Microsoft.App/managedEnvironments/{{environmentName}}",
    "containerregistry:Registry": f"{_GROUP}/providers/Microsoft.ContainerRegistry/registries/{{registryName}}",
    "cdn:Profile": _CDN,
    "cdn:AFDEndpoint": f"{_CDN}/afdEndpoints/{{endpointName}}",
    "cdn:AFDCustomDomain": f"{_CDN}/customDomains/{{customDomainName}}",
    "cdn:AFDOriginGroup": f"{_CDN}/originGroups/{{originGroupName}}",
    "cdn:AFDOrigin": f"{_CDN}/originGroups/{{originGroupName}}/origins/{{originName}}",
    "frontdoor:Policy": f"{_NETWORK}/FrontDoorWebApplicationFirewallPolicies/{{policyName}}",
    "network:VirtualNetwork": _VNET,
    "network:Subnet": f"{_VNET}/subnets/{{subnetName}}",
    "network:VirtualNetworkPeering": f"{_VNET}/virtualNetworkPeerings/{{virtualNetworkPeeringName}}",
    "network:NetworkSecurityGroup": f"{_NETWORK}/networkSecurityGroups/{{networkSecurityGroupName}}",
    "network:RouteTable": f"{_NETWORK}/routeTables/{{routeTableName}}",
    "network:NatGateway": f"{_NETWORK}/natGateways/{{natGatewayName}}",
    "network:PublicIPAddress": f"{_NETWORK}/publicIPAddresses/{{publicIpAddressName}}",
    "network:AzureFirewall": f"{_NETWORK}/azureFirewalls/{{azureFirewallName}}",
    "network:PrivateEndpoint": f"{_NETWORK}/privateEndpoints/{{privateEndpointName}}",
    "network:DdosProtectionPlan": f"{_NETWORK}/ddosProtectionPlans/{{ddosProtectionPlanName}}",
    "privatedns:PrivateZone": f"{_NETWORK}/privateDnsZones/{{privateZoneName}}",
    "operationalinsights:Workspace": f"{_GROUP}/providers/Microsoft.OperationalInsights/workspaces/{{workspaceName}}",
    "applicationinsights:Component": f"{_INSIGHTS}/components/{{resourceName}}",
    "monitor:ActionGroup": f"{_INSIGHTS}/actionGroups/{{actionGroupName}}",
    "monitor:PrivateLinkScope": f"{_INSIGHTS}/privateLinkScopes/{{scopeName}}",
    "managedidentity:UserAssignedIdentity": (
        f"{_GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{{resourceName}}"
    ),
    "cognitiveservices:Account": f"{_GROUP}/providers/Microsoft.CognitiveServices/accounts/{{accountName}}",
    "search:Service": f"{_GROUP}/providers/Microsoft.Search/searchServices/{{searchServiceName}}",
}
"""Type -> ARM id with the names of the inputs that it is composed from.

The types are those that something else refers to by id: private endpoints, diagnostic settings, locks, role
assignments, subnets, alerts. Source of the paths: the azure-native schema, "API version" pages of each resource.
"""

_FIXED = {"blobServicesName": "default", "FileServicesName": "default"}
NO_SUBSCRIPTION = "-"
"""Placeholder in a composed id for a subscription that is not known."""
ARM_ID = re.compile(
    r"/subscriptions/(?P<subscription>[0-9a-f-]{36})(?:/resourceGroups/(?P<group>[^/\s]+))?", re.IGNORECASE
)
"""Where an id begins inside a longer text."""


def compose(type_: str, props: Mapping[str, Any], subscription: str | None = None) -> str | None:
    """Compose the id that Azure will assign; None where a name in it is unknown or the type is not in ``PATHS``."""
    template = PATHS.get(type_)
    if template is None:
        return None
    parts = template.split("/")
    for index, part in enumerate(parts):
        if not part.startswith("{"):
            continue
        field = part.strip("{}")
        if field == "subscriptionId":
            parts[index] = subscription or NO_SUBSCRIPTION
            continue
        value = get(props, field, _FIXED.get(field, ABSENT))
        if not isinstance(value, str) or not value:
            return None
        parts[index] = value
    return "/".join(parts)


def key(arm_id: str) -> str:
    """Return the form in which ids are compared: lower case, without a trailing slash."""
    return arm_id.rstrip("/").lower()


def same(one: str | None, other: str | None) -> bool:
    """Return whether two ids name the same thing; Azure keeps the case they were typed in and compares without it."""
    return one is not None and other is not None and key(one) == key(other)


def within(arm_id: str, scope: str) -> bool:
    """Return whether ``arm_id`` is ``scope`` or lies below it; ``/`` and management groups cover everything."""
    scope = key(scope)
    if not scope or scope.startswith("/providers/microsoft.management/managementgroups"):
        return True
    return f"{key(arm_id)}/".startswith(f"{scope}/")


def local(arm_id: str) -> str:
    """Return the comparable form without the subscription, for ids composed where that is not known."""
    parts = key(arm_id).split("/")
    return (
        "/".join(["", "subscriptions", NO_SUBSCRIPTION, *parts[3:]]) if parts[1:2] == ["subscriptions"] else key(arm_id)
    )


def is_id(value: object) -> bool:
    """Return whether a value is an ARM id."""
    return isinstance(value, str) and value.lower().startswith(("/subscriptions/", "/providers/"))


def kind(arm_id: str) -> str:
    """Return the type of what an id names, in lower case: ``microsoft.keyvault/vaults/secrets``."""
    _, found, tail = arm_id.lower().rpartition("/providers/")
    namespace, *rest = tail.split("/")
    return "/".join([namespace, *rest[::2]]) if found else ""


def name(arm_id: str) -> str:
    """Return the last part of an id."""
    return arm_id.rstrip("/").rsplit("/", 1)[-1]


def parent(arm_id: str) -> str:
    """Return the id of the parent: of a secret the vault, of a vault its group, of a group the subscription."""
    head, _, tail = arm_id.rstrip("/").rpartition("/providers/")
    parts = tail.split("/") if head else []
    if len(parts) > 3:  # noqa: PLR2004 - namespace, type, name, then the child's type and name
        return f"{head}/providers/{'/'.join(parts[:-2])}"
    return head or arm_id.rstrip("/").rsplit("/", 2)[0]


def subscription(arm_id: str) -> str | None:
    """Return the subscription of an id, if it has one."""
    parts = arm_id.split("/")
    return parts[2] if len(parts) > 2 and parts[1].lower() == "subscriptions" else None  # noqa: PLR2004


def group(arm_id: str) -> str | None:
    """Return the name of the resource group of an id, if it has one."""
    parts = arm_id.split("/")
    return parts[4] if len(parts) > 4 and parts[3].lower() == "resourcegroups" else None  # noqa: PLR2004

"""ARM ids: composed from names before Azure has given them, taken apart, compared.

Paths: Azure resource provider reference, "Microsoft.*/* template reference"; input names as in pulumi-azure-native.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from topology.model import Resource, strings, text

NO_SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
"""Stands for the subscription where no resource tells it."""

_NETWORK, _STORAGE, _WEB = "Microsoft.Network", "Microsoft.Storage/storageAccounts/{accountName}", "Microsoft.Web"
_POSTGRES = "Microsoft.DBforPostgreSQL/flexibleServers/{serverName}"
_REDIS = "Microsoft.Cache/redisEnterprise/{clusterName}"
_FRONT_DOOR = "Microsoft.Cdn/profiles/{profileName}"

PATHS: Mapping[str, str] = MappingProxyType(
    {
        "network:VirtualNetwork": f"{_NETWORK}/virtualNetworks/{{virtualNetworkName}}",
        "network:Subnet": f"{_NETWORK}/virtualNetworks/{{virtualNetworkName}}/subnets/{{subnetName}}",
        "network:VirtualNetworkPeering": f"{_NETWORK}/virtualNetworks/{{virtualNetworkName}}/virtualNetworkPeerings"
        "/{virtualNetworkPeeringName}",
        "network:NetworkSecurityGroup": f"{_NETWORK}/networkSecurityGroups/{{networkSecurityGroupName}}",
        "network:RouteTable": f"{_NETWORK}/routeTables/{{routeTableName}}",
        "network:NatGateway": f"{_NETWORK}/natGateways/{{natGatewayName}}",
        "network:PublicIPAddress": f"{_NETWORK}/publicIPAddresses/{{publicIpAddressName}}",
        "network:PrivateEndpoint": f"{_NETWORK}/privateEndpoints/{{privateEndpointName}}",
        "privatedns:PrivateZone": f"{_NETWORK}/privateDnsZones/{{privateZoneName}}",
        "keyvault:Vault": "Microsoft.KeyVault/vaults/{vaultName}",
        "keyvault:Secret": "Microsoft.KeyVault/vaults/{vaultName}/secrets/{secretName}",
        "dbforpostgresql:Server": _POSTGRES,
        "redisenterprise:RedisEnterprise": _REDIS,
        "redisenterprise:Database": f"{_REDIS}/databases/{{databaseName}}",
        "storage:StorageAccount": _STORAGE,
        "storage:BlobContainer": f"{_STORAGE}/blobServices/default/containers/{{containerName}}",
        "storage:FileShare": f"{_STORAGE}/fileServices/default/shares/{{shareName}}",
        "containerregistry:Registry": "Microsoft.ContainerRegistry/registries/{registryName}",
        "web:AppServicePlan": f"{_WEB}/serverfarms/{{name}}",
        "web:WebApp": f"{_WEB}/sites/{{name}}",
        "web:WebAppSlot": f"{_WEB}/sites/{{name}}/slots/{{slot}}",
        "managedidentity:UserAssignedIdentity": "Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}",
        "monitor:PrivateLinkScope": "Microsoft.Insights/privateLinkScopes/{scopeName}",
        "operationalinsights:Workspace": "Microsoft.OperationalInsights/workspaces/{workspaceName}",
        "applicationinsights:Component": "Microsoft.Insights/components/{resourceName}",
        "cdn:Profile": _FRONT_DOOR,
        "cdn:AFDEndpoint": f"{_FRONT_DOOR}/afdEndpoints/{{endpointName}}",
        "cdn:AFDOriginGroup": f"{_FRONT_DOOR}/originGroups/{{originGroupName}}",
        "cdn:AFDOrigin": f"{_FRONT_DOOR}/originGroups/{{originGroupName}}/origins/{{originName}}",
    }
)
"""Type → path below the provider, with names of inputs in braces; a resource group itself has its own rule below."""

ARM_ID = re.compile(
    r"/subscriptions/(?P<subscription>[0-9a-f-]{36})(?:/resourceGroups/(?P<group>[^/\s]+))?", re.IGNORECASE
)
_PLACE = re.compile(r"\{(\w+)\}")


def compose(resource: Resource, subscription: str) -> str | None:
    """Id of ``resource``: the one Azure gave, else composed from its names; None where a name is unknown."""
    if resource.id:
        return resource.id
    group = text(resource.props, "resourceGroupName")
    if group is None:
        return None
    base = f"/subscriptions/{subscription}/resourceGroups/{group}"
    if resource.type == "resources:ResourceGroup":
        return base
    path = PATHS.get(resource.type)
    if path is None:
        return None
    names = {name: text(resource.props, name) for name in _PLACE.findall(path)}
    if not all(names.values()):
        return None
    return f"{base}/providers/{path.format(**names)}"


def subscription_of(resources: Iterable[Resource]) -> str:
    """Return the subscription that the ids of ``resources`` speak of most, their own ids before those inside."""
    own, spoken = Counter[str](), Counter[str]()
    for resource in resources:
        if resource.id and (match := ARM_ID.match(resource.id)):
            own[match["subscription"].lower()] += 1
        for _, value in strings(resource.props):
            spoken.update(match["subscription"].lower() for match in ARM_ID.finditer(value))
    found = own or spoken
    return found.most_common(1)[0][0] if found else NO_SUBSCRIPTION


def same(one: str | None, other: str | None) -> bool:
    """Whether two ids name one thing; Azure keeps their case as it was typed and compares without it."""
    return one is not None and other is not None and key(one) == key(other)


def key(arm_id: str) -> str:
    """``arm_id`` as a key of mappings."""
    return arm_id.lower().rstrip("/")


def within(arm_id: str, scope: str) -> bool:
    """Whether ``arm_id`` is ``scope`` or lies below it; ``/`` and management groups cover everything."""
    scope = key(scope)
    if not scope or scope.startswith("/providers/microsoft.management/managementgroups"):
        return True
    return key(arm_id) == scope or key(arm_id).startswith(scope + "/")


def name(arm_id: str) -> str:
    """Last part of an id."""
    return arm_id.rstrip("/").rsplit("/", 1)[-1]


def parent(arm_id: str) -> str:
    """Id of what contains the thing: the vault of a secret, the network of a subnet."""
    return arm_id.rstrip("/").rsplit("/", 2)[0]

"""Translates the SDK's inputs to the body of an ARM request: where an input goes and what it is called.

Source: Microsoft's published resource types (Bicep types), compared with the SDK's classes. Besides ``properties`` a
body has only a few keys, everything else is under it; inside Microsoft.Network and container groups some list members
have ``properties`` of their own; some inputs have another name in ARM. ARM expressions (strings) are accepted anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from emulator.facts.model import Fact

TOP_KEYS = (
    "location",
    "tags",
    "sku",
    "kind",
    "identity",
    "zones",
    "plan",
    "extendedLocation",
    "managedBy",
)
"""Keys beside ``properties``."""
NESTED_KEYS = {
    "Microsoft.OperationalInsights/workspaces": {"sku"},
    "Microsoft.OperationalInsights/workspaces/tables": {"plan"},
    "Microsoft.OperationalInsights/workspaces/savedSearches": {"tags"},
    "Microsoft.Network/firewallPolicies": {"sku"},
    "Microsoft.Network/azureFirewalls": {"sku"},
    "Microsoft.ContainerInstance/containerGroups": {"sku"},
    "Microsoft.Cache/redis": {"sku"},
    "Microsoft.Insights/privateLinkScopes/scopedResources": {"kind"},
}
"""Types that keep one of those keys under ``properties``."""
READ_ONLY_KEYS = {"id", "etag", "eTag", "provisioningState"}
"""Inputs that the SDK's classes accept although Azure only returns them."""
URL_PARTS = {"Microsoft.Storage/storageAccounts/fileServices/shares": {"expand"}}
"""Inputs that are part of the request's URL."""

_SUBNET = {"delegations": {}, "serviceEndpointPolicies": {}, "applicationGatewayIPConfigurations": {}}
Members = Mapping[str, "Members"]
NESTED_LISTS: dict[str, dict[str, Any]] = {
    "Microsoft.Network/virtualNetworks": {"subnets": _SUBNET, "virtualNetworkPeerings": {}},
    "Microsoft.Network/virtualNetworks/subnets": _SUBNET,
    "Microsoft.Network/networkSecurityGroups": {"securityRules": {}},
    "Microsoft.Network/routeTables": {"routes": {}},
    "Microsoft.Network/privateEndpoints": {
        "privateLinkServiceConnections": {},
        "manualPrivateLinkServiceConnections": {},
        "ipConfigurations": {},
    },
    "Microsoft.Network/privateEndpoints/privateDnsZoneGroups": {"privateDnsZoneConfigs": {}},
    "Microsoft.Network/bastionHosts": {"ipConfigurations": {}},
    "Microsoft.Network/azureFirewalls": {
        "ipConfigurations": {},
        "applicationRuleCollections": {},
        "networkRuleCollections": {},
        "natRuleCollections": {},
    },
    "Microsoft.Network/privateLinkServices": {"ipConfigurations": {}},
    "Microsoft.ContainerInstance/containerGroups": {"containers": {}, "initContainers": {}},
}
"""ARM type → lists whose members have ``properties`` of their own, with the lists inside those."""
MEMBER_KEYS = {"name", "id", "location", "tags"}
"""Keys of such a member that stay beside its ``properties``."""

_KEY_VAULT = {"keyName": "keyname", "keyVersion": "keyversion", "keyVaultUri": "keyvaulturi"}
_STORAGE_IDENTITY = {
    "encryptionUserAssignedIdentity": "userAssignedIdentity",
    "encryptionFederatedIdentityClientId": "federatedIdentityClientId",
}
_CAPITAL = (
    "hockeyAppId samplingPercentage retentionInDays disableIpMasking disableLocalAuth forceCustomerStorageForProfiler"
    " immediatePurgeDataOn30Days ingestionMode workspaceResourceId"
)
_WEB_TEST = "configuration description enabled frequency locations request retryEnabled syntheticMonitorId timeout"


def _capitals(names: str) -> dict[str, str]:
    """Return a map from names to the same with a capital first letter."""
    return {name: name[0].upper() + name[1:] for name in names.split()}


RENAMES: dict[str, dict[str, str]] = {
    "Microsoft.Storage/storageAccounts": {
        "enableHttpsTrafficOnly": "supportsHttpsTrafficOnly",
        "networkRuleSet": "networkAcls",
        "enableNfsV3": "isNfsV3Enabled",
        "encryption.keyVaultProperties": "keyvaultproperties",
        "encryption.encryptionIdentity": "identity",
        **{f"encryption.keyVaultProperties.{key}": value for key, value in _KEY_VAULT.items()},
        **{f"encryption.encryptionIdentity.{key}": value for key, value in _STORAGE_IDENTITY.items()},
        "networkRuleSet.ipRules.*.iPAddressOrRange": "value",
        "networkRuleSet.virtualNetworkRules.*.virtualNetworkResourceId": "id",
    },
    "Microsoft.KeyVault/vaults/secrets": {"attributes.expires": "exp", "attributes.notBefore": "nbf"},
    "Microsoft.KeyVault/vaults/keys": {
        "attributes.expires": "exp",
        "attributes.notBefore": "nbf",
        "releasePolicy": "release_policy",
    },
    "Microsoft.ContainerRegistry/registries": {"networkRuleSet.ipRules.*.iPAddressOrRange": "value"},
    "Microsoft.Insights/components": {
        **_capitals(_CAPITAL),
        "applicationType": "Application_Type",
        "flowType": "Flow_Type",
        "requestSource": "Request_Source",
    },
    "Microsoft.Insights/webtests": {
        **_capitals(_WEB_TEST),
        "webTestKind": "Kind",
        "validationRules": "ValidationRules",
        "locations.*.location": "Id",
        "configuration.webTest": "WebTest",
    },
    "Microsoft.Insights/metricAlerts": {"criteria.odataType": "odata.type"},
    "Microsoft.Authorization/roleDefinitions": {"roleType": "type"},
}
"""ARM type → input path (``*``: any member of a list) → name of its last step in ARM."""


def body(fact: Fact, inputs: Mapping[str, Any], arm_type: str) -> dict[str, Any]:
    """Return what ARM takes besides type, name and API version, in the usual order of templates.

    ``inputs`` are JSON values: secrets and unknowns have already been replaced by expressions.
    """
    url = {*fact.placeholders, "resourceGroupName", *URL_PARTS.get(arm_type, ())}
    kept = {key: value for key, value in inputs.items() if key not in url | READ_ONLY_KEYS and value is not None}
    if arm_type.startswith("Microsoft.Network/"):
        kept = {key: value for key, value in kept.items() if key not in {"name", "type"}}
    top = {
        key: _normalized(kept.pop(key)) for key in TOP_KEYS if key in kept and key not in NESTED_KEYS.get(arm_type, ())
    }
    own = kept.pop("properties", None)
    if isinstance(own, dict):
        kept = {**kept, **own}
    renamed = _renamed(_nested(_normalized(kept), NESTED_LISTS.get(arm_type, {})), RENAMES.get(arm_type, {}), ())
    special = SPECIAL.get(arm_type)
    if special is not None:
        renamed = special(renamed)
    if isinstance(top.get("identity"), dict):
        top["identity"] = _identity(top["identity"])
    properties = own if isinstance(own, str) else renamed
    return {**top, "properties": properties} if properties or fact.arm_type not in _WITHOUT else top


_WITHOUT = {"Microsoft.Resources/resourceGroups", "Microsoft.ManagedIdentity/userAssignedIdentities"}
"""Types whose bodies have no ``properties`` unless something is in them."""


def _normalized(value: Any) -> Any:
    """Return ``value`` with integral floats as integers, as Pulumi's wire format has floats only, and without nulls."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _normalized(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_normalized(item) for item in value]
    return value


def _nested(value: Any, members: Mapping[str, Any]) -> Any:
    """Return ``value`` with second ``properties`` in the members of the lists named in ``members``."""
    if not isinstance(value, dict):
        return value
    nested = dict(value)
    for key, inner in members.items():
        if isinstance(nested.get(key), list):
            nested[key] = [_member(item, inner) for item in nested[key]]
    return nested


def _member(item: Any, inner: Mapping[str, Any]) -> Any:
    """Return a list member with ``properties``; a mere reference stays ``{id}``."""
    if not isinstance(item, dict) or set(item) == {"id"}:
        return item
    kept = {key: value for key, value in item.items() if key not in READ_ONLY_KEYS - {"id"} | {"type"}}
    beside = {key: value for key, value in kept.items() if key in MEMBER_KEYS}
    rest = {key: value for key, value in kept.items() if key not in MEMBER_KEYS}
    return {**beside, "properties": _nested(rest, inner)}


def _renamed(value: Any, names: Mapping[str, str], path: tuple[str, ...]) -> Any:
    """Return ``value`` with ARM's names."""
    if isinstance(value, dict):
        renamed = {}
        for key, item in value.items():
            here = (*path, key)
            renamed[names.get(".".join(here), key)] = _renamed(item, names, here)
        return renamed
    if isinstance(value, list):
        return [_renamed(item, names, (*path, "*")) for item in value]
    return value


def _identity(value: dict[str, Any]) -> dict[str, Any]:
    """Return an identity as ARM takes it: user-assigned ids are a list in the SDK and keys of a map in ARM."""
    users = value.get("userAssignedIdentities")
    if isinstance(users, list):
        return {**value, "userAssignedIdentities": {str(user): {} for user in users}}
    return value


def _kebab(key: str) -> Callable[[Any], Any]:
    """Return a function that turns the camelCase keys under ``key`` into kebab-case."""

    def change(value: Any) -> Any:
        inner = value.get(key) if isinstance(value, dict) else None
        if not isinstance(inner, dict):
            return value
        return {**value, key: {_hyphens(name): item for name, item in inner.items()}}

    return change


def _hyphens(name: str) -> str:
    """Return a name in kebab-case: ``maxmemoryPolicy`` → ``maxmemory-policy``."""
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name)


def _scrubbing(value: Any) -> Any:
    """Return a Front Door WAF policy with its log scrubbing, flat in the SDK, where ARM has it."""
    settings = value.get("policySettings") if isinstance(value, dict) else None
    if not isinstance(settings, dict):
        return value
    flat = {key: settings[key] for key in ("state", "scrubbingRules") if key in settings}
    rest = {key: item for key, item in settings.items() if key not in flat}
    return {**value, "policySettings": {**rest, **({"logScrubbing": flat} if flat else {})}}


def _web_test(value: Any) -> Any:
    """Return a web test with the parts of its request named as in ARM."""
    request = value.get("Request") if isinstance(value, dict) else None
    if not isinstance(request, dict):
        return value
    return {**value, "Request": {key[0].upper() + key[1:]: item for key, item in request.items()}}


SPECIAL: dict[str, Callable[[Any], Any]] = {
    "Microsoft.Cache/redis": _kebab("redisConfiguration"),
    "Microsoft.ContainerService/managedClusters": _kebab("autoScalerProfile"),
    "Microsoft.Network/FrontDoorWebApplicationFirewallPolicies": _scrubbing,
    "Microsoft.Insights/webtests": _web_test,
}
"""ARM type → translation that renaming by path cannot express."""

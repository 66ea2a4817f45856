"""From the SDK's inputs to the body that Azure Resource Manager takes: where an input goes and what it is called.

Source: Microsoft's published resource types (Bicep types), compared with the SDK's classes. Beside ``properties`` a
body has only a few keys, everything else is under it; inside Microsoft.Network and container groups some list members
have ``properties`` of their own; some inputs have another name on the wire. ARM expressions (strings) pass anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from emulator.facts.row import Fact

TOP = (
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
BELOW = {
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
READ_ONLY = {"id", "etag", "eTag", "provisioningState"}
"""Inputs that the SDK's classes take and Azure only ever gives."""
URL_PARTS = {"Microsoft.Storage/storageAccounts/fileServices/shares": {"expand"}}
"""Inputs that go into the address of the request."""

_SUBNET = {"delegations": {}, "serviceEndpointPolicies": {}, "applicationGatewayIPConfigurations": {}}
Members = Mapping[str, "Members"]
NESTED: dict[str, dict[str, Any]] = {
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
BESIDE = {"name", "id", "location", "tags"}
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
    """Names that begin with a capital on the wire."""
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
"""ARM type → input paths (``*``: any member of a list) → name of the last step on the wire."""


def body(fact: Fact, inputs: Mapping[str, Any], arm_type: str) -> dict[str, Any]:
    """Build what ARM takes beside type, name and API version, in the order in which templates are written.

    ``inputs`` hold JSON values only: secrets and unknowns have been replaced by expressions before.
    """
    url = {*fact.placeholders, "resourceGroupName", *URL_PARTS.get(arm_type, ())}
    kept = {key: value for key, value in inputs.items() if key not in url | READ_ONLY and value is not None}
    if arm_type.startswith("Microsoft.Network/"):
        kept = {key: value for key, value in kept.items() if key not in {"name", "type"}}
    top = {key: _whole(kept.pop(key)) for key in TOP if key in kept and key not in BELOW.get(arm_type, ())}
    given = kept.pop("properties", None)
    if isinstance(given, dict):
        kept = {**kept, **given}
    renamed = _renamed(_nested(_whole(kept), NESTED.get(arm_type, {})), RENAMES.get(arm_type, {}), ())
    special = SPECIAL.get(arm_type)
    if special is not None:
        renamed = special(renamed)
    if isinstance(top.get("identity"), dict):
        top["identity"] = _identity(top["identity"])
    properties = given if isinstance(given, str) else renamed
    return {**top, "properties": properties} if properties or fact.arm_type not in _WITHOUT else top


_WITHOUT = {"Microsoft.Resources/resourceGroups", "Microsoft.ManagedIdentity/userAssignedIdentities"}
"""Types whose bodies have no ``properties`` unless something is in them."""


def _whole(value: Any) -> Any:  # noqa: ANN401 - JSON
    """``value`` with whole floats as integers, as the wire of Pulumi knows floats only, and without nulls."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return value


def _nested(value: Any, members: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
    """Give members of the lists named in ``members`` their second ``properties``."""
    if not isinstance(value, dict):
        return value
    found = dict(value)
    for key, inner in members.items():
        if isinstance(found.get(key), list):
            found[key] = [_member(item, inner) for item in found[key]]
    return found


def _member(item: Any, inner: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
    """One list member with ``properties``; a mere reference stays ``{id}``."""
    if not isinstance(item, dict) or set(item) == {"id"}:
        return item
    kept = {key: value for key, value in item.items() if key not in READ_ONLY - {"id"} | {"type"}}
    beside = {key: value for key, value in kept.items() if key in BESIDE}
    rest = {key: value for key, value in kept.items() if key not in BESIDE}
    return {**beside, "properties": _nested(rest, inner)}


def _renamed(value: Any, names: Mapping[str, str], path: tuple[str, ...]) -> Any:  # noqa: ANN401 - JSON
    """``value`` with the names that the wire uses."""
    if isinstance(value, dict):
        found = {}
        for key, item in value.items():
            here = (*path, key)
            found[names.get(".".join(here), key)] = _renamed(item, names, here)
        return found
    if isinstance(value, list):
        return [_renamed(item, names, (*path, "*")) for item in value]
    return value


def _identity(value: dict[str, Any]) -> dict[str, Any]:
    """User-assigned identities are a list in the SDK and a map from id to nothing on the wire."""
    users = value.get("userAssignedIdentities")
    if isinstance(users, list):
        return {**value, "userAssignedIdentities": {str(user): {} for user in users}}
    return value


def _kebab(key: str) -> Callable[[Any], Any]:
    """Turn the camelCase keys under ``key`` into kebab-case."""

    def change(value: Any) -> Any:  # noqa: ANN401 - JSON
        inner = value.get(key) if isinstance(value, dict) else None
        if not isinstance(inner, dict):
            return value
        return {**value, key: {_hyphens(name): item for name, item in inner.items()}}

    return change


def _hyphens(name: str) -> str:
    """``maxmemoryPolicy`` → ``maxmemory-policy``."""
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name)


def _scrubbing(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Put the log scrubbing of a Front Door WAF policy, flat in the SDK, where the wire has it."""
    settings = value.get("policySettings") if isinstance(value, dict) else None
    if not isinstance(settings, dict):
        return value
    flat = {key: settings[key] for key in ("state", "scrubbingRules") if key in settings}
    rest = {key: item for key, item in settings.items() if key not in flat}
    return {**value, "policySettings": {**rest, **({"logScrubbing": flat} if flat else {})}}


def _web_test(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Name the parts of a web test's request as the wire does."""
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
"""ARM type → what renaming by path cannot say."""

"""Type tokens: one name for a resource type whatever API version or package the program takes it from.

A token may name an API version (``azure-native:storage/v20240101:StorageAccount``), come from a generated package
(``azure-native_storage_v20240101:storage:StorageAccount``) or from the module that held the type in an earlier major
version of the provider (``azure-native:cache:Redis``). Source: azure-native's guides to versions 2 and 3.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_TOKEN = re.compile(r"azure-native(?:_[a-z]+_v\w+)?:(?P<module>[a-z]+)(?:/(?P<version>v\w+))?:(?P<type>\w+)")
_VERSION = re.compile(r"(?:/|_)v(?P<version>\d{8}(?:preview)?)")

_MOVED: Mapping[str, str] = {
    "cache:Redis": "redis:Redis",
    "cache:RedisFirewallRule": "redis:RedisFirewallRule",
    "cache:PatchSchedule": "redis:PatchSchedule",
    "cache:RedisEnterprise": "redisenterprise:RedisEnterprise",
    "cache:Database": "redisenterprise:Database",
    "insights:ActionGroup": "monitor:ActionGroup",
    "insights:ActivityLogAlert": "monitor:ActivityLogAlert",
    "insights:AutoscaleSetting": "monitor:AutoscaleSetting",
    "insights:Component": "applicationinsights:Component",
    "insights:DiagnosticSetting": "monitor:DiagnosticSetting",
    "insights:MetricAlert": "monitor:MetricAlert",
    "insights:PrivateLinkScope": "monitor:PrivateLinkScope",
    "insights:PrivateLinkScopedResource": "monitor:PrivateLinkScopedResource",
    "insights:SubscriptionDiagnosticSetting": "monitor:SubscriptionDiagnosticSetting",
    "network:Policy": "frontdoor:Policy",
    "network:PrivateZone": "privatedns:PrivateZone",
    "network:PrivateRecordSet": "privatedns:PrivateRecordSet",
    "network:VirtualNetworkLink": "privatedns:VirtualNetworkLink",
    "dbforpostgresql:FlexibleServer": "dbforpostgresql:Server",
    "managedidentity:FederatedIdentityCredentials": "managedidentity:FederatedIdentityCredential",
    "authorization:ManagementLockAtResourceGroupLevel": "authorization:ManagementLockByScope",
    "authorization:ManagementLockAtResourceLevel": "authorization:ManagementLockByScope",
    "authorization:ManagementLockAtSubscriptionLevel": "authorization:ManagementLockByScope",
}
"""Earlier or parallel name -> the name that the rules use."""
_SINGLE_SERVER_BEFORE = "20200214"
"""API versions of PostgreSQL's flexible server begin here; ``dbforpostgresql:Server`` of an earlier one is retired."""


def normalise(token: str) -> str:
    """Return ``storage:StorageAccount`` for azure-native; the token as it is for any other package."""
    match = _TOKEN.fullmatch(token)
    if match is None:
        return token
    name = f"{match['module']}:{match['type']}"
    version = api_version(token)
    if name == "dbforpostgresql:Server" and version and version < _SINGLE_SERVER_BEFORE:
        return "dbforpostgresql:SingleServer"
    return _MOVED.get(name, name)


def api_version(token: str) -> str | None:
    """Return ``20240101`` or ``20240101preview`` where the token names an API version."""
    match = _VERSION.search(token)
    return match["version"] if match else None


def split_urn(urn: str) -> tuple[str, str]:
    """Return the type token and the logical name of ``urn:pulumi:stack::project::parentType$type::name``."""
    parts = urn.split("::", 3)
    if len(parts) < 4:  # noqa: PLR2004 - stack, project, types, name
        return "", urn
    return parts[2].rsplit("$", 1)[-1], parts[3]


def label(urn: str) -> str:
    """Return ``storage:StorageAccount::files-sdc``: what waivers and reports call a resource."""
    token, name = split_urn(urn)
    return f"{normalise(token)}::{name}"

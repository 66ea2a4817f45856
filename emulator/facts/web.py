"""Facts about Microsoft.Web: plans, apps, slots and their settings."""

from __future__ import annotations

import hashlib
from typing import Any

from emulator.facts import names
from emulator.facts.build import SUCCEEDED, fact, outputs
from emulator.facts.model import Fact, Placement
from emulator.facts.names import name_rule

_API = "2025-05-01"
_SITE = "Microsoft.Web/sites"
_SLOT = f"{_SITE}/slots"
_LATE = ("outboundIpAddresses", "possibleOutboundIpAddresses", "customDomainVerificationId")
_POLICIES = "basicPublishingCredentialsPolicies"


def _plan(inputs: dict[str, Any], placement: Placement) -> dict[str, Any]:
    """Return the state of a running plan."""
    capacity = (inputs.get("sku") or {}).get("capacity") or 1
    return {
        "geoRegion": placement.location,
        "numberOfSites": 0,
        "numberOfWorkers": capacity,
        "resourceGroup": placement.resource_group,
        "status": "Ready",
        "subscription": placement.subscription_id,
    }


def _site(inputs: dict[str, Any], placement: Placement) -> dict[str, Any]:
    """Return the host names of an app, or of a slot: ``app-slot``."""
    label = f"{inputs['name']}-{placement.name}" if "/slots/" in placement.id.lower() else placement.name
    host = f"{label.lower()}.azurewebsites.net"
    hosts = [host, f"{label.lower()}.scm.azurewebsites.net"]
    addresses = [f"203.0.113.{int(placement.guid('outbound', str(n))[:2], 16) % 254 + 1}" for n in range(8)]
    verification = hashlib.sha256(placement.subscription_id.encode()).hexdigest().upper()
    return {
        "availabilityState": "Normal",
        "defaultHostName": host,
        "hostNames": [host],
        "enabledHostNames": hosts,
        "outboundIpAddresses": ",".join(addresses[:4]),
        "possibleOutboundIpAddresses": ",".join(addresses),
        "customDomainVerificationId": verification,
        "repositorySiteName": label,
        "resourceGroup": placement.resource_group,
        "state": "Running",
        "usageState": "Normal",
    }


def _config(sdk_class: str, last: str, kind: str = "config") -> tuple[Fact, Fact]:
    """Return the facts of a setting that an app and each of its slots has once, under a name that Azure fixes."""
    return (
        fact(f"web:{sdk_class}", f"{_SITE}/{kind}", "name", f"={last}", api=_API),
        fact(f"web:{sdk_class}Slot", f"{_SLOT}/{kind}", "name", "slot", f"={last}", api=_API),
    )


_SITE_LOGS = (
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
)
"""Log categories of sites and slots alike."""

FACTS: tuple[Fact, ...] = (
    fact(
        "web:AppServicePlan",
        "Microsoft.Web/serverfarms",
        "name",
        api=_API,
        name=name_rule(r"[A-Za-z0-9-]+", 1, 40, "letters, digits and hyphens"),
        immutable=("location", "reserved", "hyperV", "isXenon", "hostingEnvironmentProfile.id"),
        outputs=outputs(SUCCEEDED, _plan),
        logs=(),
    ),
    fact(
        "web:WebApp",
        _SITE,
        "name",
        api=_API,
        name=name_rule(
            r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?", 2, 60, "letters, digits and hyphens, no hyphen at the ends"
        ),
        unique="global",
        immutable=("location", "hostingEnvironmentProfile.id", "managedEnvironmentId"),
        outputs=outputs(_site),
        late=_LATE,
        logs=(*_SITE_LOGS, "WorkflowRuntime"),
    ),
    fact(
        "web:WebAppSlot",
        _SLOT,
        "name",
        "slot",
        api=_API,
        name=name_rule(
            r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?", 1, 59, "letters, digits and hyphens, no hyphen at the ends"
        ),
        immutable=("location",),
        outputs=outputs(_site),
        late=_LATE,
        logs=_SITE_LOGS,
    ),
    fact("web:WebAppSlotConfigurationNames", f"{_SITE}/config", "name", "=slotConfigNames", api=_API),
    *_config("WebAppApplicationSettings", "appsettings"),
    *_config("WebAppConnectionStrings", "connectionstrings"),
    *_config("WebAppAzureStorageAccounts", "azurestorageaccounts"),
    *_config("WebAppDiagnosticLogsConfiguration", "logs"),
    *_config("WebAppFtpAllowed", "ftp", _POLICIES),
    *_config("WebAppScmAllowed", "scm", _POLICIES),
    fact("web:WebAppSwiftVirtualNetworkConnection", f"{_SITE}/networkConfig", "name", "=virtualNetwork", api=_API),
    fact(
        "web:WebAppHostNameBinding", f"{_SITE}/hostNameBindings", "name", "hostName", api=_API, name=names.PRIVATE_ZONE
    ),
    fact(
        "web:WebAppPrivateEndpointConnection",
        f"{_SITE}/privateEndpointConnections",
        "name",
        "privateEndpointConnectionName",
        api=_API,
        name=names.WORDS,
        outputs=outputs(SUCCEEDED),
    ),
    fact(
        "web:WebAppPrivateEndpointConnectionSlot",
        f"{_SLOT}/privateEndpointConnections",
        "name",
        "slot",
        "privateEndpointConnectionName",
        api=_API,
        name=names.WORDS,
        outputs=outputs(SUCCEEDED),
    ),
)

"""Rows of Microsoft.Web: plans, apps, slots and their settings."""

from __future__ import annotations

import hashlib
from typing import Any

from emulator.facts import names
from emulator.facts.build import SETTLED, fact, outputs
from emulator.facts.row import Fact, Place

_API = "2025-05-01"
_SITE = "Microsoft.Web/sites"
_SLOT = f"{_SITE}/slots"
_LATE = ("outboundIpAddresses", "possibleOutboundIpAddresses", "customDomainVerificationId")
_POLICIES = "basicPublishingCredentialsPolicies"


def _plan(inputs: dict[str, Any], place: Place) -> dict[str, Any]:
    """State of a plan that runs."""
    capacity = (inputs.get("sku") or {}).get("capacity") or 1
    return {
        "geoRegion": place.location,
        "numberOfSites": 0,
        "numberOfWorkers": capacity,
        "resourceGroup": place.resource_group,
        "status": "Ready",
        "subscription": place.subscription_id,
    }


def _site(inputs: dict[str, Any], place: Place) -> dict[str, Any]:
    """Host names of an app, or of a slot: ``app-slot``."""
    label = f"{inputs['name']}-{place.name}" if "/slots/" in place.id.lower() else place.name
    host = f"{label.lower()}.azurewebsites.net"
    hosts = [host, f"{label.lower()}.scm.azurewebsites.net"]
    addresses = [f"203.0.113.{int(place.guid('outbound', str(n))[:2], 16) % 254 + 1}" for n in range(8)]
    verification = hashlib.sha256(place.subscription_id.encode()).hexdigest().upper()
    return {
        "availabilityState": "Normal",
        "defaultHostName": host,
        "hostNames": [host],
        "enabledHostNames": hosts,
        "outboundIpAddresses": ",".join(addresses[:4]),
        "possibleOutboundIpAddresses": ",".join(addresses),
        "customDomainVerificationId": verification,
        "repositorySiteName": label,
        "resourceGroup": place.resource_group,
        "state": "Running",
        "usageState": "Normal",
    }


def _config(sdk_class: str, last: str, kind: str = "config") -> tuple[Fact, Fact]:
    """Rows of a setting that an app and each of its slots has once, under a name that Azure fixes."""
    return (
        fact(f"web:{sdk_class}", f"{_SITE}/{kind}", "name", f"={last}", api=_API),
        fact(f"web:{sdk_class}Slot", f"{_SLOT}/{kind}", "name", "slot", f"={last}", api=_API),
    )


ROWS: tuple[Fact, ...] = (
    fact(
        "web:AppServicePlan",
        "Microsoft.Web/serverfarms",
        "name",
        api=_API,
        name=names.PLAN,
        immutable=("location", "reserved", "hyperV", "isXenon", "hostingEnvironmentProfile.id"),
        outputs=outputs(SETTLED, _plan),
    ),
    fact(
        "web:WebApp",
        _SITE,
        "name",
        api=_API,
        name=names.APP,
        unique="global",
        immutable=("location", "hostingEnvironmentProfile.id", "managedEnvironmentId"),
        outputs=outputs(_site),
        late=_LATE,
    ),
    fact(
        "web:WebAppSlot",
        _SLOT,
        "name",
        "slot",
        api=_API,
        name=names.SLOT,
        immutable=("location",),
        outputs=outputs(_site),
        late=_LATE,
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
        outputs=outputs(SETTLED),
    ),
    fact(
        "web:WebAppPrivateEndpointConnectionSlot",
        f"{_SLOT}/privateEndpointConnections",
        "name",
        "slot",
        "privateEndpointConnectionName",
        api=_API,
        name=names.WORDS,
        outputs=outputs(SETTLED),
    ),
)

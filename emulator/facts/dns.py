"""Facts about private DNS: zones, their links to virtual networks, and records."""

from __future__ import annotations

from typing import Any

from emulator.facts import names
from emulator.facts.build import SUCCEEDED, fact, outputs
from emulator.facts.model import Fact, Placement
from emulator.facts.names import name_rule

_API = "2024-06-01"
_ZONE = "Microsoft.Network/privateDnsZones"


def _zone_numbers(_: dict[str, Any], placement: Placement) -> dict[str, Any]:
    """Return limits and counts of a new zone, with its SOA (Microsoft Learn: Azure subscription limits, DNS)."""
    return {
        "maxNumberOfRecordSets": 25000,
        "maxNumberOfVirtualNetworkLinks": 1000,
        "maxNumberOfVirtualNetworkLinksWithRegistration": 100,
        "numberOfRecordSets": 1,
        "numberOfVirtualNetworkLinks": 0,
        "numberOfVirtualNetworkLinksWithRegistration": 0,
        "internalId": placement.guid("zone"),
    }


def _record(inputs: dict[str, Any], placement: Placement) -> dict[str, Any]:
    """Return the full name of a record, as Azure writes it: with a dot at the end."""
    zone = inputs["privateZoneName"]
    return {"fqdn": f"{zone}." if placement.name == "@" else f"{placement.name}.{zone}.", "isAutoRegistered": False}


FACTS: tuple[Fact, ...] = (
    fact(
        "privatedns:PrivateZone",
        _ZONE,
        "privateZoneName",
        api=_API,
        name=names.PRIVATE_ZONE,
        immutable=("location",),
        outputs=outputs(SUCCEEDED, _zone_numbers),
        late=("internalId",),
    ),
    fact(
        "privatedns:VirtualNetworkLink",
        f"{_ZONE}/virtualNetworkLinks",
        "privateZoneName",
        "virtualNetworkLinkName",
        api=_API,
        name=names.NETWORK,
        immutable=("location", "virtualNetwork.id"),
        outputs=outputs(SUCCEEDED, {"virtualNetworkLinkState": "Completed"}),
    ),
    Fact(
        token="azure-native:privatedns:PrivateRecordSet",  # noqa: S106 - a type token
        arm_type=f"{_ZONE}/A",
        path=(
            "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Network"
            "/privateDnsZones/{privateZoneName}/{recordType}/{relativeRecordSetName}"
        ),
        name=name_rule(r"@|\*|[A-Za-z0-9_*](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?", 1, 63, "@, or DNS labels"),
        outputs=outputs(_record),
        api_version=_API,
    ),
)

"""Azure's public regions and which of them have availability zones.

Source: Microsoft Learn, "List of Azure regions" and "Azure services that support availability zones" (autumn 2026).
"""

from __future__ import annotations

_ZONED = (
    "australiaeast austriaeast belgiumcentral brazilsouth canadacentral centralindia centralus chilecentral denmarkeast"
    " eastasia eastus eastus2 francecentral germanywestcentral indonesiacentral israelcentral italynorth japaneast"
    " japanwest koreacentral malaysiawest mexicocentral newzealandnorth northeurope norwayeast polandcentral"
    " qatarcentral"
    " southafricanorth southcentralus southeastasia spaincentral swedencentral switzerlandnorth uaenorth uksouth"
    " westeurope westus2 westus3"
)
_PLAIN = (
    "australiacentral australiacentral2 australiasoutheast brazilsoutheast canadaeast francesouth germanynorth"
    " jioindiacentral jioindiawest koreasouth northcentralus norwaywest southafricawest southindia swedensouth"
    " switzerlandwest uaecentral ukwest westcentralus westindia westus"
)
ZONES = frozenset(_ZONED.split())
"""Regions with availability zones."""

REGIONS = ZONES | frozenset(_PLAIN.split())
"""All public regions."""


def normal(location: str) -> str:
    """Return a region's display name (``West Europe``) in the form that ids and inputs use (``westeurope``)."""
    return location.replace(" ", "").lower()

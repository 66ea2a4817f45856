"""Azure's public regions and what each has: zones, a pair, PostgreSQL's standby, backups and compute, NAT gateways.

Sources: Microsoft Learn, "List of Azure regions" and "Azure services that support availability zones" (autumn 2026);
"Azure Database for PostgreSQL flexible server", regions table (22 December 2025); "Azure NAT Gateway SKUs" (July 2026).
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

_LONELY = (
    "austriaeast belgiumcentral chilecentral denmarkeast indonesiacentral israelcentral italynorth malaysiawest"
    " mexicocentral newzealandnorth polandcentral qatarcentral spaincentral jioindiacentral jioindiawest"
)
PAIRED = REGIONS - frozenset(_LONELY.split())
"""Regions whose data Azure can copy to a paired region."""

_NOT_HOSTING = "denmarkeast westindia swedensouth"
HOSTING = REGIONS - frozenset(_NOT_HOSTING.split())
"""Regions with PostgreSQL flexible server."""

_ONE_ZONE = "japanwest"
_BLOCKED = (
    "brazilsouth centralindia eastasia eastus eastus2 germanywestcentral mexicocentral northeurope qatarcentral"
    " southcentralus southeastasia westeurope westus2"
)
"""Regions where new zone-redundant servers are "temporarily blocked"; those that exist stay."""
LIFTED = "Microsoft.Features/featureProviders/Microsoft.DBforPostgreSQL/subscriptionFeatureRegistrations"
"""Collection of the objects that say what Azure gives a subscription though it is blocked; below ``providers``."""
LIFTED_TYPE = "Microsoft.Features/featureProviders/subscriptionFeatureRegistrations"
LIFT = "azure-native:features:SubscriptionFeatureRegistration"
"""Their type and token."""
STANDBY = ZONES & HOSTING - frozenset(_ONE_ZONE.split()) - frozenset(_BLOCKED.split())
"""Regions where a PostgreSQL server can get a standby in another zone."""

_KEPT_AT_HOME = (
    "australiacentral2 austriaeast belgiumcentral brazilsouth brazilsoutheast chilecentral indonesiacentral"
    " israelcentral italynorth malaysiawest mexicocentral newzealandnorth polandcentral qatarcentral spaincentral"
    " westus3"
)
COPIED = HOSTING - frozenset(_KEPT_AT_HOME.split())
"""Regions where a PostgreSQL server can have backups in the paired region."""

_UP_TO_V4 = (
    "eastus2 israelcentral japaneast mexicocentral polandcentral qatarcentral southcentralus southeastasia spaincentral"
    " westus2"
)
_UP_TO_V3 = "jioindiacentral jioindiawest"
_AMD = (
    "australiaeast austriaeast belgiumcentral canadacentral canadaeast chilecentral eastus indonesiacentral"
    " malaysiawest northcentralus norwayeast uksouth ukwest westus westus3"
)
_LATEST = {"Intel": frozenset({"australiaeast"}), "AMD": frozenset(["eastasia", "japanwest", "southindia"])}
_BOTH_AMD = frozenset(["indonesiacentral", "malaysiawest"])


def compute(location: str) -> frozenset[str]:
    """Return a region's generations of PostgreSQL compute: ``v3`` to ``v6`` of Intel, ``av5`` and ``av6`` of AMD."""
    if location not in HOSTING:
        return frozenset()
    found = {"v3"}
    if location not in _UP_TO_V3.split():
        found.add("v4")
        if location not in _UP_TO_V4.split():
            found.add("v5")
    if location in _LATEST["Intel"]:
        found.add("v6")
    if location in _AMD.split():
        found.add("av5")
    if location in _LATEST["AMD"] | _BOTH_AMD:
        found.add("av6")
    return frozenset(found)


_NO_V2_NAT = "canadaeast indonesiacentral qatarcentral swedensouth westindia"
NAT_V2 = REGIONS - frozenset(_NO_V2_NAT.split())
"""Regions with the zone-redundant NAT gateway, ``StandardV2``."""


def lift_id(subscription: str, region: str) -> str:
    """Return the id of the object that lets a subscription have new zone-redundant servers in a blocked region."""
    return f"/subscriptions/{subscription}/providers/{LIFTED}/zoneRedundantHa-{region}"


def normal(location: str) -> str:
    """Return a region's display name (``West Europe``) in the form that ids and inputs use (``westeurope``)."""
    return location.replace(" ", "").lower()

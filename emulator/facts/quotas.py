"""Quotas of a subscription in a region: which objects use how much of what, and Azure's error where it is too much.

Names are those that the providers' ``usages`` answer. Sources: Microsoft Learn, "Azure subscription and service limits"
(storage accounts 250 a region, standard public addresses 1,000), "Quotas for Azure Container Apps", "Quota usages" of
Azure Database for PostgreSQL (``cores`` and the families; Azure sets their limits by offer, so those here are ours, as
are those of App Service). A limit is changed by an object of type :data:`LIMITS` (``./fabrix azure quota``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

LIMITS = "Microsoft.Quota/quotas"
"""Type of the objects that set a limit; an extension of ``/subscriptions/…/providers/NAMESPACE/locations/REGION``."""

LIMIT = "azure-native:quota:Quota"
"""Their token; the SDK has no class of it, so no program makes one."""

Get = Callable[[str], Any]
"""Returns the value of an object at a dotted path of its inputs."""


class Use(NamedTuple):
    """What the objects of one type use."""

    usages: str
    """Path below ``locations/REGION/`` that lists the usages."""
    default: int
    """Limit of each name in a region, as Azure sets it by itself."""
    code: str
    """Azure's error code when the limit is passed."""
    count: Callable[[Get], Mapping[str, int]]
    """Returns how much an object uses, by name of the quota."""
    names: tuple[str, ...] = ()
    """Quotas that a region has without any object; others are listed where something uses them."""
    others: str = ""
    """Regular expression of the names of those others."""

    def named(self, name: str) -> bool:
        """Return whether objects of the type may use a quota of that name."""
        return name in self.names or re.fullmatch(self.others, name) is not None


def _counted(name: str, default: int, code: str) -> Use:
    return Use("usages", default, code, lambda _: {name: 1}, (name,))


def _instances(get: Get) -> Mapping[str, int]:
    return {str(get("sku.name")): int(get("sku.capacity") or 1)}


def _cores(get: Get) -> Mapping[str, int]:
    """Count the vCores of a PostgreSQL server, twice where it has a standby."""
    sku = str(get("sku.name"))
    standby = str(get("highAvailability.mode") or "Disabled") not in {"Disabled", "None"}
    used = _size(sku) * (2 if standby else 1)
    family = family_of(sku)
    return {"cores": used, **({family: used} if family else {})}


FAMILIES = (
    "standardBSFamily",
    "standardDDSv4Family",
    "standardDDSv5Family",
    "standardDSv3Family",
    "standardEDSv4Family",
    "standardEDSv5Family",
    "standardESv3Family",
)
"""Families of PostgreSQL compute that each region lists."""
BURSTABLE = {"Standard_B1ms": 1, "Standard_B2s": 2, "Standard_B2ms": 2}
"""Sizes whose number is not that of their cores."""


def _size(sku: str) -> int:
    found = re.search(r"_[A-Z](\d+)", sku)
    return BURSTABLE.get(sku) or (int(found.group(1)) if found else 1)


def family_of(sku: str) -> str:
    """Return the family of a PostgreSQL SKU as the quota is called: ``standardDDSv5Family``; empty if unknown."""
    if sku.startswith("Standard_B"):
        return "standardBSFamily"
    found = re.fullmatch(r"Standard_([A-Z])\d+([a-z]+)_(v\d+)", sku)
    return f"standard{found.group(1)}{found.group(2).upper()}{found.group(3)}Family" if found else ""


USES: dict[str, Use] = {
    "Microsoft.Network/publicIPAddresses": _counted("StandardSkuPublicIpAddresses", 1000, "PublicIPCountLimitReached"),
    "Microsoft.Network/virtualNetworks": _counted("VirtualNetworks", 1000, "QuotaExceeded"),
    "Microsoft.Storage/storageAccounts": _counted(
        "StorageAccounts", 250, "MaxStorageAccountsCountPerSubscriptionExceeded"
    ),
    "Microsoft.App/managedEnvironments": _counted(
        "ManagedEnvironmentCount", 50, "MaxNumberOfRegionalEnvironmentsInSubExceeded"
    ),
    "Microsoft.Web/serverfarms": Use("usages", 100, "SubscriptionIsOverQuotaForSku", _instances, (), r"[BSP]\d\w*"),
    "Microsoft.DBforPostgreSQL/flexibleServers": Use(
        "resourceType/flexibleServers/usages", 200, "QuotaExceeded", _cores, ("cores", *FAMILIES)
    ),
}
"""ARM type → what its objects use."""


def limit_id(subscription: str, region: str, namespace: str, name: str) -> str:
    """Return the id of the object that sets a limit."""
    return f"/subscriptions/{subscription}/providers/{namespace}/locations/{region}/providers/{LIMITS}/{name}"

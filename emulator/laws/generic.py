"""Laws for every type: regions, tags, unique names, locks.

The control plane itself checks that parents exist, names are well formed and names of deleted objects stay reserved.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from emulator.clock import now
from emulator.facts.regions import REGIONS, normal
from emulator.ids import arm_name, scope_of
from emulator.laws.helpers import changing, did_you_mean, is_known, refuse, same, string_at
from emulator.world import Request, World

TAKEN_CODES = {
    "Microsoft.Storage/storageAccounts": "StorageAccountAlreadyTaken",
    "Microsoft.KeyVault/vaults": "VaultAlreadyExists",
    "Microsoft.ContainerRegistry/registries": "AlreadyInUse",
    "Microsoft.DBforPostgreSQL/flexibleServers": "ServerNameAlreadyExists",
    "Microsoft.Web/sites": "WebsiteAlreadyExists",
    "Microsoft.Cache/redisEnterprise": "NameNotAvailable",
    "Microsoft.Cache/redis": "NameNotAvailable",
    "Microsoft.EventHub/namespaces": "NamespaceUnavailable",
}
GLOBAL = frozenset(
    (
        "Microsoft.Network/privateDnsZones",
        "Microsoft.Network/privateDnsZones/virtualNetworkLinks",
        "Microsoft.Insights/metricAlerts",
        "Microsoft.Network/FrontDoorWebApplicationFirewallPolicies",
    )
)
"""Types whose location must be ``global``."""
EITHER = frozenset(
    ("Microsoft.Insights/actionGroups", "Microsoft.Insights/activityLogAlerts", "Microsoft.Insights/privateLinkScopes")
)
"""Types whose location may be ``global`` or a region."""
LOCKS = "Microsoft.Authorization/locks"
DATA_PLANE = frozenset(("Microsoft.KeyVault/vaults/secrets", "Microsoft.KeyVault/vaults/keys"))
"""Types that azure-native deletes through the vault's own address, as ARM has no delete for them."""
MAX_TAGS = 50
RETIREMENTS = {"Microsoft.KeyVault": ("2026-02-01", dt.date(2027, 2, 27))}
"""ARM namespace → oldest API version of the control plane that stays, and the day from which it alone is served.

Source: Microsoft Learn, "Prepare for Key Vault API version 2026-02-01 and later"."""


def region(request: Request, _: World) -> Iterator[str]:
    """Refuse a location that is not a region, a region where only ``global`` is possible, and the reverse.

    A type without facts may be wherever its program says: a profile of Front Door is ``global``, a directory of
    customers in ``Europe``.
    """
    if not changing(request) or request.fact.from_shape or not is_known(request.get("location")):
        return
    location, arm_type = normal(string_at(request, "location")), request.fact.arm_type
    if arm_type in GLOBAL:
        if location != "global":
            yield refuse(
                "LocationNotAvailableForResourceType", f"location {location}", "global", f"{arm_type} is not regional."
            )
    elif location == "global":
        if arm_type not in EITHER:
            yield refuse(
                "LocationNotAvailableForResourceType", "location global", "a region", f"{arm_type} is regional."
            )
    elif location not in REGIONS:
        yield refuse(
            "LocationNotAvailableForResourceType",
            f"location {location} is no Azure region",
            "regions of the public cloud, such as westeurope",
            f"{did_you_mean(location, REGIONS)}Correct the location.",
        )


def served_version(request: Request, _: World) -> Iterator[str]:
    """Refuse an API version that has been retired."""
    namespace, kind = request.fact.arm_type.split("/", 1)
    oldest, day = RETIREMENTS.get(namespace, ("", dt.date.max))
    if request.api_version and request.api_version < oldest and now().date() >= day:
        yield refuse(
            "NoRegisteredProviderFound",
            f"API version {request.api_version} of {kind}, retired on {day}",
            f"{oldest} or later",
            "Deploy with a newer version of this program, or of the provider.",
        )


def tags(request: Request, _: World) -> Iterator[str]:
    """Refuse tags that Azure Resource Manager does not accept."""
    tag_values = request.get("tags")
    if not changing(request) or not isinstance(tag_values, dict):
        return
    if len(tag_values) > MAX_TAGS:
        yield refuse("InvalidTagCount", f"{len(tag_values)} tags", f"at most {MAX_TAGS}", "Drop some.")
    for name, value in tag_values.items():
        if not name or len(name) > 512 or set(name) & set("<>%&\\?/"):  # noqa: PLR2004 - Azure's limit
            yield refuse(
                "InvalidTagNameCharacters", f"tag {name!r}", r"1-512 characters without < > % & \ ? /", "Rename it."
            )
        if isinstance(value, str) and len(value) > 256:  # noqa: PLR2004 - Azure's limit
            yield refuse("TagValueTooLong", f"tag {name} of {len(value)} characters", "at most 256", "Shorten it.")


def name_taken(request: Request, world: World) -> Iterator[str]:
    """Refuse a name that another object of the type has, in any subscription or in the region, as its facts say."""
    if request.operation != "create" or request.fact.unique not in {"global", "region"}:
        return
    arm_type, name = request.fact.arm_type, arm_name(request.id)
    if request.fact.unique == "global":
        other = world.by_global_name(arm_type, name)
        holders = [other] if other else []
    else:
        here = normal(string_at(request, "location"))
        holders = [
            item for item in world.list(arm_type)
            if same(item.name, name) and normal(str(item.value("location"))) == here
        ]  # fmt: skip
    for holder in holders:
        if not same(holder.id, request.id):
            where = "anywhere in Azure" if request.fact.unique == "global" else "in the region"
            yield refuse(
                TAKEN_CODES.get(arm_type, "NameNotAvailable"),
                f"the name {name} is taken by {holder.id}",
                f"a name that no other {arm_type} has {where}",
                "Choose another name.",
            )


def locked(request: Request, world: World) -> Iterator[str]:
    """Refuse what a lock forbids: deletes under CanNotDelete, every change under ReadOnly. Locks may be deleted.

    A lock on a contained object also forbids deleting its container, such as the resource group. Locks hold in the
    control plane only: they do not affect what is deleted through a service's own address.
    """
    arm_type = request.fact.arm_type
    if arm_type == LOCKS or (request.operation == "delete" and arm_type in DATA_PLANE):
        return
    for lock in world.list(LOCKS):
        scope, level = scope_of(lock.id), str(lock.value("level"))
        own, locked_scope = f"{request.id.lower()}/", f"{scope.lower()}/"
        deletes = request.operation == "delete"
        forbidden = deletes or level == "ReadOnly"
        if (deletes and locked_scope.startswith(own)) or (forbidden and own.startswith(locked_scope)):
            yield refuse(
                "ScopeLocked",
                f"{request.operation} of {request.id} is forbidden by lock {lock.name} ({level}) on {arm_name(scope)}",
                "changes that no lock in force forbids",
                "Delete the lock first, if its owner agrees.",
            )


CHECK = (served_version, region, tags)
STATE = (name_taken, locked)

"""Laws of storage accounts and their contents: SKUs, blobs, containers, shares, lifecycle."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.facts.regions import PAIRED, ZONES, normal
from emulator.ids import arm_name, parent_id
from emulator.laws.helpers import (
    changing,
    entries,
    is_known,
    number_at,
    previous,
    refuse,
    request_location,
    same,
    string_at,
)
from emulator.records import PREFIXES
from emulator.world import ObjectView, Request, World

_KINDS = {
    "StorageV2": "Standard_LRS Standard_ZRS Standard_GRS Standard_RAGRS Standard_GZRS Standard_RAGZRS Premium_LRS",
    "Storage": "Standard_LRS Standard_ZRS Standard_GRS Standard_RAGRS Premium_LRS",
    "BlobStorage": "Standard_LRS Standard_GRS Standard_RAGRS",
    "BlockBlobStorage": "Premium_LRS Premium_ZRS",
    "FileStorage": (
        "Premium_LRS Premium_ZRS StandardV2_LRS StandardV2_ZRS StandardV2_GRS StandardV2_GZRS PremiumV2_LRS"
        " PremiumV2_ZRS"
    ),
}
SKUS = {kind: tuple(names.split()) for kind, names in _KINDS.items()}
"""Kind → SKUs (Microsoft Learn: Storage account overview)."""
MAX_SHARE_GIB = 102_400
"""Maximum GiB of an SMB share in a general-purpose account."""
MAX_IMMUTABLE_DAYS = 146_000
"""Maximum days that a container may be immutable: 400 years."""
CONTAINERS = "Microsoft.Storage/storageAccounts/blobServices/containers"


def _zonal(name: str) -> bool:
    """Return whether a SKU keeps copies in several zones."""
    return "ZRS" in name


def _copied(name: str) -> bool:
    """Return whether a SKU keeps copies in the paired region."""
    return "GRS" in name or "GZRS" in name


def sku(request: Request, _: World) -> Iterator[str]:
    """Refuse SKUs that the kind of account does not have, and copies in zones or a pair that the region lacks."""
    if not changing(request):
        return
    name, kind = string_at(request, "sku.name"), string_at(request, "kind")
    allowed = SKUS.get(kind, ())
    if allowed and name not in allowed:
        problem = f"sku {name} for kind {kind}"
        yield refuse("InvalidAccountType", problem, ", ".join(allowed), "Choose a SKU of that kind.")
    location = request.get("location")
    region = normal(str(location)) if is_known(location) else ""
    lacking = [
        what
        for what, asked, having in (("zones", _zonal(name), ZONES), ("pair", _copied(name), PAIRED))
        if asked and region and region not in having
    ]
    if lacking:
        problem = f"{name} in {location}, which has no {' and no '.join(lacking)}"
        allowed = " and ".join(["LRS", *(["ZRS"] if region in ZONES else []), *(["GRS"] if region in PAIRED else [])])
        yield refuse("RedundancyConfigurationNotAvailableInRegion", problem, f"{allowed} there", "Choose another SKU.")


def redundancy(request: Request, _: World) -> Iterator[str]:
    """Refuse to turn zone redundancy on or off by an update: Azure needs days to convert the account."""
    before, after = previous(request, "sku.name"), string_at(request, "sku.name")
    if request.operation == "update" and before and _zonal(str(before)) != _zonal(after):
        problem = f"sku goes from {before} to {after}"
        fix = "Start a redundancy conversion (`az storage account migration start`), then change the SKU here."
        yield refuse("AccountSkuConversionRequired", problem, "changes within zonal or within non-zonal SKUs", fix)
    if request.operation == "update" and before and str(before).startswith("Premium") != after.startswith("Premium"):
        problem = f"sku goes from {before} to {after}"
        yield refuse("AccountPropertyCannotBeUpdated", problem, "the same performance tier", "Make a new account.")


def security(request: Request, _: World) -> Iterator[str]:
    """Refuse TLS below 1.2, which storage dropped on 3 February 2026, and private addresses in rules."""
    if not changing(request):
        return
    version = string_at(request, "minimumTlsVersion")
    if version in {"TLS1_0", "TLS1_1"}:
        yield refuse("TlsVersionNotSupported", f"minimumTlsVersion {version}", "TLS1_2, TLS1_3", "Set TLS1_2.")
    for entry in entries(request.get("networkRuleSet.ipRules")):
        value = str(entry.get("iPAddressOrRange"))
        if value.startswith(("10.", "192.168.", "172.16.")):
            fix = "Private networks reach the account through a private endpoint."
            yield refuse("InvalidIpRule", f"ipRules {value}", "public addresses and ranges", fix)


def hierarchy(request: Request, _: World) -> Iterator[str]:
    """Refuse SFTP and NFS without the hierarchical namespace that they need."""
    if not changing(request) or request.get("isHnsEnabled"):
        return
    for key in ("isSftpEnabled", "enableNfsV3"):
        if request.get(key):
            yield refuse("FeatureRequiresHns", f"{key} without isHnsEnabled", "both", "Set isHnsEnabled.")


def blobs(request: Request, _: World) -> Iterator[str]:
    """Refuse retentions outside 1-365 days, and point-in-time restore without the features that it needs."""
    if not changing(request):
        return
    for key in ("deleteRetentionPolicy", "containerDeleteRetentionPolicy"):
        yield from _retention(request, key)
    if not request.get("restorePolicy.enabled"):
        return
    days, kept = number_at(request, "restorePolicy.days") or 0, number_at(request, "deleteRetentionPolicy.days") or 0
    parts = {
        "isVersioningEnabled": request.get("isVersioningEnabled"),
        "changeFeed.enabled": request.get("changeFeed.enabled"),
        "deleteRetentionPolicy.enabled": request.get("deleteRetentionPolicy.enabled"),
    }
    lacking = [name for name, value in parts.items() if not value]
    if lacking:
        problem = f"restorePolicy without {', '.join(lacking)}"
        yield refuse("InvalidRestorePolicy", problem, "all three switched on", "Switch them on.")
    elif days >= kept:
        problem = f"restore within {days} days, deleted blobs kept {kept}"
        allowed = "fewer days than deleteRetentionPolicy.days"
        yield refuse("InvalidRestorePolicy", problem, allowed, "Keep blobs longer.")


def files(request: Request, _: World) -> Iterator[str]:
    """Refuse a retention of deleted shares outside 1-365 days."""
    if changing(request):
        yield from _retention(request, "shareDeleteRetentionPolicy")


def _retention(request: Request, key: str) -> Iterator[str]:
    """Refuse a retention policy that is on without days, or with too many or too few."""
    days = number_at(request, f"{key}.days")
    if request.get(f"{key}.enabled") and (days is None or not 1 <= days <= 365):  # noqa: PLR2004 - days, Azure's limits
        yield refuse("InvalidRetentionDays", f"{key} of {days} days", "1-365", "Correct the days.")


def _account(request: Request, world: World) -> ObjectView | None:
    """Return the account that contains the object."""
    arm_id = request.id
    while arm_id.count("/") > 8:  # noqa: PLR2004 - an account's id has that many
        arm_id = parent_id(arm_id)
    return world.get(arm_id)


def container(request: Request, world: World) -> Iterator[str]:
    """Refuse public containers in an account that forbids them."""
    access = string_at(request, "publicAccess") or "None"
    if not changing(request) or access == "None":
        return
    account = _account(request, world)
    if account and account.value("allowBlobPublicAccess") is not True:
        problem = f"container {arm_name(request.id)} with publicAccess {access} in {account.name}"
        yield refuse("PublicAccessNotPermitted", problem, "None while allowBlobPublicAccess is off", "Set None.")


def immutability(request: Request, _: World) -> Iterator[str]:
    """Refuse an immutability period under 1 day or over 400 years, and both kinds of protected appends at once."""
    if not changing(request):
        return
    days = number_at(request, "immutabilityPeriodSinceCreationInDays")
    if days is not None and not 1 <= days <= MAX_IMMUTABLE_DAYS:
        yield refuse("InvalidImmutabilityPeriod", f"{days} days", f"1-{MAX_IMMUTABLE_DAYS}", "Correct the period.")
    if request.get("allowProtectedAppendWrites") and request.get("allowProtectedAppendWritesAll"):
        problem = "allowProtectedAppendWrites and allowProtectedAppendWritesAll"
        yield refuse("InvalidImmutabilityPolicy", problem, "one of the two", "Keep the intended one.")


def share(request: Request, world: World) -> Iterator[str]:
    """Refuse a size or protocol that the share's account does not support, and accounts without a file service."""
    if not changing(request):
        return
    quota, protocol = number_at(request, "shareQuota"), string_at(request, "enabledProtocols") or "SMB"
    if quota is not None and not 1 <= quota <= MAX_SHARE_GIB:
        yield refuse("InvalidShareQuota", f"{quota} GiB", f"1-{MAX_SHARE_GIB}", "Correct shareQuota.")
    account = _account(request, world)
    if account is None:
        return
    kind = str(account.value("kind"))
    if kind not in {"StorageV2", "Storage", "FileStorage"}:
        problem = f"share in {account.name} of kind {kind}"
        yield refuse("FileServiceNotSupported", problem, "StorageV2, FileStorage", "Use another account.")
    if protocol == "NFS" and kind != "FileStorage":
        problem = f"NFS share in {account.name} of kind {kind}"
        yield refuse("NfsNotSupported", problem, "premium FileStorage accounts", "Use SMB, or a FileStorage account.")


def lifecycle(request: Request, _: World) -> Iterator[str]:
    """Refuse a lifecycle policy without rules, with duplicate names, or with a rule that does nothing."""
    rules = request.get("policy.rules")
    if not changing(request) or not isinstance(rules, list):
        return
    names = [str(rule.get("name")) for rule in entries(rules)]
    if len(set(names)) < len(names) or not 1 <= len(rules) <= 100:  # noqa: PLR2004 - Azure's limit
        yield refuse("InvalidManagementPolicy", f"rules {', '.join(names)}", "1-100 with unique names", "Rename.")
    for rule in entries(rules):
        actions = (rule.get("definition") or {}).get("actions") if isinstance(rule.get("definition"), dict) else None
        if isinstance(actions, dict) and not any(actions.values()):
            yield refuse("InvalidManagementPolicy", f"rule {rule.get('name')} does nothing", "an action", "Add one.")


def records(request: Request, world: World) -> Iterator[str]:
    """Refuse to delete an account with version-level immutability that Azure has written records into.

    Source: Microsoft Learn, "Version-level WORM policies for immutable blob data", deletion: it must be empty, whether
    the policy is locked or not. What applications write is not known here; containers that Azure made hold blobs.
    """
    if changing(request) or request.get("immutableStorageWithVersioning.enabled") is not True:
        return
    below = [item.name for item in world.children(request.id) if same(item.arm_type, CONTAINERS)]
    held = sorted(name for name in below if name.startswith(PREFIXES))
    if held:
        problem = f"{arm_name(request.id)} holds immutable records in {', '.join(held)}"
        fix = "Delete them when their period is over, or after shortening it, with their containers; then delete again."
        yield refuse("AccountProtectedFromDeletion", problem, "an account without blobs", fix)


def group_region(request: Request, world: World) -> Iterator[str]:
    """Refuse zone redundancy in a region without zones, for accounts without a location of their own."""
    if changing(request) and request.get("location") is None and _zonal(string_at(request, "sku.name")):
        location = request_location(request, world)
        if location and location not in ZONES:
            problem = f"{string_at(request, 'sku.name')} in {location}"
            code = "RedundancyConfigurationNotAvailableInRegion"
            yield refuse(code, problem, "LRS and GRS there", "Choose another SKU.")


CHECK = {
    "storage:StorageAccount": (sku, redundancy, security, hierarchy),
    "storage:BlobServiceProperties": (blobs,),
    "storage:FileServiceProperties": (files,),
    "storage:BlobContainerImmutabilityPolicy": (immutability,),
    "storage:ManagementPolicy": (lifecycle,),
}
STATE = {
    "storage:StorageAccount": (group_region, records),
    "storage:BlobContainer": (container,),
    "storage:FileShare": (share,),
}

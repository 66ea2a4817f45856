"""Laws of PostgreSQL flexible server: size, storage, versions, sign-in, network."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from emulator.ids import arm_name, parent_id
from emulator.laws.helpers import changing, is_known, missing, number_at, previous, refuse, same, string_at
from emulator.laws.resolution import LINK
from emulator.world import Request, World

FAMILIES = {"B": "Burstable", "D": "GeneralPurpose", "E": "MemoryOptimized"}
SKU = re.compile(
    r"Standard_(?:(?P<burst>B)(?:1ms|2s|2ms|4ms|8ms|12ms|16ms|20ms)"
    r"|(?P<family>[DE])(?:2|4|8|16|20|32|48|64|96|128|192)(?:s_v3|ds_v4|ds_v5|ads_v5|ds_v6|ads_v6))"
)
"""Name of a SKU (Microsoft Learn: Compute options in Azure Database for PostgreSQL, January 2026)."""
DISK_SIZES = (32, 64, 128, 256, 512, 1024, 2048, 4095, 4096, 8192, 16384, 32767, 32768)
"""Sizes of a Premium SSD in GiB."""
MAX_V2_GIB = 65536
RESERVED = {"azure_superuser", "azure_pg_admin", "admin", "administrator", "root", "guest", "public"}
ZONE_SUFFIX = ".postgres.database.azure.com"
MODES = {
    "PointInTimeRestore": ("sourceServerResourceId", "pointInTimeUTC"),
    "GeoRestore": ("sourceServerResourceId", "pointInTimeUTC"),
    "ReviveDropped": ("sourceServerResourceId", "pointInTimeUTC"),
    "Replica": ("sourceServerResourceId",),
}
"""Create mode → inputs that it needs besides the usual ones."""
AS_OF = dt.date(2026, 11, 24)
"""Day on which the dates below were checked; a clock that is behind does not revive what had ended by then."""
VERSION_ENDS = {
    "11": dt.date(2023, 11, 9),
    "12": dt.date(2024, 11, 21),
    "13": dt.date(2025, 11, 13),
    "14": dt.date(2026, 11, 12),
    "15": dt.date(2027, 11, 11),
    "16": dt.date(2028, 11, 9),
    "17": dt.date(2029, 11, 8),
    "18": dt.date(2030, 11, 14),
}
"""Last day of each major version (Microsoft Learn: PostgreSQL version policy; before 14 the community's date)."""


def today() -> dt.date:
    """Return the day on which the end of versions is judged."""
    return max(AS_OF, dt.datetime.now(tz=dt.UTC).date())


def has_ended(major: str) -> bool:
    """Return whether the last day of a major version has passed."""
    return VERSION_ENDS[major] < today()


def sku(request: Request, _: World) -> Iterator[str]:
    """Refuse a SKU that does not exist, or whose tier is not its family's."""
    if not changing(request):
        return
    name, tier = string_at(request, "sku.name"), string_at(request, "sku.tier")
    if request.get("sku") is None and not _copies_server(request):
        yield refuse("MissingRequiredParameter", "no sku", "sku.name and sku.tier", "Set both.")
        return
    match = SKU.fullmatch(name)
    if name and match is None:
        yield refuse("InvalidSkuName", f"sku.name {name}", "Standard_B2ms, Standard_D4ds_v5, …", "Choose a SKU.")
    elif match and tier != FAMILIES[match.group("burst") or match.group("family")]:
        family_tier = FAMILIES[match.group("burst") or match.group("family")]
        yield refuse("InvalidSkuTier", f"tier {tier} for {name}", family_tier, f"Set sku.tier to {family_tier}.")


def _copies_server(request: Request) -> bool:
    """Return whether the server takes its size from another one."""
    return string_at(request, "createMode") in MODES


def storage(request: Request, _: World) -> Iterator[str]:
    """Refuse a disk size that does not exist, and a smaller disk than before."""
    size = number_at(request, "storage.storageSizeGB")
    if not changing(request) or size is None:
        return
    kind = string_at(request, "storage.type") or "Premium_LRS"
    if kind == "Premium_LRS" and size not in DISK_SIZES:
        larger = next((size_ for size_ in DISK_SIZES if size_ > size), DISK_SIZES[-1])
        fix = f"The next size is {larger}."
        yield refuse("InvalidStorageSize", f"{size} GiB", ", ".join(map(str, DISK_SIZES)), fix)
    if kind == "PremiumV2_LRS" and not DISK_SIZES[0] <= size <= MAX_V2_GIB:
        yield refuse("InvalidStorageSize", f"{size} GiB", f"{DISK_SIZES[0]}-{MAX_V2_GIB}", "Correct it.")
    before = previous(request, "storage.storageSizeGB")
    if isinstance(before, int) and before > size:
        problem = f"storage shrinks from {before} to {size} GiB"
        grown = "It can have grown by itself (autoGrow)"
        fix = f"{grown}: write data.postgres.storageGib: {before}. To go smaller, restore into a smaller server."
        yield refuse("StorageSizeDecreaseNotAllowed", problem, "growth only", fix)
    if kind == "PremiumV2_LRS" and string_at(request, "storage.autoGrow") == "Enabled":
        problem = "autoGrow on PremiumV2_LRS"
        yield refuse("StorageAutogrowNotSupported", problem, "autoGrow on Premium_LRS", "Switch it off.")


def backups(request: Request, _: World) -> Iterator[str]:
    """Refuse a retention of backups outside 7-35 days."""
    days = number_at(request, "backup.backupRetentionDays")
    if changing(request) and days is not None and not 7 <= days <= 35:  # noqa: PLR2004 - days, Azure's limits
        yield refuse("InvalidBackupRetentionDays", f"{days} days", "7-35", "Correct backupRetentionDays.")


def version(request: Request, _: World) -> Iterator[str]:
    """Refuse a new server of a version that has ended, an unknown version, and a downgrade."""
    major = string_at(request, "version")
    if not changing(request) or not major:
        return
    supported = ", ".join(one for one in VERSION_ENDS if not has_ended(one))
    if major not in VERSION_ENDS:
        yield refuse("InvalidVersion", f"version {major}", supported, "Choose a major version.")
        return
    before = previous(request, "version")
    if before is None and has_ended(major):
        yield refuse(
            "VersionNotSupported",
            f"version {major} ended on {VERSION_ENDS[major]}",
            supported,
            "Choose a newer version.",
        )
    if before is not None and int(before) > int(major):
        problem = f"version goes from {before} to {major}"
        yield refuse("VersionDowngradeNotAllowed", problem, "the same or a newer version", "Set it back.")


def login(request: Request, _: World) -> Iterator[str]:
    """Refuse a server without a way to sign in, reserved login names, and weak passwords (never shown)."""
    if request.operation != "create" or _copies_server(request):
        return
    password_auth = (string_at(request, "authConfig.passwordAuth") or "Enabled").lower() == "enabled"
    entra_auth = (string_at(request, "authConfig.activeDirectoryAuth") or "Disabled").lower() == "enabled"
    if not password_auth and not entra_auth:
        yield refuse("InvalidAuthConfig", "neither passwordAuth nor activeDirectoryAuth", "at least one", "Enable one.")
    name, password = request.get("administratorLogin"), request.get("administratorLoginPassword")
    if password_auth:
        for key, value in (("administratorLogin", name), ("administratorLoginPassword", password)):
            if value is None:
                fix = "Set it, or disable passwordAuth."
                yield refuse("MissingRequiredParameter", f"passwordAuth without {key}", "both of them", fix)
    if is_known(name):
        lower = str(name).lower()
        if lower in RESERVED or lower.startswith("pg_") or not re.fullmatch(r"[a-z0-9_]{1,63}", lower):
            allowed = f"1-63 letters, digits, _; not pg_*, {', '.join(sorted(RESERVED))}"
            yield refuse("InvalidAdministratorLogin", f"administratorLogin {name}", allowed, "Choose another name.")
    if is_known(password):
        yield from _password(str(password), str(name) if is_known(name) else "")


def _password(password: str, name: str) -> Iterator[str]:
    """Refuse a password that is too short or too simple, without showing any of it."""
    kinds = (r"[A-Z]", r"[a-z]", r"\d", r"[^A-Za-z0-9]")
    count = sum(bool(re.search(kind, password)) for kind in kinds)
    named = bool(name) and name.lower() in password.lower()
    if not 8 <= len(password) <= 128 or count < 3 or named:  # noqa: PLR2004 - Azure's rule
        allowed = "8-128 characters of three kinds (upper, lower, digit, other), without the login name"
        yield refuse("PasswordTooWeak", "administratorLoginPassword breaks the rule", allowed, "Generate another.")


def network(request: Request, _: World) -> Iterator[str]:
    """Refuse an injected server without its zone, with public access, or with a wrongly named zone."""
    subnet = request.get("network.delegatedSubnetResourceId")
    zone = request.get("network.privateDnsZoneArmResourceId")
    if request.operation != "create" or (subnet is None and zone is None):
        return
    if subnet is None or zone is None:
        problem = "delegatedSubnetResourceId and privateDnsZoneArmResourceId not both set"
        yield refuse("InvalidNetworkConfiguration", problem, "both, or neither", "Set both for VNet injection.")
    elif string_at(request, "network.publicNetworkAccess") == "Enabled":
        problem = "publicNetworkAccess Enabled on an injected server"
        yield refuse("InvalidNetworkConfiguration", problem, "Disabled", "Leave publicNetworkAccess out.")
    if is_known(zone):
        name = arm_name(str(zone)).lower()
        server = f"{string_at(request, 'serverName').lower()}{ZONE_SUFFIX}"
        if not name.endswith(ZONE_SUFFIX) or name == server:
            problem = f"private zone {name}"
            yield refuse("InvalidPrivateDnsZone", problem, f"*{ZONE_SUFFIX}, not {server}", "Use another zone.")


def zone_linked(request: Request, world: World) -> Iterator[str]:
    """Refuse an injected server whose zone is missing, or not linked to its network."""
    zone = string_at(request, "network.privateDnsZoneArmResourceId")
    subnet = string_at(request, "network.delegatedSubnetResourceId")
    if request.operation != "create" or not zone or not subnet:
        return
    yield from missing(world, zone, "the private zone")
    vnet = parent_id(subnet)
    links = [item for item in world.children(zone) if same(item.arm_type, LINK)]
    if not any(same(str(link.value("virtualNetwork.id")), vnet) for link in links):
        problem = f"zone {arm_name(zone)} is not linked to {arm_name(vnet)}"
        yield refuse("PrivateDnsZoneNotLinked", problem, "a zone linked to the server's network", "Link it first.")


def modes(request: Request, _: World) -> Iterator[str]:
    """Refuse a restore or replica without its source or time."""
    if request.operation == "create":
        mode = string_at(request, "createMode")
        for key in MODES.get(mode, ()):
            if request.get(key) is None:
                yield refuse("MissingRequiredParameter", f"createMode {mode} without {key}", key, f"Set {key}.")


def window(request: Request, _: World) -> Iterator[str]:
    """Refuse a maintenance window that is not a valid time of the week."""
    limits = (("dayOfWeek", 6), ("startHour", 23), ("startMinute", 59))
    for key, most in limits:
        value = number_at(request, f"maintenanceWindow.{key}")
        if changing(request) and value is not None and not 0 <= value <= most:
            yield refuse("InvalidMaintenanceWindow", f"{key} {value}", f"0-{most}", "Correct it.")


CHECK = {
    "dbforpostgresql:Server": (sku, storage, backups, version, login, network, modes, window),
}
STATE = {"dbforpostgresql:Server": (zone_linked,)}

"""Laws of PostgreSQL flexible server: size, availability, storage, versions, sign-in, network."""

from __future__ import annotations

import re
from collections.abc import Iterator

from emulator.facts.regions import ZONES, normal
from emulator.laws.access import changing, known, missing, number, old, parent_id, refuse, same, text
from emulator.laws.lifecycle import POSTGRES_ENDS, ended
from emulator.laws.resolution import LINK
from emulator.world import Request, World, arm_name

FAMILIES = {"B": "Burstable", "D": "GeneralPurpose", "E": "MemoryOptimized"}
SKU = re.compile(
    r"Standard_(?:(?P<burst>B)(?:1ms|2s|2ms|4ms|8ms|12ms|16ms|20ms)"
    r"|(?P<family>[DE])(?:2|4|8|16|20|32|48|64|96|128|192)(?:s_v3|ds_v4|ds_v5|ads_v5|ds_v6|ads_v6))"
)
"""SKU names (Microsoft Learn: Compute options in Azure Database for PostgreSQL, January 2026)."""
STEPS = (32, 64, 128, 256, 512, 1024, 2048, 4095, 4096, 8192, 16384, 32767, 32768)
"""GiB that a Premium SSD comes in."""
LARGEST_V2 = 65536
RESERVED = {"azure_superuser", "azure_pg_admin", "admin", "administrator", "root", "guest", "public"}
ZONE_SUFFIX = ".postgres.database.azure.com"
MODES = {
    "PointInTimeRestore": ("sourceServerResourceId", "pointInTimeUTC"),
    "GeoRestore": ("sourceServerResourceId", "pointInTimeUTC"),
    "ReviveDropped": ("sourceServerResourceId", "pointInTimeUTC"),
    "Replica": ("sourceServerResourceId",),
}
"""What the ways to make a server need beside the usual."""


def sku(request: Request, _: World) -> Iterator[str]:
    """Refuse a SKU that does not exist, or whose tier is not its family's."""
    if not changing(request):
        return
    name, tier = text(request, "sku.name"), text(request, "sku.tier")
    if request.get("sku") is None and not _from_other(request):
        yield refuse("MissingRequiredParameter", "no sku", "sku.name and sku.tier", "Set both.")
        return
    match = SKU.fullmatch(name)
    if name and match is None:
        yield refuse("InvalidSkuName", f"sku.name {name}", "Standard_B2ms, Standard_D4ds_v5, …", "Choose a SKU.")
    elif match and tier != FAMILIES[match.group("burst") or match.group("family")]:
        right = FAMILIES[match.group("burst") or match.group("family")]
        yield refuse("InvalidSkuTier", f"tier {tier} for {name}", right, f"Set sku.tier to {right}.")


def _from_other(request: Request) -> bool:
    """Whether the server takes its size from another one."""
    return text(request, "createMode") in MODES


def availability(request: Request, _: World) -> Iterator[str]:
    """Refuse high availability on Burstable, and across zones where a region has none."""
    mode = text(request, "highAvailability.mode") or "Disabled"
    if not changing(request) or mode == "Disabled":
        return
    if text(request, "sku.tier") == "Burstable":
        fix = "Choose a GeneralPurpose or MemoryOptimized SKU, or switch it off."
        yield refuse("HighAvailabilityNotSupported", f"{mode} on Burstable", "Disabled on Burstable", fix)
    location = request.get("location")
    if mode == "ZoneRedundant" and known(location) and normal(str(location)) not in ZONES:
        found = f"ZoneRedundant in {location}"
        yield refuse("ZoneRedundantHaNotSupported", found, "regions with availability zones", "Use SameZone.")
    zone, standby = text(request, "availabilityZone"), text(request, "highAvailability.standbyAvailabilityZone")
    if zone and standby and (zone == standby) == (mode == "ZoneRedundant"):
        found = f"{mode} with server and standby in zones {zone} and {standby}"
        yield refuse("InvalidStandbyZone", found, "two zones for ZoneRedundant, one for SameZone", "Correct the zones.")


def storage(request: Request, _: World) -> Iterator[str]:
    """Refuse a disk size that there is none of, and a smaller disk than before."""
    size = number(request, "storage.storageSizeGB")
    if not changing(request) or size is None:
        return
    kind = text(request, "storage.type") or "Premium_LRS"
    if kind == "Premium_LRS" and size not in STEPS:
        nearest = next((step for step in STEPS if step > size), STEPS[-1])
        fix = f"The next step is {nearest}."
        yield refuse("InvalidStorageSize", f"{size} GiB", ", ".join(map(str, STEPS)), fix)
    if kind == "PremiumV2_LRS" and not STEPS[0] <= size <= LARGEST_V2:
        yield refuse("InvalidStorageSize", f"{size} GiB", f"{STEPS[0]}-{LARGEST_V2}", "Correct it.")
    before = old(request, "storage.storageSizeGB")
    if isinstance(before, int) and before > size:
        found = f"storage shrinks from {before} to {size} GiB"
        yield refuse("StorageSizeDecreaseNotAllowed", found, "growth only", "Restore into a smaller server instead.")
    if kind == "PremiumV2_LRS" and text(request, "storage.autoGrow") == "Enabled":
        found = "autoGrow on PremiumV2_LRS"
        yield refuse("StorageAutogrowNotSupported", found, "autoGrow on Premium_LRS", "Switch it off.")


def backups(request: Request, _: World) -> Iterator[str]:
    """Refuse a retention of backups outside 7-35 days."""
    days = number(request, "backup.backupRetentionDays")
    if changing(request) and days is not None and not 7 <= days <= 35:  # noqa: PLR2004 - days, Azure's limits
        yield refuse("InvalidBackupRetentionDays", f"{days} days", "7-35", "Correct backupRetentionDays.")


def version(request: Request, _: World) -> Iterator[str]:
    """Refuse a new server of a version that has ended, an unknown version, and a step back."""
    given = text(request, "version")
    if not changing(request) or not given:
        return
    supported = ", ".join(key for key in POSTGRES_ENDS if not ended(POSTGRES_ENDS, key))
    if given not in POSTGRES_ENDS:
        yield refuse("InvalidVersion", f"version {given}", supported, "Choose a major version.")
        return
    end, before = ended(POSTGRES_ENDS, given), old(request, "version")
    if end and before is None:
        yield refuse("VersionNotSupported", f"version {given} ended on {end}", supported, "Choose a newer version.")
    if before is not None and int(before) > int(given):
        found = f"version goes from {before} to {given}"
        yield refuse("VersionDowngradeNotAllowed", found, "the same or a newer version", "Set it back.")


def login(request: Request, _: World) -> Iterator[str]:
    """Refuse a server that nobody can sign in to, reserved login names, and weak passwords (never shown)."""
    if request.operation != "create" or _from_other(request):
        return
    password_auth = (text(request, "authConfig.passwordAuth") or "Enabled").lower() == "enabled"
    entra_auth = (text(request, "authConfig.activeDirectoryAuth") or "Disabled").lower() == "enabled"
    if not password_auth and not entra_auth:
        yield refuse("InvalidAuthConfig", "neither passwordAuth nor activeDirectoryAuth", "at least one", "Enable one.")
    name, password = request.get("administratorLogin"), request.get("administratorLoginPassword")
    if password_auth:
        for key, value in (("administratorLogin", name), ("administratorLoginPassword", password)):
            if value is None:
                fix = "Set it, or disable passwordAuth."
                yield refuse("MissingRequiredParameter", f"passwordAuth without {key}", "both of them", fix)
    if known(name):
        lower = str(name).lower()
        if lower in RESERVED or lower.startswith("pg_") or not re.fullmatch(r"[a-z0-9_]{1,63}", lower):
            allowed = f"1-63 letters, digits, _; not pg_*, {', '.join(sorted(RESERVED))}"
            yield refuse("InvalidAdministratorLogin", f"administratorLogin {name}", allowed, "Choose another name.")
    if known(password):
        yield from _password(str(password), str(name) if known(name) else "")


def _password(password: str, name: str) -> Iterator[str]:
    """Refuse a password that is too short or too simple; the text says nothing of it."""
    kinds = (r"[A-Z]", r"[a-z]", r"\d", r"[^A-Za-z0-9]")
    count = sum(bool(re.search(kind, password)) for kind in kinds)
    named = bool(name) and name.lower() in password.lower()
    if not 8 <= len(password) <= 128 or count < 3 or named:  # noqa: PLR2004 - Azure's rule
        allowed = "8-128 characters of three kinds (upper, lower, digit, other), without the login name"
        yield refuse("PasswordTooWeak", "administratorLoginPassword breaks the rule", allowed, "Generate another.")


def network(request: Request, _: World) -> Iterator[str]:
    """Refuse an injected server without its zone, with public access, or with a zone of a wrong name."""
    subnet = request.get("network.delegatedSubnetResourceId")
    zone = request.get("network.privateDnsZoneArmResourceId")
    if request.operation != "create" or (subnet is None and zone is None):
        return
    if subnet is None or zone is None:
        found = "delegatedSubnetResourceId and privateDnsZoneArmResourceId not both set"
        yield refuse("InvalidNetworkConfiguration", found, "both, or neither", "Set both for VNet injection.")
    elif text(request, "network.publicNetworkAccess") == "Enabled":
        found = "publicNetworkAccess Enabled on an injected server"
        yield refuse("InvalidNetworkConfiguration", found, "Disabled", "Leave publicNetworkAccess out.")
    if known(zone):
        name = arm_name(str(zone)).lower()
        server = f"{text(request, 'serverName').lower()}{ZONE_SUFFIX}"
        if not name.endswith(ZONE_SUFFIX) or name == server:
            found = f"private zone {name}"
            yield refuse("InvalidPrivateDnsZone", found, f"*{ZONE_SUFFIX}, not {server}", "Use another zone.")


def zone_linked(request: Request, world: World) -> Iterator[str]:
    """Refuse an injected server whose zone is missing or not linked to its network."""
    zone = text(request, "network.privateDnsZoneArmResourceId")
    subnet = text(request, "network.delegatedSubnetResourceId")
    if request.operation != "create" or not zone or not subnet:
        return
    yield from missing(world, zone, "the private zone")
    vnet = parent_id(subnet)
    links = [item for item in world.children(zone) if same(item.arm_type, LINK)]
    if not any(same(str(link.value("virtualNetwork.id")), vnet) for link in links):
        found = f"zone {arm_name(zone)} is not linked to {arm_name(vnet)}"
        yield refuse("PrivateDnsZoneNotLinked", found, "a zone linked to the server's network", "Link it first.")


def modes(request: Request, _: World) -> Iterator[str]:
    """Refuse a restore or replica that does not say of what, or to when."""
    if request.operation == "create":
        mode = text(request, "createMode")
        for key in MODES.get(mode, ()):
            if request.get(key) is None:
                yield refuse("MissingRequiredParameter", f"createMode {mode} without {key}", key, f"Set {key}.")


def window(request: Request, _: World) -> Iterator[str]:
    """Refuse a maintenance window that is no time of the week."""
    limits = (("dayOfWeek", 6), ("startHour", 23), ("startMinute", 59))
    for key, most in limits:
        value = number(request, f"maintenanceWindow.{key}")
        if changing(request) and value is not None and not 0 <= value <= most:
            yield refuse("InvalidMaintenanceWindow", f"{key} {value}", f"0-{most}", "Correct it.")


CHECK = {
    "dbforpostgresql:Server": (sku, availability, storage, backups, version, login, network, modes, window),
}
STATE = {"dbforpostgresql:Server": (zone_linked,)}

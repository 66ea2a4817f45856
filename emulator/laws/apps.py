"""Laws of web apps and slots: plan and tier, images, settings, identities, mounts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from emulator.ids import arm_name, parent_id
from emulator.laws.helpers import (
    changing,
    entries,
    is_known,
    location_of,
    missing,
    refuse,
    request_location,
    same,
    string_at,
)
from emulator.laws.plans import tier_of_plan
from emulator.world import Request, World

SLOT = "Microsoft.Web/sites/slots"
IMAGE = re.compile(
    r"(?:[a-z0-9.-]+(?::\d+)?/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?"
)
"""A container image: repository, tag, digest."""
RUNTIME = re.compile(r"(?:NODE|PYTHON|DOTNETCORE|JAVA|PHP|TOMCAT|JBOSSEAP|GO|RUBY)\|[A-Za-z0-9._-]+|SITECONTAINERS|")
VAULT_URI = re.compile(
    r"SecretUri=https://[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9]\.vault\.azure\.net/secrets/[A-Za-z0-9-]{1,127}(?:/[0-9a-f]{32}?)?/?"
)
VAULT_NAME = re.compile(
    r"VaultName=[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9];SecretName=[A-Za-z0-9-]{1,127}(?:;SecretVersion=[0-9a-f]{32})?"
)
SETTING = re.compile(r"[A-Za-z0-9_.]+")
"""Name of an app setting on Linux, where it becomes an environment variable."""
RESERVED_PATHS = {"/", "/home", "/tmp"}  # noqa: S108 - a path inside the customer's container


def image(request: Request, _: World) -> Iterator[str]:
    """Refuse a ``linuxFxVersion`` that is neither an image nor a runtime."""
    value = string_at(request, "siteConfig.linuxFxVersion")
    if not changing(request) or not value:
        return
    kind, bar, reference = value.partition("|")
    if kind.upper() == "DOCKER" and bar:
        valid = IMAGE.fullmatch(reference) is not None
    else:
        valid = value.startswith("COMPOSE|") or RUNTIME.fullmatch(value) is not None
    if not valid:
        allowed = "DOCKER|repository:tag, DOCKER|repository@sha256:<digest>, or a runtime such as PYTHON|3.12"
        yield refuse("InvalidLinuxFxVersion", f"linuxFxVersion {value}", allowed, "Correct it.")


def settings(request: Request, _: World) -> Iterator[str]:
    """Refuse duplicate settings, names that cannot be environment variables, and malformed vault references.

    Azure itself stores a malformed reference and passes its text to the app; here it is refused, as nobody wants that.
    """
    listed = request.get("siteConfig.appSettings")
    if not changing(request) or not isinstance(listed, list):
        return
    names: set[str] = set()
    for entry in entries(listed):
        name, value = entry.get("name"), entry.get("value")
        if not is_known(name):
            continue
        if str(name) in names:
            yield refuse("DuplicateAppSetting", f"app setting {name} twice", "each name once", "Drop one.")
        names.add(str(name))
        yield from _setting(str(name), value)


def listed_settings(request: Request, _: World) -> Iterator[str]:
    """Refuse the same in settings that are an object of their own."""
    properties = request.get("properties")
    if changing(request) and isinstance(properties, dict):
        for name, value in properties.items():
            yield from _setting(str(name), value)


def _setting(name: str, value: Any) -> Iterator[str]:
    """Refuse one setting; its value is shown only if it is a reference, which is not secret."""
    if not SETTING.fullmatch(name):
        fix = "Linux hands settings over as environment variables; write : as __."
        yield refuse("InvalidAppSettingName", f"app setting {name}", "letters, digits, _ and .", fix)
    if not isinstance(value, str) or not value.strip().lower().startswith("@microsoft.keyvault"):
        return
    match = re.fullmatch(r"@Microsoft\.KeyVault\((.*)\)", value)
    body = match.group(1) if match else ""
    if not VAULT_URI.fullmatch(body) and not VAULT_NAME.fullmatch(body):
        problem = f"app setting {name} = {value}"
        uri = "SecretUri=https://<vault>.vault.azure.net/secrets/<name>"
        allowed = f"@Microsoft.KeyVault({uri}) or (VaultName=…;SecretName=…)"
        yield refuse("InvalidKeyVaultReference", problem, allowed, "Correct the reference.")


def reference_identity(request: Request, _: World) -> Iterator[str]:
    """Refuse vault references or image pulls by an identity that the app does not have."""
    if not changing(request):
        return
    users = request.get("identity.userAssignedIdentities") or []
    own = "SystemAssigned" in string_at(request, "identity.type")
    reference_id = string_at(request, "keyVaultReferenceIdentity")
    if reference_id == "SystemAssigned" and not own:
        problem = "keyVaultReferenceIdentity SystemAssigned without a system-assigned identity"
        yield refuse("IdentityNotAssigned", problem, "identity.type SystemAssigned", "Assign the app one.")
    elif reference_id and reference_id != "SystemAssigned" and not any(same(str(user), reference_id) for user in users):
        problem = f"keyVaultReferenceIdentity {reference_id} is not among the app's identities"
        yield refuse("IdentityNotAssigned", problem, "one of identity.userAssignedIdentities", "Assign it too.")
    if request.get("siteConfig.acrUseManagedIdentityCreds") and not users and not own:
        problem = "acrUseManagedIdentityCreds without an identity"
        yield refuse("IdentityNotAssigned", problem, "an identity that may pull", "Assign the app one.")


def mounts(request: Request, _: World) -> Iterator[str]:
    """Refuse mounts at paths that the container itself needs, and Azure Files mounts without a key."""
    accounts = request.get("siteConfig.azureStorageAccounts")
    if not changing(request) or not isinstance(accounts, dict):
        return
    for name, mount in accounts.items():
        if not isinstance(mount, dict):
            continue
        path = mount.get("mountPath")
        if is_known(path) and (not str(path).startswith("/") or str(path).rstrip("/") in RESERVED_PATHS | {""}):
            problem = f"mount {name} at {path}"
            yield refuse("InvalidMountPath", problem, "an absolute path other than /, /home, /tmp", "Choose another.")
        if mount.get("type") == "AzureFiles" and mount.get("accessKey") is None:
            problem = f"mount {name} of Azure Files without accessKey"
            yield refuse("InvalidStorageMount", problem, "the account's key or a reference to it", "Set accessKey.")


def plan(request: Request, world: World) -> Iterator[str]:
    """Refuse an app whose plan is missing, in another region, of Windows, or of a tier without what the app uses."""
    plan_id = string_at(request, "serverFarmId")
    if not changing(request) or not plan_id:
        return
    yield from missing(world, plan_id, "the plan")
    app_plan = world.get(plan_id)
    if app_plan is None:
        return
    here, there = request_location(request, world), location_of(app_plan, world)
    if here and there and here != there:
        problem = f"app {arm_name(request.id)} in {here}, plan {app_plan.name} in {there}"
        yield refuse("PlanInAnotherRegion", problem, "the plan's region", "Use one region for both.")
    linux = string_at(request, "siteConfig.linuxFxVersion")
    if linux and not app_plan.value("reserved"):
        problem = f"linuxFxVersion {linux} on {app_plan.name}, a Windows plan"
        yield refuse("InvalidLinuxFxVersion", problem, "plans with reserved true", "Make a plan with reserved true.")
    name, tier = tier_of_plan(app_plan)
    if request.get("siteConfig.alwaysOn") and not tier.always_on:
        problem = f"alwaysOn on {name}"
        yield refuse("AlwaysOnNotSupported", problem, "Basic and up", "Switch it off or scale the plan up.")
    if request.get("virtualNetworkSubnetId") and not tier.integration:
        problem = f"VNet integration on {name}"
        yield refuse("VnetIntegrationNotSupported", problem, "Basic and up", "Scale the plan up.")


def slot(request: Request, world: World) -> Iterator[str]:
    """Refuse slots on a plan without slots, more than it allows, and host names that become too long."""
    if request.operation != "create":
        return
    app_id = parent_id(request.id)
    app = world.get(app_id)
    if app is None:
        return
    host_label = f"{app.name}-{arm_name(request.id)}"
    if len(host_label) > 63:  # noqa: PLR2004 - RFC 1035
        yield refuse("HostNameTooLong", f"slot host name {host_label}", "63 characters", "Shorten the slot's name.")
    app_plan = world.get(str(app.value("serverFarmId")))
    if app_plan is None:
        return
    name, tier = tier_of_plan(app_plan)
    count = sum(same(item.arm_type, SLOT) for item in world.children(app_id))
    if count >= tier.slots:
        problem = f"slot number {count + 1} of {app.name} on {name}"
        allowed = f"{tier.slots} slots on {name}; Standard has 5, Premium 20"
        yield refuse("SlotsNotSupported", problem, allowed, "Scale the plan up or leave the slot out.")


def mounted_accounts(request: Request, world: World) -> Iterator[str]:
    """Refuse Azure Files mounts of a missing share, or of an account that forbids keys, with which mounts sign in."""
    mounts_by_name = request.get("siteConfig.azureStorageAccounts") or request.get("properties")
    if not changing(request) or not isinstance(mounts_by_name, dict):
        return
    for name, mount in mounts_by_name.items():
        if not isinstance(mount, dict) or not is_known(mount.get("accountName")):
            continue
        account = world.by_global_name("Microsoft.Storage/storageAccounts", str(mount.get("accountName")))
        if account is None:
            problem = f"account {mount.get('accountName')} of mount {name} does not exist"
            yield refuse("StorageAccountNotFound", problem, "an account that exists", "Create it first.")
            continue
        if mount.get("type") == "AzureFiles":
            if account.value("allowSharedKeyAccess") is False:
                problem = f"mount {name} signs in to {account.name} with a key, which that account forbids"
                fix = "Allow shared keys on the account that holds the share, or do without the mount."
                yield refuse("KeyBasedAuthenticationNotPermitted", problem, "allowSharedKeyAccess true", fix)
            yield from missing(
                world, f"{account.id}/fileServices/default/shares/{mount.get('shareName')}", "the mounted share"
            )


def sticky(request: Request, world: World) -> Iterator[str]:
    """Refuse sticky slot settings on an app whose plan has no slots."""
    app = world.get(parent_id(request.id))
    app_plan = world.get(str(app.value("serverFarmId"))) if app else None
    if changing(request) and app and app_plan and not tier_of_plan(app_plan)[1].slots:
        problem = f"slot settings of {app.name} on {tier_of_plan(app_plan)[0]}"
        yield refuse("SlotsNotSupported", problem, "plans with slots", "Leave them out.")


_APPS = ("web:WebApp", "web:WebAppSlot")
CHECK = {
    **dict.fromkeys(_APPS, (image, settings, reference_identity, mounts)),
    "web:WebAppApplicationSettings": (listed_settings,),
    "web:WebAppApplicationSettingsSlot": (listed_settings,),
}
STATE = {
    "web:WebApp": (plan, mounted_accounts),
    "web:WebAppSlot": (plan, slot, mounted_accounts),
    "web:WebAppAzureStorageAccounts": (mounted_accounts,),
    "web:WebAppAzureStorageAccountsSlot": (mounted_accounts,),
    "web:WebAppSlotConfigurationNames": (sticky,),
}

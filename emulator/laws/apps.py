"""Laws of web apps and slots: the plan, what its tier allows, images, settings, identities, mounts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from emulator.laws.access import (
    changing,
    entries,
    known,
    location_of,
    missing,
    refuse,
    request_location,
    same,
    text,
)
from emulator.laws.plans import offers
from emulator.world import Request, World, arm_name

SLOT = "Microsoft.Web/sites/slots"
IMAGE = re.compile(
    r"(?:[a-z0-9.-]+(?::\d+)?/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?"
)
"""Reference of a container image: repository, tag, digest."""
RUNTIME = re.compile(r"(?:NODE|PYTHON|DOTNETCORE|JAVA|PHP|TOMCAT|JBOSSEAP|GO|RUBY)\|[A-Za-z0-9._-]+|SITECONTAINERS|")
VAULT_URI = re.compile(
    r"SecretUri=https://[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9]\.vault\.azure\.net/secrets/[A-Za-z0-9-]{1,127}(?:/[0-9a-f]{32}?)?/?"
)
VAULT_NAME = re.compile(
    r"VaultName=[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9];SecretName=[A-Za-z0-9-]{1,127}(?:;SecretVersion=[0-9a-f]{32})?"
)
SETTING = re.compile(r"[A-Za-z0-9_.]+")
"""Names of app settings on Linux: they become environment variables."""
RESERVED_PATHS = {"/", "/home", "/tmp"}  # noqa: S108 - a path inside the customer's container


def image(request: Request, _: World) -> Iterator[str]:
    """Refuse a ``linuxFxVersion`` that is neither an image nor a runtime."""
    value = text(request, "siteConfig.linuxFxVersion")
    if not changing(request) or not value:
        return
    kind, bar, reference = value.partition("|")
    if kind.upper() == "DOCKER" and bar:
        right = IMAGE.fullmatch(reference) is not None
    else:
        right = value.startswith("COMPOSE|") or RUNTIME.fullmatch(value) is not None
    if not right:
        allowed = "DOCKER|repository:tag, DOCKER|repository@sha256:<digest>, or a runtime such as PYTHON|3.12"
        yield refuse("InvalidLinuxFxVersion", f"linuxFxVersion {value}", allowed, "Correct it.")


def settings(request: Request, _: World) -> Iterator[str]:
    """Refuse settings given twice, names that are no environment variables, and malformed vault references.

    Azure itself stores a malformed reference and hands the app its text; here it is refused, because nobody means that.
    """
    given = request.get("siteConfig.appSettings")
    if not changing(request) or not isinstance(given, list):
        return
    seen: set[str] = set()
    for entry in entries(given):
        name, value = entry.get("name"), entry.get("value")
        if not known(name):
            continue
        if str(name) in seen:
            yield refuse("DuplicateAppSetting", f"app setting {name} twice", "each name once", "Drop one.")
        seen.add(str(name))
        yield from _setting(str(name), value)


def listed_settings(request: Request, _: World) -> Iterator[str]:
    """Refuse the same of settings that are an object of their own."""
    given = request.get("properties")
    if changing(request) and isinstance(given, dict):
        for name, value in given.items():
            yield from _setting(str(name), value)


def _setting(name: str, value: Any) -> Iterator[str]:  # noqa: ANN401 - inputs are JSON
    """Refuse one setting; its value is shown only if it is a reference, which is no secret."""
    if not SETTING.fullmatch(name):
        fix = "Linux hands settings over as environment variables; write : as __."
        yield refuse("InvalidAppSettingName", f"app setting {name}", "letters, digits, _ and .", fix)
    if not isinstance(value, str) or not value.strip().lower().startswith("@microsoft.keyvault"):
        return
    match = re.fullmatch(r"@Microsoft\.KeyVault\((.*)\)", value)
    body = match.group(1) if match else ""
    if not VAULT_URI.fullmatch(body) and not VAULT_NAME.fullmatch(body):
        found = f"app setting {name} = {value}"
        uri = "SecretUri=https://<vault>.vault.azure.net/secrets/<name>"
        allowed = f"@Microsoft.KeyVault({uri}) or (VaultName=…;SecretName=…)"
        yield refuse("InvalidKeyVaultReference", found, allowed, "Correct the reference.")


def reference_identity(request: Request, _: World) -> Iterator[str]:
    """Refuse to resolve vault references or pull images with an identity that the app does not have."""
    if not changing(request):
        return
    users = request.get("identity.userAssignedIdentities") or []
    own = "SystemAssigned" in text(request, "identity.type")
    wanted = text(request, "keyVaultReferenceIdentity")
    if wanted == "SystemAssigned" and not own:
        found = "keyVaultReferenceIdentity SystemAssigned without a system-assigned identity"
        yield refuse("IdentityNotAssigned", found, "identity.type SystemAssigned", "Give the app one.")
    elif wanted and wanted != "SystemAssigned" and not any(same(str(user), wanted) for user in users):
        found = f"keyVaultReferenceIdentity {wanted} is not among the app's identities"
        yield refuse("IdentityNotAssigned", found, "one of identity.userAssignedIdentities", "Assign it too.")
    if request.get("siteConfig.acrUseManagedIdentityCreds") and not users and not own:
        found = "acrUseManagedIdentityCreds without an identity"
        yield refuse("IdentityNotAssigned", found, "an identity that may pull", "Give the app one.")


def mounts(request: Request, _: World) -> Iterator[str]:
    """Refuse mounts at paths that the container needs itself, and Azure Files mounts without a key."""
    given = request.get("siteConfig.azureStorageAccounts")
    if not changing(request) or not isinstance(given, dict):
        return
    for name, mount in given.items():
        if not isinstance(mount, dict):
            continue
        path = mount.get("mountPath")
        if known(path) and (not str(path).startswith("/") or str(path).rstrip("/") in RESERVED_PATHS | {""}):
            found = f"mount {name} at {path}"
            yield refuse("InvalidMountPath", found, "an absolute path other than /, /home, /tmp", "Choose another.")
        if mount.get("type") == "AzureFiles" and mount.get("accessKey") is None:
            found = f"mount {name} of Azure Files without accessKey"
            yield refuse("InvalidStorageMount", found, "the account's key or a reference to it", "Set accessKey.")


def plan(request: Request, world: World) -> Iterator[str]:
    """Refuse an app whose plan is missing, elsewhere, or of a tier without what the app asks."""
    plan_id = text(request, "serverFarmId")
    if not changing(request) or not plan_id:
        return
    yield from missing(world, plan_id, "the plan")
    found = world.get(plan_id)
    if found is None:
        return
    here, there = request_location(request, world), location_of(found, world)
    if here and there and here != there:
        text_ = f"app {arm_name(request.id)} in {here}, plan {found.name} in {there}"
        yield refuse("PlanInAnotherRegion", text_, "the plan's region", "Use one region for both.")
    name, tier = offers(found)
    if request.get("siteConfig.alwaysOn") and not tier.always_on:
        text_ = f"alwaysOn on {name}"
        yield refuse("AlwaysOnNotSupported", text_, "Basic and up", "Switch it off or raise the plan.")
    if request.get("virtualNetworkSubnetId") and not tier.integration:
        text_ = f"VNet integration on {name}"
        yield refuse("VnetIntegrationNotSupported", text_, "Basic and up", "Raise the plan.")


def slot(request: Request, world: World) -> Iterator[str]:
    """Refuse slots on a plan that has none, more than it has, and host names that get too long."""
    if request.operation != "create":
        return
    app_id = request.id.rsplit("/", 2)[0]
    app = world.get(app_id)
    if app is None:
        return
    label = f"{app.name}-{arm_name(request.id)}"
    if len(label) > 63:  # noqa: PLR2004 - RFC 1035
        yield refuse("HostNameTooLong", f"slot host name {label}", "63 characters", "Shorten the slot's name.")
    found = world.get(str(app.value("serverFarmId")))
    if found is None:
        return
    name, tier = offers(found)
    count = sum(same(item.arm_type, SLOT) for item in world.children(app_id))
    if count >= tier.slots:
        text_ = f"slot number {count + 1} of {app.name} on {name}"
        allowed = f"{tier.slots} slots on {name}; Standard has 5, Premium 20"
        yield refuse("SlotsNotSupported", text_, allowed, "Raise the plan or leave the slot out.")


def mounted_accounts(request: Request, world: World) -> Iterator[str]:
    """Refuse Azure Files mounts of an account that forbids keys, which the mount signs in with, or of no share."""
    given = request.get("siteConfig.azureStorageAccounts") or request.get("properties")
    if not changing(request) or not isinstance(given, dict):
        return
    for name, mount in given.items():
        if not isinstance(mount, dict) or not known(mount.get("accountName")):
            continue
        account = world.by_global_name("Microsoft.Storage/storageAccounts", str(mount.get("accountName")))
        if account is None:
            found = f"account {mount.get('accountName')} of mount {name} does not exist"
            yield refuse("StorageAccountNotFound", found, "an account that exists", "Create it first.")
            continue
        if mount.get("type") == "AzureFiles":
            if account.value("allowSharedKeyAccess") is False:
                found = f"mount {name} signs in to {account.name} with a key, which that account forbids"
                fix = "Allow shared keys on the account that holds the share, or do without the mount."
                yield refuse("KeyBasedAuthenticationNotPermitted", found, "allowSharedKeyAccess true", fix)
            yield from missing(
                world, f"{account.id}/fileServices/default/shares/{mount.get('shareName')}", "the mounted share"
            )


def sticky(request: Request, world: World) -> Iterator[str]:
    """Refuse settings that stay with a slot on an app whose plan has no slots."""
    app = world.get(request.id.rsplit("/", 2)[0])
    found = world.get(str(app.value("serverFarmId"))) if app else None
    if changing(request) and app and found and not offers(found)[1].slots:
        text_ = f"slot settings of {app.name} on {offers(found)[0]}"
        yield refuse("SlotsNotSupported", text_, "plans with slots", "Leave them out.")


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

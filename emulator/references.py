"""Key Vault references in the app settings of a site or slot, resolved as App Service does it: as the site's identity.

Statuses are those of "Web Apps - Get App Settings Key Vault References" (REST reference of Microsoft.Web). Emulated:
no value is read, and a right counts at once, which on Azure takes minutes.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from emulator.store import Store
from emulator.stored_object import StoredObject
from emulator.values import plain
from emulator.world import dig

RESOLVED = "Resolved"
READERS = frozenset(
    (
        "4633458b-17de-408a-b874-0445c86b69e6",  # Key Vault Secrets User
        "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",  # Key Vault Secrets Officer
        "00482a5a-887f-4fb3-b363-3b7fe8e74483",  # Key Vault Administrator
    )
)
"""Built-in roles that read the value of a secret."""
_REFERENCE = re.compile(
    r"@Microsoft\.KeyVault\(SecretUri=https://(?P<vault>[^.]+)\.vault\.azure\.net/secrets/(?P<secret>[^/)]+)[^)]*\)"
)
_ANY = "@Microsoft.KeyVault("


class Reference(NamedTuple):
    """One app setting that refers to a secret."""

    setting: str
    secret: str
    status: str


def references(store: Store, site_id: str) -> list[Reference]:
    """Return the references of a site or slot; empty if there is none."""
    site = store.object(site_id)
    settings = plain(dig(plain(site.inputs), "siteConfig.appSettings")) if site else None
    found = []
    for entry in settings or ():
        value = str(entry.get("value") or "")
        if site is not None and value.startswith(_ANY):
            found.append(_resolved(store, site, str(entry.get("name")), _REFERENCE.fullmatch(value)))
    return found


def _resolved(store: Store, site: StoredObject, setting: str, match: re.Match[str] | None) -> Reference:
    if match is None:
        return Reference(setting, "", "InvalidSyntax")
    vaults = store.objects("Microsoft.KeyVault/vaults")
    vault = next((one for one in vaults if one.id.rsplit("/", 1)[-1].lower() == match["vault"].lower()), None)
    if vault is None:
        return Reference(setting, match["secret"], "VaultNotFound")
    secret_id = f"{vault.id}/secrets/{match['secret']}"
    principal = _principal(store, site)
    if principal is None:
        return Reference(setting, match["secret"], "MSINotEnabled")
    if store.object(secret_id) is None:
        return Reference(setting, match["secret"], "SecretNotFound")
    status = RESOLVED if _may_read(store, principal, secret_id) else "AccessToKeyVaultDenied"
    return Reference(setting, match["secret"], status)


def _principal(store: Store, site: StoredObject) -> str | None:
    """Return the object id of the identity that the site reads the vault with."""
    identity = store.object(str(plain(site.inputs.get("keyVaultReferenceIdentity")) or ""))
    return str(plain(identity.outputs.get("principalId"))) if identity else None


def _may_read(store: Store, principal: str, secret_id: str) -> bool:
    for one in store.objects("Microsoft.Authorization/roleAssignments"):
        inputs = plain(one.inputs)
        role = str(inputs.get("roleDefinitionId")).rsplit("/", 1)[-1].lower()
        scope = str(inputs.get("scope")).lower().rstrip("/")
        inside = secret_id.lower() == scope or secret_id.lower().startswith(f"{scope}/")
        if str(inputs.get("principalId")) == principal and role in READERS and inside:
            return True
    return False

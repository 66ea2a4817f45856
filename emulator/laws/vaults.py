"""Laws of Key Vault: soft delete, purge protection, access, secrets and keys."""

from __future__ import annotations

import re
from collections.abc import Iterator

from emulator.laws.helpers import changing, entries, is_known, number_at, previous, refuse, string_at
from emulator.world import Law, Request, World

KEY_KINDS = ("EC", "EC-HSM", "RSA", "RSA-HSM")
RSA_SIZES = (2048, 3072, 4096)
CURVES = ("P-256", "P-256K", "P-384", "P-521")
MIN_KEY_DAYS = 28
"""Minimum days of a key version under a rotation policy."""
DEFAULT_DAYS = 90
MAX_SECRET_BYTES = 25_600
"""Maximum bytes of a secret's value: 25 KB."""


def soft_delete(request: Request, _: World) -> Iterator[str]:
    """Refuse to switch soft delete off, or to retain deleted objects for less than 7 or more than 90 days."""
    if not changing(request):
        return
    if request.get("properties.enableSoftDelete") is False:
        fix = "Leave enableSoftDelete out."
        yield refuse("BadRequest", "enableSoftDelete false", "soft delete is always on", fix)
    days = number_at(request, "properties.softDeleteRetentionInDays")
    if days is not None and not 7 <= days <= DEFAULT_DAYS:  # noqa: PLR2004 - days, Azure's limits
        yield refuse("BadRequest", f"softDeleteRetentionInDays {days}", "7-90", "Correct it.")


def fixed_retention(request: Request, _: World) -> Iterator[str]:
    """Refuse to change the retention of deleted objects: it is set once, at creation."""
    if request.operation != "update":
        return
    before = previous(request, "properties.softDeleteRetentionInDays") or DEFAULT_DAYS
    after = number_at(request, "properties.softDeleteRetentionInDays") or DEFAULT_DAYS
    if before != after:
        problem = f"softDeleteRetentionInDays changes from {before} to {after}"
        yield refuse("BadRequest", problem, "the value of the vault's creation", "Set it back.")


def purge_protection(request: Request, _: World) -> Iterator[str]:
    """Refuse to switch purge protection off, which Azure never does."""
    if not changing(request):
        return
    now, before = request.get("properties.enablePurgeProtection"), previous(request, "properties.enablePurgeProtection")
    if now is False:
        problem = "enablePurgeProtection false"
        yield refuse("BadRequest", problem, "true, or no value on a vault without it", "Remove it or set true.")
    elif before and now is None:
        problem = "enablePurgeProtection is removed from a protected vault"
        yield refuse("BadRequest", problem, "true: protection cannot be switched off", "Set it to true again.")


def access_model(request: Request, _: World) -> Iterator[str]:
    """Refuse a vault that neither uses RBAC nor has access policies."""
    if not changing(request) or string_at(request, "properties.createMode") == "recover":
        return
    rbac, policies = request.get("properties.enableRbacAuthorization"), request.get("properties.accessPolicies")
    if not rbac and policies is None:
        problem = "neither enableRbacAuthorization nor accessPolicies"
        fix = "Set one: the default is access policies before API 2026-02-01 and RBAC from it on."
        yield refuse("BadRequest", problem, "enableRbacAuthorization true, or accessPolicies", fix)


def network_rules(request: Request, _: World) -> Iterator[str]:
    """Refuse private addresses in rules."""
    if changing(request):
        for entry in entries(request.get("properties.networkAcls.ipRules")):
            value = str(entry.get("value"))
            if value.startswith(("10.", "192.168.", "127.")):
                fix = "Private networks reach the vault through a private endpoint."
                yield refuse("InvalidIPAddressRange", f"ipRules {value}", "public addresses and ranges", fix)


def secret_value(request: Request, _: World) -> Iterator[str]:
    """Refuse a secret without a value, or with one that is too long. The value is never shown."""
    if not changing(request):
        return
    value = request.get("properties.value")
    if value is None and request.operation == "create":
        yield refuse("BadParameter", "a secret without a value", "properties.value", "Set a value.")
    elif is_known(value) and len(str(value).encode()) > MAX_SECRET_BYTES:
        problem = f"a value of {len(str(value).encode())} bytes"
        yield refuse("BadParameter", problem, f"at most {MAX_SECRET_BYTES} bytes", "Store it elsewhere.")


def key_kind(request: Request, _: World) -> Iterator[str]:
    """Refuse kinds, sizes and curves that Key Vault does not support (Microsoft Learn: "Key types, algorithms")."""
    if not changing(request):
        return
    kind, size = string_at(request, "properties.kty"), number_at(request, "properties.keySize")
    curve = request.get("properties.curveName")
    if kind not in KEY_KINDS:
        yield refuse("BadParameter", f"kty {kind or 'left out'}", ", ".join(KEY_KINDS), "Choose one.")
    elif kind.startswith("RSA") and size is not None and size not in RSA_SIZES:
        yield refuse("BadParameter", f"keySize {size}", ", ".join(map(str, RSA_SIZES)), "Choose one.")
    elif kind.startswith("EC") and is_known(curve) and curve not in CURVES:
        yield refuse("BadParameter", f"curveName {curve}", ", ".join(CURVES), "Choose one.")


def key_rotation(request: Request, _: World) -> Iterator[str]:
    """Refuse versions that live under 28 days, and renewal before an expiry that is not set.

    Source: Microsoft Learn, "Configure cryptographic key auto-rotation in Azure Key Vault".
    """
    if not changing(request) or not request.get("properties.rotationPolicy"):
        return
    expiry = request.get("properties.rotationPolicy.attributes.expiryTime")
    if is_known(expiry) and expiry and (days := _days(str(expiry))) is not None and days < MIN_KEY_DAYS:
        yield refuse("BadParameter", f"expiryTime {expiry}", "28 days or more", "Let versions live longer.")
    for entry in entries(request.get("properties.rotationPolicy.lifetimeActions")):
        trigger = entry.get("trigger")
        if isinstance(trigger, dict) and trigger.get("timeBeforeExpiry") and not expiry:
            problem = f"timeBeforeExpiry {trigger['timeBeforeExpiry']} without expiryTime"
            yield refuse("BadParameter", problem, "both", "Set attributes.expiryTime.")


def _days(duration: str) -> int | None:
    """Return the whole days of an ISO 8601 duration in years, months and days; None for other forms."""
    match = re.fullmatch(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?", duration)
    if not match:
        return None
    years, months, days = (int(part or 0) for part in match.groups())
    return 365 * years + 30 * months + days


CHECK = {
    "keyvault:Vault": (soft_delete, fixed_retention, purge_protection, access_model, network_rules),
    "keyvault:Secret": (secret_value,),
    "keyvault:Key": (key_kind, key_rotation),
}
STATE: dict[str, tuple[Law, ...]] = {}

"""Laws of Key Vault: soft delete, purge protection, who may use it, and secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator

from emulator.laws.access import changing, entries, known, number, old, refuse, text
from emulator.world import Law, Request, World

KEY_KINDS = ("EC", "EC-HSM", "RSA", "RSA-HSM")
RSA_SIZES = (2048, 3072, 4096)
CURVES = ("P-256", "P-256K", "P-384", "P-521")
SHORTEST_LIFE = 28
"""Days of a key version under a rotation policy."""
DEFAULT_DAYS = 90
BIGGEST_SECRET = 25_600
"""Bytes of a secret's value: 25 KB."""


def soft_delete(request: Request, _: World) -> Iterator[str]:
    """Refuse to switch soft delete off, or to keep deleted objects shorter than 7 or longer than 90 days."""
    if not changing(request):
        return
    if request.get("properties.enableSoftDelete") is False:
        fix = "Leave enableSoftDelete out."
        yield refuse("BadRequest", "enableSoftDelete false", "soft delete is always on", fix)
    days = number(request, "properties.softDeleteRetentionInDays")
    if days is not None and not 7 <= days <= DEFAULT_DAYS:  # noqa: PLR2004 - days, Azure's limits
        yield refuse("BadRequest", f"softDeleteRetentionInDays {days}", "7-90", "Correct it.")


def fixed_retention(request: Request, _: World) -> Iterator[str]:
    """Refuse to change how long deleted objects are kept: it is set once, at creation."""
    if request.operation != "update":
        return
    before = old(request, "properties.softDeleteRetentionInDays") or DEFAULT_DAYS
    after = number(request, "properties.softDeleteRetentionInDays") or DEFAULT_DAYS
    if before != after:
        found = f"softDeleteRetentionInDays changes from {before} to {after}"
        yield refuse("BadRequest", found, "the value of the vault's creation", "Set it back.")


def purge_protection(request: Request, _: World) -> Iterator[str]:
    """Refuse to switch purge protection off, which Azure never does."""
    if not changing(request):
        return
    now, before = request.get("properties.enablePurgeProtection"), old(request, "properties.enablePurgeProtection")
    if now is False:
        found = "enablePurgeProtection false"
        yield refuse("BadRequest", found, "true, or left out on a vault without it", "Remove the property or set true.")
    elif before and now is None:
        found = "enablePurgeProtection is taken away from a protected vault"
        yield refuse("BadRequest", found, "true: protection cannot be switched off", "Set it to true again.")


def access_model(request: Request, _: World) -> Iterator[str]:
    """Refuse a vault that neither uses RBAC nor has access policies."""
    if not changing(request) or text(request, "properties.createMode") == "recover":
        return
    rbac, policies = request.get("properties.enableRbacAuthorization"), request.get("properties.accessPolicies")
    if not rbac and policies is None:
        found = "neither enableRbacAuthorization nor accessPolicies"
        fix = "Say it explicitly: the default is access policies before API 2026-02-01 and RBAC from it on."
        yield refuse("BadRequest", found, "enableRbacAuthorization true, or accessPolicies", fix)


def network_rules(request: Request, _: World) -> Iterator[str]:
    """Refuse address rules that are not addresses of the Internet."""
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
        yield refuse("BadParameter", "a secret without a value", "properties.value", "Give it a value.")
    elif known(value) and len(str(value).encode()) > BIGGEST_SECRET:
        found = f"a value of {len(str(value).encode())} bytes"
        yield refuse("BadParameter", found, f"at most {BIGGEST_SECRET} bytes", "Store it elsewhere.")


def key_kind(request: Request, _: World) -> Iterator[str]:
    """Refuse kinds, sizes and curves that Key Vault does not make (Microsoft Learn: "Key types, algorithms")."""
    if not changing(request):
        return
    kind, size, curve = text(request, "properties.kty"), number(request, "properties.keySize"), None
    if known(request.get("properties.curveName")):
        curve = request.get("properties.curveName")
    if kind not in KEY_KINDS:
        yield refuse("BadParameter", f"kty {kind or 'left out'}", ", ".join(KEY_KINDS), "Choose one.")
    elif kind.startswith("RSA") and size is not None and size not in RSA_SIZES:
        yield refuse("BadParameter", f"keySize {size}", ", ".join(map(str, RSA_SIZES)), "Choose one.")
    elif kind.startswith("EC") and curve is not None and curve not in CURVES:
        yield refuse("BadParameter", f"curveName {curve}", ", ".join(CURVES), "Choose one.")


def key_rotation(request: Request, _: World) -> Iterator[str]:
    """Refuse versions that live under 28 days, and renewal before an end that does not exist.

    Source: Microsoft Learn, "Configure cryptographic key auto-rotation in Azure Key Vault".
    """
    if not changing(request) or not request.get("properties.rotationPolicy"):
        return
    expiry = request.get("properties.rotationPolicy.attributes.expiryTime")
    if known(expiry) and expiry and (days := _days(str(expiry))) is not None and days < SHORTEST_LIFE:
        yield refuse("BadParameter", f"expiryTime {expiry}", "28 days or more", "Let versions live longer.")
    for entry in entries(request.get("properties.rotationPolicy.lifetimeActions")):
        trigger = entry.get("trigger")
        if isinstance(trigger, dict) and trigger.get("timeBeforeExpiry") and not expiry:
            found = f"timeBeforeExpiry {trigger['timeBeforeExpiry']} without expiryTime"
            yield refuse("BadParameter", found, "both", "Set attributes.expiryTime.")


def _days(duration: str) -> int | None:
    """Whole days of an ISO 8601 duration in years, months and days; None for other forms."""
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

"""Laws of Key Vault: soft delete, purge protection, who may use it, and secrets."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.laws.access import changing, entries, known, number, old, refuse, text
from emulator.world import Law, Request, World

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


CHECK = {
    "keyvault:Vault": (soft_delete, fixed_retention, purge_protection, access_model, network_rules),
    "keyvault:Secret": (secret_value,),
}
STATE: dict[str, tuple[Law, ...]] = {}

"""Key Vault: strength, rotation and expiry of keys; expiry and description of secrets."""

from __future__ import annotations

import time
from collections.abc import Iterable

from policies.model import Context, Outcome, ok, skip
from policies.rule import Rule, direct, supporting
from policies.rules.shared import children, days, expect_set, implies, owner_of, restricted
from resources.model import Resource
from resources.values import (
    ABSENT,
    Trilean,
    Value,
    all_of,
    any_of,
    at_least,
    at_most,
    equals,
    get,
    known,
    matches,
    one_of,
    present,
    some,
)

KEY, SECRET, VAULT = "keyvault:Key", "keyvault:Secret", "keyvault:Vault"

AZURE_BITS = 2048
"""Size of RSA keys, where it is not set."""

RSA_BITS = 3072
"""BSI TR-02102-1 asks for 3000 bits or more since 2024; vaults, storage and databases offer 2048, 3072 and 4096."""

DAY = 86400
"""Seconds."""

HSM = ("EC-HSM", "RSA-HSM")


def strong_key(resource: Resource, _context: Context) -> list[Outcome]:
    """KV-06: keys are large RSA keys, or on a curve of NIST."""
    kind = get(resource, "properties.kty")
    rsa, curve = one_of(kind, ("RSA", "RSA-HSM")), one_of(kind, ("EC", "EC-HSM"))
    long = at_least(get(resource, "properties.keySize", AZURE_BITS), RSA_BITS)
    nist = one_of(get(resource, "properties.curveName", "P-256"), ("P-256", "P-384", "P-521"))
    return [
        ok(any_of(rsa, curve), "the key is neither RSA nor on an elliptic curve", "properties.kty"),
        ok(implies(rsa, long), f"the RSA key has fewer than {RSA_BITS} bits", "properties.keySize"),
        ok(implies(curve, nist), "the curve is none of NIST's", "properties.curveName"),
    ]


def _within(value: Value, limit: float) -> Trilean:
    """Return whether a duration is at most ``limit`` days; an absent or broken one is not."""
    return matches(value, lambda text: (length := days(text)) is not None and length <= limit)


def _before(part: Value, total: Value, limit: float) -> Trilean:
    """Return whether rotation a ``part`` before the end of the ``total`` comes after at most ``limit`` days."""
    if not known(part) or not known(total):
        return None if present(part) is not False and present(total) is not False else False
    short, long = days(part), days(total)
    return short is not None and long is not None and short <= long <= short + limit


def rotated(resource: Resource, context: Context) -> Outcome:
    """KV-07: the vault rotates the key in time."""
    limit = context.parameters.key_rotation_days
    expiry = get(resource, "properties.rotationPolicy.attributes.expiryTime")

    def rotates(action: Value) -> Trilean:
        return all_of(
            equals(get(action, "action.type"), "Rotate"),
            any_of(
                _within(get(action, "trigger.timeAfterCreate"), limit),
                _before(get(action, "trigger.timeBeforeExpiry"), expiry, limit),
            ),
        )

    path = "properties.rotationPolicy.lifetimeActions"
    return ok(some(get(resource, path), rotates), f"the key is not rotated within {limit} days", path)


def _lasts(start: Value, end: Value, limit: float) -> Trilean:
    """Return whether ``end`` is within ``limit`` days of ``start``, or of today where there is no start.

    As time passes, today only comes closer to a fixed end: what passes once passes forever.
    """
    if not known(start) or not known(end):
        return None
    return at_most(end, (time.time() if start is ABSENT else float(start)) + limit * DAY)


def expires(resource: Resource, context: Context) -> list[Outcome]:
    """KV-08: keys and secrets expire soon enough."""
    limit = context.parameters.secret_validity_days
    path = "properties.attributes.expires"
    end = get(resource, path)
    bounded = _lasts(get(resource, "properties.attributes.notBefore"), end, limit)
    return [
        ok(present(end), "it never expires", path),
        ok(implies(present(end), bounded), f"it is valid for more than {limit} days", path),
    ]


def described(resource: Resource, _context: Context) -> Outcome:
    """KV-09: a secret says what it is."""
    return expect_set(resource, "properties.contentType", "nothing says what kind of secret it is")


def _any_restricted(resources: Iterable[Resource | None], context: Context) -> Trilean:
    return any_of(*(restricted(each, context) for each in resources if each))


def hardware(resource: Resource, context: Context) -> Outcome:
    """KV-11: keys of restricted data are in hardware. A vault is judged by its own tag, a key by its or its vault's."""
    if resource.type == VAULT:
        keys = children(context, resource, KEY, "vaultName")
        sensitive = all_of(keys.any(), _any_restricted([resource, *keys.certain], context))
        if sensitive is False:
            return skip("holds no keys for restricted or health data")
        premium = equals(get(resource, "properties.sku.name"), "premium")
        return ok(implies(sensitive, premium), "the vault has no hardware modules", "properties.sku.name")
    vault = owner_of(context, resource, VAULT, "vaultName")
    sensitive = _any_restricted([resource, vault], context)
    if sensitive is False:
        return skip("not a key for restricted or health data")
    in_hardware = one_of(get(resource, "properties.kty"), HSM)
    return ok(implies(sensitive, in_hardware), "the key is not kept in a hardware module", "properties.kty")


RULES: tuple[Rule, ...] = (
    Rule(
        id="KV-06",
        title="Key type, size, curve",
        types=(KEY,),
        property="properties.{kty,keySize,curveName}",
        severity="M",
        scope="R",
        profile="P2",
        iso=(direct("A.8.24", "The rules for cryptography name the types and sizes of keys."),),
        hipaa=(direct("164.312(a)(2)(iv)", "Encryption is as strong as the key that wraps the others."),),
        gdpr=(direct("Art. 32(1)(a)", "Keys match the state of the art for as long as the data is kept."),),
        what=f"Keys are RSA with {RSA_BITS} bits or more, or on the curves P-256, P-384 or P-521.",
        why="Data encrypted today will still exist when 2048 bits no longer suffice.",
        remediation=f"Set `key_size={RSA_BITS}` or choose another curve; a new key replaces the old one.",
        azure_default="RSA with 2048 bits; P-256.",
        bad='keyvault.KeyPropertiesArgs(kty="RSA", key_size=2048)',
        good='keyvault.KeyPropertiesArgs(kty="RSA", key_size=3072)',
        check=strong_key,
    ),
    Rule(
        id="KV-07",
        title="Rotation policy of at most 365 days",
        types=(KEY,),
        property="properties.rotationPolicy",
        severity="M",
        scope="R",
        profile="P2",
        iso=(direct("A.8.24", "Key management includes rotation at a fixed age."),),
        hipaa=(supporting("164.312(a)(2)(iv)", "Limits how much data one key ever encrypts."),),
        gdpr=(supporting("Art. 32(1)(a)", "Keeps encryption effective over the years."),),
        what="The vault itself creates a new version of the key at least once a year.",
        why="Rotation that waits for a person does not happen.",
        remediation="Set `rotation_policy` with a lifetime action `Rotate`.",
        azure_default="No rotation.",
        bad='keyvault.KeyPropertiesArgs(kty="RSA", key_size=3072)',
        good='keyvault.KeyPropertiesArgs(kty="RSA", key_size=3072, rotation_policy=keyvault.RotationPolicyArgs('
        'lifetime_actions=[keyvault.LifetimeActionArgs(action=keyvault.ActionArgs(type="rotate"), '
        'trigger=keyvault.TriggerArgs(time_after_create="P180D"))]))',
        check=rotated,
    ),
    Rule(
        id="KV-08",
        title="Expiry set and bounded",
        types=(KEY, SECRET),
        property="properties.attributes.expires",
        severity="M",
        scope="R",
        profile="P2",
        iso=(
            direct("A.5.17", "Authentication information expires."),
            supporting("A.8.24", "Keys have a planned lifetime."),
        ),
        hipaa=(supporting("164.312(d)", "A secret that proves an identity is rotated."),),
        gdpr=(supporting("Art. 32(1)(a)", "Limits the use of a key that leaked unnoticed."),),
        what="Keys and secrets expire at most a year after they become valid.",
        why="Without an expiry date nobody notices that a secret has been the same for years; with one, the vault "
        "warns.",
        remediation="Set `attributes.expires` (seconds since 1970) and move it with every rotation; set `not_before` "
        "where validity does not begin today.",
        azure_default="No expiry.",
        bad='keyvault.SecretPropertiesArgs(value=value, content_type="password")',
        good='keyvault.SecretPropertiesArgs(value=value, content_type="password", '
        "attributes=keyvault.SecretAttributesArgs(expires=1822262400))",
        check=expires,
    ),
    Rule(
        id="KV-09",
        title="Secret content type",
        types=(SECRET,),
        property="properties.contentType",
        severity="L",
        scope="R",
        profile="P4",
        iso=(supporting("A.5.9", "The inventory of secrets says what each of them is."),),
        what="Each secret says what it is: password, connection string, key.",
        why="Anyone who rotates a secret must know what to replace it with, without reading it.",
        remediation="Set `content_type`.",
        azure_default="Empty.",
        bad="keyvault.SecretPropertiesArgs(value=value)",
        good='keyvault.SecretPropertiesArgs(value=value, content_type="password")',
        check=described,
    ),
    Rule(
        id="KV-11",
        title="Premium/HSM for restricted keys",
        types=(VAULT, KEY),
        property="properties.sku.name, kty",
        severity="M",
        scope="S",
        profile="P3",
        iso=(direct("A.8.24", "The keys of restricted data never leave hardware."),),
        hipaa=(supporting("164.312(a)(2)(iv)", "Keys of health data are kept in validated modules (FIPS 140)."),),
        gdpr=(supporting("Art. 32(1)(a)", "Encryption appropriate to the risk of special categories of data."),),
        what="Keys tagged, or in a vault tagged, `data-classification: restricted` or `phi` are HSM keys in a premium "
        "vault.",
        why="A software key can be copied by someone who breaks into the service; one in a hardware module cannot.",
        remediation='Set the vault\'s SKU to `premium` and `kty` to `"RSA-HSM"` or `"EC-HSM"`.',
        azure_default="None: both are required.",
        bad='keyvault.KeyPropertiesArgs(kty="RSA", key_size=3072)',
        good='keyvault.KeyPropertiesArgs(kty="RSA-HSM", key_size=3072)',
        check=hardware,
    ),
)

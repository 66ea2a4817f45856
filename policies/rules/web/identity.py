"""Web apps: how they and those who deploy them authenticate, and where their secrets are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from policies.model import Context, Outcome, ok
from policies.rule import Rule, direct
from policies.rules.shared import WEB_APPS, site_children
from resources.model import Resource
from resources.values import (
    ABSENT,
    SECRET,
    UNKNOWN,
    Trilean,
    Value,
    all_of,
    any_of,
    equals,
    get,
    items,
    known,
    matches,
    some,
)

_WORDS = (
    "PASSWORD|PASSWD|PWD|SECRET|TOKEN|CREDENTIAL|API_?KEY|ACCESS_?KEY|ACCOUNT_?KEY|PRIVATE_?KEY|ENCRYPTION_?KEY|"
    "SIGNING_?KEY|SHARED_?KEY|CONNECTION_?STRING"
)
_ABOUT = (
    "ENABLED|TTL|TIMEOUT|URL|URI|NAME|ID|PATH|LENGTH|POLICY|EXPIRY|EXPIRATION|ALGORITHM|TYPE|HOST|ISSUER|AUDIENCE|"
    "PREFIX"
)
NAME = re.compile(rf"(?:{_WORDS})(?!.*_(?:{_ABOUT})S?$)", re.IGNORECASE)
"""Name of a setting that holds a secret, unless it ends in a word that only describes one."""
ADDRESS = re.compile(r"(?:DATABASE|POSTGRES|REDIS|MONGO|AMQP)\w*_UR[LI]$", re.IGNORECASE)
"""Name of a setting that usually holds a URL with a password in it."""
CREDENTIAL = re.compile(
    r"://[^/\s:@]*:[^/\s@]+@|(?:password|pwd|accountkey|sharedaccesskey|sharedaccesssignature|instrumentationkey)\s*="
    r"|-----BEGIN |^eyJ[\w-]+\.eyJ|[?&]sig=",
    re.IGNORECASE,
)
"""Value that carries a secret whatever its name."""


def no_basic_auth(resource: Resource, context: Context) -> list[Outcome]:
    """WB-04: neither FTP nor the deployment site accepts the publishing password."""
    ftp = site_children(context, resource, "web:WebAppFtpAllowed").any(_refuses)
    scm = site_children(context, resource, "web:WebAppScmAllowed").any(_refuses)
    return [
        ok(ftp, "FTP accepts the publishing password", "allow"),
        ok(scm, "the deployment site accepts the publishing password", "allow"),
    ]


def _refuses(policy: Resource) -> Trilean:
    return equals(get(policy, "allow"), expected=False)


def managed_identity(resource: Resource, _context: Context) -> list[Outcome]:
    """WB-06: the app has a managed identity, and reads Key Vault references with one that it has."""
    kind, path = get(resource, "identity.type"), "keyVaultReferenceIdentity"
    reads = get(resource, path)
    reads = get(resource, f"siteConfig.{path}") if reads is ABSENT else reads
    own = all_of(
        matches(kind, lambda text: "systemassigned" in str(text).lower()),
        any_of(reads is ABSENT, equals(reads, "SystemAssigned")),
    )
    reason = "Key Vault references are read with an identity that the app does not have"
    return [
        ok(matches(kind, lambda text: "assigned" in str(text).lower()), "no managed identity", "identity.type"),
        ok(any_of(own, _assigned(resource, reads)), reason, path),
    ]


def _assigned(resource: Resource, reads: Value) -> Trilean:
    identities = get(resource, "identity.userAssignedIdentities")
    if known(reads) and known(identities):
        listed = list(identities) if isinstance(identities, Mapping) else identities
        answer = some(listed, lambda identity: equals(identity, reads))
        if answer is not None:
            return answer
    assigned, used = (_identities(resource, top) for top in ("identity", "keyVaultReferenceIdentity"))
    return True if assigned & used else None


def _identities(resource: Resource, top: str) -> set[str]:
    urns = resource.property_dependencies.get(top, ())
    return {urn for urn in urns if urn.rsplit("::", 1)[0].endswith(":UserAssignedIdentity")}


def no_plain_secrets(resource: Resource, _context: Context) -> list[Outcome]:
    """WB-10: settings that look like secrets are Key Vault references."""
    return [ok(answer, "a secret is written into the settings", path) for path, answer in _settings(resource)]


def _settings(resource: Resource) -> Iterator[tuple[str, Trilean]]:
    if resource.type in WEB_APPS:
        yield from _listed(resource, "siteConfig.appSettings", "value", named=True)
        yield from _listed(resource, "siteConfig.connectionStrings", "connectionString", named=False)
        return
    properties = get(resource, "properties", {})
    if not known(properties) or not properties:
        yield "properties", True if known(properties) else None
        return
    connections = "ConnectionStrings" in resource.type
    for name in properties:
        value = get(properties[name] if connections else {"value": properties[name]}, "value")
        yield f"properties.{name}", _harmless("" if connections else name, value, vague=connections)


def _listed(resource: Resource, path: str, key: str, *, named: bool) -> Iterator[tuple[str, Trilean]]:
    settings = items(resource, path)
    if settings is UNKNOWN or not settings:
        yield path, None if settings is UNKNOWN else True
        return
    for index, setting in enumerate(settings):
        name = get(setting, "name", "") if named else ""
        yield f"{path}[{index}].{key}", _harmless(name, get(setting, key), vague=not named)


def _harmless(name: Value, value: Value, *, vague: bool) -> Trilean:
    """Return whether a setting holds no secret: a reference, nothing, or a value without a credential.

    Names of ``vague`` settings reveal nothing about their values. A value that is not known yet is no secret where
    the name is that of something else: a client's id, an address.
    """
    if value is SECRET:
        return False
    if value is UNKNOWN:
        return None if vague or not known(name) or NAME.search(str(name)) or ADDRESS.search(str(name)) else True
    text = "" if value is ABSENT else str(value).strip()
    if not text or text.lower() in {"true", "false"} or _is_reference(text):
        return True
    if CREDENTIAL.search(text):
        return False
    return not NAME.search(str(name)) if known(name) else None


def _is_reference(text: str) -> bool:
    return text.startswith("@Microsoft.KeyVault(") and text.endswith(")")


RULES: tuple[Rule, ...] = (
    Rule(
        id="WB-04",
        title="Basic auth off for FTP and SCM",
        types=WEB_APPS,
        property="allow",
        severity="H",
        scope="S",
        profile="P2",
        iso=(direct("A.8.5", "Deployment needs a token of a person or pipeline, not a shared password."),),
        hipaa=(direct("164.312(d)", "Whoever deploys is verified as a person or pipeline."),),
        gdpr=(direct("Art. 32(1)(b)", "No shared password can change the code that handles personal data."),),
        what="Every app and slot has the policies `ftp` and `scm` with `allow=False`.",
        why="The publishing password belongs to nobody, never expires, has no second factor, and deploys code.",
        remediation="Add `WebAppFtpAllowed` and `WebAppScmAllowed` (for a slot `…Slot`) with `allow=False`.",
        azure_default="Both passwords work.",
        bad='web.WebApp("app")  # and no WebAppScmAllowed',
        good='web.WebAppFtpAllowed("app-ftp", name=app.name, allow=False)\n'
        'web.WebAppScmAllowed("app-scm", name=app.name, allow=False)',
        check=no_basic_auth,
    ),
    Rule(
        id="WB-06",
        title="Managed identity; Key Vault reference identity",
        types=WEB_APPS,
        property="identity.type, keyVaultReferenceIdentity",
        severity="H",
        scope="R",
        profile="P2",
        iso=(direct("A.5.16", "The app has an identity of its own, with a life cycle."),),
        hipaa=(direct("164.312(d)", "Services verify the app by its identity."),),
        gdpr=(direct("Art. 32(1)(b)", "No credential of the app can be copied."),),
        what="The app has a managed identity, and Key Vault references are read with one that it has.",
        why="Without one it needs passwords. With a user-assigned identity only, Azure still reads references with the "
        "system-assigned one, which does not exist, and the app gets the text of the reference as its secret.",
        remediation="Set `identity`, and `key_vault_reference_identity` to the id of the user-assigned identity.",
        azure_default="No identity; references are read with the system-assigned one.",
        bad='web.WebApp("app", identity=web.ManagedServiceIdentityArgs(type="None"))',
        good='web.WebApp("app", key_vault_reference_identity=identity.id, identity=web.ManagedServiceIdentityArgs(\n'
        '    type="UserAssigned", user_assigned_identities=[identity.id]))',
        check=managed_identity,
    ),
    Rule(
        id="WB-10",
        title="Secret-like settings are Key Vault references",
        types=(
            *WEB_APPS,
            "web:WebAppApplicationSettings",
            "web:WebAppApplicationSettingsSlot",
            "web:WebAppConnectionStrings",
            "web:WebAppConnectionStringsSlot",
        ),
        property="siteConfig.appSettings[], connectionStrings[]",
        severity="C",
        scope="R",
        profile="P1",
        iso=(direct("A.5.17", "Authentication information is kept in the vault and nowhere else."),),
        hipaa=(direct("164.312(a)(2)(iv)", "Secrets that open health information are encrypted in the vault."),),
        gdpr=(direct("Art. 32(1)(a)", "Secrets are encrypted at rest under keys of their own."),),
        what="A setting whose name or value suggests a secret is a Key Vault reference.",
        why="Settings are plain text to every reader of the app, in the portal, in state files, templates and logs; a "
        "reference keeps the value in the vault with its own access control, log and rotation.",
        remediation="Put the value into Key Vault and set `@Microsoft.KeyVault(SecretUri=…)`.",
        azure_default="Settings are stored as they are given.",
        bad='web.NameValuePairArgs(name="DB_PASSWORD", value=password.result)',
        good='web.NameValuePairArgs(name="DB_PASSWORD", value="@Microsoft.KeyVault(SecretUri=https://…)")',
        check=no_plain_secrets,
    ),
)

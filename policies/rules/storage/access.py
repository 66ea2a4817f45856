"""Storage accounts: who can reach them, from where, and with which credentials."""

from __future__ import annotations

import re
from datetime import timedelta

from policies.model import Context, Outcome, ok, skip
from policies.rule import Rule, direct, supporting
from policies.rules.shared import WIDE_RANGE, addresses, expect, implies, set_inputs, split_list
from resources import arm
from resources.model import Resource
from resources.values import Trilean, Value, any_of, at_most, equals, every, get, known, matches, negate, one_of

ACCOUNT = ("storage:StorageAccount",)

SAS_DAYS = 7
"""Longest validity of a shared access signature."""

KEY_DAYS = 90
"""Longest time until an account key is reported as due for rotation."""

_PERIOD = re.compile(r"(?:(\d+)\.)?(\d+):(\d+):(\d+)")


def no_anonymous_blobs(resource: Resource, _context: Context) -> Outcome:
    """ST-03: the account rules out anonymous access to blobs."""
    return expect(resource, "allowBlobPublicAccess", "anonymous blob access is not disabled explicitly", to_be=False)


def no_anonymous_container(resource: Resource, _context: Context) -> Outcome:
    """ST-04: the container grants nothing to anonymous readers."""
    return expect(resource, "publicAccess", "anyone may read from the container", to_be="None", default="None")


def no_public_network(resource: Resource, _context: Context) -> Outcome:
    """ST-05: the account has no public endpoint."""
    return expect(resource, "publicNetworkAccess", "public network access is not disabled", to_be="Disabled")


def _narrow(rule: Value) -> Trilean:
    return matches(get(rule, "iPAddressOrRange"), lambda text: 0 < (addresses(text) or 0) <= WIDE_RANGE)


def _own_tenant(rule: Value, resource: Resource, context: Context) -> Trilean:
    """Return whether a resource access rule names the account's own tenant, or a resource of its own subscription."""
    provider = resource.options.provider
    home = get(provider.props, "tenantId") if provider else None
    tenant = get(rule, "tenantId")
    own = equals(tenant, home) if known(home) and isinstance(home, str) and known(tenant) else None
    target = get(rule, "resourceId")
    subscription = context.parameters.subscription_id
    same = known(target) and subscription is not None and arm.subscription(str(target)) == subscription
    return any_of(True if same else None, own) if own is not False else False


def firewall_denies(resource: Resource, context: Context) -> list[Outcome]:
    """ST-06: the firewall denies by default, and its exceptions are narrow."""
    bypass = split_list(get(resource, "networkRuleSet.bypass", "AzureServices"), ",")
    return [
        expect(resource, "networkRuleSet.defaultAction", "requests that no rule allows are not denied", to_be="Deny"),
        ok(
            every(bypass, lambda who: one_of(who, ("none", "azureservices"))),
            "more than Azure's trusted services may bypass the firewall",
            "networkRuleSet.bypass",
        ),
        ok(
            every(get(resource, "networkRuleSet.ipRules"), _narrow),
            f"an IP rule is wider than {WIDE_RANGE} addresses, or not an address",
            "networkRuleSet.ipRules",
        ),
        ok(
            every(get(resource, "networkRuleSet.resourceAccessRules"), lambda r: _own_tenant(r, resource, context)),
            "resources of a tenant that is not known to be the account's own may bypass the firewall",
            "networkRuleSet.resourceAccessRules",
        ),
    ]


def no_shared_key(resource: Resource, _context: Context) -> list[Outcome]:
    """ST-07: account keys are refused, and the portal uses Entra tokens."""
    portal = "defaultToOAuthAuthentication"
    return [
        expect(resource, "allowSharedKeyAccess", "account keys are accepted besides Entra tokens", to_be=False),
        expect(resource, portal, "the portal does not use Entra tokens by default", to_be=True),
    ]


def no_local_users(resource: Resource, _context: Context) -> list[Outcome]:
    """ST-08: the account has neither local users nor SFTP."""
    return [
        expect(resource, "isLocalUserEnabled", "local users are not disabled", to_be=False),
        expect(resource, "isSftpEnabled", "SFTP is enabled", to_be=False, default=False),
    ]


def _short(period: Value) -> bool:
    match = _PERIOD.fullmatch(str(period))
    if match is None:
        return False
    length, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(days=length, hours=hours, minutes=minutes, seconds=seconds) <= timedelta(days=SAS_DAYS)


def keys_expire(resource: Resource, _context: Context) -> list[Outcome] | Outcome:
    """ST-14: where account keys are on, they and the signatures made with them expire."""
    keys = negate(equals(get(resource, "allowSharedKeyAccess", default=True), expected=False))
    if keys is False:
        return skip("account keys are off")
    period, due = "sasPolicy.sasExpirationPeriod", "keyPolicy.keyExpirationPeriodInDays"
    return [
        ok(
            implies(keys, matches(get(resource, period), _short)),
            f"shared access signatures may be valid for more than {SAS_DAYS} days",
            period,
        ),
        ok(
            implies(keys, at_most(get(resource, due), KEY_DAYS)),
            f"account keys are not due for rotation within {KEY_DAYS} days",
            due,
        ),
    ]


RULES: tuple[Rule, ...] = (
    Rule(
        id="ST-03",
        title="No anonymous blob access",
        types=ACCOUNT,
        property="allowBlobPublicAccess",
        severity="C",
        scope="R",
        profile="P1",
        iso=(
            direct("A.8.3", "Only identities are given access to information, never everyone."),
            supporting("A.8.12", "Closes the most common way in which stored data leaks."),
        ),
        hipaa=(direct("164.312(a)(1)", "Only persons and programs that were granted access can reach the data."),),
        gdpr=(
            direct("Art. 25(2)", "By default, data is not accessible to an indefinite number of persons."),
            supporting("Art. 32(1)(b)", "Contributes to keeping the data confidential."),
        ),
        what="No container of the account can be opened to anonymous readers.",
        why="With the setting on, one wrong setting of one container publishes its content. Accounts created before "
        "Azure changed the default keep it on until it is turned off explicitly.",
        remediation="Set `allow_blob_public_access=False`; serve data through an application or with Entra tokens.",
        azure_default="Off for accounts created since August 2023, on for older ones.",
        bad='storage.StorageAccount("data", kind="StorageV2", allow_blob_public_access=True)',
        good='storage.StorageAccount("data", kind="StorageV2", allow_blob_public_access=False)',
        check=no_anonymous_blobs,
        remediate=set_inputs({"allowBlobPublicAccess": False}),
    ),
    Rule(
        id="ST-04",
        title="Containers private",
        types=("storage:BlobContainer",),
        property="publicAccess",
        severity="C",
        scope="R",
        profile="P1",
        iso=(direct("A.8.3", "The container itself grants nothing to anonymous readers."),),
        hipaa=(direct("164.312(a)(1)", "Reading needs an identity that was granted access."),),
        gdpr=(direct("Art. 25(2)", "The container is closed by default, whatever the account allows."),),
        what="Anonymous readers can neither read the container's blobs nor list them.",
        why="Anyone who knows or guesses the name of a public container can read it; attackers scan for such names all "
        "the time.",
        remediation="Set `public_access=storage.PublicAccess.NONE` or leave it out.",
        azure_default="None: private.",
        bad='storage.BlobContainer("uploads", public_access=storage.PublicAccess.BLOB)',
        good='storage.BlobContainer("uploads", public_access=storage.PublicAccess.NONE)',
        check=no_anonymous_container,
    ),
    Rule(
        id="ST-05",
        title="Public network access off",
        types=ACCOUNT,
        property="publicNetworkAccess",
        severity="H",
        scope="R",
        profile="P2",
        iso=(
            direct("A.8.20", "The account has no address on the public network."),
            supporting("A.8.21", "The service is offered only through the private endpoints that we define."),
        ),
        hipaa=(direct("164.312(a)(1)", "Access control starts with the network: the Internet cannot reach the data."),),
        gdpr=(supporting("Art. 32(1)(b)", "Confidentiality does not depend on tokens and keys alone."),),
        what="The account can be reached only through private endpoints.",
        why="A leaked key, signature or token is useless to anyone who cannot reach the account.",
        remediation='Set `public_network_access="Disabled"` and give its clients a private endpoint.',
        azure_default="Enabled.",
        bad='storage.StorageAccount("data", kind="StorageV2", public_network_access="Enabled")',
        good='storage.StorageAccount("data", kind="StorageV2", public_network_access="Disabled")',
        check=no_public_network,
    ),
    Rule(
        id="ST-06",
        title="Firewall deny; bypass at most AzureServices; no wide IP rules; own-tenant access rules",
        types=ACCOUNT,
        property="networkRuleSet.{defaultAction,bypass,ipRules,resourceAccessRules}",
        severity="H",
        scope="R",
        profile="P2",
        iso=(
            direct("A.8.20", "The firewall denies everything that is not listed."),
            supporting("A.8.22", "Other networks and tenants stay separate from the data."),
        ),
        hipaa=(direct("164.312(a)(1)", "Restricts the sources from which electronic health data can be reached."),),
        gdpr=(supporting("Art. 32(1)(b)", "A second barrier behind the disabled public endpoint."),),
        what="The firewall denies by default, lets at most Azure's trusted services bypass it, allows no range wider "
        f"than {WIDE_RANGE} addresses, and only resources of its own tenant.",
        why="It is what still protects the account when someone enables the public endpoint for an afternoon.",
        remediation='Set `network_rule_set` with `default_action="Deny"`, `bypass="None"` (or `"AzureServices"` where '
        "Azure Monitor writes into the account) and no IP rules.",
        azure_default="Allow; trusted Azure services may bypass.",
        bad='storage.NetworkRuleSetArgs(default_action=storage.DefaultAction.ALLOW, bypass="Logging, Metrics")',
        good='storage.NetworkRuleSetArgs(default_action=storage.DefaultAction.DENY, bypass="None")',
        check=firewall_denies,
    ),
    Rule(
        id="ST-07",
        title="Shared key off, Entra by default",
        types=ACCOUNT,
        property="allowSharedKeyAccess, defaultToOAuthAuthentication",
        severity="H",
        scope="R",
        profile="P2",
        iso=(
            direct("A.5.16", "Readers and writers are identities, not holders of a key."),
            direct("A.8.5", "Entra tokens are the only way to authenticate."),
        ),
        hipaa=(
            direct("164.312(a)(2)(i)", "Every access carries a unique identity that the log can name."),
            direct("164.312(d)", "A shared key proves nothing about its user; a token does."),
        ),
        gdpr=(supporting("Art. 32(1)(b)", "Access can be revoked for one person or program alone."),),
        what="Account keys, and the shared access signatures made with them, are refused; the portal uses tokens.",
        why="An account key opens everything, has no owner, never expires, and leaves no name in the log.",
        remediation="Set `allow_shared_key_access=False` and `default_to_o_auth_authentication=True`; give the "
        "application's identity a data role. App Service can mount SMB shares only with a key: keep such shares in an "
        "account of their own and waive the rule for that account.",
        azure_default="Keys accepted; the portal uses the key.",
        bad='storage.StorageAccount("data", kind="StorageV2", allow_shared_key_access=True)',
        good='storage.StorageAccount("data", kind="StorageV2", allow_shared_key_access=False, '
        "default_to_o_auth_authentication=True)",
        check=no_shared_key,
    ),
    Rule(
        id="ST-08",
        title="Local users and SFTP off",
        types=ACCOUNT,
        property="isLocalUserEnabled, isSftpEnabled",
        severity="M",
        scope="R",
        profile="P2",
        iso=(
            direct("A.8.5", "Rules out passwords and SSH keys that only the account knows."),
            supporting("A.8.9", "An unused protocol is disabled."),
        ),
        hipaa=(supporting("164.312(d)", "Entra remains the only place where identities are verified."),),
        gdpr=(supporting("Art. 32(1)(b)", "There is no second door with its own users."),),
        what="The account has no local users and does not offer SFTP.",
        why="Local users are outside Entra: no conditional access, no leaver process, no multi-factor authentication.",
        remediation="Set `is_local_user_enabled=False` and `is_sftp_enabled=False`.",
        azure_default="Local users are not ruled out; SFTP is off.",
        bad='storage.StorageAccount("data", kind="StorageV2", is_sftp_enabled=True, is_local_user_enabled=True)',
        good='storage.StorageAccount("data", kind="StorageV2", is_sftp_enabled=False, is_local_user_enabled=False)',
        check=no_local_users,
    ),
    Rule(
        id="ST-14",
        title="SAS and key expiry policy if keys are waived on",
        types=ACCOUNT,
        property="sasPolicy, keyPolicy",
        severity="M",
        scope="R",
        profile="P2",
        iso=(direct("A.5.17", "Authentication information that cannot be avoided expires."),),
        hipaa=(supporting("164.312(d)", "Limits how long a leaked key or signature can prove an identity."),),
        gdpr=(supporting("Art. 32(1)(b)", "Limits the damage where keys cannot be disabled."),),
        what=f"Where account keys are on, signatures are valid for at most {SAS_DAYS} days and keys are due for "
        f"rotation after {KEY_DAYS}.",
        why="A waiver for keys is acceptable only while a leaked one soon becomes worthless.",
        remediation="Set `sas_policy` and `key_policy`, or disable keys (ST-07).",
        azure_default="Neither signatures nor keys expire.",
        bad='storage.StorageAccount("files", kind="StorageV2", allow_shared_key_access=True)',
        good='storage.StorageAccount("files", kind="StorageV2", allow_shared_key_access=True, '
        "key_policy=storage.KeyPolicyArgs(key_expiration_period_in_days=90), "
        'sas_policy=storage.SasPolicyArgs(expiration_action="Block", sas_expiration_period="1.00:00:00"))',
        check=keys_expire,
    ),
)

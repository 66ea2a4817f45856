"""Storage accounts: network and identity. From where and by whom they can be used."""

from __future__ import annotations

import re
from datetime import timedelta

from policies.model import Context, Outcome, ok, skip
from policies.rule import Rule, direct, supporting
from policies.rules.data_shared import WIDE_RANGE, addresses, given, words
from resources import arm
from resources.model import Resource
from resources.values import Trilean, Value, any_of, at_most, equals, every, get, known, matches, negate, one_of

ACCOUNT = ("storage:StorageAccount",)

SAS_DAYS = 7
"""Longest life of a shared access signature."""

KEY_DAYS = 90
"""Longest time until an account key is reported as due for renewal."""

_PERIOD = re.compile(r"(?:(\d+)\.)?(\d+):(\d+):(\d+)")


def no_public_network(resource: Resource, _context: Context) -> Outcome:
    """ST-05."""
    closed = equals(get(resource, "publicNetworkAccess"), "Disabled")
    return ok(closed, "the public address is not switched off", "publicNetworkAccess")


def _narrow(rule: Value) -> Trilean:
    return matches(get(rule, "iPAddressOrRange"), _names_a_place)


def _names_a_place(text: Value) -> bool:
    count = addresses(text)
    return count is not None and count <= WIDE_RANGE


def _own_tenant(rule: Value, resource: Resource, context: Context) -> Trilean:
    """Tell whether a resource access rule names the account's own tenant, or a resource of its own subscription."""
    provider = resource.options.provider
    home = get(provider.props, "tenantId") if provider else None
    tenant = get(rule, "tenantId")
    own = equals(tenant, home) if known(home) and isinstance(home, str) and known(tenant) else None
    target = get(rule, "resourceId")
    subscription = context.parameters.subscription_id
    same = known(target) and subscription is not None and arm.subscription(str(target)) == subscription
    return any_of(True if same else None, own) if own is not False else False


def firewall(resource: Resource, context: Context) -> list[Outcome]:
    """ST-06."""
    bypass = words(get(resource, "networkRuleSet.bypass", "AzureServices"), ",")
    return [
        ok(
            equals(get(resource, "networkRuleSet.defaultAction"), "Deny"),
            "requests that no rule allows are not denied",
            "networkRuleSet.defaultAction",
        ),
        ok(
            every(bypass, lambda who: one_of(who, ("none", "azureservices"))),
            "more than Azure's trusted services may pass the firewall",
            "networkRuleSet.bypass",
        ),
        ok(
            every(get(resource, "networkRuleSet.ipRules"), _narrow),
            f"an address rule is wider than {WIDE_RANGE} addresses, or no address at all",
            "networkRuleSet.ipRules",
        ),
        ok(
            every(get(resource, "networkRuleSet.resourceAccessRules"), lambda r: _own_tenant(r, resource, context)),
            "resources of a tenant that is not known to be the account's own may pass the firewall",
            "networkRuleSet.resourceAccessRules",
        ),
    ]


def no_shared_key(resource: Resource, _context: Context) -> list[Outcome]:
    """ST-07."""
    return [
        ok(
            equals(get(resource, "allowSharedKeyAccess"), expected=False),
            "account keys are accepted beside Entra tokens",
            "allowSharedKeyAccess",
        ),
        ok(
            equals(get(resource, "defaultToOAuthAuthentication"), expected=True),
            "the portal does not use Entra tokens by default",
            "defaultToOAuthAuthentication",
        ),
    ]


def no_local_users(resource: Resource, _context: Context) -> list[Outcome]:
    """ST-08."""
    return [
        ok(
            equals(get(resource, "isLocalUserEnabled"), expected=False),
            "users that only the account knows are not ruled out",
            "isLocalUserEnabled",
        ),
        ok(
            equals(get(resource, "isSftpEnabled", default=False), expected=False),
            "SFTP is switched on",
            "isSftpEnabled",
        ),
    ]


def _short(period: Value) -> bool:
    match = _PERIOD.fullmatch(str(period))
    if match is None:
        return False
    length, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(days=length, hours=hours, minutes=minutes, seconds=seconds) <= timedelta(days=SAS_DAYS)


def bounded_keys(resource: Resource, _context: Context) -> list[Outcome] | Outcome:
    """ST-14."""
    keys = negate(equals(get(resource, "allowSharedKeyAccess", default=True), expected=False))
    if keys is False:
        return skip("account keys are off")
    period = get(resource, "sasPolicy.sasExpirationPeriod")
    return [
        ok(
            given(keys, matches(period, _short)),
            f"shared access signatures may live longer than {SAS_DAYS} days",
            "sasPolicy.sasExpirationPeriod",
        ),
        ok(
            given(keys, at_most(get(resource, "keyPolicy.keyExpirationPeriodInDays"), KEY_DAYS)),
            f"account keys are not due for renewal within {KEY_DAYS} days",
            "keyPolicy.keyExpirationPeriodInDays",
        ),
    ]


RULES: tuple[Rule, ...] = (
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
            supporting("A.8.21", "Only the private endpoints that we define offer the service."),
        ),
        hipaa=(direct("164.312(a)(1)", "Access control starts with the network: the Internet cannot reach the data."),),
        gdpr=(supporting("Art. 32(1)(b)", "Confidentiality does not hang on tokens and keys alone."),),
        what="The account answers on private endpoints only.",
        why="A key, a signature or a token that leaks is useless to whoever cannot reach the account.",
        remediation='Set `public_network_access="Disabled"` and give its users a private endpoint.',
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
            direct("A.8.20", "The firewall denies what is not named."),
            supporting("A.8.22", "Networks and tenants that are not ours stay separate from the store."),
        ),
        hipaa=(direct("164.312(a)(1)", "Restricts from where electronic health data can be reached."),),
        gdpr=(supporting("Art. 32(1)(b)", "A second barrier behind the switched-off public address."),),
        what=f"The firewall denies by default, lets at most Azure's trusted services pass, allows no range wider than "
        f"{WIDE_RANGE} addresses, and resources of the own tenant only.",
        why="It is what remains when somebody switches the public address on for an afternoon.",
        remediation='Set `network_rule_set` with `default_action="Deny"`, `bypass="None"` (or `"AzureServices"` where '
        "Azure Monitor writes into the account) and no address rules.",
        azure_default="Allow, with trusted Azure services passing.",
        bad='storage.NetworkRuleSetArgs(default_action=storage.DefaultAction.ALLOW, bypass="Logging, Metrics")',
        good='storage.NetworkRuleSetArgs(default_action=storage.DefaultAction.DENY, bypass="None")',
        check=firewall,
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
            direct("A.5.16", "Who reads or writes is an identity, not the holder of a key."),
            direct("A.8.5", "Entra tokens are the only way to authenticate."),
        ),
        hipaa=(
            direct("164.312(a)(2)(i)", "Every access carries a unique identity that the log can name."),
            direct("164.312(d)", "A shared key proves nothing about who uses it; a token does."),
        ),
        gdpr=(supporting("Art. 32(1)(b)", "Access can be taken from one person or program without the others."),),
        what="Account keys, and the shared access signatures made with them, are refused; the portal uses tokens.",
        why="An account key opens everything, has no owner, no end, and leaves no name in the log.",
        remediation="Set `allow_shared_key_access=False` and `default_to_o_auth_authentication=True`; give the "
        "application's identity a data role. App Service mounts SMB shares with a key and in no other way: keep such "
        "shares in an account of their own and waive the rule for that account.",
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
            supporting("A.8.9", "A protocol that nobody uses is switched off."),
        ),
        hipaa=(supporting("164.312(d)", "Entra stays the only place where identities are proven."),),
        gdpr=(supporting("Art. 32(1)(b)", "No second door with users of its own."),),
        what="The account knows no local users and does not speak SFTP.",
        why="Local users are outside Entra: no conditional access, no leaver process, no multi-factor authentication.",
        remediation="Set `is_local_user_enabled=False` and `is_sftp_enabled=False`.",
        azure_default="Local users not ruled out; SFTP off.",
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
        iso=(direct("A.5.17", "Authentication information that cannot be avoided has an end."),),
        hipaa=(supporting("164.312(d)", "Limits how long a leaked key or signature proves an identity."),),
        gdpr=(supporting("Art. 32(1)(b)", "Bounds the damage where keys cannot be switched off."),),
        what=f"Where account keys are on, signatures live {SAS_DAYS} days at most and keys are due after {KEY_DAYS}.",
        why="A waiver for keys is bearable only as long as what leaks soon becomes worthless.",
        remediation="Set `sas_policy` and `key_policy`, or switch keys off (ST-07).",
        azure_default="Neither signatures nor keys end.",
        bad='storage.StorageAccount("files", kind="StorageV2", allow_shared_key_access=True)',
        good='storage.StorageAccount("files", kind="StorageV2", allow_shared_key_access=True, '
        "key_policy=storage.KeyPolicyArgs(key_expiration_period_in_days=90), "
        'sas_policy=storage.SasPolicyArgs(expiration_action="Block", sas_expiration_period="1.00:00:00"))',
        check=bounded_keys,
    ),
)

"""PostgreSQL flexible server: network and identity, and the order of all its rules."""

from __future__ import annotations

from policies.model import Context, Outcome, ok
from policies.rule import Rule, direct, supporting
from policies.rules import postgres_graph, postgres_resilience
from policies.rules.data_shared import WIDE_RANGE, span
from resources.model import Resource
from resources.values import any_of, equals, get, known, negate, present

SERVER = ("dbforpostgresql:Server",)

EVERYBODY = "0.0.0.0"  # noqa: S104 - an address to refuse, not to listen on
"""As the start of a range: with the same end "all of Azure", with any other end the whole Internet up to it."""


def private(resource: Resource, _context: Context) -> Outcome:
    """PG-01. A server in a subnet of ours has no public address that could be switched off."""
    closed = equals(get(resource, "network.publicNetworkAccess"), "Disabled")
    injected = present(get(resource, "network.delegatedSubnetResourceId"))
    return ok(
        any_of(closed, injected),
        "the server is in no subnet and its public address is not switched off",
        "network.publicNetworkAccess",
    )


def narrow_rule(resource: Resource, _context: Context) -> list[Outcome]:
    """PG-02."""
    start, end = get(resource, "startIpAddress"), get(resource, "endIpAddress")
    settled = known(start) and known(end)
    count = span(start, end) if settled else None
    narrow = count is not None and count <= WIDE_RANGE
    return [
        ok(negate(equals(start, EVERYBODY)), "the rule admits all of Azure, or everybody", "startIpAddress"),
        ok(
            narrow if settled else None,
            f"the range is wider than {WIDE_RANGE} addresses, or none",
            "endIpAddress",
        ),
    ]


def entra_on(resource: Resource, _context: Context) -> list[Outcome]:
    """PG-04."""
    return [
        ok(
            equals(get(resource, "authConfig.activeDirectoryAuth"), "Enabled"),
            "Entra tokens are not accepted",
            "authConfig.activeDirectoryAuth",
        ),
        ok(present(get(resource, "authConfig.tenantId")), "no tenant is named", "authConfig.tenantId"),
    ]


def passwords_off(resource: Resource, _context: Context) -> Outcome:
    """PG-05."""
    path = "authConfig.passwordAuth"
    return ok(equals(get(resource, path), "Disabled"), "passwords are accepted", path)


ACCESS: tuple[Rule, ...] = (
    Rule(
        id="PG-01",
        title="Private only: injected subnet, or public access off",
        types=SERVER,
        property="network.publicNetworkAccess, delegatedSubnetResourceId",
        severity="C",
        scope="R",
        profile="P1",
        iso=(
            direct("A.8.20", "The database has no address on the public network."),
            supporting("A.8.22", "It stands in the network of its applications and of nobody else."),
        ),
        hipaa=(direct("164.312(a)(1)", "Health data in the database cannot be reached from the Internet."),),
        gdpr=(direct("Art. 32(1)(b)", "Confidentiality of the data does not hang on passwords alone."),),
        what="The server stands in a delegated subnet, or its public address is switched off.",
        why="A database on the Internet is found within hours, and its passwords are tried for ever.",
        remediation='Set `network.public_network_access="Disabled"` and add a private endpoint. Private endpoint or '
        "delegated subnet is chosen when the server is made.",
        azure_default="Enabled.",
        bad='dbforpostgresql.NetworkArgs(public_network_access="Enabled")',
        good='dbforpostgresql.NetworkArgs(public_network_access="Disabled")',
        check=private,
    ),
    Rule(
        id="PG-02",
        title="No 0.0.0.0 rule, no wide firewall range",
        types=("dbforpostgresql:FirewallRule",),
        property="startIpAddress, endIpAddress",
        severity="C",
        scope="R",
        profile="P1",
        iso=(direct("A.8.20", "A firewall rule names a place, not the Internet."),),
        hipaa=(direct("164.312(a)(1)", "Restricts from where the database can be reached."),),
        gdpr=(direct("Art. 32(1)(b)", "No opening for everybody, Azure's other customers included."),),
        what=f"No firewall rule starts at 0.0.0.0 or spans more than {WIDE_RANGE} addresses.",
        why='The rule "allow Azure services" (0.0.0.0) admits every customer of Azure, an attacker\'s trial included.',
        remediation="Remove the rule; use a private endpoint.",
        azure_default="No rules.",
        bad='dbforpostgresql.FirewallRule("azure", start_ip_address="0.0.0.0", end_ip_address="0.0.0.0")',
        good='dbforpostgresql.FirewallRule("office", start_ip_address="203.0.113.8", end_ip_address="203.0.113.9")',
        check=narrow_rule,
    ),
    Rule(
        id="PG-04",
        title="Entra auth on with tenant",
        types=SERVER,
        property="authConfig.activeDirectoryAuth, tenantId",
        severity="H",
        scope="R",
        profile="P2",
        iso=(
            direct("A.5.16", "Who connects can be an identity of the directory."),
            direct("A.8.5", "Tokens that end after an hour take the place of passwords."),
        ),
        hipaa=(direct("164.312(d)", "The directory proves who connects."),),
        gdpr=(supporting("Art. 32(1)(b)", "A leaver loses the database with his account."),),
        what="The server accepts Entra tokens of a named tenant.",
        why="Without it passwords are the only way in, for administrators too.",
        remediation='Set `auth_config` with `active_directory_auth="Enabled"` and `tenant_id`.',
        azure_default="Disabled.",
        bad='dbforpostgresql.AuthConfigArgs(active_directory_auth="Disabled", password_auth="Enabled")',
        good='dbforpostgresql.AuthConfigArgs(active_directory_auth="Enabled", tenant_id=tenant)',
        check=entra_on,
    ),
    Rule(
        id="PG-05",
        title="Password auth off",
        types=SERVER,
        property="authConfig.passwordAuth",
        severity="H",
        scope="R",
        profile="P2",
        iso=(
            direct("A.5.17", "There are no passwords that could be shared, leaked or forgotten."),
            direct("A.8.5", "Tokens are the only way to authenticate."),
        ),
        hipaa=(direct("164.312(d)", "A password proves only that somebody knows it."),),
        gdpr=(supporting("Art. 32(1)(b)", "Nothing that opens the database lies in a configuration."),),
        what="The server refuses passwords.",
        why="A connection string with a password is valid for whoever finds it, from any machine in the network.",
        remediation='Set `auth_config.password_auth="Disabled"` once all applications fetch tokens. Where one cannot, '
        "waive the rule, name the application, and let the waiver end with its next major version.",
        azure_default="Enabled.",
        bad='dbforpostgresql.AuthConfigArgs(active_directory_auth="Enabled", password_auth="Enabled")',
        good='dbforpostgresql.AuthConfigArgs(active_directory_auth="Enabled", password_auth="Disabled")',
        check=passwords_off,
    ),
)
"""Rules about who can reach and enter a server."""

RULES: tuple[Rule, ...] = tuple(
    sorted((*ACCESS, *postgres_resilience.RULES, *postgres_graph.RULES), key=lambda rule: rule.id)
)

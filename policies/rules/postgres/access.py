"""PostgreSQL flexible server: network, transport, authentication and audit."""

from __future__ import annotations

from policies.model import Context, Outcome, ok, skip
from policies.rule import Rule, direct, supporting
from policies.rules.shared import WIDE_RANGE, children, expect, expect_set, implies, span, split_list
from resources.model import Resource
from resources.values import (
    ABSENT,
    UNKNOWN,
    Trilean,
    Value,
    all_of,
    any_of,
    equals,
    get,
    known,
    negate,
    one_of,
    present,
    some,
)

SERVER, CONFIGURATION = "dbforpostgresql:Server", "dbforpostgresql:Configuration"
ADMINISTRATOR = "dbforpostgresql:AdministratorsMicrosoftEntra"

ZERO = "0.0.0.0"  # noqa: S104 - an address to refuse, not to listen on
"""As the start of a range: with the same end "all of Azure", with any other end the whole Internet up to it."""

SWITCHES = ("log_checkpoints", "log_connections", "log_disconnections", "connection_throttle.enable")


def private(resource: Resource, _context: Context) -> Outcome:
    """PG-01: public access is disabled, or the server is in a subnet of ours and has no public endpoint to disable."""
    path = "network.publicNetworkAccess"
    closed = equals(get(resource, path), "Disabled")
    injected = present(get(resource, "network.delegatedSubnetResourceId"))
    return ok(any_of(closed, injected), "the server is in no subnet and public network access is not disabled", path)


def narrow_rule(resource: Resource, _context: Context) -> list[Outcome]:
    """PG-02: a firewall rule admits few addresses, and not all of Azure."""
    start, end = get(resource, "startIpAddress"), get(resource, "endIpAddress")
    decided = known(start) and known(end)
    count = span(start, end) if decided else None
    narrow = count is not None and count <= WIDE_RANGE
    reason = f"the range is wider than {WIDE_RANGE} addresses, or not a range"
    return [
        ok(negate(equals(start, ZERO)), "the rule admits all of Azure, or everyone", "startIpAddress"),
        ok(narrow if decided else None, reason, "endIpAddress"),
    ]


def parameter(context: Context, server: Resource, name: str, default: Value = ABSENT) -> Value:
    """Read a server parameter; ``default`` is Azure's own, where it is not set."""
    configurations = children(context, server, CONFIGURATION, "serverName")
    unsure = not configurations.complete
    for configuration in configurations.certain:
        named = equals(get(configuration, "configurationName"), name)
        if named:
            return get(configuration, "value", default)
        unsure = unsure or named is None
    return UNKNOWN if unsure else default


def encrypted(resource: Resource, context: Context) -> list[Outcome]:
    """PG-03: connections need TLS 1.2 or newer."""
    required = parameter(context, resource, "require_secure_transport", "on")
    floor = parameter(context, resource, "ssl_min_protocol_version", "TLSv1.2")
    return [
        ok(equals(required, "on"), "connections without TLS are accepted", "require_secure_transport"),
        ok(one_of(floor, ("TLSv1.2", "TLSv1.3")), "TLS older than 1.2 is accepted", "ssl_min_protocol_version"),
    ]


def entra_on(resource: Resource, _context: Context) -> list[Outcome]:
    """PG-04: Entra tokens of a named tenant are accepted."""
    entra = "authConfig.activeDirectoryAuth"
    return [
        expect(resource, entra, "Entra tokens are not accepted", to_be="Enabled"),
        expect_set(resource, "authConfig.tenantId", "no tenant is named"),
    ]


def passwords_off(resource: Resource, _context: Context) -> Outcome:
    """PG-05: passwords are refused."""
    return expect(resource, "authConfig.passwordAuth", "passwords are accepted", to_be="Disabled")


def group_administers(resource: Resource, context: Context) -> Outcome:
    """PG-06: the server has an administrator; the administrator's own resource says that it is a group."""
    if resource.type == ADMINISTRATOR:
        return expect(resource, "principalType", "the administrator is not a group", to_be="Group")
    path = "authConfig.activeDirectoryAuth"
    entra = equals(get(resource, path), "Enabled")
    if entra is False:
        return skip("Entra tokens are off")
    administrators = children(context, resource, ADMINISTRATOR, "serverName")
    return ok(implies(entra, administrators.any()), "no Entra group administers the server", path)


def logged(resource: Resource, context: Context) -> list[Outcome]:
    """PG-11: connections are logged, and failed log-ins throttled."""
    return [
        ok(equals(parameter(context, resource, switch), "on"), f"{switch} is not on", switch) for switch in SWITCHES
    ]


def audited(resource: Resource, context: Context) -> list[Outcome]:
    """PG-12: pgaudit is loaded, allowed, and records changes of structure and permissions."""

    def lists(name: str, item: str) -> Trilean:
        values = split_list(parameter(context, resource, name), ",")
        return some(values, lambda each: equals(each, item))

    classes = "pgaudit.log"
    enough = any_of(lists(classes, "all"), all_of(lists(classes, "ddl"), lists(classes, "role")))
    libraries, extensions = "shared_preload_libraries", "azure.extensions"
    return [
        ok(lists(libraries, "pgaudit"), "the audit library is not loaded", libraries),
        ok(lists(extensions, "pgaudit"), "the audit extension is not allowed", extensions),
        ok(enough, "changes of structure and permissions are not audited", classes),
    ]


RULES: tuple[Rule, ...] = (
    Rule(
        id="PG-01",
        title="Private only: injected subnet, or public access off",
        types=(SERVER,),
        property="network.publicNetworkAccess, delegatedSubnetResourceId",
        severity="C",
        scope="R",
        profile="P1",
        iso=(
            direct("A.8.20", "The database has no address on the public network."),
            supporting("A.8.22", "It is in the network of its applications and of nobody else."),
        ),
        hipaa=(direct("164.312(a)(1)", "Health data in the database cannot be reached from the Internet."),),
        gdpr=(direct("Art. 32(1)(b)", "Confidentiality of the data does not depend on passwords alone."),),
        what="The server is in a delegated subnet, or its public endpoint is disabled.",
        why="A database on the Internet is found within hours, and attackers never stop trying passwords.",
        remediation='Set `network.public_network_access="Disabled"` and add a private endpoint. The choice between '
        "private endpoint and delegated subnet is made when the server is created.",
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
        iso=(direct("A.8.20", "A firewall rule names a location, not the Internet."),),
        hipaa=(direct("164.312(a)(1)", "Restricts the sources from which the database can be reached."),),
        gdpr=(direct("Art. 32(1)(b)", "There is no opening for everyone, other customers of Azure included."),),
        what=f"No firewall rule starts at 0.0.0.0 or spans more than {WIDE_RANGE} addresses.",
        why='The rule "allow Azure services" (0.0.0.0) admits every customer of Azure, an attacker\'s trial included.',
        remediation="Remove the rule; use a private endpoint.",
        azure_default="No rules.",
        bad='dbforpostgresql.FirewallRule("azure", start_ip_address="0.0.0.0", end_ip_address="0.0.0.0")',
        good='dbforpostgresql.FirewallRule("office", start_ip_address="203.0.113.8", end_ip_address="203.0.113.9")',
        check=narrow_rule,
    ),
    Rule(
        id="PG-03",
        title="TLS enforced and floor 1.2",
        types=(SERVER,),
        property="require_secure_transport, ssl_min_protocol_version",
        severity="H",
        scope="S",
        profile="P1",
        iso=(
            direct("A.5.14", "Queries and their results cross the network only encrypted."),
            direct("A.8.24", "Sets the minimum version of the cryptographic protocol."),
        ),
        hipaa=(direct("164.312(e)(1)", "Nobody in between can read health data in transmission."),),
        gdpr=(direct("Art. 32(1)(a)", "Personal data is encrypted on its way to the application."),),
        what="The server refuses connections without TLS 1.2 or newer.",
        why="Passwords, queries and rows would cross the network readable by every machine in it.",
        remediation='Add `dbforpostgresql.Configuration` for `require_secure_transport` ("on") and '
        '`ssl_min_protocol_version` ("TLSv1.2"), or leave both at Azure\'s default.',
        azure_default="on; TLSv1.2.",
        bad='dbforpostgresql.Configuration("tls", configuration_name="require_secure_transport", value="off")',
        good='dbforpostgresql.Configuration("tls", configuration_name="require_secure_transport", value="on")',
        check=encrypted,
    ),
    Rule(
        id="PG-04",
        title="Entra auth on with tenant",
        types=(SERVER,),
        property="authConfig.activeDirectoryAuth, tenantId",
        severity="H",
        scope="R",
        profile="P2",
        iso=(
            direct("A.5.16", "Clients can connect with an identity of the directory."),
            direct("A.8.5", "Tokens that expire after an hour replace passwords."),
        ),
        hipaa=(direct("164.312(d)", "The directory verifies who connects."),),
        gdpr=(supporting("Art. 32(1)(b)", "Leavers lose the database together with their account."),),
        what="The server accepts Entra tokens of a named tenant.",
        why="Without it passwords are the only way to connect, for administrators too.",
        remediation='Set `auth_config` with `active_directory_auth="Enabled"` and `tenant_id`.',
        azure_default="Disabled.",
        bad='dbforpostgresql.AuthConfigArgs(active_directory_auth="Disabled", password_auth="Enabled")',
        good='dbforpostgresql.AuthConfigArgs(active_directory_auth="Enabled", tenant_id=tenant)',
        check=entra_on,
    ),
    Rule(
        id="PG-05",
        title="Password auth off",
        types=(SERVER,),
        property="authConfig.passwordAuth",
        severity="H",
        scope="R",
        profile="P2",
        iso=(
            direct("A.5.17", "There are no passwords that could be shared, leaked or forgotten."),
            direct("A.8.5", "Tokens are the only way to authenticate."),
        ),
        hipaa=(direct("164.312(d)", "A password proves only that someone knows it."),),
        gdpr=(supporting("Art. 32(1)(b)", "No configuration holds anything that opens the database."),),
        what="The server refuses passwords.",
        why="A connection string with a password works for anyone who finds it, from any machine in the network.",
        remediation='Set `auth_config.password_auth="Disabled"` once all applications use tokens. Where one cannot, '
        "waive the rule, name the application, and let the waiver expire with its next major version.",
        azure_default="Enabled.",
        bad='dbforpostgresql.AuthConfigArgs(active_directory_auth="Enabled", password_auth="Enabled")',
        good='dbforpostgresql.AuthConfigArgs(active_directory_auth="Enabled", password_auth="Disabled")',
        check=passwords_off,
    ),
    Rule(
        id="PG-06",
        title="Entra admin is a group",
        types=(SERVER, ADMINISTRATOR),
        property="principalType",
        severity="M",
        scope="S",
        profile="P2",
        iso=(
            direct("A.5.18", "Permissions are granted and revoked by membership, with the directory's reviews."),
            direct("A.8.2", "Privileged access belongs to a role, not to a person."),
        ),
        hipaa=(direct("164.308(a)(4)(ii)(B)", "Access is authorised by a process around the group."),),
        gdpr=(supporting("Art. 32(4)", "Those who hold these permissions act on instruction, and can be listed."),),
        what="The Entra administrator of the server is a group.",
        why="A person's account keeps the permissions when the person changes teams, and the server loses its "
        "administrator when the account is deleted.",
        remediation='Set `principal_type="Group"` with the object id of a group.',
        azure_default="No administrator.",
        bad='dbforpostgresql.AdministratorsMicrosoftEntra("admin", principal_type="User")',
        good='dbforpostgresql.AdministratorsMicrosoftEntra("admin", principal_type="Group")',
        check=group_administers,
    ),
    Rule(
        id="PG-11",
        title="Checkpoint, connect, disconnect logs; throttling",
        types=(SERVER,),
        property=", ".join(SWITCHES),
        severity="M",
        scope="S",
        profile="P2",
        iso=(direct("A.8.15", "The log says who connected, when and for how long."),),
        hipaa=(direct("164.312(b)", "Records activity in the system that holds health data."),),
        gdpr=(supporting("Art. 32(1)(d)", "Without records no measure can be tested."),),
        what="Checkpoints, connections and disconnections are logged; repeated failed log-ins are throttled.",
        why="After an incident the first question is who was connected.",
        remediation='Set the four parameters to "on", each with a `dbforpostgresql.Configuration`.',
        azure_default="Checkpoints are logged; the others depend on the version, and throttling is off.",
        bad='dbforpostgresql.Configuration("log", configuration_name="log_connections", value="off")',
        good='dbforpostgresql.Configuration("log", configuration_name="log_connections", value="on")',
        check=logged,
    ),
    Rule(
        id="PG-12",
        title="pgaudit loaded and configured",
        types=(SERVER,),
        property="shared_preload_libraries, azure.extensions, pgaudit.log",
        severity="M",
        scope="S",
        profile="P3",
        iso=(
            direct("A.8.15", "Changes of structure and permissions are recorded with who made them."),
            supporting("A.5.28", "The records can serve as evidence."),
        ),
        hipaa=(direct("164.312(b)", "Audit control inside the database, below all applications."),),
        gdpr=(
            supporting("Art. 5(2)", "The controller can show who did what with the data."),
            supporting("Art. 30", "Supports the record of processing with what really happened."),
        ),
        what="The library pgaudit is loaded and allowed, and audits at least the classes `ddl` and `role`, or `all`.",
        why="The plain log shows statements without saying on whose behalf and on which object.",
        remediation="Set `shared_preload_libraries` and `azure.extensions` to include pgaudit and `pgaudit.log` to "
        '"ddl,role". The library is loaded at the next restart.',
        azure_default="Not loaded.",
        bad='dbforpostgresql.Configuration("audit", configuration_name="pgaudit.log", value="none")',
        good='dbforpostgresql.Configuration("audit", configuration_name="pgaudit.log", value="ddl,role")',
        check=audited,
    ),
)

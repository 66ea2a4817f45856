"""PostgreSQL flexible server: rules about its parameters and administrators, which are resources of their own."""

from __future__ import annotations

from policies.model import Context, Outcome, ok, skip
from policies.rule import Rule, direct, supporting
from policies.rules.data_shared import children, given, words
from resources.model import Resource
from resources.values import ABSENT, UNKNOWN, Value, all_of, any_of, equals, get, one_of, some

SERVER, CONFIGURATION = "dbforpostgresql:Server", "dbforpostgresql:Configuration"
ADMINISTRATOR = "dbforpostgresql:AdministratorsMicrosoftEntra"

SWITCHES = ("log_checkpoints", "log_connections", "log_disconnections", "connection_throttle.enable")


def parameter(context: Context, server: Resource, name: str, default: Value = ABSENT) -> Value:
    """Read a server parameter; ``default`` is Azure's own, where it is not set."""
    below = children(context, server, CONFIGURATION, "serverName", "serverName")
    unsure = below.complete is False
    for configuration in below.found:
        named = equals(get(configuration, "configurationName"), name)
        if named:
            return get(configuration, "value", default)
        unsure = unsure or named is None
    return UNKNOWN if unsure else default


def encrypted(resource: Resource, context: Context) -> list[Outcome]:
    """PG-03."""
    required = parameter(context, resource, "require_secure_transport", "on")
    floor = parameter(context, resource, "ssl_min_protocol_version", "TLSv1.2")
    return [
        ok(equals(required, "on"), "connections without TLS are accepted", "require_secure_transport"),
        ok(one_of(floor, ("TLSv1.2", "TLSv1.3")), "TLS older than 1.2 is accepted", "ssl_min_protocol_version"),
    ]


def group_administers(resource: Resource, context: Context) -> Outcome:
    """PG-06. The server must have an administrator; that it is a group is judged where it stands."""
    if resource.type == ADMINISTRATOR:
        group = equals(get(resource, "principalType"), "Group")
        return ok(group, "the administrator is no group", "principalType")
    entra = equals(get(resource, "authConfig.activeDirectoryAuth"), "Enabled")
    if entra is False:
        return skip("Entra tokens are off")
    administrators = children(context, resource, ADMINISTRATOR, "serverName", "serverName")
    named = True if administrators.found else None if administrators.complete is False else False
    return ok(given(entra, named), "no Entra group administers the server", "authConfig.activeDirectoryAuth")


def logged(resource: Resource, context: Context) -> list[Outcome]:
    """PG-11."""
    return [
        ok(equals(parameter(context, resource, switch), "on"), f"{switch} is not switched on", switch)
        for switch in SWITCHES
    ]


def audited(resource: Resource, context: Context) -> list[Outcome]:
    """PG-12."""
    libraries = words(parameter(context, resource, "shared_preload_libraries"), ",")
    extensions = words(parameter(context, resource, "azure.extensions"), ",")
    classes = words(parameter(context, resource, "pgaudit.log"), ",")
    complete = any_of(
        some(classes, lambda each: equals(each, "all")),
        all_of(some(classes, lambda each: equals(each, "ddl")), some(classes, lambda each: equals(each, "role"))),
    )
    return [
        ok(
            some(libraries, lambda each: equals(each, "pgaudit")),
            "the audit library is not loaded",
            "shared_preload_libraries",
        ),
        ok(
            some(extensions, lambda each: equals(each, "pgaudit")),
            "the audit extension is not allowed",
            "azure.extensions",
        ),
        ok(complete, "changes of structure and of rights are not audited", "pgaudit.log"),
    ]


RULES: tuple[Rule, ...] = (
    Rule(
        id="PG-03",
        title="TLS enforced and floor 1.2",
        types=(SERVER,),
        property="require_secure_transport, ssl_min_protocol_version",
        severity="H",
        scope="S",
        profile="P1",
        iso=(
            direct("A.5.14", "Queries and their answers cross the network encrypted only."),
            direct("A.8.24", "Sets the floor for the cryptographic protocol."),
        ),
        hipaa=(direct("164.312(e)(1)", "Nobody on the way can read health data in transmission."),),
        gdpr=(direct("Art. 32(1)(a)", "Personal data is encrypted on its way to the application."),),
        what="The server refuses connections without TLS 1.2 or newer.",
        why="Passwords, queries and rows would cross the network readable for every machine in it.",
        remediation='Add `dbforpostgresql.Configuration` for `require_secure_transport` ("on") and '
        '`ssl_min_protocol_version` ("TLSv1.2"), or leave both at Azure\'s default.',
        azure_default="on; TLSv1.2.",
        bad='dbforpostgresql.Configuration("tls", configuration_name="require_secure_transport", value="off")',
        good='dbforpostgresql.Configuration("tls", configuration_name="require_secure_transport", value="on")',
        check=encrypted,
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
            direct("A.5.18", "Rights are given and taken by membership, with the directory's reviews."),
            direct("A.8.2", "Privileged access hangs on a role, not on a person."),
        ),
        hipaa=(direct("164.308(a)(4)(ii)(B)", "Access is authorised by a process around the group."),),
        gdpr=(supporting("Art. 32(4)", "Who acts with these rights does so on instruction, and can be listed."),),
        what="The Entra administrator of the server is a group.",
        why="A person's account keeps the rights when the person changes teams, and the server has no administrator "
        "when the account is deleted.",
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
        what="Checkpoints, connections and disconnections are logged; repeated failed log-ins are slowed down.",
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
            direct("A.8.15", "Changes of structure and of rights are recorded with who made them."),
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
        '"ddl,role". The library waits for a restart.',
        azure_default="Not loaded.",
        bad='dbforpostgresql.Configuration("audit", configuration_name="pgaudit.log", value="none")',
        good='dbforpostgresql.Configuration("audit", configuration_name="pgaudit.log", value="ddl,role")',
        check=audited,
    ),
)

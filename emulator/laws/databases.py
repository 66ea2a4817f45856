"""Laws of what a PostgreSQL server contains: databases, parameters, administrators, firewall rules."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from emulator.facts.parameters import PARAMETERS
from emulator.ids import arm_name, parent_id
from emulator.laws.helpers import changing, did_you_mean, is_known, refuse, string_at
from emulator.world import Request, World

RESERVED = {"azure_maintenance", "azure_sys", "postgres", "template0", "template1"}
TYPO = 0.85
"""Similarity (0 to 1) from which a name counts as a misspelling of a known parameter."""


def database(request: Request, _: World) -> Iterator[str]:
    """Refuse the names of built-in databases."""
    name = string_at(request, "databaseName")
    if request.operation == "create" and name.lower() in RESERVED:
        yield refuse("DatabaseAlreadyExists", f"database {name}", "names that no built-in database has", "Rename it.")


def parameter(request: Request, _: World) -> Iterator[str]:
    """Refuse read-only and misspelt parameters, and values that a parameter does not accept.

    The table holds the parameters that matter to a platform; a name that is neither known nor similar to one passes.
    """
    if not changing(request):
        return
    name = string_at(request, "configurationName")
    known_parameter = PARAMETERS.get(name)
    if known_parameter is None:
        guess = did_you_mean(name, PARAMETERS, TYPO)
        if guess:
            yield refuse("ResourceNotFound", f"parameter {name}", "parameters of the server", f"{guess}Correct it.")
        return
    if known_parameter.read_only:
        yield refuse("ServerParameterReadOnly", f"parameter {name}", "parameters that may be set", "Leave it out.")
        return
    value = request.get("value")
    if is_known(value):
        problem = known_parameter.problem(str(value))
        if problem:
            yield refuse("ServerParameterInvalidValue", f"{name} = {value}", problem, "Correct the value.")
    source = request.get("source")
    if is_known(source) and source not in {"user-override", "system-default"}:
        allowed = "user-override, system-default"
        yield refuse("InvalidParameterValue", f"source {source}", allowed, "Use user-override.")


def pooler(request: Request, world: World) -> Iterator[str]:
    """Refuse PgBouncer on a Burstable server."""
    if not changing(request) or string_at(request, "configurationName") != "pgbouncer.enabled":
        return
    server = world.get(parent_id(request.id))
    if server and server.value("sku.tier") == "Burstable" and string_at(request, "value").lower() == "true":
        problem = f"PgBouncer on {server.name}, which is Burstable"
        yield refuse("PgBouncerNotSupported", problem, "GeneralPurpose and MemoryOptimized", "Use a higher SKU.")


def administrator(request: Request, world: World) -> Iterator[str]:
    """Refuse Entra administrators on a server whose Entra sign-in is off."""
    if not changing(request):
        return
    server = world.get(parent_id(request.id))
    if server and str(server.value("authConfig.activeDirectoryAuth") or "Disabled").lower() != "enabled":
        problem = f"administrator {request.get('principalName')} on {server.name} without Entra sign-in"
        fix = "Set authConfig.activeDirectoryAuth to Enabled."
        yield refuse("AadAuthNotEnabled", problem, "servers with activeDirectoryAuth Enabled", fix)


def addresses(request: Request, _: World) -> Iterator[str]:
    """Refuse a firewall rule with invalid addresses, or addresses in the wrong order."""
    if not changing(request):
        return
    start, end = string_at(request, "startIpAddress"), string_at(request, "endIpAddress")
    try:
        valid = ipaddress.IPv4Address(start) <= ipaddress.IPv4Address(end)
    except ValueError:
        valid = False
    if not valid:
        problem = f"addresses {start} to {end}"
        yield refuse("InvalidFirewallRule", problem, "IPv4 addresses, start not above end", "Correct them.")


def private_server(request: Request, world: World) -> Iterator[str]:
    """Refuse firewall rules on a server without public access."""
    server = world.get(parent_id(request.id))
    injected = server and server.value("network.delegatedSubnetResourceId")
    if server and (injected or server.value("network.publicNetworkAccess") == "Disabled") and changing(request):
        problem = f"firewall rule {arm_name(request.id)} on {server.name}, which has no public access"
        yield refuse("FirewallRuleNotAllowed", problem, "servers with public access", "Remove the rule.")


CHECK = {
    "dbforpostgresql:Database": (database,),
    "dbforpostgresql:Configuration": (parameter,),
    "dbforpostgresql:FirewallRule": (addresses,),
}
STATE = {
    "dbforpostgresql:Configuration": (pooler,),
    "dbforpostgresql:Administrator": (administrator,),
    "dbforpostgresql:AdministratorsMicrosoftEntra": (administrator,),
    "dbforpostgresql:FirewallRule": (private_server,),
}

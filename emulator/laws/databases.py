"""Laws of what a PostgreSQL server holds: databases, parameters, administrators, firewall rules."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from emulator.facts.parameters import PARAMETERS
from emulator.laws.access import changing, known, nearest, parent_id, refuse, text
from emulator.world import Request, World, arm_name

RESERVED = {"azure_maintenance", "azure_sys", "postgres", "template0", "template1"}
TYPO = 0.85
"""How alike a name must be to a known parameter to be taken for a misspelling of it."""


def database(request: Request, _: World) -> Iterator[str]:
    """Refuse the names of databases that every server has."""
    name = text(request, "databaseName")
    if request.operation == "create" and name.lower() in RESERVED:
        yield refuse("DatabaseAlreadyExists", f"database {name}", "names that no built-in database has", "Rename it.")


def parameter(request: Request, _: World) -> Iterator[str]:
    """Refuse parameters that may not be set, misspelt ones, and values that they do not take.

    The table holds the parameters that matter to a platform; a name that is neither known nor like a known one passes.
    """
    if not changing(request):
        return
    name = text(request, "configurationName")
    found = PARAMETERS.get(name)
    if found is None:
        guess = nearest(name, PARAMETERS, TYPO)
        if guess:
            yield refuse("ResourceNotFound", f"parameter {name}", "parameters of the server", f"{guess}Correct it.")
        return
    if found.read_only:
        yield refuse("ServerParameterReadOnly", f"parameter {name}", "parameters that may be set", "Leave it out.")
        return
    value = request.get("value")
    if known(value):
        problem = found.problem(str(value))
        if problem:
            yield refuse("ServerParameterInvalidValue", f"{name} = {value}", problem, "Correct the value.")
    source = request.get("source")
    if known(source) and source not in {"user-override", "system-default"}:
        allowed = "user-override, system-default"
        yield refuse("InvalidParameterValue", f"source {source}", allowed, "Use user-override.")


def pooler(request: Request, world: World) -> Iterator[str]:
    """Refuse PgBouncer on a Burstable server."""
    if not changing(request) or text(request, "configurationName") != "pgbouncer.enabled":
        return
    server = world.get(parent_id(request.id))
    if server and server.value("sku.tier") == "Burstable" and text(request, "value").lower() in {"on", "true"}:
        found = f"PgBouncer on {server.name}, which is Burstable"
        yield refuse("PgBouncerNotSupported", found, "GeneralPurpose and MemoryOptimized", "Raise the SKU.")


def administrator(request: Request, world: World) -> Iterator[str]:
    """Refuse Entra administrators on a server whose Entra sign-in is off."""
    if not changing(request):
        return
    server = world.get(parent_id(request.id))
    if server and str(server.value("authConfig.activeDirectoryAuth") or "Disabled").lower() != "enabled":
        found = f"administrator {request.get('principalName')} on {server.name} without Entra sign-in"
        fix = "Set authConfig.activeDirectoryAuth to Enabled."
        yield refuse("AadAuthNotEnabled", found, "servers with activeDirectoryAuth Enabled", fix)


def addresses(request: Request, _: World) -> Iterator[str]:
    """Refuse a firewall rule whose addresses are none, or in the wrong order."""
    if not changing(request):
        return
    start, end = text(request, "startIpAddress"), text(request, "endIpAddress")
    try:
        right = ipaddress.IPv4Address(start) <= ipaddress.IPv4Address(end)
    except ValueError:
        right = False
    if not right:
        found = f"addresses {start} to {end}"
        yield refuse("InvalidFirewallRule", found, "IPv4 addresses, start not above end", "Correct them.")


def private_server(request: Request, world: World) -> Iterator[str]:
    """Refuse firewall rules on a server without public access."""
    server = world.get(parent_id(request.id))
    injected = server and server.value("network.delegatedSubnetResourceId")
    if server and (injected or server.value("network.publicNetworkAccess") == "Disabled") and changing(request):
        found = f"firewall rule {arm_name(request.id)} on {server.name}, which has no public access"
        yield refuse("FirewallRuleNotAllowed", found, "servers with public access", "Remove the rule.")


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

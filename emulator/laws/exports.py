"""Laws of a workspace's data export: which tables go where, and how many rules there may be.

Source: Microsoft Learn, "Log Analytics workspace data export in Azure Monitor", limitations. A table that cannot be
exported is accepted there, and exports nothing: that is no law.
"""

from __future__ import annotations

from collections.abc import Iterator

from emulator.laws.access import (
    changing,
    known,
    location_of,
    missing,
    parent_id,
    refuse,
    same,
    strings,
    text,
    type_of,
)
from emulator.world import Request, World, arm_name

ACCOUNT = "Microsoft.Storage/storageAccounts"
EVENT_HUBS = "Microsoft.EventHub/namespaces"
MOST = 10
"""Enabled rules of a workspace; rules that are switched off do not count."""
LONGEST_TABLE = 60
"""Characters of a table's name, for the container that it is exported to."""


def tables(request: Request, _: World) -> Iterator[str]:
    """Refuse a rule without tables, with one twice, or with a name too long for a container."""
    if not changing(request):
        return
    given = request.get("tableNames")
    names = strings(given)
    if isinstance(given, list) and not given:
        yield refuse("BadRequest", "tableNames is empty", "at least one table", "Name the tables to export.")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        yield refuse("BadRequest", f"{', '.join(twice)} in tableNames twice", "each table once", "Drop one.")
    for name in names:
        if len(name) > LONGEST_TABLE:
            found = f"table {name} of {len(name)} characters"
            yield refuse("BadRequest", found, f"at most {LONGEST_TABLE}", "Rename the table.")


def destination(request: Request, _: World) -> Iterator[str]:
    """Refuse what is neither a storage account nor a namespace of event hubs."""
    if not changing(request):
        return
    target = text(request, "resourceId")
    if not any(same(type_of(target), kind) for kind in (ACCOUNT, EVENT_HUBS)):
        yield refuse("BadRequest", f"resourceId {target}", f"ids of {ACCOUNT} or {EVENT_HUBS}", "Correct it.")
    if same(type_of(target), ACCOUNT) and request.get("eventHubName") is not None:
        yield refuse("BadRequest", "eventHubName for a storage account", "leaving it out", "Leave it out.")


def reachable(request: Request, world: World) -> Iterator[str]:
    """Refuse a destination that does not exist, lies in another region, or is a premium account."""
    if not changing(request):
        return
    target = text(request, "resourceId")
    yield from missing(world, target, "the destination")
    there, workspace = world.get(target), world.get(parent_id(request.id))
    if there is None or workspace is None:
        return
    here, far = location_of(workspace, world), location_of(there, world)
    if here and far and here != far:
        found = f"workspace {workspace.name} is in {here}, {there.name} in {far}"
        yield refuse("BadRequest", found, "a destination in the workspace's region", "Use an account there.")
    sku = str(there.value("sku.name"))
    if same(there.arm_type, ACCOUNT) and sku.startswith("Premium"):
        yield refuse("BadRequest", f"{there.name} is {sku}", "Standard accounts", "Use a Standard account.")


def siblings(request: Request, world: World) -> Iterator[str]:
    """Refuse a second rule with the same destination, and an eleventh that is switched on."""
    if not changing(request):
        return
    workspace = parent_id(request.id)
    rules = [one for one in world.children(workspace) if same(one.arm_type, request.fact.arm_type)]
    others = [one for one in rules if not same(one.id, request.id)]
    target, hub = text(request, "resourceId"), text(request, "eventHubName")
    for other in others:
        if same(str(other.value("resourceId")), target) and same(str(other.value("eventHubName") or ""), hub):
            found = f"rule {other.name} exports to {arm_name(target)} already"
            yield refuse("BadRequest", found, "one rule a destination", "Add the tables to that rule.")
    on = [one for one in others if one.value("enable") is not False]
    wanted = request.get("enable")
    if len(on) >= MOST and (not known(wanted) or wanted):
        found = f"{arm_name(workspace)} has {len(on)} enabled rules"
        yield refuse("BadRequest", found, f"at most {MOST}", "Switch one off, or merge two.")


CHECK = {"operationalinsights:DataExport": (tables, destination)}
STATE = {"operationalinsights:DataExport": (reachable, siblings)}

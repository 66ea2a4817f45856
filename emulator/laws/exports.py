"""Laws of a workspace's data export: tables, destinations, and the number of rules.

Source: Microsoft Learn, "Log Analytics workspace data export in Azure Monitor", limitations. A table that cannot be
exported is accepted there, and exports nothing: no law refuses it.
"""

from __future__ import annotations

from collections.abc import Iterator

from emulator.ids import arm_name, parent_id, type_of
from emulator.laws.helpers import changing, is_known, location_of, missing, refuse, same, string_at, strings
from emulator.world import Request, World

ACCOUNT = "Microsoft.Storage/storageAccounts"
EVENT_HUBS = "Microsoft.EventHub/namespaces"
MAX_ENABLED = 10
"""Maximum number of enabled rules of a workspace."""
MAX_TABLE_NAME = 60
"""Maximum length of a table's name, as the container that it is exported to is named after it."""


def tables(request: Request, _: World) -> Iterator[str]:
    """Refuse a rule without tables, with duplicates, or with a name too long for a container."""
    if not changing(request):
        return
    table_names = request.get("tableNames")
    names = strings(table_names)
    if isinstance(table_names, list) and not table_names:
        yield refuse("BadRequest", "tableNames is empty", "at least one table", "Name the tables to export.")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        yield refuse("BadRequest", f"{', '.join(twice)} in tableNames twice", "each table once", "Drop one.")
    for name in names:
        if len(name) > MAX_TABLE_NAME:
            problem = f"table {name} of {len(name)} characters"
            yield refuse("BadRequest", problem, f"at most {MAX_TABLE_NAME}", "Rename the table.")


def destination(request: Request, _: World) -> Iterator[str]:
    """Refuse a destination that is neither a storage account nor an Event Hubs namespace."""
    if not changing(request):
        return
    target = string_at(request, "resourceId")
    if not any(same(type_of(target), kind) for kind in (ACCOUNT, EVENT_HUBS)):
        yield refuse("BadRequest", f"resourceId {target}", f"ids of {ACCOUNT} or {EVENT_HUBS}", "Correct it.")
    if same(type_of(target), ACCOUNT) and request.get("eventHubName") is not None:
        yield refuse("BadRequest", "eventHubName for a storage account", "leaving it out", "Leave it out.")


def reachable(request: Request, world: World) -> Iterator[str]:
    """Refuse a destination that does not exist, is in another region, or is a premium account."""
    if not changing(request):
        return
    target = string_at(request, "resourceId")
    yield from missing(world, target, "the destination")
    destination_view, workspace = world.get(target), world.get(parent_id(request.id))
    if destination_view is None or workspace is None:
        return
    here, there = location_of(workspace, world), location_of(destination_view, world)
    if here and there and here != there:
        problem = f"workspace {workspace.name} is in {here}, {destination_view.name} in {there}"
        yield refuse("BadRequest", problem, "a destination in the workspace's region", "Use an account there.")
    sku = str(destination_view.value("sku.name"))
    if same(destination_view.arm_type, ACCOUNT) and sku.startswith("Premium"):
        yield refuse("BadRequest", f"{destination_view.name} is {sku}", "Standard accounts", "Use a Standard account.")


def siblings(request: Request, world: World) -> Iterator[str]:
    """Refuse a second rule with the same destination, and one enabled rule too many."""
    if not changing(request):
        return
    workspace = parent_id(request.id)
    rules = [one for one in world.children(workspace) if same(one.arm_type, request.fact.arm_type)]
    others = [one for one in rules if not same(one.id, request.id)]
    target, hub = string_at(request, "resourceId"), string_at(request, "eventHubName")
    for other in others:
        if same(str(other.value("resourceId")), target) and same(str(other.value("eventHubName") or ""), hub):
            problem = f"rule {other.name} already exports to {arm_name(target)}"
            yield refuse("BadRequest", problem, "one rule per destination", "Add the tables to that rule.")
    enabled = [one for one in others if one.value("enable") is not False]
    enable = request.get("enable")
    if len(enabled) >= MAX_ENABLED and (not is_known(enable) or enable):
        problem = f"{arm_name(workspace)} has {len(enabled)} enabled rules"
        yield refuse("BadRequest", problem, f"at most {MAX_ENABLED}", "Switch one off, or merge two.")


CHECK = {"operationalinsights:DataExport": (tables, destination)}
STATE = {"operationalinsights:DataExport": (reachable, siblings)}

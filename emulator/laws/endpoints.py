"""Laws of private endpoints: the target exists and offers the group, and its tier supports Private Link."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emulator.facts.links import SLOT_GROUP, groups
from emulator.ids import arm_name, type_of
from emulator.laws.helpers import changing, did_you_mean, entries, is_known, missing, refuse, same, string_at, strings
from emulator.world import ObjectView, Request, World

PREMIUM_ONLY = {"Microsoft.ContainerRegistry/registries", "Microsoft.ServiceBus/namespaces"}
"""Types that support Private Link in SKU Premium only."""
WEB_TIERS = {"Free", "Shared", "Dynamic"}
"""Plan tiers whose apps cannot have a private endpoint."""
_CONNECTIONS = ("privateLinkServiceConnections", "manualPrivateLinkServiceConnections")


def connections(inputs: dict[str, Any]) -> list[dict[str, Any]]:
    """Return every connection of an endpoint, automatically or manually approved."""
    return [entry for key in _CONNECTIONS for entry in entries(inputs.get(key))]


def connection_count(request: Request, _: World) -> Iterator[str]:
    """Refuse an endpoint without exactly one connection, or without a subnet."""
    lists = [request.get(key) for key in _CONNECTIONS]
    if not changing(request) or not all(value is None or isinstance(value, list) for value in lists):
        return
    count = sum(len(value) for value in lists if isinstance(value, list))
    if count != 1:
        problem = f"{count} connections"
        yield refuse("PrivateEndpointConnectionCount", problem, "exactly one", "Use one endpoint for each target.")
    if request.get("subnet.id") is None:
        yield refuse("InvalidRequestFormat", "no subnet", "subnet.id", "Name the subnet that the endpoint is in.")


def group_ids(request: Request, _: World) -> Iterator[str]:
    """Refuse a group id that the type of the target does not offer."""
    if not changing(request):
        return
    for connection in connections(request.inputs):
        target = connection.get("privateLinkServiceId")
        if not is_known(target):
            continue
        arm_type, wanted = type_of(str(target)), strings(connection.get("groupIds"))
        if same(arm_type, "Microsoft.Network/privateLinkServices"):
            continue
        offered = groups(arm_type)
        if offered is None:
            problem = f"{target} of type {arm_type}"
            yield refuse("PrivateLinkNotSupported", problem, "types with Private Link", "Connect to the parent.")
            continue
        if connection.get("groupIds") is None:
            problem = f"no group id for {arm_type}"
            yield refuse("MissingGroupId", problem, ", ".join(offered), "Set groupIds.")
        slot = same(arm_type, "Microsoft.Web/sites")
        for group in wanted:
            if group.lower() in {name.lower() for name in offered} or (slot and SLOT_GROUP.fullmatch(group)):
                continue
            fix = f"{did_you_mean(group, offered)}Use a group of the target's type."
            yield refuse("InvalidGroupId", f"group id {group} for {arm_type}", ", ".join(offered), fix)
        if len(wanted) > 1:
            problem = f"group ids {', '.join(wanted)}"
            yield refuse("MultipleGroupIds", problem, "one group id per endpoint", "Create one endpoint for each.")


def target(request: Request, world: World) -> Iterator[str]:
    """Refuse an endpoint to a target that does not exist or whose tier does not support Private Link."""
    if not changing(request):
        return
    for connection in connections(request.inputs):
        target_id = connection.get("privateLinkServiceId")
        if not is_known(target_id):
            continue
        yield from missing(world, str(target_id), f"the target of {arm_name(request.id)}")
        target_view = world.get(str(target_id))
        if target_view:
            yield from _tier(target_view, world)
            yield from _slot(target_view, world, strings(connection.get("groupIds")))


def _tier(view: ObjectView, world: World) -> Iterator[str]:
    """Refuse a target whose tier or network mode does not support Private Link."""
    if any(same(view.arm_type, kind) for kind in PREMIUM_ONLY) and view.value("sku.name") != "Premium":
        problem = f"{view.arm_type} {view.name} has SKU {view.value('sku.name')}"
        yield refuse(
            "PrivateEndpointRequiresPremium", problem, "Premium", "Use a higher SKU or leave the endpoint out."
        )
    if view.value("network.delegatedSubnetResourceId"):
        problem = f"server {view.name} is injected into {view.value('network.delegatedSubnetResourceId')}"
        fix = "Use either a private endpoint or VNet injection."
        yield refuse("PrivateEndpointNotSupportedOnVnetServer", problem, "servers without a delegated subnet", fix)
    plan = world.get(str(view.value("serverFarmId") or ""))
    if plan and plan.value("sku.tier") in WEB_TIERS:
        problem = f"app {view.name} is on a {plan.value('sku.tier')} plan"
        yield refuse("PrivateEndpointNotSupportedByPlan", problem, "plans from Basic up", "Use a higher plan.")


def _slot(view: ObjectView, world: World, requested: list[str]) -> Iterator[str]:
    """Refuse the group id of a slot that does not exist."""
    for group in requested:
        if SLOT_GROUP.fullmatch(group) and same(view.arm_type, "Microsoft.Web/sites"):
            yield from missing(world, f"{view.id}/slots/{group.partition('-')[2]}", "the slot")


def scoped_resource(request: Request, world: World) -> Iterator[str]:
    """Refuse to put an object that does not exist into a private link scope."""
    linked = string_at(request, "linkedResourceId")
    if request.operation == "create" and linked:
        yield from missing(world, linked, "the linked resource")


CHECK = {"network:PrivateEndpoint": (connection_count, group_ids)}
STATE = {"network:PrivateEndpoint": (target,), "monitor:PrivateLinkScopedResource": (scoped_resource,)}

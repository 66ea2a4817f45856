"""Laws of private endpoints: the target exists and offers the group, and its tier allows a private link."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emulator.facts.links import SLOT_GROUP, groups
from emulator.laws.access import changing, entries, known, missing, nearest, refuse, same, strings, text, type_of
from emulator.world import Item, Request, World, arm_name

PREMIUM_ONLY = {"Microsoft.ContainerRegistry/registries", "Microsoft.ServiceBus/namespaces"}
"""Types that offer a private link in SKU Premium only."""
WEB_TIERS = {"Free", "Shared", "Dynamic"}
"""Plan tiers whose apps have no private endpoint."""


def connections(inputs: dict[str, Any]) -> list[dict[str, Any]]:
    """Every connection of an endpoint, approved by itself or by hand."""
    both = ("privateLinkServiceConnections", "manualPrivateLinkServiceConnections")
    return [found for key in both for found in entries(inputs.get(key))]


def connection_count(request: Request, _: World) -> Iterator[str]:
    """Refuse an endpoint that connects to nothing, or to two things."""
    keys = ("privateLinkServiceConnections", "manualPrivateLinkServiceConnections")
    given = [request.get(key) for key in keys]
    if not changing(request) or not all(value is None or isinstance(value, list) for value in given):
        return
    count = sum(len(value) for value in given if isinstance(value, list))
    if count != 1:
        found = f"{count} connections"
        yield refuse("PrivateEndpointConnectionCount", found, "exactly one", "Use one endpoint for each target.")
    if request.get("subnet.id") is None:
        yield refuse("InvalidRequestFormat", "no subnet", "subnet.id", "Name the subnet that the endpoint is in.")


def group_ids(request: Request, _: World) -> Iterator[str]:
    """Refuse a group id that the type of the target does not offer."""
    if not changing(request):
        return
    for connection in connections(request.inputs):
        target = connection.get("privateLinkServiceId")
        if not known(target):
            continue
        arm_type, given = type_of(str(target)), strings(connection.get("groupIds"))
        if same(arm_type, "Microsoft.Network/privateLinkServices"):
            continue
        offered = groups(arm_type)
        if offered is None:
            found = f"{target} of type {arm_type}"
            yield refuse("PrivateLinkNotSupported", found, "types that offer a private link", "Connect to the parent.")
            continue
        if connection.get("groupIds") is None:
            found = f"no group id for {arm_type}"
            yield refuse("MissingGroupId", found, ", ".join(offered), "Set groupIds.")
        slot = same(arm_type, "Microsoft.Web/sites")
        for group in given:
            if group.lower() in {name.lower() for name in offered} or (slot and SLOT_GROUP.fullmatch(group)):
                continue
            fix = f"{nearest(group, offered)}Use a group of the target's type."
            yield refuse("InvalidGroupId", f"group id {group} for {arm_type}", ", ".join(offered), fix)
        if len(given) > 1:
            found = f"group ids {', '.join(given)}"
            yield refuse("MultipleGroupIds", found, "one group id an endpoint", "Make one endpoint for each.")


def target(request: Request, world: World) -> Iterator[str]:
    """Refuse an endpoint to something that does not exist or whose tier has no private link."""
    if not changing(request):
        return
    for connection in connections(request.inputs):
        target_id = connection.get("privateLinkServiceId")
        if not known(target_id):
            continue
        yield from missing(world, str(target_id), f"the target of {arm_name(request.id)}")
        found = world.get(str(target_id))
        if found:
            yield from _tier(found, world)
            yield from _slot(found, world, strings(connection.get("groupIds")))


def _tier(found: Item, world: World) -> Iterator[str]:
    """Refuse a target whose tier or network mode has no private link."""
    if any(same(found.arm_type, kind) for kind in PREMIUM_ONLY) and found.value("sku.name") != "Premium":
        what = f"{found.arm_type} {found.name} has SKU {found.value('sku.name')}"
        yield refuse("PrivateEndpointRequiresPremium", what, "Premium", "Raise the SKU or leave the endpoint out.")
    if found.value("network.delegatedSubnetResourceId"):
        what = f"server {found.name} is injected into {found.value('network.delegatedSubnetResourceId')}"
        fix = "Use either a private endpoint or VNet injection."
        yield refuse("PrivateEndpointNotSupportedOnVnetServer", what, "servers without a delegated subnet", fix)
    plan = world.get(str(found.value("serverFarmId") or ""))
    if plan and plan.value("sku.tier") in WEB_TIERS:
        what = f"app {found.name} is on a {plan.value('sku.tier')} plan"
        yield refuse("PrivateEndpointNotSupportedByPlan", what, "plans from Basic up", "Use a higher plan.")


def _slot(found: Item, world: World, given: list[str]) -> Iterator[str]:
    """Refuse the group id of a slot that does not exist."""
    for group in given:
        if SLOT_GROUP.fullmatch(group) and same(found.arm_type, "Microsoft.Web/sites"):
            yield from missing(world, f"{found.id}/slots/{group.partition('-')[2]}", "the slot")


def scoped_resource(request: Request, world: World) -> Iterator[str]:
    """Refuse to put something into a private link scope that does not exist."""
    linked = text(request, "linkedResourceId")
    if request.operation == "create" and linked:
        yield from missing(world, linked, "the linked resource")


CHECK = {"network:PrivateEndpoint": (connection_count, group_ids)}
STATE = {"network:PrivateEndpoint": (target,), "monitor:PrivateLinkScopedResource": (scoped_resource,)}

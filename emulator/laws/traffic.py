"""Laws of network security rules: priorities, ports, addresses, and groups in use."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any

from emulator.facts.tags import PLACES, TAGS
from emulator.ids import arm_name, parent_id
from emulator.laws.helpers import changing, entries, is_known, refuse, same, strings
from emulator.laws.subnets import SUBNET, VNET
from emulator.world import ObjectView, Request, World

MIN_PRIORITY, MAX_PRIORITY = 100, 4096
"""Priorities of custom rules."""
LAST_PORT = 65535


def _label(rule: dict[str, Any]) -> str:
    """Return the name of a rule for messages."""
    return f"rule {rule.get('name') or rule.get('securityRuleName')}"


def _both(rule: dict[str, Any], one: str, many: str) -> list[str]:
    """Return the values of a property that Azure takes as a single value or as a list."""
    return [*strings(rule.get(one)), *strings(rule.get(many))]


def _problems(rule: dict[str, Any]) -> Iterator[str]:
    """Refuse a rule with an invalid priority, port or address."""
    priority = rule.get("priority")
    if isinstance(priority, int) and not MIN_PRIORITY <= priority <= MAX_PRIORITY:
        problem = f"{_label(rule)} has priority {priority}"
        yield refuse(
            "SecurityRuleInvalidPriority", problem, f"{MIN_PRIORITY}-{MAX_PRIORITY}", "Choose a priority in that range."
        )
    for side in ("source", "destination"):
        ports = _both(rule, f"{side}PortRange", f"{side}PortRanges")
        prefixes = _both(rule, f"{side}AddressPrefix", f"{side}AddressPrefixes")
        for port in ports:
            if not _port(port) or (port == "*" and len(ports) > 1):
                problem = f"{_label(rule)} has {side} port {port}"
                yield refuse("SecurityRuleInvalidPortRange", problem, "*, 0-65535, or low-high", "Correct the port.")
        for prefix in prefixes:
            if not _address(prefix) or (prefix == "*" and len(prefixes) > 1):
                problem = f"{_label(rule)} has {side} address {prefix}"
                allowed = "*, an address, a CIDR range, or a service tag"
                yield refuse("SecurityRuleInvalidAddressPrefix", problem, allowed, "Correct the address.")
        groups = rule.get(f"{side}ApplicationSecurityGroups")
        if not ports and rule.get(f"{side}PortRange") is None and rule.get(f"{side}PortRanges") is None:
            problem = f"{_label(rule)} has no {side} port"
            yield refuse("SecurityRuleParameterNotSpecified", problem, f"{side}PortRange(s)", "Use * for all.")
        if not prefixes and not groups and _absent(rule, side):
            problem = f"{_label(rule)} has no {side} address"
            yield refuse("SecurityRuleParameterNotSpecified", problem, f"{side}AddressPrefix(es)", "Use * for all.")


def _absent(rule: dict[str, Any], side: str) -> bool:
    """Return whether both forms of an address are missing, as opposed to unknown."""
    return rule.get(f"{side}AddressPrefix") is None and rule.get(f"{side}AddressPrefixes") is None


def _port(text: str) -> bool:
    """Return whether ``text`` is a port, a range of ports or ``*``."""
    if text == "*":
        return True
    low, dash, high = text.partition("-")
    parts = (low, high) if dash else (low,)
    if not all(part.isdigit() and int(part) <= LAST_PORT for part in parts):
        return False
    return not dash or int(low) <= int(high)


def _address(text: str) -> bool:
    """Return whether ``text`` is an address, a CIDR range, a service tag or ``*``."""
    if text == "*":
        return True
    try:
        ipaddress.ip_network(text)
    except ValueError:
        lower = text.lower()
        return lower in TAGS or (lower.rpartition(".")[0] in TAGS and lower.rpartition(".")[2] in PLACES)
    return True


def rule(request: Request, _: World) -> Iterator[str]:
    """Refuse an invalid rule that is an object of its own."""
    if changing(request):
        yield from _problems({**request.inputs, "name": request.get("securityRuleName")})


def listed(request: Request, _: World) -> Iterator[str]:
    """Refuse invalid rules in a group's list, and two with one name or with the same direction and priority."""
    if not changing(request):
        return
    rules = entries(request.get("securityRules"))
    for one in rules:
        yield from _problems(one)
    yield from _namesakes([str(one["name"]) for one in rules if is_known(one.get("name"))])
    yield from _twice([(one.get("direction"), one.get("priority"), str(one.get("name"))) for one in rules])


def _namesakes(names: list[str]) -> Iterator[str]:
    """Refuse two rules of one name, whatever their directions.

    Source: Microsoft Learn, "Network security groups" (the name of a rule is unique in its group); in two requests the
    second rule replaces the first one (Azure/azure-cli issue 7185).
    """
    for index, name in enumerate(names):
        if any(same(name, other) for other in names[:index]):
            problem = f"two security rules are named {name}"
            yield refuse("DuplicateResourceName", problem, "each name once in a group", "Rename one of them.")


def _twice(rules: list[tuple[Any, Any, str]]) -> Iterator[str]:
    """Refuse two rules with the same direction and priority."""
    names: dict[tuple[str, int], str] = {}
    for direction, priority, name in rules:
        if not is_known(direction) or not is_known(priority):
            continue
        other = names.setdefault((str(direction), int(priority)), name)
        if other != name:
            problem = f"rules {other} and {name} are both {direction} with priority {priority}"
            yield refuse("SecurityRuleConflict", problem, "one rule per priority and direction", "Change one priority.")


def sibling(request: Request, world: World) -> Iterator[str]:
    """Refuse a rule with the direction and priority of another rule of the group."""
    if not changing(request):
        return
    group_id = parent_id(request.id)
    group = world.get(group_id)
    others = [(one.get("direction"), one.get("priority"), str(one.get("name"))) for one in _inline(group)]
    kind = "Microsoft.Network/networkSecurityGroups/securityRules"
    siblings = [
        item for item in world.children(group_id) if same(item.arm_type, kind) and not same(item.id, request.id)
    ]
    others += [(item.inputs.get("direction"), item.inputs.get("priority"), item.name) for item in siblings]
    own = (request.get("direction"), request.get("priority"), arm_name(request.id))
    conflicts = [other for other in others if other[0] == own[0] and other[1] == own[1] and other[2] != own[2]]
    yield from _twice([own, *conflicts[:1]])


def _inline(group: ObjectView | None) -> list[dict[str, Any]]:
    """Return the rules in the group's own list."""
    return entries(group.inputs.get("securityRules")) if group else []


def in_use(request: Request, world: World) -> Iterator[str]:
    """Refuse to delete a group that a subnet uses."""
    if request.operation != "delete":
        return
    for item in (*world.list(SUBNET), *world.list(VNET)):
        held = [item.inputs, *entries(item.inputs.get("subnets"))]
        for holder in held:
            if same(str((holder.get("networkSecurityGroup") or {}).get("id")), request.id):
                problem = f"{arm_name(request.id)} is used by {item.id}"
                fix = "Remove it from the subnet first."
                yield refuse("InUseNetworkSecurityGroupCannotBeDeleted", problem, "unused groups", fix)


CHECK = {"network:SecurityRule": (rule,), "network:NetworkSecurityGroup": (listed,)}
STATE = {"network:SecurityRule": (sibling,), "network:NetworkSecurityGroup": (in_use,)}

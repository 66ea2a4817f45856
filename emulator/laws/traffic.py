"""Laws of network security rules: priorities, ports, addresses, and what a group in use forbids."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any

from emulator.facts.tags import TAGS
from emulator.laws.access import changing, entries, known, parent_id, refuse, same, strings
from emulator.laws.subnets import SUBNET, VNET
from emulator.world import Request, World, arm_name

LOWEST, HIGHEST = 100, 4096
"""Priorities that rules of one's own may have."""
LAST_PORT = 65535


def _label(rule: dict[str, Any]) -> str:
    """How a message calls a rule."""
    return f"rule {rule.get('name') or rule.get('securityRuleName')}"


def _both(rule: dict[str, Any], one: str, many: str) -> list[str]:
    """Values of a property that Azure takes as one or as a list."""
    return [*strings(rule.get(one)), *strings(rule.get(many))]


def _problems(rule: dict[str, Any]) -> Iterator[str]:
    """Refuse a rule whose priority, ports or addresses Azure does not take."""
    priority = rule.get("priority")
    if isinstance(priority, int) and not LOWEST <= priority <= HIGHEST:
        found = f"{_label(rule)} has priority {priority}"
        yield refuse("SecurityRuleInvalidPriority", found, f"{LOWEST}-{HIGHEST}", "Choose a priority in that range.")
    for side in ("source", "destination"):
        ports = _both(rule, f"{side}PortRange", f"{side}PortRanges")
        prefixes = _both(rule, f"{side}AddressPrefix", f"{side}AddressPrefixes")
        for port in ports:
            if not _port(port) or (port == "*" and len(ports) > 1):
                found = f"{_label(rule)} has {side} port {port}"
                yield refuse("SecurityRuleInvalidPortRange", found, "*, 0-65535, or low-high", "Correct the port.")
        for prefix in prefixes:
            if not _address(prefix) or (prefix == "*" and len(prefixes) > 1):
                found = f"{_label(rule)} has {side} address {prefix}"
                allowed = "*, an address, a CIDR range, or a service tag"
                yield refuse("SecurityRuleInvalidAddressPrefix", found, allowed, "Correct the address.")
        groups = rule.get(f"{side}ApplicationSecurityGroups")
        if not ports and rule.get(f"{side}PortRange") is None and rule.get(f"{side}PortRanges") is None:
            found = f"{_label(rule)} has no {side} port"
            yield refuse("SecurityRuleParameterNotSpecified", found, f"{side}PortRange(s)", "Give * for all.")
        if not prefixes and not groups and _absent(rule, side):
            found = f"{_label(rule)} has no {side} address"
            yield refuse("SecurityRuleParameterNotSpecified", found, f"{side}AddressPrefix(es)", "Give * for all.")


def _absent(rule: dict[str, Any], side: str) -> bool:
    """Whether both forms of an address are missing, as opposed to unknown."""
    return rule.get(f"{side}AddressPrefix") is None and rule.get(f"{side}AddressPrefixes") is None


def _port(text: str) -> bool:
    """Whether ``text`` is a port, a range of ports or ``*``."""
    if text == "*":
        return True
    low, dash, high = text.partition("-")
    parts = (low, high) if dash else (low,)
    if not all(part.isdigit() and int(part) <= LAST_PORT for part in parts):
        return False
    return not dash or int(low) <= int(high)


def _address(text: str) -> bool:
    """Whether ``text`` is an address, a CIDR range, a service tag or ``*``."""
    if text == "*":
        return True
    try:
        ipaddress.ip_network(text)
    except ValueError:
        lower = text.lower()
        return lower in TAGS or lower.rpartition(".")[0] in TAGS
    return True


def rule(request: Request, _: World) -> Iterator[str]:
    """Refuse a rule of its own that Azure does not take."""
    if changing(request):
        yield from _problems({**request.inputs, "name": request.get("securityRuleName")})


def listed(request: Request, _: World) -> Iterator[str]:
    """Refuse rules of a group that Azure does not take, or two of one direction with one priority."""
    if not changing(request):
        return
    rules = entries(request.get("securityRules"))
    for one in rules:
        yield from _problems(one)
    yield from _twice([(one.get("direction"), one.get("priority"), str(one.get("name"))) for one in rules])


def _twice(rules: list[tuple[Any, Any, str]]) -> Iterator[str]:
    """Refuse two rules with the same direction and priority, or the same name."""
    taken: dict[tuple[str, int], str] = {}
    for direction, priority, name in rules:
        if not known(direction) or not known(priority):
            continue
        other = taken.setdefault((str(direction), int(priority)), name)
        if other != name:
            found = f"rules {other} and {name} are both {direction} with priority {priority}"
            yield refuse("SecurityRuleConflict", found, "one rule a priority and direction", "Change one priority.")


def sibling(request: Request, world: World) -> Iterator[str]:
    """Refuse a rule whose priority another rule of the group has."""
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
    same_place = [other for other in others if other[0] == own[0] and other[1] == own[1] and other[2] != own[2]]
    yield from _twice([own, *same_place[:1]])


def _inline(group: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - an item or None
    """Rules in the group's own list."""
    return entries(group.inputs.get("securityRules")) if group else []


def in_use(request: Request, world: World) -> Iterator[str]:
    """Refuse to delete a group that guards a subnet."""
    if request.operation != "delete":
        return
    for item in (*world.list(SUBNET), *world.list(VNET)):
        held = [item.inputs, *entries(item.inputs.get("subnets"))]
        for holder in held:
            if same(str((holder.get("networkSecurityGroup") or {}).get("id")), request.id):
                found = f"{arm_name(request.id)} guards {item.id}"
                fix = "Take it off the subnet first."
                yield refuse("InUseNetworkSecurityGroupCannotBeDeleted", found, "groups that guard nothing", fix)


CHECK = {"network:SecurityRule": (rule,), "network:NetworkSecurityGroup": (listed,)}
STATE = {"network:SecurityRule": (sibling,), "network:NetworkSecurityGroup": (in_use,)}

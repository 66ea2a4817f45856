"""Addresses and names of the network: what overlaps, what must exist already, and who owns the private zones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network
from typing import Any

from settings.network import ExistingNetwork, ExistingZones, NewNetwork, NewZones
from settings.subnets import BUILT_IN
from stacks.preflight.model import Finding, Level, Scene

NETWORKS = "Microsoft.Network/virtualNetworks"
ZONES = "Microsoft.Network/privateDnsZones"
VERSION = "2024-05-01"
ZONE_VERSION = "2024-06-01"
PRIVATE = "privatelink."


def overlaps(scene: Scene) -> Iterator[Finding]:
    """Yield networks of the subscription, and those that the hub's zones are linked to, that use our addresses.

    Overlapping networks cannot be peered (Microsoft Learn, "Virtual network peering", constraints). The hub's will be.
    """
    network = scene.settings.network
    if not isinstance(network, NewNetwork):
        return
    own = [IPv4Network(space) for space in network.address_space]
    mine = scene.own_id("network", NETWORKS, scene.settings.names.of("virtual_network")).lower()
    hub = _hub_networks(scene)
    listed = {one["id"].lower(): one for one in scene.questions.rows(scene.provider(NETWORKS), VERSION)}
    seen = 0
    for key in sorted({*listed, *hub} - {mine}):
        other = listed.get(key) or scene.questions.get(hub[key], VERSION)
        if other is None:
            yield Finding(Level.WARN, f"{hub[key]} is linked to the zones and cannot be read")
            continue
        seen += 1
        if shared := _overlapping(own, _spaces(other)):
            level = Level.FAIL if key in hub else Level.WARN
            reason = "the hub's zones are linked to it, so it will be peered" if key in hub else "it cannot be peered"
            yield Finding(level, f"{', '.join(shared)} is used by {other['name']} too: {reason}")
    yield Finding(Level.PASS, f"compared {', '.join(network.address_space)} with {seen} other networks")


def _hub_networks(scene: Scene) -> dict[str, str]:
    """Return the networks that the customer's zones are linked to, by id in lower case."""
    dns = scene.settings.dns
    zones: Iterable[str] = dns.zones.values() if isinstance(dns, ExistingZones) else ()
    ids = [
        link["properties"]["virtualNetwork"]["id"]
        for zone in zones
        for link in scene.questions.rows(f"{zone}/virtualNetworkLinks", ZONE_VERSION)
    ]
    return {one.lower(): one for one in ids}


def _spaces(network: dict[str, Any]) -> list[IPv4Network]:
    prefixes = network["properties"]["addressSpace"]["addressPrefixes"]
    return [IPv4Network(prefix) for prefix in prefixes if ":" not in prefix]


def _overlapping(own: Iterable[IPv4Network], others: Iterable[IPv4Network]) -> list[str]:
    theirs = list(others)
    return [str(one) for one in own if any(one.overlaps(other) for other in theirs)]


def existing_network(scene: Scene) -> Iterator[Finding]:
    """Yield whether the customer's network and its subnets are there, in the region, delegated as they must be."""
    network = scene.settings.network
    if not isinstance(network, ExistingNetwork):
        return
    there = scene.questions.get(network.id, VERSION)
    if there is None:
        yield Finding(Level.FAIL, f"{network.id} does not exist, or cannot be read")
        return
    if there.get("location") not in {None, scene.region}:
        fix = f"Name a network of {scene.region}: App Service integrates with networks of its own region."
        yield Finding(Level.FAIL, f"{there['name']} is in {there['location']}", fix)
    rows = {row.role: row for row in BUILT_IN}
    for role, name in network.subnets.items():
        subnet = scene.questions.get(f"{network.id}/subnets/{name}", VERSION)
        yield _subnet(role, name, rows[role].delegation, rows[role].length, subnet)


def _subnet(role: str, name: str, service: str | None, length: int, subnet: dict[str, Any] | None) -> Finding:
    if subnet is None:
        return Finding(Level.FAIL, f"subnet {name} ({role}) does not exist")
    own = subnet["properties"]
    delegated = [one["properties"]["serviceName"] for one in own.get("delegations") or ()]
    has = f"subnet {name} ({role}) is delegated to {', '.join(delegated) or 'nothing'}"
    if service and service.lower() not in [one.lower() for one in delegated]:
        return Finding(Level.FAIL, has, f"Delegate it to {service}.")
    if not service and delegated:
        return Finding(Level.FAIL, has, "Name another one.")
    prefix = own.get("addressPrefix") or (own.get("addressPrefixes") or [""])[0]
    if prefix and IPv4Network(prefix).prefixlen > length:
        return Finding(Level.WARN, f"subnet {name} ({role}) is {prefix}; the platform's own would be a /{length}")
    return Finding(Level.PASS, f"subnet {name} ({role}) is there")


def zones(scene: Scene) -> Iterator[Finding]:
    """Yield whether the zones of private names are there, and whether somebody else owns zones of the same names."""
    dns = scene.settings.dns
    if isinstance(dns, ExistingZones):
        absent = [name for name, zone in dns.zones.items() if scene.questions.get(zone, ZONE_VERSION) is None]
        for name in absent:
            yield Finding(Level.FAIL, f"{dns.zones[name]} does not exist, or cannot be read")
        yield Finding(Level.PASS, f"{len(dns.zones) - len(absent)} of {len(dns.zones)} zones are there")
    elif isinstance(dns, NewZones):
        group = f"/resourcegroups/{scene.settings.names.of('resource_group', 'network')}/".lower()
        listed = scene.questions.rows(scene.provider(ZONES), ZONE_VERSION)
        others = [one for one in listed if one["name"].startswith(PRIVATE) and group not in one["id"].lower()]
        yield from _linked(scene, others)
        yield Finding(Level.PASS, f"compared with {len(others)} private zones of other resource groups")


def _linked(scene: Scene, others: Iterable[dict[str, Any]]) -> Iterator[Finding]:
    """Yield zones of others, which forbid ours only where they are linked to the very same network."""
    network = scene.settings.network
    for zone in others:
        links = scene.questions.rows(f"{zone['id']}/virtualNetworkLinks", ZONE_VERSION)
        ids = {link["properties"]["virtualNetwork"]["id"].lower() for link in links}
        if isinstance(network, ExistingNetwork) and network.id.lower() in ids:
            fix = "Use it: dns: {mode: existing}; a network has one zone of a name."
            yield Finding(Level.FAIL, f"{zone['name']} is linked to the network already: {zone['id']}", fix)
        else:
            yield Finding(Level.WARN, f"{zone['name']} exists in {zone['id'].split('/')[4]}, too")

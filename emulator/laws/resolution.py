"""Laws of private DNS: zone groups with the right zones, links to networks, zones in use."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.facts.links import is_zone, zones
from emulator.laws.access import (
    changing,
    entries,
    known,
    missing,
    parent_id,
    refuse,
    same,
    strings,
    text,
    type_of,
)
from emulator.laws.endpoints import connections
from emulator.world import Request, World, arm_name

ZONE = "Microsoft.Network/privateDnsZones"
LINK = f"{ZONE}/virtualNetworkLinks"
MOST_ZONES = 5
RECORD_TYPES = ("A", "AAAA", "CNAME", "MX", "PTR", "SOA", "SRV", "TXT")


def zone_group(request: Request, _: World) -> Iterator[str]:
    """Refuse a zone group without zones, with too many, or with something that is no private zone."""
    if not changing(request) or not isinstance(request.get("privateDnsZoneConfigs"), list):
        return
    configs = entries(request.get("privateDnsZoneConfigs"))
    if not 1 <= len(request.get("privateDnsZoneConfigs")) <= MOST_ZONES:
        found = f"{len(configs)} zones"
        yield refuse("PrivateDnsZoneGroupZoneCount", found, f"1-{MOST_ZONES}", "Correct the list.")
    names = [str(config.get("name")) for config in configs]
    if len(set(names)) < len(names):
        yield refuse("DuplicateResourceName", f"zone configs {', '.join(names)}", "names once each", "Rename one.")
    for config in configs:
        zone_id = config.get("privateDnsZoneId")
        if known(zone_id) and not same(type_of(str(zone_id)), ZONE):
            yield refuse("InvalidResourceReference", f"{zone_id}", f"ids of {ZONE}", "Name a private zone.")


def zone_names(request: Request, world: World) -> Iterator[str]:
    """Refuse zones that do not exist or are not those of the endpoint's group, and a second zone group."""
    if not changing(request):
        return
    endpoint_id = parent_id(request.id)
    for other in world.children(endpoint_id):
        if same(other.arm_type, request.fact.arm_type) and not same(other.id, request.id):
            found = f"endpoint {arm_name(endpoint_id)} has the zone group {other.name}"
            yield refuse("PrivateDnsZoneGroupExists", found, "one zone group an endpoint", "Add the zones to that one.")
    endpoint = world.get(endpoint_id)
    right = _zones_of(endpoint.inputs) if endpoint else []
    for config in entries(request.get("privateDnsZoneConfigs")):
        zone_id = config.get("privateDnsZoneId")
        if not known(zone_id):
            continue
        yield from missing(world, str(zone_id), "the private zone")
        name = arm_name(str(zone_id))
        if right and not any(is_zone(name, zone) for zone in right):
            found = f"zone {name} for the endpoint {arm_name(endpoint_id)}"
            fix = "With another zone the service's name resolves to its public address."
            yield refuse("WrongPrivateDnsZone", found, ", ".join(right), fix)


def _zones_of(inputs: dict[str, object]) -> list[str]:
    """Zones that belong to the groups of an endpoint."""
    found: list[str] = []
    for connection in connections(inputs):
        arm_type = type_of(str(connection.get("privateLinkServiceId")))
        for group in strings(connection.get("groupIds")):
            found += zones(arm_type, group)
    return found


def link(request: Request, world: World) -> Iterator[str]:
    """Refuse a link to a missing network, a second link of one, and a network that has the name already."""
    vnet_id = text(request, "virtualNetwork.id")
    if not changing(request) or not vnet_id:
        return
    yield from missing(world, vnet_id, "the virtual network")
    zone_id = parent_id(request.id)
    for other in world.list(LINK):
        if same(other.id, request.id) or not same(str(other.value("virtualNetwork.id")), vnet_id):
            continue
        if same(parent_id(other.id), zone_id):
            found = f"{arm_name(zone_id)} is linked to {arm_name(vnet_id)} by {other.name}"
            yield refuse("VirtualNetworkLinkExists", found, "one link a zone and network", "Use the link that exists.")
        elif same(arm_name(parent_id(other.id)), arm_name(zone_id)):
            found = f"{arm_name(vnet_id)} is linked to another zone of that name, {parent_id(other.id)}"
            yield refuse("ConflictingZoneName", found, "one zone of a name in a network", "Use one zone for both.")
        elif other.value("registrationEnabled") and request.get("registrationEnabled"):
            found = f"{arm_name(vnet_id)} registers in {arm_name(parent_id(other.id))}"
            yield refuse("RegistrationZoneExists", found, "one registration zone a network", "Switch one off.")


def zone_in_use(request: Request, world: World) -> Iterator[str]:
    """Refuse to delete a zone that networks are linked to or that endpoints write to."""
    if request.operation != "delete":
        return
    links = [item.id for item in world.children(request.id) if same(item.arm_type, LINK)]
    if links:
        found = f"zone {arm_name(request.id)} is linked by {', '.join(links)}"
        yield refuse("CannotDeleteResource", found, "zones without links", "Delete the links first.")
    for group in world.list("Microsoft.Network/privateEndpoints/privateDnsZoneGroups"):
        configs = entries(group.inputs.get("privateDnsZoneConfigs"))
        if any(same(str(config.get("privateDnsZoneId")), request.id) for config in configs):
            found = f"zone {arm_name(request.id)} is used by {group.id}"
            yield refuse("CannotDeleteResource", found, "zones without zone groups", "Delete the zone group first.")


def record(request: Request, _: World) -> Iterator[str]:
    """Refuse a record of a type that private zones do not have, or with records of another type."""
    if not changing(request):
        return
    kind = text(request, "recordType")
    if kind not in RECORD_TYPES:
        yield refuse("InvalidRecordType", f"record type {kind}", ", ".join(RECORD_TYPES), "Correct it.")
    if kind == "CNAME" and text(request, "relativeRecordSetName") == "@":
        yield refuse("CnameAtApex", "a CNAME at the zone's apex", "other names than @", "Use an A record.")


CHECK = {"network:PrivateDnsZoneGroup": (zone_group,), "privatedns:PrivateRecordSet": (record,)}
STATE = {
    "network:PrivateDnsZoneGroup": (zone_names,),
    "privatedns:VirtualNetworkLink": (link,),
    "privatedns:PrivateZone": (zone_in_use,),
}

"""Laws of private DNS: zone groups, links to networks, zones in use, records."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.facts.links import is_zone, zones
from emulator.ids import arm_name, parent_id, type_of
from emulator.laws.endpoints import connections
from emulator.laws.helpers import changing, entries, is_known, missing, refuse, same, string_at, strings
from emulator.world import Request, World

ZONE = "Microsoft.Network/privateDnsZones"
LINK = f"{ZONE}/virtualNetworkLinks"
MAX_ZONES = 5
RECORD_TYPES = ("A", "AAAA", "CNAME", "MX", "PTR", "SOA", "SRV", "TXT")


def zone_group(request: Request, _: World) -> Iterator[str]:
    """Refuse a zone group without zones, with too many, or with anything but private zones."""
    if not changing(request) or not isinstance(request.get("privateDnsZoneConfigs"), list):
        return
    configs = entries(request.get("privateDnsZoneConfigs"))
    if not 1 <= len(request.get("privateDnsZoneConfigs")) <= MAX_ZONES:
        problem = f"{len(configs)} zones"
        yield refuse("PrivateDnsZoneGroupZoneCount", problem, f"1-{MAX_ZONES}", "Correct the list.")
    names = [str(config.get("name")) for config in configs]
    if len(set(names)) < len(names):
        yield refuse("DuplicateResourceName", f"zone configs {', '.join(names)}", "unique names", "Rename one.")
    for config in configs:
        zone_id = config.get("privateDnsZoneId")
        if is_known(zone_id) and not same(type_of(str(zone_id)), ZONE):
            yield refuse("InvalidResourceReference", f"{zone_id}", f"ids of {ZONE}", "Use a private zone.")


def zone_names(request: Request, world: World) -> Iterator[str]:
    """Refuse zones that do not exist or do not belong to the endpoint's group, and a second zone group."""
    if not changing(request):
        return
    endpoint_id = parent_id(request.id)
    for other in world.children(endpoint_id):
        if same(other.arm_type, request.fact.arm_type) and not same(other.id, request.id):
            problem = f"endpoint {arm_name(endpoint_id)} has the zone group {other.name}"
            yield refuse("PrivateDnsZoneGroupExists", problem, "one zone group per endpoint", "Add the zones to it.")
    endpoint = world.get(endpoint_id)
    valid = _zones_of(endpoint.inputs) if endpoint else []
    for config in entries(request.get("privateDnsZoneConfigs")):
        zone_id = config.get("privateDnsZoneId")
        if not is_known(zone_id):
            continue
        yield from missing(world, str(zone_id), "the private zone")
        name = arm_name(str(zone_id))
        if valid and not any(is_zone(name, zone) for zone in valid):
            problem = f"zone {name} for the endpoint {arm_name(endpoint_id)}"
            fix = "With another zone the service's name resolves to its public address."
            yield refuse("WrongPrivateDnsZone", problem, ", ".join(valid), fix)


def _zones_of(inputs: dict[str, object]) -> list[str]:
    """Return the zones that belong to the groups of an endpoint."""
    return [
        zone
        for connection in connections(inputs)
        for group in strings(connection.get("groupIds"))
        for zone in zones(type_of(str(connection.get("privateLinkServiceId"))), group)
    ]


def link(request: Request, world: World) -> Iterator[str]:
    """Refuse a link to a missing network, a duplicate link, and a second zone of the same name for a network."""
    vnet_id = string_at(request, "virtualNetwork.id")
    if not changing(request) or not vnet_id:
        return
    yield from missing(world, vnet_id, "the virtual network")
    zone_id = parent_id(request.id)
    for other in world.list(LINK):
        if same(other.id, request.id) or not same(str(other.value("virtualNetwork.id")), vnet_id):
            continue
        if same(parent_id(other.id), zone_id):
            problem = f"{arm_name(zone_id)} is linked to {arm_name(vnet_id)} by {other.name}"
            yield refuse("VirtualNetworkLinkExists", problem, "one link per zone and network", "Use that link.")
        elif same(arm_name(parent_id(other.id)), arm_name(zone_id)):
            problem = f"{arm_name(vnet_id)} is linked to another zone of that name, {parent_id(other.id)}"
            yield refuse("ConflictingZoneName", problem, "one zone of a name per network", "Use one zone for both.")
        elif other.value("registrationEnabled") and request.get("registrationEnabled"):
            problem = f"{arm_name(vnet_id)} registers in {arm_name(parent_id(other.id))}"
            yield refuse("RegistrationZoneExists", problem, "one registration zone per network", "Switch one off.")


def zone_in_use(request: Request, world: World) -> Iterator[str]:
    """Refuse to delete a zone that is linked to networks or used by endpoints."""
    if request.operation != "delete":
        return
    links = [item.id for item in world.children(request.id) if same(item.arm_type, LINK)]
    if links:
        problem = f"zone {arm_name(request.id)} is linked by {', '.join(links)}"
        yield refuse("CannotDeleteResource", problem, "zones without links", "Delete the links first.")
    for group in world.list("Microsoft.Network/privateEndpoints/privateDnsZoneGroups"):
        configs = entries(group.inputs.get("privateDnsZoneConfigs"))
        if any(same(str(config.get("privateDnsZoneId")), request.id) for config in configs):
            problem = f"zone {arm_name(request.id)} is used by {group.id}"
            yield refuse("CannotDeleteResource", problem, "zones without zone groups", "Delete the zone group first.")


def record(request: Request, _: World) -> Iterator[str]:
    """Refuse a record type that private zones do not have, and a CNAME at the zone's apex."""
    if not changing(request):
        return
    kind = string_at(request, "recordType")
    if kind not in RECORD_TYPES:
        yield refuse("InvalidRecordType", f"record type {kind}", ", ".join(RECORD_TYPES), "Correct it.")
    if kind == "CNAME" and string_at(request, "relativeRecordSetName") == "@":
        yield refuse("CnameAtApex", "a CNAME at the zone's apex", "other names than @", "Use an A record.")


CHECK = {"network:PrivateDnsZoneGroup": (zone_group,), "privatedns:PrivateRecordSet": (record,)}
STATE = {
    "network:PrivateDnsZoneGroup": (zone_names,),
    "privatedns:VirtualNetworkLink": (link,),
    "privatedns:PrivateZone": (zone_in_use,),
}

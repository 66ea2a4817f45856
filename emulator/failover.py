"""A failover, which Azure does by itself: primary and standby of a PostgreSQL server exchange places, and their zones.

Nobody can ask for that by writing the zones: the zone of a server cannot be changed, so no law is asked here. Source:
Microsoft Learn, "High availability (Reliability) in Azure Database for PostgreSQL". Emulated: what the control plane
shows afterwards. No connection breaks, and zones that the program leaves to Azure show only from the first failover on,
then as a refresh of the real provider would put them beside what was declared.
"""

from __future__ import annotations

from dataclasses import replace

from emulator.diff import changes
from emulator.errors import Refusal
from emulator.inspect import AZURE
from emulator.store import Store
from emulator.values import Value

_ZONE, _STANDBY, _STANDBY_ZONE = "availabilityZone", "highAvailability", "standbyAvailabilityZone"
_MODES = ("SameZone", "ZoneRedundant")
_CHOSEN = ("1", "2")
"""Zones of primary and standby where the program names none. Azure chooses; here it is always these."""


def fail_over(store: Store, server_id: str) -> tuple[str, ...]:
    """Let the standby of a server take over; return the property paths that changed, none with both in one zone.

    Raises:
        Refusal: there is no such server, or it has no standby.
    """
    with store.change():
        server = store.object(server_id)
        if server is None:
            raise Refusal("ResourceNotFound", f"{server_id} was not found", status="NOT_FOUND")
        view = server.view()
        mode = view.value(f"{_STANDBY}.mode")
        if mode not in _MODES:
            raise Refusal("HighAvailabilityNotEnabled", f"{server_id} has no standby that could take over ({mode})")
        after = server
        if mode == "ZoneRedundant":
            zone = str(view.value(_ZONE) or _CHOSEN[0])
            other = str(view.value(f"{_STANDBY}.{_STANDBY_ZONE}") or next(one for one in _CHOSEN if one != zone))
            after = replace(
                server, inputs=_with_zones(server.inputs, other, zone), outputs=_with_zones(server.outputs, other, zone)
            )
        paths = tuple(change.path for change in changes(None, server.inputs, after.inputs))
        store.put(after, who=AZURE, what="failover", paths=paths)
        return paths


def _with_zones(values: dict[str, Value], zone: str, standby_zone: str) -> dict[str, Value]:
    """Return inputs or outputs with the zones of primary and standby."""
    standby = values.get(_STANDBY)
    own = standby if isinstance(standby, dict) else {}
    return {**values, _ZONE: zone, _STANDBY: {**own, _STANDBY_ZONE: standby_zone}}

"""What a swap makes of a state: told, instead of read back, so that nothing else of Azure gets into it.

The azure-native provider compares with the inputs that the state holds (since version 3 the engine sends them along),
so a state whose inputs and outputs were exchanged as Azure did it shows no change in the next preview.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from stacks.slots.apps import RELEASE, STACK, SlotApp, of_kind

_CONFIG = "siteConfig"


def exchange(
    deployment: Mapping[str, Any], apps: Iterable[SlotApp], release: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the deployment after the slots of ``apps`` were swapped; the given one stays as it is.

    Encrypted values are moved whole. Doing it twice gives back what was there.

    Args:
        deployment: ``deployment`` of an exported state.
        apps: the applications that were swapped.
        release: new value of the stack output ``release``; None leaves it.

    Raises:
        ValueError: a part of a configuration is encrypted as a whole, and some of its entries stay with their slot.
    """
    from emulator.slots import Sticky, exchanged

    made = copy.deepcopy(dict(deployment))
    by_urn = {entry["urn"]: entry for entry in made.get("resources") or () if not entry.get("delete")}
    for app in apps:
        if app.slot_urn is None:
            continue
        site, slot = by_urn[app.site_urn], by_urn[app.slot_urn]
        sticky = Sticky.of(_names(made, app))
        for part in ("inputs", "outputs"):
            one, two = site.get(part) or {}, slot.get(part) or {}
            if isinstance(one.get(_CONFIG), dict) and isinstance(two.get(_CONFIG), dict):
                one[_CONFIG], two[_CONFIG] = exchanged(one[_CONFIG], two[_CONFIG], sticky)
    if release is not None:
        for entry in made.get("resources") or ():
            if entry["type"] == STACK:
                entry["outputs"] = {**(entry.get("outputs") or {}), RELEASE: dict(release)}
    return made


def _names(deployment: Mapping[str, Any], app: SlotApp) -> Mapping[str, Any] | None:
    """Return the inputs of the object that lists what stays with the slots of an application."""
    wanted = f"{app.site_id}/config/slotConfigNames".lower()
    for entry in of_kind(deployment, "WebAppSlotConfigurationNames"):
        if str(entry.get("id", "")).lower() == wanted:
            return entry["inputs"]
    return None

"""Differences with a known cause: a swap done by hand, and what Azure changes by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from emulator.slots import Sticky, exchanged
from resources.tokens import normalise
from settings.azure_moves import Moved, moved
from stacks.drift.compare import PropertyChange, compare
from stacks.events import ResourceStep
from stacks.slots import DeployedApp

_PLAN, _AUTOSCALE, _STICKY = ":AppServicePlan", ":AutoscaleSetting", ":WebAppSlotConfigurationNames"
"""Ends of type tokens, whatever API version they name."""


def autoscale_bounds(steps: Iterable[ResourceStep]) -> dict[str, range]:
    """Return URN of each plan → numbers of instances that its autoscale setting allows.

    By the declared setting, not the one in Azure now: a setting changed by hand is drift itself.
    """
    known = list(steps)
    bounds: dict[str, range] = {}
    for step in known:
        if not step.type.endswith(_AUTOSCALE):
            continue
        inputs = (step.old or {}).get("inputs") or {}
        capacities = [profile.get("capacity") or {} for profile in inputs.get("profiles") or ()]
        if inputs.get("enabled") is False or not capacities:
            continue
        least = min(int(capacity["minimum"]) for capacity in capacities)
        most = max(int(capacity["maximum"]) for capacity in capacities)
        bounds[str(inputs.get("targetResourceUri") or "").lower()] = range(least, most + 1)
    return {
        step.urn: bounds[identity]
        for step in known
        if step.type.endswith(_PLAN) and (identity := id_of(step).lower()) in bounds
    }


def moved_by_azure(kind: str, change: PropertyChange, bounds: range | None) -> Moved | None:
    """Return what moved a property of a resource of type ``kind``, if Azure did it by itself; else None.

    ``bounds``: numbers of instances that the autoscale setting of the resource allows; None without one.
    """
    row = moved(normalise(kind), change.path)
    if row is None or row.within == "any":
        return row
    found, expected = change.found, change.expected
    if row.within == "autoscale":
        return row if bounds is not None and found in bounds else None
    numbers = isinstance(found, int | float) and isinstance(expected, int | float)
    return row if numbers and found > expected else None


def inputs_after_swap(
    app: DeployedApp, steps: Mapping[str, ResourceStep]
) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Return the declared inputs of an application's site and slot after a swap, if a swap explains what Azure has.

    It does if exchanging the declared inputs leaves fewer differences.
    """
    site, slot = steps.get(app.site_urn), steps.get(app.slot_urn or "")
    if site is None or slot is None or site.new is None or slot.new is None:
        return None
    names = next((step for step in steps.values() if _is_sticky_names(step, app)), None)
    sticky = Sticky.of((names.old or {}).get("inputs") if names else None)
    before = [dict((step.old or {}).get("inputs") or {}) for step in (site, slot)]
    after = [dict((step.new or {}).get("inputs") or {}) for step in (site, slot)]
    if not all(isinstance(one.get("siteConfig"), dict) for one in (*before, *after)):
        return None
    try:
        configs = exchanged(before[0]["siteConfig"], before[1]["siteConfig"], sticky)
    except ValueError:
        return None
    swapped = [{**one, "siteConfig": config} for one, config in zip(before, configs, strict=True)]
    if _count(swapped, after) < _count(before, after):
        return swapped[0], swapped[1]
    return None


def id_of(step: ResourceStep) -> str:
    """Return the ARM id of a step's object."""
    return str(((step.old or step.new) or {}).get("id") or "")


def _is_sticky_names(step: ResourceStep, app: DeployedApp) -> bool:
    names_id = f"{app.site_id}/config/slotConfigNames".lower()
    return step.type.endswith(_STICKY) and id_of(step).lower() == names_id


def _count(one: Sequence[Mapping[str, Any]], other: Sequence[Mapping[str, Any]]) -> int:
    return sum(len(compare(before, after)) for before, after in zip(one, other, strict=True))

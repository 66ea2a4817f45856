"""Differences that have a name: a swap done by hand, and instances that autoscale added."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stacks.drift.compare import compare
from stacks.events import ResourceStep
from stacks.slots import DeployedApp

_PLAN, _AUTOSCALE, _STICKY = "web:AppServicePlan", "monitor:AutoscaleSetting", "web:WebAppSlotConfigurationNames"


def scaled(steps: Iterable[ResourceStep]) -> dict[str, range]:
    """Return URN of each plan → numbers of instances that its autoscale setting may give it.

    What was declared counts, not what the setting says now: a setting changed by hand is drift of its own.
    """
    known = list(steps)
    bounds: dict[str, range] = {}
    for step in known:
        if not step.type.endswith(f":{_AUTOSCALE.split(':')[1]}"):
            continue
        inputs = (step.old or {}).get("inputs") or {}
        capacities = [profile.get("capacity") or {} for profile in inputs.get("profiles") or ()]
        if inputs.get("enabled") is False or not capacities:
            continue
        least, most = (
            pick(int(one[name]) for one in capacities) for pick, name in ((min, "minimum"), (max, "maximum"))
        )
        bounds[str(inputs.get("targetResourceUri") or "").lower()] = range(least, most + 1)
    return {
        step.urn: bounds[identity]
        for step in known
        if step.type.endswith(f":{_PLAN.split(':')[1]}") and (identity := id_of(step).lower()) in bounds
    }


def swapped(app: DeployedApp, steps: Mapping[str, ResourceStep]) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Return the inputs that site and slot of an application have after a swap, if one explains what Azure has.

    It does where the exchange of what was declared leaves fewer differences than are there without it.
    """
    from emulator.slots import Sticky, exchanged

    site, slot = steps.get(app.site_urn), steps.get(app.slot_urn or "")
    if site is None or slot is None or site.new is None or slot.new is None:
        return None
    names = next((step for step in steps.values() if _names_of(step, app)), None)
    sticky = Sticky.of((names.old or {}).get("inputs") if names else None)
    before = [dict((step.old or {}).get("inputs") or {}) for step in (site, slot)]
    after = [dict((step.new or {}).get("inputs") or {}) for step in (site, slot)]
    if not all(isinstance(one.get("siteConfig"), dict) for one in (*before, *after)):
        return None
    try:
        configs = exchanged(before[0]["siteConfig"], before[1]["siteConfig"], sticky)
    except ValueError:
        return None
    told = [{**one, "siteConfig": config} for one, config in zip(before, configs, strict=True)]
    if _count(told, after) < _count(before, after):
        return told[0], told[1]
    return None


def id_of(step: ResourceStep) -> str:
    """Return the ARM id of the object of a step."""
    return str(((step.old or step.new) or {}).get("id") or "")


def _names_of(step: ResourceStep, app: DeployedApp) -> bool:
    ends = f"{app.site_id}/config/slotConfigNames".lower()
    return step.type.endswith(f":{_STICKY.split(':')[1]}") and id_of(step).lower() == ends


def _count(one: Sequence[Mapping[str, Any]], other: Sequence[Mapping[str, Any]]) -> int:
    return sum(len(compare(before, after)) for before, after in zip(one, other, strict=True))

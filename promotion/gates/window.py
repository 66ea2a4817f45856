"""Gate ``window``: now is a time at which the stack lets something in."""

from __future__ import annotations

import zoneinfo
from typing import TYPE_CHECKING

from promotion.model import GateVerdict
from records.clock import timestamp

if TYPE_CHECKING:
    from promotion.candidate import Candidate


def judge(candidate: Candidate) -> GateVerdict:
    """Look at the clock in the window's own zone."""
    window = candidate.settings.promotion.window
    if window is None:
        return GateVerdict.not_applicable(f"{candidate.target.stack} has no change window")
    said = f"{', '.join(window.days)} {window.start}-{window.end} {window.zone}"
    try:
        local = candidate.now.astimezone(zoneinfo.ZoneInfo(window.zone))
        facts = {"window": said, "now": timestamp(candidate.now), "there": f"{local:%a %H:%M}"}
        if window.contains(candidate.now):
            return GateVerdict.passed(f"it is {local:%a %H:%M} there, in the window {said}", **facts)
        opens = window.next_opening(candidate.now)
    except zoneinfo.ZoneInfoNotFoundError:
        return GateVerdict.failed(
            f"this machine has no database of time zones, so nobody knows what time it is in {window.zone}",
            "Install the system's tzdata, or the Python package tzdata.",
            window=said,
        )
    return GateVerdict.failed(
        f"it is {local:%a %H:%M} there, outside the window {said}",
        f"It opens next on {opens:%a %Y-%m-%d %H:%M} ({timestamp(opens)}).",
        **facts,
        opensAt=timestamp(opens),
    )

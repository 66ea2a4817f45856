"""Progress of a long operation."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Step:
    """One report of progress, ready to be shown; it replaces an earlier one with the same ``title``."""

    title: str
    """What is happening, e.g. ``building the engine``."""

    detail: str = ""
    """Details, e.g. the package being compiled or the process being waited for."""

    fraction: float | None = None
    """Share that is done, 0 to 1; None where it is unknown."""

    elapsed: float = 0.0
    """Seconds since the start."""

    expected: float | None = None
    """Seconds that it usually takes, from start to end; None where that is unknown."""

    def __str__(self) -> str:
        parts = [self.title]
        if self.fraction is not None:
            parts.append(f"{self.fraction:.0%}")
        if self.elapsed >= 1 or self.expected is not None:
            parts.append(_minutes(self.elapsed) + (f" of about {_minutes(self.expected)}" if self.expected else ""))
        return ", ".join(parts) + (f": {self.detail}" if self.detail else "")


Report = Callable[[Step], None]
"""Receives each step; called from one thread, at most a few times a second."""


def throttled(report: Report, seconds: float = 10.0) -> Report:
    """Return a report that passes on the first step of each title, then one per ``seconds``: suitable for a log."""
    title: str | None = None
    last = 0.0

    def pass_on(step: Step) -> None:
        nonlocal title, last
        now = time.monotonic()
        if step.title != title or now - last >= seconds:
            title, last = step.title, now
            report(step)

    return pass_on


def _minutes(seconds: float) -> str:
    rounded = round(seconds)
    return f"{rounded // 60} min {rounded % 60:02d} s" if rounded >= 60 else f"{rounded} s"  # noqa: PLR2004 - a minute

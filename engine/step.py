"""What a long operation tells while it runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Step:
    """One report of progress, ready to be shown; a later one replaces an earlier one with the same ``title``."""

    title: str
    """What is happening, e.g. ``building the engine``."""

    detail: str = ""
    """What exactly, e.g. the package being compiled or who is waited for."""

    fraction: float | None = None
    """How much of it is done, 0 to 1; nothing where that is not known."""

    elapsed: float = 0.0
    """Seconds since it began."""

    expected: float | None = None
    """Seconds that it takes as a rule, from start to end; nothing where that is not known."""

    def __str__(self) -> str:
        parts = [self.title]
        if self.fraction is not None:
            parts.append(f"{self.fraction:.0%}")
        if self.elapsed >= 1 or self.expected is not None:
            parts.append(_minutes(self.elapsed) + (f" of about {_minutes(self.expected)}" if self.expected else ""))
        return ", ".join(parts) + (f": {self.detail}" if self.detail else "")


Report = Callable[[Step], None]
"""Receives each step; called from one thread, at most a few times a second."""


def sparingly(report: Report, seconds: float = 10.0) -> Report:
    """Return a report that passes on the first step of each title, then one every so many seconds: fit for a log."""
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
    whole = round(seconds)
    return f"{whole // 60} min {whole % 60:02d} s" if whole >= 60 else f"{whole} s"  # noqa: PLR2004 - a minute

"""Progress of a run: a live line on a terminal, one line every few seconds elsewhere."""

from __future__ import annotations

import sys
import time
from typing import Self

from rich.live import Live
from rich.text import Text

from stacks.events import Run
from support.console import Console

QUIET_SECONDS = 5.0
"""Interval of the lines where there is no terminal."""


class Progress:
    """Context manager whose :meth:`update` is passed to the engine's run."""

    def __init__(self, console: Console, verb: str, expected: int | None = None) -> None:
        self.console = console
        self.verb = verb
        self.expected = expected
        self.started = time.monotonic()
        self._last = self.started
        self._live: Live | None = None

    def __enter__(self) -> Self:
        """Start the clock and, on a terminal, the live line."""
        if sys.stderr.isatty():
            self._live = Live(self._line(Run()), console=self.console.stderr, refresh_per_second=8, transient=True)
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the live line; the summary follows."""
        if self._live:
            self._live.stop()

    def update(self, run: Run) -> None:
        """Show the progress of the run."""
        if self._live:
            self._live.update(self._line(run))
        elif time.monotonic() - self._last >= QUIET_SECONDS:
            self._last = time.monotonic()
            self.console.info(self._line(run).plain)

    def _line(self, run: Run) -> Text:
        # By URN and operation, since a component ends twice, the second time with its outputs.
        done = len({(step.urn, step.operation) for step in run.finished})
        known = max(self.expected or 0, len(run.steps))
        last = run.steps[-1].name if run.steps else "starting the engine and the program"
        of = f" of {known}" if known else ""
        return Text(f"{self.verb}: {done}{of} steps, {time.monotonic() - self.started:.0f} s: {last}")

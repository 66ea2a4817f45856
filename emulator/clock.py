"""What time it is in the local Azure."""

from __future__ import annotations

import datetime as dt
import os

VARIABLE = "FABRIX_NOW"


def now() -> dt.datetime:
    """Return the time in UTC, or the one that ``FABRIX_NOW`` sets, with which rehearsals of several days work."""
    return parse_time(os.environ.get(VARIABLE, "")) or dt.datetime.now(dt.UTC)


def parse_time(text: str) -> dt.datetime | None:
    """Return a time of ISO 8601 with a zone, in UTC; None if it is anything else."""
    try:
        time = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return time.astimezone(dt.UTC) if time.tzinfo else None

"""Dates after which Azure no longer takes something, and what day it is."""

from __future__ import annotations

import datetime as dt

AS_OF = dt.date(2026, 11, 24)
"""The facts were checked on this day; a clock that is behind does not bring back what had ended by then."""

POSTGRES_ENDS = {
    "11": dt.date(2023, 11, 9),
    "12": dt.date(2024, 11, 21),
    "13": dt.date(2025, 11, 13),
    "14": dt.date(2026, 11, 12),
    "15": dt.date(2027, 11, 11),
    "16": dt.date(2028, 11, 9),
    "17": dt.date(2029, 11, 8),
    "18": dt.date(2030, 11, 14),
}
"""Last day of each major version (Microsoft Learn: PostgreSQL version policy; before 14 the community's date)."""


def today() -> dt.date:
    """Return the day that retirements are judged on."""
    return max(AS_OF, dt.datetime.now(tz=dt.UTC).date())


def ended(dates: dict[str, dt.date], key: str) -> dt.date | None:
    """Return the day on which ``key`` ended, if that day has passed."""
    end = dates.get(key)
    return end if end is not None and end < today() else None

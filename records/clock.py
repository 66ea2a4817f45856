"""The current time, for records and for rules that count hours."""

from __future__ import annotations

import datetime as dt
import os

from support.errors import Exit, OperationError
from targets.name import TargetName
from targets.target import Target

VARIABLE = "FABRIX_NOW"
"""Environment variable, read on the local target only: a pretended time, to rehearse soak times, windows and expiry."""


def now(target: Target) -> dt.datetime:
    """Return the time in UTC; on the local target the one in ``FABRIX_NOW`` (ISO 8601 with its zone).

    Elsewhere the variable is not even read: no gate of a real environment can be talked into another day.

    Raises:
        OperationError: exit code 2, ``FABRIX_NOW`` is no time.

    """
    pretended = os.environ.get(VARIABLE) if target.name is TargetName.LOCAL else None
    if not pretended:
        return dt.datetime.now(dt.UTC)
    try:
        moment = dt.datetime.fromisoformat(pretended)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise OperationError(
            f"{VARIABLE}={pretended} is no time with a zone; write it like 2026-11-24T10:00:00Z", Exit.BAD_INPUT
        )
    return moment.astimezone(dt.UTC)


def timestamp(moment: dt.datetime) -> str:
    """Return a time as records write it: ISO 8601, UTC, whole seconds, ``Z``."""
    return moment.astimezone(dt.UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")

"""What time it is, for records and for rules that count hours."""

from __future__ import annotations

import datetime as dt
import os

from support.errors import Exit, OperationError
from targets.name import TargetName
from targets.target import Target

VARIABLE = "FABRIX_NOW"
"""On the local target alone: rehearse soak times, windows and expiry without waiting."""


def now(target: Target) -> dt.datetime:
    """Return the time in UTC; on the local target the one that ``FABRIX_NOW`` (ISO 8601 with its zone) pretends.

    Nobody talks a gate of a real environment into another day: elsewhere the variable is not even read.

    Raises:
        OperationError: exit code 2, ``FABRIX_NOW`` is no time.

    """
    pretended = os.environ.get(VARIABLE) if target.name is TargetName.LOCAL else None
    if not pretended:
        return dt.datetime.now(dt.UTC)
    try:
        read = dt.datetime.fromisoformat(pretended)
    except ValueError:
        read = None
    if read is None or read.tzinfo is None:
        raise OperationError(
            f"{VARIABLE}={pretended} is no time with a zone; write it like 2026-11-24T10:00:00Z", Exit.BAD_INPUT
        )
    return read.astimezone(dt.UTC)


def timestamp(moment: dt.datetime) -> str:
    """Return how records write a time: ISO 8601, UTC, whole seconds, ``Z``."""
    return moment.astimezone(dt.UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")

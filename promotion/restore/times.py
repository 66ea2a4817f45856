"""The moment of a restore: how it is written, and to which moments a server can be restored."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from support.errors import Exit, OperationError

EXAMPLE = "2026-11-24T09:15:00Z"


def parse_restore_time(text: str) -> dt.datetime:
    """Return the moment that ``text`` names, in UTC, to the second.

    Raises:
        OperationError: exit code 2; not an ISO 8601 date and time, or without a time zone.

    """
    try:
        moment = dt.datetime.fromisoformat(text.strip())
    except ValueError:
        moment = None
    if moment is None or len(text.strip()) <= len("2026-11-24"):
        raise _invalid(text, "is not a date and time")
    if moment.tzinfo is None:
        # A moment without zone is an hour or more off for most readers, and nobody notices until data is missing.
        raise _invalid(text, "has no time zone")
    return moment.astimezone(dt.UTC).replace(microsecond=0)


def _invalid(text: str, problem: str) -> OperationError:
    return OperationError(
        f"--restore-data {text!r} {problem}. "
        f"Allowed: ISO 8601 with a zone, e.g. {EXAMPLE} or 2026-11-24T10:15:00+01:00.",
        Exit.BAD_INPUT,
        {"found": text, "allowed": "ISO 8601 with a zone", "example": EXAMPLE},
    )


def azure_time(moment: dt.datetime) -> str:
    """Return a moment as Azure accepts it: ISO 8601 in UTC (other formats cause ``InternalServerError``)."""
    return f"{moment.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"


def read_azure_time(text: object) -> dt.datetime | None:
    """Read a moment of a state file or of Azure, without its nanoseconds; None for anything else."""
    if not isinstance(text, str):
        return None
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(dt.UTC) if moment.tzinfo else None


@dataclass(frozen=True, kw_only=True)
class RestoreWindow:
    """The moments to which a server can be restored, both ends included."""

    earliest: dt.datetime
    latest: dt.datetime
    why: str
    """Why no earlier moment is possible."""

    @classmethod
    def of_backups(
        cls, *, now: dt.datetime, days: int, created: dt.datetime | None = None, oldest: dt.datetime | None = None
    ) -> RestoreWindow:
        """Return the window of a server that keeps ``days`` of backups.

        ``created`` is when it was created; ``oldest`` is the oldest backup that Azure named when the state was last
        read. Old backups expire, so the noted one is never later than the present one: the check never refuses too
        much, and Azure refuses what it wrongly allows. Azure would silently take a moment in the future as now, and
        answer one before the oldest backup with ``InternalServerError``; source: Microsoft Learn, "Restore to custom
        restore point".
        """
        ends = [(now - dt.timedelta(days=days), f"{days} days of backups are kept")]
        if created is not None:
            ends.append((created, "the server was created then"))
        if oldest is not None:
            ends.append((oldest, "the oldest backup is from then"))
        earliest, why = max(ends)
        # Rounded up to the full second: a moment is written without fractions.
        if earliest.microsecond:
            earliest = earliest.replace(microsecond=0) + dt.timedelta(seconds=1)
        return cls(earliest=earliest, latest=now.replace(microsecond=0), why=why)

    def check(self, moment: dt.datetime, text: str, server: str) -> None:
        """Refuse a moment outside the window.

        Raises:
            OperationError: exit code 2, with the allowed range.

        """
        if self.earliest <= moment <= self.latest:
            return
        problem = "is in the future" if moment > self.latest else f"is too early: {self.why}"
        earliest, latest = azure_time(self.earliest), azure_time(self.latest)
        raise OperationError(
            f"{server} cannot be restored to {text}: that {problem}. Allowed: {earliest} to {latest}.",
            Exit.BAD_INPUT,
            {"found": azure_time(moment), "allowed": {"from": earliest, "to": latest}},
        )

"""The moment to go back to: how it is written, and which moments a server can go back to."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from support.errors import Exit, OperationError

EXAMPLE = "2026-11-24T09:15:00Z"


def parse(text: str) -> dt.datetime:
    """Return the moment that ``text`` names, in UTC, to the second.

    Raises:
        OperationError: exit code 2; it is no ISO 8601 date and time, or it does not say its zone.

    """
    try:
        moment = dt.datetime.fromisoformat(text.strip())
    except ValueError:
        moment = None
    if moment is None or len(text.strip()) <= len("2026-11-24"):
        raise _bad(text, "is no date and time")
    if moment.tzinfo is None:
        # A moment without zone is an hour or more off for most readers, and nobody notices until data is missing.
        raise _bad(text, "does not say its time zone")
    return moment.astimezone(dt.UTC).replace(microsecond=0)


def _bad(text: str, what: str) -> OperationError:
    return OperationError(
        f"--restore-data {text!r} {what}. Allowed: ISO 8601 with a zone, e.g. {EXAMPLE} or 2026-11-24T10:15:00+01:00.",
        Exit.BAD_INPUT,
        {"found": text, "allowed": "ISO 8601 with a zone", "example": EXAMPLE},
    )


def write(moment: dt.datetime) -> str:
    """Write a moment as Azure takes it: ISO 8601 in UTC (other spellings end in ``InternalServerError``)."""
    return f"{moment.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"


def read(text: object) -> dt.datetime | None:
    """Moment in a state file or an answer of Azure; nanoseconds are cut, and what is no moment is None."""
    if not isinstance(text, str):
        return None
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(dt.UTC) if moment.tzinfo else None


@dataclass(frozen=True, kw_only=True)
class Window:
    """The moments that a server can go back to, both ends included."""

    earliest: dt.datetime
    latest: dt.datetime
    why: str
    """What sets the earliest moment."""

    @classmethod
    def of(
        cls, *, now: dt.datetime, days: int, created: dt.datetime | None = None, oldest: dt.datetime | None = None
    ) -> Window:
        """Return the window of a server that keeps ``days`` of backups.

        ``created`` is when it was made; ``oldest`` the oldest backup as Azure named it when the state was last read.
        It moves on, so what was noted lies before what holds now: it never forbids too much, and what it lets through
        wrongly, Azure refuses. Azure would quietly take a moment after now as now, and answer one before the oldest
        backup with ``InternalServerError``; source: Microsoft Learn, "Restore to custom restore point".
        """
        ends = [(now - dt.timedelta(days=days), f"{days} days of backups are kept")]
        if created is not None:
            ends.append((created, "the server was created then"))
        if oldest is not None:
            ends.append((oldest, "the oldest backup is of then"))
        earliest, why = max(ends)
        # To the full second, inwards: a moment is written without fractions.
        if earliest.microsecond:
            earliest = earliest.replace(microsecond=0) + dt.timedelta(seconds=1)
        return cls(earliest=earliest, latest=now.replace(microsecond=0), why=why)

    def check(self, moment: dt.datetime, text: str, server: str) -> None:
        """Refuse a moment outside.

        Raises:
            OperationError: exit code 2, with the range that is allowed.

        """
        if self.earliest <= moment <= self.latest:
            return
        wrong = "lies in the future" if moment > self.latest else f"is too early: {self.why}"
        raise OperationError(
            f"{server} cannot go back to {text}: that {wrong}. "
            f"Allowed: {write(self.earliest)} to {write(self.latest)}.",
            Exit.BAD_INPUT,
            {"found": write(moment), "allowed": {"from": write(self.earliest), "to": write(self.latest)}},
        )

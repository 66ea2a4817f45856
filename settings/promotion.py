"""What a stack requires before a release is promoted to it."""

from __future__ import annotations

import zoneinfo
from datetime import datetime, time, timedelta
from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, Field, model_validator

from settings.base import Model, refused
from settings.problems import nearest

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = get_args(Day)
"""In the order of ``datetime.weekday``."""

Clock = Annotated[
    str,
    Field(
        pattern=r"^([01]\d|2[0-3]):[0-5]\d$",
        examples=["08:00"],
        json_schema_extra={"allowed": "hours and minutes from 00:00 to 23:59, as text"},
    ),
]


def _zone(value: str) -> str:
    known = sorted(zoneinfo.available_timezones())
    # A machine without the zone database cannot judge names; the gate that reads the clock reports it there.
    if known and value not in known:
        raise refused(
            "no time zone of that name", "a name of the IANA database", nearest(value, known) or "Europe/Helsinki"
        )
    return value


def _days(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if values.count(value) > 1:
            raise refused(f"{value} is named twice", "each day once", "[mon, tue, wed, thu]")
    return values


class Window(Model):
    """When a release may be promoted to the stack."""

    days: Annotated[tuple[Day, ...], AfterValidator(_days)] = Field(
        min_length=1, examples=[["mon", "tue", "wed", "thu"]], json_schema_extra={"allowed": ", ".join(DAYS)}
    )
    """Days on which it opens."""
    start: Clock
    """When it opens."""
    end: Clock = Field(examples=["16:00"])
    """When it closes, that minute not included; on the day after, if it is earlier than the start."""
    zone: Annotated[str, Field(pattern=r"^[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*$"), AfterValidator(_zone)] = Field(
        examples=["Europe/Helsinki"], json_schema_extra={"allowed": "a name of the IANA database"}
    )
    """Time zone of the three, by its IANA name."""

    @model_validator(mode="after")
    def _opens(self) -> Self:
        if self.start == self.end:
            raise refused("start and end are the same", "an end after the start", "end: 16:00")
        return self

    def contains(self, moment: datetime) -> bool:
        """Return whether it is open at ``moment`` (aware).

        Raises:
            zoneinfo.ZoneInfoNotFoundError: the machine has no database of time zones.

        """
        local = moment.astimezone(zoneinfo.ZoneInfo(self.zone))
        now, start, end = local.time(), time.fromisoformat(self.start), time.fromisoformat(self.end)
        today, yesterday = DAYS[local.weekday()], DAYS[local.weekday() - 1]
        if start < end:
            return today in self.days and start <= now < end
        return (today in self.days and now >= start) or (yesterday in self.days and now < end)

    def next_opening(self, moment: datetime) -> datetime:
        """Return when it opens next after ``moment`` (aware), in its own zone."""
        local = moment.astimezone(zoneinfo.ZoneInfo(self.zone))
        start = time.fromisoformat(self.start)
        days = (local.date() + timedelta(days=ahead) for ahead in range(8))
        openings = (datetime.combine(day, start, local.tzinfo) for day in days if DAYS[day.weekday()] in self.days)
        return next(opening for opening in openings if opening > local)


class Promotion(Model):
    """What is required before a release is promoted to this stack. Nothing, unless it is set here."""

    soak_hours: float = Field(default=0.0, ge=0, le=8760, examples=[24])
    """Hours for which the release must have run, healthy, in the source stack."""
    approvals: int = Field(default=0, ge=0, le=5, examples=[1])
    """How many people must have approved it."""
    another_person: bool = True
    """Whether the approvers must be other people than the authors of the release."""
    approval_hours: float = Field(default=72.0, gt=0, le=8760, examples=[72])
    """Hours for which an approval is valid."""
    window: Window | None = None
    """When it may be promoted; at any time, if not set."""
    gates: tuple[
        Annotated[
            str,
            Field(
                pattern=r"^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*:[A-Za-z_]\w*$",
                examples=["gates.freeze:judge"],
                json_schema_extra={"allowed": "module:function, importable from the folder of this checkout"},
            ),
        ],
        ...,
    ] = Field(default=(), examples=[["gates.freeze:judge"]])
    """Gates of your own, in addition to the platform's."""

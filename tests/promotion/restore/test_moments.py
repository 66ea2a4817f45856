"""The moment to go back to: how it must be written, and which moments a server can go back to."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promotion.restore.times import RestoreWindow, azure_time, parse_restore_time, read_azure_time
from support.errors import Exit, OperationError

from .sample import NOW


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-24T09:15:00Z", "2026-11-24T09:15:00Z"),
        ("2026-11-24T10:15:00+01:00", "2026-11-24T09:15:00Z"),
        ("2026-11-24 09:15Z", "2026-11-24T09:15:00Z"),
        ("20261124T091500Z", "2026-11-24T09:15:00Z"),
        ("2026-11-23T23:15:00.9-10:00", "2026-11-24T09:15:00Z"),
    ],
)
def test_a_moment_with_its_zone_is_understood(text: str, moment: str) -> None:
    assert azure_time(parse_restore_time(text)) == moment


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-11-24", "20261124", "2026-13-01T00:00Z", "1764000000", "10:00Z"]
)
def test_what_is_no_moment_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(OperationError, match=r"is not a date and time.*e\.g\. 2026-") as caught:
        parse_restore_time(text)
    assert caught.value.code is Exit.BAD_INPUT


@pytest.mark.parametrize("text", ["2026-11-24T09:15:00", "2026-11-24 09:15"])
def test_a_moment_without_zone_is_refused(text: str) -> None:
    with pytest.raises(OperationError, match="has no time zone") as caught:
        parse_restore_time(text)
    assert caught.value.code is Exit.BAD_INPUT, "an hour off is data lost"


ZONES = st.integers(-23 * 60, 23 * 60).map(lambda minutes: dt.timezone(dt.timedelta(minutes=minutes)))


@given(st.datetimes(timezones=ZONES, min_value=dt.datetime(2000, 1, 1)))  # noqa: DTZ001
def test_a_written_moment_is_read_back_the_same(moment: dt.datetime) -> None:
    assert parse_restore_time(azure_time(moment)) == moment.astimezone(dt.UTC).replace(microsecond=0)


def window(**changes: dt.datetime) -> RestoreWindow:
    return RestoreWindow.of_backups(now=NOW, days=14, **changes)


def refusal(found: RestoreWindow, text: str) -> str:
    with pytest.raises(OperationError) as caught:
        found.check(parse_restore_time(text), text, "psql-one")
    assert caught.value.code is Exit.BAD_INPUT
    return str(caught.value)


def test_the_future_is_refused_with_the_range_that_is_allowed() -> None:
    message = refusal(window(), "2026-11-24T12:00:01Z")
    assert "is in the future" in message, "Azure would quietly take it as now"
    assert "Allowed: 2026-11-10T12:00:00Z to 2026-11-24T12:00:00Z" in message


def test_a_moment_before_the_backups_is_refused() -> None:
    assert "14 days of backups are kept" in refusal(window(), "2026-11-10T11:59:59Z")


def test_a_moment_before_the_server_is_refused() -> None:
    made = dt.datetime(2026, 11, 20, 8, 0, 0, 500, tzinfo=dt.UTC)
    message = refusal(window(created=made), "2026-11-20T08:00:00Z")
    assert "the server was created then" in message
    assert "2026-11-20T08:00:01Z to" in message, "rounded inwards: the range in the message must be possible"


def test_a_moment_before_the_oldest_backup_that_azure_named_is_refused() -> None:
    oldest = dt.datetime(2026, 11, 15, tzinfo=dt.UTC)
    assert "oldest backup" in refusal(window(oldest=oldest), "2026-11-14T00:00:00Z")


@given(st.integers(-60 * 24 * 60, 120), st.integers(7, 35), st.integers(0, 40 * 24 * 60))
def test_a_moment_is_possible_exactly_within_all_limits(minutes: int, days: int, age: int) -> None:
    made, moment = NOW - dt.timedelta(minutes=age), NOW + dt.timedelta(minutes=minutes)
    found = RestoreWindow.of_backups(now=NOW, days=days, created=made)
    right = max(NOW - dt.timedelta(days=days), made) <= moment <= NOW
    try:
        found.check(moment, "then", "psql-one")
    except OperationError:
        assert not right
    else:
        assert right


def test_the_engines_nanoseconds_are_read_and_other_things_are_none() -> None:
    assert read_azure_time("2026-11-24T09:15:00.123456789Z") == dt.datetime(
        2026, 11, 24, 9, 15, 0, 123456, tzinfo=dt.UTC
    )
    assert [read_azure_time(value) for value in (None, 5, "", "soon", "2026-11-24T09:15:00")] == [None] * 5

"""What a stack requires before a release is promoted to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings import PlatformSettings
from settings.promotion import DAYS, Promotion, Window

if TYPE_CHECKING:
    from tests.settings.conftest import Project

PATH = "config.aifabrix:platform.promotion"
OFFICE = Window.model_validate(
    {"days": ("mon", "tue", "wed", "thu"), "start": "08:00", "end": "16:00", "zone": "Europe/Helsinki"}
)
NIGHT = Window.model_validate({"days": ("sat",), "start": "22:00", "end": "04:00", "zone": "Europe/Helsinki"})


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_prod_asks_for_more_than_test_and_test_for_more_than_nothing_said(shipped: dict[str, PlatformSettings]) -> None:
    asked = {name: settings.promotion for name, settings in shipped.items()}
    assert asked["dev"] == Promotion()
    assert (asked["test"].soak_hours, asked["test"].approvals) == (0, 0)
    prod = asked["prod"]
    assert (prod.soak_hours, prod.approvals, prod.another_person, prod.window) == (24, 1, True, OFFICE)


@pytest.mark.parametrize(
    ("moment", "opened"),
    [
        ("2026-11-24T05:59:59", False),  # a Tuesday; Helsinki is two hours ahead in winter
        ("2026-11-24T06:00:00", True),
        ("2026-11-24T13:59:59", True),
        ("2026-11-24T14:00:00", False),
        ("2026-11-27T10:00:00", False),  # a Friday
        ("2026-07-14T05:00:00", True),  # three hours ahead in summer
    ],
)
def test_the_window_is_open_by_the_clock_of_its_zone(moment: str, opened: bool) -> None:
    assert OFFICE.contains(at(moment)) is opened


@pytest.mark.parametrize(
    ("moment", "opened"),
    [
        ("2026-11-28T19:59:00", False),
        ("2026-11-28T20:00:00", True),
        ("2026-11-29T01:59:00", True),
        ("2026-11-29T02:00:00", False),
        ("2026-11-29T20:30:00", False),
    ],
)
def test_a_window_may_reach_over_midnight(moment: str, opened: bool) -> None:
    assert NIGHT.contains(at(moment)) is opened, "the day is the one on which it opens"


windows = st.builds(
    lambda days, start, length, zone: Window.model_validate(
        {"days": days, "start": f"{start // 60:02}:{start % 60:02}", "zone": zone,
         "end": f"{(start + length) % 1440 // 60:02}:{(start + length) % 60:02}"}
    ),
    st.lists(st.sampled_from(DAYS), min_size=1, unique=True).map(tuple),
    st.integers(0, 1439), st.integers(1, 1439),
    st.sampled_from(["UTC", "Europe/Helsinki", "Asia/Kolkata", "America/New_York"]),
)  # fmt: skip


moments = st.floats(0, 366 * 24).map(lambda hours: at("2026-01-01T00:00:00") + timedelta(hours=hours))


@given(window=windows, moment=moments)
def test_the_next_opening_is_the_first_moment_at_which_it_opens(window: Window, moment: datetime) -> None:
    opening = window.next_opening(moment)
    assert moment < opening <= moment + timedelta(days=8)
    assert opening.strftime("%H:%M") == window.start
    assert DAYS[opening.weekday()] in window.days


@pytest.mark.parametrize(
    ("key", "value", "path", "words"),
    [
        ("soakHours", -1, "soakHours", "greater than or equal to 0"),
        ("soakHours", "24", "soakHours", "wrong type"),
        ("approvals", 6, "approvals", "less than or equal to 5"),
        ("approvals", 1.5, "approvals", "wrong type"),
        ("approvalHours", 0, "approvalHours", "greater than 0"),
        ("anotherPerson", "no", "anotherPerson", "wrong type"),
        ("gates", ["freeze.py"], "gates[0]", "not in the form"),
        ("soakHour", 24, "soakHour", "did you mean 'soakHours'?"),
        ("window.days", ["monday"], "window.days[0]", "not one of the choices"),
        ("window.days", [], "window.days", "too few entries"),
        ("window.days", ["mon", "mon"], "window.days", "named twice"),
        ("window.start", "8:00", "window.start", "not in the form"),
        ("window.end", "24:00", "window.end", "not in the form"),
        ("window.end", "08:00", "window", "start and end are the same"),
        ("window.zone", "Europe/Helsinky", "window.zone", "no time zone of that name"),
        ("window.zone", "../../etc", "window.zone", "not in the form"),
    ],
)
def test_a_promotion_that_asks_for_nothing_sensible(
    project: Project, key: str, value: Any, path: str, words: str
) -> None:
    problem = project.edit("prod", f"promotion.{key}", value).problem("prod")
    assert problem.path == f"{PATH}.{path}"
    assert words in problem.message


def test_a_zone_that_is_misspelt_is_answered_with_the_nearest(project: Project) -> None:
    problem = project.edit("prod", "promotion.window.zone", "Europe/Helsinky").problem("prod")
    assert problem.example == "Europe/Helsinki"

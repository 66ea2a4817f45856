"""How long a release has run, and whether now is a time to let it in."""

import datetime as dt
import zoneinfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from promotion.gates.time_and_people import soak, window
from promotion.model import GateOutcome
from settings.promotion import DAYS, Window
from tests.promotion.cases import NEW, NOW, OLD, Case, hours, release

PASSED, FAILED, NOT_APPLICABLE = GateOutcome.PASSED, GateOutcome.FAILED, GateOutcome.NOT_APPLICABLE
DAY = {"soakHours": 24}


def soaked(case: Case):
    return soak(case.candidate(promotion=DAY))


def test_soak_asks_nothing_of_a_stack_that_asks_for_no_time(case: Case) -> None:
    assert soak(case.candidate(promotion={})).outcome is NOT_APPLICABLE
    assert soak(case.candidate(promotion=DAY, source=None)).outcome is NOT_APPLICABLE


def test_soak_is_over_at_the_hour_and_not_a_second_before(case: Case) -> None:
    case.brought(NEW)
    case.now += hours(24) - dt.timedelta(seconds=1)
    verdict = soaked(case)
    assert verdict.outcome is FAILED
    assert verdict.way_forward == "Wait until 2026-11-25T10:00:00Z."
    assert verdict.facts["overAt"] == "2026-11-25T10:00:00Z"
    case.now += dt.timedelta(seconds=1)
    assert soaked(case).outcome is PASSED


def test_soak_says_what_to_do_where_the_release_never_ran(case: Case) -> None:
    case.brought(OLD)
    verdict = soaked(case)
    assert verdict.outcome is FAILED
    assert f"by its ledger test does not run {NEW.id}" in verdict.reason


def later(case: Case, number: float = 20) -> None:
    case.now += hours(number)


def test_deploying_the_same_release_again_does_not_start_the_clock_anew(case: Case) -> None:
    case.brought(NEW)
    later(case)
    case.brought(NEW)
    case.brought(NEW, "promotion", phase="finished")
    later(case)
    assert soaked(case).outcome is PASSED


@pytest.mark.parametrize(
    ("name", "between"),
    [
        ("another release", [(OLD, "deployment", {}), (NEW, "deployment", {})]),
        ("the same id with another content", [(release(summary="x"), "deployment", {}), (NEW, "deployment", {})]),
        ("a rollback to it", [(NEW, "rollback", {})]),
        ("another release that was undone", [(OLD, "promotion", {"phase": "undone"})]),
    ],
)
def test_the_clock_starts_anew_after(case: Case, name, between) -> None:
    case.brought(NEW)
    later(case)
    for what, kind, more in between:
        case.brought(what, kind, **more)
    later(case)
    verdict = soaked(case)
    assert verdict.outcome is FAILED, f"{name} breaks the calm"
    assert verdict.facts["ran"] == 20.0
    later(case)
    assert soaked(case).outcome is PASSED


def test_what_is_deployed_after_a_destroy_has_not_been_running_before(case: Case) -> None:
    case.brought(NEW)
    later(case)
    case.ledgers["test"].append("deployment", {"how": "destroy", "release": None, "hash": None})
    later(case, 48)
    assert soaked(case).outcome is FAILED, "nothing runs"
    case.brought(NEW)
    later(case)
    assert soaked(case).outcome is FAILED, "it runs anew"


@pytest.mark.parametrize(
    ("name", "after"),
    [
        ("it was undone itself", (NEW, "promotion", {"phase": "undone"})),
        ("the stack was rolled back to another one", (OLD, "rollback", {})),
        ("it was swapped in and is not well", (NEW, "rollback", {"why": "keycloak: 503"})),
        ("another one's promotion was abandoned half-way", (OLD, "promotion", {"phase": "abandoned"})),
    ],
)
def test_the_clock_stops_when(case: Case, name, after) -> None:
    case.brought(NEW)
    later(case)
    what, kind, more = after
    case.brought(what, kind, **more)
    later(case, 48)
    assert soaked(case).outcome is FAILED, name
    case.brought(NEW)
    later(case, 24)
    assert soaked(case).outcome is PASSED, "once it is deployed again, it counts from there"


@pytest.mark.parametrize("phase", ["begun", "refused", "planned"])
def test_what_only_began_changes_nothing(case: Case, phase) -> None:
    case.brought(NEW)
    case.brought(OLD, "promotion", phase=phase)
    later(case, 24)
    assert soaked(case).outcome is PASSED


OFFICE = {"days": ("mon", "tue", "wed", "thu"), "start": "08:00", "end": "16:00", "zone": "Europe/Helsinki"}


def judged(case: Case, when: str, **changes):
    case.now = dt.datetime.fromisoformat(when)
    return window(case.candidate(promotion={"window": {**OFFICE, **changes}}))


def test_no_window_is_always_open(case: Case) -> None:
    assert window(case.candidate(promotion={})).outcome is NOT_APPLICABLE


@pytest.mark.parametrize(
    ("when", "outcome", "opens"),
    [
        ("2026-11-24T06:00:00+00:00", PASSED, None),  # 08:00 in Helsinki, in winter
        ("2026-11-24T05:59:59+00:00", FAILED, "2026-11-24T06:00:00Z"),
        ("2026-11-24T13:59:59+00:00", PASSED, None),
        ("2026-11-24T14:00:00+00:00", FAILED, "2026-11-25T06:00:00Z"),
        ("2026-11-26T14:00:00+00:00", FAILED, "2026-11-30T06:00:00Z"),  # Thursday evening: Monday
        ("2026-11-28T10:00:00+00:00", FAILED, "2026-11-30T06:00:00Z"),  # Saturday
        ("2026-07-21T05:00:00+00:00", PASSED, None),  # 08:00 in summer
    ],
)
def test_the_window_is_read_by_its_own_clock_and_says_when_it_opens(case: Case, when, outcome, opens) -> None:
    verdict = judged(case, when)
    assert verdict.outcome is outcome
    assert verdict.facts.get("opensAt") == opens
    assert opens is None or opens in verdict.way_forward


def test_a_window_over_midnight_belongs_to_the_day_on_which_it_opens(case: Case) -> None:
    night = {"days": ("fri",), "start": "22:00", "end": "04:00", "zone": "UTC"}
    assert judged(case, "2026-11-28T03:59:00+00:00", **night).outcome is PASSED  # Saturday morning
    assert judged(case, "2026-11-28T04:00:00+00:00", **night).outcome is FAILED
    assert judged(case, "2026-11-27T03:00:00+00:00", **night).facts["opensAt"] == "2026-11-27T22:00:00Z"


CLOCKS = some.integers(0, 24 * 4 - 1).map(lambda quarter: f"{quarter // 4:02d}:{quarter % 4 * 15:02d}")
WINDOWS = some.builds(
    lambda days, clocks, zone: Window.model_validate(
        {"days": tuple(days), "start": clocks[0], "end": clocks[1], "zone": zone}
    ),
    some.lists(some.sampled_from(DAYS), min_size=1, max_size=7, unique=True),
    some.lists(CLOCKS, min_size=2, max_size=2, unique=True),
    some.sampled_from(["UTC", "Europe/Helsinki", "Asia/Kolkata", "America/New_York", "Pacific/Auckland"]),
)
MOMENTS = some.datetimes(NOW.replace(tzinfo=None) - hours(24 * 365), NOW.replace(tzinfo=None) + hours(24 * 365)).map(
    lambda moment: moment.replace(second=0, microsecond=0, tzinfo=dt.UTC)
)


@settings(max_examples=150, deadline=None)
@given(WINDOWS, MOMENTS)
def test_a_closed_window_opens_when_it_says_and_not_earlier(opening: Window, moment: dt.datetime) -> None:
    if opening.contains(moment):
        return
    opens = opening.next_opening(moment).astimezone(dt.UTC)
    assert opens > moment
    if _changes_clocks(opening.zone, moment, opens):
        return  # an hour that does not exist, or comes twice, is no hour to promise by
    assert opening.contains(opens), "it says that it is open then"
    quarters = int((opens - moment) / dt.timedelta(minutes=15))
    earlier = [opens - dt.timedelta(minutes=15 * number) for number in range(1, min(quarters, 200) + 1)]
    assert not [each for each in earlier if opening.contains(each)], "it was open before"


def _changes_clocks(zone: str, first: dt.datetime, last: dt.datetime) -> bool:
    there = zoneinfo.ZoneInfo(zone)
    days = int((last - first) / dt.timedelta(days=1)) + 2
    return len({(first + dt.timedelta(days=n)).astimezone(there).utcoffset() for n in range(-1, days)}) > 1


def test_the_shipped_windows_are_open_at_the_hour_that_the_tests_use(case: Case) -> None:
    case.now = NOW
    candidate = case.candidate()
    candidate.target.__dict__["settings"] = case.session("prod").settings
    assert window(candidate).outcome is PASSED

"""Business days: lead times, cut-offs and day targets (ENGINES 5)."""

import random
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from domain.calendar.business import ALWAYS_OPEN, BusinessCalendar, OpeningSpan, elapsed, open_intervals
from domain.calendar.business_days import (
    BusinessDays,
    Minutes,
    business_days_after,
    business_days_before,
    business_days_between,
    due,
    target_seconds,
    warn_at,
)
from domain.kernel.errors import InvalidInput
from domain.kernel.intervals import covers
from domain.kernel.time import DAY, to_seconds

BERLIN = ZoneInfo("Europe/Berlin")
HOLIDAY = date(2026, 12, 25)
OFFICE = BusinessCalendar(
    "Europe/Berlin", tuple(OpeningSpan(day, time(9), time(17)) for day in range(5)), frozenset({HOLIDAY})
)
UNEVEN = BusinessCalendar(
    "Europe/Berlin",
    (
        OpeningSpan(0, time(9), time(12)),
        OpeningSpan(0, time(13), time(18)),
        OpeningSpan(1, time(7), time(13)),
        OpeningSpan(3, time(22), time(6)),
    ),
)
CLOSED = BusinessCalendar("Europe/Berlin")


def berlin(text: str) -> int:
    return to_seconds(datetime.fromisoformat(text).replace(tzinfo=BERLIN))


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-11-23T11:00", 1, "2026-11-24T11:00"),
        ("2026-11-23T11:00", 5, "2026-11-30T11:00"),
        ("2026-11-27T11:00", 1, "2026-11-30T11:00"),
        ("2026-12-24T11:00", 1, "2026-12-28T11:00"),
        ("2026-11-23T08:00", 1, "2026-11-23T17:00"),
        ("2026-11-23T09:00", 1, "2026-11-23T17:00"),
        ("2026-11-23T20:00", 1, "2026-11-24T17:00"),
        ("2026-11-28T12:00", 1, "2026-11-30T17:00"),
        ("2026-11-28T12:00", 0, "2026-11-28T12:00"),
        ("2026-03-27T11:00", 1, "2026-03-30T11:00"),
    ],
)
def test_a_business_day_later_is_a_whole_day_of_opening_hours_later(start: str, days: int, end: str) -> None:
    assert business_days_after(OFFICE, berlin(start), days) == berlin(end)


@pytest.mark.parametrize(
    ("end", "days", "cut_off"),
    [
        ("2026-11-25T10:00", 1, "2026-11-24T10:00"),
        ("2026-11-23T10:00", 1, "2026-11-20T10:00"),
        ("2026-12-28T10:00", 1, "2026-12-24T10:00"),
        ("2026-11-28T02:00", 1, "2026-11-27T09:00"),
        ("2026-11-25T02:00", 2, "2026-11-23T09:00"),
        ("2026-11-23T09:00", 1, "2026-11-20T09:00"),
        ("2026-11-23T17:00", 1, "2026-11-23T09:00"),
        ("2026-11-25T10:00", 0, "2026-11-25T10:00"),
        ("2026-10-26T10:00", 1, "2026-10-23T10:00"),
    ],
)
def test_a_lead_time_leaves_whole_days_of_opening_hours(end: str, days: int, cut_off: str) -> None:
    assert business_days_before(OFFICE, berlin(end), days) == berlin(cut_off)


def test_a_cut_off_leaves_the_open_time_of_its_days(worlds: Callable[[int], int]) -> None:
    for seed in range(worlds(2_000)):
        rng = random.Random(seed)
        instant, days = berlin("2026-11-01T00:00") + rng.randrange(60 * DAY), rng.randrange(1, 12)
        after = business_days_after(OFFICE, instant, days)
        before = business_days_before(OFFICE, instant, days)
        assert after is not None
        assert before is not None
        open_set = open_intervals(OFFICE, (before, after))
        assert elapsed(open_set, instant, after) == elapsed(open_set, before, instant) == days * 8 * 3600


def test_starting_later_never_ends_earlier(worlds: Callable[[int], int]) -> None:
    """ENGINES 5 (iv), on days of unequal length and a night shift."""
    for seed in range(worlds(1_000)):
        rng = random.Random(seed)
        moments = sorted(berlin("2026-11-01T00:00") + rng.randrange(14 * DAY) for _ in range(4))
        days = rng.randrange(1, 5)
        for count in (business_days_after, business_days_before):
            for earlier, later in pairwise(count(UNEVEN, moment, days) for moment in moments):
                assert earlier is not None
                assert later is not None
                assert earlier <= later, seed


def test_after_closing_the_next_business_day_counts_whole() -> None:
    assert business_days_after(UNEVEN, berlin("2026-11-24T13:00"), 1) == berlin("2026-11-27T06:00")
    assert business_days_before(UNEVEN, berlin("2026-11-26T22:00"), 1) == berlin("2026-11-24T07:00")


def test_a_night_shift_is_a_business_day_of_its_start_date() -> None:
    nights = BusinessCalendar("Europe/Berlin", tuple(OpeningSpan(day, time(22), time(6)) for day in range(5)))
    assert business_days_after(nights, berlin("2026-11-28T03:00"), 1) == berlin("2026-12-01T03:00")
    assert business_days_before(nights, berlin("2026-11-28T03:00"), 1) == berlin("2026-11-27T03:00")


def test_a_calendar_without_hours_has_no_business_days() -> None:
    now = berlin("2026-11-23T11:00")
    assert business_days_after(CLOSED, now, 1) is None
    assert business_days_before(CLOSED, now, 1) is None
    assert due(CLOSED, now, BusinessDays(1)) is None
    assert warn_at(CLOSED, now, BusinessDays(1), 0.5) is None
    assert business_days_after(OFFICE, now, 1_000) is None
    assert business_days_before(OFFICE, now, 1_000) is None


def test_a_negative_number_of_days_is_refused() -> None:
    for count in (business_days_after, business_days_before):
        with pytest.raises(InvalidInput) as refused:
            count(OFFICE, 0, -1)
        assert [issue.path for issue in refused.value.issues] == ["days"]


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2026-11-23T11:00", "2026-11-23T16:00", 0),
        ("2026-11-23T11:00", "2026-11-24T08:00", 1),
        ("2026-11-27T11:00", "2026-11-30T11:00", 1),
        ("2026-12-24T11:00", "2026-12-29T11:00", 2),
        ("2026-11-30T11:00", "2026-11-27T11:00", 0),
    ],
)
def test_waiting_is_counted_in_business_days(start: str, end: str, days: int) -> None:
    assert business_days_between(OFFICE, berlin(start), berlin(end)) == days


def test_one_day_of_an_office_is_eight_hours_and_not_three_days() -> None:
    """ENGINES 5: a target is minutes or business days, never a day of 24 hours."""
    start = berlin("2026-11-23T11:00")
    assert target_seconds(OFFICE, start, BusinessDays(1)) == 8 * 3600
    assert target_seconds(OFFICE, start, Minutes(1440)) == DAY
    assert due(OFFICE, start, BusinessDays(1)) == berlin("2026-11-24T11:00")
    assert due(OFFICE, start, Minutes(1440)) == berlin("2026-11-26T11:00")


def test_a_business_day_round_the_clock_follows_the_calendar_and_not_the_clock_change() -> None:
    start = berlin("2026-03-28T12:00")
    always_berlin = BusinessCalendar("Europe/Berlin", ALWAYS_OPEN.weekly)
    assert due(always_berlin, start, BusinessDays(1)) == start + 23 * 3600
    assert due(always_berlin, start, Minutes(1440)) == start + 24 * 3600


def test_a_pause_moves_a_day_target_by_the_open_time_paused() -> None:
    start = berlin("2026-11-23T11:00")
    over_night = (berlin("2026-11-23T16:00"), berlin("2026-11-24T10:00"))
    assert due(OFFICE, start, BusinessDays(1), [over_night]) == berlin("2026-11-24T13:00")


def test_a_warning_falls_into_opening_hours(worlds: Callable[[int], int]) -> None:
    for seed in range(worlds(2_000)):
        rng = random.Random(seed)
        start = berlin("2026-11-01T00:00") + rng.randrange(60 * DAY)
        target = Minutes(rng.randrange(10, 6_000))
        fraction = rng.choice((0.5, 0.75, 0.8, 0.9))
        warning, end = warn_at(OFFICE, start, target, fraction), due(OFFICE, start, target)
        assert warning is not None
        assert end is not None
        assert start < warning < end
        assert covers(open_intervals(OFFICE, (start, end)), warning - 1), "the last second before it was open"


def test_a_warning_is_a_share_of_the_target_and_may_follow_the_breach() -> None:
    start = berlin("2026-11-23T09:00")
    assert warn_at(OFFICE, start, Minutes(480), 0.75) == berlin("2026-11-23T15:00")
    assert warn_at(OFFICE, start, Minutes(480), 1.0) == due(OFFICE, start, Minutes(480))
    assert warn_at(OFFICE, start, Minutes(480), 1.25) == berlin("2026-11-24T11:00")
    with pytest.raises(InvalidInput) as refused:
        warn_at(OFFICE, start, Minutes(480), 0)
    assert [issue.path for issue in refused.value.issues] == ["fraction"]


def test_a_holiday_is_no_business_day() -> None:
    eve = datetime.combine(HOLIDAY - timedelta(days=1), time(12), BERLIN)
    assert business_days_between(OFFICE, to_seconds(eve), to_seconds(eve) + DAY) == 0

"""Business time: elapsed and deadline against a count of minutes, and every pitfall of ENGINES 5 about calendars."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from domain.calendar.business import (
    ALWAYS_OPEN,
    HORIZON,
    BusinessCalendar,
    ExtraOpening,
    OpeningSpan,
    closed_pauses,
    deadline,
    elapsed,
    open_intervals,
)
from domain.kernel.errors import InvalidInput
from domain.kernel.intervals import Interval, total
from domain.kernel.time import DAY, from_seconds, to_seconds

WEEK = 7 * DAY
MINUTES_SHOWN = 4 * 1440
WEEKS = 130

CLOCK_CHANGES = [
    ("Europe/Berlin", "2026-03-29"),
    ("Europe/Berlin", "2026-10-25"),
    ("America/New_York", "2026-03-08"),
    ("America/New_York", "2026-11-01"),
    ("Australia/Lord_Howe", "2026-04-05"),
    ("Australia/Lord_Howe", "2026-10-04"),
    ("Africa/Cairo", "2026-04-24"),
    ("Africa/Cairo", "2026-10-30"),
    ("America/St_Johns", "2010-03-14"),
    ("America/St_Johns", "2010-11-07"),
    ("America/Sao_Paulo", "2018-11-04"),
    ("America/Sao_Paulo", "2018-02-18"),
    ("Asia/Kolkata", "2026-03-29"),
]


def utc(text: str) -> int:
    return to_seconds(datetime.fromisoformat(text).replace(tzinfo=UTC))


def berlin(text: str) -> int:
    return to_seconds(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin")))


def office(*, opens: str = "09:00", closes: str = "17:00", days: int = 5, **fields: Any) -> BusinessCalendar:
    weekly = tuple(OpeningSpan(day, time.fromisoformat(opens), time.fromisoformat(closes)) for day in range(days))
    return BusinessCalendar("Europe/Berlin", weekly, **fields)


@dataclass(frozen=True)
class Week:
    """A random calendar near a clock change and, counted independently, which minutes it is open."""

    calendar: BusinessCalendar
    origin: int
    open_minutes: tuple[bool, ...]


def random_calendar(rng: random.Random, name: str, around: date) -> BusinessCalendar:
    def moment() -> time:
        return time(rng.randrange(24), rng.choice((0, 0, 15, 30, 31)))

    near = [around + timedelta(days=number) for number in range(-3, 4)]
    return BusinessCalendar(
        name,
        tuple(OpeningSpan(rng.randrange(7), moment(), moment()) for _ in range(rng.randrange(9))),
        frozenset(day for day in near if rng.random() < 0.2),
        tuple(ExtraOpening(rng.choice(near), moment(), moment()) for _ in range(rng.randrange(2))),
    )


def local_spans(calendar: BusinessCalendar, first: date) -> list[tuple[datetime, datetime]]:
    """The opening hours of a fortnight as naive local times, straight from the rules."""
    spans = []
    for day in (first + timedelta(days=number) for number in range(14)):
        hours = [(span.start, span.end) for span in calendar.extra if span.day == day]
        if day not in calendar.holidays:
            hours += [(span.start, span.end) for span in calendar.weekly if span.weekday == day.weekday()]
        for start, end in hours:
            closing_day = day if end > start else day + timedelta(days=1)
            spans.append((datetime.combine(day, start), datetime.combine(closing_day, end)))
    return spans


@cache
def shown_from(name: str, origin: int) -> list[datetime]:
    """What the wall clock shows on each minute, asked of zoneinfo."""
    place = ZoneInfo(name)
    minutes = range(origin, origin + 60 * MINUTES_SHOWN, 60)
    return [datetime.fromtimestamp(instant, place).replace(tzinfo=None, fold=0) for instant in minutes]


@cache
def random_week(number: int) -> Week:
    rng = random.Random(number)
    name, day = CLOCK_CHANGES[number % len(CLOCK_CHANGES)]
    calendar = random_calendar(rng, name, date.fromisoformat(day))
    origin = utc(f"{day}T00:00") - 2 * DAY
    spans = local_spans(calendar, date.fromisoformat(day) - timedelta(days=5))
    open_minutes = (any(opens <= wall < closes for opens, closes in spans) for wall in shown_from(name, origin))
    return Week(calendar, origin, tuple(open_minutes))


def random_pauses(rng: random.Random, origin: int) -> list[Interval]:
    starts = [rng.randrange(MINUTES_SHOWN) for _ in range(rng.randrange(5))]
    return [(origin + 60 * start, origin + 60 * (start + rng.randrange(600))) for start in starts]


def running_minutes(week: Week, pauses: list[Interval], start: int) -> list[int]:
    """The minutes from `start` on that are open and in no pause, counted one by one."""
    paused = {(instant - week.origin) // 60 for begin, end in pauses for instant in range(begin, end, 60)}
    return [minute for minute in range(start, MINUTES_SHOWN) if week.open_minutes[minute] and minute not in paused]


def test_elapsed_and_deadline_count_minutes(worlds: Callable[[int], int]) -> None:
    """ENGINES 5 (i): the minute-counting oracle, pauses and clock changes included."""
    for seed in range(worlds(20_000)):
        rng = random.Random(seed)
        week = random_week(rng.randrange(WEEKS))
        pauses = random_pauses(rng, week.origin)
        start, end = sorted(rng.randrange(MINUTES_SHOWN) for _ in range(2))
        running = running_minutes(week, pauses, start)
        begin, finish = week.origin + 60 * start, week.origin + 60 * end

        open_set = open_intervals(week.calendar, (begin, finish))
        assert elapsed(open_set, begin, finish, pauses) == 60 * sum(minute < end for minute in running), seed

        target = rng.randrange(1, 1500)
        reached = deadline(week.calendar, begin, 60 * target, pauses)
        if target <= len(running):
            assert reached == week.origin + 60 * (running[target - 1] + 1), seed
        else:
            assert reached is None or reached > week.origin + 60 * MINUTES_SHOWN, seed


def test_a_deadline_is_the_first_instant_that_reaches_the_target(worlds: Callable[[int], int]) -> None:
    """ENGINES 5 (ii), (iii): additive, and inverse to the second."""
    for seed in range(worlds(2_000)):
        rng = random.Random(seed)
        week = random_week(rng.randrange(WEEKS))
        pauses = random_pauses(rng, week.origin)
        start = week.origin + rng.randrange(DAY)
        target = rng.randrange(1, 3 * DAY)
        reached = deadline(week.calendar, start, target, pauses)
        if reached is None:
            continue
        open_set = open_intervals(week.calendar, (start, reached + DAY))
        between = rng.randrange(start, reached + 1)
        assert elapsed(open_set, start, reached, pauses) == target
        assert elapsed(open_set, start, reached - 1, pauses) == target - 1
        parts = elapsed(open_set, start, between, pauses), elapsed(open_set, between, reached, pauses)
        assert sum(parts) == target


def later(first: int | None, second: int | None) -> bool:
    return second is None or (first is not None and first <= second)


def test_starting_later_asking_more_pausing_more_or_closing_more_never_ends_earlier(
    worlds: Callable[[int], int],
) -> None:
    """ENGINES 5 (iv)."""
    for seed in range(worlds(2_000)):
        rng = random.Random(seed)
        week = random_week(rng.randrange(WEEKS))
        calendar, pauses = week.calendar, random_pauses(rng, week.origin)
        start, target = week.origin + rng.randrange(2 * DAY), rng.randrange(1, DAY)
        reached = deadline(calendar, start, target, pauses)
        holiday = from_seconds(start + rng.randrange(2 * DAY)).date()
        closed = BusinessCalendar(calendar.time_zone, calendar.weekly, calendar.holidays | {holiday}, calendar.extra)
        assert later(reached, deadline(calendar, start + rng.randrange(DAY), target, pauses))
        assert later(reached, deadline(calendar, start, target + rng.randrange(DAY), pauses))
        assert later(reached, deadline(calendar, start, target, pauses + random_pauses(rng, week.origin)))
        assert later(reached, deadline(closed, start, target, pauses))


def test_where_clocks_stand_still_a_week_later_is_the_same(worlds: Callable[[int], int]) -> None:
    """ENGINES 5 (vii): shift invariance by whole weeks outside clock changes."""
    for seed in range(worlds(2_000)):
        rng = random.Random(seed)
        weekly = random_calendar(rng, "Asia/Kolkata", date(2026, 3, 29)).weekly
        calendar = BusinessCalendar("Asia/Kolkata", weekly)
        start, target = utc("2026-03-25T00:00") + rng.randrange(WEEK), rng.randrange(1, DAY)
        shift = WEEK * rng.randrange(1, 10)
        reached = deadline(calendar, start, target)
        assert deadline(calendar, start + shift, target) == (None if reached is None else reached + shift)


def test_adding_up_between_events_is_counting_from_the_record(worlds: Callable[[int], int]) -> None:
    """ENGINES 5 (vi): a clock kept at each pause and resume shows what a replay of all pauses shows."""
    for seed in range(worlds(2_000)):
        rng = random.Random(seed)
        week = random_week(rng.randrange(WEEKS))
        moments = sorted(week.origin + rng.randrange(4 * DAY) for _ in range(rng.randrange(2, 9)))
        start, now = moments[0], moments[-1]
        open_set = open_intervals(week.calendar, (start, now))
        kept, running, since = 0, True, start
        for moment in moments[1:]:
            kept += elapsed(open_set, since, moment) if running else 0
            running, since = not running, moment
        pauses = [(moments[i], moments[i + 1] if i + 1 < len(moments) else None) for i in range(1, len(moments), 2)]
        assert elapsed(open_set, start, now, closed_pauses(pauses, now)) == kept


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [("2026-03-28T12:00", "2026-03-29T12:00", 23), ("2026-10-24T12:00", "2026-10-25T12:00", 25)],
)
def test_noon_to_noon_over_a_clock_change_is_not_24_hours(start: str, end: str, hours: int) -> None:
    within = (berlin(start), berlin(end))
    assert elapsed(open_intervals(ALWAYS_OPEN, within), *within) == hours * 3600
    assert deadline(ALWAYS_OPEN, within[0], hours * 3600) == within[1]


def test_office_hours_keep_their_local_time_over_a_clock_change() -> None:
    for day in ("2026-03-27", "2026-03-30", "2026-10-23", "2026-10-26"):
        whole_day = (berlin(f"{day}T00:00"), berlin(f"{day}T23:59"))
        assert open_intervals(office(), whole_day) == ((berlin(f"{day}T09:00"), berlin(f"{day}T17:00")),)


def test_a_holiday_is_a_date_in_the_zone_of_the_calendar() -> None:
    tokyo = BusinessCalendar(
        "Asia/Tokyo", tuple(OpeningSpan(day, time(0), time(0)) for day in range(7)), frozenset({date(2026, 11, 23)})
    )
    closed = (utc("2026-11-22T15:00"), utc("2026-11-23T15:00"))
    assert open_intervals(tokyo, closed) == ()
    assert total(open_intervals(tokyo, (closed[0] - 60, closed[1] + 60))) == 120


def test_a_night_shift_belongs_to_the_date_it_starts_on() -> None:
    nights = (OpeningSpan(4, time(22), time(6)),)
    weekend = (berlin("2026-11-27T12:00"), berlin("2026-11-29T12:00"))
    saturday_off = BusinessCalendar("Europe/Berlin", nights, frozenset({date(2026, 11, 28)}))
    friday_off = BusinessCalendar("Europe/Berlin", nights, frozenset({date(2026, 11, 27)}))
    assert open_intervals(saturday_off, weekend) == ((berlin("2026-11-27T22:00"), berlin("2026-11-28T06:00")),)
    assert open_intervals(friday_off, weekend) == ()


def test_an_extra_day_opens_even_on_a_holiday() -> None:
    saturday = ExtraOpening(date(2026, 11, 28), time(10), time(12))
    calendar = office(holidays=frozenset({saturday.day}), extra=(saturday,))
    weekend = (berlin("2026-11-28T00:00"), berlin("2026-11-30T00:00"))
    assert open_intervals(calendar, weekend) == ((berlin("2026-11-28T10:00"), berlin("2026-11-28T12:00")),)


def test_pauses_count_once_and_only_while_the_calendar_is_open() -> None:
    day = (berlin("2026-11-23T00:00"), berlin("2026-11-24T00:00"))
    hours = open_intervals(office(), day)
    at = {hour: berlin(f"2026-11-23T{hour:02}:00") for hour in (8, 10, 11, 12, 20, 22)}
    assert elapsed(hours, *day) == 8 * 3600
    assert elapsed(hours, *day, [(at[10], at[12]), (at[11], at[12]), (at[8], at[11])]) == 5 * 3600
    assert elapsed(hours, *day, [(at[20], at[22])]) == 8 * 3600


def test_an_open_pause_ends_now() -> None:
    assert closed_pauses([(50, None), (10, 20), (15, 30)], 100) == ((10, 30), (50, 100))
    assert closed_pauses([(150, None)], 100) == ()


def test_a_deadline_may_be_the_closing_instant() -> None:
    assert deadline(office(), berlin("2026-11-23T09:00"), 8 * 3600) == berlin("2026-11-23T17:00")
    assert deadline(office(), berlin("2026-11-23T09:00"), 8 * 3600 + 1) == berlin("2026-11-24T09:00") + 1


def test_a_target_already_reached_is_due_at_once() -> None:
    assert deadline(office(), berlin("2026-11-28T12:00"), 0) == berlin("2026-11-28T12:00")


def test_a_target_out_of_reach_has_no_deadline() -> None:
    start = berlin("2026-11-23T09:00")
    assert deadline(BusinessCalendar("Europe/Berlin"), start, 60) is None
    assert deadline(ALWAYS_OPEN, start, 60, [(start, start + HORIZON)]) is None
    assert deadline(ALWAYS_OPEN, start, HORIZON) == start + HORIZON
    assert deadline(ALWAYS_OPEN, start, HORIZON + 1) is None


def test_the_round_the_clock_calendar_never_closes() -> None:
    within = (utc("2026-01-01T00:00") - 1, utc("2027-06-01T00:00") + 1)
    assert open_intervals(ALWAYS_OPEN, within) == (within,)
    assert open_intervals(ALWAYS_OPEN, (5, 5)) == ()


def test_the_stored_form_of_a_calendar_is_read() -> None:
    stored = [{"weekday": day, "start": "09:00", "end": "17:00"} for day in range(5)]
    read = BusinessCalendar.of(time_zone="Europe/Berlin", weekly=stored, holidays=["2026-12-25"])
    assert read == office(holidays=frozenset({date(2026, 12, 25)}))
    all_day = BusinessCalendar.of(time_zone="UTC", weekly=[{"weekday": 0, "start": "00:00", "end": "24:00"}])
    assert total(all_day.hours_of(date(2026, 11, 23))) == DAY


def test_a_wrong_calendar_is_refused_with_the_name_of_every_field() -> None:
    weekly: list[dict[str, object]] = [
        {"weekday": 0, "start": "09:00", "end": "17:00"},
        {"weekday": 7, "start": "9", "end": "17:00"},
        {"start": "09:00"},
    ]
    with pytest.raises(InvalidInput) as refused:
        BusinessCalendar.of(time_zone="Mars/Base", weekly=weekly, holidays=["Christmas"])
    assert {issue.path for issue in refused.value.issues} == {
        "time_zone",
        "weekly.1.weekday",
        "weekly.1.start",
        "weekly.2.weekday",
        "weekly.2.end",
        "holidays.0",
    }

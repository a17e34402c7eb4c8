"""Recurring windows: an instant is inside when the wall clock says so (ENGINES 3.4)."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from domain.calendar.recurrence import MeetingSeries, Recurrence, Strictness, expand, meetings, occurrences
from domain.kernel.errors import InvalidInput
from domain.kernel.intervals import Interval, Intervals, clip, covers, normalise, subtract, total, union
from domain.kernel.time import DAY, to_seconds

CLOCK_CHANGES = [
    ("Europe/Berlin", "2026-03-29T01:00"),
    ("Europe/Berlin", "2026-10-25T01:00"),
    ("America/New_York", "2026-03-08T07:00"),
    ("America/New_York", "2026-11-01T06:00"),
    ("Australia/Lord_Howe", "2026-04-04T15:00"),
    ("Australia/Lord_Howe", "2026-10-03T15:30"),
    ("Africa/Cairo", "2026-04-23T22:00"),
    ("Africa/Cairo", "2026-10-29T21:00"),
    ("America/St_Johns", "2010-03-14T03:31"),
    ("America/St_Johns", "2010-11-07T02:31"),
    ("America/Sao_Paulo", "2018-11-04T03:00"),
    ("America/Sao_Paulo", "2018-02-18T02:00"),
    ("Pacific/Apia", "2011-12-30T10:00"),
    ("Asia/Kolkata", "2026-03-29T01:00"),
]

FROM_STRICT_TO_WIDE = (Strictness.PERMISSION, Strictness.AS_SHOWN, Strictness.PROHIBITION)


def utc(text: str) -> int:
    return to_seconds(datetime.fromisoformat(text).replace(tzinfo=UTC))


@dataclass(frozen=True)
class World:
    """A clock change, a rule near it and a horizon of whole minutes."""

    rule: Recurrence
    dates: frozenset[date]
    start_minute: int
    end_minute: int
    within: Interval


@cache
def shown_around(name: str, change: str) -> list[datetime]:
    """What the wall clock shows on each minute of ten hours before and after the change, asked of zoneinfo."""
    first, place = utc(change) - 36_000, ZoneInfo(name)
    return [datetime.fromtimestamp(first + 60 * minute, place).replace(tzinfo=None, fold=0) for minute in range(1200)]


def random_world(rng: random.Random) -> tuple[World, list[datetime]]:
    name, change = rng.choice(CLOCK_CHANGES)
    shown = shown_around(name, change)
    first = rng.randrange(1000)
    length = rng.randrange(1, 200)
    near = [shown[0].date() + timedelta(days=number) for number in range(-3, 4)]
    step = rng.choice((1, 15, 30))
    start, end = (rng.randrange(0, 1440, step) for _ in range(2))
    chosen = [day for day in near if rng.random() < 0.7] or near[2:4]
    exceptions = [day for day in chosen if rng.random() < 0.1]
    fields: dict[str, Any] = {}
    kind = rng.randrange(3)
    if kind == 0:
        weekdays = {day.weekday() for day in chosen}
        chosen, fields["weekdays"] = [day for day in near if day.weekday() in weekdays], sorted(weekdays)
    elif kind == 1:
        chosen = near[rng.randrange(3) :: 2]
        fields |= {"rrule": "FREQ=DAILY;INTERVAL=2", "effective_from": chosen[0]}
    else:
        chosen = near[2:5]
        fields |= {"rrule": "FREQ=DAILY", "effective_from": chosen[0], "effective_until": chosen[-1]}
    rule = Recurrence.of(
        time_zone=name,
        local_start=f"{start // 60:02}:{start % 60:02}",
        local_end=f"{end // 60:02}:{end % 60:02}",
        exceptions=[day.isoformat() for day in exceptions],
        **fields,
    )
    origin = utc(change) - 36_000 + 60 * first
    dates = frozenset(chosen) - frozenset(exceptions)
    within = (origin, origin + 60 * length)
    return World(rule, dates, start, end if end > start else end + 1440, within), shown[first : first + length]


def inside(world: World, shown: datetime) -> bool:
    minute = shown.hour * 60 + shown.minute
    return (world.start_minute <= minute < world.end_minute and shown.date() in world.dates) or (
        minute + 1440 < world.end_minute and shown.date() - timedelta(days=1) in world.dates
    )


def minutes(intervals: Intervals) -> set[int]:
    return {second // 60 for start, end in intervals for second in range(start, end, 60)}


def test_expansion_agrees_with_the_wall_clock_on_every_minute(worlds: Callable[[int], int]) -> None:
    for seed in range(worlds(20_000)):
        world, shown = random_world(random.Random(seed))
        expected = {world.within[0] // 60 + index for index, wall in enumerate(shown) if inside(world, wall)}
        assert minutes(expand(world.rule, world.within)) == expected, seed


def test_a_permission_never_reaches_past_the_window_nor_the_window_past_a_prohibition(
    worlds: Callable[[int], int],
) -> None:
    shrunk = grown = 0
    for seed in range(worlds(20_000)):
        world, _ = random_world(random.Random(seed))
        permitted, shown, forbidden = (
            expand(world.rule, world.within, strictness) for strictness in FROM_STRICT_TO_WIDE
        )
        assert subtract(permitted, shown) == (), seed
        assert subtract(shown, forbidden) == (), seed
        shrunk += permitted != shown
        grown += shown != forbidden
    assert shrunk
    assert grown


def test_expanding_in_two_parts_is_expanding_the_whole(worlds: Callable[[int], int]) -> None:
    for seed in range(worlds(2_000)):
        rng = random.Random(seed)
        world, _ = random_world(rng)
        start, end = world.within
        cut = rng.randrange(start, end)
        for strictness in Strictness:
            parts = (expand(world.rule, part, strictness) for part in ((start, cut), (cut, end)))
            assert union(*parts) == expand(world.rule, world.within, strictness), seed


BERLIN_SPRING = (utc("2026-03-28T12:00"), utc("2026-03-29T12:00"))
BERLIN_AUTUMN = (utc("2026-10-24T12:00"), utc("2026-10-25T12:00"))


def berlin(local_start: str, local_end: str, **fields: Any) -> Recurrence:
    fields = fields or {"weekdays": range(7)}
    return Recurrence.of(time_zone="Europe/Berlin", local_start=local_start, local_end=local_end, **fields)


@pytest.mark.parametrize(
    ("local", "within", "lengths"),
    [
        (("02:00", "04:00"), BERLIN_SPRING, [60]),
        (("02:00", "04:00"), BERLIN_AUTUMN, [180]),
        (("02:15", "02:45"), BERLIN_SPRING, []),
        (("02:15", "02:45"), BERLIN_AUTUMN, [30, 30]),
    ],
)
def test_what_users_are_told_about_berlin(local: tuple[str, str], within: Interval, lengths: list[int]) -> None:
    window = expand(berlin(*local), within)
    assert [(end - start) // 60 for start, end in window] == lengths
    assert [occurrence.intervals for occurrence in occurrences(berlin(*local), within)] == ([window] if window else [])


@pytest.mark.parametrize(
    ("strictness", "local", "lengths"),
    [
        (Strictness.PERMISSION, ("02:00", "04:00"), [120]),
        (Strictness.PROHIBITION, ("02:00", "04:00"), [180]),
        (Strictness.PERMISSION, ("02:15", "02:45"), []),
        (Strictness.PROHIBITION, ("02:15", "02:45"), [90]),
        (Strictness.PERMISSION, ("01:00", "02:30"), [90]),
        (Strictness.PROHIBITION, ("01:00", "02:30"), [150]),
        (Strictness.PERMISSION, ("00:00", "02:00"), [120]),
        (Strictness.PROHIBITION, ("00:00", "02:00"), [180]),
        (Strictness.PERMISSION, ("01:00", "03:00"), [180]),
    ],
)
def test_in_a_doubled_hour_permissions_shrink_and_prohibitions_grow(
    strictness: Strictness, local: tuple[str, str], lengths: list[int]
) -> None:
    window = expand(berlin(*local), BERLIN_AUTUMN, strictness)
    assert [(end - start) // 60 for start, end in window] == lengths


@pytest.mark.parametrize("strictness", list(Strictness))
def test_a_window_around_the_clock_has_no_holes_on_the_days_of_change(strictness: Strictness) -> None:
    for within in (BERLIN_SPRING, BERLIN_AUTUMN):
        assert expand(berlin("00:00", "24:00"), within, strictness) == (within,)
        assert expand(berlin("23:59", "23:59"), within, strictness) == (within,)


def test_a_clock_that_falls_back_over_midnight_shows_two_dates_twice() -> None:
    """St John's, 2010-11-07: one minute after midnight it was 23:01 of the day before again."""
    within = (utc("2010-11-07T02:30"), utc("2010-11-07T03:20"))
    for strictness in Strictness:
        all_day = Recurrence.of(time_zone="America/St_Johns", local_start="23:30", local_end="23:30", weekdays=range(7))
        assert expand(all_day, within, strictness) == (within,)
    early = Recurrence.of(time_zone="America/St_Johns", local_start="00:00", local_end="01:00", weekdays=[6])
    assert expand(early, within) == ((within[0], within[0] + 60),)


def test_splitting_a_window_in_two_adjoining_halves_changes_nothing(worlds: Callable[[int], int]) -> None:
    for seed in range(worlds(2_000)):
        rng = random.Random(seed)
        start, middle, end = sorted(rng.sample(range(1440), 3))
        whole, first, second = (
            berlin(f"{a // 60:02}:{a % 60:02}", f"{b // 60:02}:{b % 60:02}")
            for a, b in ((start, end), (start, middle), (middle, end))
        )
        within = rng.choice((BERLIN_SPRING, BERLIN_AUTUMN))
        assert union(expand(first, within), expand(second, within)) == expand(whole, within)


def test_an_overnight_window_belongs_to_the_date_it_starts_on() -> None:
    friday_night = berlin("22:00", "06:00", weekdays=[4], exceptions=["2026-11-28"])
    week = (utc("2026-11-23T00:00"), utc("2026-11-30T00:00"))
    assert expand(friday_night, week) == ((utc("2026-11-27T21:00"), utc("2026-11-28T05:00")),)
    assert [occurrence.day for occurrence in occurrences(friday_night, week)] == [date(2026, 11, 27)]


def test_an_exception_removes_the_whole_occurrence_of_its_date() -> None:
    friday_night = berlin("22:00", "06:00", weekdays=[4], exceptions=["2026-11-27"])
    assert expand(friday_night, (utc("2026-11-23T00:00"), utc("2026-11-30T00:00"))) == ()


def test_local_times_do_not_drift_when_the_clock_changes() -> None:
    mornings = berlin("09:00", "10:00", dates=["2026-03-28", "2026-03-30"])
    assert expand(mornings, (utc("2026-03-27T00:00"), utc("2026-04-01T00:00"))) == (
        (utc("2026-03-28T08:00"), utc("2026-03-28T09:00")),
        (utc("2026-03-30T07:00"), utc("2026-03-30T08:00")),
    )


def test_occurrences_together_are_the_window(worlds: Callable[[int], int]) -> None:
    for seed in range(worlds(2_000)):
        world, _ = random_world(random.Random(seed))
        shown = [interval for occurrence in occurrences(world.rule, world.within) for interval in occurrence.intervals]
        assert clip(normalise(shown), world.within) == expand(world.rule, world.within), seed


def test_an_empty_horizon_holds_nothing() -> None:
    assert expand(berlin("02:00", "04:00"), (10, 10)) == ()
    assert occurrences(berlin("02:00", "04:00"), (10, 10)) == ()


def test_a_year_of_windows_is_as_long_as_its_wall_clock_says() -> None:
    year = expand(berlin("00:00", "06:00"), (utc("2025-12-31T23:00"), utc("2026-12-31T23:00")))
    assert len(year) == 365
    assert total(year) == 365 * 6 * 3600
    assert covers(year, utc("2026-07-01T03:59"))
    assert not covers(year, utc("2026-07-01T04:00"))


def series(local_start: str = "02:30", minutes: int = 60, rrule: str = "FREQ=WEEKLY;BYDAY=SU") -> MeetingSeries:
    return MeetingSeries.of(time_zone="Europe/Berlin", local_start=local_start, minutes=minutes, rrule=rrule)


@pytest.mark.parametrize(
    ("within", "start"), [(BERLIN_SPRING, "2026-03-29T01:30"), (BERLIN_AUTUMN, "2026-10-25T00:30")]
)
def test_a_meeting_starts_once_and_lasts_its_elapsed_time(within: Interval, start: str) -> None:
    """RFC 5545 3.3.5: a jumped start takes the offset before the gap, a doubled one is the first."""
    assert meetings(series(), within) == ((utc(start), utc(start) + 3600),)


def test_a_meeting_that_began_before_the_horizon_still_shares_it() -> None:
    end = utc("2026-11-29T01:30") + 3600
    assert meetings(series(), (end - 1, end + DAY)) == ((end - 3600, end),)
    assert meetings(series(), (end, end + DAY)) == ()
    assert meetings(series(), (end, end)) == ()


def test_an_event_of_several_days_reaches_into_a_later_horizon() -> None:
    camp = series(minutes=5 * 1440)
    start = utc("2026-11-22T01:30")
    assert meetings(camp, (start + 4 * DAY, start + 6 * DAY)) == ((start, start + 5 * DAY),)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"time_zone": "Europe/Atlantis"}, "time_zone"),
        ({"local_start": "25:00"}, "local_start"),
        ({"local_start": "24:00"}, "local_start"),
        ({"local_end": "7pm"}, "local_end"),
        ({"weekdays": [7]}, "weekdays"),
        ({"weekdays": []}, "weekdays"),
        ({"rrule": "FREQ=DAILY"}, "weekdays"),
        ({"weekdays": [], "rrule": "FREQ=HOURLY"}, "rrule"),
        ({"weekdays": [], "rrule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO"}, "effective_from"),
        ({"weekdays": [], "dates": ["2026-02-29"]}, "dates.0"),
        ({"exceptions": ["2026-11-23", "Monday"]}, "exceptions.1"),
        ({"effective_from": date(2026, 2, 1), "effective_until": date(2026, 1, 31)}, "effective_until"),
        ({"weekdays": [], "dates": ["2026-03-28", "2026-03-29"], "local_start": "02:30"}, "dates.1"),
        ({"weekdays": [], "dates": ["2026-03-29"], "local_end": "02:30"}, "dates.0"),
    ],
)
def test_a_wrong_rule_is_refused_with_the_name_of_the_field(changed: dict[str, Any], field: str) -> None:
    written: dict[str, Any] = {
        "time_zone": "Europe/Berlin",
        "local_start": "01:00",
        "local_end": "04:00",
        "weekdays": [0],
    }
    with pytest.raises(InvalidInput) as refused:
        Recurrence.of(**(written | changed))
    assert [issue.path for issue in refused.value.issues] == [field]


def test_every_fault_of_a_rule_is_named_at_once() -> None:
    with pytest.raises(InvalidInput) as refused:
        Recurrence.of(time_zone="Mars/Base", local_start="x", local_end="y", dates=["z"])
    assert [issue.path for issue in refused.value.issues] == ["time_zone", "local_start", "local_end", "dates.0"]


def test_a_listed_window_may_end_where_the_clock_jumps() -> None:
    window = berlin("00:00", "02:00", dates=["2026-03-29"])
    assert total(expand(window, BERLIN_SPRING)) == 2 * 3600


def test_a_wrong_series_is_refused_with_the_names_of_its_fields() -> None:
    with pytest.raises(InvalidInput) as refused:
        MeetingSeries.of(time_zone="Mars/Base", local_start="x", minutes=0, rrule="FREQ=WEEKLY")
    paths = [issue.path for issue in refused.value.issues]
    assert paths == ["time_zone", "local_start", "effective_from", "minutes"]

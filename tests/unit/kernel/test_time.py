"""Instants, local times and the places where clocks jump."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from domain.kernel.errors import InvalidInput
from domain.kernel.time import (
    DAY,
    FixedClock,
    SystemClock,
    Window,
    as_utc,
    from_seconds,
    instant_showing,
    local_instant,
    offset_segments,
    to_seconds,
    wall_seconds,
    zone,
)

NOON = datetime(2026, 3, 28, 12, tzinfo=UTC)


def utc(text: str) -> int:
    return to_seconds(datetime.fromisoformat(text).replace(tzinfo=UTC))


def fields(refused: pytest.ExceptionInfo[InvalidInput]) -> list[str]:
    return [issue.path for issue in refused.value.issues]


def test_a_naive_instant_is_refused_with_the_name_of_its_field() -> None:
    with pytest.raises(InvalidInput) as refused:
        as_utc(datetime(2026, 3, 28), "change.start")  # noqa: DTZ001 - the point of the test
    assert fields(refused) == ["change.start"]


def test_an_offset_is_converted_to_utc() -> None:
    assert as_utc(datetime(2026, 3, 28, 13, tzinfo=timezone(timedelta(hours=1))), "start") == NOON


def test_seconds_and_instants_are_inverse_and_round_down() -> None:
    assert from_seconds(to_seconds(NOON)) == NOON
    assert to_seconds(NOON + timedelta(milliseconds=999)) == to_seconds(NOON)
    assert to_seconds(datetime(1969, 12, 31, 23, 59, 59, 500_000, tzinfo=UTC)) == -1


@pytest.mark.parametrize("name", ["Europe/Atlantis", "", "../etc/passwd", "/etc/localtime", "Europe"])
def test_an_unknown_zone_is_refused_with_the_name_of_its_field(name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        zone(name, "time_zone")
    assert fields(refused) == ["time_zone"]


def test_a_window_that_does_not_end_after_its_start_is_refused() -> None:
    for end in (NOON, NOON - timedelta(hours=1)):
        with pytest.raises(InvalidInput) as refused:
            Window.of(NOON, end, "planned")
        assert fields(refused) == ["planned.end"]


def test_touching_windows_do_not_overlap_and_the_end_is_outside() -> None:
    first = Window.of(NOON, NOON + timedelta(hours=1))
    second = Window.of(NOON + timedelta(hours=1), NOON + timedelta(hours=2))
    assert not first.overlaps(second)
    assert not second.overlaps(first)
    assert first.contains(NOON)
    assert not first.contains(first.end)
    assert first.seconds == (to_seconds(NOON), to_seconds(NOON) + 3600)
    assert first.duration == timedelta(hours=1)


def test_a_fixed_clock_moves_only_when_told() -> None:
    clock = FixedClock(NOON)
    assert clock.now() == clock.now() == NOON
    clock.advance(timedelta(minutes=5))
    assert clock.now() == NOON + timedelta(minutes=5)
    assert SystemClock().now().tzinfo is UTC


@pytest.mark.parametrize(
    ("name", "around", "changes"),
    [
        ("Europe/Berlin", "2026-03-29T00:00", [("2026-03-29T01:00", 7200)]),
        ("Europe/Berlin", "2026-10-25T00:00", [("2026-10-25T01:00", 3600)]),
        ("America/New_York", "2026-11-01T00:00", [("2026-11-01T06:00", -18000)]),
        ("Australia/Lord_Howe", "2026-04-05T00:00", [("2026-04-04T15:00", 37800)]),
        ("Africa/Cairo", "2026-04-24T00:00", [("2026-04-23T22:00", 10800)]),
        ("America/St_Johns", "2010-03-14T00:00", [("2010-03-14T03:31", -9000)]),
        ("Asia/Kolkata", "2026-03-29T00:00", []),
        ("America/Sao_Paulo", "2018-11-04T00:00", [("2018-11-04T03:00", -7200)]),
        ("Pacific/Apia", "2011-12-30T00:00", [("2011-12-30T10:00", 50400)]),
        ("Pacific/Kiritimati", "1994-12-31T00:00", [("1994-12-31T10:00", 50400)]),
    ],
)
def test_a_horizon_is_cut_exactly_where_the_offset_changes(
    name: str, around: str, changes: list[tuple[str, int]]
) -> None:
    within = (utc(around) - 2 * DAY, utc(around) + 2 * DAY)
    segments = offset_segments(ZoneInfo(name), within)
    assert [(start, offset) for start, _, offset in segments[1:]] == [(utc(at), offset) for at, offset in changes]
    assert (segments[0][0], segments[-1][1]) == within
    assert all(earlier[1] == later[0] for earlier, later in pairwise(segments))


def test_a_horizon_over_several_years_is_covered_without_a_seam() -> None:
    within = (utc("2024-12-31T12:00"), utc("2027-01-01T12:00"))
    segments = offset_segments(ZoneInfo("Europe/Berlin"), within)
    assert len(segments) == 5
    assert segments[0] == (within[0], utc("2025-03-30T01:00"), 3600)
    assert segments[-1] == (utc("2026-10-25T01:00"), within[1], 3600)


def test_the_wall_clock_shows_local_time() -> None:
    assert wall_seconds(utc("2026-07-01T12:00"), ZoneInfo("Asia/Kolkata")) == utc("2026-07-01T17:30")


@pytest.mark.parametrize(
    ("local", "instant"),
    [
        ("2026-03-29T01:59", "2026-03-29T00:59"),
        ("2026-03-29T02:30", "2026-03-29T01:30"),
        ("2026-03-29T03:00", "2026-03-29T01:00"),
        ("2026-10-25T02:30", "2026-10-25T00:30"),
        ("2026-10-25T03:00", "2026-10-25T02:00"),
    ],
)
def test_a_jumped_time_takes_the_offset_before_the_gap_and_a_doubled_one_is_the_first(local: str, instant: str) -> None:
    assert instant_showing(utc(local), ZoneInfo("Europe/Berlin")) == utc(instant)


def test_a_one_off_local_time_becomes_an_instant() -> None:
    local = datetime.fromisoformat("2026-10-25T02:30")
    assert local_instant(local, "Europe/Berlin", "start") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("local", "name"),
    [
        (datetime.fromisoformat("2026-03-29T02:30"), "Europe/Berlin"),
        (datetime.fromisoformat("2018-11-04T00:00"), "America/Sao_Paulo"),
        (datetime.fromisoformat("2011-12-30T12:00"), "Pacific/Apia"),
        (datetime.fromisoformat("2026-03-28T02:30"), "Europe/Atlantis"),
        (NOON, "Europe/Berlin"),
    ],
)
def test_a_one_off_local_time_that_does_not_exist_is_refused(local: datetime, name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        local_instant(local, name, "window.start")
    assert fields(refused) == ["window.start"]

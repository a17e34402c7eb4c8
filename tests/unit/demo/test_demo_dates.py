"""The demo's calendar: bank holidays, the board's week, and what the tables mean by a time."""

from datetime import UTC, date, datetime

import pytest

from api.demo.dates import Timeline, bank_holidays, easter, this_monday


@pytest.mark.parametrize(
    "sunday", [date(2024, 3, 31), date(2025, 4, 20), date(2026, 4, 5), date(2027, 3, 28), date(2038, 4, 25)]
)
def test_easter_is_when_the_church_says(sunday: date) -> None:
    assert easter(sunday.year) == sunday


def test_banks_close_on_moving_and_fixed_days() -> None:
    closed = bank_holidays(2026)
    assert {date(2026, 4, 3), date(2026, 5, 14), date(2026, 10, 31), date(2026, 12, 24)} <= set(closed)
    assert len(closed) == 12


def test_the_default_present_is_monday_eight_o_clock_at_the_bank() -> None:
    sunday_night_in_utc = datetime(2026, 7, 5, 22, 30, tzinfo=UTC)
    assert this_monday(sunday_night_in_utc) == datetime(2026, 7, 6, 6, tzinfo=UTC)
    assert this_monday(datetime(2026, 11, 29, 22, tzinfo=UTC)) == datetime(2026, 11, 23, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("as_of", "board_day"),
    [
        (datetime(2026, 11, 23, 7, tzinfo=UTC), date(2026, 11, 25)),
        (datetime(2026, 11, 24, 9, tzinfo=UTC), date(2026, 12, 2)),
        (datetime(2026, 11, 26, 7, tzinfo=UTC), date(2026, 12, 2)),
        (datetime(2024, 4, 29, 6, tzinfo=UTC), date(2024, 5, 8)),
    ],
    ids=["Monday", "after the cut-off", "Thursday", "before Labour Day on a Wednesday"],
)
def test_week_zero_is_that_of_the_next_board_that_takes_changes(as_of: datetime, board_day: date) -> None:
    assert Timeline(as_of).board_day == board_day


@pytest.mark.parametrize(
    ("when", "instant"),
    [
        ("0 Fri 20:00", datetime(2026, 11, 27, 19, tzinfo=UTC)),
        ("-1 Mon 00:00", datetime(2026, 11, 15, 23, tzinfo=UTC)),
        ("+1 22:00", datetime(2026, 11, 24, 21, tzinfo=UTC)),
        ("+5 22:00", datetime(2026, 11, 30, 21, tzinfo=UTC)),
        ("in 12", datetime(2026, 11, 23, 19, tzinfo=UTC)),
    ],
)
def test_tables_tell_times_from_the_board_from_today_and_from_now(when: str, instant: datetime) -> None:
    assert Timeline(datetime(2026, 11, 23, 7, tzinfo=UTC)).at(when) == instant


def test_times_are_local_across_the_change_of_clocks() -> None:
    before_spring = Timeline(datetime(2027, 3, 22, 7, tzinfo=UTC))
    assert before_spring.at("0 Sat 20:00") == datetime(2027, 3, 27, 19, tzinfo=UTC)
    assert before_spring.at("1 Mon 20:00") == datetime(2027, 3, 29, 18, tzinfo=UTC)

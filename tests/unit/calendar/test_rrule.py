"""Recurrence rules choose the dates RFC 5545 says."""

import random
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from domain.calendar.rrule import parse_rrule
from domain.kernel.errors import InvalidInput

START = date(2026, 1, 1)
END = date(2026, 12, 31)


def dates(text: str, effective_from: date | None = START, first: date = START, last: date = END) -> list[str]:
    return [day.isoformat() for day in parse_rrule(text, "rrule").dates(effective_from, first, last)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FREQ=DAILY;COUNT=3", ["2026-01-01", "2026-01-02", "2026-01-03"]),
        ("FREQ=DAILY;INTERVAL=10;UNTIL=20260121", ["2026-01-01", "2026-01-11", "2026-01-21"]),
        ("FREQ=DAILY;BYDAY=SA,SU;COUNT=2", ["2026-01-03", "2026-01-04"]),
        ("FREQ=WEEKLY;COUNT=2", ["2026-01-01", "2026-01-08"]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;COUNT=4", ["2026-01-01", "2026-01-12", "2026-01-15", "2026-01-26"]),
        ("FREQ=MONTHLY;BYDAY=2WE;COUNT=3", ["2026-01-14", "2026-02-11", "2026-03-11"]),
        ("FREQ=MONTHLY;BYDAY=-1SU;COUNT=3", ["2026-01-25", "2026-02-22", "2026-03-29"]),
        ("FREQ=MONTHLY;BYDAY=5FR;COUNT=2", ["2026-01-30", "2026-05-29"]),
        ("FREQ=MONTHLY;BYMONTHDAY=31;COUNT=3", ["2026-01-31", "2026-03-31", "2026-05-31"]),
        ("FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=2", ["2026-01-31", "2026-02-28"]),
        ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", ["2026-02-13", "2026-03-13", "2026-11-13"]),
        ("FREQ=MONTHLY;INTERVAL=6", ["2026-01-01", "2026-07-01"]),
        ("RRULE:freq=monthly;byday=1mo;until=20260201", ["2026-01-05"]),
    ],
)
def test_a_rule_chooses_its_dates(text: str, expected: list[str]) -> None:
    assert dates(text) == expected


def test_counting_begins_with_the_first_date_however_late_one_looks() -> None:
    assert dates("FREQ=DAILY;INTERVAL=7;COUNT=5", START, date(2026, 1, 20), END) == ["2026-01-22", "2026-01-29"]
    assert dates("FREQ=WEEKLY;INTERVAL=2;BYDAY=TH", START, date(2026, 12, 10), END) == ["2026-12-17", "2026-12-31"]


def test_looking_at_a_part_shows_the_part_of_the_whole(worlds: Callable[[int], int]) -> None:
    texts = [
        "FREQ=DAILY;INTERVAL=3",
        "FREQ=WEEKLY;INTERVAL=3;BYDAY=MO,SU",
        "FREQ=MONTHLY;INTERVAL=2;BYDAY=3TU,-1FR",
        "FREQ=MONTHLY;BYMONTHDAY=1,15,-1;COUNT=17",
    ]
    for seed in range(worlds(2_000)):
        rng = random.Random(seed)
        text = rng.choice(texts)
        first = START + timedelta(days=rng.randrange(200))
        last = first + timedelta(days=rng.randrange(-1, 120))
        assert dates(text, START, first, last) == [
            day for day in dates(text) if first.isoformat() <= day <= last.isoformat()
        ]


@pytest.mark.parametrize("text", ["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO", "FREQ=MONTHLY;BYMONTHDAY=1"])
def test_a_rule_that_says_everything_itself_needs_no_first_date(text: str) -> None:
    assert not parse_rrule(text, "rrule").needs_first_date
    assert dates(text, None) == dates(text)


@pytest.mark.parametrize("text", ["FREQ=DAILY;INTERVAL=2", "FREQ=WEEKLY", "FREQ=MONTHLY", "FREQ=DAILY;COUNT=2"])
def test_a_rule_that_counts_from_its_start_needs_a_first_date(text: str) -> None:
    assert parse_rrule(text, "rrule").needs_first_date


@pytest.mark.parametrize(
    "text",
    [
        "",
        "FREQ=YEARLY",
        "FREQ=",
        "INTERVAL=2",
        "FREQ=DAILY;FREQ=DAILY",
        "FREQ=DAILY;BYHOUR=3",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=-1",
        "FREQ=DAILY;INTERVAL=" + "9" * 5000,
        "FREQ=DAILY;COUNT=²",
        "FREQ=DAILY;COUNT=2;UNTIL=20260101",
        "FREQ=DAILY;UNTIL=20260231",
        "FREQ=DAILY;UNTIL=20260201T000000Z",
        "FREQ=WEEKLY;BYDAY=2WE",
        "FREQ=WEEKLY;BYMONTHDAY=1",
        "FREQ=WEEKLY;BYDAY=",
        "FREQ=MONTHLY;BYDAY=6WE",
        "FREQ=MONTHLY;BYMONTHDAY=0",
        "FREQ=MONTHLY;BYMONTHDAY=32",
        "FREQ=DAILY;;",
    ],
)
def test_a_rule_outside_the_subset_is_refused_with_the_name_of_its_field(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_rrule(text, "window.rrule")
    assert [issue.path for issue in refused.value.issues] == ["window.rrule"]

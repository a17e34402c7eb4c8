"""The words of the report: names where there are names, times of the bank, terms people use."""

from datetime import UTC, datetime

import pytest

from api.demo.wording import CONFLICT_WORDS, FORUM_WORDS, Names, minutes, moment, span
from domain.conflict.model import ConflictCode
from domain.risk.routing import Forum

SERVICE, FIRST, SECOND = "01jayn6dgxhmcs8y0gv0hac25z", "01jayn6dh1tgc2bdtg3b4w3zzf", "01jayn6dh7wg4nttcchd24g01g"
NAMES = Names({SERVICE: "Online Banking", FIRST: "CHG0000815", SECOND: "CHG0000816"})


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (f"unmapped impact: {SERVICE}", "unmapped impact: Online Banking"),
        (f"{FIRST} and {SECOND} meet", "CHG0000815 and CHG0000816 meet"),
        ("nothing to replace", "nothing to replace"),
    ],
)
def test_ids_and_short_forms_become_words(said: str, told: str) -> None:
    assert NAMES.told(said) == told


def test_what_has_no_name_keeps_its_id() -> None:
    assert Names({}).told(f"see {SERVICE}") == f"see {SERVICE}"


def test_times_are_those_of_the_bank() -> None:
    evening, night = datetime(2026, 7, 3, 20, tzinfo=UTC), datetime(2026, 7, 3, 22, 30, tzinfo=UTC)
    assert moment(evening) == "Fri 03 Jul 2026 22:00"
    assert span(evening, night) == "Fri 03 Jul 2026 22:00 to Sat 04 Jul 00:30"


@pytest.mark.parametrize(("count", "words"), [(0, "0 min"), (59.6, "1 h"), (112, "1 h 52 min"), (30, "30 min")])
def test_lengths_are_hours_and_minutes(count: float, words: str) -> None:
    assert minutes(count) == words


def test_every_kind_of_conflict_and_every_forum_has_words() -> None:
    assert set(CONFLICT_WORDS) == set(ConflictCode)
    assert set(FORUM_WORDS) == set(Forum)

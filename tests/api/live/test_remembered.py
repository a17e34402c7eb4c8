"""What was answered once is answered again without work, in bounds."""

from typing import cast

from api.live.documents import GroupKey
from api.live.remembered import Remembered

DESK, AUDIT = cast(GroupKey, "desk"), cast(GroupKey, "audit")


def test_each_group_has_its_own_answer_to_an_event() -> None:
    remembered = Remembered()
    remembered.keep(DESK, 1, "all", "at")
    remembered.keep(AUDIT, 1, "some", "at")
    assert (remembered.answer(DESK, 1), remembered.answer(AUDIT, 1)) == (("all", "at"), ("some", "at"))
    assert remembered.answer(DESK, 2) is None


def test_what_nobody_asked_for_the_longest_is_forgotten_first() -> None:
    remembered = Remembered(most_characters=10)
    for position in range(3):
        remembered.keep(DESK, position, "abc", "at")
    remembered.answer(DESK, 0)
    remembered.keep(DESK, 3, "abc", "at")
    assert [remembered.answer(DESK, position) for position in range(4)] == [
        ("abc", "at"),
        None,
        ("abc", "at"),
        ("abc", "at"),
    ]


def test_an_answer_made_twice_takes_its_room_once() -> None:
    remembered = Remembered(most_characters=10)
    for _ in range(9):
        remembered.keep(DESK, 1, "abcdef", "at")
    remembered.keep(DESK, 2, "abcd", "at")
    assert (remembered.answer(DESK, 1), remembered.answer(DESK, 2)) == (("abcdef", "at"), ("abcd", "at"))


def test_an_answer_past_every_bound_is_not_kept() -> None:
    remembered = Remembered(most_characters=10)
    remembered.keep(DESK, 1, "abcdefghijk", "at")
    assert remembered.answer(DESK, 1) is None

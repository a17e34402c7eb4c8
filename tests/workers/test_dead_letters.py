"""A consumer that may set events aside goes on past those it fails on; nothing is lost, each subject keeps order."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from domain.kernel.events import Event
from workers.consumers import Consumer
from workers.retries import TRIES


class Mail:
    """Notes what it was given to write, and fails on subjects it is told to fail on."""

    def __init__(self) -> None:
        self.poisoned: set[str] = set()
        self.written: list[tuple[str, int]] = []

    async def compute(self, events: Sequence[Event]) -> Any:
        if self.poisoned & {event.subject_id for event in events}:
            raise ValueError("cannot be sent")

        async def write(_connection: Any) -> None:
            self.written += [(event.subject_id, event.position or 0) for event in events]

        return write


@pytest.fixture
def mail(following: Any) -> Mail:
    sender = Mail()
    following.add(Consumer("mail", sender.compute, sets_aside=True))
    return sender


async def test_what_fails_holds_up_no_other_subject_and_is_delivered_in_order_once_it_can_be(
    following: Any, mail: Mail, edit: Any, clock: Any
) -> None:
    mail.poisoned = {"c1"}
    for change_id in ("c0", "c1", "c2", "c1"):
        await edit(change_id)
    await following.until_idle()
    await edit("c1")
    await edit("c2")
    await following.until_idle()
    assert mail.written == [("c0", 1), ("c2", 3), ("c2", 6)]
    assert await following.log.offset("mail") == 6
    assert [(one.position, one.attempts) for one in await following.letters.all("mail")] == [(2, 1), (4, 0), (5, 0)]
    clock.advance(timedelta(seconds=4))
    mail.poisoned = set()
    await following.until_idle()
    assert len(mail.written) == 3
    clock.advance(timedelta(seconds=1))
    await following.until_idle()
    assert mail.written[3:] == [("c1", 2), ("c1", 4), ("c1", 5)]
    assert await following.letters.all() == []


async def test_what_keeps_failing_is_parked_with_its_error_until_it_is_told_to_try_again(
    following: Any, mail: Mail, edit: Any, clock: Any
) -> None:
    mail.poisoned = {"c1"}
    await edit("c1")
    for _ in range(TRIES):
        await following.until_idle()
        clock.advance(timedelta(hours=1))
    (letter,) = await following.letters.all()
    assert (letter.attempts, letter.retry_at, letter.subject_id) == (TRIES, None, "c1")
    assert letter.error == "ValueError('cannot be sent')"
    mail.poisoned = set()
    await following.until_idle()
    assert mail.written == []
    await following.letters.retry([letter], clock.now())
    await following.until_idle()
    assert mail.written == [("c1", 1)]


async def test_a_change_that_can_never_be_assessed_is_parked(
    following: Any, edit: Any, assessing: Any, clock: Any
) -> None:
    assessing.poisoned = {"c1"}
    await edit("c1")
    await edit("c2")
    for _ in range(TRIES + 1):
        await following.until_idle()
        clock.advance(timedelta(hours=1))
    (letter,) = await following.letters.all()
    assert (letter.consumer, letter.subject_id, letter.retry_at) == ("rechecks", "c1", None)
    assert await following.rechecks.waiting() == 0
    assessing.poisoned = set()
    await edit("c1")
    await following.until_idle()
    assert await following.letters.all() == []

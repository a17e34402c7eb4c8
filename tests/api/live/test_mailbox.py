"""Messages leave in the order they came, whoever takes them when; nobody who puts one in is held up."""

import asyncio

import pytest

from api.live.mailbox import MOST_WAITING, Mailbox


async def test_what_came_before_and_what_comes_while_one_waits_is_taken_in_order() -> None:
    mailbox = Mailbox()
    mailbox.put("1")
    assert await mailbox.take() == "1"
    taking = asyncio.create_task(mailbox.take())
    await asyncio.sleep(0)
    assert mailbox.put("2")
    assert mailbox.put("3")
    assert [await taking, await mailbox.take()] == ["2", "3"]


async def test_a_message_that_comes_as_its_taker_gives_up_is_for_the_next() -> None:
    mailbox = Mailbox()
    for order in ("gives up first", "is put first"):
        taking = asyncio.create_task(mailbox.take())
        await asyncio.sleep(0)
        if order == "gives up first":
            taking.cancel()
        assert mailbox.put(order)
        taking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await taking
        async with asyncio.timeout(5):
            assert await mailbox.take() == order


async def test_a_full_mailbox_takes_answers_of_the_protocol_alone_and_has_room_once_half_is_gone() -> None:
    mailbox = Mailbox()
    assert all(mailbox.put(str(number)) for number in range(MOST_WAITING))
    assert not mailbox.put("one too many")
    mailbox.put_urgent("pong")
    waiting = asyncio.create_task(mailbox.room())
    taken = [await mailbox.take() for _ in range(MOST_WAITING // 2)]
    await asyncio.sleep(0)
    assert not waiting.done()
    taken += [await mailbox.take() for _ in range(len(mailbox))]
    await waiting
    assert taken == [*map(str, range(MOST_WAITING)), "pong"]

"""Tasks are ended even when they lose a cancellation, as drivers do whose timeout it meets."""

import asyncio

import pytest

from workers import ending


async def test_a_task_that_loses_its_first_cancellation_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "AGAIN_AFTER_SECONDS", 0.01)
    lost: list[str] = []

    async def listen() -> None:
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                if lost:
                    raise
                lost.append("taken for a timeout")

    task = asyncio.create_task(listen())
    await asyncio.sleep(0)
    await ending.end(task)
    assert task.cancelled()
    assert lost == ["taken for a timeout"]
    await ending.end(task)

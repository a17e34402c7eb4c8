"""Following costs: to begin what the answer to one event costs, to go on from the log one for each of its events."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.settings import ApiSettings
from domain.kernel.time import FixedClock
from tests.api.live.conftest import populated
from tests.api.live.place import Place, connected, open_place, streaming
from tests.api.live.test_subscriptions import incident
from tests.builders import MONDAY

TEXT = "subscription ($after: String) { ticketEvents(after: $after) { cursor version } }"
COST = 4
"""What it costs to begin: the feed, its event, and two fields of it."""


@pytest.fixture(params=[2 * COST])
async def place(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    """A server on which an actor may spend a few points a minute."""
    async with open_place(tmp_path, ApiSettings(cost_per_minute=request.param), FixedClock(MONDAY)) as opened:
        await populated(opened)
        yield opened


def is_rate_limited(error: Any) -> bool:
    extensions = error["extensions"]
    return extensions["code"] == "RATE_LIMITED" and 1 <= extensions["retryAfter"] <= 60


async def head(place: Place) -> str:
    """Return the cursor of the last event, once the feed has come so far."""
    last = await place.runtime.log.head()
    while place.feed.position < last:  # noqa: ASYNC110 - the feed comes in its own time
        await asyncio.sleep(0.01)
    return str(place.feed.key.cursor(last))


async def stream_refused(place: Place, **variables: Any) -> httpx.Response:
    headers = {"Accept": "text/event-stream", "Authorization": "Bearer desk"}
    async with httpx.AsyncClient(headers=headers) as client:
        return await client.post(place.http, json={"query": TEXT, "variables": variables})


async def test_to_begin_costs_and_is_refused_with_the_time_to_come_back(place: Place) -> None:
    async with connected(place) as socket:
        for key in ("1", "2"):
            await socket.follow(TEXT, key=key)
        await socket.follow(TEXT, key="3")
        refused = socket.heard.pop()
        assert (refused["id"], refused["type"]) == ("3", "error")
        assert is_rate_limited(refused["payload"][0])
        await place.holds(incident())
        assert {(await socket.receive())["id"] for _ in range(2)} == {"1", "2"}, "what was begun goes on"
        await socket.nothing_more()
    response = await stream_refused(place)
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (429, "RATE_LIMITED")
    assert 1 <= int(response.headers["retry-after"]) <= 60
    async with connected(place, "root") as socket:
        await socket.follow(TEXT)
        assert socket.heard == [], "the budget of another is another"


@pytest.mark.parametrize("place", [COST + 4], indirect=True)
async def test_a_replay_that_is_paid_for_comes_and_one_beyond_the_budget_ends_with_an_error(place: Place) -> None:
    start = await head(place)
    record = incident()
    await place.holds(record)
    for _ in range(3):
        await place.does("incident.updated", record)
    await head(place)
    async with connected(place) as socket:
        await socket.follow(TEXT, after=start)
        assert [(await socket.event())["version"] for _ in range(4)] == [1, 2, 3, 4]
        await place.does("incident.updated", record)
        assert (await socket.event())["version"] == 5, "what happens now costs nothing"
        await socket.nothing_more()
    async with connected(place, "root") as socket:
        await socket.follow(TEXT, after=start)
        ended = socket.heard.pop() if socket.heard else await socket.receive()
        assert (ended["id"], ended["type"]) == ("1", "error")
        assert is_rate_limited(ended["payload"][0])
        await place.does("incident.updated", record)
        await socket.nothing_more()


@pytest.mark.parametrize("place", [COST + 1], indirect=True)
async def test_a_stream_tells_why_its_replay_ends(place: Place) -> None:
    start = await head(place)
    record = incident()
    await place.holds(record)
    await place.does("incident.updated", record)
    await head(place)
    async with streaming(place, TEXT, after=start) as lines:
        told = [line async for line in lines if line.startswith(("event", "data"))]
    assert told[0] == "event: next"
    assert '"code":"RATE_LIMITED"' in told[1]
    assert told[2:] == ["event: complete", "data:"]

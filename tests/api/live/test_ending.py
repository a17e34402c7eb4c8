"""How following ends: with the token in the middle of it, with the account, with the server."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import orjson

from domain.kernel.actor import Role
from tests.api.live.place import Place, connected, streaming
from tests.api.live.test_subscriptions import incident, the_account

TEXT = "subscription { ticketEvents { version } }"


async def told(lines: AsyncIterator[str]) -> list[str]:
    """Return what a stream says to its end, without what keeps it open."""
    return [line async for line in lines if line.startswith(("event", "data"))]


async def runs_out(place: Place, token: str) -> None:
    """Let an account ask with a token that is good for a second."""
    await place.account(token, Role.AUDITOR, expires_at=place.ports.clock.now() + timedelta(seconds=1))


async def test_a_stream_ends_with_its_token_in_the_middle_and_says_why(place: Place) -> None:
    record = incident()
    await place.holds(record)
    await runs_out(place, "short")
    async with streaming(place, TEXT, token="short") as lines:
        await place.does("incident.updated", record)
        heard = await told(lines)
    assert heard[:2] == ["event: next", 'data: {"data":{"ticketEvents":{"version":2}}}']
    (error,) = orjson.loads(heard[3].removeprefix("data: "))["errors"]
    assert (heard[2], error["message"]) == ("event: next", "The token has expired")
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    assert heard[4:] == ["event: complete", "data:"]
    assert not place.feed.listeners
    async with httpx.AsyncClient(headers={"Accept": "text/event-stream", "Authorization": "Bearer short"}) as client:
        assert (await client.post(place.http, json={"query": TEXT})).status_code == 401


async def test_a_socket_ends_with_its_token_while_it_follows(place: Place) -> None:
    record = incident()
    await place.holds(record)
    await runs_out(place, "short")
    async with connected(place, "short") as socket:
        await socket.follow(TEXT)
        await place.does("incident.updated", record)
        assert (await socket.event())["version"] == 2
        assert await socket.close_code() == 4403
    assert not place.feed.listeners


async def test_a_stream_ends_when_its_account_is_revoked(place: Place) -> None:
    async with streaming(place, TEXT) as lines:
        await place.does("service_account.revoked", the_account("desk"), token_hash="gone")
        heard = await told(lines)
    assert '"code":"UNAUTHENTICATED"' in heard[1]
    assert heard[2:] == ["event: complete", "data:"]


async def test_a_stream_of_a_server_that_stops_is_cut_so_that_clients_connect_again(place: Place) -> None:
    async with streaming(place, TEXT) as lines:
        stopping = asyncio.create_task(place.feed.stop())
        assert await told(lines) == [], "a stream that completes is not taken up again"
        await stopping

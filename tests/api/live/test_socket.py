"""GraphQL over WebSocket on a real port: a token opens the connection, and operations are answered as over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import orjson
import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from api.app import create_app
from api.live import socket as endpoint
from api.live.rights import FORBIDDEN
from domain.kernel.actor import SYSTEM
from domain.people.model import ServiceAccount
from domain.people.rules import token_hash
from domain.usecases.accounts import revoke_account
from tests.api.server import TOKEN
from tests.builders import a_service_account, saved
from workers.runtime import Runtime

PROTOCOL = Subprotocol("graphql-transport-ws")
BEARER = {"authorization": f"Bearer {TOKEN}"}


@pytest.fixture
async def runtime(record_url: str) -> Runtime:
    """The runtime of the server, which stops it."""
    opened = await Runtime.open(record_url)
    await saved(opened.ports.work, a_service_account(token_hash=token_hash(TOKEN)))
    return opened


@pytest.fixture
async def url(runtime: Runtime) -> AsyncIterator[str]:
    """The address of a server on a free port."""

    async def opened() -> Runtime:
        return runtime

    server = uvicorn.Server(uvicorn.Config(create_app(opened), port=0, log_level="warning", ws="websockets-sansio"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - the server tells by a flag alone
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"ws://127.0.0.1:{port}/graphql"
    server.should_exit = True
    await serving


class Socket:
    """A connection that speaks JSON."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def send(self, **message: Any) -> None:
        await self._connection.send(orjson.dumps(message).decode())

    async def receive(self) -> Any:
        return orjson.loads(await self._connection.recv())

    async def answers(self, text: str) -> list[Any]:
        """Send an operation and return every message about it."""
        await self.send(id="1", type="subscribe", payload={"query": text})
        messages = [await self.receive()]
        while messages[-1]["type"] not in ("complete", "error"):
            messages.append(await self.receive())
        return messages

    async def close_code(self) -> int | None:
        """Return the code with which the server closes the connection."""
        with pytest.raises(ConnectionClosed) as closed:
            await self._connection.recv()
        return None if closed.value.rcvd is None else closed.value.rcvd.code


@asynccontextmanager
async def opened(url: str, protocol: Subprotocol = PROTOCOL) -> AsyncIterator[Socket]:
    async with connect(url, subprotocols=[protocol]) as connection:
        yield Socket(connection)


async def test_a_query_is_answered_and_completed(url: str) -> None:
    async with opened(url) as socket:
        await socket.send(type="connection_init", payload=BEARER)
        assert await socket.receive() == {"type": "connection_ack"}
        answer, complete = await socket.answers("{ viewer { name } people { totalCount } }")
        assert answer["payload"]["data"] == {"viewer": {"name": "test"}, "people": {"totalCount": 0}}
        assert complete == {"id": "1", "type": "complete"}


async def test_errors_carry_codes_and_limits_hold_here_too(url: str) -> None:
    async with opened(url) as socket:
        await socket.send(type="connection_init", payload=BEARER)
        await socket.receive()
        flood = "{ " + " ".join(f"a{number}: viewer {{ name }}" for number in range(101)) + " }"
        for text, code in (
            ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
            ("{", "GRAPHQL_PARSE_FAILED"),
            (flood, "LIMIT_EXCEEDED"),
        ):
            (message,) = await socket.answers(text)
            assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", code)


@pytest.mark.parametrize("payload", [None, {}, {"authorization": "Bearer wrong"}, {"authorization": 7}])
async def test_without_a_token_the_connection_is_closed(url: str, payload: dict[str, Any] | None) -> None:
    async with opened(url) as socket:
        await socket.send(type="connection_init", **({} if payload is None else {"payload": payload}))
        assert await socket.close_code() == 4403


async def test_the_connection_ends_with_its_token(url: str, runtime: Runtime) -> None:
    soon = runtime.ports.clock.now() + timedelta(seconds=1)
    await saved(runtime.ports.work, a_service_account(token_hash=token_hash("hw_short"), expires_at=soon))
    async with opened(url) as socket:
        await socket.send(type="connection_init", payload={"authorization": "Bearer hw_short"})
        assert await socket.receive() == {"type": "connection_ack"}
        assert await socket.close_code() == FORBIDDEN


async def test_the_connection_ends_when_its_account_is_revoked(
    url: str, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.auth.RECHECK_SECONDS", 0.02)
    async with opened(url) as socket:
        await socket.send(type="connection_init", payload=BEARER)
        await socket.receive()
        async with runtime.ports.snapshot() as snapshot:
            (account,) = await snapshot.find_all(ServiceAccount)
        await revoke_account(runtime.ports, SYSTEM, account.id, account.version)
        assert await socket.close_code() == FORBIDDEN


async def test_operations_before_the_first_message_are_refused(url: str) -> None:
    async with opened(url) as socket:
        await socket.send(id="1", type="subscribe", payload={"query": "{ viewer { name } }"})
        assert await socket.close_code() == 4401


async def test_a_ping_is_answered(url: str) -> None:
    async with opened(url) as socket:
        await socket.send(type="connection_init", payload=BEARER)
        await socket.receive()
        await socket.send(type="ping")
        assert await socket.receive() == {"type": "pong"}


async def test_the_legacy_protocol_is_not_spoken(url: str) -> None:
    async with opened(url, Subprotocol("graphql-ws")) as socket:
        assert await socket.close_code() == 4406


async def test_a_page_of_another_origin_cannot_connect(url: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(url, subprotocols=[PROTOCOL], additional_headers={"Origin": "https://elsewhere.example"})
    assert refused.value.response.status_code == 403


async def acknowledged(socket: Socket) -> None:
    await socket.send(type="connection_init", payload=BEARER)
    assert await socket.receive() == {"type": "connection_ack"}


async def test_a_second_first_message_is_refused(url: str) -> None:
    async with opened(url) as socket:
        await acknowledged(socket)
        await socket.send(type="connection_init", payload=BEARER)
        assert await socket.close_code() == 4429


async def test_an_id_in_use_is_refused(url: str) -> None:
    async with opened(url) as socket:
        await acknowledged(socket)
        for _ in range(2):
            await socket.send(id="1", type="subscribe", payload={"query": "subscription { ciEvents { id } }"})
        assert await socket.close_code() == 4409


async def test_an_id_is_free_again_once_completed(url: str) -> None:
    async with opened(url) as socket:
        await acknowledged(socket)
        for _ in range(3):
            await socket.send(id="1", type="subscribe", payload={"query": "subscription { ciEvents { id } }"})
            await socket.send(id="1", type="complete")
        await socket.send(type="ping")
        assert await socket.receive() == {"type": "pong"}


@pytest.mark.parametrize("text", ["x", "[]", "{}", '{"type": 7}', '{"type": "start"}', '{"type": "subscribe"}'])
async def test_what_is_no_message_of_the_protocol_is_refused(url: str, text: str) -> None:
    async with opened(url) as socket:
        await acknowledged(socket)
        await socket._connection.send(text)
        assert await socket.close_code() == 4400


async def test_bytes_are_no_message(url: str) -> None:
    async with opened(url) as socket:
        await acknowledged(socket)
        await socket._connection.send(b'{"type": "ping"}')
        assert await socket.close_code() == 4400


async def test_who_says_nothing_is_not_waited_for(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "INIT_SECONDS", 0.05)
    async with opened(url) as socket:
        assert await socket.close_code() == 4408


async def test_more_operations_at_once_than_strawberry_lets_be(url: str) -> None:
    async with opened(url) as socket:
        await acknowledged(socket)
        for number in range(300):
            payload = {"query": "subscription { ciEvents { id } }"}
            await socket.send(id=str(number), type="subscribe", payload=payload)
        await socket.send(type="ping")
        assert await socket.receive() == {"type": "pong"}


async def test_the_token_may_stand_in_the_header_of_the_handshake(url: str) -> None:
    header = {"Authorization": BEARER["authorization"]}
    async with connect(url, subprotocols=[PROTOCOL], additional_headers=header) as connection:
        socket = Socket(connection)
        await socket.send(type="connection_init")
        assert await socket.receive() == {"type": "connection_ack"}

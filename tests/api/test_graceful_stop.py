"""A server that is asked to stop takes nothing new, answers what is under way, and says goodbye to sockets."""

import asyncio
from pathlib import Path

import orjson
import pytest
import uvicorn
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from api.app import create_app
from domain.people.rules import token_hash
from tests.api.server import TOKEN
from tests.builders import a_service_account, saved
from workers.runtime import Runtime

SERVICE_RESTART = 1012


async def test_what_is_under_way_is_answered_and_sockets_are_closed_for_a_restart(tmp_path: Path) -> None:
    async def opened() -> Runtime:
        runtime = await Runtime.open(f"sqlite:///{tmp_path}/record.db")
        await saved(runtime.ports.work, a_service_account(token_hash=token_hash(TOKEN)))
        return runtime

    server = uvicorn.Server(uvicorn.Config(create_app(opened), port=0, log_config=None, timeout_graceful_shutdown=10))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - the server tells by a flag alone
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]

    body = orjson.dumps({"query": "{ viewer { name } }"})
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"POST /graphql HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: {len(body)}\r\n"
    writer.write(f"{head}Content-Type: application/json\r\n\r\n".encode() + body[:5])
    await writer.drain()
    async with connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
        await socket.send(
            orjson.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {TOKEN}"}}).decode()
        )
        assert orjson.loads(await socket.recv()) == {"type": "connection_ack"}

        server.should_exit = True  # what SIGTERM does
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == SERVICE_RESTART
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)
    assert not serving.done()
    writer.write(body[5:])
    answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 200")
    assert b'{"data":{"viewer":{"name":"test"}}' in answer
    writer.close()
    await serving

"""A receiver of webhooks on a real port: it verifies what it is sent with the library receivers use, and has moods."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from standardwebhooks import Webhook, WebhookVerificationError

GOOD, BROKEN, REDIRECTING, LYING, GONE, HANGING = "good", "broken", "redirecting", "lying", "gone", "hanging"
_ANSWERS = {
    GOOD: b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
    BROKEN: b"HTTP/1.1 500 Oops\r\nContent-Length: 5\r\nConnection: close\r\n\r\nsorry",
    REDIRECTING: b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
    LYING: b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n" + b"x" * 50,
    GONE: b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
}


@dataclass
class Receiver:
    """What arrived, in order: message id, body as JSON and whether each of the secrets known verifies it."""

    port: int = 0
    mood: str = GOOD
    secrets: list[str] = field(default_factory=list)
    arrived: list[tuple[str, Any]] = field(default_factory=list)
    verified: list[list[bool]] = field(default_factory=list)
    tries: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?key=1"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one request and answer it by mood."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        assert head.startswith("POST /hook?key=1 HTTP/1.1\r\n")
        lines = [line.split(": ", 1) for line in head.split("\r\n")[1:] if line]
        headers = {name.lower(): value for name, value in lines}
        body = await reader.readexactly(int(headers["content-length"]))
        self.tries += 1
        if self.mood == HANGING:
            await reader.read()
        else:
            if self.mood == GOOD:
                self.arrived.append((headers["webhook-id"], orjson.loads(body)))
                self.verified.append([verifies(secret, body, headers) for secret in self.secrets])
            writer.write(_ANSWERS[self.mood])
        writer.close()


def verifies(secret: str, body: bytes, headers: dict[str, str]) -> bool:
    """Whether a message is signed with the secret."""
    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError:
        return False
    return True


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """Receive on a free port."""
    receiver = Receiver()
    server = await asyncio.start_server(receiver.answer, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    async with server:
        yield receiver

"""GraphQL over WebSocket, protocol `graphql-transport-ws`, on the ASGI connection itself.

A connection is acknowledged for a bearer token and for no other, in its first message or in the header of the
handshake. Messages go out as text from one mailbox by one task, so a slow socket waits for itself alone.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any, cast

import orjson
import structlog
from graphql import GraphQLError, OperationType
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect
from strawberry.http.websocket_origin import is_same_origin

from api.context import Backend
from api.errors import presented
from api.live.documents import RefusedDocumentError, operation_type, subscription
from api.live.rights import FORBIDDEN
from api.live.session import UNAUTHORIZED, Session
from api.live.subscriber import Frame
from api.schema import Schema
from domain.kernel.errors import Refusal

PROTOCOL = "graphql-transport-ws"
INIT_SECONDS = 10.0
MOST_OPERATIONS = 1_000
"""Operations at once on one connection."""
MOST_CHARACTERS = 1_000_000

BAD_REQUEST, INIT_TIMEOUT, NO_PROTOCOL = 4400, 4408, 4406
DUPLICATE_ID, TOO_MANY_INITS, INTERNAL = 4409, 4429, 4500

log = structlog.get_logger(__name__)


class ProtocolError(Exception):
    """A message that breaks the protocol: the code and reason with which the connection is closed."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class GraphQLSocket:
    """The endpoint: one `SocketSession` per connection."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection until either side ends it."""
        socket = WebSocket(scope, receive, send)
        origin = socket.headers.get("origin")
        if origin is not None and not is_same_origin(origin, socket.headers.get("host")):
            await socket.close()  # before it is accepted: a page of another origin gets 403
            return
        if PROTOCOL not in scope["subprotocols"]:
            await socket.accept()
            await socket.close(NO_PROTOCOL, "Subprotocol not acceptable")
            return
        await socket.accept(PROTOCOL)
        await SocketSession(socket, send, self._schema).run()


class SocketSession:
    """One connection: what it has been told, what it follows."""

    def __init__(self, socket: WebSocket, send: Send, schema: Schema) -> None:
        self._socket, self._send, self._schema = socket, send, schema
        self._backend: Backend = socket.app.state.backend
        self._request_id: str = socket.state.request_id
        self._session: Session | None = None
        self._was_begun = False
        self._closing: asyncio.Future[tuple[int, str]] = asyncio.get_running_loop().create_future()
        self._running: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Read until the connection ends; everything that runs for it ends with it."""
        reading = asyncio.create_task(self._read(), name="socket reads")
        try:
            either: set[asyncio.Future[Any]] = {reading, self._closing}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            reading.cancel()
            with suppress(asyncio.CancelledError, WebSocketDisconnect):
                await reading
            if self._session is not None:
                self._session.leave()
            for task in self._running.values():
                task.cancel()
            await asyncio.gather(*self._running.values(), return_exceptions=True)
        if self._closing.done():
            code, reason = self._closing.result()
            with suppress(Exception):  # the other side may be gone, or take nothing any more
                async with asyncio.timeout(1):
                    await self._socket.close(code, reason)

    def _close(self, code: int, reason: str) -> None:
        if not self._closing.done():
            self._closing.set_result((code, reason))

    async def _read(self) -> None:
        try:
            async with asyncio.timeout(INIT_SECONDS) as patience:
                while True:
                    message = await self._message()
                    await self._handle(message)
                    if self._session is not None:
                        patience.reschedule(None)
        except TimeoutError:
            self._close(INIT_TIMEOUT, "Connection initialisation timeout")
        except ProtocolError as broken:
            self._close(broken.code, broken.reason)
        except WebSocketDisconnect:
            return
        except Exception:
            log.exception("socket", request_id=self._request_id)
            self._close(INTERNAL, "Internal server error")

    async def _message(self) -> Mapping[str, Any]:
        received = await self._socket.receive()
        if received["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(received.get("code", 1000))
        text = received.get("text")
        try:
            message = orjson.loads(text) if text is not None and len(text) <= MOST_CHARACTERS else None
        except orjson.JSONDecodeError:
            message = None
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            raise ProtocolError(BAD_REQUEST, "Invalid message received")
        return message

    async def _handle(self, message: Mapping[str, Any]) -> None:
        match message["type"]:
            case "connection_init":
                await self._begin(message.get("payload"))
            case "ping":
                await self._say({"type": "pong"})
            case "pong":
                return
            case "subscribe":
                await self._subscribe(message)
            case "complete" if isinstance(message.get("id"), str):
                self._forget(message["id"])
            case _:
                raise ProtocolError(BAD_REQUEST, "Invalid message received")

    async def _begin(self, payload: Any) -> None:
        if self._was_begun:
            raise ProtocolError(TOO_MANY_INITS, "Too many initialisation requests")
        self._was_begun = True
        if payload is not None and not isinstance(payload, dict):
            raise ProtocolError(BAD_REQUEST, "Invalid message received")
        given = {str(name).lower(): value for name, value in (payload or {}).items()}
        authorization = given.get("authorization", self._socket.headers.get("authorization"))
        token = authorization if isinstance(authorization, str) else None
        session = await Session.opened(self._socket.app.state, self._schema, token, self._close)
        if session is None:
            raise ProtocolError(FORBIDDEN, "Forbidden")
        self._session = session
        await self._socket.send_text('{"type":"connection_ack"}')
        self._running[""] = asyncio.create_task(self._write(session), name="socket writes")

    async def _say(self, message: Mapping[str, Any]) -> None:
        """Send an answer of the protocol, in order with what waits."""
        text = orjson.dumps(message).decode()
        if self._session is None:
            await self._socket.send_text(text)
        else:
            self._session.mailbox.put_urgent(text)

    async def _write(self, session: Session) -> None:
        loop, send = asyncio.get_running_loop(), self._send
        try:
            while True:
                text = await session.mailbox.take()
                # Past starlette, whose checks of state cost as much as the frame; the feed looks after the time.
                session.sending_since = loop.time()
                await send({"type": "websocket.send", "text": text})
                session.sending_since = None
        except Exception as gone:
            # Servers tell a connection that is gone in ways of their own; whoever connects again misses nothing.
            log.info("socket closed while sending", request_id=self._request_id, reason=repr(gone))
            self._close(1001, "Going away")

    async def _subscribe(self, message: Mapping[str, Any]) -> None:
        if self._session is None:
            raise ProtocolError(UNAUTHORIZED, "Unauthorized")
        key, payload = message.get("id"), message.get("payload")
        if not isinstance(key, str) or not key or not isinstance(payload, dict):
            raise ProtocolError(BAD_REQUEST, "Invalid message received")
        text, variables, name = (payload.get(part) for part in ("query", "variables", "operationName"))
        if not isinstance(text, str) or not isinstance(variables, dict | None) or not isinstance(name, str | None):
            raise ProtocolError(BAD_REQUEST, "Invalid message received")
        if key in self._running or key in self._session.subscriptions:
            raise ProtocolError(DUPLICATE_ID, f"Subscriber for {key} already exists")
        if len(self._running) + len(self._session.subscriptions) > MOST_OPERATIONS:
            raise ProtocolError(TOO_MANY_INITS, f"At most {MOST_OPERATIONS:,} operations at once")
        if operation_type(self._schema._schema, text, name or None) is OperationType.SUBSCRIPTION:
            await self._follow(self._session, key, text, name or None, variables)
        else:
            task = asyncio.create_task(self._execute(self._session, key, text, name or None, variables))
            self._running[key] = task
            task.add_done_callback(lambda _: self._running.pop(key, None))

    async def _follow(
        self, session: Session, key: str, text: str, name: str | None, variables: dict[str, Any] | None
    ) -> None:
        try:
            document = subscription(self._schema._schema, text, name, variables, session.viewer.actor)
            await session.follow(key, document, next_frame(key), partial(self._end, session, key))
        except RefusedDocumentError as refused:
            await self._refuse(key, refused.errors)
        except Refusal as refusal:
            await self._refuse(key, [GraphQLError(refusal.message, original_error=refusal)])

    async def _execute(
        self, session: Session, key: str, text: str, name: str | None, variables: dict[str, Any] | None
    ) -> None:
        context = self._backend.operation(session.viewer.actor, f"{self._request_id}-{key}"[:80])
        try:
            result = await self._schema.execute(
                text, variable_values=variables, operation_name=name, context_value=context
            )
        except Exception as fault:
            known = isinstance(fault, GraphQLError) or "operation" in str(fault).lower()
            await self._refuse(key, [GraphQLError(str(fault)) if known else GraphQLError("", original_error=fault)])
            return
        errors = [error.formatted for error in result.errors or ()]
        was_executed = result.data is not None or any(error.path for error in result.errors or ())
        if not was_executed:
            await self._say({"id": key, "type": "error", "payload": errors})
            return
        payload: dict[str, Any] = {"data": result.data} | ({"errors": errors} if errors else {})
        if result.extensions:
            payload["extensions"] = result.extensions
        await self._say({"id": key, "type": "next", "payload": payload})
        await self._say({"id": key, "type": "complete"})

    async def _refuse(self, key: str, errors: Any) -> None:
        await self._say(self._refusal(key, errors))

    def _end(self, session: Session, key: str, errors: Any) -> None:
        """End a subscription that was followed with errors, after what waits."""
        session.forget(key)
        session.mailbox.put_urgent(orjson.dumps(self._refusal(key, errors)).decode())

    def _refusal(self, key: str, errors: Any) -> Mapping[str, Any]:
        shown = [presented(cast(GraphQLError, error), self._request_id).formatted for error in errors]
        return {"id": key, "type": "error", "payload": shown}

    def _forget(self, key: str) -> None:
        if self._session is not None:
            self._session.forget(key)
        task = self._running.get(key) if key else None
        if task is not None:
            task.cancel()


def next_frame(key: str) -> Frame:
    """Return what makes a message of a payload: the same text for all but its id."""
    before = f'{{"id":{orjson.dumps(key).decode()},"type":"next","payload":'
    return lambda payload, _cursor: f"{before}{payload}}}"

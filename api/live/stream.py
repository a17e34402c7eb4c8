"""GraphQL over server-sent events, in the distinct connections mode of `graphql-sse`: one request, one operation.

An answer is a stream only where a client accepts nothing else: some list `text/event-stream` beside JSON for plain
queries and mean JSON. Frames end in LF LF. The id of an event is its cursor, so a browser that connects again sends it
as `Last-Event-ID` and misses nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import orjson
from graphql import GraphQLError, OperationType
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.bodies import GRAPHQL, JSON, BadRequestError, GraphQLRequest
from api.errors import presented
from api.live.documents import RefusedDocumentError, operation_type, subscription
from api.live.mailbox import Mailbox
from api.live.session import Session
from api.schema import Schema
from domain.kernel.errors import Refusal

EVENT_STREAM = "text/event-stream"
KEEP_ALIVE_SECONDS = 12.0
"""Below what proxies take for silence."""
_HEADERS = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}
_COMPLETE = "event: complete\ndata:\n\n"
Executed = Callable[[], Any]


def wants_stream(accept: str | None) -> bool:
    """Whether a client accepts an event stream and no kind of JSON."""
    offered = {part.split(";")[0].strip().lower() for part in (accept or "").split(",")}
    return EVENT_STREAM in offered and offered.isdisjoint({JSON, GRAPHQL, "*/*", "application/*"})


async def streamed(request: Request, schema: Schema, asked: GraphQLRequest, execute: Executed) -> Response:
    """Return the stream that answers an operation; `execute` answers what is no subscription."""
    if operation_type(schema._schema, asked.query, asked.operation_name) is not OperationType.SUBSCRIPTION:
        return _stream(_once(await execute()))
    over: asyncio.Future[tuple[int, str]] = asyncio.get_running_loop().create_future()

    def close(code: int, reason: str) -> None:
        if not over.done():
            over.set_result((code, reason))

    session = await Session.opened(request.app.state, schema, request.headers.get("authorization"), close)
    if session is None:
        raise BadRequestError(401, "UNAUTHENTICATED", "Send 'Authorization: Bearer TOKEN'.")
    try:
        document = subscription(
            schema._schema, asked.query, asked.operation_name, asked.variables, session.viewer.actor
        )
        last = request.headers.get("last-event-id")
        await session.follow("stream", replace(document, after=last) if last else document, next_frame)
    except (RefusedDocumentError, Refusal) as refused:
        session.leave()
        return _stream(_once({"errors": _shown(refused, request.state.request_id)}))
    except BaseException:
        session.leave()
        raise
    return _stream(_messages(session, session.mailbox, over))


def next_frame(payload: str, cursor: str) -> str:
    """Return an event of the stream."""
    return f"event: next\nid: {cursor}\ndata: {payload}\n\n"


def _shown(refused: RefusedDocumentError | Refusal, request_id: str) -> list[Any]:
    errors = (
        refused.errors
        if isinstance(refused, RefusedDocumentError)
        else (GraphQLError(refused.message, original_error=refused),)
    )
    return [presented(error, request_id).formatted for error in errors]


def _stream(frames: AsyncIterator[str]) -> Response:
    return StreamingResponse(frames, media_type=EVENT_STREAM, headers=_HEADERS)


async def _once(body: Any) -> AsyncIterator[str]:
    yield f"event: next\ndata: {orjson.dumps(body).decode()}\n\n"
    yield _COMPLETE


async def _messages(session: Session, mailbox: Mailbox, over: asyncio.Future[tuple[int, str]]) -> AsyncIterator[str]:
    taking: asyncio.Task[str] | None = None
    try:
        yield ":\n\n"  # opens the stream at once, also through proxies
        while not over.done():
            taking = taking or asyncio.create_task(mailbox.take())
            waited: set[asyncio.Future[Any]] = {taking, over}
            done, _ = await asyncio.wait(waited, timeout=KEEP_ALIVE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if taking in done:
                yield taking.result()
                taking = None
            elif not done:
                yield ":\n\n"
        yield _COMPLETE
    finally:
        if taking is not None:
            taking.cancel()
        session.leave()

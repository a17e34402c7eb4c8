"""GraphQL as a stream over HTTP: one request, one operation; `api.live.framing` says how its messages are written."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson
import structlog
from graphql import GraphQLError, OperationType
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from api.bodies import BadRequestError, GraphQLRequest
from api.budget import RATE_LIMITED
from api.delivery import Delivery, Part
from api.errors import presented
from api.live.documents import RefusedDocumentError, operation_type, subscription
from api.live.drafts import Draft
from api.live.framing import Framing
from api.live.mailbox import Mailbox
from api.live.rights import FORBIDDEN
from api.live.session import Session
from api.schema import Schema
from domain.kernel.errors import Refusal

KEEP_ALIVE_SECONDS = 12.0
"""Below what proxies take for silence."""
SECONDS_TO_TAKE = 5.0
"""How long a client may take over the last part of an answer once the time of the operation is up."""
_HEADERS = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}
Executed = Callable[[], Any]
Ending = Mapping[str, Any] | None
"""The last word of a stream: errors, after which nothing is to be expected; None where to connect again goes on."""

log = structlog.get_logger(__name__)


async def streamed(
    request: Request, schema: Schema, asked: GraphQLRequest, framing: Framing, execute: Executed
) -> Response:
    """Return the stream that answers an operation; `execute` answers what is no subscription."""
    if operation_type(schema._schema, asked.query or "", asked.operation_name) is not OperationType.SUBSCRIPTION:
        return in_one(await execute(), framing)
    over: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()

    def end(errors: Sequence[GraphQLError]) -> None:
        if not over.done():
            over.set_result({"errors": [presented(error, request.state.request_id).formatted for error in errors]})

    def close(code: int, reason: str) -> None:
        if code == FORBIDDEN:
            end([GraphQLError(reason, extensions={"code": "UNAUTHENTICATED"})])
        elif not over.done():
            over.set_result(None)

    session = await Session.opened(request.app.state, schema, request.headers.get("authorization"), close)
    if session is None:
        raise BadRequestError(401, "UNAUTHENTICATED", "Send 'Authorization: Bearer TOKEN'.")
    try:
        document = subscription(
            schema._schema, asked.query or "", asked.operation_name, asked.variables, session.viewer.actor
        )
        last = request.headers.get("last-event-id")
        await session.follow("stream", replace(document, after=last) if last else document, framing.event, end)
    except (RefusedDocumentError, Refusal) as refused:
        session.leave()
        _check_budget(refused)
        return in_one({"errors": _shown(refused, request.state.request_id)}, framing)
    except BaseException:
        session.leave()
        raise
    return _stream(_messages(session, session.mailbox, over, framing), framing)


def in_one(body: Any, framing: Framing) -> Response:
    """Return the stream that says one thing and ends."""
    return _stream(_once(framing, body), framing)


class InParts(StreamingResponse):
    """An answer in parts; taken to its end, broken off or never begun, nothing works on it afterwards."""

    def __init__(self, delivery: Delivery, first: Part, draft: Draft, ended: Callable[[], None]) -> None:
        headers = _HEADERS | {"Content-Type": draft.framing.content_type}
        super().__init__(_parts(delivery, first, draft), headers=headers)
        self._delivery, self._ended = delivery, ended

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the parts; a client that does not take the last in time is left."""
        try:
            async with asyncio.timeout_at(self._delivery.deadline + SECONDS_TO_TAKE):
                await super().__call__(scope, receive, send)
        except TimeoutError:
            log.info("answer in parts not taken", request_id=scope["state"]["request_id"])
        finally:
            await self._delivery.close()
            self._ended()


async def _parts(delivery: Delivery, first: Part, draft: Draft) -> AsyncIterator[str]:
    def part(told: Part) -> str:
        return draft.framing.answer(orjson.dumps(draft.worded(told, delivery.pending)).decode())

    yield draft.framing.opening + part(first)
    async for told in delivery.rest():
        yield part(told)
    yield draft.framing.end


def _shown(refused: RefusedDocumentError | Refusal, request_id: str) -> list[Any]:
    errors = (
        refused.errors
        if isinstance(refused, RefusedDocumentError)
        else (GraphQLError(refused.message, original_error=refused),)
    )
    return [presented(error, request_id).formatted for error in errors]


def _check_budget(refused: RefusedDocumentError | Refusal) -> None:
    """Refuse with a status what is beyond the budget: proxies and clients act on it, and come back later."""
    for error in refused.errors if isinstance(refused, RefusedDocumentError) else ():
        told = error.extensions or {}
        if told.get("code") == RATE_LIMITED:
            raise BadRequestError(429, RATE_LIMITED, error.message, {"Retry-After": str(told["retryAfter"])})


def _stream(frames: AsyncIterator[str], framing: Framing) -> Response:
    return StreamingResponse(frames, headers=_HEADERS | {"Content-Type": framing.content_type})


async def _once(framing: Framing, body: Any) -> AsyncIterator[str]:
    yield framing.opening
    yield framing.answer(orjson.dumps(body).decode())
    yield framing.end


async def _messages(
    session: Session, mailbox: Mailbox, over: asyncio.Future[Ending], framing: Framing
) -> AsyncIterator[str]:
    taking: asyncio.Task[str] | None = None
    try:
        yield framing.opening
        while not over.done():
            taking = taking or asyncio.create_task(mailbox.take())
            waited: set[asyncio.Future[Any]] = {taking, over}
            done, _ = await asyncio.wait(waited, timeout=KEEP_ALIVE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if taking in done:
                yield taking.result()
                taking = None
            elif not done:
                yield framing.quiet
        ending = over.result()
        if ending is not None:
            yield framing.answer(orjson.dumps(ending).decode())
            yield framing.end
    finally:
        if taking is not None:
            taking.cancel()
        session.leave()

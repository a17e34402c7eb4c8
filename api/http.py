"""GraphQL over HTTP: one endpoint, two media types, errors as JSON whatever was wrong."""

import asyncio
import time
from collections.abc import Mapping
from functools import partial
from typing import Any

import orjson
import structlog
from graphql import GraphQLError
from graphql import OperationType as GraphQLOperationType
from starlette.requests import Request
from starlette.responses import Response
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from api.auth import authenticated
from api.bodies import GRAPHQL, JSON, BadRequestError, GraphQLRequest, accepted_media_type, graphql_request
from api.context import Backend
from api.live.documents import operation_type
from api.live.framing import EVENT_STREAM, framing_for
from api.live.stream import streamed
from api.metrics import Metrics
from api.preparation import root_field
from api.schema import Schema
from api.settings import ApiSettings
from domain.kernel.actor import Actor

REQUEST_ERROR_STATUS = 400
"""Status of syntax, validation and coercion errors. The draft moves to 422; the audit suite still asks for 400."""

log = structlog.get_logger(__name__)


class GraphQLEndpoint:
    """Answers `/graphql` over GET and POST."""

    def __init__(self, schema: Schema, metrics: Metrics, settings: ApiSettings) -> None:
        self._schema, self._metrics = schema, metrics
        self._seconds, self._most_bytes = settings.request_seconds, settings.max_body_bytes

    async def answer(self, request: Request) -> Response:
        """Return the answer to a request, whatever it is."""
        media_type = JSON
        accept = request.headers.get("accept")
        framing = framing_for(accept)
        try:
            media_type = JSON if framing else accepted_media_type(accept)
            backend: Backend = request.app.state.backend
            actor = await _actor(backend, request)
            asked = await graphql_request(request, self._most_bytes)
            if framing is not None:
                execute = partial(self._body, backend, actor, asked, request)
                return await streamed(request, self._schema, asked, framing, execute)
            result = await self._executed(backend, actor, asked, request)
        except BadRequestError as bad:
            return refused(bad, media_type, request.state.request_id)
        return _response(result, media_type)

    async def _body(self, backend: Backend, actor: Actor, asked: GraphQLRequest, request: Request) -> Mapping[str, Any]:
        return _body(await self._executed(backend, actor, asked, request))

    async def _executed(
        self, backend: Backend, actor: Actor, asked: GraphQLRequest, request: Request
    ) -> ExecutionResult:
        started = time.perf_counter()
        allowed = {OperationType.QUERY} if request.method == "GET" else {OperationType.QUERY, OperationType.MUTATION}
        try:
            async with asyncio.timeout(self._seconds):
                result = await self._schema.execute(
                    asked.query,
                    variable_values=asked.variables,
                    operation_name=asked.operation_name,
                    context_value=backend.operation(actor, request.state.request_id),
                    allowed_operation_types=allowed,
                )
        except TimeoutError as late:
            message = f"The operation took longer than {self._seconds:g} seconds."
            raise BadRequestError(503, "TIMEOUT", message) from late
        except InvalidOperationTypeError as wrong:
            raise _not_here(asked, self._schema) from wrong
        except (CannotGetOperationTypeError, MissingQueryError) as missing:
            message = "The document has no operation of that name, or several and none was named."
            raise BadRequestError(REQUEST_ERROR_STATUS, "BAD_REQUEST", message) from missing
        outcome = outcome_of(result.errors)
        seconds = time.perf_counter() - started
        self._metrics.observe(root_field(self._schema.graphql, asked.query, asked.operation_name), outcome, seconds)
        log.info("operation", name=asked.operation_name, actor=actor.id, outcome=outcome, seconds=round(seconds, 4))
        return result


async def _actor(backend: Backend, request: Request) -> Actor:
    actor = await authenticated(backend.accounts, request.headers.get("authorization"))
    if actor is None:
        challenge = {"WWW-Authenticate": 'Bearer realm="headwater"'}
        raise BadRequestError(401, "UNAUTHENTICATED", "Send 'Authorization: Bearer TOKEN'.", challenge)
    return actor


def _not_here(asked: GraphQLRequest, schema: Schema) -> BadRequestError:
    if operation_type(schema._schema, asked.query, asked.operation_name) is GraphQLOperationType.SUBSCRIPTION:
        return BadRequestError(
            406, "NOT_ACCEPTABLE", f"Subscriptions go over WebSocket, or as a stream: accept {EVENT_STREAM} alone."
        )
    return BadRequestError(405, "METHOD_NOT_ALLOWED", "Only queries go over GET.", {"Allow": "POST"})


def outcome_of(errors: list[GraphQLError] | None) -> str:
    """Return how an operation ended: ok, refused, or by a fault of the program."""
    if not errors:
        return "ok"
    return "fault" if any((error.extensions or {}).get("code") == "INTERNAL" for error in errors) else "refused"


def refused(bad: BadRequestError, media_type: str, request_id: str) -> Response:
    """Return the answer to a request that never became an operation."""
    error = {"message": bad.message, "extensions": {"code": bad.code, "requestId": request_id}}
    return json_response({"errors": [error]}, bad.status, media_type, bad.headers)


def json_response(
    body: Mapping[str, Any], status: int = 200, media_type: str = JSON, headers: Mapping[str, str] | None = None
) -> Response:
    """Return a JSON answer."""
    return Response(orjson.dumps(body), status, dict(headers or {}), f"{media_type}; charset=utf-8")


def _response(result: ExecutionResult, media_type: str) -> Response:
    body = _body(result)
    is_strict = media_type == GRAPHQL and "data" not in body
    return json_response(body, REQUEST_ERROR_STATUS if is_strict else 200, media_type)


def _body(result: ExecutionResult) -> dict[str, Any]:
    errors = [error.formatted for error in result.errors or ()]
    body: dict[str, Any] = {"errors": errors} if errors else {}
    was_executed = result.data is not None or any(error.path for error in result.errors or ())
    if was_executed:
        body = {"data": result.data} | body
    if result.extensions:
        body["extensions"] = result.extensions
    return body

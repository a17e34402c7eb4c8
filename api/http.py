"""GraphQL over HTTP (graphql-over-http draft): negotiation, status codes, GET for queries alone, no ambient login."""

import hashlib
import time
from collections.abc import Mapping
from dataclasses import replace
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

from api.auth import ProviderUnavailableError, UnauthenticatedError
from api.bodies import (
    GRAPHQL,
    JSON,
    BadRequestError,
    GraphQLRequest,
    accepted_media_type,
    graphql_request,
    takes_json,
    text_of,
)
from api.budget import RATE_LIMITED
from api.context import Backend
from api.live.documents import operation_type
from api.live.drafts import Draft, draft_for
from api.live.framing import EVENT_STREAM, framing_for
from api.live.stream import InParts, in_one, streamed
from api.metrics import Metrics
from api.preparation import prepare, root_field
from api.schema import Schema
from api.settings import ApiSettings
from domain.kernel.actor import Actor

REQUEST_ERROR_STATUS = 400
"""Status of syntax, validation and coercion errors. The draft moves to 422; the audit suite still asks for 400."""
STATUS_OF_CODE = {RATE_LIMITED: 429, "TIMEOUT": 503, "DOCUMENT_NOT_LISTED": 403}
"""Status of what is refused whatever the media type: proxies and clients act on it."""
PROVIDER_RETRY_SECONDS = 30

log = structlog.get_logger(__name__)


class GraphQLEndpoint:
    """Answers `/graphql` over GET and POST."""

    def __init__(self, schema: Schema, metrics: Metrics, settings: ApiSettings) -> None:
        self._schema, self._metrics = schema, metrics
        self._most_bytes, self._defers = settings.max_body_bytes, settings.defer

    async def answer(self, request: Request) -> Response:
        """Return the answer to a request, whatever it is."""
        media_type = JSON
        accept = request.headers.get("accept")
        framing, draft = framing_for(accept), draft_for(accept) if self._defers else None
        takes_parts_alone = draft is not None and not takes_json(accept)
        try:
            media_type = JSON if framing or takes_parts_alone else accepted_media_type(accept)
            backend: Backend = request.app.state.backend
            actor = await authenticated(backend, request)
            given = await graphql_request(request, self._most_bytes)
            asked = replace(given, query=text_of(given, backend.terms.documents))
            if framing is not None:
                execute = partial(self._body, backend, actor, asked, request)
                return await streamed(request, self._schema, asked, framing, execute)
            if draft is not None and self._may_come_in_parts(asked, request):
                result = await self._in_parts(backend, actor, asked, request, draft)
            else:
                result = await self._executed(backend, actor, asked, request)
        except BadRequestError as bad:
            return refused(bad, media_type, request.state.request_id)
        if isinstance(result, InParts):
            return result
        if draft is not None and takes_parts_alone:
            return in_one(_body(result), draft.framing)
        response = _response(result, media_type)
        if request.method == "GET" and given.is_persisted and response.status_code == 200:
            return _tagged(response, request)
        return response

    async def _body(self, backend: Backend, actor: Actor, asked: GraphQLRequest, request: Request) -> Mapping[str, Any]:
        return _body(await self._executed(backend, actor, asked, request))

    async def _executed(
        self, backend: Backend, actor: Actor, asked: GraphQLRequest, request: Request
    ) -> ExecutionResult:
        started = time.perf_counter()
        allowed = {OperationType.QUERY} if request.method == "GET" else {OperationType.QUERY, OperationType.MUTATION}
        try:
            result = await self._schema.execute(
                asked.query or "",
                variable_values=asked.variables,
                operation_name=asked.operation_name,
                context_value=backend.operation(actor, request.state.request_id),
                allowed_operation_types=allowed,
            )
        except InvalidOperationTypeError as wrong:
            raise _not_here(asked, self._schema) from wrong
        except (CannotGetOperationTypeError, MissingQueryError) as missing:
            message = "The document has no operation of that name, or several and none was named."
            raise BadRequestError(REQUEST_ERROR_STATUS, "BAD_REQUEST", message) from missing
        self._observe(asked, actor, result.errors or [], started)
        return result

    def _may_come_in_parts(self, asked: GraphQLRequest, request: Request) -> bool:
        schema, text = self._schema.graphql, asked.query or ""
        kind = operation_type(schema, text, asked.operation_name)
        is_taken = kind is GraphQLOperationType.QUERY or (
            kind is GraphQLOperationType.MUTATION and request.method == "POST"
        )
        return is_taken and prepare(schema, text).defers

    async def _in_parts(
        self, backend: Backend, actor: Actor, asked: GraphQLRequest, request: Request, draft: Draft
    ) -> ExecutionResult | InParts:
        started = time.perf_counter()
        delivery = await self._schema.deliver(
            asked.query or "",
            variable_values=asked.variables,
            operation_name=asked.operation_name,
            context_value=backend.operation(actor, request.state.request_id, takes_parts=True),
        )
        try:
            first = await delivery.first()
        except BaseException:
            await delivery.close()
            raise
        if not isinstance(first, ExecutionResult):
            return InParts(delivery, first, draft, partial(self._observe, asked, actor, delivery.errors, started))
        await delivery.close()
        self._observe(asked, actor, delivery.errors, started)
        return first

    def _observe(self, asked: GraphQLRequest, actor: Actor, errors: list[GraphQLError], started: float) -> None:
        outcome, seconds = outcome_of(errors), time.perf_counter() - started
        self._metrics.observe(root_field(self._schema.graphql, asked.query, asked.operation_name), outcome, seconds)
        log.info("operation", name=asked.operation_name, actor=actor.id, outcome=outcome, seconds=round(seconds, 4))


async def authenticated(backend: Backend, request: Request) -> Actor:
    """Return who sends a request, by its `Authorization` alone: nothing a browser sends by itself is believed."""
    try:
        identity = await backend.authenticator.identity_of(request.headers.get("authorization"))
    except UnauthenticatedError as unknown:
        has_token = "authorization" in request.headers
        challenge = 'Bearer realm="headwater"' + (', error="invalid_token"' if has_token else "")
        raise BadRequestError(401, "UNAUTHENTICATED", unknown.reason, {"WWW-Authenticate": challenge}) from unknown
    except ProviderUnavailableError as down:
        message = "The identity provider does not answer, so that nobody can be recognised."
        headers = {"Retry-After": str(PROVIDER_RETRY_SECONDS)}
        raise BadRequestError(503, "IDENTITY_PROVIDER_UNAVAILABLE", message, headers) from down
    return identity.actor


def _not_here(asked: GraphQLRequest, schema: Schema) -> BadRequestError:
    if operation_type(schema._schema, asked.query or "", asked.operation_name) is GraphQLOperationType.SUBSCRIPTION:
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
    if "data" in body:
        return json_response(body, 200, media_type)
    errors = body.get("errors")
    refusal: Mapping[str, Any] = (errors[0].get("extensions") or {}) if errors else {}
    status = STATUS_OF_CODE.get(refusal.get("code", ""), REQUEST_ERROR_STATUS if media_type == GRAPHQL else 200)
    headers = {"Retry-After": str(refusal["retryAfter"])} if "retryAfter" in refusal else {}
    return json_response(body, status, media_type, headers)


def _body(result: ExecutionResult) -> dict[str, Any]:
    errors = [error.formatted for error in result.errors or ()]
    body: dict[str, Any] = {"errors": errors} if errors else {}
    was_executed = result.data is not None or any(error.path for error in result.errors or ())
    if was_executed:
        body = {"data": result.data} | body
    if result.extensions:
        body["extensions"] = result.extensions
    return body


def _tagged(response: Response, request: Request) -> Response:
    """Return the answer to a persisted GET with its tag, or that nothing has changed since the one the client has."""
    tag = f'"{hashlib.sha256(bytes(response.body)).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization, Accept"}
    if tag in (part.strip() for part in request.headers.get("if-none-match", "").split(",")):
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return response

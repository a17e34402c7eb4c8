"""From an HTTP request to a GraphQL request, and which media type the answer takes (GraphQL over HTTP)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.requests import Request

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"


class BadRequestError(Exception):
    """A request that never becomes an operation: its status, a stable code and a sentence."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, dict(headers or {})


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """What is to be executed."""

    query: str
    variables: dict[str, Any] | None
    operation_name: str | None


def accepted_media_type(accept: str | None) -> str:
    """Return the media type of the answer: JSON unless the client prefers the type of GraphQL over HTTP."""
    if not accept:
        return JSON
    best, best_quality = None, 0.0
    for offered in (part.strip().lower() for part in accept.split(",")):
        name, *parameters = (piece.strip() for piece in offered.split(";"))
        media_type = {JSON: JSON, GRAPHQL: GRAPHQL, "*/*": JSON, "application/*": JSON}.get(name)
        quality = _quality(parameters)
        if media_type is not None and quality > best_quality:
            best, best_quality = media_type, quality
    if best is None:
        raise BadRequestError(406, "NOT_ACCEPTABLE", f"Answers are {JSON} or {GRAPHQL}.")
    return best


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


async def graphql_request(request: Request, most_bytes: int) -> GraphQLRequest:
    """Return the operation of a GET or POST request; `BadRequestError` says what is wrong with it."""
    if request.method == "GET":
        given: Any = dict(request.query_params)
        for name in ("variables", "extensions"):
            if given.get(name):
                given[name] = _json(given[name], f"The parameter '{name}'")
    else:
        content_type, _, parameters = request.headers.get("content-type", "").lower().partition(";")
        charset = parameters.partition("charset=")[2].strip(" \"'") or "utf-8"
        if content_type.strip() != JSON or charset not in ("utf-8", "utf8"):
            raise BadRequestError(415, "UNSUPPORTED_MEDIA_TYPE", f"Send {JSON} in UTF-8.")
        given = _json(await _body(request, most_bytes), "The body")
    if not isinstance(given, dict):
        raise BadRequestError(400, "BAD_REQUEST", "The body must be a JSON object with a 'query'.")
    return _checked(given)


async def _body(request: Request, most_bytes: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most_bytes:
            raise BadRequestError(413, "CONTENT_TOO_LARGE", f"The body may have {most_bytes:,} bytes.")
    return bytes(body)


def _json(text: str | bytes, what: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as malformed:
        raise BadRequestError(400, "BAD_REQUEST", f"{what} is not JSON: {malformed}.") from malformed


def _checked(given: dict[str, Any]) -> GraphQLRequest:
    query, variables, name = given.get("query"), given.get("variables"), given.get("operationName")
    if not isinstance(query, str) or not query.strip():
        raise BadRequestError(400, "BAD_REQUEST", "The 'query' must be a text with a GraphQL document.")
    if not isinstance(variables, dict | None):
        raise BadRequestError(400, "BAD_REQUEST", "The 'variables' must be an object.")
    if not isinstance(given.get("extensions"), dict | None):
        raise BadRequestError(400, "BAD_REQUEST", "The 'extensions' must be an object.")
    if not isinstance(name, str | None):
        raise BadRequestError(400, "BAD_REQUEST", "The 'operationName' must be a text.")
    return GraphQLRequest(query, variables, name or None)

"""From an HTTP request to a GraphQL request, and which media type the answer takes (GraphQL over HTTP)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.requests import Request

from api.documents import Documents

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

    query: str | None
    """The text; None when a `document_id` or a hash stands for it."""
    variables: dict[str, Any] | None
    operation_name: str | None
    document_id: str | None = None
    text_hash: str | None = None

    @property
    def is_persisted(self) -> bool:
        """Whether the request names its text instead of bringing it."""
        return self.query is None


def accepted_media_type(accept: str | None) -> str:
    """Return the media type of the answer: JSON unless the client prefers the type of GraphQL over HTTP."""
    best = _best_media_type(accept)
    if best is None:
        raise BadRequestError(406, "NOT_ACCEPTABLE", f"Answers are {JSON} or {GRAPHQL}.")
    return best


def takes_json(accept: str | None) -> bool:
    """Whether a client takes any kind of JSON."""
    return _best_media_type(accept) is not None


def _best_media_type(accept: str | None) -> str | None:
    if not accept:
        return JSON
    best, best_quality = None, 0.0
    for offered in (part.strip().lower() for part in accept.split(",")):
        name, *parameters = (piece.strip() for piece in offered.split(";"))
        media_type = {JSON: JSON, GRAPHQL: GRAPHQL, "*/*": JSON, "application/*": JSON}.get(name)
        quality = _quality(parameters)
        if media_type is not None and quality > best_quality:
            best, best_quality = media_type, quality
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
        given = await json_body(request, most_bytes)
    if isinstance(given, list):
        message = "One operation goes in one request: several go side by side in requests of their own."
        raise BadRequestError(400, "BATCHING_NOT_SUPPORTED", message)
    if not isinstance(given, dict):
        raise BadRequestError(400, "BAD_REQUEST", "The body must be a JSON object with a 'query'.")
    return _checked(given)


async def json_body(request: Request, most_bytes: int) -> Any:
    """Return what a JSON body holds. No form of a page can send this media type: a browser asks for leave first."""
    content_type, _, parameters = request.headers.get("content-type", "").lower().partition(";")
    charset = parameters.partition("charset=")[2].strip(" \"'") or "utf-8"
    if content_type.strip() != JSON or charset not in ("utf-8", "utf8"):
        raise BadRequestError(415, "UNSUPPORTED_MEDIA_TYPE", f"Send {JSON} in UTF-8.")
    return _json(await _body(request, most_bytes), "The body")


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
    document_id, text_hash = given.get("documentId"), _text_hash(given.get("extensions"))
    if not isinstance(document_id, str | None):
        raise BadRequestError(400, "BAD_REQUEST", "The 'documentId' must be a text.")
    is_named = document_id is not None or text_hash is not None
    if not (is_named and query is None) and (not isinstance(query, str) or not query.strip()):
        raise BadRequestError(400, "BAD_REQUEST", "The 'query' must be a text with a GraphQL document.")
    if not isinstance(variables, dict | None):
        raise BadRequestError(400, "BAD_REQUEST", "The 'variables' must be an object.")
    if not isinstance(given.get("extensions"), dict | None):
        raise BadRequestError(400, "BAD_REQUEST", "The 'extensions' must be an object.")
    if not isinstance(name, str | None):
        raise BadRequestError(400, "BAD_REQUEST", "The 'operationName' must be a text.")
    return GraphQLRequest(query, variables, name or None, document_id, text_hash)


def _text_hash(extensions: Any) -> str | None:
    """Return the hash of an automatically persisted query."""
    persisted = extensions.get("persistedQuery") if isinstance(extensions, dict) else None
    digest = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
    return digest if isinstance(digest, str) else None


def text_of(asked: GraphQLRequest, documents: Documents) -> str:
    """Return the text to execute; one that came with its hash is remembered for the next time."""
    if asked.query is None and asked.document_id is not None:
        text = documents.by_id(asked.document_id)
        if text is None:
            raise BadRequestError(404, "DOCUMENT_NOT_FOUND", "There is no document of that id on the server's list.")
        return text
    digest = (asked.text_hash or "").lower()
    if asked.query is None:
        text = documents.by_hash(digest)
        if text is None:
            # The words and the status are those that clients of automatically persisted queries look for.
            raise BadRequestError(200, "PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")
        return text
    if asked.text_hash is not None and not documents.remember(digest, asked.query):
        raise BadRequestError(400, "BAD_REQUEST", "The hash of the persisted query is not that of its text.")
    return asked.query

"""What operators ask: is it alive, is it ready, how much does it do; and a name for every request."""

import re
import secrets

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.context import Backend
from api.http import json_response
from api.metrics import Metrics
from api.schema import printed_schema

_REQUEST_ID = re.compile(r"[\w.-]{1,64}")


class RequestIds:
    """Gives every request an id, or takes over the one its sender gave; it is in the answer, the log and errors."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its id."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_named(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Request-Id"] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            await self._app(scope, receive, send_named)


class Operations:
    """The endpoints of operators."""

    def __init__(self, metrics: Metrics, max_log_lag: int) -> None:
        self._metrics, self._max_log_lag = metrics, max_log_lag

    async def alive(self, _request: Request) -> Response:
        """Say that the process answers."""
        return json_response({"status": "ok"})

    async def ready(self, request: Request) -> Response:
        """Say whether the record can be read, the log is followed and the worker takes jobs."""
        backend: Backend = request.app.state.backend
        try:
            lag = await backend.health.unnumbered_events()
        except Exception:
            structlog.get_logger(__name__).exception("record unreadable")
            return json_response({"status": "unavailable", "database": False}, 503)
        is_working = backend.health.is_working
        is_ready = is_working and lag <= self._max_log_lag
        body = {"status": "ok" if is_ready else "unavailable", "database": True, "logLag": lag, "worker": is_working}
        return json_response(body, 200 if is_ready else 503)

    async def metrics(self, _request: Request) -> Response:
        """Return the metrics in Prometheus' text format."""
        return Response(self._metrics.text(), media_type="text/plain; version=0.0.4")

    async def schema(self, _request: Request) -> Response:
        """Return the schema as text."""
        return PlainTextResponse(printed_schema())

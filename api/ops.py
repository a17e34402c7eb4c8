"""What operators ask: is it alive, is it ready, how much does it do; and a name for every request."""

import asyncio
import re
import secrets
import time
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.context import Backend
from api.http import json_response
from api.metrics import Metrics
from api.readiness import look_at_all, readiness
from api.schema import Schema, printed_schema

_REQUEST_ID = re.compile(r"[\w.-]{1,64}")
_METHODS = frozenset({"GET", "POST", "HEAD", "OPTIONS"})
OTHER = "other"
LOOP_LAG_EVERY = 0.25


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
            # Frames of a WebSocket have no headers to be named in: they go straight through.
            await self._app(scope, receive, send_named if scope["type"] == "http" else send)


class Measured:
    """Counts every request with its path, if it is one of the server's own, its status and its seconds."""

    def __init__(self, app: ASGIApp, metrics: Metrics, paths: Collection[str]) -> None:
        self._app, self._metrics, self._paths = app, metrics, frozenset(paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and measure its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def send_noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_noted)
        finally:
            path = scope["path"] if scope["path"] in self._paths else OTHER
            method = scope["method"] if scope["method"] in _METHODS else OTHER
            self._metrics.observe_request(path, method, status, time.perf_counter() - started)


@asynccontextmanager
async def loop_lag_measured(metrics: Metrics) -> AsyncIterator[None]:
    """Keep measuring how late the event loop comes back to a task: what blocks it makes everybody wait."""

    async def keep_measuring() -> None:
        while True:
            asked = time.perf_counter()
            await asyncio.sleep(LOOP_LAG_EVERY)
            metrics.observe_loop_lag(max(0.0, time.perf_counter() - asked - LOOP_LAG_EVERY))

    measuring = asyncio.create_task(keep_measuring(), name="event loop lag")
    try:
        yield
    finally:
        measuring.cancel()
        await asyncio.gather(measuring, return_exceptions=True)


class Operations:
    """The endpoints of operators."""

    def __init__(self, schema: Schema, metrics: Metrics, max_log_lag: int) -> None:
        self._schema, self._metrics, self._max_log_lag = schema, metrics, max_log_lag

    async def alive(self, _request: Request) -> Response:
        """Say that the process answers."""
        return json_response({"status": "ok"})

    async def ready(self, request: Request) -> Response:
        """Say whether everything answers depend on is there, and how far it is behind the log; if not, 503 and why."""
        backend: Backend = request.app.state.backend
        body = readiness(await look_at_all(backend.probes), self._max_log_lag)
        return json_response(body, 503 if body["status"] == "unavailable" else 200)

    async def metrics(self, request: Request) -> Response:
        """Return the metrics in Prometheus' text format."""
        backend: Backend = request.app.state.backend
        findings = [(probe.name, finding) for probe, finding in await look_at_all(backend.probes)]
        return Response(self._metrics.text(findings), media_type="text/plain; version=0.0.4")

    async def schema(self, _request: Request) -> Response:
        """Return the schema as text."""
        return PlainTextResponse(printed_schema(self._schema))

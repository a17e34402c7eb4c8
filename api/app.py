"""The composition root of the server: opens the runtime, puts the endpoints together."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from api.bodies import JSON, BadRequestError
from api.calendars import calendar
from api.context import Backend
from api.http import GraphQLEndpoint, refused
from api.live.feed import LiveFeed
from api.live.socket import GraphQLSocket
from api.metrics import Metrics
from api.ops import Measured, Operations, RequestIds, loop_lag_measured
from api.schema import build_schema
from api.settings import ApiSettings
from domain.store.accounts import SqlAccounts
from domain.store.calendar_feeds import SqlCalendars
from domain.store.following import SqlFollowing
from domain.store.reads.query import reads
from domain.store.rights import SqlRights
from domain.store.settings import StoreSettings
from workers.logs import configure_logs
from workers.runtime import Runtime

GRAPHIQL = Path(__file__).parent / "graphiql"


def backend(runtime: Runtime) -> Backend:
    """Return what the endpoints answer from."""
    return Backend(
        ports=runtime.ports,
        open_reads=reads(runtime.database, runtime.ports.clock),
        accounts=SqlAccounts(runtime.database),
        probes=runtime.probes,
        key=runtime.key,
    )


def live_feed(runtime: Runtime, backend: Backend) -> LiveFeed:
    """Return what follows the log for everyone who listens to this process."""
    ports = runtime.ports

    async def upstream(ci_id: str) -> frozenset[str]:
        return await ports.graph.upstream([ci_id], as_of=ports.clock.now())

    return LiveFeed(
        SqlFollowing(runtime.database),
        runtime.announcements,
        ports.clock,
        runtime.key,
        upstream=upstream,
        operation=backend.following,
    )


OpenRuntime = Callable[[], Awaitable[Runtime]]


async def started_runtime() -> Runtime:
    """Return a runtime over the configured record, with its worker or its connection to one."""
    runtime = await Runtime.open(StoreSettings().database_url)
    await runtime.start(ApiSettings().redis_url)
    return runtime


def create_app(open_runtime: OpenRuntime = started_runtime, settings: ApiSettings | None = None) -> Starlette:
    """Return the server; its runtime is opened when it starts and stopped when it ends."""
    configure_logs()
    settings = settings or ApiSettings()
    metrics, schema = Metrics(), build_schema()
    graphql = GraphQLEndpoint(schema, metrics, settings)
    operations = Operations(metrics, settings.max_log_lag)
    endpoints = [
        Route("/graphql", graphql.answer, methods=["GET", "POST"]),
        Route("/calendars/{token}.ics", calendar),
        Route("/schema.graphql", operations.schema),
        Route("/healthz", operations.alive),
        Route("/readyz", operations.ready),
        Route("/metrics", operations.metrics),
        Route("/", _graphiql),
    ]
    paths = [endpoint.path for endpoint in endpoints]
    return Starlette(
        routes=[
            *endpoints,
            WebSocketRoute("/graphql", GraphQLSocket(schema)),
            Mount("/graphiql", StaticFiles(directory=GRAPHIQL)),
        ],
        middleware=[Middleware(RequestIds), Middleware(Measured, metrics=metrics, paths=paths)],
        exception_handlers={HTTPException: _http_error, Exception: _fault},
        lifespan=partial(_lifespan, open_runtime=open_runtime, metrics=metrics),
    )


@asynccontextmanager
async def _lifespan(app: Starlette, open_runtime: OpenRuntime, metrics: Metrics) -> AsyncIterator[None]:
    runtime = await open_runtime()
    app.state.backend = backend(runtime)
    app.state.calendars = SqlCalendars(runtime.database, SqlRights(runtime.database, runtime.ports.clock))
    app.state.live = live_feed(runtime, app.state.backend)
    await app.state.live.start()
    try:
        async with loop_lag_measured(metrics):
            yield
    finally:
        await app.state.live.stop()
        await runtime.stop()


async def _graphiql(_request: Request) -> Response:
    return FileResponse(GRAPHIQL / "index.html")


_CODES = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED", 413: "CONTENT_TOO_LARGE"}


async def _http_error(request: Request, error: Exception) -> Response:
    found = error if isinstance(error, HTTPException) else HTTPException(500)
    code = _CODES.get(found.status_code, "BAD_REQUEST")
    bad = BadRequestError(found.status_code, code, found.detail, found.headers)
    return refused(bad, JSON, request.state.request_id)


async def _fault(request: Request, _error: Exception) -> Response:
    message = "Something went wrong on our side. The request id finds it in the log."
    return refused(BadRequestError(500, "INTERNAL", message), JSON, request.state.request_id)

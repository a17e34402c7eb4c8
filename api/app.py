"""The composition root of the server: opens the runtime, puts the endpoints together."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from api.auth import Authenticator
from api.bodies import JSON, BadRequestError
from api.budget import Budget, MemoryBudget, SharedBudget, Unlimited
from api.calendars import calendar
from api.context import Backend
from api.development import check_may_run, log_in
from api.documents import Documents
from api.http import GraphQLEndpoint, refused
from api.live.feed import LiveFeed
from api.live.socket import GraphQLSocket
from api.metrics import Metrics
from api.oidc import OidcTokens, Provider, ProviderKeys
from api.ops import Measured, Operations, RequestIds, loop_lag_measured
from api.schema import build_schema
from api.settings import ApiSettings
from api.terms import Terms
from domain.kernel.errors import InvalidInput
from domain.store.accounts import SqlAccounts
from domain.store.calendar_feeds import SqlCalendars
from domain.store.following import SqlFollowing
from domain.store.reads.query import reads
from domain.store.rights import SqlRights
from domain.store.settings import StoreSettings
from domain.usecases.provisioning import provision_person
from workers.logs import configure_logs
from workers.runtime import Runtime

SECONDS_BETWEEN_USES = 60.0
"""How often the last uses of tokens are written down."""
COMPRESSED_FROM_BYTES = 1_000
GRAPHIQL = Path(__file__).parent / "graphiql"


def backend(runtime: Runtime, accounts: SqlAccounts, settings: ApiSettings) -> Backend:
    """Return what the endpoints answer from."""
    clock = runtime.ports.clock
    return Backend(
        ports=runtime.ports,
        open_reads=reads(runtime.database, clock),
        authenticator=Authenticator(accounts, clock, _signed_tokens(runtime, accounts, settings)),
        terms=Terms(
            documents=_documents(settings),
            budget=_budget(runtime, settings.cost_per_minute),
            may_introspect=settings.may_introspect,
            seconds=settings.request_seconds,
        ),
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


def _signed_tokens(runtime: Runtime, accounts: SqlAccounts, settings: ApiSettings) -> OidcTokens | None:
    if settings.oidc_issuer is None:
        return None
    provider = Provider(
        issuer=settings.oidc_issuer,
        audience=settings.oidc_audience,
        algorithms=settings.oidc_algorithms,
        leeway_seconds=settings.oidc_leeway_seconds,
        groups_claim=settings.oidc_groups_claim,
        roles_of_groups=settings.oidc_roles,
        roles_of_everyone=settings.oidc_roles_of_everyone,
    )
    clock = runtime.ports.clock
    keys = ProviderKeys(provider, clock)
    return OidcTokens(provider, keys, accounts, partial(provision_person, runtime.ports), clock)


def _documents(settings: ApiSettings) -> Documents:
    if settings.documents is not None:
        return Documents.of_file(settings.documents, is_closed=settings.only_documents)
    if settings.only_documents:
        raise InvalidInput.at("HEADWATER_ONLY_DOCUMENTS", "needs the list: name its file in HEADWATER_DOCUMENTS")
    return Documents()


def _budget(runtime: Runtime, maximum: int) -> Budget:
    if maximum <= 0:
        return Unlimited()
    clock, spending = runtime.ports.clock, runtime.spending
    return MemoryBudget(maximum, clock) if spending is None else SharedBudget(maximum, clock, spending)


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
    metrics, schema = Metrics(), build_schema(defers=settings.defer)
    graphql = GraphQLEndpoint(schema, metrics, settings)
    operations = Operations(schema, metrics, settings.max_log_lag)
    routes: list[BaseRoute] = [
        Route("/graphql", graphql.answer, methods=["GET", "POST"]),
        WebSocketRoute("/graphql", GraphQLSocket(schema)),
        Route("/calendars/{token}.ics", calendar),
        Route("/schema.graphql", operations.schema),
        Route("/healthz", operations.alive),
        Route("/readyz", operations.ready),
        Route("/metrics", operations.metrics),
    ]
    if settings.has_ide:
        routes += [Route("/", _graphiql), Mount("/graphiql", StaticFiles(directory=GRAPHIQL))]
    if settings.development_login:
        check_may_run(is_embedded=settings.is_embedded, host="localhost")
        routes.append(Route("/development/login", log_in, methods=["POST"]))
    paths = [route.path for route in routes if isinstance(route, Route)]
    return Starlette(
        routes=routes,
        middleware=_middleware(settings, metrics, paths),
        exception_handlers={HTTPException: _http_error, Exception: _fault},
        lifespan=partial(_lifespan, open_runtime=open_runtime, settings=settings, metrics=metrics),
    )


def _middleware(settings: ApiSettings, metrics: Metrics, paths: list[str]) -> list[Middleware]:
    """Return what every request passes: its id first, so that whatever else refuses it can name it."""
    passed = [Middleware(RequestIds), Middleware(Measured, metrics=metrics, paths=paths)]
    if settings.cors_origins:
        passed.append(
            Middleware(
                CORSMiddleware,
                allow_origins=settings.cors_origins,
                allow_methods=["GET", "POST"],
                allow_headers=["Authorization", "Content-Type", "X-Request-Id"],
                expose_headers=["X-Request-Id", "Retry-After", "ETag"],
                max_age=600,
            )
        )
    return [*passed, Middleware(GZipMiddleware, minimum_size=COMPRESSED_FROM_BYTES, compresslevel=1)]


@asynccontextmanager
async def _lifespan(
    app: Starlette, open_runtime: OpenRuntime, settings: ApiSettings, metrics: Metrics
) -> AsyncIterator[None]:
    runtime = await open_runtime()
    accounts = SqlAccounts(runtime.database, runtime.ports.clock)
    app.state.backend = backend(runtime, accounts, settings)
    keeping = asyncio.create_task(_keep_uses(accounts), name="last uses of tokens")
    app.state.calendars = SqlCalendars(runtime.database, SqlRights(runtime.database, runtime.ports.clock))
    app.state.live = live_feed(runtime, app.state.backend)
    await app.state.live.start()
    try:
        async with loop_lag_measured(metrics):
            yield
    finally:
        await app.state.live.stop()
        keeping.cancel()
        await accounts.keep_uses()
        await runtime.stop()


async def _keep_uses(accounts: SqlAccounts) -> None:
    while True:
        await asyncio.sleep(SECONDS_BETWEEN_USES)
        await accounts.keep_uses()


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

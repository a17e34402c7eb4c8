"""`headwater serve`: the GraphQL API, with the workers in the same process unless a Redis server is named."""

import os
import socket
from typing import Annotated

import typer
import uvicorn

from api.cli.output import complain
from api.cli.session import DatabaseOption, database_url
from api.development import check_may_run
from api.settings import ApiSettings
from domain.kernel.errors import InvalidInput

GRACE_SECONDS = 10
MOST_PORT = 65_535


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on; 0 takes a free one.")] = 8000,
    workers: Annotated[int, typer.Option(help="Processes; more than one needs HEADWATER_REDIS_URL.")] = 1,
    database: DatabaseOption = None,
) -> None:
    """Serve the GraphQL API; Ctrl-C ends it after what is under way."""
    if not 0 <= port <= MOST_PORT:
        raise InvalidInput.at("--port", f"must lie between 0 and {MOST_PORT}")
    if workers < 1:
        raise InvalidInput.at("--workers", "must be at least 1")
    if workers > 1 and not os.environ.get("HEADWATER_REDIS_URL"):
        raise InvalidInput.at("--workers", "must be 1 in embedded mode: name a Redis server in HEADWATER_REDIS_URL")
    settings = ApiSettings()
    if settings.development_login:
        check_may_run(is_embedded=settings.is_embedded, host=host)
    os.environ["HEADWATER_DATABASE_URL"] = database_url(database)
    port = port or _free_port(host)
    complain(f"listening on http://{host}:{port}/ (GraphQL at /graphql)")
    uvicorn.run(
        "api.app:create_app",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        log_level="warning",
        ws_per_message_deflate=False,  # it doubles the memory of a socket, and small messages hardly shrink
        log_config=None,  # its lines are JSON like all others
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def _free_port(host: str) -> int:
    """Return a port nobody listens on just now, so that the address told is the one taken."""
    with socket.create_server((host, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port

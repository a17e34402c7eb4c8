"""The real ASGI server over a temporary record, without a worker of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette

from api.app import create_app
from api.settings import ApiSettings
from domain.kernel.actor import Role
from domain.people.rules import token_hash
from tests.builders import a_service_account, saved
from tests.records import record_at
from workers.runtime import Runtime

TOKEN = "hw_test"


@dataclass
class Server:
    """The server, its runtime, and a client with a token of an administrator."""

    app: Starlette
    runtime: Runtime
    client: httpx.AsyncClient

    async def ask(self, query: str, **body: Any) -> httpx.Response:
        """Post an operation."""
        return await self.client.post("/graphql", json={"query": query, **body})


@asynccontextmanager
async def open_server(folder: Path, settings: ApiSettings | None = None) -> AsyncIterator[Server]:
    """Open the server over a fresh record in the folder."""
    runtime = await Runtime.open(record_at(folder / "record.db"))

    async def opened() -> Runtime:
        return runtime

    app = create_app(opened, settings)
    account = a_service_account(token_hash=token_hash(TOKEN), role=Role.ADMINISTRATOR)
    await saved(runtime.ports.work, account)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://headwater", headers=headers) as client,
    ):
        yield Server(app, runtime, client)

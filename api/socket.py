"""GraphQL over WebSocket (`graphql-transport-ws`): a connection lasts as long as the token it was opened with."""

import asyncio
from typing import Any

from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types.unset import UNSET, UnsetType

from api.auth import ProviderUnavailableError, UnauthenticatedError
from api.context import Connection
from api.schema import Schema

TOKEN_ENDED = 4403
"""Close code when the token has ended: 4401 would tell the clients' library never to come back."""
GUARDS = "headwater.guards"
"""Where a connection's scope keeps the tasks that watch its token."""
LONGEST_REASON = 120
"""A close frame holds 123 bytes of reason."""


class GraphQLSocket(GraphQL[Connection, None]):
    """The modern protocol alone; the legacy one has no place to refuse a token."""

    def __init__(self, schema: Schema) -> None:
        super().__init__(schema, graphql_ide=None, subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL])

    async def get_context(self, request: Any, response: Any) -> Connection:  # noqa: ARG002 - the name the base calls
        """Return the context of a connection that nobody has opened yet."""
        socket: WebSocket = request
        return Connection(socket.app.state.backend, socket.state.request_id, socket)

    async def on_ws_connect(self, context: Connection) -> UnsetType | dict[str, object] | None:
        """Acknowledge the connection for the token in its first message, `{"authorization": "Bearer TOKEN"}`."""
        given = {name.lower(): value for name, value in context.connection_params.items()}
        authorization = given.get("authorization")
        if not isinstance(authorization, str):
            raise ConnectionRejectionError
        try:
            identity = await context.backend.authenticator.identity_of(authorization)
        except (UnauthenticatedError, ProviderUnavailableError) as refused:
            raise ConnectionRejectionError from refused
        context.actor, context.expires_at = identity.actor, identity.expires_at
        guard = asyncio.create_task(_close_with_the_token(context, authorization), name="guard of a socket")
        context.socket.scope[GUARDS].append(guard)
        acknowledged: UnsetType = UNSET
        return acknowledged

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve a connection; who guards its token goes with it."""
        guards: list[asyncio.Task[None]] = []
        scope[GUARDS] = guards
        try:
            await super().__call__(scope, receive, send)
        finally:
            for guard in guards:
                guard.cancel()


async def _close_with_the_token(context: Connection, authorization: str) -> None:
    reason = await context.backend.authenticator.until_ended(authorization)
    await context.socket.close(TOKEN_ENDED, reason[:LONGEST_REASON])

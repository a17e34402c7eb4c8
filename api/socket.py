"""GraphQL over WebSocket (`graphql-transport-ws`): a connection is acknowledged for a bearer token and for no other."""

from typing import Any

from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types.unset import UNSET, UnsetType

from api.auth import authenticated
from api.context import Connection
from api.schema import Schema


class GraphQLSocket(GraphQL[Connection, None]):
    """The modern protocol alone; the legacy one has no place to refuse a token."""

    def __init__(self, schema: Schema) -> None:
        super().__init__(schema, graphql_ide=None, subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL])

    async def get_context(self, request: Any, response: Any) -> Connection:  # noqa: ARG002 - the name the base calls
        """Return the context of a connection that nobody has opened yet."""
        socket: WebSocket = request
        return Connection(socket.app.state.backend, socket.state.request_id)

    async def on_ws_connect(self, context: Connection) -> UnsetType | dict[str, object] | None:
        """Acknowledge the connection for the token in its first message, `{"authorization": "Bearer TOKEN"}`."""
        given = {name.lower(): value for name, value in context.connection_params.items()}
        authorization = given.get("authorization")
        context.actor = await authenticated(
            context.backend.accounts, authorization if isinstance(authorization, str) else None
        )
        if context.actor is None:
            raise ConnectionRejectionError
        acknowledged: UnsetType = UNSET
        return acknowledged

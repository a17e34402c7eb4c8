"""GraphQL over HTTP, WebSocket and SSE; the composition root of the server and the `headwater` command."""

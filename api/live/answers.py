"""Events as the documents of subscriptions answer them: one execution and one text, however many hear it."""

from inspect import isawaitable
from typing import Any, cast

import orjson
from graphql import ExecutionResult, execute_subscription_event

from api.context import FollowingContext
from api.errors import presented
from api.execution import Execution
from api.live.documents import Document
from api.types.live import MISSED, TYPES, UNNAMED
from domain.kernel.events import Event
from domain.kernel.page import Row


def interface_types(field_name: str, document: Document) -> Any:
    """Return the concrete types, by kind, of the interface that a root field answers with."""
    interface = cast(Any, document.schema.subscription_type).fields[field_name].type.of_type.name
    return next(types for declared, types in TYPES.items() if declared.__name__ == interface)


def event_row(document: Document, event: Event, cursor: str, image: Row) -> Row:
    """Return the event as a row that its type reads."""
    types = interface_types(document.field, document)
    concrete = types.get(event.kind, types[UNNAMED])
    return {
        "type_name": concrete.__name__,
        "cursor": cursor,
        "occurred_at": event.occurred_at,
        "actor_id": event.actor_id,
        "version": event.subject_version,
        "note": event.body.get("note"),
        "subject_type": event.subject_type,
        "subject_id": event.subject_id,
        "image": image,
    }


def missed_row(document: Document, cursor: str, now: Any) -> Row:
    """Return the event that says that the log does not reach back to the cursor given."""
    concrete = interface_types(document.field, document)[MISSED]
    return {
        "type_name": concrete.__name__,
        "cursor": cursor,
        "occurred_at": now,
        "actor_id": None,
        "version": 0,
        "note": None,
        "subject_type": None,
        "subject_id": None,
        "image": {},
    }


class Answering:
    """How the events of one group are answered: the document is made ready once, and executed once per event."""

    def __init__(self, document: Document, context: FollowingContext) -> None:
        self._context = context
        built = Execution.build(
            document.schema,
            document.document,
            None,
            context,
            dict(document.variables),
            document.key.operation_name,
        )
        refused = built if isinstance(built, list) else []
        if refused:
            raise ValueError(f"a document that was accepted cannot be executed: {refused}")
        self._executor = cast("Execution", built)

    async def payload(self, row: Row) -> str:
        """Execute the document for one event and return the payload of its message."""
        try:
            result: Any = execute_subscription_event(self._executor.build_per_event_executor(row))
            if isawaitable(result):
                result = await result
        finally:
            await self._context.close()
        return payload_text(cast(ExecutionResult, result), self._context.request_id)


def payload_text(result: ExecutionResult, request_id: str) -> str:
    """Return a result as it stands in a message."""
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        body["errors"] = [presented(error, request_id).formatted for error in result.errors]
    return orjson.dumps(body).decode()

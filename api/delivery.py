"""An answer in parts (`@defer`): what is at hand first, then what was deferred, within the time of one operation."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping
from typing import Any

from graphql import GraphQLError
from graphql.execution import (
    InitialIncrementalExecutionResult,
    PendingResult,
    SubsequentIncrementalExecutionResult,
)
from strawberry.types import ExecutionResult

from api.context import Context
from api.errors import overdue, presented

Part = Mapping[str, Any]
"""A part as it is told: in the words of graphql-js 17 alpha 9."""


class Delivery:
    """The results of one operation, to be taken one after the other until its time is up."""

    def __init__(self, results: AsyncGenerator[Any], context: Context) -> None:
        self._results, self._context = results, context
        self.deadline = asyncio.get_running_loop().time() + context.terms.seconds
        self.pending: dict[str, PendingResult] = {}
        """What was announced, by id."""
        self.errors: list[GraphQLError] = []
        """What has been told so far."""
        self._open: set[str] = set()

    async def first(self) -> ExecutionResult | Part:
        """Return the whole result where nothing is left to come, else the first part."""
        try:
            result = await self._next()
        except TimeoutError:
            result = ExecutionResult(data=None, errors=[overdue(self._context.terms.seconds)])
        self._present(result)
        if not isinstance(result, InitialIncrementalExecutionResult):
            whole: ExecutionResult = result
            return whole
        self._announce(result.pending)
        return result.formatted

    async def rest(self) -> AsyncGenerator[Part]:
        """Yield the parts that follow. When the time is up, the last one says so of all that is still open."""
        is_last = False
        while not is_last:
            try:
                result: SubsequentIncrementalExecutionResult = await self._next()
            except TimeoutError:
                yield self._broken_off(overdue(self._context.terms.seconds))
                return
            except Exception as fault:
                yield self._broken_off(GraphQLError("", original_error=fault))
                return
            for told in (*(result.incremental or ()), *(result.completed or ())):
                self._present(told)
            self._announce(result.pending or ())
            self._open -= {completed.id for completed in result.completed or ()}
            is_last = not result.has_next
            yield result.formatted

    async def close(self) -> None:
        """Stop whatever is still being worked on, and give the operation's snapshot back."""
        try:
            await self._results.aclose()
        finally:
            await self._context.close()

    async def _next(self) -> Any:
        async with asyncio.timeout_at(self.deadline):
            return await anext(self._results)

    def _announce(self, pending: Iterable[PendingResult]) -> None:
        self.pending |= {one.id: one for one in pending}
        self._open |= {one.id for one in pending}

    def _present(self, told: Any) -> None:
        if told.errors:
            told.errors = [presented(error, self._context.request_id) for error in told.errors]
            self.errors += told.errors

    def _broken_off(self, error: GraphQLError) -> Part:
        shown = presented(error, self._context.request_id)
        self.errors.append(shown)
        completed = [{"id": name, "errors": [shown.formatted]} for name in sorted(self._open, key=int)]
        return {"completed": completed, "hasNext": False}

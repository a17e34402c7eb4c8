"""The schema: every root field, the scalars, the refusals, and how fields over rows are resolved."""

import asyncio
from collections.abc import AsyncGenerator
from functools import cache
from typing import Any, cast

import strawberry
from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLStreamDirective,
    GraphQLTypeResolver,
    GraphQLUnionType,
)
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionResult

from api.answering import answer_event, answer_root
from api.context import Context
from api.delivery import Delivery
from api.errors import HANDLERS, overdue, presented
from api.execution import Execution
from api.lookahead import DEFINITION, SOURCE, read_by_response_key
from api.mutations.accounts import AccountMutations
from api.mutations.cab import CabMutations
from api.mutations.calendar_feeds import CalendarFeedMutations
from api.mutations.calendars import CalendarMutations
from api.mutations.change_lifecycle import ChangeLifecycleMutations
from api.mutations.changes import ChangeMutations
from api.mutations.configuration import ConfigurationMutations
from api.mutations.conflicts import ConflictMutations
from api.mutations.incidents import IncidentMutations
from api.mutations.people import PeopleMutations
from api.mutations.problems import ProblemMutations
from api.mutations.topology import TopologyMutations
from api.mutations.webhooks import WebhookMutations
from api.mutations.windows import WindowMutations
from api.preparation import Preparation
from api.queries.audit import AuditQueries
from api.queries.changes import ChangeQueries
from api.queries.configuration import ConfigurationQueries
from api.queries.engines import EngineQueries
from api.queries.findings import FindingQueries
from api.queries.integration import IntegrationQueries
from api.queries.people import PeopleQueries
from api.queries.tickets import TicketQueries
from api.queries.viewer import ViewerQueries
from api.scalars import SCALARS
from api.subscriptions.feeds import Subscription
from api.types.live import TYPES


@strawberry.type(description="Everything that can be read.")
class Query(
    ViewerQueries,
    PeopleQueries,
    ConfigurationQueries,
    TicketQueries,
    ChangeQueries,
    FindingQueries,
    AuditQueries,
    EngineQueries,
    IntegrationQueries,
):
    """The root of queries: one class per group of nouns."""


@strawberry.type(description="Everything that can be done: one business verb each.")
class Mutation(
    PeopleMutations,
    AccountMutations,
    CalendarMutations,
    ConfigurationMutations,
    TopologyMutations,
    IncidentMutations,
    ProblemMutations,
    ChangeMutations,
    ChangeLifecycleMutations,
    ConflictMutations,
    WindowMutations,
    CabMutations,
    WebhookMutations,
    CalendarFeedMutations,
):
    """The root of mutations: one class per group of nouns."""


class Schema(strawberry.Schema):
    """The schema with errors as clients may see them."""

    @property
    def graphql(self) -> GraphQLSchema:
        """The schema as graphql-core executes it."""
        return self._schema

    async def execute(self, *args: Any, **kwargs: Any) -> ExecutionResult:
        """Execute an operation and give its snapshot back; every top-level error carries a code and the request id."""
        context: Context = kwargs["context_value"]
        try:
            async with asyncio.timeout(context.terms.seconds):
                result = await super().execute(*args, **kwargs)
        except TimeoutError:
            result = ExecutionResult(data=None, errors=[overdue(context.terms.seconds)])
        finally:
            await context.close()
        if result.errors:
            result.errors = [presented(error, context.request_id) for error in result.errors]
        return result

    async def deliver(self, *args: Any, **kwargs: Any) -> Delivery:
        """Begin an operation whose answer may come in parts; whoever takes them closes it."""
        return Delivery(cast(AsyncGenerator[Any], await self.stream(*args, **kwargs)), kwargs["context_value"])

    def process_errors(self, errors: Any, execution_context: Any = None) -> None:
        """Leave logging to `presented`, which knows faults from refusals."""


def build_schema(*, defers: bool = False) -> Schema:
    """Return the schema of this process; with `@defer` where answers may come in parts."""
    return _built(defers)


@cache
def _built(defers: bool) -> Schema:
    schema = Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[concrete for feed in TYPES.values() for concrete in feed.values()],
        extensions=[Preparation],
        execution_context_class=Execution,
        exception_handlers=HANDLERS,
        config=StrawberryConfig(scalar_map=SCALARS, enable_experimental_incremental_execution=defers),
    )
    # Lists come in pages, fetched at once: there is nothing to gain from `@stream`, which comes with `@defer`.
    graphql = schema.graphql
    graphql.directives = tuple(one for one in graphql.directives if one is not GraphQLStreamDirective)
    _resolve_by_lookahead(schema)
    return schema


def printed_schema(schema: Schema | None = None) -> str:
    """Return a schema as text; `schema.graphql` holds the one that a server has unless its settings say otherwise."""
    return (schema or build_schema()).as_str().rstrip() + "\n"


def _resolve_by_lookahead(schema: Schema) -> None:
    """Let root fields over rows fetch their tree, and fields below them read what was fetched."""
    graphql = schema.graphql
    roots: dict[str, Any] = {Query.__name__: answer_root, Subscription.__name__: answer_event}
    for type_ in graphql.type_map.values():
        if not isinstance(type_, GraphQLObjectType):
            continue
        for field in type_.fields.values():
            definition = field.extensions.get(DEFINITION)
            if definition is not None and SOURCE in definition.metadata:
                field.resolve = roots.get(type_.name, read_by_response_key)
    for interface in TYPES:
        # Asking each of the concrete types in turn would cost more than all the rest of an event.
        cast(GraphQLInterfaceType, graphql.type_map[interface.__name__]).resolve_type = _type_of_event
    for type_ in graphql.type_map.values():
        if isinstance(type_, GraphQLUnionType):
            type_.resolve_type = _member_of(type_)


def _member_of(union: GraphQLUnionType) -> GraphQLTypeResolver:
    """Return what tells the member of a union that a value is: each has a class of its own."""
    names: dict[type, str] = {member.extensions[DEFINITION].origin: member.name for member in union.types}

    def member_of(value: Any, _info: Any, _union: Any) -> str:
        return names[type(value)]

    return member_of


def _type_of_event(event: Any, _info: Any, _interface: Any) -> str:
    return type(event).__name__

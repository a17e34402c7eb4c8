"""Root resolvers: a question is answered from the operation's snapshot, an act's outcome is read again after it."""

from typing import Any, TypeVar, cast

from graphql import GraphQLObjectType, GraphQLResolveInfo
from strawberry.types import Info

from api.context import Context, FollowingContext
from api.lazy_reads import LazyReads
from api.lookahead import Asking
from domain.kernel.page import Row

Success = TypeVar("Success")


async def answer_root(_root: Any, info: GraphQLResolveInfo[Any], **_arguments: Any) -> Any:
    """Resolve a root field over rows: everything selected below it is fetched here, level by level."""
    context: Context = info.context
    async with context.reading() as reads:
        asking = Asking.of(info, context.actor, reads, context)
        selected = asking.field(info.parent_type, str(info.path.key), tuple(info.field_nodes))
        (value,) = await asking.values(selected, [{}])
        return value


async def answer_event(event: Row, info: GraphQLResolveInfo[Any], **_arguments: Any) -> Any:
    """Resolve the root field of a subscription for one event; the record is read only where more is asked for."""
    context: FollowingContext = info.context
    object_type = cast(GraphQLObjectType, info.schema.get_type(event["type_name"]))
    if context.asking is None:
        context.asking = Asking.of(info, context.actor, LazyReads(context), context)
    asking: Asking = context.asking
    (answered,) = await asking.plan(object_type, tuple(info.field_nodes)).build(asking, [event])
    return answered


async def reread(info: Info[Context, None], success: type[Success], **row: Any) -> Success:
    """Return the outcome of an act: `row` holds what its fields refer to, the rest is read as a query would."""
    raw = info._raw_info
    context = info.context
    object_type = cast(GraphQLObjectType, raw.schema.get_type(success.__name__))
    await context.close()
    async with context.reading() as reads:
        asking = Asking.of(raw, context.actor, reads, context)
        (outcome,) = await asking.plan(object_type, raw.field_nodes).build(asking, [cast(Row, row)])
        return cast(Success, outcome)

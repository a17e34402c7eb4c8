"""From the text of a subscription to what is followed and how it is answered; refused exactly as a query would be."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import orjson
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    get_operation_ast,
    get_variable_values,
)
from graphql import VariableNode as Variable

from api.limits import excess, measure, passed
from api.live.scopes import is_personal_below
from api.lookahead import Asking
from api.preparation import LIMITS, prepare
from api.subscriptions.feeds import FEED_OF
from api.types.following import follow_of
from domain.kernel.actor import Actor, Permission
from domain.kernel.audience import Scope
from domain.kernel.following import Follow


class RefusedDocumentError(Exception):
    """The document is no subscription that can be followed; `errors` say why."""

    def __init__(self, *errors: GraphQLError) -> None:
        super().__init__(errors[0].message)
        self.errors = errors


@dataclass(frozen=True, slots=True)
class GroupKey:
    """What two subscriptions must have in common to be answered by one execution."""

    text: str
    operation_name: str | None
    variables: bytes
    scope: Scope


@dataclass(frozen=True, slots=True)
class Document:
    """A subscription ready to be followed by one actor."""

    key: GroupKey
    schema: GraphQLSchema
    document: DocumentNode
    variables: Mapping[str, Any]
    field: str
    follow: Follow
    after: str | None
    cost: int
    """What it costs to begin, as of any operation: the answer to one event."""


def operation_type(schema: GraphQLSchema, text: str, operation_name: str | None) -> OperationType | None:
    """Return what kind of operation a request asks for, None when the text has none of that name."""
    try:
        operation = get_operation_ast(prepare(schema, text).document, operation_name)
    except GraphQLError:
        return None
    return None if operation is None else operation.operation


def subscription(
    schema: GraphQLSchema, text: str, operation_name: str | None, variables: Mapping[str, Any] | None, actor: Actor
) -> Document:
    """Return what is followed; `RefusedDocumentError` for a document that breaks a rule or a limit.

    `InvalidInput` and `Forbidden` say what is wrong with an argument.
    """
    prepared = prepare(schema, text)
    operation = cast(OperationDefinitionNode, get_operation_ast(prepared.document, operation_name))
    measured = measure(schema, prepared.document, operation, dict(variables or {}))
    refusal = passed("fields", prepared.fields, LIMITS.fields) or excess(LIMITS, measured)
    if refusal is not None or prepared.errors:
        raise RefusedDocumentError(*([refusal] if refusal else prepared.errors))
    coerced = get_variable_values(schema, operation.variable_definitions or (), dict(variables or {}))
    if isinstance(coerced, list):
        raise RefusedDocumentError(*coerced)
    fragments = {
        node.name.value: node for node in prepared.whole.definitions if isinstance(node, FragmentDefinitionNode)
    }
    asking = Asking(actor, cast(Any, None), None, schema, fragments, coerced)
    root = cast(GraphQLObjectType, schema.subscription_type)
    (field,) = asking.selected(root, [cast(Any, operation)])
    follow = follow_of(FEED_OF[field.name], field.arguments.get("where"))
    if follow.neighbourhoods is not None:
        actor.require(Permission.READ_ALL)
    shared = _without_cursor(text, field.nodes[0], dict(variables or {}))
    is_personal = is_personal_below(asking, field)
    key = GroupKey(
        text,
        operation_name,
        orjson.dumps(shared, option=orjson.OPT_SORT_KEYS),
        Scope.of(actor, is_personal=is_personal),
    )
    after = field.arguments.get("after")
    return Document(key, schema, prepared.whole, shared, field.name, follow, after, measured.cost)


def _without_cursor(text: str, field: Any, variables: dict[str, Any]) -> dict[str, Any]:
    """Return the variables but for the one that holds the cursor alone: where one begins makes no group of its own."""
    after = next((argument.value for argument in field.arguments or () if argument.name.value == "after"), None)
    if not isinstance(after, Variable):
        return variables
    name = after.name.value
    is_used_elsewhere = len(re.findall(rf"\${name}\b", text)) > 2
    return variables if is_used_elsewhere else {**variables, name: ""}

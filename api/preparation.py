"""From text to a document that may be executed: parsed and validated once per text, measured with every request."""

from collections.abc import Iterator
from functools import cached_property, lru_cache
from typing import cast

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    get_operation_ast,
    parse,
    specified_rules,
    validate,
)
from strawberry.extensions import SchemaExtension
from strawberry.schema.exceptions import CannotGetOperationTypeError
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule
from strawberry.types import ExecutionContext

from api.limits import Limits, count_fields, excess, measure, passed

LIMITS = Limits()
MOST_ERRORS = 10
"""Most validation errors of one answer."""
CACHED_DOCUMENTS = 256
CACHED_CHARACTERS = 10_000
"""Longer texts are prepared every time, so that the cache stays small."""
SEVERAL, OTHER = "several", "other"

_RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)


class Prepared:
    """A parsed document with what depends on its text alone; validated when first asked for."""

    def __init__(self, schema: GraphQLSchema, text: str) -> None:
        self.document: DocumentNode = parse(text, max_tokens=LIMITS.tokens)
        self._schema = schema

    @cached_property
    def fields(self) -> int:
        """How many fields stand in the text."""
        return count_fields(self.document)

    @cached_property
    def has_several_operations(self) -> bool:
        """Whether a request must name the operation it means."""
        return sum(isinstance(part, OperationDefinitionNode) for part in self.document.definitions) > 1

    @cached_property
    def errors(self) -> list[GraphQLError]:
        """What validation finds, at most `MOST_ERRORS`."""
        return validate(self._schema, self.document, _RULES, max_errors=MOST_ERRORS)


_cached = lru_cache(maxsize=CACHED_DOCUMENTS)(Prepared)


def prepare(schema: GraphQLSchema, text: str) -> Prepared:
    """Return the prepared document of a text."""
    return _cached(schema, text) if len(text) <= CACHED_CHARACTERS else Prepared(schema, text)


def graphql_schema(context: ExecutionContext) -> GraphQLSchema:
    """Return the graphql-core schema an operation is executed on."""
    schema: GraphQLSchema = context.schema._schema
    return schema


def root_field(schema: GraphQLSchema, text: str | None, operation_name: str | None) -> str:
    """Return the root field an operation asks for: its name for metrics, one of as many as the schema has.

    An operation over several is `several`; one that does not say, or asks for nothing the schema has, is `other`.
    """
    try:
        operation = get_operation_ast(prepare(schema, text or "").document, operation_name)
    except GraphQLError:
        return OTHER
    selections = operation.selection_set.selections if operation is not None else ()
    if len(selections) > 1:
        return SEVERAL
    known = {name for root in (schema.query_type, schema.mutation_type) if root is not None for name in root.fields}
    asked = selections[0].name.value if selections and isinstance(selections[0], FieldNode) else OTHER
    return asked if asked in known else OTHER


class Preparation(SchemaExtension):
    """Puts parsing, limits and validation before execution, for HTTP and for WebSocket alike."""

    def on_parse(self) -> Iterator[None]:
        """Parse with a limit on tokens."""
        context = self.execution_context
        self._prepared = prepare(graphql_schema(context), context.query or "")
        context.graphql_document = self._prepared.document
        # Strawberry would take the first of several operations; the specification asks for a name then.
        if context._provided_operation_name is None and self._prepared.has_several_operations:
            raise CannotGetOperationTypeError(None)
        yield

    def on_validate(self) -> Iterator[None]:
        """Refuse what passes a limit, before validation spends any time on it."""
        prepared = self._prepared
        refusal = passed("fields", prepared.fields, LIMITS.fields) or self._excess()
        self.execution_context.pre_execution_errors = prepared.errors if refusal is None else [refusal]
        yield

    def _excess(self) -> GraphQLError | None:
        context, document = self.execution_context, self._prepared.document
        operation = cast(OperationDefinitionNode, get_operation_ast(document, context.operation_name))
        measured = measure(graphql_schema(context), document, operation, context.variables)
        self._cost = measured.cost
        return excess(LIMITS, measured)

    def get_results(self) -> dict[str, object]:
        """Tell the cost of the operation in the answer's extensions."""
        cost = getattr(self, "_cost", None)
        return {} if cost is None else {"cost": {"requested": cost, "maximum": LIMITS.cost}}

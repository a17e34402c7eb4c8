"""From text to a document that may be executed: parsed and validated once per text, measured with every request."""

import re
from collections.abc import AsyncIterator, Iterator
from functools import cached_property, lru_cache
from typing import Any, cast

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    GraphQLDeferDirective,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    Visitor,
    VisitorAction,
    get_operation_ast,
    parse,
    specified_rules,
    validate,
    visit,
)
from strawberry.extensions import SchemaExtension
from strawberry.schema.exceptions import CannotGetOperationTypeError
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule
from strawberry.types import ExecutionContext

from api.budget import Charged, exhausted
from api.errors import not_listed
from api.limits import Limits, count_fields, excess, measure, passed
from api.terms import Terms
from domain.kernel.actor import Actor

LIMITS = Limits()
MOST_ERRORS = 10
"""Most validation errors of one answer."""
CACHED_DOCUMENTS = 256
CACHED_CHARACTERS = 10_000
"""Longer texts are prepared every time, so that the cache stays small."""
SEVERAL, OTHER = "several", "other"

_RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)
_SUGGESTION = re.compile(r" Did you mean .*\?$")


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
    def whole(self) -> DocumentNode:
        """The document without `@defer`: the same answer, at once. Itself where it defers nothing."""
        return cast(DocumentNode, visit(self.document, _NothingLater()))

    @property
    def defers(self) -> bool:
        """Whether the document asks for some of its answer later."""
        return self.whole is not self.document

    @cached_property
    def has_several_operations(self) -> bool:
        """Whether a request must name the operation it means."""
        return sum(isinstance(part, OperationDefinitionNode) for part in self.document.definitions) > 1

    @cached_property
    def errors(self) -> list[GraphQLError]:
        """What validation finds, at most `MOST_ERRORS`."""
        return validate(self._schema, self.document, _RULES, max_errors=MOST_ERRORS)

    @cached_property
    def discreet_errors(self) -> list[GraphQLError]:
        """What validation finds where the schema may not be asked for: no introspection, no names as suggestions."""
        rules = (*_RULES, NoSchemaIntrospectionCustomRule)
        found = validate(self._schema, self.document, rules, max_errors=MOST_ERRORS)
        return [GraphQLError(_SUGGESTION.sub("", error.message), nodes=error.nodes) for error in found]


class _NothingLater(Visitor):
    def enter_directive(self, node: DirectiveNode, *_: Any) -> VisitorAction:
        return self.REMOVE if node.name.value == GraphQLDeferDirective.name else None


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
    """Puts parsing, limits, validation and the budget before execution, for HTTP and for WebSocket alike."""

    _cost: int | None = None
    _charged: Charged | None = None

    def on_parse(self) -> Iterator[None]:
        """Parse with a limit on tokens, where the text may be executed at all."""
        context = self.execution_context
        if not self._terms.documents.permits(context.query or ""):
            raise not_listed()
        self._prepared = prepare(graphql_schema(context), context.query or "")
        takes_parts: bool = context.context.takes_parts
        context.graphql_document = self._prepared.document if takes_parts else self._prepared.whole
        # Strawberry would take the first of several operations; the specification asks for a name then.
        if context._provided_operation_name is None and self._prepared.has_several_operations:
            raise CannotGetOperationTypeError(None)
        yield

    async def on_validate(self) -> AsyncIterator[None]:
        """Refuse what passes a limit, before validation spends any time on it, and what is beyond the budget."""
        prepared, terms = self._prepared, self._terms
        refusal = passed("fields", prepared.fields, LIMITS.fields) or self._excess()
        if refusal is not None:
            found = [refusal]
        else:
            found = prepared.errors if terms.may_introspect else prepared.discreet_errors
        self.execution_context.pre_execution_errors = found or await self._overdrawn()
        yield

    async def _overdrawn(self) -> list[GraphQLError]:
        """Charge the cost to whoever asks, and return the error when they have none left."""
        actor: Actor = self.execution_context.context.actor
        self._charged = await self._terms.budget.charge(actor.id, self._cost or 1)
        return [] if self._charged is None or not self._charged.is_exhausted else [exhausted(self._charged)]

    @property
    def _terms(self) -> Terms:
        terms: Terms = self.execution_context.context.terms
        return terms

    def _excess(self) -> GraphQLError | None:
        context, document = self.execution_context, self._prepared.document
        operation = cast(OperationDefinitionNode, get_operation_ast(document, context.operation_name))
        measured = measure(graphql_schema(context), document, operation, context.variables)
        self._cost = measured.cost
        return excess(LIMITS, measured)

    def get_results(self) -> dict[str, object]:
        """Tell the cost of the operation in the answer's extensions."""
        if self._cost is None:
            return {}
        cost: dict[str, object] = {"requested": self._cost, "maximum": LIMITS.cost}
        if self._charged is not None:
            cost["budget"] = {
                "maximum": self._charged.maximum,
                "remaining": max(self._charged.remaining, 0),
                "secondsToReset": self._charged.seconds_to_reset,
            }
        return {"cost": cost}

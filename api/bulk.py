"""A verb over a list: every item is an act of its own, done and refused as the verb would do and refuse it alone.

The items are done one after the other in the order given, each in its own transaction. So the record may be read by
others between two of them, and what one item is refused for changes nothing of the rest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import strawberry

from api.answering import reread
from api.context import Context
from api.costs import SIZED_BY
from api.errors import UserError, refusal_error
from api.fields import column, sourced
from api.lookahead import Asking, Selected
from api.relations import Embedded
from api.verbs import VERB, Verb, fingerprint_of, given, mutation, needed, perform, result_of
from domain.kernel import errors as refused
from domain.kernel.page import MOST, Row
from domain.usecases.once import begin_list, key_in_list

ITEMS = "items"
KEY = (
    "Name of this asking, at most 200 characters: who asks again with the same key and the same input within 24 hours "
    "gets what was done then as it is now, and has done what was not. Null: every asking does every item."
)


def in_bulk(single: Any) -> Any:
    """Return the mutation that does a declared verb to each of a list of its inputs."""
    verb: Verb = single.metadata[VERB]
    name = f"{verb.name}Bulk"
    act = f"`{verb.name[0].lower()}{verb.name[1:]}`"
    input_type = _input_type(name, verb, act)
    success = _success_type(name, verb, act)

    async def resolve(info: strawberry.Info[Context, None], **arguments: Any) -> Any:
        outcomes = await _outcomes(verb, info.context, arguments["input"])
        rows = [{"index": index, "result": outcome} for index, outcome in enumerate(outcomes)]
        return await reread(info, success, results=rows)

    return mutation(
        resolve,
        input_type,
        success,
        " ".join([f"Do {act} to each of a list, one after the other, each an act of its own.", *needed(verb.needs)]),
        result=result_of(success, (refused.InvalidInput, refused.IdempotencyConflict)),
        metadata={SIZED_BY: ("input", ITEMS)},
    )


async def _outcomes(verb: Verb, context: Context, given_input: Any) -> list[Any]:
    """Do every item and return what came of each: the row its success is read from, its refusal, or a fault."""
    items: Sequence[Any] = given_input.items
    if not 1 <= len(items) <= MOST:
        raise refused.InvalidInput.at(ITEMS, f"takes 1 to {MOST} items")
    key: str | None = given_input.idempotency_key
    if key is None:
        return [await _outcome(verb, context, item, None) for item in items]
    fingerprint = fingerprint_of(type(given_input).__name__, {ITEMS: items})
    await begin_list(context.ports, context.actor, key, fingerprint)
    return [
        await _outcome(verb, context, item, key_in_list(key, fingerprint, index)) for index, item in enumerate(items)
    ]


async def _outcome(verb: Verb, context: Context, item: Any, key: str | None) -> Row | UserError | Exception:
    try:
        return {verb.answers.name: await perform(verb.doing, context, item, key)}
    except refused.Refusal as refusal:
        return refusal_error(refusal)
    except Exception as fault:
        # GraphQL tells it at the place of the item, masked; the others are answered all the same.
        return fault


@dataclass(frozen=True, slots=True)
class _ResultOf:
    """What came of each item: what was done is read again together, a refusal stands as it is."""

    success: type[Any]

    @property
    def columns(self) -> tuple[str, ...]:
        """What came of the item."""
        return ("result",)

    async def fetch(self, asking: Asking, parents: Sequence[Row], selected: Selected) -> Sequence[Any]:
        """Return the member of the verb's result per item."""
        success: Any = asking.schema.get_type(self.success.__name__)
        plan = asking.plan(success, selected.nodes)
        outcomes = [row["result"] for row in parents]
        done = iter(await plan.build(asking, [outcome for outcome in outcomes if isinstance(outcome, Mapping)]))
        return [next(done) if isinstance(outcome, Mapping) else outcome for outcome in outcomes]


def _input_type(name: str, verb: Verb, act: str) -> type[Any]:
    body = {
        "__annotations__": {ITEMS: list[verb.input_type], "idempotency_key": str | None},  # type: ignore[name-defined]
        "__module__": __name__,
        "__doc__": f"A list of what {act} takes.",
        ITEMS: given(f"What {act} takes, 1 to {MOST} times; done in this order."),
        "idempotency_key": given(KEY, default=None),
    }
    return strawberry.input(
        type(f"{name}Input", (), body), description=f"A list of what {act} takes, each done on its own."
    )


def _success_type(name: str, verb: Verb, act: str) -> type[Any]:
    item = {
        "__annotations__": {"index": int, "result": verb.result | None},
        "__module__": __name__,
        "__doc__": f"One item of {name}.",
        "index": column("Place in the list of items, from 0."),
        "result": sourced(
            f"What {act} answers with; paths begin at the item. Null when it failed on our side: `errors` tells of it.",
            _ResultOf(verb.success),
        ),
    }
    item_type = strawberry.type(
        type(f"{name}Item", (), item), description=f"What came of one item of {name}; the others do not depend on it."
    )
    body = {
        "__annotations__": {"results": list[item_type]},  # type: ignore[valid-type]
        "__module__": __name__,
        "__doc__": f"What came of {name}.",
        "results": sourced("One per item, in the order of the input.", Embedded("results")),
    }
    return strawberry.type(
        type(f"{name}Success", (), body), description=f"Every item of {name} was tried: each tells what came of it."
    )

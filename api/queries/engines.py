"""Root fields that ask an engine: impact, the preview of a change, the plan of the boards."""

from typing import Annotated, Any, Union, cast

import strawberry
from graphql import GraphQLObjectType

from api.answers import engine
from api.context import Context
from api.costs import COST, Cost
from api.errors import ERROR_OF
from api.fields import argument, sourced
from api.lookahead import Asking
from api.mutations.change_inputs import (
    ChangeInput,
    ChangePredecessorInput,
    ChangeTargetInput,
    ChangeTaskInput,
    ChangeTimesInput,
    schedule_command,
    task_plan,
)
from api.types.configuration import ConfigurationItemRef
from api.types.engine_fields import ImpactOfItems, PlanProposal
from api.types.impact import Impact
from api.types.planning import CabPlanProposal
from api.types.preview import ChangePreview, preview_row
from api.verbs import given, located, said
from domain.change.rules import ChangeFacts
from domain.kernel import errors as refused
from domain.kernel.actor import Permission
from domain.usecases.change_drafts import Draft
from domain.usecases.change_plan import PredecessorPlan, TargetPlan
from domain.usecases.preview import preview_draft


@strawberry.input(
    description="A change as it would be: a new draft, or a stored change with what is said here instead. Nothing is "
    "written."
)
class ChangePreviewInput(ChangeInput):
    """Facts and plans, all optional."""

    title: strawberry.Maybe[str] = given("What is to be done, in one line of at most 200 characters.")
    change_id: strawberry.ID | None = given(
        "A stored change to begin from; null for a new draft.", of="Change", default=None
    )
    times: ChangeTimesInput | None = given(
        "When it is made, and when service is interrupted; null: as stored, or not planned.",
        is_spread=True,
        default=None,
    )
    targets: list[ChangeTargetInput] | None = given(
        "What is changed, at most 100 items; null: as stored, or nothing.", into=TargetPlan, default=None
    )
    tasks: list[ChangeTaskInput] | None = given(
        "The work, at most 100 tasks; null: as stored, or none.", into=task_plan, default=None
    )
    predecessors: list[ChangePredecessorInput] | None = given(
        "Changes that must end before it begins, at most 100; null: as stored, or none.",
        into=PredecessorPlan,
        default=None,
    )


_REFUSALS = (refused.InvalidInput, refused.NotFound, refused.Forbidden, refused.TooLarge)
_MEMBERS: Any = Union[(ChangePreview, *(ERROR_OF[refusal] for refusal in _REFUSALS))]
_RESULT: Any = Annotated[
    _MEMBERS, strawberry.union("ChangePreviewResult", description="The preview, or why there is none.")
]


def _draft(said_of_it: dict[str, Any]) -> Draft:
    """Return the draft that an input says."""
    told = dict(said_of_it)
    plans = {name: told.pop(name) for name in ("targets", "tasks", "predecessors") if name in told}
    times = {name: told.pop(name) for name in ("window", "downtime", "time_zone") if name in told}
    return Draft(facts=ChangeFacts(**told), **plans, times=schedule_command(**times) if times else None)


async def _preview(info: strawberry.Info[Context, None], asked: ChangePreviewInput) -> Any:
    """Return the preview with what is selected of it; what nobody asks for is not computed."""
    context, raw = info.context, info._raw_info
    told = said(asked)
    change_id = told.pop("change_id", None)
    object_type = cast(GraphQLObjectType, raw.schema.get_type(ChangePreview.__name__))
    async with context.reading() as reads:
        asking = Asking.of(raw, context.actor, reads, context)
        plan = asking.plan(object_type, raw.field_nodes)
        wanted = {field.name for field in plan.fields}
        async with engine(asking) as ports:
            found = await preview_draft(
                ports,
                context.actor,
                _draft(told),
                change_id,
                # Moving to a better slot is one of the things that would lower the risk.
                with_slots=bool(wanted & {"freeSlots", "risk"}),
                with_meeting="cab" in wanted,
            )
            async with ports.snapshot() as snapshot:
                stored_ids = await snapshot.conflict_ids([record.conflict.key for record in found.conflicts])
        (answer,) = await plan.build(asking, [preview_row(found, ports.graph.name, stored_ids)])
    return answer


async def _answer_preview(
    info: strawberry.Info[Context, None],
    input: Annotated[  # noqa: A002 - the schema's word
        ChangePreviewInput, strawberry.argument(description="The change as it would be.")
    ],
) -> Any:
    try:
        return await _preview(info, input)
    except refused.Refusal as refusal:
        raise located(refusal, input) from refusal


PREVIEW_WEIGHT = 500


@strawberry.type
class EngineQueries:
    """Questions to the engines."""

    impact: Impact | None = sourced(
        "What a failure of these configuration items together reaches.",
        ImpactOfItems(),
        weight=100,
        needs=Permission.READ_ALL,
        arguments=[argument("of", list[ConfigurationItemRef], "What fails: 1 to 100 configuration items.")],
    )
    cab_plan_proposal: CabPlanProposal | None = sourced(
        "Where every waiting change would be heard if the agendas were planned now; nothing is stored.",
        PlanProposal(),
        weight=1000,
        needs=Permission.READ_ALL,
    )
    change_preview = strawberry.field(
        resolver=_answer_preview,
        description="Risk, impact, conflicts, free slots and board meeting of a change before it is saved. Nothing is "
        f"written. Needs permission `{Permission.REQUEST_CHANGE.value}` or `{Permission.READ_ALL.value}`.",
        graphql_type=_RESULT,
        metadata={COST: PREVIEW_WEIGHT},
        directives=[Cost(weight=str(PREVIEW_WEIGHT))],
    )

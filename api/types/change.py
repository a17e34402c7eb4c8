"""Changes as GraphQL shows them."""

from datetime import datetime
from typing import ClassVar

import strawberry

from api.fields import argument, column, computed, sourced
from api.listing import filtered, list_arguments, order_input
from api.relations import One, Owned, many
from api.relay import Connection, Node, global_id
from api.types.change_parts import (
    ChangeDecision,
    ChangeEvidence,
    ChangePredecessor,
    ChangeTarget,
    ChangeTask,
    TechnicalRisk,
)
from api.types.conflict_group import ConflictGroup
from api.types.engine_fields import MOST_SLOTS, ConflictGroups, ImpactOfChange, SlotsOfChange
from api.types.filters import ChoiceFilter, DateTimeFilter, IdFilter, StringFilter
from api.types.impact import Impact
from api.types.incident import IncidentChangeLink
from api.types.names import (
    ABusinessService,
    AChangeModel,
    AConflict,
    AnAgendaItem,
    APerson,
    ARiskAssessment,
    ATeam,
    AWindowExemption,
)
from api.types.references import reference_input
from api.types.slot import FreeSlotSearch
from api.types.time import TimeWindow, time_window
from api.viewing import ViewerCan
from domain.change.lifecycle import ChangeAct
from domain.change.model import ChangeOutcome, ChangeState, ChangeType, RollbackState, TestState
from domain.kernel.actor import Permission
from domain.kernel.page import Ordering


@strawberry.type(description="A request to change configuration items, with its plan, its decisions and its outcome.")
class Change(Node):
    """Rows of the noun `change`."""

    noun: ClassVar[str] = "change"

    id: strawberry.ID = global_id("Change")
    number: str = column("Number people use, e.g. CHG0000123.")
    external_id: str | None = column("Key in the system it was imported from; null when it was requested here.")
    title: str = column("What is to be done, in one line.")
    description: str = column("What is to be done, in full; empty when nobody said more.")
    reason: str | None = column("Why; null when nobody said.")
    expected_effect: str | None = column("What people will notice; null when nobody said.")
    type: ChangeType = column("What kind of change it is.")
    model_name: str | None = column("Name of the template it was made from; null without one.", "model")
    state: ChangeState = column("Where it is in its life.")
    held_state: ChangeState | None = column("The state it was held in; null unless it is on hold.")
    planned_window: TimeWindow | None = computed(
        "When it is to be done; null while not planned.", ("planned_start", "planned_end"), time_window
    )
    downtime_window: TimeWindow | None = computed(
        "When service is interrupted; null when it is the whole planned window, or none is.",
        ("downtime_start", "downtime_end"),
        time_window,
    )
    actual_start: datetime | None = column("When it was begun; null before.")
    actual_end: datetime | None = column("When it was done; null before.")
    prep_minutes: int | None = column("Minutes of preparation before the window; null when unknown.")
    rollback_minutes: int | None = column("Minutes the way back takes; null when unknown.")
    bake_minutes: int | None = column("Minutes to watch it afterwards; null when unknown.")
    is_irreversible: bool = column("Whether there is no way back.")
    test_state: TestState = column("What is known of testing.")
    rollback_state: RollbackState = column("What is known of the way back.")
    rollback_plan: str | None = column("The way back; null when nobody wrote it down.")
    bundle: str | None = column("Name shared by changes that belong together; null alone.")
    is_excluded: bool = column("Whether it is taken out of conflict detection.")
    needs_security_review: bool = column("Whether security must have looked at it.")
    outcome: ChangeOutcome | None = column("How it ended; null before.")
    has_service_effect: bool | None = column("Whether people noticed an interruption; null before the review.")
    review: str | None = column("What the review found; null before.")
    recorded_at: datetime = column("When it was written down.")
    submitted_at: datetime | None = column("When it was handed in; null before.")
    assessed_at: datetime | None = column("When it was assessed; null before.")
    decided_at: datetime | None = column("When it was decided; null before.")
    closed_at: datetime | None = column("When it was filed; null before.")
    version: int = column("Version to give back with the next act on it.")
    viewer_can: list[ChangeAct] = sourced(
        "What you can do to it now: possible in its state and allowed to you.", ViewerCan()
    )
    requester: APerson | None = sourced("Who asked for it; null when a program did.", One("requester_id"))
    authorised_by: APerson | None = sourced("Who authorised it; null before.", One("authorised_by_id"))
    team: ATeam | None = sourced("The team that carries it; null while none does.", One("team_id"))
    service: ABusinessService | None = sourced(
        "The service it is for; null when none in particular.", One("service_id")
    )
    model: AChangeModel | None = sourced("The template it was made from; null without one.", One("model", by="name"))
    risk: ARiskAssessment | None = sourced("Its current risk; null until it is assessed.", Owned("current_of"))
    risk_history: Connection[ARiskAssessment] = many(
        "Every assessment of its risk, the latest first.", "change", by_default=(Ordering("as_of", is_descending=True),)
    )
    targets: Connection[ChangeTarget] = many(
        "Configuration items it touches, by step.", "change", by_default=(Ordering("step"),)
    )
    tasks: Connection[ChangeTask] = many("Its work, by step.", "change", by_default=(Ordering("step"),))
    predecessors: Connection[ChangePredecessor] = many("Changes that must end before it begins.", "change")
    successors: Connection[ChangePredecessor] = many("Changes that wait for it.", "predecessor")
    evidence: Connection[ChangeEvidence] = many(
        "What a board can look at, the oldest first.", "change", by_default=(Ordering("recorded_at"),)
    )
    technical_risks: Connection[TechnicalRisk] = many(
        "Assessors' findings, the oldest first.", "change", by_default=(Ordering("recorded_at"),)
    )
    decisions: Connection[ChangeDecision] = many(
        "What was decided about it, the oldest first.", "change", by_default=(Ordering("decided_at"),)
    )
    conflicts: Connection[AConflict] = many(
        "Conflicts it takes part in, the weightiest first.",
        "change",
        by_default=(Ordering("weight", is_descending=True),),
    )
    incident_links: Connection[IncidentChangeLink] = many("Incidents it caused, fixed or has to do with.", "change")
    agenda_items: Connection[AnAgendaItem] | None = many("Agendas it is on.", "change", needs=Permission.READ_ALL)
    conflict_groups: Connection[ConflictGroup] | None = sourced(
        "Its standing conflicts as people read them: worst first, many around one configuration item as one.",
        ConflictGroups(),
        weight=50,
        needs=Permission.READ_ALL,
        arguments=list_arguments(),
    )
    impact: Impact | None = sourced(
        "What a failure of its targets reaches now, step by step.",
        ImpactOfChange(),
        weight=100,
        needs=Permission.READ_ALL,
    )
    free_slots: FreeSlotSearch | None = sourced(
        "When it could be made in the next 90 days; null while it has no targets.",
        SlotsOfChange(),
        weight=300,
        needs=Permission.READ_ALL,
        arguments=[argument("first", int, f"How many slots, 1 to {MOST_SLOTS}.", 5)],
    )
    exemptions: Connection[AWindowExemption] | None = many(
        "Freezes it may run in.", "change", needs=Permission.READ_ALL
    )


ChangeOrder = order_input(
    "Change", planned_start="By when it is to begin; not planned counts as earliest.", number="By number."
)
ChangeRef = reference_input("Change", "id", "number", "external_id")


@strawberry.input(description="Which changes: those that match every field given.")
class ChangeWhere:
    """Filters over indexes of the noun `change`."""

    state: ChoiceFilter[ChangeState] | None = filtered("By state.", "state")
    planned_start: DateTimeFilter | None = filtered("By when it is to begin.", "planned_start")
    planned_end: DateTimeFilter | None = filtered("By when it is to end.", "planned_end")
    model_name: StringFilter | None = filtered("By name of its template.", "model")
    bundle: StringFilter | None = filtered("By the name it shares with others.", "bundle")
    requester: IdFilter | None = filtered("By who asked for it.", "requester_id", of="Person")
    team: IdFilter | None = filtered("By the team that carries it.", "team_id", of="Team")
    service: IdFilter | None = filtered("By the service it is for.", "service_id", of="BusinessService")
    configuration_item: IdFilter | None = filtered(
        "By a configuration item it touches directly.", "ci_id", of="ConfigurationItem"
    )

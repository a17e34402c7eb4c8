"""The parts of a change as GraphQL shows them: targets, tasks, order, evidence, technical risks, decisions."""

from datetime import datetime
from typing import ClassVar

import strawberry

from api.fields import column, computed, sourced
from api.relations import One
from api.relay import global_id
from api.types.names import ACabMeeting, AChange, AConfigurationItem, APerson
from api.types.time import TimeWindow, time_window
from domain.change.model import DecisionKind, EvidenceKind, TaskAction, TechnicalRiskKind


@strawberry.type(description="A configuration item that a change touches directly.")
class ChangeTarget:
    """Rows of the noun `change_target`."""

    noun: ClassVar[str] = "change_target"

    step: int = column("Order of a rolling change: equal numbers are taken down together.")
    configuration_item: AConfigurationItem | None = sourced("The configuration item.", One("ci_id"))


@strawberry.type(description="One piece of work of a change.")
class ChangeTask:
    """Rows of the noun `change_task`."""

    noun: ClassVar[str] = "change_task"

    id: strawberry.ID = global_id("ChangeTask")
    title: str = column("What is done, in one line.")
    step: int = column("Order in which tasks run; equal numbers run together.")
    action: TaskAction = column("What it does to its configuration item.")
    is_exclusive: bool = column("Whether its implementer can do nothing else meanwhile.")
    window: TimeWindow | None = computed("When it is planned; null while it is not.", ("start", "end"), time_window)
    configuration_item: AConfigurationItem | None = sourced(
        "What it is done to; null when nothing in particular.", One("ci_id")
    )
    implementer: APerson | None = sourced("Who does it; null while nobody is named.", One("implementer_id"))
    change: AChange | None = sourced("The change it is part of.", One("change_id"))


@strawberry.type(description="A declared order of two changes.")
class ChangePredecessor:
    """Rows of the noun `change_predecessor`."""

    noun: ClassVar[str] = "change_predecessor"

    is_back_to_back: bool = column("Whether the second may begin without the reserve of the first between them.")
    predecessor: AChange | None = sourced("The change that ends first.", One("predecessor_id"))
    change: AChange | None = sourced("The change that comes after it.", One("change_id"))


@strawberry.type(description="Something a board can look at: a test run, a rehearsed rollback, a peer review.")
class ChangeEvidence:
    """Rows of the noun `change_evidence`."""

    noun: ClassVar[str] = "change_evidence"

    kind: EvidenceKind = column("What it is about.")
    summary: str = column("What it shows.")
    link: str | None = column("Where it can be read; null when nowhere else.")
    environment: str | None = column("Where it was gathered, e.g. staging; null when nobody said.")
    measured_minutes: int | None = column("Minutes it took, where that was measured.")
    recorded_at: datetime = column("When it was added.")
    author: APerson | None = sourced("Who added it; null when a program did.", One("author_id"))


@strawberry.type(description="An assessor's finding about a change; open until it is mitigated.")
class TechnicalRisk:
    """Rows of the noun `technical_risk`."""

    noun: ClassVar[str] = "technical_risk"

    id: strawberry.ID = global_id("TechnicalRisk")
    kind: TechnicalRiskKind = column("What kind of risk it is.")
    finding: str = column("What was found.")
    is_open: bool = column("Whether it is not yet mitigated.")
    recorded_at: datetime = column("When it was found.")
    assessor: APerson | None = sourced("Who found it; null when unknown.", One("assessor_id"))


@strawberry.type(description="A recorded decision about a change.")
class ChangeDecision:
    """Rows of the noun `change_decision`."""

    noun: ClassVar[str] = "change_decision"

    kind: DecisionKind = column("What was said.")
    decided_at: datetime = column("When.")
    note: str | None = column("Conditions or remarks; null when there were none.")
    decided_by: APerson | None = sourced("Who decided; null when a program did.", One("decided_by"))
    meeting: ACabMeeting | None = sourced("The meeting that decided; null when it was none.", One("meeting_id"))

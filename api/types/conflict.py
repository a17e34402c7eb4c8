"""Conflicts as GraphQL shows them."""

from typing import ClassVar

import strawberry

from api.fields import column, computed, sourced
from api.listing import filtered, order_input
from api.relations import Embedded, One, Several, Varying, many
from api.relay import Connection, Node, global_id
from api.types.filters import ChoiceFilter, IdFilter
from api.types.names import AChange, AConfigurationItem, APerson
from api.types.redaction import ConflictMessage, HiddenInConflict
from api.types.time import TimeWindow, time_window
from api.viewing import viewer_can
from domain.conflict.acceptance import ConflictAct, ConflictStatus, possible_acts
from domain.conflict.model import ConflictCode, ConflictKind, ConflictSeverity

_SUBJECTS = {
    ConflictCode.BLACKOUT: "ChangeWindow",
    ConflictCode.PERSON: "Person",
    ConflictCode.APPROVER: "Person",
    ConflictCode.ACTIVE_INCIDENT: "Incident",
    ConflictCode.REDUNDANCY: "RedundancyGroup",
}


def conflict_subject(code: str, subject: str | None) -> tuple[str, str] | None:
    """Return type and id of what a conflict names beside changes, None when it names nothing that has an id."""
    type_name = _SUBJECTS.get(ConflictCode(code))
    return None if type_name is None or subject is None else (type_name, subject)


@strawberry.type(description="A configuration item that a conflict is about.")
class ConflictingItem:
    """One entry of the column `cis`."""

    degree: float = column("How much of it is lost, from 0 to 1.", "q")
    configuration_item: AConfigurationItem | None = sourced("The configuration item.", One("id"))
    path: list[AConfigurationItem] = sourced("The way the effect takes to it, from a target.", Several("witness"))


@strawberry.type(
    description="Changes that get in each other's way, or in the way of a window, a person or an incident."
)
class Conflict(Node):
    """Rows of the noun `conflict`."""

    noun: ClassVar[str] = "conflict"

    id: strawberry.ID = global_id("Conflict")
    code: ConflictCode = computed("Which rule found it.", ("code",), ConflictCode)
    kind: ConflictKind = computed("How the rule is met.", ("kind",), ConflictKind)
    severity: ConflictSeverity = computed("How bad it is.", ("severity",), ConflictSeverity)
    weight: float = column("How much it weighs in the risk of its changes, from 0 to 1.")
    status: ConflictStatus = computed("Where it is in its life.", ("status",), ConflictStatus)
    message: str = sourced("What it is, in a sentence, as far as you may see it.", ConflictMessage())
    hidden_count: int = sourced("How many records it names that you may not see.", HiddenInConflict())
    window: TimeWindow | None = computed("When; null where the rule knows no time.", ("start", "end"), time_window)
    affected_count: int = column("How many configuration items it is about.", "ci_count")
    rule_version: str = column("Version of the rules that found it.")
    accepted_reason: str | None = column("Why it was accepted; null unless it is.")
    position: int = column("Log position of the facts it stands on.")
    version: int = column("Version to give back with the next act on it.")
    viewer_can: list[ConflictAct] = viewer_can("conflict", ("status",), possible_acts)
    accepted_by: APerson | None = sourced("Who accepted it; null unless a person did.", One("accepted_by"))
    subject: Node | None = sourced(
        "What it names beside changes: a freeze, a person, an incident, a redundancy group; null when nothing.",
        Varying(("code", "subject"), conflict_subject),
    )
    affected: list[ConflictingItem] = sourced("The configuration items hit hardest, at most five.", Embedded("cis"))
    changes: Connection[AChange] = many("The changes that take part and that you may see.", "conflict")


ConflictOrder = order_input("Conflict", weight="By weight.")


@strawberry.input(description="Which conflicts: those that match every field given.")
class ConflictWhere:
    """Filters over indexes of the noun `conflict`."""

    status: ChoiceFilter[ConflictStatus] | None = filtered("By status.", "status")
    code: ChoiceFilter[ConflictCode] | None = filtered("By the rule that found them.", "code")
    change: IdFilter | None = filtered("By a change that takes part.", "change_id", of="Change")

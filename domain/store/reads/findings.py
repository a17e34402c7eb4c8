"""What can be asked of what the engines found, and of the log."""

from domain.store.reads.noun import Link, noun
from domain.store.tables.assessments import conflict, conflict_change, risk_assessment
from domain.store.tables.log import outbox

_change_conflicts = Link(conflict_change.c.change_id, conflict_change.c.conflict_id)

NOUNS = (
    noun(
        conflict,
        filters=("status", "code"),
        orders=("weight",),
        links={"change": _change_conflicts},
        linked_filters={"change_id": _change_conflicts},
    ),
    noun(
        risk_assessment,
        filters=("change_id", "is_current"),
        orders=("score", "as_of"),
        links={
            "change": Link(risk_assessment.c.change_id),
            "current_of": Link(risk_assessment.c.change_id, conditions=(risk_assessment.c.is_current,)),
        },
    ),
    noun(
        outbox,
        name="event",
        filters=("position", "kind", "subject_type", "subject_id"),
        orders=("position",),
        known=(outbox.c.position,),
    ),
)

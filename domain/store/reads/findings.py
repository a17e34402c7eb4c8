"""What can be asked of what the engines found, and of the log."""

import sqlalchemy as sa

from domain.store.reads.noun import Beside, Link, Noun, noun
from domain.store.tables.assessments import conflict, conflict_change, risk_assessment
from domain.store.tables.log import outbox

_change_conflicts = Link(conflict_change.c.change_id, conflict_change.c.conflict_id)

_before = outbox.alias("before")
_as_it_was = Beside(
    _before,
    sa.and_(
        _before.c.subject_type == outbox.c.subject_type,
        _before.c.subject_id == outbox.c.subject_id,
        _before.c.subject_version == outbox.c.subject_version - 1,
    ),
)

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
    Noun(
        name="audit_entry",
        table=outbox,
        columns={**{column.name: column for column in outbox.c}, "body_before": _before.c.body},
        filters={name: outbox.c[name] for name in ("kind", "subject_type", "subject_id")},
        orders={"position": outbox.c.position},
        beside=_as_it_was,
        known=(outbox.c.position,),
    ),
)

"""What can be asked of changes, their parts, their models, and windows."""

import sqlalchemy as sa

from domain.store.reads.noun import Link, noun
from domain.store.tables.assessments import conflict_change
from domain.store.tables.changes import (
    change,
    change_decision,
    change_evidence,
    change_model,
    change_predecessor,
    change_target,
    change_task,
    change_window,
    technical_risk,
    window_exemption,
)

_earlier = change_target.alias("earlier_target")
_is_first_step = ~sa.exists().where(
    _earlier.c.change_id == change_target.c.change_id,
    _earlier.c.ci_id == change_target.c.ci_id,
    _earlier.c.step < change_target.c.step,
)
"""A rolling change may touch a configuration item in several steps; it is one change of it all the same."""

_ci_changes = Link(change_target.c.ci_id, change_target.c.change_id, (_is_first_step,))

NOUNS = (
    noun(
        change,
        filters=(
            "state",
            "model",
            "planned_start",
            "planned_end",
            "requester_id",
            "team_id",
            "service_id",
            "bundle",
        ),
        orders=("planned_start", "number"),
        links={
            "ci": _ci_changes,
            "conflict": Link(conflict_change.c.conflict_id, conflict_change.c.change_id),
            "requester": Link(change.c.requester_id),
            "team": Link(change.c.team_id),
            "service": Link(change.c.service_id),
            "model": Link(change.c.model),
        },
        linked_filters={"ci_id": _ci_changes},
    ),
    noun(
        change_target,
        orders=("step",),
        links={"change": Link(change_target.c.change_id), "ci": Link(change_target.c.ci_id)},
    ),
    noun(
        change_task,
        orders=("step",),
        links={"change": Link(change_task.c.change_id), "implementer": Link(change_task.c.implementer_id)},
    ),
    noun(
        change_predecessor,
        links={
            "change": Link(change_predecessor.c.change_id),
            "predecessor": Link(change_predecessor.c.predecessor_id),
        },
    ),
    noun(change_evidence, orders=("recorded_at",), links={"change": Link(change_evidence.c.change_id)}),
    noun(technical_risk, orders=("recorded_at",), links={"change": Link(technical_risk.c.change_id)}),
    noun(
        change_decision,
        orders=("decided_at",),
        links={"change": Link(change_decision.c.change_id), "meeting": Link(change_decision.c.meeting_id)},
    ),
    noun(change_model, orders=("name",)),
    noun(change_window, filters=("kind", "scope_kind", "scope_id"), links={"scope": Link(change_window.c.scope_id)}),
    noun(
        window_exemption,
        links={"window": Link(window_exemption.c.window_id), "change": Link(window_exemption.c.change_id)},
    ),
)

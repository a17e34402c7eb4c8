"""The conflicts of a change as people read them, as GraphQL shows them (ENGINES 3.5)."""

import strawberry

from api.fields import column, computed, sourced
from api.relations import One, Several
from api.types.conflict import Conflict
from api.types.names import AConfigurationItem
from api.types.time import TimeWindow, time_window
from domain.kernel.page import MOST, Row
from domain.kernel.time import from_seconds
from domain.usecases import conflicts


@strawberry.type(description="One conflict, or many around one configuration item in one stretch of time.")
class ConflictGroup:
    """`domain.usecases.conflicts.ConflictGroup` as a row."""

    count: int = column("How many conflicts it holds.")
    window: TimeWindow | None = computed(
        "The time they span; null where the rule knows no time.", ("start", "end"), time_window
    )
    worst: Conflict | None = sourced("The gravest of them.", One("id"))
    members: list[Conflict] = sourced("All of them, worst first, at most 100.", Several("conflict_ids"))
    hub: AConfigurationItem | None = sourced(
        "The configuration item they are around; null when it is one conflict alone.", One("hub_id")
    )


def conflict_group_row(group: conflicts.ConflictGroup) -> Row:
    """Return a group as a row of `ConflictGroup`."""
    start, end = group.window or (None, None)
    return {
        "id": group.conflict_ids[0],
        "count": len(group.conflict_ids),
        "start": None if start is None else from_seconds(start),
        "end": None if end is None else from_seconds(end),
        "conflict_ids": list(group.conflict_ids[:MOST]),
        "hub_id": group.hub_id,
    }

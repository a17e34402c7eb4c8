"""Downtimes of OSG as changes and incidents (ENGINES 1.8).

SCHEDULED rows equal in start, end, site and description are one change with their resources as targets. UNSCHEDULED
rows are incidents. An incident that opens on a resource of a change within seven days after the change began is what
the change is labelled by, so it is linked as caused by it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from api.imports.columns import Unreadable, instant
from api.imports.rows import Row
from api.imports.section import Item
from domain.change.model import ChangeState
from domain.incident.model import IncidentState
from domain.kernel.checks import LINE
from domain.kernel.errors import Issue
from domain.usecases.importing_drafts import Draft, Kind

DOWNTIME_COLUMNS = frozenset({"id", "class", "created", "start", "end", "site", "resource", "description"})
SCHEDULED, UNSCHEDULED = "SCHEDULED", "UNSCHEDULED"
LABEL_SPAN = timedelta(days=7)
PRIORITIES = {"Outage": 2, "Severe": 2, "Intermittent Outage": 3, "No Significant Outage Expected": 4}
USUAL_PRIORITY = 3


@dataclass(frozen=True, slots=True)
class Downtime:
    """A row that holds: what, where, when, known since when (None: nobody says)."""

    row: Row
    start: datetime
    end: datetime
    created: datetime | None

    @property
    def resource(self) -> str:
        """The resource that is down."""
        return str(self.row.cells["resource"]).strip()

    @property
    def recorded_at(self) -> datetime:
        """Since when it is known: with its start where nobody says."""
        return self.created or self.start


def downtime_items(rows: Sequence[Row], as_of: datetime | None, calendar: timedelta) -> Iterator[Item]:
    """Yield faulty rows, then changes, then incidents; what starts at or after `as_of` is still ahead.

    Without `as_of` it is the latest start of the data less the span of the calendar.
    """
    downtimes: dict[str, list[Downtime]] = {SCHEDULED: [], UNSCHEDULED: []}
    for row in rows:
        found = _downtime(row)
        if isinstance(found, Downtime):
            downtimes[row.cells["class"].strip()].append(found)
        else:
            yield Item(Draft(Kind.CHANGES, {}, (row.line,), (found,)), (row,))
    starts = [downtime.start for some in downtimes.values() for downtime in some]
    now = as_of or (max(starts) - calendar if starts else None)
    changes = _together(downtimes[SCHEDULED])
    for parts in changes:
        yield Item(_change(parts, now), tuple(part.row for part in parts))
    for downtime in downtimes[UNSCHEDULED]:
        yield Item(_incident(downtime, changes, now), (downtime.row,))


def _downtime(row: Row) -> Downtime | Issue:
    if row.fault is not None:
        return Issue("", row.fault)
    if row.cells["class"].strip() not in (SCHEDULED, UNSCHEDULED):
        return Issue("class", f"must be {SCHEDULED} or {UNSCHEDULED}")
    for column in ("id", "resource", "start", "end"):
        if not row.cells[column].strip():
            return Issue(column, "is required")
    times: dict[str, datetime | None] = {}
    for column in ("start", "end", "created"):
        try:
            times[column] = instant(row.cells[column]) if row.cells[column].strip() else None
        except Unreadable as malformed:
            return Issue(column, str(malformed))
    start, end = times["start"], times["end"]
    if start is None or end is None or end <= start:
        return Issue("end", "must be after the start")
    return Downtime(row, start, end, times["created"])


def _together(downtimes: Sequence[Downtime]) -> list[list[Downtime]]:
    """Return the rows of every change, in the order of their first row."""
    changes: dict[tuple[Any, ...], list[Downtime]] = {}
    for downtime in downtimes:
        cells = downtime.row.cells
        key = (downtime.start, downtime.end, cells["site"], cells["description"])
        changes.setdefault(key, []).append(downtime)
    return list(changes.values())


def _change(parts: Sequence[Downtime], now: datetime | None) -> Draft:
    first = parts[0]
    known = [part.created for part in parts if part.created is not None]
    values: dict[str, Any] = {
        "external_id": first.row.cells["id"].strip(),
        "title": _title(first),
        "description": _description(first),
        "state": ChangeState.SCHEDULED,
        "planned_start": first.start,
        "planned_end": first.end,
        "downtime_start": first.start,
        "downtime_end": first.end,
        "prep_minutes": 0,
        "rollback_minutes": 0,
        "recorded_at": min(known, default=first.start),
        "targets": tuple(dict.fromkeys(part.resource for part in parts)),
    }
    if now is not None and first.start < now:
        # Without a moment of recording nothing could have been known at the time: such a change teaches nothing.
        values |= {"actual_start": first.start} if known else {}
        values |= {"state": ChangeState.IMPLEMENT}
        if first.end <= now:
            values |= {"state": ChangeState.CLOSED, "closed_at": first.end}
            values |= {"actual_end": first.end} if known else {}
    return Draft(Kind.CHANGES, values, tuple(part.row.line for part in parts))


def _incident(downtime: Downtime, changes: Sequence[Sequence[Downtime]], now: datetime | None) -> Draft:
    cells = downtime.row.cells
    causes = [
        parts[0].row.cells["id"].strip()
        for parts in changes
        if parts[0].start <= downtime.start < parts[0].start + LABEL_SPAN
        and (now is None or parts[0].start < now)
        and any(part.resource == downtime.resource for part in parts)
    ]
    values = {
        "external_id": cells["id"].strip(),
        "title": _title(downtime),
        "description": _description(downtime),
        "state": IncidentState.RESOLVED,
        "priority": PRIORITIES.get(cells.get("severity", ""), USUAL_PRIORITY),
        "opened_at": downtime.start,
        "recorded_at": max(downtime.recorded_at, downtime.start),
        "resolved_at": downtime.end,
        "cis": (downtime.resource,),
        "caused_by": causes,
    }
    return Draft(Kind.INCIDENTS, values, (downtime.row.line,))


def _title(downtime: Downtime) -> str:
    told = " ".join(downtime.row.cells["description"].split())
    return told[:LINE].strip() or f"Downtime of {downtime.resource}"


def _description(downtime: Downtime) -> str:
    cells: Mapping[str, Any] = downtime.row.cells
    details = [f"{name}: {cells[name]}" for name in ("severity", "services") if cells.get(name)]
    return "\n".join([cells["description"].strip(), *details]).strip()

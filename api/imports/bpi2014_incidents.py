"""Incidents of the BPI Challenge 2014. The related change is a relation: nobody says that it was the cause."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from api.imports.bpi2014_fields import Ci, Names, ci_items, ci_of, said, times_of
from api.imports.drafts import change_stubs, details, faulty, item
from api.imports.rows import Row
from api.imports.section import Item
from domain.incident.model import IncidentState
from domain.kernel.errors import Issue
from domain.usecases.importing_drafts import Kind

TIMES = ("opened", "resolved", "closed")
PRIORITIES = {"1": 1, "2": 2, "3": 3, "4": 4, "5": 4}
"""Five levels there, four here: the two lowest are one."""
TOLD: Mapping[str, str] = {
    "impact": "impact",
    "urgency": "urgency",
    "category": "category",
    "closure": "closure code",
    "knowledge": "knowledge document",
}
SEVERAL = "#MULTIVALUE"
"""What stands for the related changes of an incident that has more than one: which is not said."""


def incident_items(rows: Sequence[Row], names: Names, time_zone: str) -> Iterator[Item]:
    """Yield the items and changes that incidents name, then the incidents."""
    yield from ci_items(ci for row in rows for ci in _cis(row, names))
    yield from change_stubs(change for row in rows if (change := _change(row, names)))
    for row in rows:
        yield _incident(row, names, time_zone)


def _cis(row: Row, names: Names) -> list[Ci]:
    return [ci for prefix in ("", "cause_") if (ci := ci_of(row, names, prefix)) is not None]


def _change(row: Row, names: Names) -> str:
    change = said(row, names, "change")
    return "" if change == SEVERAL else change


def _incident(row: Row, names: Names, time_zone: str) -> Item:
    number = said(row, names, "incident")
    if not number:
        return faulty(Kind.INCIDENTS, row, names["incident"], "is required")
    times = times_of(row, names, TIMES, time_zone)
    if isinstance(times, Issue):
        return faulty(Kind.INCIDENTS, row, times.path, times.message)
    opened_at, closed_at = times["opened"], times["closed"]
    if opened_at is None:
        return faulty(Kind.INCIDENTS, row, names["opened"], "is required")
    cis, change = _cis(row, names), _change(row, names)
    resolved_at = times["resolved"] or closed_at
    values: dict[str, Any] = {
        "external_id": number,
        "title": f"Incident {number}{f' on {cis[0].name}' if cis else ''}",
        "description": details((shown, said(row, names, field)) for field, shown in TOLD.items()),
        "state": _state(is_resolved=resolved_at is not None, is_closed=closed_at is not None),
        "opened_at": opened_at,
        "recorded_at": opened_at,
        "cis": [ci.external_id for ci in cis],
        "related_changes": [change] if change else [],
    }
    if resolved_at is not None:
        values["resolved_at"] = resolved_at
    if (priority := PRIORITIES.get(said(row, names, "priority"))) is not None:
        values["priority"] = priority
    return item(Kind.INCIDENTS, values, row)


def _state(*, is_resolved: bool, is_closed: bool) -> IncidentState:
    if is_closed:
        return IncidentState.ARCHIVED
    return IncidentState.RESOLVED if is_resolved else IncidentState.NEW

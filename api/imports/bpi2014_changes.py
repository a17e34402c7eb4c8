"""Changes of the BPI Challenge 2014: the rows of one change together, an item each."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from api.imports.bpi2014_fields import Names, ci_items, ci_of, said, times_of
from api.imports.drafts import details, faulty
from api.imports.rows import Row
from api.imports.section import Item
from domain.change.model import ChangeState, ChangeType
from domain.kernel.errors import Issue
from domain.usecases.importing_drafts import Draft, Kind

SPANS = ("planned", "downtime", "actual")
TIMES = ("opened", "closed", *(f"{span}_{end}" for span in SPANS for end in ("start", "end")))
TOLD: Mapping[str, str] = {
    "kind": "change type",
    "assessment": "risk assessment",
    "cab": "CAB approval needed",
    "origin": "originated from",
    "requested": "requested end",
}
YES = "Y"
STANDARD = "standard"

Times = dict[str, datetime | None]


def change_items(rows: Sequence[Row], names: Names, time_zone: str) -> Iterator[Item]:
    """Yield rejects, then the items that changes name, then the changes in the order of their first rows."""
    yield from ci_items(ci for row in rows if (ci := ci_of(row, names)) is not None)
    together: dict[str, list[tuple[Row, Times]]] = {}
    for row in rows:
        change = said(row, names, "change")
        times = times_of(row, names, TIMES, time_zone)
        if isinstance(times, Issue):
            yield faulty(Kind.CHANGES, row, times.path, times.message)
        elif not change or times["opened"] is None:
            yield faulty(Kind.CHANGES, row, names["opened" if change else "change"], "is required")
        else:
            together.setdefault(change, []).append((row, times))
    for change, parts in together.items():
        yield _change(change, parts, names)


def _change(change: str, parts: Sequence[tuple[Row, Times]], names: Names) -> Item:
    rows, times = tuple(row for row, _ in parts), _joined([times for _, times in parts])
    first = rows[0]
    cis = [ci for row in rows if (ci := ci_of(row, names)) is not None]
    kind = said(first, names, "kind")
    values: dict[str, Any] = {
        "external_id": change,
        "title": f"{kind or 'Change'} {change}",
        "description": details((shown, said(first, names, field)) for field, shown in TOLD.items()),
        "type": _type(first, names),
        "state": _state(times),
        "recorded_at": times["opened"],
        "targets": tuple(dict.fromkeys(ci.external_id for ci in cis)),
    }
    for span in SPANS:
        start, end = times[f"{span}_start"], times[f"{span}_end"]
        if start is not None and end is not None:
            values |= {f"{span}_start": start, f"{span}_end": end}
    if times["closed"] is not None:
        values["closed_at"] = times["closed"]
    return Item(Draft(Kind.CHANGES, values, tuple(row.line for row in rows)), rows)


def _joined(parts: Sequence[Times]) -> Times:
    """Return the times of a change: of its rows the earliest starts and the latest ends."""
    joined: Times = {}
    for name in TIMES:
        known = [instant for times in parts if (instant := times[name]) is not None]
        earliest = name == "opened" or name.endswith("_start")
        joined[name] = (min(known) if earliest else max(known)) if known else None
    return joined


def _type(row: Row, names: Names) -> ChangeType:
    if said(row, names, "emergency") == YES:
        return ChangeType.EMERGENCY
    if said(row, names, "cab") == YES:
        return ChangeType.MAJOR
    return ChangeType.STANDARD if said(row, names, "kind").lower().startswith(STANDARD) else ChangeType.NORMAL


def _state(times: Times) -> ChangeState:
    if times["closed"] is not None:
        return ChangeState.CLOSED
    if times["actual_start"] is not None:
        return ChangeState.REVIEW if times["actual_end"] is not None else ChangeState.IMPLEMENT
    return ChangeState.SCHEDULED if times["planned_start"] is not None else ChangeState.NEW

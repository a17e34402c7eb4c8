"""The columns of the BPI Challenge 2014 under both their names, and the configuration item a row names."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from api.imports.columns import Unreadable
from api.imports.local_times import local_time
from api.imports.rows import Row
from api.imports.section import Item
from domain.kernel.errors import Issue
from domain.usecases.importing_drafts import Draft, Kind

SOURCE = "bpi2014"
UNTYPED = "configuration item"
UNKNOWN = frozenset({"", "#N/B", "#N/A", "NULL"})
Names: TypeAlias = Mapping[str, str]
"""What the file calls a field."""

CI_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "ci": ("ci_name", "CI Name (aff)"),
    "type": ("ci_type", "CI Type (aff)"),
    "subtype": ("ci_subtype", "CI Subtype (aff)"),
    "component": ("service_component", "Service Component WBS (aff)"),
    "incidents": ("incidents",),
}
CAUSE_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "ci": ("CI Name (CBy)", "cause_ci_name"),
    "type": ("CI Type (CBy)", "cause_ci_type"),
    "subtype": ("CI Subtype (CBy)", "cause_ci_subtype"),
    "component": ("ServiceComp WBS (CBy)", "cause_service_component"),
}
INCIDENT_COLUMNS: Mapping[str, tuple[str, ...]] = {
    **CI_COLUMNS,
    "incident": ("incident_id", "Incident ID"),
    "status": ("status", "Status"),
    "impact": ("impact", "Impact"),
    "urgency": ("urgency", "Urgency"),
    "priority": ("priority", "Priority"),
    "category": ("category", "Category"),
    "knowledge": ("km_number", "KM number"),
    "opened": ("open_time", "Open Time"),
    "resolved": ("resolved_time", "Resolved Time"),
    "closed": ("close_time", "Close Time"),
    "closure": ("closure_code", "Closure Code"),
    "change": ("related_change", "Related Change"),
    **{f"cause_{field}": names for field, names in CAUSE_COLUMNS.items()},
}
CHANGE_COLUMNS: Mapping[str, tuple[str, ...]] = {
    **CI_COLUMNS,
    "change": ("change_id", "Change ID"),
    "kind": ("change_type", "Change Type"),
    "assessment": ("risk_assessment", "Risk Assessment"),
    "emergency": ("emergency_change", "Emergency Change"),
    "cab": ("cab_approval_needed", "CAB-approval needed"),
    "planned_start": ("planned_start", "Planned Start"),
    "planned_end": ("planned_end", "Planned End"),
    "downtime_start": ("scheduled_downtime_start", "Scheduled Downtime Start"),
    "downtime_end": ("scheduled_downtime_end", "Scheduled Downtime End"),
    "actual_start": ("actual_start", "Actual Start"),
    "actual_end": ("actual_end", "Actual End"),
    "requested": ("requested_end_date", "Requested End Date"),
    "opened": ("change_record_open_time", "Change record Open Time"),
    "closed": ("change_record_close_time", "Change record Close Time"),
    "origin": ("originated_from", "Originated from"),
}


@dataclass(frozen=True, slots=True)
class Ci:
    """A configuration item as a row names it."""

    name: str
    component: str
    type: str
    subtype: str

    @property
    def external_id(self) -> str:
        """The key of the challenge: the name alone is not unique."""
        return f"{self.component}/{self.name}"

    def values(self) -> dict[str, Any]:
        """Return the fields of the record."""
        said = {"subtype": self.subtype, "service_component": self.component}
        return {
            "external_id": self.external_id,
            "name": self.name,
            "class_name": self.type or UNTYPED,
            "attributes": {name: value for name, value in said.items() if value},
            "source": SOURCE,
        }


def names_of(columns: Mapping[str, Sequence[str]], present: Iterable[str]) -> Names:
    """Return what the file calls every field that it has, whatever the case."""
    there = {column.lower(): column for column in present}
    return {field: there[name.lower()] for field, names in columns.items() for name in names if name.lower() in there}


def said(row: Row, names: Names, field: str) -> str:
    """Return what a row says of a field, nothing where it is unknown."""
    cell = str(row.cells.get(names.get(field, ""), "")).strip()
    return "" if cell in UNKNOWN else cell


def ci_of(row: Row, names: Names, prefix: str = "") -> Ci | None:
    """Return the item a row names, None if none; `cause_` is the prefix of the one that caused an incident."""
    name = said(row, names, f"{prefix}ci")
    if not name:
        return None
    component, kind, subtype = (said(row, names, f"{prefix}{field}") for field in ("component", "type", "subtype"))
    return Ci(name, component, kind, subtype)


def ci_items(cis: Iterable[Ci]) -> Iterator[Item]:
    """Yield the items that rows name, each once: one that is known stays as it is."""
    for ci in {ci.external_id: ci for ci in cis}.values():
        yield Item(Draft(Kind.CIS, ci.values(), is_stub=True))


def times_of(row: Row, names: Names, fields: Iterable[str], time_zone: str) -> dict[str, datetime | None] | Issue:
    """Return the times of a row, or the fault of the first that cannot be read."""
    times: dict[str, datetime | None] = {}
    for field in fields:
        cell = said(row, names, field)
        try:
            times[field] = local_time(cell, time_zone) if cell else None
        except Unreadable as malformed:
            return Issue(names[field], str(malformed))
    return times

"""The words of the report: names for ids, local times for instants, ITIL terms for codes."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from api.demo.dates import ZONE
from domain.conflict.model import ConflictCode
from domain.kernel.time import from_seconds
from domain.risk.routing import Forum

CONFLICT_WORDS = {
    ConflictCode.SAME_CI: "Same configuration item",
    ConflictCode.DEPENDENT_CI: "Dependent configuration item",
    ConflictCode.REDUNDANCY: "Redundancy lost",
    ConflictCode.SHARED_SERVICE: "Shared service",
    ConflictCode.SOAK: "Soak time",
    ConflictCode.ORDER: "Order of changes",
    ConflictCode.BLACKOUT: "Change freeze",
    ConflictCode.OUTSIDE_MAINT: "Outside the maintenance window",
    ConflictCode.IMPACTED_OUTSIDE_MAINT: "Service outside its agreed window",
    ConflictCode.PERSON: "Implementer not available",
    ConflictCode.APPROVER: "No approver available",
    ConflictCode.ACTIVE_INCIDENT: "Open incident",
    ConflictCode.CAPACITY: "Too many changes at once",
    ConflictCode.UNSCHEDULED: "No planned window",
}
FORUM_WORDS = {
    Forum.RETROSPECTIVE: "retrospective review by the Change Advisory Board",
    Forum.EMERGENCY_CAB: "the Electronic CAB for emergencies",
    Forum.CAB: "the Change Advisory Board, presenter present",
    Forum.CAB_OR_ELECTRONIC: "the Change Advisory Board",
    Forum.AUTOMATIC: "approved automatically",
    Forum.AUTOMATIC_WITH_NOTICE: "approved automatically, the owner is told",
    Forum.SERVICE_OWNER: "the service owner, electronically within one business day",
}

_ID = re.compile(r"\b[0-9a-hjkmnp-tv-z]{26}\b")


@dataclass(frozen=True, slots=True)
class Names:
    """What people call the things with an id."""

    by_id: Mapping[str, str]

    def of(self, record_id: str) -> str:
        """Return the name; what has none keeps its id."""
        return self.by_id.get(record_id, record_id)

    def path(self, ids: Iterable[str]) -> str:
        """Return a way through the estate by names."""
        return " > ".join(self.of(record_id) for record_id in ids)

    def told(self, text: str) -> str:
        """Return a sentence of an engine with names in place of ids."""
        return _ID.sub(lambda found: self.of(found[0]), text)


def moment(instant: datetime) -> str:
    """Return an instant in the zone of the bank, e.g. "Fri 27 Nov 2026 21:30"."""
    return f"{instant.astimezone(ZONE):%a %d %b %Y %H:%M}"


def span(start: datetime, end: datetime) -> str:
    """Return a window in the zone of the bank; the date of its end only where it is another."""
    first, last = start.astimezone(ZONE), end.astimezone(ZONE)
    ending = f"{last:%H:%M}" if first.date() == last.date() else f"{last:%a %d %b %H:%M}"
    return f"{moment(start)} to {ending}"


def seconds_span(start: int, end: int) -> str:
    """Return a window given in epoch seconds."""
    return span(from_seconds(start), from_seconds(end))


def minutes(count: float) -> str:
    """Return a length of time people grasp."""
    hours, rest = divmod(round(count), 60)
    parts = [f"{hours} h" if hours else "", f"{rest} min" if rest or not hours else ""]
    return " ".join(part for part in parts if part)


def word(code: str) -> str:
    """Return an enum's word as people write it."""
    return code.replace("_", " ").capitalize()

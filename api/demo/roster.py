"""Who is free: chooses implementers so that only those conflicts arise that the tables plant."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from api.demo.dates import Timeline
from api.demo.people import LEAVE, PEOPLE, members_of

Span = tuple[datetime, datetime]


@dataclass(slots=True)
class Roster:
    """Keeps what people have to do; the least busy member of a team who is there takes the next piece of work."""

    timeline: Timeline
    _busy: dict[str, list[Span]] = field(default_factory=dict)
    _load: Counter[str] = field(default_factory=Counter)

    def reserve(self, name: str, window: Span) -> None:
        """Note that a person works in that time."""
        self._busy.setdefault(name, []).append(window)
        self._load[name] += 1

    def whoever_is_free(self, team: str, window: Span | None, requester: str) -> str:
        """Return who has time and least to do; the lead, and whoever asked for the work, only if nobody else has."""
        members = members_of(team)
        free = [name for name in members if window is None or self._is_free(name, window)] or members
        chosen = min(
            free, key=lambda name: (name == requester, name == members[0], self._load[name], members.index(name))
        )
        if window is not None:
            self.reserve(chosen, window)
        return chosen

    def _is_free(self, name: str, window: Span) -> bool:
        capacity = next(row.capacity for row in PEOPLE if row.name == name)
        at_work = sum(_overlap(window, taken) for taken in self._busy.get(name, ()))
        away = any(
            _overlap(window, (self.timeline.at(start), self.timeline.at(end)))
            for person, start, end, _ in LEAVE
            if person == name
        )
        return at_work < capacity and not away


def _overlap(first: Span, second: Span) -> bool:
    return first[0] < second[1] and second[0] < first[1]

"""What holds whatever else is planned: who can sit where, and which meetings an item can reach (ENGINES 4.3 (2))."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from domain.cab.plan import Blocker, Cause
from domain.cab.problem import Item, Meeting, Person, PlanningProblem


@dataclass(frozen=True, slots=True)
class Facts:
    """A problem, indexed, after delegation.

    Per meeting: `able` people, `core` (seats of the roster), `chairs` in order of precedence and `holders` of each
    role, all of whom can attend. `causes` holds a cause for each (change id, meeting id) that is impossible by itself.
    """

    problem: PlanningProblem
    meetings: tuple[Meeting, ...]
    meeting: Mapping[str, Meeting]
    items: Mapping[str, Item]
    people: Mapping[str, Person]
    able: Mapping[str, frozenset[str]]
    core: Mapping[str, frozenset[str]]
    chairs: Mapping[str, tuple[str, ...]]
    holders: Mapping[str, Mapping[str, tuple[str, ...]]]
    causes: Mapping[tuple[str, str], Cause]

    def eligible(self, item: Item, meeting_id: str, role: str) -> list[str]:
        """Return the holders of a role who can attend and may decide on this item, by id."""
        return [person for person in self.holders[meeting_id].get(role, ()) if person not in item.excluded]


def facts_of(problem: PlanningProblem) -> Facts:
    """Return the indexed problem; the order of the problem's lists leaves no trace."""
    meetings = tuple(sorted(problem.meetings, key=lambda meeting: (meeting.start, meeting.id)))
    items = {item.change_id: item for item in sorted(problem.items, key=lambda item: item.change_id)}
    people = {person.id: person for person in sorted(problem.people, key=lambda person: person.id)}
    able = {
        meeting.id: frozenset(person.id for person in people.values() if _can_attend(person, meeting))
        for meeting in meetings
    }
    causes: dict[tuple[str, str], Cause] = {}
    facts = Facts(
        problem=problem,
        meetings=meetings,
        meeting={meeting.id: meeting for meeting in meetings},
        items=items,
        people=people,
        able=able,
        core={meeting.id: frozenset(_seated(meeting.core, people, able[meeting.id])) for meeting in meetings},
        chairs={meeting.id: _seated(meeting.chairs, people, able[meeting.id]) for meeting in meetings},
        holders={meeting.id: _holders(people, able[meeting.id]) for meeting in meetings},
        causes=causes,
    )
    for item in items.values():
        for meeting in meetings:
            cause = _impossible(facts, item, meeting)
            if cause is not None:
                causes[item.change_id, meeting.id] = cause
    return facts


def unit_blocker(facts: Facts, members: tuple[str, ...], meeting: Meeting) -> Blocker | None:
    """Return what rules the meeting out for items that go together, whatever else is planned; None if nothing."""
    for change_id in members:
        cause = facts.causes.get((change_id, meeting.id))
        if cause is not None:
            return Blocker(meeting.id, cause, change_id)
    if sum(facts.items[change_id].minutes for change_id in members) > meeting.capacity_minutes:
        return Blocker(meeting.id, Cause.TOO_LONG, members[0])
    return None


def _can_attend(person: Person, meeting: Meeting) -> bool:
    return meeting.id in person.available and meeting.length_minutes <= person.daily_cap_minutes


def _seated(seats: Iterable[str], people: Mapping[str, Person], able: frozenset[str]) -> tuple[str, ...]:
    """Return who takes the seats: the holder, else an able delegate; each person once, in the order of the seats."""
    taken: dict[str, None] = {}
    for seat in seats:
        person = people.get(seat)
        if seat in able:
            taken[seat] = None
        elif person is not None and person.delegate in able:
            taken[person.delegate] = None
    return tuple(taken)


def _holders(people: Mapping[str, Person], able: frozenset[str]) -> dict[str, tuple[str, ...]]:
    holders: dict[str, set[str]] = {}
    for person in people.values():
        acting = person.id if person.id in able else person.delegate
        if acting is None or acting not in able:
            continue
        for role in person.roles:
            holders.setdefault(role, set()).add(acting)
    return {role: tuple(sorted(acting)) for role, acting in holders.items()}


def _impossible(facts: Facts, item: Item, meeting: Meeting) -> Cause | None:
    if item.ready_at > meeting.cutoff:
        return Cause.NOT_READY
    if item.deadline is not None and meeting.end > item.deadline:
        return Cause.TOO_LATE
    if item.minutes > meeting.capacity_minutes:
        return Cause.TOO_LONG
    return _undecidable(facts, item, meeting)


def _undecidable(facts: Facts, item: Item, meeting: Meeting) -> Cause | None:
    if not facts.chairs[meeting.id]:
        return Cause.NO_CHAIR
    if len(facts.core[meeting.id] - item.excluded) < meeting.quorum:
        return Cause.NO_QUORUM
    if any(not facts.eligible(item, meeting.id, role) for role in item.required_roles):
        return Cause.ROLE_UNCOVERED
    return None

"""A plan while it is being made: minutes left, people taken, and what keeps a unit out of a meeting."""

from domain.cab.feasibility import Facts, unit_blocker
from domain.cab.plan import Assignments, Attendees, Blocker, Cause
from domain.cab.problem import Meeting
from domain.cab.units import Unit


class Seating:
    """Assignments and attendees of a growing plan over fixed facts.

    Attendance is chosen as ENGINES 4.3 says: the chair first, then every available core member, then per role the
    first eligible holder, each only within the daily cap. So whether a unit can be decided at a meeting depends only
    on who still has time that day.
    """

    def __init__(self, facts: Facts, assignments: Assignments, attendees: Attendees) -> None:
        self.facts = facts
        self.assignments: dict[str, str] = dict(assignments)
        self.attendees: dict[str, frozenset[str]] = {}
        self._minutes_left = {meeting.id: meeting.capacity_minutes for meeting in facts.meetings}
        self._spent: dict[tuple[str, str], int] = {}
        for change_id, meeting_id in self.assignments.items():
            self._minutes_left[meeting_id] -= facts.items[change_id].minutes
        for meeting_id, people in attendees.items():
            self._attend(facts.meeting[meeting_id], people)

    def place_of(self, unit: Unit) -> str | None:
        """Return the meeting of the unit, None while it has none."""
        return self.assignments.get(unit.key)

    def put(self, unit: Unit, meeting: Meeting) -> None:
        """Place a unit that nothing keeps out of the meeting, and ask the people it needs."""
        people = self.people_with_time(unit, meeting)
        for change_id in unit.members:
            self.assignments[change_id] = meeting.id
            self._minutes_left[meeting.id] -= self.facts.items[change_id].minutes
        self._attend(meeting, people)

    def blocker(self, unit: Unit, meeting: Meeting) -> Blocker | None:
        """Return the first thing that keeps the unit out, given the rest of the plan; None if it fits."""
        impossible = unit_blocker(self.facts, unit.members, meeting)
        if impossible is not None:
            return impossible
        out_of_order = self._out_of_order(unit, meeting)
        if out_of_order is not None:
            return Blocker(meeting.id, Cause.ORDER, out_of_order)
        needed = sum(self.facts.items[change_id].minutes for change_id in unit.members)
        if needed > self._minutes_left[meeting.id]:
            return Blocker(meeting.id, Cause.FULL, unit.key, self._holding_minutes(meeting, needed))
        undecidable = self._undecidable(unit, meeting)
        if undecidable is not None:
            return Blocker(meeting.id, Cause.PEOPLE_BUSY, undecidable, self._holding_people(unit, meeting))
        return None

    def people_with_time(self, unit: Unit, meeting: Meeting) -> frozenset[str]:
        """Return the attendees of the meeting if the unit joins it, as far as people have time."""
        present = set(self.attendees.get(meeting.id, ()))
        chairs = self.facts.chairs[meeting.id]
        if not present.intersection(chairs):
            present.update([chair for chair in chairs if self._has_time(chair, meeting)][:1])
        present.update(person for person in self.facts.core[meeting.id] if self._has_time(person, meeting))
        for change_id in unit.members:
            item = self.facts.items[change_id]
            for role in item.required_roles:
                eligible = self.facts.eligible(item, meeting.id, role)
                if not present.intersection(eligible):
                    present.update([person for person in eligible if self._has_time(person, meeting)][:1])
        return frozenset(present)

    def decides(self, unit: Unit, meeting: Meeting, present: frozenset[str]) -> bool:
        """Whether these people have the chair, the quorum and the roles every member of the unit needs."""
        return all(self._decides(change_id, meeting, present) for change_id in unit.members)

    def smallest_invitation(self, unit: Unit, meeting: Meeting, present: frozenset[str]) -> frozenset[str] | None:
        """Return whom to ask besides those present so that the unit can be decided, None if nobody with time helps.

        Nobody is asked whom the rest can do without; people are dropped from the end of the order of ids.
        """
        useful = self.people_with_time(unit, meeting) - present
        if not self.decides(unit, meeting, present | useful):
            return None
        for person in sorted(useful, reverse=True):
            if self.decides(unit, meeting, present | (useful - {person})):
                useful -= {person}
        return useful

    def _has_time(self, person: str, meeting: Meeting) -> bool:
        spent = self._spent.get((person, meeting.day), 0)
        return spent + meeting.length_minutes <= self.facts.people[person].daily_cap_minutes

    def _attend(self, meeting: Meeting, people: frozenset[str]) -> None:
        for person in people - self.attendees.get(meeting.id, frozenset()):
            self._spent[person, meeting.day] = self._spent.get((person, meeting.day), 0) + meeting.length_minutes
        self.attendees[meeting.id] = people

    def _out_of_order(self, unit: Unit, meeting: Meeting) -> str | None:
        for key in sorted(unit.before):
            place = self.assignments.get(key)
            if place is None or self.facts.meeting[place].start > meeting.start:
                return key
        for key in sorted(unit.after):
            place = self.assignments.get(key)
            if place is not None and self.facts.meeting[place].start < meeting.start:
                return key
        return None

    def _undecidable(self, unit: Unit, meeting: Meeting) -> str | None:
        """Return the first member that those who have time cannot decide; None if they can decide all."""
        present = self.people_with_time(unit, meeting)
        return next((change_id for change_id in unit.members if not self._decides(change_id, meeting, present)), None)

    def _decides(self, change_id: str, meeting: Meeting, present: frozenset[str]) -> bool:
        item = self.facts.items[change_id]
        has_chair = bool(present.intersection(self.facts.chairs[meeting.id]))
        has_quorum = len((present & self.facts.core[meeting.id]) - item.excluded) >= meeting.quorum
        return (
            has_chair
            and has_quorum
            and all(present.intersection(self.facts.eligible(item, meeting.id, role)) for role in item.required_roles)
        )

    def _holding_minutes(self, meeting: Meeting, needed: int) -> tuple[str, ...]:
        """Return the heaviest items of the meeting, as many as it takes to leave less than `needed`."""
        left = meeting.capacity_minutes
        holding = []
        for change_id in self._heaviest_first({meeting.id}):
            if left < needed:
                break
            left -= self.facts.items[change_id].minutes
            holding.append(change_id)
        return tuple(holding)

    def _holding_people(self, unit: Unit, meeting: Meeting) -> tuple[str, ...]:
        """Return the other items, in other meetings of that day, that hold people who could otherwise attend."""
        present = self.attendees.get(meeting.id, frozenset())
        wanted = self.facts.able[meeting.id] - present
        busy = {person for person in wanted if not self._has_time(person, meeting)}
        elsewhere = {
            other.id
            for other in self.facts.meetings
            if other.day == meeting.day and other.id != meeting.id and busy & self.attendees.get(other.id, frozenset())
        }
        return tuple(change_id for change_id in self._heaviest_first(elsewhere) if change_id not in unit.members)

    def _heaviest_first(self, meeting_ids: set[str]) -> tuple[str, ...]:
        chosen = [change_id for change_id, place in self.assignments.items() if place in meeting_ids]
        return tuple(sorted(chosen, key=lambda change_id: (-self.facts.items[change_id].weight, change_id)))

"""What to do when a member declines, and when a meeting on demand is right (ENGINES 4.6)."""

from dataclasses import dataclass, replace
from enum import StrEnum

from domain.cab.feasibility import facts_of
from domain.cab.plan import Plan, Unscheduled
from domain.cab.problem import Item, Meeting, PlanningProblem
from domain.cab.seating import Seating
from domain.cab.units import Unit, units_of

MINIMUM_ECAB_WEIGHT = 9


class FallbackKind(StrEnum):
    """Where an item goes that the meeting can no longer decide."""

    NEXT_MEETING = "NEXT_MEETING"
    ELECTRONIC_VOTE = "ELECTRONIC_VOTE"


@dataclass(frozen=True, slots=True)
class Fallback:
    """What to do with one item; `meeting_id` names the next meeting that can take it, None for an electronic vote."""

    change_id: str
    kind: FallbackKind
    meeting_id: str | None


@dataclass(frozen=True, slots=True)
class QuorumCheck:
    """What a decline means for a meeting.

    `at_risk` are the items that those who still attend cannot decide. Inviting `proposed_people` (delegates and other
    holders of a seat or a role) saves those not listed in `fallbacks`.
    """

    meeting_id: str
    at_risk: tuple[str, ...]
    proposed_people: tuple[str, ...]
    fallbacks: tuple[Fallback, ...]

    @property
    def holds(self) -> bool:
        """Whether the meeting can go on as it is."""
        return not self.at_risk


class ProposalKind(StrEnum):
    """How an item that found no meeting can still be decided."""

    ECAB = "ECAB"
    RESCHEDULE = "RESCHEDULE"


@dataclass(frozen=True, slots=True)
class Proposal:
    """ECAB: call a meeting on demand. RESCHEDULE: move the change to the nearest conflict-free slot after the meeting.

    `after_meeting` is the first meeting that could decide the change if it could wait, None if there is none.
    """

    change_id: str
    kind: ProposalKind
    after_meeting: str | None


def recheck_quorum(problem: PlanningProblem, plan: Plan, meeting_id: str, declining: str) -> QuorumCheck:
    """Return what a decline means: which items are at risk, whom to ask instead, and where the rest can go."""
    after = _without(problem, meeting_id, declining)
    facts = facts_of(after)
    meeting = facts.meeting[meeting_id]
    attendees = dict(plan.attendees)
    attendees[meeting_id] = attendees.get(meeting_id, frozenset()) - {declining}
    seating = Seating(facts, plan.assignments, attendees)
    planned = [unit for unit in units_of(facts.items).values() if seating.place_of(unit) == meeting_id]
    at_risk = [unit for unit in planned if not seating.decides(unit, meeting, attendees[meeting_id])]
    invited = attendees[meeting_id]
    lost: list[Unit] = []
    for unit in at_risk:
        more = seating.smallest_invitation(unit, meeting, invited)
        if more is None:
            lost.append(unit)
        else:
            invited |= more
    fallbacks = [fallback for unit in lost for fallback in _fallbacks(seating, unit, meeting)]
    return QuorumCheck(
        meeting_id=meeting_id,
        at_risk=tuple(sorted(change_id for unit in at_risk for change_id in unit.members)),
        proposed_people=tuple(sorted(invited - attendees[meeting_id])),
        fallbacks=tuple(sorted(fallbacks, key=lambda fallback: fallback.change_id)),
    )


def propose(problem: PlanningProblem, unscheduled: Unscheduled, is_emergency: bool) -> Proposal:
    """Return how to get an unscheduled item decided.

    A meeting on demand is right iff the deadline precedes every regular meeting that could decide the item otherwise
    and the change is an emergency or its weight is 9 or more.
    """
    facts = facts_of(problem)
    item = facts.items[unscheduled.change_id]
    patient = facts_of(replace(problem, items=tuple(_patient(other) for other in problem.items)))
    reachable = [
        meeting
        for meeting in patient.meetings
        if not meeting.is_electronic and (item.change_id, meeting.id) not in patient.causes
    ]
    precedes_all = item.deadline is not None and all(item.deadline < meeting.end for meeting in reachable)
    is_worth_it = is_emergency or item.weight >= MINIMUM_ECAB_WEIGHT
    return Proposal(
        change_id=item.change_id,
        kind=ProposalKind.ECAB if precedes_all and is_worth_it else ProposalKind.RESCHEDULE,
        after_meeting=reachable[0].id if reachable else None,
    )


def _patient(item: Item) -> Item:
    return replace(item, deadline=None)


def _without(problem: PlanningProblem, meeting_id: str, declining: str) -> PlanningProblem:
    people = tuple(
        replace(person, available=person.available - {meeting_id}) if person.id == declining else person
        for person in problem.people
    )
    return replace(problem, people=people)


def _fallbacks(seating: Seating, unit: Unit, meeting: Meeting) -> list[Fallback]:
    """Return the next meeting that can take the unit whole, else an electronic vote, for each of its items."""
    later = [other for other in seating.facts.meetings if other.start > meeting.start]
    place = next((other.id for other in later if seating.blocker(unit, other) is None), None)
    kind = FallbackKind.ELECTRONIC_VOTE if place is None else FallbackKind.NEXT_MEETING
    return [Fallback(change_id, kind, place) for change_id in unit.members]

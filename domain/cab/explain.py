"""Why this meeting: one sentence per item, from the facts of the plan (ENGINES 4.6)."""

from domain.cab.feasibility import Facts, facts_of
from domain.cab.plan import Blocker, Cause, Move, Plan, Unscheduled
from domain.cab.problem import Item, Meeting, PlanningProblem
from domain.cab.seating import Seating
from domain.cab.units import Unit, units_of

NAMED_ITEMS = 3

PHRASES = {
    Cause.NOT_READY: "assessments end after its cut-off",
    Cause.TOO_LATE: "it ends after the deadline",
    Cause.TOO_LONG: "it is too short for the item",
    Cause.NO_CHAIR: "neither chair nor deputy is available",
    Cause.NO_QUORUM: "there is no quorum without the people excluded",
    Cause.ROLE_UNCOVERED: "nobody available covers a required role",
    Cause.ORDER: "the order with {subject} does not allow it",
    Cause.FULL: "it is full",
    Cause.PEOPLE_BUSY: "the people needed have used up their meeting time that day",
    Cause.MEETING_GONE: "the meeting is no longer held",
    Cause.BETTER_ELSEWHERE: "the whole plan is worth more this way",
}


def explain(problem: PlanningProblem, plan: Plan) -> dict[str, str]:
    """Return a sentence for every item of the problem, by change id."""
    facts = facts_of(problem)
    units = {change_id: unit for unit in units_of(facts.items).values() for change_id in unit.members}
    seating = Seating(facts, plan.assignments, plan.attendees)
    sentences = {reason.change_id: _why_nowhere(facts, reason) for reason in plan.unscheduled}
    for change_id, meeting_id in plan.assignments.items():
        item, meeting = facts.items[change_id], facts.meeting[meeting_id]
        parts = [
            _in_time(item, meeting),
            _minutes(plan, facts, item, meeting),
            *_experts(plan, facts, item, meeting),
            *_not_earlier(seating, units[change_id], change_id),
        ]
        sentences[change_id] = f"{change_id} goes to {meeting.label}: {'; '.join(parts)}."
    for move in plan.moves:
        sentences[move.change_id] += f" {_why_moved(facts, move)}"
    return dict(sorted(sentences.items()))


def describe(blocker: Blocker, change_id: str) -> str:
    """Return the cause in words, for the item `change_id`; the member at fault is named if it is another."""
    phrase = PHRASES[blocker.cause].format(subject=blocker.subject)
    if blocker.displaced_by:
        phrase += f" ({_named(blocker.displaced_by)})"
    is_about_another = blocker.subject != change_id and blocker.cause is not Cause.ORDER
    return f"{phrase}, because of {blocker.subject}" if is_about_another else phrase


def _why_nowhere(facts: Facts, reason: Unscheduled) -> str:
    if not reason.blockers:
        return f"{reason.change_id} is not scheduled: there is no meeting."
    causes = (f"{facts.meeting[it.meeting_id].label}: {describe(it, reason.change_id)}" for it in reason.blockers)
    return f"{reason.change_id} is not scheduled. {'; '.join(causes)}."


def _why_moved(facts: Facts, move: Move) -> str:
    meeting = facts.meeting.get(move.from_meeting)
    verb = "Lost its frozen place in" if move.was_frozen else "Moved from"
    return f"{verb} {meeting.label if meeting else move.from_meeting} because {describe(move.blocker, move.change_id)}."


def _in_time(item: Item, meeting: Meeting) -> str:
    ready = f"ready {_duration(meeting.cutoff - item.ready_at)} before the cut-off"
    if item.deadline is None:
        return f"{ready}, no deadline yet"
    return f"{ready}, decided {_duration(item.deadline - meeting.end)} before the deadline"


def _minutes(plan: Plan, facts: Facts, item: Item, meeting: Meeting) -> str:
    taken = sum(facts.items[other].minutes for other, place in plan.assignments.items() if place == meeting.id)
    return f"{item.minutes} of {meeting.capacity_minutes} minutes, {meeting.capacity_minutes - taken} left"


def _experts(plan: Plan, facts: Facts, item: Item, meeting: Meeting) -> list[str]:
    present = plan.attendees[meeting.id]
    parts = []
    for role in item.required_roles:
        person = next(person for person in facts.eligible(item, meeting.id, role) if person in present)
        parts.append(f"{facts.people[person].label} speaks for {role}")
    return parts


def _not_earlier(seating: Seating, unit: Unit, change_id: str) -> list[str]:
    facts = seating.facts
    meeting = facts.meeting[seating.assignments[change_id]]
    parts = []
    for earlier in facts.meetings:
        if earlier.start >= meeting.start:
            break
        blocker = seating.blocker(unit, earlier)
        if blocker is not None:
            reason = describe(blocker, change_id)
        elif facts.items[change_id].published_meeting == meeting.id:
            reason = "it stays where it was published"
        else:
            reason = PHRASES[Cause.BETTER_ELSEWHERE]
        parts.append(f"not {earlier.label}, because {reason}")
    return parts


def _named(change_ids: tuple[str, ...]) -> str:
    shown = ", ".join(change_ids[:NAMED_ITEMS])
    more = len(change_ids) - NAMED_ITEMS
    return f"{shown} and {more} more" if more > 0 else shown


def _duration(seconds: int) -> str:
    """Return a span in its largest whole unit."""
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "just"

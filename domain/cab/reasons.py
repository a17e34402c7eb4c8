"""Why an item stays out, and why a published item left its meeting (ENGINES 4.6, stability rule of 4.3)."""

from collections.abc import Mapping

from domain.cab.plan import Blocker, Cause, Move, ReasonKind, Unscheduled
from domain.cab.problem import PlanningProblem, is_frozen
from domain.cab.seating import Seating
from domain.cab.units import Unit

CAPACITY_CAUSES = frozenset({Cause.FULL, Cause.PEOPLE_BUSY})


def unscheduled_of(units: Mapping[str, Unit], seating: Seating) -> tuple[Unscheduled, ...]:
    """Return every item without a meeting, by change id, with its one reason.

    CAPACITY if in some meeting only other items are in the way, who are named; else NO_FEASIBLE_MEETING.
    """
    reasons: list[Unscheduled] = []
    for unit in units.values():
        if seating.place_of(unit) is not None:
            continue
        found = (seating.blocker(unit, meeting) for meeting in seating.facts.meetings)
        blockers = tuple(blocker for blocker in found if blocker is not None)
        displacing = {change_id: None for blocker in blockers for change_id in blocker.displaced_by}
        is_displaced = any(blocker.cause in CAPACITY_CAUSES for blocker in blockers)
        kind = ReasonKind.CAPACITY if is_displaced else ReasonKind.NO_FEASIBLE_MEETING
        reasons.extend(Unscheduled(change_id, kind, blockers, tuple(displacing)) for change_id in unit.members)
    return tuple(sorted(reasons, key=lambda reason: reason.change_id))


def moves_of(problem: PlanningProblem, units: Mapping[str, Unit], seating: Seating) -> tuple[Move, ...]:
    """Return every published item that left its meeting, by change id, with what keeps it from going back."""
    moves = []
    for unit in units.values():
        for change_id in unit.members:
            published = seating.facts.items[change_id].published_meeting
            place = seating.place_of(unit)
            if published is None or published == place:
                continue
            meeting = seating.facts.meeting.get(published)
            moves.append(
                Move(
                    change_id=change_id,
                    from_meeting=published,
                    to_meeting=place,
                    was_frozen=is_frozen(seating.facts.items[change_id], meeting, problem.now),
                    blocker=_barred_from(published, unit, seating),
                )
            )
    return tuple(sorted(moves, key=lambda move: move.change_id))


def _barred_from(published: str, unit: Unit, seating: Seating) -> Blocker:
    meeting = seating.facts.meeting.get(published)
    if meeting is None:
        return Blocker(published, Cause.MEETING_GONE, unit.key)
    return seating.blocker(unit, meeting) or Blocker(published, Cause.BETTER_ELSEWHERE, unit.key)

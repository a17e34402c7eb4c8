"""The agenda of the coming board meetings: which change is heard where, by whom, in which order (ENGINES 4)."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from domain.cab.agenda import AgendaEntry, order_agenda
from domain.cab.explain import explain
from domain.cab.fallback import Solve, best_plan
from domain.cab.model import AgendaItem, CabMeeting
from domain.cab.plan import Plan
from domain.cab.problem import AgendaClass, Item, PlanningProblem, item_minutes
from domain.conflict.acceptance import ConflictRecord
from domain.kernel.actor import Actor, Permission
from domain.kernel.time import from_seconds, to_seconds
from domain.ports import Ports
from domain.risk.routing import Forum
from domain.usecases.assessment import RiskFindings, Session, Walk
from domain.usecases.boards import (
    UNSCORED,
    Boards,
    Candidate,
    coming_boards,
    planning_problem,
    roles_to_hear,
    unresolved_majors,
    waiting_candidates,
)
from domain.usecases.surroundings import Surroundings


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the planner says of one change: its meeting (None: no place) and why, in a sentence for people."""

    change_id: str
    meeting_id: str | None
    meeting_number: str | None
    start: int | None
    minutes: int
    reason: str
    forum: Forum


@dataclass(frozen=True, slots=True)
class PlannedAgenda:
    """A plan over the coming meetings of one kind; items and sentences go by change number."""

    problem: PlanningProblem
    plan: Plan
    sentences: Mapping[str, str]
    candidates: Mapping[str, Candidate]

    def heard_in(self, meeting_id: str) -> list[Item]:
        """Return the items of one meeting, in no order yet."""
        return [item for item in self.problem.items if self.plan.assignments.get(item.change_id) == meeting_id]


async def propose_plan(ports: Ports, actor: Actor) -> list[Proposal]:
    """Return what a plan made now would say of every waiting change; nothing is stored."""
    actor.require(Permission.READ_ALL)
    async with ports.snapshot() as snapshot:
        session = Session(ports, snapshot, await Surroundings.load(ports, snapshot))
        boards = await coming_boards(session)
        agendas = [await _planned(session, boards, electronic=electronic) for electronic in (False, True)]
    return [_proposal(boards, agenda, c) for agenda in agendas for c in agenda.candidates.values()]


async def plan_meetings(ports: Ports, actor: Actor) -> list[Proposal]:
    """Plan the coming meetings, stable where they are published, and store the agendas that changed.

    Returns the proposal of every waiting change, those without a place included. A meeting that somebody edited
    meanwhile is `StaleVersion`, and nothing is stored.
    """
    actor.require(Permission.MANAGE_CAB)
    async with ports.snapshot() as snapshot:
        session = Session(ports, snapshot, await Surroundings.load(ports, snapshot))
        boards = await coming_boards(session)
        agendas = [await _planned(session, boards, electronic=electronic) for electronic in (False, True)]
    async with ports.work(actor) as work:
        for meeting_id, planned_on in sorted(boards.meetings.items()):
            meeting = await work.get_at(CabMeeting, meeting_id, planned_on.version)
            agenda = agendas[boards.series[meeting.series_id].is_electronic]
            items = _agenda_items(meeting, agenda, work.new_id)
            if _outline(items) != _outline(meeting.items):
                meeting.items = items
                work.record("cab_meeting.planned", meeting)
        await work.commit()
    await ports.wake()
    return [_proposal(boards, agenda, c) for agenda in agendas for c in agenda.candidates.values()]


async def propose_for(
    session: Session, own: Walk, risk: RiskFindings, conflicts: Sequence[ConflictRecord]
) -> Proposal | None:
    """Return where one change would be heard if the agenda were planned now with it; None when no board decides it."""
    electronic = risk.route.forum is Forum.EMERGENCY_CAB
    if not (risk.route.needs_cab or electronic):
        return None
    boards = await coming_boards(session)
    score = risk.assessment.score
    candidate = Candidate(
        change=own.change,
        level=risk.assessment.level,
        score=UNSCORED if score is None else float(score),
        forum=risk.route.forum,
        roles=roles_to_hear(session.around, own.change, own.planned, boards),
        majors=unresolved_majors(conflicts),
    )
    waiting = await waiting_candidates(session, boards, electronic=electronic)
    others = [other for other in waiting if other.change.id != own.change.id]
    problem = planning_problem(session.around, boards, [*others, candidate], electronic=electronic)
    return _proposal(boards, _solved(problem, [*others, candidate], None), candidate)


async def _planned(session: Session, boards: Boards, *, electronic: bool) -> PlannedAgenda:
    candidates = await waiting_candidates(session, boards, electronic=electronic)
    problem = planning_problem(session.around, boards, candidates, electronic=electronic)
    solver = session.ports.solver
    return await asyncio.to_thread(_solved, problem, candidates, solver.solve if solver else None)


def _solved(problem: PlanningProblem, candidates: Sequence[Candidate], solve: Solve | None) -> PlannedAgenda:
    plan = best_plan(problem, solve)
    return PlannedAgenda(problem, plan, explain(problem, plan), {c.change.number: c for c in candidates})


def _agenda_items(meeting: CabMeeting, agenda: PlannedAgenda, new_id: Callable[[], str]) -> list[AgendaItem]:
    """Return the meeting's items in the order they are heard; pinned places stay, published items keep their mark."""
    before = {item.change_id: item for item in meeting.items}
    heard = {item.change_id: item for item in agenda.heard_in(meeting.id)}
    attendees = agenda.plan.attendees.get(meeting.id, frozenset())
    entries = {
        number: _entry(item, agenda, attendees, before.get(agenda.candidates[number].change.id), meeting)
        for number, item in heard.items()
    }
    items = []
    for place, number in enumerate(order_agenda(list(entries.values())).order, start=1):
        change_id = agenda.candidates[number].change.id
        known = before.get(change_id)
        items.append(
            AgendaItem(
                id=known.id if known else new_id(),
                meeting_id=meeting.id,
                change_id=change_id,
                place=place,
                minutes=heard[number].minutes,
                reason=agenda.sentences[number],
                attendee_ids=sorted(attendees | entries[number].needed),
                is_pinned=known.is_pinned if known else False,
                is_published=known.is_published if known else False,
            )
        )
    return items


def _entry(
    item: Item, agenda: PlannedAgenda, attendees: frozenset[str], before: AgendaItem | None, meeting: CabMeeting
) -> AgendaEntry:
    people = {person.id: person for person in agenda.problem.people}
    speaking = {person_id for person_id in attendees if people[person_id].roles & set(item.required_roles)}
    requester = agenda.candidates[item.change_id].change.requester_id
    is_due = item.deadline is not None and from_seconds(item.deadline).date() == meeting.start.date()
    is_rest = item.agenda_class is AgendaClass.REST
    return AgendaEntry(
        change_id=item.change_id,
        minutes=item.minutes,
        needed=frozenset(speaking | ({requester} if requester else set())),
        agenda_class=AgendaClass.DEADLINE_TODAY if is_due and is_rest else item.agenda_class,
        risk=item.risk,
        pinned_place=before.place - 1 if before is not None and before.is_pinned else None,
    )


def _outline(items: Iterable[AgendaItem]) -> list[tuple[int, str, int, str, tuple[str, ...]]]:
    return sorted((i.place, i.change_id, i.minutes, i.reason, tuple(i.attendee_ids)) for i in items)


def _proposal(boards: Boards, agenda: PlannedAgenda, candidate: Candidate) -> Proposal:
    number = candidate.change.number
    meeting_id = agenda.plan.assignments.get(number)
    meeting = boards.meetings.get(meeting_id or "")
    return Proposal(
        change_id=candidate.change.id,
        meeting_id=meeting_id,
        meeting_number=meeting.number if meeting else None,
        start=to_seconds(meeting.start) if meeting else None,
        minutes=item_minutes(candidate.level, candidate.majors),
        reason=agenda.sentences[number],
        forum=candidate.forum,
    )
